"""TeX sources of papers: files, tokens, macros, and Markdown."""
