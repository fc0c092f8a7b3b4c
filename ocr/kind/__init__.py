"""What tells kinds of documents apart."""
