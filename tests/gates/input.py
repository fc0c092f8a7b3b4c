"""Gate: bad inputs, and the message that each got. `make gate NAME=input`."""

import shutil
from pathlib import Path

import bad
import polars as pl
from figures import Figures

from winnow.pipelines.commands import run
from winnow.pipelines.engine.disk import storage

FOLDER = Path("out/gates/input")


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    bad.write(FOLDER / "in")
    path = FOLDER / "bad.toml"
    path.write_text(bad.recipe(FOLDER / "in") + "may_be_empty = true  # no PDF is readable\n")
    code = run.execute(path, FOLDER / "out", 2, None, "4GB", ())
    stage = FOLDER / "out/read"
    columns = [pl.col("uri"), pl.col("step")]
    rows = pl.concat(
        [
            storage.read_ledger(stage / "dropped").select(*columns, pl.col("reason").alias("message")),
            storage.read_ledger(stage / "failed").select(*columns, pl.col("error").alias("message")),
        ]
    )
    print("\n| input | step | message |\n|---|---|---|")
    for uri, step, message in rows.sort("uri").iter_rows():
        print(f"| {Path(uri).name} | {step} | {message} |")
    files = {file.name for file in (FOLDER / "in").iterdir()}
    told = {Path(uri).name for uri in [*rows["uri"], *storage.read_ledger(stage)["uri"]]}
    figures = Figures("input")
    figures.add("run_ended_well", code == 0, 1)
    figures.add("files_without_a_word", len(files - told), 0, most=True)
    figures.close()


if __name__ == "__main__":
    main()
