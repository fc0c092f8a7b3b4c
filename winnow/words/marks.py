"""Marks that the pipeline puts beside the words of a text: rules judge the text as if they were not there.

They are what parts posts of a thread (`ingest.threads`), and what readers write of Markdown: fences of code,
the rule below the head of a table, the signs before a heading. They stay in the text. Marks of lists are
judged: a list is one in whatever form.
"""

import polars as pl

SEPARATOR = "\n\n---\n\n"
_MARKS = r"(?m)\n\n---(\n\n)|^(?:```[^`\n]*$|\|(?: ?:?-{3,}:? ?\|)+\n|#{1,6} )"


def hide_marks(text: pl.Series) -> pl.Series:
    """The texts as rules judge them: posts are paragraphs, fences and rules no lines, headings words."""
    return text.str.replace_all(_MARKS, "$1")
