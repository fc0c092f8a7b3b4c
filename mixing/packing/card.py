"""What stands beside token files: the manifest's figures and the card with the snippets that load them."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from winnow.markdown import draw_table, escape

WINDOW = 1000  # samples in which the mix is measured
SLICES = ("source", "language", "epoch", "documents_of")


def describe(
    out: Path, plan: dict[str, Any], shards: list[dict[str, Any]], checked: dict[str, Any]
) -> dict[str, Any]:
    """The manifest: files, splits, tokens by slice, the mix as aimed at and as met, and what was checked."""
    packing = plan["packing"]
    traces = {
        shard["name"]: pl.scan_parquet(out / "trace" / f"{shard['name']}.parquet", glob=False)
        for shard in shards
    }
    splits: dict[str, Any] = {}
    for split in ("train", "validation"):
        own = [shard for shard in shards if (shard["phase"] == "validation") == (split == "validation")]
        table = _sum([traces[shard["name"]] for shard in own])
        splits[split] = {
            **{name: sum(shard[name] for shard in own) for name in ("samples", "tokens", "padding")},
            "documents": packing["splits"][split]["documents"],
            "cut": packing["splits"][split]["cut"],
            "cut_that_fit": packing["splits"][split]["cut_that_fit"],
            **{f"by_{name}": _slice(table, name) for name in SLICES},
        }
    return {
        "files": [_describe_file(out, path) for path in sorted(out.rglob("*")) if path.is_file()],
        "window": packing["window"],
        "how": packing["how"],
        "repeat": plan["repeat"],
        "tokenizer": packing["encoding"],
        "empty_documents": packing["empty"],
        "unread_documents": plan["unread"],
        "failed_documents": packing["encoding"].get("failed", 0),
        "cuts": packing.get("cuts"),
        "splits": splits,
        "mix": _measure_mix(
            [traces[s["name"]] for s in shards if s["phase"] != "validation"], plan, out / "order.npy"
        ),
        "ranges": plan["ranges"],
        "checked": checked,
        "seed": plan["seed"],
    }


def _sum(traces: list[pl.LazyFrame]) -> pl.DataFrame:
    """Documents read and tokens by source, language, epoch and the power of two of a document's length."""
    bucket = pl.col("tokens").cast(pl.Float64).log(2).floor().cast(pl.Int64)
    schema = {**dict.fromkeys(SLICES, pl.String), "read": pl.Int64, "tokens": pl.Int64}
    found = [pl.DataFrame(schema=schema)]
    for trace in traces:
        rows = trace.with_columns(
            documents_of=pl.format("{} to {} tokens", 2**bucket, 2 ** (bucket + 1) - 1),
            language=pl.col("language").fill_null("unknown"),
            epoch=pl.col("epoch").cast(pl.String),
        )
        read = (pl.col("start") == 0).sum().cast(pl.Int64)
        tokens = pl.col("length").cast(pl.Int64).sum()
        grouped = rows.group_by(*SLICES).agg(read=read, tokens=tokens).collect()
        found.append(grouped.select(pl.col(name).cast(kind) for name, kind in schema.items()))
    return pl.concat(found)


def _slice(table: pl.DataFrame, name: str) -> dict[str, dict[str, int]]:
    rows = table.group_by(name).agg(pl.col("read", "tokens").sum())
    key = pl.col(name).str.extract(r"^(\d+)").cast(pl.Int64)
    return {row.pop(name): row for row in rows.sort(key, name).to_dicts()}


def _measure_mix(traces: list[pl.LazyFrame], plan: dict[str, Any], order: Path) -> dict[str, Any]:
    """Shares of sources over all and, at worst, in WINDOW samples of the order: how far from the whole's, or
    from those of their phase, where the mix has phases."""
    found = [
        trace.group_by("place", "source").agg(pl.col("length").cast(pl.Int64).sum()).collect()
        for trace in traces
    ]
    if not found:
        return {}
    table = pl.concat(found)
    if order.exists():  # places are those in the files
        turns = pl.DataFrame({"place": np.load(order)}).with_row_index("turn")
        table = turns.join(table, on="place", how="left").drop("place").rename({"turn": "place"})
    said = {"aimed_at": plan["weights"], **_compare_shares(table)}
    if "phases" in plan:
        said["phases"] = {}
        ranges = {each["phase"]: each for each in plan["ranges"]}  # none of a phase without a sample
        for phase in (each for each in plan["phases"] if each["name"] in ranges):
            where = ranges[phase["name"]]
            rows = table.filter(pl.col("place").is_between(where["first"], where["last"]))
            own = _compare_shares(rows.with_columns(pl.col("place") - where["first"]))
            said["phases"][phase["name"]] = {"aimed_at": phase["weights"], "tokens": phase["tokens"], **own}
        worst = [each["worst_in_1000"] for each in said["phases"].values()]
        said["worst_in_1000"] = max((each for each in worst if each is not None), default=None)
    return said


def _compare_shares(table: pl.DataFrame) -> dict[str, Any]:
    """The shares that are met, and how far WINDOW samples are from them at worst; the last may be fewer."""
    table = table.group_by(stretch=pl.col("place") // WINDOW, source="source").agg(pl.col("length").sum())
    whole = table.group_by("source").agg(pl.col("length").sum()).sort("source")
    total = whole["length"].sum()
    shares = {name: length / total for name, length in whole.iter_rows()}
    grid = table["stretch"].unique().to_frame().join(whole.select("source"), how="cross")
    local = grid.join(table, on=["stretch", "source"], how="left").fill_null(0)
    local = local.with_columns(share=pl.col("length") / pl.col("length").sum().over("stretch"))
    off = (local["share"] - local["source"].replace_strict(shares, return_dtype=pl.Float64)).abs()
    last = local["stretch"] == local["stretch"].max()
    return {"met": shares, "worst_in_1000": off.filter(~last).max()}


def _describe_file(out: Path, path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": str(path.relative_to(out)), "bytes": path.stat().st_size, "sha256": digest}


def _format_encoding(tokenizer: dict[str, Any]) -> str:
    """How documents were encoded: by distinct pieces, or whole and why."""
    if tokenizer["whole"]:
        return f"Documents were encoded whole, which takes longer: {tokenizer['whole']}."
    return (
        "Each distinct piece of text was encoded once, which gives the same ids; whole were encoded"
        f" {tokenizer['encoded_whole']:,} documents that the tokenizer normalizes, or that"
        " stood in a batch with one that it fails on."
    )


def write_card(title: str, manifest: dict[str, Any], snippets: dict[str, str]) -> str:
    """A README.md: what there is, and for each form the lines that load it."""
    train, tokenizer = manifest["splits"]["train"], manifest["tokenizer"]
    aims = {name: f"{share:.4f}" for name, share in (manifest["mix"].get("aimed_at") or {}).items()}
    lines = [
        f"# {escape(title)}",
        "",
        f"{train['tokens']:,} tokens in {train['samples']:,} samples of {manifest['window']:,}"
        f" ({manifest['how']}), {train['padding']:,} of padding; {train['documents']:,} documents, of which"
        f" {train['cut']:,} were cut, {train['cut_that_fit']:,} of them shorter than a window. Validation:"
        f" {manifest['splits']['validation']['tokens']:,} tokens of"
        f" {manifest['splits']['validation']['documents']:,} documents."
        + (f" The mix leaves {manifest['unread_documents']:,} out." if manifest["unread_documents"] else ""),
        "",
        f"Ids of `{tokenizer['tokenizer']}` (SHA-256 `{tokenizer['digest']}`), {tokenizer['dtype']}; eos"
        f" {tokenizer['eos']},"
        f" bos {tokenizer['bos']}, padding {tokenizer['pad']} (-1: none). Samples stand in the"
        " order of training; `trace/` tells which document each piece is of; `tokens.json` counts them.",
        "",
        _format_encoding(tokenizer),
        "",
        *draw_table(
            ["source", "tokens", "share", "aimed at"],
            (
                [name, f"{train['by_source'][name]['tokens']:,}", f"{share:.4f}", aims.get(name, "")]
                for name, share in manifest["mix"].get("met", {}).items()
            ),
            right=3,
        ),
    ]
    for name, phase in manifest["mix"].get("phases", {}).items():
        met = escape(", ".join(f"{source} {share:.4f}" for source, share in phase["met"].items()))
        lines += ["", f"Phase `{name}`, files `{name}-*`: {phase['tokens']:,} tokens aimed at; {met}."]
    return "\n".join(lines + _write_snippets(manifest, snippets)) + "\n"


def _write_snippets(manifest: dict[str, Any], snippets: dict[str, str]) -> list[str]:
    tokenizer, paths = manifest["tokenizer"], [file["path"] for file in manifest["files"]]
    traces = [path for path in paths if path.startswith("trace/") and "validation" not in path]
    name = min(traces, default="").removeprefix("trace/").removesuffix(".parquet")
    values = {
        "folder": ".",
        "work": "work",
        "window": manifest["window"],
        "width": 2 if tokenizer["dtype"] == "uint16" else 4,
        "name": name,
        "split": name.rpartition("-")[0],
        **{key: tokenizer[key] for key in ("dtype", "size", "eos", "pad")},
    }
    lines: list[str] = []
    for form, snippet in snippets.items():
        lines += ["", f"## {form}", "", "```python", snippet.format(**values), "```"]
    return lines
