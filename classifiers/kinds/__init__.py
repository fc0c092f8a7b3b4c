"""Parts of `classifiers.types`: what a classifier of kinds is taught, and how good it is."""
