"""Proxies on real text: the running interpreter's own code, and its language reference as prose."""

import argparse as argparse_module
import inspect
import json
from pathlib import Path
from pydoc_data.topics import topics

import polars as pl

from winnow.mixing import proxies
from winnow.pipelines.engine.disk.documents import read_batches

ROOT = Path(__file__).parent.parent.parent
CHOICES = {
    "max_bytes_per_source": 120_000,
    "held_out_bytes": 8_000,
    "vocabulary": 512,
    "context": 64,
    "seed": 5,
}
TOKENS, SIZE = 20_000, 30_000
HALF, CODE = {"code": 0.5, "prose": 0.5}, {"code": 1.0, "prose": 0.0}


def prepare(folder, out, **choices):
    out.mkdir(exist_ok=True)
    proxies.prepare(parts(folder), out, read=read_batches, items=folder, **(CHOICES | choices))
    return out


def parts(folder):
    return sorted(folder.glob("part-*.parquet"))


def write_inputs(folder):
    code = inspect.getsource(argparse_module).split("\n\n\n")
    prose = list(topics.values())
    rows = [("code", text) for text in code] + [("prose", text) for text in prose]
    docs = pl.DataFrame(rows, schema=["source", "text"], orient="row").with_row_index("id")
    docs = docs.with_columns(pl.col("id").cast(pl.String))
    docs[::2].write_parquet(folder / "part-00000.parquet")
    docs[1::2].write_parquet(folder / "part-00001.parquet")
    items = [
        ("python", str(i), f"def add{i}(self, value):", f"\n    return self.value + {i}\n") for i in range(20)
    ]
    items += [
        ("english", str(i), f"Question {i}: what is it?\nAnswer: ", "An expression.") for i in range(30)
    ]
    items += [("english", "empty", "Question: nothing?\nAnswer: ", "")]
    pl.DataFrame(items, schema=["eval", "item", "prompt", "answer"], orient="row").write_parquet(
        folder / "items.parquet"
    )


def scores(prepared, folder, mix, number=0, seed=0, **choices):
    row = pl.DataFrame({"mix": [number], "role": ["swarm"], "seed": [seed], "round": [0], **lists(mix)})
    row.write_parquet(folder / f"mix={number:04d}.parquet")
    files = [folder / f"mix={number:04d}.parquet", folder / "swarm.json"]
    choices = {"proxy_tokens": TOKENS, "size": SIZE} | choices
    proxies.train(files, folder, data=prepared, **choices)
    return pl.read_parquet(folder / "scores.parquet")


def lists(mix):
    return {name: [part] for name, part in mix.items()}


def told(folder):
    found = json.loads((folder / "messages.json").read_text())
    assert found["counts"]["failed"] == len(found["failed"]) == len(found["says"])
    return found["counts"] | {"failed": found["failed"]}
