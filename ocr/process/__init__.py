"""The child processes that open hostile files, and what they say of each page."""
