"""Wikitext: what would keep a parser busy, templates, tables, kinds of page, and the text."""
