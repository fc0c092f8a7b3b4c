"""Token files: text encoded, packed, ordered, written; what a tokenizer learns from."""
