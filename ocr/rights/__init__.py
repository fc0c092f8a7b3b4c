"""Under which licence a PDF is: its XMP packet, and what its first and last page say."""
