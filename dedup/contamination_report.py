"""What of the evals stands in a corpus: a table of hits, the items that are clean, and a page for people."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import jinja2
import polars as pl
from markupsafe import Markup

from winnow.dedup import buckets
from winnow.dedup.contamination import find_hits
from winnow.dedup.overlap.score import MIN_SCORE
from winnow.dedup.overlap.word_diff import mark_shared
from winnow.ranges import Ratio

_SHOWN = 12  # hits that the page shows of each eval
_NEAR = 3  # stretches that it shows of an eval without a hit
_CHARACTERS = 600  # of a text
_VALUES = 6  # sources, and classes, that it names of each eval
_BATCH = 1000
_NOTHING = pl.DataFrame(schema=dict.fromkeys(("id", "source", "url", "text"), pl.String))
_CANARY = r"(?i)canary GUID\s*:?\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_TEMPLATES = Path(__file__).parent / "templates"
_CLASSES = {
    "verbatim": "the question as it is",
    "reformatted": "the same words and numbers, set otherwise",
    "numbers_changed": "the same words, other numbers",
    "renamed": "other names, perhaps other numbers",
    "partial": "words missing, misspelt or other ones",
    "reordered": "the words in another order, or with other text between",
    "solution": "the worked solution or the explanation, without the question",
    "choices": "the choices, without the question",
    "key": "the right answers of this and the next questions, as letters",
}


def write(
    files: Annotated[Sequence[Path], "id", "source", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    index: Path,
    min_score: Ratio = MIN_SCORE,
) -> None:
    """Check documents against an index, and write what was found.

    `hits.parquet`: id, source, url of the document, eval, item, class, score, start, end (bytes), and the
    evidence side by side: `text` (the span) and `question` (or what else of the item stands there).
    `items.parquet`: every item of the index, the documents that hold it, and `clean`. `canaries.parquet`:
    documents that carry a canary GUID, as BIG-bench's tasks do. `contamination.html`: all of it for people,
    every text escaped; of evals without a hit it shows what came nearest.
    """
    known = buckets.read(index / "items.parquet")
    # Nothing first: where no document is left, the tables are empty but have their columns.
    first, near = _collect_hits(_NOTHING, index, min_score, known)
    found, guids, documents = [first], [_find_canaries(_NOTHING)], 0
    for batch in (batch for file in files for batch in read(file, _NOTHING.columns)):
        docs = pl.concat([_NOTHING, batch], how="diagonal_relaxed")
        documents += docs.height
        for begin in range(0, docs.height, _BATCH):
            hits, below = _collect_hits(docs[begin : begin + _BATCH], index, min_score, known)
            found.append(hits)
            near = _keep_best(pl.concat([near, below]), _NEAR)
        guids.append(_find_canaries(docs))
    rows = pl.concat(found).sort("source", "id", maintain_order=True)
    canaries = pl.concat(guids).sort("source", "id", "guid")
    items = _count_items(known, rows)
    for name, table in (("hits", rows), ("canaries", canaries), ("items", items)):
        table.write_parquet(out / f"{name}.parquet")
    page = _render(items, rows, near, min_score, documents=documents, canaries=canaries.height)
    (out / "contamination.html").write_text(page, encoding="utf-8")


def _find_canaries(docs: pl.DataFrame) -> pl.DataFrame:
    guid = pl.col("text").str.extract(_CANARY, 1)
    return docs.select("id", "source", "url", guid=guid).drop_nulls("guid")


def _collect_hits(
    docs: pl.DataFrame, index: Path, min_score: float, known: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The hits, and what scores less than one."""
    found = find_hits(docs["text"], index=index, min_score=min_score)
    spans = [
        docs["text"][row].encode()[start:end].decode()
        for row, start, end in found.select("document", "start", "end").iter_rows()
    ]
    where = docs[found["document"]].select("id", "source", "url")
    rows = where.hstack(found.select("eval", "item", "class", "score", "start", "end")).with_columns(
        text=pl.Series(spans, dtype=pl.String), question=_show_leaked(found["class"], known[found["order"]])
    )
    below = pl.col("class") == "template"
    return rows.filter(~below), rows.filter(below)


def _show_leaked(kind: pl.Series, items: pl.DataFrame) -> pl.Series:
    """What of each item stands in a document: its question, or its solution or choices where these do."""
    solution = pl.concat_str("answer", "solution", separator="\n\n", ignore_nulls=True)
    choices = pl.col("choices").list.join("\n")
    shown = pl.when(kind == "solution").then(solution).when(kind == "choices").then(choices)
    return items.select(shown.otherwise("question").fill_null("").alias("shown")).to_series()


def _keep_best(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """Those of each eval that score highest."""
    best = rows.sort("eval", "score", "id", "item", descending=[False, True, False, False])
    return best.group_by("eval", maintain_order=True).head(most).select(rows.columns)


def _count_items(known: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    counts = rows.group_by("eval", "item").agg(documents=pl.col("id").n_unique())
    known = known.group_by("eval", "item", maintain_order=True).agg(pl.col("findable").any())
    joined = known.join(counts, on=["eval", "item"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("documents").fill_null(0)).with_columns(clean=pl.col("documents") == 0)


def _render(
    items: pl.DataFrame, rows: pl.DataFrame, near: pl.DataFrame, min_score: float, **counts: int
) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    script = (_TEMPLATES / "contamination.js").read_text(encoding="utf-8")
    evals = [
        _count_eval(name, own, rows.filter(pl.col("eval") == name))
        for (name,), own in items.group_by("eval", maintain_order=True)
    ]
    clean = [row["name"] for row in evals if not row["exposed"]]
    return environment.get_template("contamination.html.jinja").render(
        holding=rows["id"].n_unique(),
        evals=evals,
        shown=_show(_keep_best(rows, _SHOWN)),
        near=_show(near.filter(pl.col("eval").is_in(clean))),
        classes=_CLASSES,
        characters=_CHARACTERS,
        most=_SHOWN,
        min_score=min_score,
        style=Markup((_TEMPLATES / "style.css").read_text(encoding="utf-8")),
        script=Markup(script),
        digest="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        **counts,
    )


def _show(rows: pl.DataFrame) -> dict[object, list[dict[str, Any]]]:
    """By eval its rows, with both texts in pieces (`left` and `right` of `mark_shared`)."""
    shown: dict[object, list[dict[str, Any]]] = {}
    for row in rows.to_dicts():
        left, right = mark_shared(row["question"][:_CHARACTERS], row["text"][:_CHARACTERS])
        shown.setdefault(row["eval"], []).append({**row, "left": left, "right": right})
    return shown


def _count_eval(name: object, items: pl.DataFrame, hits: pl.DataFrame) -> dict[str, Any]:
    """What the page says of an eval."""
    return {
        "name": name,
        "total": items.height,
        "exposed": items.height - int(items["clean"].sum()),
        "not_findable": int((~items["findable"]).sum()),
        "documents": hits["id"].n_unique(),
        "sources": _list_most(hits["source"]),
        "classes": _list_most(hits["class"]),
    }


def _list_most(column: pl.Series) -> list[tuple[str, int]]:
    """The values that stand there most often, and how often."""
    counted = column.fill_null("?").value_counts(name="n").rows()
    return sorted(counted, key=lambda row: (-row[1], row[0]))[:_VALUES]
