"""Exact duplicates: what counts as equal, who goes, and that order does not matter."""

import random
from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.dedup import exact, ledger


def keys(*texts, **options):
    return exact.hash(pl.DataFrame({"text": texts}, schema={"text": pl.String}), **options)[
        "exact_key"
    ].to_list()


@pytest.mark.parametrize(
    "a, b, options, equal",
    [
        ("The same.", "the SAME.", {}, True),
        ("The same.", "the SAME.", {"ignore_case": False}, False),
        ("two  words\n\n", " two\twords", {}, True),
        ("two\u00a0words", "two words", {}, True),
        ("two  words", "two words", {"ignore_space": False}, False),
        ("one, two!", "one two", {}, False),
        ("one, two!", "one two", {"ignore_punctuation": True}, True),
        ("STRASSE Ünder", "strasse ünder", {}, True),
        ("ab", "a b", {}, False),
    ],
)
def test_what_is_equal(a, b, options, equal):
    first, second = keys(a, b, **options)
    assert (first == second) is equal


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet=" \t\n\r\u00a0\u2003ab", max_size=12))
def test_white_space_counts_once(text):
    assert keys(text) == keys(" ".join(text.split()))


def test_nothing_left_is_nobodys_duplicate():
    assert keys("", " \n ") == [None, None]
    assert keys("?!", "...", ignore_punctuation=True) == [None, None]


def test_ledger_is_that_of_plain_python(kit, tmp_path):
    draw = random.Random(3)
    some = [" ".join(words) for words in kit.passages(30, 40)]
    texts = [draw.choice(some) for _ in range(150)]
    texts = [text.upper() if draw.random() < 0.3 else text + " " * draw.randrange(3) for text in texts]
    docs = kit.documents(texts, ["web", "books", "code"])
    got = kit.read(kit.exact_ledger(docs, tmp_path, prefer=[{"source": ["books", "web"]}, {"length": "max"}]))
    same = defaultdict(list)
    for row in docs.iter_rows(named=True):
        place = {"books": 0, "web": 1}.get(row["source"], 2)
        same[row["text"].lower().strip()].append((place, -len(row["text"]), row["id"], row["source"]))
    expected = {}
    for members in map(sorted, same.values()):
        best = members[0]
        if len(members) > 1:
            expected[best[2]] = (best[2], None, None, len(members))
        for other in members[1:]:
            expected[other[2]] = (best[2], best[2], best[3], None)
    rows = got.select("id", "cluster", "survivor", "survivor_source", "duplicates").iter_rows()
    assert {row[0]: row[1:] for row in rows} == expected
    removed = got.filter(pl.col("survivor").is_not_null())
    assert removed["similarity"].unique().to_list() == [1.0]
    assert removed["method"].unique().to_list() == ["exact"]


def test_order_and_buckets_do_not_matter(kit, tmp_path):
    texts = [" ".join(words) for words in kit.passages(20, 30)] * 3
    docs = kit.documents(texts, ["web", "books"])
    first = kit.read(kit.exact_ledger(docs, tmp_path / "a"))
    assert first.height == 90
    for seed, (parts, buckets) in enumerate([(1, 1), (5, 16), (9, 2)], start=1):
        out = tmp_path / str(seed)
        assert first.equals(kit.read(kit.exact_ledger(docs, out, parts=parts, buckets=buckets, seed=seed)))


def test_remove_keeps_one_of_each_and_counts(kit, tmp_path):
    docs = exact.hash(kit.documents(["One text", "another", "one  text", "ONE TEXT ", ""]))
    ledger = kit.exact_ledger(docs.select("id", "source", "uri", "text"), tmp_path)
    marked = exact.remove(docs, duplicates=ledger)
    assert marked["text"].to_list() == docs["text"].to_list()
    kept = marked.filter(pl.col("drop_reason").is_null())
    assert dict(kept.select("text", "duplicates").iter_rows()) in (
        {"one  text": 3, "another": 1, "": 1},
        {"ONE TEXT ": 3, "another": 1, "": 1},
    )
    gone = marked.filter(pl.col("drop_reason") == "exact.duplicate")
    assert gone.height == 2 and set(gone["dedup_survivor"]) <= set(kept["id"])
    halves = [exact.remove(docs[start:end], duplicates=ledger) for start, end in ((0, 2), (2, 2), (2, 5))]
    assert pl.concat(halves).equals(marked)


@pytest.mark.parametrize(
    "a, b, equal",
    [
        ("http://www.Example.org/a/", "https://example.org:443/a#part", True),
        ("https://example.org/a?b=1&a=2", "https://example.org/a?a=2&b=1", True),
        ("https://example.org/a?id=1&utm_source=x&fbclid=y", "https://example.org/a?id=1", True),
        ("https://example.org/a/index.html", "https://example.org/a", True),
        ("https://example.org/%41;jsessionid=12", "https://example.org/A", True),
        ("https://example.org/a?id=1", "https://example.org/a?id=2", False),
        ("https://example.org/A", "https://example.org/a", False),
        ("https://example.org/a?x=", "https://example.org/a", False),
        ("https://example.org/", "https://example.com/", False),
    ],
)
def test_what_is_one_page(a, b, equal):
    docs = pl.DataFrame({"url": [a, b], "text": ["x", "y"]})
    first, second = exact.locate(docs)["url_key"]
    assert (first == second) is equal


def test_what_names_no_page_has_no_key():
    urls = [None, "", "no host", "http://[bad/", "mailto:a@b.c"]
    docs = pl.DataFrame({"url": urls, "text": [""] * len(urls)})
    assert exact.locate(docs)["url_key"].to_list() == [None] * len(urls)


def test_the_latest_capture_of_a_page_stays(kit, tmp_path):
    docs = kit.documents(["old text", "new text", "other"]).with_columns(
        url=pl.Series(["http://a.b/c", "https://www.a.b/c/", "http://a.b/d"]),
        date=pl.Series(["2020-01-01", "2024-01-01", None]),
    )
    ledger = kit.exact_ledger(docs, tmp_path, key="url", prefer=[{"date": "max"}])
    marked = exact.remove(exact.locate(docs), duplicates=ledger)
    assert marked["drop_reason"].to_list() == ["exact.url_duplicate", None, None]
    assert marked["dedup_survivor"][0] == docs["id"][1]
    assert marked["dedup_method"].to_list() == ["url", None, None]


def test_of_chats_that_ask_the_same_the_longest_stays(kit, tmp_path):
    questions = [
        ["What is 3-2?"],
        ["what is  3-2"],
        ["What is 3+2?"],
        ["What is 3-2?", "And?"],
        [],
        None,
        [" ?"],
    ]
    docs = kit.documents([f"text {'x' * n}" for n in range(len(questions))]).with_columns(
        questions=pl.Series(questions, dtype=pl.List(pl.String))
    )
    ledger = kit.exact_ledger(docs, tmp_path, key="question")
    marked = exact.remove(exact.question(docs), duplicates=ledger)
    assert marked["drop_reason"].to_list() == ["exact.question_duplicate", *[None] * 6]
    assert marked["dedup_survivor"][0] == docs["id"][1]
    assert exact.question(docs)["question_key"].null_count() == 3


def test_nothing_at_all(kit, tmp_path):
    docs = kit.documents([])
    ledger = kit.exact_ledger(docs, tmp_path)
    assert exact.remove(exact.hash(docs), duplicates=ledger).is_empty()


def test_within_a_column_only_what_is_equal_there_is_a_duplicate(kit, tmp_path):
    docs = kit.documents(["one text"] * 6, ["a", "a", "b", "b", "c", None])
    found = kit.read(kit.exact_ledger(docs, tmp_path, within="source")).drop_nulls("survivor")
    assert dict(found.group_by("source").len().iter_rows()) == {"a": 1, "b": 1}
    assert (found["source"] == found["survivor_source"]).all()
    assert kit.read(kit.exact_ledger(docs, tmp_path / "all"))["survivor"].drop_nulls().len() == 5


def test_scopes_of_no_document_are_bytes_too():
    assert ledger.hash_scope(pl.Series([], dtype=pl.String)).dtype == pl.Binary
    assert ledger.hash_scope(pl.Series([None, "", "a"])).n_unique() == 2
