"""What a long document consists of, and which are the middle of their source."""

import json
import random
import re
import string
import zlib
from pydoc_data.topics import topics

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.filters import long
from winnow.pipelines.engine.disk.documents import read_batches

HELP = "\n\n".join(text for _, text in sorted(topics.items()))


def docs(texts, tokens=10_000, source="a"):
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return frame.with_columns(token_count=pl.lit(tokens, pl.Int64), source=pl.lit(source))


def count_far(text, far):
    """The same in plain Python, for texts of ASCII words and spaces."""
    words = text.split()
    plain = {word for word in words if word == word.lower()}
    last, total = {}, 0
    for i, word in enumerate(words):
        name = word.lower()
        if name in last and i - last[name] >= far and name not in plain:
            total += 1
        last[name] = i
    return 1000 * total / max(len(words), 1)


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(
        st.lists(st.sampled_from(["Ada", "ada", "Bob", "Eve", "moon", "Sun"]), max_size=60).map(" ".join)
    ),
    far=st.integers(1, 20),
)
def test_names_recur_far_apart_as_counted_by_hand(texts, far):
    found = long.measure(docs(texts), far_words=far)
    assert found["long_far_names"].to_list() == pytest.approx(
        [count_far(text, far) for text in texts], rel=1e-6
    )


def test_what_is_compressed_is_zlibs():
    noise = "".join(random.Random(1).choices(string.ascii_letters, k=5000))
    texts = [HELP[:50_000], "0 " * 9000, noise, ""]
    ratios = long.measure(docs(texts))["long_gzip_ratio"].to_list()
    assert ratios == pytest.approx(
        [len(zlib.compress(text.encode(), 6)) / len(text.encode()) for text in texts[:3]] + [0], rel=1e-6
    )


@pytest.mark.parametrize(
    ("line", "is_heading"),
    [
        ("# One", True),
        ("###### Six", True),
        ("####### Seven", False),
        ("#hash", False),
        ("  # inside", False),
        ("Chapter 7", True),
        ("CHAPTER IX", True),
        ("Part II", True),
        ("Chapters 7", False),
        ("part of it", False),
        ("Partly", False),
    ],
)
def test_headings(line, is_heading):
    text = f"one two three\n{line}\nfour five"
    found = long.measure(docs([text]))["long_headings"].item()
    words = len(re.findall(r"[A-Za-z]+", text))
    assert found == pytest.approx(10_000 * is_heading / words)


def test_what_comes_again_beyond_the_reach_of_a_compressor_is_told():
    once = HELP[:60_000]
    lines = [line.strip() for line in once.splitlines() if len(line.strip()) >= 20]
    before = 1 - sum(map(len, set(lines))) / sum(map(len, lines))
    found = long.measure(docs([once, f"{once}\n{once}", "- a list\n" * 900]))
    assert found["long_repeated_share"].to_list() == pytest.approx([before, (1 + before) / 2, 0], rel=1e-6)
    assert found["long_gzip_ratio"][1] == pytest.approx(
        found["long_gzip_ratio"][0], rel=0.05
    )  # half, were it seen
    judged = long.measure(docs([once, f"{once}\n{once}"]), max_repeated_share=0.4)
    assert judged["drop_reason"].to_list() == [None, "long.repeated"]


def test_only_long_documents_are_measured_and_judged():
    short = docs(["aaaa " * 50], tokens=8191)
    both = pl.concat([short, docs(["aaaa " * 50], tokens=8192), docs([None], tokens=None)])
    found = long.measure(both, min_gzip_ratio=0.2, min_far_names=1.0)
    assert found["long_gzip_ratio"].is_null().to_list() == [True, False, True]
    assert found["drop_reason"].to_list() == [None, "long.too_compressible", None]


@pytest.mark.parametrize(
    ("threshold", "reason"),
    [
        ({"min_gzip_ratio": 0.5}, "long.too_compressible"),
        ({"max_gzip_ratio": 0.1}, "long.too_random"),
        ({"max_repeated_share": -1.0}, "long.repeated"),
        ({"min_far_names": 500.0}, "long.few_far_names"),
        ({"min_headings": 500.0}, "long.few_headings"),
    ],
)
def test_each_threshold_has_its_reason(threshold, reason):
    assert long.measure(docs([HELP[:30_000]]), **threshold)["drop_reason"].to_list() == [reason]
    assert long.measure(docs([HELP[:30_000]]))["drop_reason"].to_list() == [None]


def bands(folder, ratios, **options):
    """`bands.json` of sources with these gzip ratios, over two files."""
    rows = [(name, ratio) for name, values in ratios.items() for ratio in values]
    table = pl.DataFrame(rows, schema={"source": pl.String, "long_gzip_ratio": pl.Float32}, orient="row")
    files = [folder / "a.parquet", folder / "b.parquet"]
    for k, file in enumerate(files):
        table[k::2].with_columns(id=pl.int_range(pl.len()).cast(pl.String)).write_parquet(file)
    long.find_bands(files, folder, read=read_batches, **options)
    return json.loads((folder / "bands.json").read_text())


def test_the_middle_is_each_sources_own(tmp_path):
    ratios = {"a": [k / 100 for k in range(101)], "b": [0.5] * 30, "few": [0.1] * 3, "less": [0.9] * 3}
    found = bands(tmp_path, {**ratios, "none": [None] * 40}, middle=0.6)
    assert found["a"] == {"min": pytest.approx(0.2), "max": pytest.approx(0.8), "documents": 101}
    assert found["b"] == {"min": 0.5, "max": 0.5, "documents": 30}
    assert found["*"] == {"documents": 6} and set(found) == {"a", "b", "*"}
    judged = long.keep_band(
        pl.DataFrame(
            {
                "source": ["a", "a", "a", "a", "few", None],
                "long_gzip_ratio": [0.1, 0.5, 0.9, None, 0.1, 0.1],
            },
            schema_overrides={"long_gzip_ratio": pl.Float32},
        ),
        bands=tmp_path,
        drop_above=True,
    )
    assert judged["drop_reason"].to_list() == [
        *("long.below_band", None, "long.above_band"),
        *(None, None, None),
    ]
    assert judged["long_band_min"].to_list()[4] is None
    kept = long.keep_band(judged.drop("drop_reason"), bands=tmp_path)
    assert kept["drop_reason"].to_list() == ["long.below_band", *[None] * 5]
    assert kept["long_band_max"].to_list()[2] == pytest.approx(0.8)


def test_sources_with_few_long_documents_share_a_band(tmp_path):
    few = {f"s{k}": [k / 10 + j / 100 for j in range(5)] for k in range(8)}
    found = bands(tmp_path, few, middle=0.5)
    assert set(found) == {"*"} and found["*"]["documents"] == 40
    ratios = sorted(ratio for values in few.values() for ratio in values)
    inside = [r for r in ratios if found["*"]["min"] <= r <= found["*"]["max"]]
    assert len(inside) in (20, 22)


@pytest.mark.parametrize(("least", "has_bounds"), [(20, True), (21, False)])
def test_a_band_needs_as_many_as_asked_and_no_more(tmp_path, least, has_bounds):
    found = bands(tmp_path, {"a": [0.5] * 10, "b": [0.6] * 10}, min_documents=least)
    assert set(found) == {"*"} and found["*"]["documents"] == 20 and ("min" in found["*"]) == has_bounds


@pytest.mark.parametrize("middle", [0.0, 1.1, -1.0])
def test_a_middle_is_a_share(tmp_path, middle):
    with pytest.raises(ValueError, match="middle is a share"):
        bands(tmp_path, {"a": [0.5] * 30}, middle=middle)
