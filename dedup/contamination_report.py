"""What of the evals stands in a corpus: a table of hits, the items that are clean, and a page for people."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Annotated

import polars as pl

from dedup import buckets
from dedup.contamination import MIN_SCORE, hits

_SHOWN = 8  # hits that the page shows of each eval
_CHARACTERS = 600
_BATCH = 1000
_NOTHING = pl.DataFrame(schema=dict.fromkeys(("id", "source", "url", "text"), pl.String))
_CANARY = r"(?i)canary GUID\s*:?\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; color: #222 }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
th, td { padding: .3rem .6rem; vertical-align: top }
th { text-align: left } td { border-top: 1px solid #ddd }
.n { text-align: right } .t { width: 42%; white-space: pre-wrap }
small { color: #666 }
"""


def write(
    files: Annotated[Sequence[Path], "id", "source", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    index: Path,
    min_score: float = MIN_SCORE,
) -> None:
    """Check documents against an index, and write what was found.

    `hits.parquet`: id, source, url of the document, eval, item, class, score, start, end (bytes), and the
    evidence side by side: `text` (the span) and `question`. `items.parquet`: every item of the index, the
    documents that hold it, and `clean`. `canaries.parquet`: documents that carry a canary GUID, as
    BIG-bench's tasks do. `contamination.html`: all of it for people, every text escaped.
    """
    known = buckets.read(index / "items.parquet")
    # Nothing first: where no document is left, the tables are empty but have their columns.
    found, guids, documents = [_evidence(_NOTHING, index, min_score, known)], [_canaries(_NOTHING)], 0
    for batch in (batch for file in files for batch in read(file, _NOTHING.columns)):
        docs = pl.concat([_NOTHING, batch], how="diagonal_relaxed")
        documents += docs.height
        for begin in range(0, docs.height, _BATCH):
            found.append(_evidence(docs[begin : begin + _BATCH], index, min_score, known))
        guids.append(_canaries(docs))
    rows = pl.concat(found).sort("source", "id", maintain_order=True)
    canaries = pl.concat(guids).sort("source", "id", "guid")
    items = _items(known, rows)
    for name, table in (("hits", rows), ("canaries", canaries), ("items", items)):
        table.write_parquet(out / f"{name}.parquet")
    (out / "contamination.html").write_text(_page(items, rows, canaries, documents), encoding="utf-8")


def _canaries(docs: pl.DataFrame) -> pl.DataFrame:
    guid = pl.col("text").str.extract(_CANARY, 1)
    return docs.select("id", "source", "url", guid=guid).drop_nulls("guid")


def _evidence(docs: pl.DataFrame, index: Path, min_score: float, known: pl.DataFrame) -> pl.DataFrame:
    found = hits(docs["text"], index=index, min_score=min_score)
    found = found.filter(pl.col("class") != "template")
    spans = [
        docs["text"][row].encode()[start:end].decode()
        for row, start, end in found.select("document", "start", "end").iter_rows()
    ]
    where = docs[found["document"]].select("id", "source", "url")
    return where.hstack(found.select("eval", "item", "class", "score", "start", "end")).with_columns(
        text=pl.Series(spans, dtype=pl.String), question=known["question"][found["order"]]
    )


def _items(known: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    counts = rows.group_by("eval", "item").agg(documents=pl.col("id").n_unique())
    known = known.group_by("eval", "item", maintain_order=True).agg(pl.col("findable").any())
    joined = known.join(counts, on=["eval", "item"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("documents").fill_null(0)).with_columns(clean=pl.col("documents") == 0)


def _page(items: pl.DataFrame, rows: pl.DataFrame, canaries: pl.DataFrame, documents: int) -> str:
    parts = [
        f"<h1>Contamination</h1><p>{documents:,} documents, {rows['id'].n_unique():,} of them hold items; "
        f"{canaries.height:,} carry a canary.</p><table>",
        "<tr><th>eval<th class=n>items<th class=n>exposed<th class=n>share<th class=n>not findable",
        "<th class=n>documents<th>sources<th>classes</tr>",
    ]
    for (name,), own in items.group_by("eval", maintain_order=True):
        mine = rows.filter(pl.col("eval") == name)
        exposed = own.height - int(own["clean"].sum())
        numbers = (
            *(f"{own.height:,}", f"{exposed:,}", f"{exposed / own.height:.2%}"),
            *(f"{(~own['findable']).sum():,}", f"{mine['id'].n_unique():,}"),
        )
        cells = "".join(f"<td class=n>{number}" for number in numbers)
        told = f"<td>{_counts(mine['source'])}<td>{_counts(mine['class'])}"
        parts.append(f"<tr><td>{escape(str(name))}{cells}{told}</tr>")
    parts.append("</table>")
    for (name,), mine in rows.sort("eval", maintain_order=True).group_by("eval", maintain_order=True):
        parts.append(f"<h2>{escape(str(name))}</h2><table><tr><th>item<th>question<th>in the document</tr>")
        best = mine.sort("score", "id", "item", descending=[True, False, False]).head(_SHOWN)
        parts += [_row(row) for row in best.iter_rows(named=True)]
        parts.append("</table>")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
    return f"<!doctype html>{head}<title>Contamination</title><style>{_STYLE}</style>{''.join(parts)}\n"


def _counts(column: pl.Series) -> str:
    counted = column.fill_null("?").value_counts(name="n").rows()
    most = sorted(counted, key=lambda row: (-row[1], row[0]))[:6]
    return ", ".join(f"{escape(str(value))}&nbsp;{number:,}" for value, number in most)


def _row(row: dict[str, object]) -> str:
    place = escape(str(row["url"] or row["id"]))
    graded = f"{escape(str(row['class']))}, {row['score']:.2f}"
    note = f"<small>{graded}<br>{escape(str(row['source']))}<br>{place}</small>"
    texts = "".join(f"<td class=t>{escape(str(row[name])[:_CHARACTERS])}" for name in ("question", "text"))
    return f"<tr><td>{escape(str(row['item']))}<br>{note}{texts}</tr>"
