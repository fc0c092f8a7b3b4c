"""How eval items are found in documents: words as a reader sees them, keys, candidates, alignment, score."""
