"""Which documents of PDFs are worth keeping, by what the reader found out about their pages."""

from typing import Annotated

import polars as pl

from winnow.filters.verdict import judge_by_rules
from winnow.ranges import Ratio

RULES = (  # reason, signal, setting
    ("pdf.low_ocr_quality", "ocr_quality", "min_ocr_quality"),
    ("pdf.lost_pages", "pdf_failed_ratio", "max_failed_ratio"),
)
TYPES = "form", "index", "table_of_contents"  # the texts of these are names and numbers, no sentences


def keep(
    docs: Annotated[pl.DataFrame, "metadata", "ocr_quality", "pdf_pages", "pdf_failed_pages"],
    *,
    min_ocr_quality: Ratio = 0.9,
    max_failed_ratio: Ratio = 0.5,
    exclude_types: list[str] | None = None,
) -> Annotated[pl.DataFrame, "pdf_failed_ratio"]:
    """Drop documents that `ocr.pdf` read badly, or that are of a type without sentences.

    `pdf.document_type`: `document_type` in `metadata` is one of `exclude_types` (form, index and
    table_of_contents unless given; `[]`: none). `pdf.low_ocr_quality`: of the document's characters
    fewer than `min_ocr_quality` are expected to be right (one page in a hundred that was recognized badly is
    no reason). `pdf.lost_pages`: of the document's pages more than `max_failed_ratio` could not be read.
    Documents without these numbers, which no PDF was read for, pass.

    Signal: `pdf_failed_ratio`: of the document's pages the share that could not be read; null: no PDF.
    """
    unwanted = list(TYPES) if exclude_types is None else exclude_types
    named = docs["metadata"].str.json_path_match("$.document_type")
    ratio = (docs["pdf_failed_pages"] / docs["pdf_pages"]).cast(pl.Float32)
    signals = {"ocr_quality": docs["ocr_quality"].to_numpy(), "pdf_failed_ratio": ratio.to_numpy()}
    other = [(named.is_in(unwanted).fill_null(False).to_numpy(), "pdf.document_type")]
    judged = judge_by_rules(docs, signals, RULES, locals(), also=other)
    # Judged are numbers without nulls; a document without recognized pages has no quality.
    return judged.with_columns(docs["ocr_quality"], ratio.alias("pdf_failed_ratio"))
