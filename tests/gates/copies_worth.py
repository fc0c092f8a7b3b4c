"""Gate: what the removal of copies is worth to a model, kind by kind. `make gate NAME=copies_worth`.

Of what came to the duplicates of the demo's run: copies within a source; those across sources, beside that;
repeated passages (`groups/substrings.toml`); documents that say the same in other words
(`groups/semantic.toml`, dropped); and, of what stays, documents that come as often as the number of their
copies says (`groups/rehydrate.toml`): to leave those repeats out is what is asked. A worth above 0 says that
the removal helps; the gate falls short where a whole interval lies below 0, which is a removal that harms.
Environment: OUT (out/demo), PROXY (ngram), TOKENS (300000), SEEDS (8 pairs).
"""

import os
import shutil
from pathlib import Path
from typing import Any

import polars as pl
from figures import Figures
from recipe_text import source, stage
from rich.console import Console
from worth import CODE, PROSE, average, execute

from winnow.mixing import sample
from winnow.pipelines.commands import worth
from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.engine.ledger.removed import Question

HERE = Path("out/gates/copies_worth")
CAME = ("web.permitted", "prose.filtered", "forum.filtered", "technical.counted")
COPIES = ("within", "across", "passages", "meaning")


def lay_out(kept: pl.DataFrame, folder: Path) -> str:
    """Documents as a file of each source; the sources of a recipe, and a stage of all."""
    (folder / "in").mkdir(parents=True)
    blocks, names = "", sorted(kept["source"].unique())
    for name in names:
        file = folder.resolve() / f"in/{name}.parquet"
        kept.filter(source=name).select("text", "url").write_parquet(file)
        blocks += source(name, file, {"use": "ingest.parquet:read", "fields": {"url": "url"}})
    return f'name = "{folder.name}"\n' + blocks + stage("came", names, "filters.text:nonempty")


def read_kept(out: Path, stages: tuple[str, ...], *more: str) -> pl.DataFrame:
    """What stages of a run kept."""
    account = run_summary.read(out)
    files = [file for name in stages for file in account.stages[name].files("kept")]
    columns = ["source", "text", "url", *more]
    return pl.concat(
        frame.select(columns) for file in files for frame in documents.read_batches(file, columns)
    )


def remove_copies(out: Path) -> Path:
    blocks = (
        lay_out(read_kept(out, CAME), HERE / "copies"),
        stage("within", "came", use="groups/duplicates.toml", within="source"),
        stage("across", "within", use="groups/duplicates.toml"),
        stage("passages", "across", use="groups/substrings.toml"),
        stage("meaning", "across", use="groups/semantic.toml", action="drop"),
    )
    return execute("".join(blocks), out, HERE / "copies")


def repeat_copies(out: Path, copies: Path) -> Path:
    """A run in which what had many copies comes several times, of which a stage leaves one."""
    kept = sample.rehydrate(read_kept(copies, ("across",), "duplicates"))
    kept = kept.select(pl.exclude("repeats").repeat_by("repeats").explode())
    once = stage("once", "came", use="groups/exact.toml")
    return execute(lay_out(kept, HERE / "weights") + once, out, HERE / "weights")


def main() -> None:
    shutil.rmtree(HERE, ignore_errors=True)
    out = Path(os.environ.get("OUT", "out/demo"))
    settings: dict[str, Any] = {
        "tokens": int(os.environ.get("TOKENS", "300000")),
        "seeds": int(os.environ.get("SEEDS", "8")),
        "proxies": os.environ.get("PROXY", "ngram").split(","),
        "workers": int(os.environ.get("WORKERS", "2")),
    }
    copies = remove_copies(out)
    asked = [(copies, name) for name in COPIES] + [(repeat_copies(out, copies), "once")]
    figures = Figures("copies_worth")
    for run, name in asked:
        told = worth.ask(run, Question(name), **settings)
        worth.show(told, Console(width=110))
        for proxy, one in told["proxies"].items():
            code, prose = (average(one["evals"], names) for names in (CODE, PROSE))
            figures.add(f"{name}.{proxy}_pairs", len(one["seeds"]), 5)
            figures.add(
                f"{name}.{proxy}_worth_at_most", round(one["mean"]["worth"] + one["mean"]["least"], 5), 0
            )
            print(f"    {name}, {proxy}: {told['taken']:.2%} taken; worth {one['mean']['worth']:+.4f}"
                  f" ± {one['mean']['least']:.4f} bits, code {code:+.2%}, prose {prose:+.2%}")  # fmt: skip
    figures.close()


if __name__ == "__main__":
    main()
