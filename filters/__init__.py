"""Rules with thresholds over words, lines and n-grams."""
