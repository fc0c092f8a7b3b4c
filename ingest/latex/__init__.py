"""Formulas in LaTeX, from what pages carry."""
