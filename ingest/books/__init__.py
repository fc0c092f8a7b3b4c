"""Readers of books and dictionaries: Project Gutenberg, EPUB, R's data packages, dictd."""

EXTRA = "books"  # what the steps in this folder need
