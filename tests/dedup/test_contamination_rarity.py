"""Words counted in a corpus, and what an index makes of them."""

from pathlib import Path

import polars as pl
import pytest

from winnow.dedup import contamination, contamination_rarity
from winnow.dedup.overlap.lexer.tables import hash_word
from winnow.pipelines.engine.disk.documents import read_batches

RIDDLE = "Which bosun furls the topsail and parts the hawser before the squall?"
OTHERS = ["The lighthouse keeper trims his wick at dusk and logs the passing schooners.", "Nothing at all."]


def counted(folder: Path, texts: list[str | None], *, cut: float = 0.5, **settings) -> pl.DataFrame:
    rows = pl.DataFrame({"id": [f"id {k}" for k in range(len(texts))], "text": texts})
    half = int(len(texts) * cut)
    files = [folder / "a.parquet", folder / "b.parquet"]
    for file, part in zip(files, (rows[:half], rows[half:]), strict=True):
        part.cast({"text": pl.String}).write_parquet(file)
    (folder / "words").mkdir(exist_ok=True)
    contamination_rarity.count(files, folder / "words", read=read_batches, **settings)
    return pl.read_parquet(folder / "words/frequencies.parquet")


def test_words_of_three_documents_are_counted_once_in_each(tmp_path):
    table = counted(tmp_path, ["gannet gannet", "gannet the 7", "Gannet tern", "tern tern tern", None])
    (row,) = table.rows()  # of the tern two documents speak, and a stop word and a number are no words
    assert row == (int(hash_word("gannet")), 3, pytest.approx((1 + 1 / 3 + 1 / 2) / 5))


@pytest.mark.parametrize("most", [60, 1000])
def test_what_is_counted_does_not_depend_on_how_documents_are_packed(tmp_path, most):
    texts = [" ".join(["gannet"] * (k % 7) + ["tern"] * (k % 5) + ["petrel"]) for k in range(300)]
    tables = [counted(tmp_path, texts, cut=cut, max_documents=most) for cut in (0, 0.1, 0.55, 1)]
    assert all(table.equals(tables[0]) for table in tables)
    (documents,) = tables[0].filter(word=int(hash_word("petrel")))["documents"]
    assert documents == 300 if most == 1000 else 40 <= documents <= 80


def test_no_documents_to_read_are_refused(tmp_path):
    with pytest.raises(ValueError, match="max_documents is 0"):
        counted(tmp_path, ["gannet"], max_documents=0)


def index(folder: Path, name: str, **settings) -> Path:
    items = {
        "eval": ["sea"] * 2,
        "item": ["riddle", "log"],
        "question": [RIDDLE, OTHERS[0]],
        "answer": ["", ""],
    }
    pl.DataFrame(items).write_parquet(folder / "items.parquet")
    (folder / name).mkdir()
    contamination.index([folder / "items.parquet"], folder / name, **settings)
    return folder / name


@pytest.mark.parametrize("place", ["words", "words/frequencies.parquet"])
def test_what_a_corpus_says_everywhere_is_no_leak(tmp_path, place):
    counted(tmp_path, [RIDDLE] * 30 + OTHERS)
    shipped, own = index(tmp_path, "shipped"), index(tmp_path, "own", frequencies=tmp_path / place)
    text = pl.Series([RIDDLE, OTHERS[0]])
    assert contamination.find_hits(text, index=shipped)["item"].to_list() == ["riddle", "log"]
    found = contamination.find_hits(text, index=own).filter(pl.col("score") >= contamination.MIN_SCORE)
    assert found["item"].to_list() == ["log"]


@pytest.mark.parametrize("other", [None, '{"format": 6}'])
def test_an_index_of_another_format_is_refused(tmp_path, other):
    made = index(tmp_path, "index")
    (made / "format.json").unlink()
    if other:
        (made / "format.json").write_text(other)
    with pytest.raises(ValueError, match=r"of format [16], and this Winnow reads format 5: make it again"):
        contamination.find_hits(pl.Series([RIDDLE]), index=made)
