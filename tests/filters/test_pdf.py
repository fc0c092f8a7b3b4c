import json

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from winnow.filters.pdf import TYPES, keep


def make(rows: list[tuple[str | None, float | None, int | None, int | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "metadata": [kind and json.dumps({"document_type": kind}) for kind, *_ in rows],
            "ocr_quality": [row[1] for row in rows],
            "pdf_pages": [row[2] for row in rows],
            "pdf_failed_pages": [row[3] for row in rows],
        },
        schema={
            "metadata": pl.String,
            "ocr_quality": pl.Float32,
            "pdf_pages": pl.Int64,
            "pdf_failed_pages": pl.Int64,
        },
    )


def test_each_reason_and_what_passes() -> None:
    out = keep(
        make(
            [
                ("article", 0.99, 4, 0),
                ("index", None, 4, 0),
                ("manual", 0.5, 4, 0),
                ("manual", None, 4, 3),
                ("manual", None, 4, 2),
                (None, None, None, None),
            ]
        )
    )
    reasons = [None, "pdf.document_type", "pdf.low_ocr_quality", "pdf.lost_pages", None, None]
    assert out["drop_reason"].to_list() == reasons
    assert out["pdf_failed_ratio"].to_list() == [0, 0, 0, 0.75, 0.5, None]
    assert out["ocr_quality"].to_list()[1] is None


def test_no_type_is_excluded_where_none_is_named_and_others_where_they_are() -> None:
    docs = make([("index", None, 1, 0), ("slides", None, 1, 0)])
    assert keep(docs, exclude_types=[])["drop_reason"].to_list() == [None, None]
    assert keep(docs, exclude_types=["slides"])["drop_reason"].to_list() == [None, "pdf.document_type"]


KINDS = st.sampled_from([None, "article", *TYPES])
PAGES = st.integers(1, 50).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@given(st.lists(st.tuples(KINDS, st.none() | st.floats(0, 1, width=32), PAGES), max_size=20))
def test_a_laxer_threshold_never_drops_more(rows) -> None:
    docs = make([(kind, quality, *pages) for kind, quality, pages in rows])
    strict = keep(docs, min_ocr_quality=0.9, max_failed_ratio=0.2)["drop_reason"]
    lax = keep(docs, min_ocr_quality=0.5, max_failed_ratio=0.7)["drop_reason"]
    assert not (strict.is_null() & lax.is_not_null()).any()
