"""Which mixes to train on."""
