"""What `classifiers.rephrase` is made of."""
