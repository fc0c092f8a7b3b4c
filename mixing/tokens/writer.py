"""Token files in the forms that trainers read, with a manifest, a trace and a card."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.files import write_json
from winnow.mixing.formats import arrow, datatrove, litdata, mds, megatron, olmo, parquet, webdataset
from winnow.mixing.formats.shard import Shard, dtype_of
from winnow.mixing.packing.card import describe, write_card
from winnow.mixing.packing.ids import copy_pieces
from winnow.mixing.packing.proof import compare
from winnow.ranges import Ratio

TELLS = {"files": {"tokens": "tokens.json", "order": "order.npy"}}

FORMS: dict[str, ModuleType] = {
    "arrow": arrow,
    "datatrove": datatrove,
    "litdata": litdata,
    "mds": mds,
    "megatron": megatron,
    "olmo": olmo,
    "parquet": parquet,
    "webdataset": webdataset,
}
NAMED = {"id": pl.String, "source": pl.String, "language": pl.String, "tokens": pl.Int64}
TRACE = {
    "place": pl.UInt32,
    "begin": pl.UInt32,
    "id": pl.String,
    "source": pl.String,
    "language": pl.String,
    "part": pl.UInt32,
    "start": pl.UInt32,
    "length": pl.UInt32,
    "tokens": pl.UInt32,
    "epoch": pl.UInt16,
}


def write(
    files: Annotated[Sequence[Path], "part", "row", "offset", "start", "length", "place", "epoch"],
    out: Path,
    *,
    encoded: Path,
    formats: list[str] = ["parquet", "megatron", "olmo", "datatrove"],  # noqa: B006 - never changed
) -> Annotated[None, TRACE]:
    """Write a shard in each form, `FORM/NAME...`, its `trace.parquet` and `shard.json`. Run by bucket.

    `formats`: arrow, datatrove (`.ds`, for nanotron too), litdata, mds, megatron (`.bin`, `.idx`), olmo
    (`.npy`, `.csv.gz`), parquet, webdataset. `encoded` is the folder of `mixing.tokens.encoder:encode`.
    Windows are filled up with the padding id. What was written is read back, and its ids compared with those
    meant.

    Columns of the trace, a row a piece in the order of the ids: the sample's `place`, `begin` within the
    sample, the document's `id`, `source`, `language`, `part`, its `tokens`, where in it the piece starts, its
    `length` and the `epoch`. Memory: a shard of `shard_tokens`, and the part that is copied from.

    Errors: ValueError where a form is not known, or cannot hold the samples.
    """
    if unknown := sorted(set(formats) - set(FORMS)):
        raise ValueError(f"formats: {', '.join(unknown)} is none of {', '.join(FORMS)}")
    for file in files:
        about = json.loads(pl.read_parquet_metadata(file)["shard"])
        shard, trace = _gather(pl.read_parquet(file, glob=False), about, encoded)
        if "litdata" in formats and len(shard.ends) and shard.window is None:
            raise ValueError("litdata: its loader of tokens knows samples of one length; leave it out")
        for form in formats:
            folder = out / form
            folder.mkdir(exist_ok=True)
            FORMS[form].write(shard, folder)
            found = FORMS[form].load(folder, shard.name, about["encoding"])
            if not np.array_equal(found, shard.ids):
                raise ValueError(f"{form}: the ids of {shard.name} are other ones when they are read back")
        trace.write_parquet(out / "trace.parquet")
        said = {
            "name": shard.name,
            "phase": about["phase"],
            "samples": len(shard.ends),
            "tokens": int(trace["length"].sum()),
            "padding": len(shard.ids) - int(trace["length"].sum()),
            "digest": hashlib.sha256(shard.ids.tobytes()).hexdigest(),
            "formats": formats,
        }
        write_json(out / "shard.json", said)


def _gather(table: pl.DataFrame, about: dict[str, Any], encoded: Path) -> tuple[Shard, pl.DataFrame]:
    """The ids of a shard's samples, and which document each piece is of."""
    encoding = about["encoding"]
    lengths = table["length"].to_numpy().astype(np.int64)
    places = table["place"].to_numpy()
    first = np.flatnonzero(np.diff(places, prepend=-1) != 0) if len(places) else np.empty(0, np.int64)
    sizes = np.add.reduceat(lengths, first) if len(first) else np.empty(0, np.int64)
    padded = sizes if about["how"] == "documents" else np.full(len(sizes), about["window"], np.int64)
    ends = np.cumsum(padded)
    number = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(lengths))))
    within = np.cumsum(lengths) - lengths
    begin = (within - within[first][number]) if len(first) else within
    at = begin + (ends - padded)[number] if len(first) else begin
    ids = np.full(int(ends[-1]) if len(ends) else 0, encoding["pad"], dtype_of(encoding))
    named = _copy(table, encoded, at, ids)
    trace = pl.concat([table.drop("source", "row", "offset"), named], how="horizontal").with_columns(
        begin=pl.Series(begin, dtype=pl.Int64)
    )
    borders = np.unique(np.concatenate([at + lengths, ends]).astype(np.int64))
    documents = named.select("id", "source").with_columns(
        pl.Series("begin", at), pl.Series("end", at + lengths), row=table["row"]
    )
    shard = Shard(about["name"], ids, ends, borders, documents, encoding["size"], encoding["tokenizer"])
    return shard, trace.select(pl.col(name).cast(kind) for name, kind in TRACE.items())


def _copy(table: pl.DataFrame, encoded: Path, at: np.ndarray, ids: np.ndarray) -> pl.DataFrame:
    """Put the pieces where they go (`at`) in `ids`; which document each is of, in the order of the table."""
    found = [pl.DataFrame(schema={**NAMED, "_at": pl.Int64})]
    for part in table["part"].unique().sort().to_list():
        folder = encoded / f"part-{part:05d}"
        rows = np.flatnonzero(table["part"].to_numpy() == part)
        source = np.memmap(folder / "ids.bin", ids.dtype, "r")
        places = (table["offset"], table["length"], pl.Series(at))
        offsets, lengths, targets = (place.to_numpy()[rows].astype(np.int64) for place in places)
        copy_pieces(np.asarray(source), offsets, lengths, targets, ids)
        names = pl.read_parquet(folder / "documents.parquet", columns=list(NAMED), glob=False)
        found.append(names[table["row"].to_numpy()[rows]].with_columns(pl.Series("_at", rows)))
    return pl.concat(found).sort("_at").drop("_at")


def finish(
    files: Annotated[Sequence[Path], "id", "source"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    order: Path,
    tokenizer: Path,
    share: Ratio = 0.01,
    title: str = "Token files",
    seed: NonNegativeInt = 1,
) -> None:
    """Lay the shards of all forms in one folder a form, and write `tokens.json`, `README.md` and `trace/`.

    Comes after `write` and after the documents that were encoded. Of a random `share` of the documents, a
    hundred at least, the ids are read back from a file of each form, and compared with what `tokenizer`
    gives for the text now; one that differs fails the run. `order` is the folder of
    `mixing.tokens.order:plan`.

    `tokens.json`: files with bytes and SHA-256; tokens, documents, samples and padding of each split;
    tokens by source, language, length of document (powers of two) and epoch; the shares aimed at and met,
    over all and at worst in 1,000 samples; ranges of phases; what was checked. Files are links to those of
    `write`, where the disk has links. Errors: ValueError where an id differs from what was meant.
    """
    plan = json.loads((order / "plan.json").read_text("utf-8"))
    shards = sorted(file for file in files if file.name == "shard.json")
    forms = json.loads(shards[0].read_text("utf-8"))["formats"] if shards else []
    documents = [file for file in files if file.name.startswith("part-") and file.suffix == ".parquet"]
    for shard in shards:
        name = json.loads(shard.read_text("utf-8"))["name"]
        _link(shard.parent / "trace.parquet", out / "trace" / f"{name}.parquet")
        for path in sorted(
            path for form in forms for path in (shard.parent / form).rglob("*") if path.is_file()
        ):
            _link(path, out / path.relative_to(shard.parent))
    if (order / "order.npy").exists():
        _link(order / "order.npy", out / "order.npy")
    info = plan["packing"]["encoding"]
    for form in forms:
        if hasattr(FORMS[form], "join"):
            FORMS[form].join(out / form, info)
    said = [json.loads(shard.read_text("utf-8")) for shard in shards]
    loaders = {form: (FORMS[form].load, out / form) for form in forms}
    checked = compare(documents, read, out / "trace", loaders, plan, tokenizer, share, seed)
    manifest = describe(out, plan, said, checked)
    (out / "tokens.json").write_text(
        json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    snippets = {form: FORMS[form].SNIPPET for form in forms}
    (out / "README.md").write_text(write_card(title, manifest, snippets), encoding="utf-8")


def _link(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the disk has no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
