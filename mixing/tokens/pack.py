"""Documents into windows of a training run: which go together, and which are kept aside for validation."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
import scipy
from pydantic import NonNegativeInt, PositiveInt

from winnow.earlier import list_names
from winnow.files import find_files, write_json
from winnow.mixing.packing.lengths import chop_windows, fill_windows, separate
from winnow.mixing.packing.paragraphs import split_paragraphs
from winnow.mixing.packing.scatter import hash_names
from winnow.ranges import Ratio

FULL = 1000  # a window that lacks more than a thousandth is filled anew from all sources
MIXED = "several sources"
TEMPLATES = "kept_templates.parquet"  # near duplicates that stay, beside a ledger
SPLITS = ("train", "validation")
PIECES = {
    "sample": pl.UInt32,
    "stratum": pl.UInt16,
    "part": pl.UInt32,
    "row": pl.UInt32,
    "offset": pl.Int64,
    "start": pl.Int64,
    "length": pl.UInt32,
    "source": pl.Categorical,
}
PACKERS = {"best_fit": fill_windows, "chop": chop_windows, "documents": separate}


def samples(
    files: Annotated[Sequence[Path], "id", "source", "draw", "repeats", "start", "tokens"],
    out: Path,
    *,
    window: PositiveInt,
    packing: Literal["best_fit", "chop", "documents"] = "best_fit",
    split_long: Literal["window", "paragraph"] = "window",
    max_failed: Ratio = 0.01,
    validation: Ratio = 0.0,
    clusters: Path | None = None,
    isolate_sources: bool = False,
    seed: NonNegativeInt = 1,
) -> Annotated[None, PIECES]:
    """Write `train.parquet` and `validation.parquet`, the pieces of every sample, and `packing.json`.

    A sample is a window of `window` tokens of one source (and of documents that come equally often). Each
    document is in one sample, or in several where it is longer than the window; what comes more than once is
    packed once. `best_fit`: best-fit decreasing, where no document is cut that fits into a window; windows
    that lack more than a thousandth are taken apart and filled again from all sources. `chop`: documents end
    to end, cut where windows end. `documents`: a document a sample, as long as it is, at most the window.

    `isolate_sources` leaves windows that lack more to one source, too: for a run that reads sources by
    weights, which windows of several sources meet but where all of these come often enough.

    `split_long = "paragraph"`: a document longer than the window is cut behind the last empty line in a
    window's second half, and where there is none in it, at its end; what is cut off is packed like
    documents.

    `validation` is a share of documents held out, by a hash of the id and `seed`. With `clusters`, the
    folder of a ledger (`dedup.clusters:choose`), documents that it links, spared ones too, are held out
    together.

    Columns: `part` and `row`, the document in the files of `mixing.tokens.encoder:encode`; `offset`, the
    piece's first token in the part's ids; `start`, the same within the document; `length`, in tokens.
    Memory: about 150 bytes a document. Errors: ValueError where no document has a token, the window is not
    longer than the special tokens, or the tokenizer failed on a share of the documents above `max_failed`.
    """
    encoding = merge_encodings(files)
    newlines = encoding.pop("newlines")
    _refuse_failed(encoding, max_failed)
    special = (encoding["bos"] >= 0) + (encoding["eos"] >= 0)
    _refuse_settings(
        window, special, validation, chop_paragraphs=split_long == "paragraph" and packing == "chop"
    )
    docs = read_documents(files, clusters)
    empty = docs.filter(pl.col("tokens") <= special).height
    docs = docs.filter(pl.col("tokens") > special, pl.col("repeats") > 0)
    if not docs.height:
        raise ValueError("no document to pack: all are empty; look at what the stages before dropped")
    held = _draw_uniform(docs["group"].to_numpy(), seed) < validation
    order = _draw_uniform(docs["draw"].to_numpy(), seed + 1)
    docs = docs.with_columns(pl.Series("held", held), pl.Series("order", order))
    units, cuts = docs.with_columns(behind=pl.lit(0, pl.Int64)), None
    if split_long == "paragraph":
        stores = {_number_part(file): file for file in files if file.name == "ids.bin"}
        units, cuts = split_paragraphs(units, stores, window, encoding["size"], newlines, encoding["dtype"])
    counts: dict[str, Any] = {}
    strata: list[dict[str, Any]] = []
    for split, chosen in zip(SPLITS, (~held, held), strict=True):
        own = units.filter(pl.col("held") == (split == "validation"))
        table, strata_of = _pack_split(own, window, packing, isolate_sources, split == "validation")
        table = table.with_columns(pl.col("stratum") + len(strata)).cast({"stratum": pl.UInt16})
        strata += strata_of
        table.write_parquet(out / f"{split}.parquet")
        counts[split] = _count(docs.filter(chosen), table, window, packing)
    said = {
        "window": window,
        "how": packing,
        "seed": seed,
        "validation": validation,
        "empty": empty,
        "cuts": cuts,
    }
    write_json(out / "packing.json", {**said, "encoding": encoding, "strata": strata, "splits": counts})


def _refuse_settings(window: int, special: int, validation: float, *, chop_paragraphs: bool) -> None:
    if chop_paragraphs:
        raise ValueError(
            "split_long = 'paragraph' and packing = 'chop' exclude each other: chopping cuts at windows"
        )
    if window <= special:
        raise ValueError(f"window = {window} has no room for text beside {special} special tokens")
    if not 0 <= validation < 1:
        raise ValueError(f"validation = {validation} is no share of documents from 0 to below 1")


def merge_encodings(files: Sequence[Path]) -> dict[str, Any]:
    """What the parts' `encoding.json` say together: one tokenizer, and the sums of what was counted."""
    found = [json.loads(file.read_text("utf-8")) for file in sorted(files) if file.name == "encoding.json"]
    if not found:
        raise ValueError(
            "there is no encoding.json: token files come after mixing.tokens.encoder:encode, by part"
        )
    sums = {
        name
        for name, value in found[0].items()
        if name in ("documents", "tokens", "unknown", "byte_fallback", "encoded_whole", "failed")
    }
    whole = {name: sum(each[name] for each in found) if name in sums else found[0][name] for name in found[0]}
    if any(each[name] != whole[name] for each in found for name in set(whole) - sums):
        raise ValueError("parts were encoded by different tokenizers")
    return whole


def read_documents(files: Sequence[Path], clusters: Path | None) -> pl.DataFrame:
    """All documents without their ids' strings, by part and row; `group` is what is held out together."""
    frames = []
    for file in sorted(file for file in files if file.name == "documents.parquet"):
        frame = pl.read_parquet(file, glob=False).with_row_index("row")
        group = _group(frame["id"].to_list(), clusters) if clusters else frame["draw"]
        part = pl.lit(_number_part(file), pl.UInt32).alias("part")
        frames.append(
            frame.with_columns(part, group.alias("group"), pl.col("source").cast(pl.Categorical)).drop(
                "id", "language"
            )
        )
    return pl.concat(frames)


def _number_part(file: Path) -> int:
    return int(file.parent.name.removeprefix("part-"))


def _refuse_failed(encoding: dict[str, Any], most: float) -> None:
    failed = encoding["failed"]
    if failed > most * (encoding["documents"] + failed):
        raise ValueError(
            f"the tokenizer failed on {failed:,} of {encoding['documents'] + failed:,} documents, above"
            f" max_failed = {most}; failed.parquet beside their parts' ids names them"
        )


def _group(ids: list[str], clusters: Path) -> pl.Series:
    names = _link(clusters)
    return pl.Series(hash_names([names.get(each, each) for each in ids], 0), dtype=pl.UInt64)


def _link(clusters: Path) -> dict[str, str]:
    """Of each document that the ledger links with others the first of their ids."""
    pairs = [
        pl.read_parquet(file, glob=False, columns=["id", "survivor"])
        for file in find_files(clusters, "ledger.parquet")
    ]
    if earlier := sorted(path for name in list_names(TEMPLATES) for path in clusters.rglob(name)):
        raise ValueError(f"{earlier[0]} is of an earlier version, {TEMPLATES} now: make the ledger anew")
    spared = sorted([*clusters.glob(TEMPLATES), *clusters.glob(f"[!.]*/{TEMPLATES}")])
    pairs += [pl.read_parquet(file, glob=False).select("id", survivor="other") for file in spared]
    edges = pl.concat(pairs)
    if not edges.height:
        return {}
    names = pl.concat([edges["id"], edges["survivor"]]).unique().sort()
    number = {name: i for i, name in enumerate(names)}
    a, b = ([number[name] for name in edges[column]] for column in ("id", "survivor"))
    graph = scipy.sparse.coo_array((np.ones(len(a), np.int8), (a, b)), shape=(len(names), len(names)))
    label = scipy.sparse.csgraph.connected_components(graph, directed=False)[1]
    first = pl.DataFrame({"name": names, "label": label}).with_columns(
        first=pl.col("name").min().over("label")
    )
    return dict(first.select("name", "first").iter_rows())


def _draw_uniform(draws: np.ndarray, seed: int) -> np.ndarray:
    """A number in [0, 1) for each hash and the seed: splitmix64 (Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        mixed = draws.astype(np.uint64) + np.uint64(seed % 2**63) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)) / 2.0**53


def _pack_split(
    docs: pl.DataFrame, window: int, packing: str, isolate_sources: bool, once: bool
) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """The pieces of all samples of a split, strata by source and repeats; those of several sources last."""
    if once:
        docs = docs.with_columns(repeats=pl.lit(1, pl.Int64))
    docs = docs.sort("repeats", pl.col("source").cast(pl.String), "order", "part", "row", "behind")
    tables = [_cut(docs[:0], window, packing, 0, 0)]
    strata: list[dict[str, Any]] = []
    loose, at = [], 0
    for group in docs.partition_by("repeats", "source", maintain_order=True):
        table = _cut(group, window, packing, len(strata), at)
        if packing == "best_fit" and not isolate_sources:
            short = pl.col("length").sum().over("sample") * FULL < window * (FULL - 1)
            open_ = table.filter(short & (pl.col("length") < window)).select("part", "row", rest="start")
            # Of a document with whole windows only what is left behind these.
            whole = pl.col("tokens") // window * window
            rests = group.with_columns(rest=pl.col("behind") + whole, tokens=pl.col("tokens") - whole)
            rests = rests.join(open_, on=["part", "row", "rest"], how="semi", maintain_order="left")
            loose.append(rests.with_columns(behind="rest").drop("rest"))
            table = _number(table.filter(~short), at)
        tables.append(table)
        strata.append({"source": str(group["source"][0]), "repeats": int(group["repeats"][0])})
        at += table["sample"].n_unique()
    for rest in pl.concat(loose).partition_by("repeats", maintain_order=True) if loose else []:
        rest = rest.sort("order", "part", "row", "behind")
        table = _cut(rest, window, packing, len(strata), at)
        tables.append(table)
        strata.append({"source": MIXED, "repeats": int(rest["repeats"][0])})
        at += table["sample"].n_unique()
    return pl.concat(tables), strata


def _cut(docs: pl.DataFrame, window: int, packing: str, stratum: int, at: int) -> pl.DataFrame:
    """The pieces of documents in their order, with samples numbered from `at`."""
    found = PACKERS[packing](docs["tokens"].to_numpy().astype(np.int64), window)
    behind = docs["behind"].to_numpy()
    rows = docs.select("part", "row", "source", offset="start")[found.document]
    start = found.start + behind[found.document]
    table = rows.with_columns(
        pl.Series("sample", found.window, dtype=pl.Int64),
        pl.Series("start", start, dtype=pl.Int64),
        pl.Series("length", found.length, dtype=pl.UInt32),
        offset=pl.col("offset") + pl.Series(start, dtype=pl.Int64),
        stratum=pl.lit(stratum, pl.UInt16),
    )
    return _number(table, at)


def _number(table: pl.DataFrame, at: int) -> pl.DataFrame:
    """Samples one after another from `at` on, the pieces of each in the order of the documents."""
    dense = (pl.col("sample").rank("dense") - 1 + at).cast(pl.UInt32)
    return (
        table.with_columns(sample=dense)
        .sort("sample", maintain_order=True)
        .select(pl.col(name).cast(kind) for name, kind in PIECES.items())
    )


def _count(docs: pl.DataFrame, table: pl.DataFrame, window: int, packing: str) -> dict[str, Any]:
    """Documents, tokens, samples; what is padded, and how many documents are cut that would fit."""
    pieces = table.group_by("part", "row").agg(pl.len(), pl.col("length").sum())
    samples = table["sample"].n_unique()
    tokens = int(docs["tokens"].sum())
    assert pieces.height == docs.height and int(pieces["length"].sum()) == tokens, "a token is lost"
    room = samples * window if packing != "documents" else tokens
    short = pieces.filter(pl.col("len") > 1, pl.col("length") <= window)
    return {
        "documents": docs.height,
        "tokens": tokens,
        "samples": samples,
        "padding": room - tokens,
        "padding_share": (room - tokens) / max(room, 1),
        "cut": pieces.filter(pl.col("len") > 1).height,
        "cut_that_fit": short.height,
    }
