"""Token files: text encoded, packed, ordered, written; what a tokenizer learns from."""

EXTRA = "mix"  # what the steps in this folder need
