"""Gate: what a target head is worth to a model on the evals that it aims at, beside the global quality head.

`make gate NAME=quality_worth`. Data as the gate `quality_target` takes it. The pool is its web pages, and
one in twenty of each family's kind: problems of MATH with solutions, passages of SciQ, functions of Python.
A head is trained for each family from train items (GSM8K; ARC, OpenBookQA; MBPP), and keeps a tenth of it;
the shipped quality head keeps another tenth. `winnow worth` then tells both in bits per byte on the test
items: n-gram models that learn what was kept, against as many tokens of the pool.

Figures: bits per byte by which the target head is worth more than the global one, and that less the errors of
both (95%, added in squares), which must be above 0.
"""

import json
import shutil
import sys
from pathlib import Path

import inputs
import polars as pl
import quality_target as planted
from figures import Figures
from recipe_text import source, stage, step, write

from winnow.pipelines.commands import run, worth
from winnow.pipelines.engine.ledger.removed import Question

OUT = Path("out/gates/quality_worth")
HIDDEN = 0.05
KEPT = 0.1
SEEDS, TOKENS = 10, 300_000
LONG = 20_000  # characters: of longer documents, a few would be all that is kept
HEADS = {"by_target": "score_target", "by_quality": "score_quality"}


def lay_out(folder: Path, pool: pl.DataFrame, items: pl.DataFrame) -> None:
    """The pool, and the items of both splits."""
    folder.mkdir(parents=True)
    pool.select("id", "text").write_parquet(folder / "pool.parquet")
    for split in ("train", "test"):
        (folder / split).mkdir()
        rows = items.filter(split=split)
        rows = rows.with_columns(task_name=pl.col("eval"))
        rows.write_parquet(folder / split / "items.parquet")


def write_recipe(folder: Path) -> None:
    test = {"items": folder / "train", "test_items": "stage:test.items"}
    blocks = [
        source("pool", folder / "pool.parquet", "ingest.parquet:read"),
        source("items", folder / "test/items.parquet"),
        stage("test.items", "items", "ingest.evals:records"),
        stage(
            "came",
            "pool",
            "classifiers.quality:score",
            step("mixing.count:tokens", tokenizer="data/evals/tokenizer.json"),
        ),
        stage("target.model", "came", step("classifiers.target:train", **test)),
        stage("index", "test.items", "dedup.contamination:index"),
        stage(
            "aimed",
            "came",
            step("dedup.contamination:check", index="stage:index"),
            step("classifiers.target:score", model="stage:target.model"),
        ),
    ]
    for name, score in HEADS.items():
        solve = step("classifiers.selection:solve", score=score, keep_rate=KEPT)
        keep = step("classifiers.selection:keep", score=score, selection=f"stage:{name}.selection")
        blocks += [stage(f"{name}.selection", "aimed", solve), stage(name, "aimed", keep)]
    write(folder / "recipe.toml", *blocks, max_failed=None)


def judge(family: str, pool: pl.DataFrame, items: pl.DataFrame, gates: Figures) -> None:
    """Run the recipe and ask for the worth of both heads."""
    folder = OUT / family
    lay_out(folder, pool, items)
    write_recipe(folder)
    if run.execute(folder / "recipe.toml", folder / "out", 2, None, "auto", ()):
        sys.exit(f"{folder}: the run failed")
    rows = {}
    for name in HEADS:
        told = worth.ask(
            folder / "out", Question(name), tokens=TOKENS, seeds=SEEDS, proxies=["ngram"], workers=2
        )
        found = told["proxies"]["ngram"]
        rows[name] = found["mean"]
        print(f"{family} {name}: {found['tokens']:,} tokens a proxy; mean {json.dumps(found['mean'])}")
        for eval_, row in found["evals"].items():
            print(f"  {eval_}: {row['worth']:+.4f} +- {row['least']:.4f} of {row['off']:.3f}, {row['said']}")
    gain = rows["by_target"]["worth"] - rows["by_quality"]["worth"]
    least = sum(row["least"] ** 2 for row in rows.values()) ** 0.5
    print(f"{family}: the target head is worth {gain:+.4f} +- {least:.4f} bits per byte more", flush=True)
    gates.add(f"{family}_gain_over_the_global_head", gain, 0.0)
    gates.add(f"{family}_gain_less_its_error", gain - least, 0.0)


def main() -> None:
    """All families."""
    data = inputs.find_data("web/wcxb-dev.tar.xz")
    shutil.rmtree(OUT, ignore_errors=True)
    wheels = planted.find_wheels()
    web = planted.make_documents(planted.list_pages(data))
    others = planted.make_documents(planted.list_judged(data, wheels["test"]))
    pool = pl.concat([web, others.filter(source="posts")])
    hidden = pl.concat([others, planted.make_documents(planted.list_functions())])
    for family in planted.FAMILIES.values():
        pool = planted.hide(pool, hidden.filter(source=family["hidden"]), HIDDEN)
    pool = pool.filter(pl.col("text").str.len_chars() < LONG).sample(
        fraction=1, shuffle=True, seed=planted.SEED
    )
    print(dict(pool["source"].value_counts(sort=True).iter_rows()), flush=True)
    items, gates = planted.make_items(data, wheels), Figures("quality_worth")
    for name, family in planted.FAMILIES.items():
        judge(name, pool, items.filter(pl.col("eval").is_in(family["items"])), gates)
    gates.close()


if __name__ == "__main__":
    main()
