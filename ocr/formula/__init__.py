"""Formulas of a text layer as LaTeX: told by fonts and signs, written from the places of their glyphs."""
