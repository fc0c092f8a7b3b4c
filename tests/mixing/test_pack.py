"""Windows: every token once, nothing cut that fits, little padding, validation apart by cluster."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from token_corpus import list_files, make_tokenizer, name, write_parts

from mixing import pack, tokens
from mixing.packing.lengths import chop_windows, fill_windows, separate
from pipelines.disk.documents import read_batches

LENGTHS = st.lists(st.integers(1, 300), max_size=200).map(lambda found: np.array(found, np.int64))


@settings(deadline=None)
@given(LENGTHS, st.integers(2, 100), st.sampled_from([fill_windows, chop_windows, separate]))
def test_every_token_stands_once_in_a_window(lengths, window, cut):
    pieces = cut(lengths, window)
    order = np.lexsort((pieces.start, pieces.document))
    document, start, length = (each[order] for each in pieces[:3])
    ends = np.concatenate([[0], np.cumsum(length)])[:-1]
    first = np.cumsum(lengths) - lengths
    assert (start == ends - first[document]).all()  # one piece behind the other, from 0 on
    assert (np.bincount(document, length, minlength=len(lengths)) == lengths).all()
    assert (np.bincount(pieces.window, pieces.length) <= window).all()
    numbers = np.unique(pieces.window)
    assert (numbers == np.arange(len(numbers))).all()


@settings(deadline=None)
@given(LENGTHS, st.integers(2, 100))
def test_best_fit_cuts_nothing_that_fits_and_is_what_the_plain_algorithm_gives(lengths, window):
    pieces = fill_windows(lengths, window)
    assert (np.bincount(pieces.document, minlength=len(lengths)) == -(-lengths // window)).all()
    rest = pieces.length[pieces.length < window]
    rooms: list[int] = []
    for length in sorted(rest, reverse=True):
        fitting = [room for room in rooms if room >= length]
        if fitting:
            rooms.remove(min(fitting))
        rooms.append((min(fitting) if fitting else window) - length)
    filled = np.bincount(pieces.window, pieces.length)
    assert sorted(window - filled[filled < window]) == sorted(room for room in rooms if room)


@settings(deadline=None)
@given(LENGTHS, st.integers(2, 100))
def test_chopped_windows_are_full_but_for_the_last(lengths, window):
    filled = np.bincount(chop_windows(lengths, window).window, chop_windows(lengths, window).length)
    assert (filled[:-1] == window).all()


@pytest.mark.parametrize(("window", "most"), [(4096, 0.001), (8192, 0.001)])
def test_padding_of_lognormal_lengths(window, most):
    lengths = np.clip(np.random.default_rng(1).lognormal(6.5, 1.2, 20_000), 1, 2**20).astype(np.int64)
    pieces = fill_windows(lengths, window)
    room = (pieces.window.max() + 1) * window
    assert (room - lengths.sum()) / room < most


@pytest.fixture
def encoded(tmp_path):
    files = write_parts(tmp_path, repeats=True)
    tokenizer = make_tokenizer(tmp_path / "tokenizer.json")
    for file in files:
        (tmp_path / "encoded" / file.stem).mkdir(parents=True)
        tokens.encode([file], tmp_path / "encoded" / file.stem, read=read_batches, tokenizer=tokenizer)
    return tmp_path


def run_pack(folder, **settings):
    out = folder / f"packed{len(list(folder.glob('packed*')))}"
    out.mkdir()
    pack.samples(list_files(folder / "encoded"), out, **{"window": 64, **settings})
    tables = [pl.read_parquet(out / f"{split}.parquet") for split in pack.SPLITS]
    return *tables, json.loads((out / "packing.json").read_text())


@pytest.mark.parametrize("how", sorted(pack.PACKERS))
def test_a_sample_is_of_one_source_and_of_documents_that_come_equally_often(encoded, how):
    train, _, packing = run_pack(encoded, how=how)
    for (number,), rows in train.partition_by("stratum", as_dict=True).items():
        stratum = packing["strata"][number]
        assert stratum["source"] in (pack.MIXED, *rows["source"].cast(pl.String).unique())
        assert stratum["source"] == pack.MIXED or rows["source"].n_unique() == 1
    counts = packing["splits"]["train"]
    assert counts["tokens"] == train["length"].sum() and counts["samples"] == train["sample"].n_unique()
    assert (counts["cut_that_fit"] > 0) == (how == "chop")
    assert train["sample"].to_list() == sorted(train["sample"])


def test_documents_of_a_cluster_are_held_out_together(encoded):
    docs = pl.concat([pl.read_parquet(file) for file in sorted(encoded.glob("encoded/*/*.parquet"))])
    ids = docs.filter(pl.col("tokens") > 1)["id"].to_list()
    twins = list(zip(ids[::2], ids[1::2], strict=False))
    folder = encoded / "clusters/bucket=0"
    folder.mkdir(parents=True)
    pl.DataFrame({"id": [a for a, _ in twins[:20]], "survivor": [b for _, b in twins[:20]]}).write_parquet(
        folder / "ledger.parquet"
    )
    pl.DataFrame({"id": [a for a, _ in twins[20:]], "other": [b for _, b in twins[20:]]}).write_parquet(
        folder / "spared.parquet"
    )
    for clusters, apart in ((encoded / "clusters", False), (None, True)):
        train, held, _ = run_pack(encoded, validation=0.3, clusters=clusters)
        names = docs.with_columns(part=pl.int_range(pl.len()) // 60, row=pl.int_range(pl.len()) % 60)
        sides = [
            set(names.join(each, on=["part", "row"], how="semi")["id"])
            for each in (train.cast({"part": int, "row": int}), held.cast({"part": int, "row": int}))
        ]
        assert 0.15 < len(sides[1]) / len(ids) < 0.45 and not sides[0] & sides[1]
        assert any((a in sides[0]) != (b in sides[0]) for a, b in twins) == apart


def test_what_cannot_be_packed_is_said(encoded, tmp_path):
    with pytest.raises(ValueError, match="window = 1 has no room for text beside 1 special tokens"):
        run_pack(encoded, window=1)
    with pytest.raises(ValueError, match=r"validation = 1.5 is no share"):
        run_pack(encoded, validation=1.5)
    with pytest.raises(ValueError, match=r"come after mixing.tokens:encode"):
        pack.samples([], tmp_path, window=64)
    assert name("a") != name("b")
