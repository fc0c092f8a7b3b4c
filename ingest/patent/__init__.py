"""Parts of the reader of patents."""
