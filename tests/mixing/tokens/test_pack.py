"""Windows: every token once, nothing cut that fits, little padding, validation apart by cluster."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from token_corpus import list_files, make_tokenizer, name, write_parts
from tokenizers import Tokenizer

from winnow.mixing.packing import paragraphs
from winnow.mixing.packing.lengths import chop_windows, fill_windows, separate
from winnow.mixing.tokens import encoder, pack
from winnow.pipelines.engine.disk.documents import read_batches

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
        encoder.encode([file], tmp_path / "encoded" / file.stem, read=read_batches, tokenizer=tokenizer)
    return tmp_path


def run_pack(folder, **settings):
    out = folder / f"packed{len(list(folder.glob('packed*')))}"
    out.mkdir()
    pack.samples(list_files(folder / "encoded"), out, **{"window": 64, **settings})
    tables = [pl.read_parquet(out / f"{split}.parquet") for split in pack.SPLITS]
    return *tables, json.loads((out / "packing.json").read_text())


@pytest.mark.parametrize("how", sorted(pack.PACKERS))
def test_a_sample_is_of_one_source_and_of_documents_that_come_equally_often(encoded, how):
    train, _, packing = run_pack(encoded, packing=how)
    for (number,), rows in train.partition_by("stratum", as_dict=True).items():
        stratum = packing["strata"][number]
        assert stratum["source"] in (pack.MIXED, *rows["source"].cast(pl.String).unique())
        assert stratum["source"] == pack.MIXED or rows["source"].n_unique() == 1
    counts = packing["splits"]["train"]
    assert counts["tokens"] == train["length"].sum() and counts["samples"] == train["sample"].n_unique()
    assert (counts["cut_that_fit"] > 0) == (how == "chop")
    assert train["sample"].to_list() == sorted(train["sample"])


def test_sources_apart_share_no_window(encoded):
    together, apart = (run_pack(encoded, isolate_sources=choice) for choice in (False, True))
    counts = [
        train.group_by("sample").agg(pl.col("source").n_unique())["source"].max()
        for train, _, _ in (together, apart)
    ]
    assert counts[0] > 1 and counts[1] == 1
    assert pack.MIXED not in {stratum["source"] for stratum in apart[2]["strata"]}
    assert apart[0]["length"].sum() == together[0]["length"].sum()
    assert apart[2]["splits"]["train"]["cut_that_fit"] == 0


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
        folder / "kept_templates.parquet"
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
    (folder / "kept_templates.parquet").rename(folder / "spared.parquet")
    with pytest.raises(
        ValueError, match=r"spared.parquet is of an earlier version, kept_templates.parquet now"
    ):
        run_pack(encoded, validation=0.3, clusters=encoded / "clusters")


PARAGRAPHS = ["the river ran on to the sea " * (1 + i % 3) for i in range(60)]


def test_long_documents_are_cut_where_a_paragraph_ends(tmp_path):
    """And where none ends in a window's second half, at its end; each token stays in its place."""
    tokenizer = make_tokenizer(tmp_path / "tokenizer.json")
    texts = ["\n\n".join(PARAGRAPHS), "river " * 300, "the sea", "\n".join(PARAGRAPHS)]
    ids = [name(str(number)) for number in range(len(texts))]
    frame = pl.DataFrame({"id": ids, "source": "web", "text": texts})
    frame.write_parquet(tmp_path / "part-00000.parquet")
    (tmp_path / "encoded/part-00000").mkdir(parents=True)
    encoder.encode(
        [tmp_path / "part-00000.parquet"],
        tmp_path / "encoded/part-00000",
        read=read_batches,
        tokenizer=tokenizer,
    )
    plain = Tokenizer.from_file(str(tokenizer))
    for how in ("best_fit", "documents"):
        train, _, packing = run_pack(tmp_path, split_long="paragraph", packing=how)
        whole, _, _ = run_pack(tmp_path, packing=how)
        for row, text in enumerate(texts):
            own = train.filter(pl.col("row") == row).sort("start")
            encoded_ids = plain.encode(text).ids
            assert (own["start"] + own["length"]).to_list()[-1] == len(encoded_ids) + 1
            assert own["start"].to_list()[1:] == (own["start"] + own["length"]).to_list()[:-1]
            ends = [plain.decode(encoded_ids[:at]) for at in own["start"].to_list()[1:]]
            assert all(end.endswith("\n\n") for end in ends) == (row in (0, 2))
        counts = train.group_by("row").len().sort("row")["len"].to_list()
        before = whole.group_by("row").len().sort("row")["len"].to_list()
        assert counts[0] > before[0] and counts[1:] == before[1:]
        hard = counts[1] + counts[3] - 2
        assert packing["cuts"] == {"at_paragraphs": counts[0] - 1, "elsewhere": hard}
        assert train.group_by("sample").agg(pl.col("length").sum())["length"].max() <= 64
    with pytest.raises(ValueError, match="split_long = 'paragraph' and packing = 'chop' exclude each other"):
        run_pack(tmp_path, split_long="paragraph", packing="chop")


@pytest.mark.parametrize(
    ("ids", "pieces"),
    [
        ([0, 0, 0, 0, 1, 1, 0, 0, 0, 0], [6, 4]),  # two newlines
        ([0, 0, 0, 0, 0, 0, 2, 0, 0, 0], [7, 3]),  # an empty line in one id
        ([0, 0, 2, 0, 0, 0, 0, 0, 0, 0], [8, 2]),  # in the first half
        ([0, 0, 0, 0, 0, 0, 1, 0, 0, 0], [8, 2]),  # a line, no paragraph
        ([0, 0, 0, 0, 0, 0, 0, 2, 0, 0], [8, 2]),  # at the window's end
        ([0, 0, 0, 0, 0, 0, 0, 1, 1, 0], [8, 2]),  # behind it
        ([1, 1, 1, 1, 1, 1, 1, 1], [8]),
    ],
)
def test_a_cut_is_behind_the_last_empty_line_that_ends_in_the_second_half(ids, pieces):
    ids = np.array([9, *ids], np.uint16)
    flags = np.array([0, paragraphs.ENDS | paragraphs.WHITE, paragraphs.CLOSED, *[0] * 7], np.uint8)
    counts, lengths = np.empty(1, np.int64), np.zeros(8, np.int64)
    tokens_of = np.array([len(ids) - 1])
    paragraphs.cut_documents(ids, np.array([1]), tokens_of, 8, flags, counts, lengths)
    assert lengths[: counts[0]].tolist() == pieces


def test_too_many_failed_documents_stop_the_run(encoded):
    path = next(encoded.glob("encoded/*/encoding.json"))
    path.write_text(json.dumps({**json.loads(path.read_text()), "failed": 5}))
    with pytest.raises(
        ValueError, match=r"failed on 5 of 185 documents, above max_failed = 0.01; failed.par"
    ):
        run_pack(encoded)
    assert run_pack(encoded, max_failed=0.05)[2]["encoding"]["failed"] == 5


def test_what_cannot_be_packed_is_said(encoded, tmp_path):
    with pytest.raises(ValueError, match="window = 1 has no room for text beside 1 special tokens"):
        run_pack(encoded, window=1)
    with pytest.raises(ValueError, match=r"validation = 1.5 is no share"):
        run_pack(encoded, validation=1.5)
    with pytest.raises(ValueError, match=r"come after mixing.tokens.encoder:encode"):
        pack.samples([], tmp_path, window=64)
    assert name("a") != name("b")
