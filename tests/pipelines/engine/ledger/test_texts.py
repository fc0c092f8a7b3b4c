"""What a batch's texts held when they came in, by what becomes of them."""

import polars as pl
import pytest

from winnow.pipelines.engine.ledger import texts
from winnow.pipelines.spec import schema


def batch(*rows: tuple[str, str | None, int | None], language: str | None = "en") -> pl.DataFrame:
    """Documents as (id, text, token_count)."""
    frame = pl.DataFrame(
        rows, schema={"id": pl.String, "text": pl.String, "token_count": pl.Int64}, orient="row"
    )
    return schema.complete(frame.with_columns(source=pl.lit("web"), language=pl.lit(language, pl.String)))


def test_a_step_that_changes_a_text_takes_its_count_off_but_not_one_that_it_made():
    before = batch(("a", "one two", 2), ("b", "three", 1), ("c", "four five", 2))
    changed = before.with_columns(text=pl.Series(["one", "three", "four"]), token_count=pl.Series([2, 1, 1]))
    flow = texts.Texts()
    flow.enter(before)
    assert flow.follow(0, "x:cut", before, changed)["token_count"].to_list() == [None, 1, 1]


def test_the_same_text_elsewhere_in_memory_keeps_its_count():
    before = batch(("a", "one two", 2), ("b", None, None))
    copy = before.with_columns(pl.Series("text", ["one two", None]))
    assert texts.differ(before["text"], before.with_columns(x=1)["text"]) is None
    assert texts.differ(before["text"], copy["text"]) is None
    assert texts.differ(before["text"], before["text"].str.to_uppercase()).to_list() == [True, False]
    assert texts.differ(before["text"][:1], before["text"][1:]).to_list() == [True]


def test_a_document_that_is_cut_and_then_dropped_counts_as_it_came():
    before = batch(("a", "one two", 2), ("b", "three four", 2))
    flow = texts.Texts()
    flow.enter(before)
    after = flow.follow(0, "x:cut", before, before.with_columns(text=pl.Series(["one", "three"])))
    flow.settle(after[:1], "dropped")
    flow.settle(after[1:], "kept")
    expected = {"bytes_came": 10, "tokens_came": 2, "bytes_kept": 5, "uncounted_kept": 5}
    assert flow.figures() == {"web": {"en": expected | {"bytes_dropped": 7, "tokens_dropped": 2}}}
    assert flow.cuts == {"x:cut": 5}


def test_what_is_counted_later_was_so_when_it_came_unless_it_changed():
    before = batch(("a", "one two", None), ("b", "three", None))
    flow = texts.Texts()
    flow.enter(before)
    cut = flow.follow(0, "x:cut", before, before.with_columns(text=pl.Series(["one", "three"])))
    counted = flow.follow(1, "x:count", cut, cut.with_columns(token_count=pl.lit(1, pl.Int64)))
    flow.settle(counted, "kept")
    assert flow.figures()["web"]["en"] == {
        "bytes_came": 12,
        "tokens_came": 1,
        "uncounted_came": 7,
        "bytes_kept": 8,
        "tokens_kept": 2,
    }


@pytest.mark.parametrize(
    ("uses", "place"),
    [(["a:b"], -1), (["a:b", "ingest.html:extract", "c:d"], 1), (["ocr.pdf:extract"], 0), ([], -1)],
)
def test_extraction_is_told_by_the_address(uses, place):
    assert texts.find_extraction(uses) == place


def test_pages_are_markup_until_they_are_texts():
    """One becomes a text, one is dropped by the extraction, one fails in it, one is dropped later."""
    pages = batch(*((name, f"<p>{name * 4}</p>", None) for name in "abcd"))
    flow = texts.Texts(extraction=0)
    flow.enter(pages)
    flow.settle(pages[2:3], "failed")
    done = pages.filter(pl.col("id") != "c").with_columns(text=pl.Series(["aaaa", "", "dddd"]))
    done = done.with_columns(drop_reason=pl.Series([None, "html.no_text", None]))
    done = flow.follow(0, "ingest.html:extract", pages, done)
    flow.settle(done.filter(id="b"), "dropped")
    flow.settle(done.filter(id="d"), "dropped")
    flow.settle(done.filter(id="a"), "kept")
    figures = flow.figures()["web"]["en"]
    assert figures == {
        "bytes_came": 4,
        "uncounted_came": 4,
        "bytes_kept": 4,
        "uncounted_kept": 4,
        "bytes_dropped": 4,
        "uncounted_dropped": 4,
    }
    assert flow.markup == {"web": pages["text"].str.len_bytes().sum() - 8}
