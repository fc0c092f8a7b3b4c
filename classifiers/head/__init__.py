"""Heads: classifiers of text from its shape, its words and fastText, stacked and calibrated."""
