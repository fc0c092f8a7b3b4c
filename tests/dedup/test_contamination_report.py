"""The hits of a corpus as tables and as a page."""

from pathlib import Path

import browser
import polars as pl
import pytest

from winnow.dedup import contamination, contamination_report
from winnow.pipelines.engine.disk.documents import read_batches

QUESTION = (
    "Marisol mends fishing nets in a harbour shed. She finishes 6 nets every morning and a trader pays her "
    "14 dollars for each. How many dollars does <b>Marisol</b> earn in 5 days?"
)
OTHER = "A rigger cuts a rope of 84 metres into pieces and throws every third piece overboard at night."
GUID = "26b5c67b-86c4-4b1c-9a4f-000000000000"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    items = {
        "eval": ["<script>boats"] * 2,
        "item": ["<script>nets", "ropes"],
        "question": [QUESTION, OTHER],
        "answer": ["420", ""],
    }
    pl.DataFrame(items).write_parquet(tmp_path / "items.parquet")
    (tmp_path / "index").mkdir()
    (tmp_path / "out").mkdir()
    contamination.index([tmp_path / "items.parquet"], tmp_path / "index")
    texts = [f"Before.\n{QUESTION}\n<script>alert(1)</script>", "Nothing here.", f"canary GUID {GUID}"]
    docs = pl.DataFrame({"id": ["a", "b", "c"], "source": ["<web>"] * 3, "text": texts}).with_columns(
        url=pl.lit("http://example.org/<script>alert(2)</script>")
    )
    docs.write_parquet(tmp_path / "part.parquet")
    contamination_report.write(
        [tmp_path / "part.parquet"], tmp_path / "out", read=read_batches, index=tmp_path / "index"
    )
    return tmp_path / "out"


def test_hits_say_where_and_show_both_texts(out):
    (row,) = pl.read_parquet(out / "hits.parquet").to_dicts()
    assert (row["id"], row["eval"], row["item"], row["class"]) == (
        "a", "<script>boats", "<script>nets", "verbatim",
    )  # fmt: skip
    assert row["question"] == QUESTION
    assert row["text"] == QUESTION.rstrip("?")


def test_items_say_which_are_clean(out):
    rows = pl.read_parquet(out / "items.parquet")
    assert rows.select("item", "documents", "clean").rows() == [
        ("<script>nets", 1, False),
        ("ropes", 0, True),
    ]


def test_canaries_are_found(out):
    assert pl.read_parquet(out / "canaries.parquet").select("id", "guid").rows() == [("c", GUID)]


@pytest.mark.parametrize("parts", [0, 2])
def test_where_no_document_is_left_every_item_is_clean(out, parts):
    files = [out / f"part-{k}.parquet" for k in range(parts)]
    for file in files:
        pl.DataFrame(schema={"id": pl.String, "text": pl.String}).write_parquet(file)
    contamination_report.write(files, out, read=read_batches, index=out.parent / "index")
    assert pl.read_parquet(out / "items.parquet")["clean"].to_list() == [True, True]
    assert pl.read_parquet(out / "hits.parquet").columns[-2:] == ["text", "question"]
    page = (out / "contamination.html").read_text()
    assert "in 0 documents" in page and "No document holds an item." in page


def test_parts_one_after_another_are_told_together(out):
    """What comes nearest is gathered over batches."""
    part = out.parent / "part.parquet"
    contamination_report.write([part] * 3, out, read=read_batches, index=out.parent / "index")
    assert pl.read_parquet(out / "hits.parquet").height == 3


def test_items_of_one_name_are_shown_apart(tmp_path):
    items = {"eval": ["boats"] * 2, "item": ["0"] * 2, "question": [OTHER, QUESTION], "answer": ["", ""]}
    pl.DataFrame(items).write_parquet(tmp_path / "items.parquet")
    (tmp_path / "index").mkdir()
    contamination.index([tmp_path / "items.parquet"], tmp_path / "index")
    pl.DataFrame({"id": ["a"], "text": [f"{QUESTION}\n{OTHER}"]}).write_parquet(tmp_path / "part.parquet")
    contamination_report.write(
        [tmp_path / "part.parquet"], tmp_path, read=read_batches, index=tmp_path / "index"
    )
    hits = pl.read_parquet(tmp_path / "hits.parquet")
    assert [text[:20] for text in hits["text"]] == [question[:20] for question in hits["question"]]
    assert set(hits["question"]) == {OTHER, QUESTION}
    assert pl.read_parquet(tmp_path / "items.parquet").select("item", "documents").rows() == [("0", 1)]


def test_page_escapes_what_it_shows(out):
    page = (out / "contamination.html").read_text()
    assert "50.00%" in page and "&lt;b&gt;Marisol" in page and "&lt;web&gt;" in page
    assert (
        "&lt;script&gt;boats" in page and "&lt;script&gt;nets" in page and "/&lt;script&gt;alert(2)" in page
    )
    assert (
        page.count("<script") == 1 and "<b>Marisol" not in page and "alert(" not in page.split("<script>")[1]
    )


def index_two(folder: Path) -> None:
    """An index of two evals of an item each."""
    items = {
        "eval": ["boats", "ropes"],
        "item": ["n", "r"],
        "question": [QUESTION, OTHER],
        "answer": ["420", ""],
    }
    pl.DataFrame(items).write_parquet(folder / "items.parquet")
    (folder / "index").mkdir()
    contamination.index([folder / "items.parquet"], folder / "index")


def test_what_comes_nearest_is_shown_of_an_eval_without_a_hit(tmp_path):
    index_two(tmp_path)
    near = "A rigger cuts a rope of 84 metres into pieces for a friend."
    pl.DataFrame({"id": ["a", "b"], "text": [QUESTION, near]}).write_parquet(tmp_path / "part.parquet")
    pl.DataFrame({"id": ["c"], "text": [near]}).write_parquet(tmp_path / "other.parquet")
    files = [tmp_path / "part.parquet", tmp_path / "other.parquet"]
    contamination_report.write(files, tmp_path, read=read_batches, index=tmp_path / "index")
    assert pl.read_parquet(tmp_path / "hits.parquet")["eval"].to_list() == ["boats"]
    hits, below = (tmp_path / "contamination.html").read_text().split("Nearest to a hit</h2>")
    assert "<mark>Marisol" in hits.replace("&lt;b&gt;<mark>", "<mark>") and "rigger" not in hits
    assert "<mark>A rigger cuts a rope of 84 metres into pieces</mark>" in below and "template" in below


@pytest.mark.skipif(browser.CHROMIUM is None, reason="no chromium")
def test_hits_are_filtered_by_eval_class_and_score(tmp_path):
    changed = QUESTION.replace("6 nets", "9 nets").replace("14 dollars", "23 dollars")
    index_two(tmp_path)
    docs = pl.DataFrame({"id": ["a", "b", "c"], "text": [QUESTION, changed, OTHER]})
    docs.write_parquet(tmp_path / "part.parquet")
    contamination_report.write(
        [tmp_path / "part.parquet"], tmp_path, read=read_batches, index=tmp_path / "index"
    )
    shown = '[...document.querySelectorAll("tr[data-class]")].filter((row) => row.checkVisibility()).length'
    with browser.opened() as page:
        page.open(tmp_path / "contamination.html")
        assert page.run(shown) == 3
        for field, value, count in (("eval", "boats", 2), ("class", "numbers_changed", 1), ("class", "", 2)):
            page.run(
                f'((field) => {{ field.value = "{value}";'
                ' field.dispatchEvent(new Event("input", {bubbles: true})) })'
                f'(document.getElementById("{field}"))'
            )
            assert page.run(shown) == count
            assert page.run('document.getElementById("count").textContent') == f"{count} shown"
        assert not page.complaints and page.requests == [page.requests[0]]
