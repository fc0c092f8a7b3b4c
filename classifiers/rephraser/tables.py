"""What models said, as a table: which of it is a rewrite, and why the rest is none."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from winnow.budget import Attempt, Budget
from winnow.classifiers.raters.answer import THOUGHT
from winnow.classifiers.rephraser.template import RewriteRequest, Template, find_remnant
from winnow.files import cache_by_stamp, find_files, write_messages

REWRITES: dict[str, Any] = {
    "id": pl.String,
    "text": pl.String,
    "error": pl.String,
    "said": pl.String,
    "prompt": pl.String,
    "prompt_digest": pl.String,
    "example": pl.Int16,
    "model": pl.String,
    "settings": pl.String,
    "tokens_in": pl.Int64,
    "tokens_out": pl.Int64,
    "cost": pl.Float64,
}
ABOUT = ("prompt", "prompt_digest", "example", "model", "settings")
TAKEN = {
    "text": pl.String(),
    "parent_text": pl.String(),
    "parent_license": pl.String(),
    "rephrase_prompt": pl.String(),
    "rephrase_prompt_digest": pl.String(),
    "rephrase_example": pl.Int16(),
    "rephrase_model": pl.String(),
    "rephrase_settings": pl.String(),
    "rephrase_error": pl.String(),
    "token_count": pl.Int64(),
    "metadata": pl.String(),
}
NAMED = (
    "truncated",
    "refused",
    "unfinished",
    "empty",
    "remnant",
    "too_long",
    "no_text",
    "over_window",
    "budget",
)
UNASKED = ("too_long", "no_text", "budget")  # chosen, and no request was sent
ROWS = 4_096  # of a row group
SAID = 300


def draw(id_: str, seed: int) -> bytes:
    """Which prompt a document gets, as bytes to be divided; another draw than that of its example."""
    return hashlib.blake2b(
        id_.encode(), digest_size=8, person=b"prompt", key=seed.to_bytes(8, signed=True)
    ).digest()


def begin(id_: str, template: Template, asked: RewriteRequest, model: str, seed: int) -> dict[str, Any]:
    """The row of a document, without an answer."""
    settings = {
        "temperature": template.temperature,
        "top_p": template.top_p,
        "max_tokens": template.answer_tokens,
        "seed": seed,
    }
    return {
        **dict.fromkeys(REWRITES),
        "id": id_,
        "prompt": template.name,
        "prompt_digest": template.digest,
        "example": asked.example,
        "model": model,
        "settings": json.dumps(settings),
        "tokens_in": 0,
        "tokens_out": 0,
        "cost": 0.0,
    }


def judge(answer: Attempt, template: Template, asked: RewriteRequest, text: str) -> dict[str, Any]:
    """`text`, or `error` and `said`: an answer that was cut, refused, left open, or that repeats its
    prompt."""
    finish, said = answer.finish, answer.answer.rpartition(THOUGHT)[2].strip()
    if finish != "stop":
        error = {"length": "truncated", "content_filter": "refused"}.get(finish or "", "unfinished")
        return {"error": error, "said": said[-SAID:]}
    if not said:
        return {"error": "empty", "said": answer.answer[-SAID:]}
    if remnant := find_remnant(template, asked.example, text, said):
        return {"error": "remnant", "said": remnant}
    return {"text": said}


def write(out: Path, rows: Iterator[dict[str, Any]], requests: int, budget: Budget) -> None:
    """Write `rewrites.parquet`, some rows at a time, and `messages.json`."""
    faults: Counter[str] = Counter()
    prompts: Counter[str] = Counter()
    schema = pl.DataFrame(schema=REWRITES).to_arrow().schema
    with pq.ParquetWriter(out / "rewrites.parquet", schema, compression="zstd") as writer:
        while some := list(islice(rows, ROWS)):
            faults.update(row["error"] for row in some if row["error"])
            prompts.update(row["prompt"] for row in some if row["error"] is None)
            writer.write_table(pl.DataFrame(some, schema=REWRITES).to_arrow().cast(schema))
    said = ", ".join(f"{count:,} {name}" for name, count in sorted(faults.items()))
    made = ", ".join(f"{name} {count:,}" for name, count in sorted(prompts.items()))
    says = [
        f"rewrites by prompt: {made or 'none'}",
        *([f"no rewrite: {said}"] if said else []),
        f"rewrites took {budget.tokens:,} of {budget.max_tokens:,} tokens,"
        f" {budget.cost:g} of {budget.max_cost:g} in money",
    ]
    counts = {"rewrites": prompts.total(), "failed": faults.total(), "requests": requests}
    write_messages(out, says, counts)


def find(folder: Path, ids: pl.Series) -> pl.DataFrame:
    """The rows of some documents; only the row groups that hold one are read."""
    names = ["id", "text", "error", *ABOUT]
    found = [pl.DataFrame(schema={name: REWRITES[name] for name in names})]
    for path in find_files(folder, "rewrites.parquet"):
        hashes, rows = _index(path)
        wanted = ids.hash().to_numpy()
        places = np.searchsorted(hashes, wanted)
        there = places < len(hashes)
        there[there] = hashes[places[there]] == wanted[there]
        groups = np.unique(rows[places[there]] // ROWS).tolist()
        if groups:
            with pq.ParquetFile(path) as file:
                table = pl.from_arrow(file.read_row_groups(groups, columns=names))
            assert isinstance(table, pl.DataFrame)
            found.append(table.select(names).filter(pl.col("id").is_in(ids.implode())))
    return pl.concat(found).unique("id", keep="first", maintain_order=True)


@cache_by_stamp(4)
def _index(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of the ids of a table that `write` wrote, in order, and the row of each."""
    hashes = pl.read_parquet(path, columns=["id"], glob=False)["id"].hash().to_numpy()
    order = np.argsort(hashes, kind="stable")
    return hashes[order], order


def name_reason() -> pl.Expr:
    """Why a document has no rewrite, by the columns `prompt` and `error`; null where it has one."""
    return (
        pl.when(pl.col("prompt").is_null())
        .then(pl.lit("rephrase.not_asked"))
        .when(pl.col("error").is_in(NAMED))
        .then(pl.concat_str(pl.lit("rephrase."), pl.col("error")))
        .when(pl.col("error").is_not_null())
        .then(pl.lit("rephrase.failed"))
    )


def note(metadata: str | None, about: dict[str, Any]) -> str:
    """A document's metadata with what is known of its rewrite, under `rephrase`."""
    try:
        known = json.loads(metadata or "{}")
    except ValueError:
        known = None
    known = known if isinstance(known, dict) else {"metadata": metadata}
    return json.dumps(
        {**known, "rephrase": {name: value for name, value in about.items() if value is not None}}
    )
