"""Learn the importance weights that come with Winnow: `python -m tests.shipped.importance`.

After the bench `data` with HALF=chosen and with HALF=judged: read are the pages of both halves as
`winnow.toml` kept them, by what the other half taught, and the items of both.
"""

import json
from pathlib import Path

import polars as pl

from winnow.classifiers import importance as shown
from winnow.mixing import importance, proxies
from winnow.pipelines.engine.disk import documents

MODELS = Path("classifiers/models/importance")
ROOT, HOME = Path("out/bench/data"), Path("out/shipped/importance")
HALVES = ("chosen", "judged")
FAMILIES = {
    "text": ["hellaswag", "arc_easy", "arc_challenge", "piqa", "openbookqa", "mmlu"],
    "code": ["humaneval", "mbpp"],
    "maths": ["gsm8k", "minerva_math_500"],
}
WEIGHTS = {
    "general": {"text": 0.75, "code": 0.05, "maths": 0.2},
    "text": {"text": 0.9, "code": 0.05, "maths": 0.05},
    "code": {"code": 1.0},
}


def lay_out() -> None:
    """Pages with their traits, and the items of both halves, prepared."""
    for name in ("items", "data"):
        (HOME / name).mkdir(parents=True, exist_ok=True)
    columns = ["id", "url", "text", "score_quality"]
    docs = pl.concat(documents.read(ROOT / half / "runs/winnow/web.masked", columns) for half in HALVES)
    docs = shown.measure(docs.unique("id", maintain_order=True).with_columns(source=pl.lit("web")))
    docs.write_parquet(HOME / "docs.parquet", row_group_size=500)
    items = pl.concat(pl.read_parquet(ROOT / half / "items/items.parquet") for half in HALVES)
    items = items.filter(~pl.col("eval").str.starts_with("text:"))
    items.write_parquet(HOME / "items/items.parquet")
    proxies.prepare(
        [HOME / "docs.parquet"], HOME / "data", read=documents.read_batches, items=HOME / "items",
        max_bytes_per_source=10**9, held_out_bytes=0, max_items_per_eval=600,
    )  # fmt: skip


def main() -> None:
    if not (HOME / "data/prepared.json").exists():
        lay_out()
    for name, evals in WEIGHTS.items():
        out = HOME / name
        if not (out / "importance.json").exists():
            out.mkdir(exist_ok=True)
            importance.learn(
                [HOME / "docs.parquet"], out, read=documents.read_batches, data=HOME / "data", evals=evals,
                families=FAMILIES,
            )  # fmt: skip
        told = json.loads((out / "importance.json").read_text())
        told["learnt on"] = "pages of WCXB's development half, answers of the evals named"
        (MODELS / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n")
        print(json.loads((out / "messages.json").read_text())["says"][0])


if __name__ == "__main__":
    main()
