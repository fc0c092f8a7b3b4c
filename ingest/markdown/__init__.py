"""Markdown of documents in which nothing is boilerplate: cells, formulas, blocks, pages, trees."""
