"""Bytes and rows: compression, charsets, hard-wrapped lines, batches."""
