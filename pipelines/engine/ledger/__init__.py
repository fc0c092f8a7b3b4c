"""What came into a part and what became of it: rows, documents, bytes of text."""
