"""The shards of a run: Parquet files for training, beside a manifest."""

from pathlib import Path

import polars as pl

from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage


def find_stages(account: RunSummary) -> dict[str, Stage]:
    """The stages that wrote shards, by name."""
    return {each.name: each for each in account.stages.values() if each.find_told("shards")}


def list_files(stage: Stage) -> list[Path]:
    """The shards that a stage wrote; Damaged where one is not what was written."""
    names = sorted(each for each in stage.parts["all"]["files"] if each.endswith(".parquet"))
    return [file for each in names if (file := stage.find(each.removeprefix("all/")))]


def describe_place(account: RunSummary, identity: str) -> list[str]:
    """In which shards a document stands, and in which rows; a line for each stage that wrote any."""
    lines = []
    for name, stage in find_stages(account).items():
        found = []
        for file in list_files(stage):
            rows = pl.scan_parquet(file, glob=False).select("id").with_row_index("row")
            mine = rows.filter(pl.col("id") == identity).collect()["row"].to_list()
            if mine:
                found.append(f"{file}, {'row' if len(mine) == 1 else 'rows'} {', '.join(map(str, mine))}")
        lines += [f"in the shards of {name}: {place}" for place in found]
        lines += [] if found else [f"not in the shards of {name}"]
    return lines
