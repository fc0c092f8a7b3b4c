"""Books: what Project Gutenberg puts around them, chapters; EPUB's container and package."""
