"""Readers of scientific papers: arXiv's TeX sources and JATS XML."""

EXTRA = "papers"  # what the steps in this folder need
