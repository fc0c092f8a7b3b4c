"""The cut of documents and items into words, as a reader sees them."""
