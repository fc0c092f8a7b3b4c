"""Words that adult, hateful and violent texts are known by, and how thick they stand."""
