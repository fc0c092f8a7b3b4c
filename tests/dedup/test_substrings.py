"""Repeated passages: all are found, one copy stays, and the text can be had back."""

import random
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.dedup import substrings


def run(kit, docs, out, n, parts=2, seed=0):
    """The documents with their passages cut, in the order of ids."""
    files = kit.split(docs, parts, out / "parts", seed)
    found = kit.groups(substrings.anchors, files, out / "anchors", min_words=n)
    kit.buckets(substrings.shared, found, out / "shared", 2)
    settings = {"places": out / "shared", "min_words": n}
    found = kit.groups(substrings.windows, files, out / "windows", **settings)
    kit.buckets(substrings.spans, found, out / "spans", 16)
    return substrings.cut(docs, spans=out / "spans", min_words=n).sort("id")


def runs(text, n):
    words = re.findall(r"\w+", text)
    return [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]


def check(docs, done, n):
    """The text can be had back, and each word that was cut stood in another place too."""
    before = dict(docs.select("id", "text").iter_rows())
    left = []
    for row in done.iter_rows(named=True):
        cut = (row["text"], row["substrings_starts"], row["substrings_texts"])
        assert substrings.restore(*cut) == before[row["id"]]
        assert row["substrings_words"] == sum(len(runs(text, 1)) for text in row["substrings_texts"])
        left += [row["text"]]
        for text in row["substrings_texts"]:
            again = [sum(runs(b, n).count(run) for b in before.values()) > 1 for run in runs(text, n)]
            assert all(any(again[max(0, k - n + 1) : k + 1]) for k in range(len(again) + n - 1))
    everything = {run for text in before.values() for run in runs(text, n)}
    return left, everything


def test_boilerplate_is_cut_from_all_but_one(kit, tmp_path):
    words = kit.passages(4000, 1, seed=2)[0]
    notice = " ".join(words[:60])
    own = [" ".join(words[100 + 90 * k : 180 + 90 * k]) for k in range(12)]
    texts = [f"{text},\n\n  {notice}!  {text[::-1]}" for text in own[:8]] + own[8:]
    docs = kit.documents(texts)
    done = run(kit, docs, tmp_path / "a", 50)
    check(docs, done, 50)
    assert sum(notice in text for text in done["text"]) == 1
    assert done["substrings_words"].to_list().count(60) == 7
    assert done["substrings_texts"].explode().drop_nulls().unique().to_list() == [notice]
    assert run(kit, docs, tmp_path / "b", 50, parts=5, seed=3).equals(done)
    halves = [substrings.cut(half, spans=tmp_path / "a/spans") for half in (docs[:5], docs[5:])]
    assert pl.concat(halves).sort("id").equals(done)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.lists(st.sampled_from("abc"), max_size=30).map(" ".join), min_size=1, max_size=5),
    st.integers(2, 6),
)
def test_every_run_of_words_is_left_once(kit, tmp_path_factory, texts, n):
    """Of small alphabets, where all is repeated: what repeats is cut, and no word dies out."""
    docs = kit.documents(texts)
    done = run(kit, docs, tmp_path_factory.mktemp("runs"), n)
    left, everything = check(docs, done, n)
    words = {word for run in everything for word in run.split()}
    assert words <= {word for text in left for word in text.split()}
    repeated = [run for text in texts for run in runs(text, n)]
    assert (done["substrings_words"].sum() > 0) == (len(repeated) > len(set(repeated)))


def test_a_document_of_nothing_else_is_dropped(kit, tmp_path):
    text = " ".join(kit.passages(80, 1)[0])
    done = run(kit, kit.documents([text, f"{text}.", "something else"]), tmp_path, 50)
    assert sorted(done["drop_reason"].drop_nulls()) == ["substrings.nothing_left"]


def test_shorter_repeats_stay(kit, tmp_path):
    draw = random.Random(1)
    words = kit.passages(49, 1)[0]
    texts = [" ".join([*map(str, draw.sample(range(10**6), 60)), *words, str(k)]) for k in range(6)]
    done = run(kit, kit.documents(texts), tmp_path, 50)
    assert done["substrings_words"].sum() == 0 and set(done["text"]) == set(texts)


def test_nothing_at_all(kit, tmp_path):
    assert run(kit, kit.documents([]), tmp_path, 50).is_empty()
    with pytest.raises(ValueError, match="2 or more"):
        substrings._halve(1)
