"""The one definition of words, lines and n-grams, and the loops and tables behind it."""
