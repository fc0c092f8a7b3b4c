"""Documents as people read them: where they are from and the beginning of their text, from a bounded number
of parts. Nothing of them is kept: their texts are looked up where they stand."""

from pathlib import Path
from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.disk.proof import prove
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage, add_up
from winnow.pipelines.report.panels.histograms import bin_values
from winnow.pipelines.spec import declarations

PLACE = ("source", "url", "uri", "key")
MOST_PARTS = 24  # of a stage that are looked into, of each source alike
MOST_SOURCES = 12
LINES = 16
DRAW = pl.col("id").str.slice(8, 8)  # ids are hashes; their first digits choose among duplicates
Shown = dict[str, Any]


def hides_texts(stage: Stage) -> bool:
    """Whether the stage's texts as they came hold what a step of it masks, or drops documents for; so too
    where it is not clear what a step tells."""
    uses = [step["use"] for step in stage.own_steps]
    named = (use.partition(":")[2] in declarations.read(use).get("hides", ()) for use in uses)
    return any(named) or any(map(declarations.check, uses))


def choose_parts(stage: Stage) -> dict[str, list[str]]:
    """Parts by source, of the sources with most documents: evenly over those that hold the source."""
    held = add_up(stage, "by_source")
    sources = sorted(held, key=lambda name: (-held[name].get("documents_in", 0), name))[:MOST_SOURCES]
    each = max(1, MOST_PARTS // max(len(sources), 1))
    parts = {source: [] for source in sources}  # type: dict[str, list[str]]
    for part in sorted(stage.parts):
        for source in parts.keys() & stage.parts[part].get("by_source", {}).keys():
            parts[source].append(part)
    return {source: bin_values(found, each) for source, found in parts.items()}


def read_rows(stage: Stage, fate: str, parts: list[str], columns: list[str]) -> pl.DataFrame:
    """Rows of what was `kept` or `dropped`, of the columns that are there, with their `part` and `fate`."""
    frames = [pl.DataFrame(schema={"id": pl.String, "source": pl.String, "part": pl.String})]
    for part in parts:
        rows = pl.scan_parquet(prove(stage.place(fate, part)), glob=False)
        there = rows.collect_schema().names()
        wanted = rows.select(name for name in dict.fromkeys(("id", "source", *columns)) if name in there)
        frames.append(wanted.with_columns(part=pl.lit(part)).collect())
    return pl.concat(frames, how="diagonal_relaxed").with_columns(fate=pl.lit(fate))


def _find(path: Path, ids: pl.Expr, columns: list[str]) -> pl.DataFrame:
    """Documents of a file; without texts where those stand in a file whose rows are gone, as the sums say."""
    try:
        return documents.find(path, ids, columns)
    except documents.TextMissing:
        others = [name for name in columns if name != "text"]
        return documents.find(path, ids, others).with_columns(text=pl.lit(None, pl.String))


def read_shown(rows: pl.DataFrame, stage: Stage, account: RunSummary, chars: int) -> dict[str, Shown]:
    """By id what is shown of documents (`id`, `part`, `fate`): `place`, `bytes` (None where no file tells
    them any more), and `text`, cut at so many characters: of a kept one as it left the stage, of a dropped
    one as it came; None where it came from a source, for then no text of it stands anywhere, and where the
    stage masks what is in it."""
    found: dict[str, Shown] = {}
    for (part, fate), group in rows.group_by("part", "fate", maintain_order=True):
        ids = pl.col("id").is_in(group["id"].to_list())
        file = f"{part}.parquet"
        if fate == "kept":
            about = _find(stage.folder / file, ids, ["id", *PLACE, "text_bytes", "text"])
            sizes = [
                pl.col("text").str.len_bytes().cast(pl.Int64),
                *(["text_bytes"] * ("text_bytes" in about)),
            ]
            frames = [about.with_columns(pl.coalesce(sizes).alias("text_bytes"))]
        else:
            ledger = pl.scan_parquet(prove(stage.folder / fate / file), glob=False).filter(ids)
            about = ledger.select("id", *PLACE, "text_bytes").collect()
            folders = [account.stages[name].folder / file for name in stage.upstream]
            there = [] if hides_texts(stage) else [path for path in folders if path.exists()]
            texts = [_find(path, ids, ["id", "text"]) for path in there]
            both = pl.concat([pl.DataFrame(schema={"id": pl.String, "text": pl.String}), *texts])
            frames = [about.join(both.unique("id", keep="first"), on="id", how="left")]
        for row in pl.concat(frames).iter_rows(named=True):
            found[row["id"]] = {
                "id": row["id"],
                "place": {name: row[name] for name in PLACE if row.get(name)},
                "bytes": row["text_bytes"],
                "text": None if row["text"] is None else cut(row["text"], chars),
            }
    return found


def cut(text: str, chars: int) -> str:
    """The beginning of a text: so many characters, and not more than LINES lines."""
    text = text.strip("\r\n")
    begun = "\n".join(text[:chars].split("\n")[:LINES])
    return begun if begun == text else f"{begun}…"


def sample_kept(stage: Stage, account: RunSummary, each: int = 2, chars: int = 600) -> dict[str, list[Shown]]:
    """By source some documents that the stage kept, always the same: a fair draw by digits of their ids."""
    chosen = [pl.DataFrame(schema={"id": pl.String, "part": pl.String, "fate": pl.String})]
    for source, parts in choose_parts(stage).items():
        rows = read_rows(stage, "kept", parts, ["id"]).filter(source=source).sort(DRAW, "id")
        chosen.append(rows.head(each).select("id", "part", "fate"))
    shown = read_shown(pl.concat(chosen), stage, account, chars)
    found: dict[str, list[Shown]] = {}
    for one in pl.concat(chosen)["id"]:
        found.setdefault(shown[one]["place"]["source"], []).append(shown[one])
    return found
