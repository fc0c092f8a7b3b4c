"""Which documents of a run a list of take-downs means, and what resembles them."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from winnow.pipelines.engine.disk import proof
from winnow.pipelines.engine.ledger import takedowns
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage

LISTED, NEAR, JOINED = "listed", "near_duplicate", "joined"
_NAMED = ("id", "source", "url", "canonical_url", "digest")


@dataclass
class Found:
    """What is to go: by id its `class`, `line` or `of` (the id of what it resembles) and `similarity`.

    `lines` says how many documents each line of the list means, `total` how many the run knows, and `marks`
    is the table of what is remembered of them.
    """

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    total: int = 0
    marks: pl.DataFrame = field(default_factory=pl.DataFrame)


def search(account: RunSummary, path: Path, say: Callable[[str], None]) -> Found:
    """Documents of a run that a list means, and their near duplicates. ValueError where it cannot be read."""
    lists, marks = (_module(name) for name in ("lists", "marks"))
    entries = lists("read")(path)
    found = Found(lines={entry.line: 0 for entry in entries})
    meant: dict[str, set[int]] = {}
    known: set[str] = set()
    say("looking for what the list names")
    for rows in _read_names(account):
        known |= set(rows["id"].drop_nulls())
        _note(meant, rows["id"], lists("find_named")(rows, entries))
    if any(entry.kind == "text" for entry in entries):
        for rows in read_texts(account):
            _note(meant, rows["id"], lists("find_quoting")(rows["text"], entries))
    _refuse_unclear(path, entries, meant)
    for identity, lines in sorted(meant.items()):
        found.documents[identity] = {"class": LISTED, "lines": sorted(lines)}
        for line in lines:
            found.lines[line] += 1
    _join(account, found.documents)
    say("looking for near duplicates of it")
    texts = [("", entry.value) for entry in entries if entry.kind == "text"]
    listed = pl.Series(sorted(found.documents), dtype=pl.String).implode()
    for rows in read_texts(account) if found.documents else ():
        texts += rows.filter(pl.col("id").is_in(listed)).select("id", "text").rows()
    given = pl.DataFrame(texts, schema={"id": pl.String, "text": pl.String}, orient="row").unique(
        maintain_order=True
    )
    named = [(entry.kind, entry.value) for entry in entries if entry.kind in ("url", "section", "domain")]
    table = marks("make_rows")(given, named)
    _add_near(account, found, marks, table, given)
    _add_deduplicated(account, found.documents)
    _join(account, found.documents)
    own = [("id", one) for one in sorted(found.documents)]
    own += [("read", one) for one in sorted(read_values(account, found.documents, "digest"))]
    found.marks, found.total = pl.concat([marks("make_rows")(given.clear(), own), table]), len(known)
    return found


def _module(name: str) -> Callable[[str], Callable[..., Any]]:
    return lambda function: takedowns.resolve_part(name, function)


def _add_near(
    account: RunSummary, found: Found, marks: Any, table: pl.DataFrame, given: pl.DataFrame
) -> None:
    """Enter near duplicates of the marked texts, each with what it is most like."""
    texts = table.filter(pl.col("shingles").is_not_null())
    if not texts.height:
        return
    known = marks("arrange")(table)
    names = {marks("digest")("id", one): one for one in given["id"].unique()}
    for rows in read_texts(account):
        for row, mark, similarity, containment in marks("compare")(rows["text"], known).rows():
            identity, of = rows["id"][row], names[texts["of"][mark]]
            before = found.documents.get(identity)
            if before is None or (before["class"] == NEAR and before["similarity"] < similarity):
                figures = {"similarity": round(similarity, 4), "containment": round(containment, 4)}
                found.documents[identity] = {"class": NEAR, "of": of or "a text of the list", **figures}


def _add_deduplicated(account: RunSummary, documents_: dict[str, dict[str, Any]]) -> None:
    """Enter what the run itself found to be a duplicate of a document that was listed, or it of it."""
    listed = {one for one, told in documents_.items() if told["class"] != NEAR}
    for stage in account.shard_stages():
        for file in stage.files("dropped"):
            if "dedup_survivor" not in pq.read_schema(file).names:
                continue
            wanted = ["id", "dedup_survivor", "dedup_similarity", "dedup_containment"]
            rows = pl.read_parquet(file, columns=wanted, glob=False).drop_nulls("dedup_survivor")
            for one, other, similarity, containment in rows.select(wanted).rows():
                for identity, of in ((one, other), (other, one)):
                    if of in listed and identity not in documents_:
                        figures = {"similarity": round(similarity, 4), "containment": round(containment, 4)}
                        documents_[identity] = {"class": NEAR, "of": of, **figures}


def _note(meant: dict[str, set[int]], ids: pl.Series, hits: pl.DataFrame) -> None:
    for row, line in hits.rows():
        if ids[row] is not None:
            meant.setdefault(ids[row], set()).add(line)


def _refuse_unclear(path: Path, entries: list[Any], meant: dict[str, set[int]]) -> None:
    """ValueError where the beginning of an id means several documents."""
    for entry in entries:
        if entry.kind == "id":
            ids = sorted(
                one for one, lines in meant.items() if entry.line in lines and one.startswith(entry.value)
            )
            if len(ids) > 1:
                raise ValueError(f"{path}, line {entry.line}: {len(ids)} ids begin so: {', '.join(ids[:5])}")


def _read_names(account: RunSummary) -> Iterator[pl.DataFrame]:
    """Ids and URLs of all documents, kept, dropped and failed, stage by stage."""
    for stage in account.shard_stages():
        for fate in ("kept", "dropped", "failed"):
            for file in stage.files(fate):
                there = pq.read_schema(file).names
                yield pl.read_parquet(file, columns=[name for name in _NAMED if name in there], glob=False)


def read_texts(account: RunSummary) -> Iterator[pl.DataFrame]:
    """Every text that stands on disk, once: `id` and `text`, as stages have written them."""
    for stage in account.shard_stages():
        for file in stage.files("kept"):
            with pq.ParquetFile(file) as opened:
                own = "text" if "text" in opened.schema_arrow.names else "text_here"
                for number in range(opened.num_row_groups):
                    frame = pl.from_arrow(opened.read_row_group(number, ["id", own]))
                    assert isinstance(frame, pl.DataFrame)
                    yield frame.rename({own: "text"} if own != "text" else {}).drop_nulls()


def list_tables(stage: Stage) -> Iterator[Path]:
    """The tables of a corpus stage."""
    for receipt in stage.parts.values():
        yield from (path for path in proof.list_files(stage.folder, receipt) if path.suffix == ".parquet")


def _join(account: RunSummary, documents_: dict[str, dict[str, Any]]) -> None:
    """Enter what was joined with a document into one text, and what is a copy of it or of a piece of it: a
    thread goes as a whole, since it holds the text of each, and so does what a model wrote after it."""
    columns = ("id", "members", "copies")
    frames = [_read_parents(account)]
    for stage in account.stages.values():
        for path in list_tables(stage) if stage.kind == "corpus" else ():
            names = pq.read_schema(path).names
            if {"id", "members"} <= set(names):
                frames.append(
                    pl.read_parquet(proof.prove(path), columns=[n for n in columns if n in names], glob=False)
                )
    rows = pl.concat(frames, how="diagonal_relaxed").rows(named=True)
    grown = True
    while grown:
        grown = False
        for row in rows:
            own = [row["id"], *(row.get("members") or ())]
            of = next((one for one in own if one in documents_), None)
            for one in [*own, *(row.get("copies") or ())] if of else ():
                if one not in documents_:
                    documents_[one] = {"class": JOINED, "of": of}
                    grown = True


def _read_parents(account: RunSummary) -> pl.DataFrame:
    """Documents that copies were made of: `id`, and the ids of the `copies`."""
    frames = [pl.DataFrame(schema={"parent_id": pl.String, "id": pl.String})]
    for stage in account.shard_stages():
        for fate in ("kept", "dropped") if stage.copied else ():
            for file in stage.files(fate):
                frames.append(pl.read_parquet(file, columns=["parent_id", "id"], glob=False))
    return (
        pl.concat(frames)
        .group_by("parent_id", maintain_order=True)
        .agg(copies="id")
        .rename({"parent_id": "id"})
    )


def read_values(account: RunSummary, ids: Collection[str], *names: str) -> set[str]:
    """What the columns of these names hold of documents, in any stage."""
    found: set[str] = set()
    for rows in _read_names(account):
        own = rows.filter(pl.col("id").is_in(sorted(ids)))
        found |= {value for name in names if name in own.columns for value in own[name].drop_nulls()}
    return found
