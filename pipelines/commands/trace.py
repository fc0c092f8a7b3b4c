"""Which documents a sample of token files is made of, and what was judged of each: `make trace SAMPLE= OUT=`.

winnow trace OUT SAMPLE
"""

import re
from pathlib import Path
from typing import Any

import click
import numpy as np
import polars as pl
from rich.console import Console
from rich.text import Text

from winnow.pipelines.engine.command import Command, RunFolder, refuse
from winnow.pipelines.engine.disk import proof
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.report import explain
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.takedown import outdated

EXPLAINED = 5  # documents of a sample whose way is told; the others are named
SAMPLE = re.compile(r"(?:(train|validation)[-:])?(\d+)")


def find_stages(account: RunSummary) -> list[Stage]:
    """The stages of a run that wrote token files."""
    return [stage for stage in account.stages.values() if stage.find_told("tokens")]


def find_pieces(stage: Stage, split: str, number: int) -> pl.DataFrame:
    """The pieces of a sample, in order: columns as of `mixing.tokens.writer:write`, and the `shard`.

    `number` is the sample's place in the order of training; explain.NotThere where there is no such sample.
    """
    order = stage.find_told("order") if split == "train" else None
    place = number
    if order:
        places = np.load(order, mmap_mode="r")
        place = int(places[number]) if number < len(places) else -1
    last = -1
    for name in sorted(stage.parts["all"]["files"]):
        path = stage.folder / name
        if path.parent.name != "trace" or (path.stem.startswith("validation-")) != (split == "validation"):
            continue
        trace = pl.scan_parquet(proof.prove(path), glob=False)
        found = trace.filter(pl.col("place") == place).collect()
        if found.height:
            return found.with_columns(shard=pl.lit(path.stem))
        last = max(last, trace.select(pl.col("place").max()).collect().item() or 0)
    size = len(places) if order else last + 1
    raise explain.NotThere(f"{stage.name} has {size:,} samples for {split}, from 0; there is none {number:,}")


def show(account: RunSummary, sample: str, console: Console) -> None:
    """Print the pieces of a sample, and what became of their documents before."""

    def say(line: str) -> None:
        console.print(Text(make_safe(line)))

    match = SAMPLE.fullmatch(sample)
    if not match:
        raise explain.NotThere(f"{sample!r} is no sample: say a number, or validation-7")
    stages = find_stages(account)
    if not stages:
        raise explain.NotThere(f"the run in {account.out} has no token files: groups/tokens.toml makes them")
    for line in outdated.describe(account.out):
        say(f"{line}; what stands in it of them has no row here")
    for stage in stages:
        pieces = find_pieces(stage, match[1] or "train", int(match[2]))
        say(f"sample {sample} of {stage.name}, in {pieces['shard'][0]}: {pieces.height} pieces")
        for row in pieces.iter_rows(named=True):
            say(f"  {describe_piece(row)}")
        for identity in pieces["id"].unique(maintain_order=True)[:EXPLAINED]:
            say("")
            explain.show(account, identity, console)
        if (more := pieces["id"].n_unique() - EXPLAINED) > 0:
            say(f"\n{more} documents more: make explain ID= tells of each")


def describe_piece(row: dict[str, Any]) -> str:
    """Where in the sample a piece stands, and what of which document it is."""
    end, last = row["begin"] + row["length"], row["start"] + row["length"]
    whole = row["length"] == row["tokens"]
    what = "all" if whole else f"tokens {row['start']:,} to {last:,}"
    return (
        f"{row['begin']:,} to {end:,}: {row['id']} of {row['source']}, {what} of {row['tokens']:,},"
        f" epoch {row['epoch']}"
    )


@click.command(cls=Command)
@click.argument("out", type=RunFolder(whole=True))
@click.argument("sample", metavar="SAMPLE")
@refuse(explain.NotThere)
def main(out: Path, sample: str) -> None:
    """Tell which documents SAMPLE of the token files of the run in OUT is made of, a number in the order of
    training (or validation-7), and what was judged of them."""
    show(run_summary.read(out), sample, Console())


if __name__ == "__main__":
    main()
