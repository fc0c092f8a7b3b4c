"""Lines that a site's pages share go, on that site alone, however its pages lie in parts."""

import pydoc_data.topics
import random
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow import shuffle
from winnow.filters import sites
from winnow.pipelines.engine.disk.documents import read_batches

MENU, FOOTER, ODD = "Home | News | About us", "Copyright 2024 Example Ltd.", "A line that two pages share"


def pages() -> pl.DataFrame:
    """Help topics as the pages of two sites and of none, with the menu and the footer of the first on all."""
    rows = []
    for i, text in enumerate(list(pydoc_data.topics.topics.values())[:60]):
        body = "\n".join(line for line in text[:2000].split("\n") if line)
        lines = [MENU, "", body, *([ODD] if i in (0, 6) else []), f"Page {i} of 60", f"  {FOOTER.upper()} "]
        host = ("https://www.First.example/", "http://second.example:80/", None)[min(i % 6, 2)]
        rows.append({"url": host and f"{host}{i}", "text": "\n".join(lines)})
    return pl.DataFrame(rows, schema={"url": pl.String, "text": pl.String}).with_columns(
        id=pl.int_range(pl.len()).cast(pl.String)
    )


def table(docs: pl.DataFrame, folder, parts: int = 1, **options):
    """The folder of `merge`, as the engine lays it out: a folder a bucket."""
    counted: list = []
    for part in range(parts):
        file, out = folder / f"in/part-{part:05d}.parquet", folder / f"counted/part-{part:05d}"
        file.parent.mkdir(parents=True, exist_ok=True)
        out.mkdir(parents=True)
        docs[part::parts].write_parquet(file)
        sites.count([file], out, read=read_batches)
        counted += out.iterdir()
    for bucket in range(shuffle.CELLS):
        (folder / f"merged/bucket={bucket:04d}").mkdir(parents=True)
        own = shuffle.Reader(bucket, shuffle.CELLS)
        sites.merge(counted, folder / f"merged/bucket={bucket:04d}", read_bucket=own, **options)
    return folder / "merged"


def test_what_many_pages_share_goes_where_they_share_it(tmp_path):
    docs = pages()
    out = sites.remove(docs, lines=table(docs, tmp_path, parts=3, min_documents=5))
    for before, row in zip(docs["text"], out.iter_rows(named=True), strict=True):
        first, second = ("first" in (row["url"] or "").lower()), ("second" in (row["url"] or ""))
        if first or second:
            lines = before.split("\n")[2:-2]
            assert row["text"] == "\n".join(lines)
            assert row["sites_lines"] == 3
            assert row["sites_characters"] == sum(map(len, before.split("\n"))) - sum(map(len, lines))
        else:
            assert (row["text"], row["sites_lines"]) == (before, 0)
    assert out["drop_reason"].null_count() == len(docs)
    assert any(ODD in text for text in out["text"])


def test_parts_and_their_order_do_not_matter(tmp_path):
    docs = pages()
    expected = sites.remove(docs, lines=table(docs, tmp_path / "a", min_documents=5))
    shuffled = docs.sample(fraction=1, shuffle=True, seed=3)
    other = table(shuffled, tmp_path / "b", parts=7, min_documents=5)
    assert_frame_equal(sites.remove(docs, lines=other), expected)


@pytest.mark.parametrize(
    ("least", "ratio", "gone"),
    [(2, 0.15, {MENU, ODD, FOOTER}), (2, 0.5, {MENU, FOOTER}), (3, 0.15, {MENU, FOOTER}), (11, 0.0, set())],
)
def test_both_limits_must_be_met(tmp_path, least, ratio, gone):
    docs = pages()[::6]
    assert len(docs) == 10
    lines = table(docs, tmp_path, min_documents=least, min_document_ratio=ratio)
    text = sites.remove(docs, lines=lines)["text"][0]
    assert {line for line in (MENU, ODD, FOOTER) if line.upper() not in text.upper()} == gone


def test_nothing_left_and_nothing_at_all(tmp_path):
    docs = pl.DataFrame({"url": ["http://a.example/"] * 12, "text": [f"{MENU}\n\n{FOOTER}"] * 12})
    out = sites.remove(docs, lines=table(docs, tmp_path / "a"))
    assert out["drop_reason"].unique().to_list() == ["sites.nothing_left"] and set(out["text"]) == {""}
    assert sites.remove(docs[:0], lines=tmp_path / "a/merged").is_empty()
    empty = table(docs[:0], tmp_path / "b")
    assert sites.remove(docs, lines=empty)["text"].to_list() == docs["text"].to_list()


def test_a_line_twice_in_one_page_counts_once(tmp_path):
    docs = pl.DataFrame({"url": ["http://a.example/"] * 3, "text": ["one line\n" * 20, "two", "three"]})
    lines = table(docs, tmp_path, min_documents=2, min_document_ratio=0)
    assert sites.remove(docs, lines=lines)["sites_lines"].to_list() == [0, 0, 0]


def repeat(text: str, **options) -> str | None:
    return sites.repeated(pl.DataFrame({"text": [text]}), **options)["text"].item()


def test_repeated_lines_go_and_code_stays():
    code = "if (x) {\n  call(x, 1, 2);\n}\nif (y) {\n  call(x, 1, 2);\n}"
    text = f"Read this first of all.\n\nread  this first of all.\n\n{code}"
    out = sites.repeated(pl.DataFrame({"text": [text, text]}))
    assert out["text"].to_list() == [f"Read this first of all.\n\n{code}"] * 2
    assert out["sites_lines"].to_list() == [1, 1]
    assert repeat("a b\na b\n\nc", min_words_per_line=1) == "a b\n\nc"


@pytest.mark.parametrize(
    "text",
    [
        "from a import b\n\n\nclass A:\n    pass",  # before two blank lines
        "First of all\n  def f(x):",  # beside an indented line
        "let a = b",
        "f(x, y, z);",
        "$ cd the/folder there",
        ">>> say it again",
        "for each one of them:\n  do",
        "Rest | 5 miles | Rest",
    ],
)
def test_what_may_be_code_or_a_row_stays_each_time(text):
    twice = f"Once.\n\n{text}\n\nTwice.\n\n{text}\n\nThat is all."
    assert repeat(twice) == twice
    twice = f"Once.\n\nSay it once again\n  - some words more\n\n{text}\n\nSay it once again"
    assert repeat(twice) == twice.rpartition("\n\n")[0]


@pytest.mark.parametrize(
    "before, after, left", [(1, 1, 1), (1, 0, 1), (0, 1, 1), (0, 0, 0), (3, 2, 2), (0, 2, 2)]
)
def test_no_more_blank_lines_stay_than_there_were(before, after, left, tmp_path):
    gap, end, more = ("\n" * (1 + n) for n in (before, after, left))
    pages = [f"{i} one{gap}{FOOTER}{end}two {i}" for i in "abcdefgh"]
    pages += [f"{i} one{gap}{FOOTER}{gap}{FOOTER}{end}two {i}" for i in "ijklmnop"]
    docs = pl.DataFrame({"url": "http://a.example/", "text": pages}).with_row_index("id")
    out = sites.remove(docs, lines=table(docs, tmp_path, min_documents=16))
    assert out["text"].to_list() == [f"{i} one{more}two {i}" for i in "abcdefghijklmnop"]


@given(st.lists(st.sampled_from(["the same old words", "x y z", "", "w"]), max_size=12))
def test_what_stays_is_in_order_and_apart_as_it_was(lines):
    text = "\n".join(lines)
    kept = repeat(text)
    if kept is None or kept == text:
        return
    rest = iter([line for line in lines if line])
    assert all(line in rest for line in kept.split("\n") if line)
    runs = [len(run) for run in re.findall("\n\n+", text)]
    assert all(len(run) in runs for run in re.findall("\n\n+", kept))


def test_a_bracket_on_every_page_is_no_notice(tmp_path):
    body = "{{\n    open it {0};\n}}\nTraceback:\n  File of {0}\n"
    rows = [(f"http://a.example/{i}", f"{MENU}\n" + body.format("abcdefgh"[i])) for i in range(8)]
    docs = pl.DataFrame(rows, schema=["url", "text"], orient="row")
    shared = table(docs, tmp_path, min_documents=5)
    assert sum(len(pl.read_parquet(file)) for file in shared.rglob("*.parquet")) == 1
    out = sites.remove(docs, lines=shared)
    assert out["text"][0] == body.format("a").removesuffix("\n")


def test_a_notice_that_is_code_on_one_page_stays_there(tmp_path):
    rows = [(f"http://a.example/{i}", f"{i}\nRead more:\n{i} more") for i in "abcdefgh"]
    rows.append(("http://a.example/code", "if\nRead more:\n    read(more)"))
    docs = pl.DataFrame(rows, schema=["url", "text"], orient="row")
    out = sites.remove(docs, lines=table(docs, tmp_path, min_documents=5))
    assert out["text"].to_list() == [*(f"{i}\n{i} more" for i in "abcdefgh"), rows[-1][1]]


LINE = st.sampled_from([MENU, FOOTER, "", " ", "x", "漢 字 of 1", "漢 字 of 22", "é\r"]) | st.text(
    max_size=12
)
TEXT = st.lists(LINE, max_size=8).map("\n".join)
DOC = st.tuples(st.sampled_from(["http://a.example/1", "b.example", "//c.example", "", None]), TEXT)


@settings(max_examples=40)
@given(a=st.lists(DOC, max_size=5), b=st.lists(DOC, max_size=5))
def test_law_and_columns(a, b, tmp_path_factory):
    schema = {"url": pl.String, "text": pl.String}
    one, two = (pl.DataFrame(half, schema=schema, orient="row") for half in (a, b))
    lines = table(pl.concat([one, two]), tmp_path_factory.mktemp("t"), min_documents=2, min_document_ratio=0)
    for step in (lambda docs: sites.remove(docs, lines=lines), sites.repeated):
        whole = step(pl.concat([one, two]))
        assert_frame_equal(pl.concat([step(one), step(two)]), whole)
        for name in ("sites_lines", "sites_characters"):
            assert whole[name].dtype == pl.Int64 and not whole[name].has_nulls()
        assert whole["drop_reason"].drop_nulls().is_in(["sites.nothing_left"]).all()


def test_lines_are_those_that_newlines_cut():
    draw = random.Random(2)
    texts = ["\n".join(draw.choices(["a b c", "", "d"], k=draw.randrange(5))) for _ in range(50)]
    cut = sites._cut_lines(pl.Series(texts, dtype=pl.String)[3:])
    data = cut.data.tobytes()
    found = [(d, data[b:e].decode()) for d, b, e in zip(cut.doc, cut.begin, cut.end, strict=True)]
    assert found == [(d, line) for d, text in enumerate(texts[3:]) for line in text.split("\n")]


def test_lines_without_spaces_that_come_again_go_too():
    line, short, thai = "この行は同じページに現れる。", "東京都", "มนุษย์ทั้งหลายเกิดมามีอิสระ"
    text = f"{line}\n{short}\n{thai}\n{line}\n{short}\n{thai}\nMenü"
    found = sites.repeated(pl.DataFrame({"text": [text]}))
    assert found["text"].item() == f"{line}\n{short}\n{thai}\n{short}\nMenü"
