"""What became of one document, and why: `make explain ID=... OUT=... [A=...]`.

winnow explain OUT ID [--of A]
"""

from pathlib import Path
from typing import Any

import click
import polars as pl
from rich.console import Console
from rich.text import Text

from winnow import earlier
from winnow.pipelines.engine.command import Command, RunFolder, refuse
from winnow.pipelines.engine.disk import documents, proof
from winnow.pipelines.engine.ledger import matches, run_summary, takedowns, verdicts
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.engine.ledger.texts import measure_text
from winnow.pipelines.report import beside, shards
from winnow.pipelines.report.amounts import size
from winnow.pipelines.screen import terminal
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.spec import row_filter, rules

SHOWN = 5  # documents that are named where one is meant, and facts of a pair
BEGINNING = 1_000  # characters
_PLACE = ("id", "source", "url", "uri", "key", "date", "license", "text")


class NotThere(Exception):
    """The run has no such document, or several."""


def find_verdict(account: RunSummary, identity: str) -> dict[str, Any]:
    """The verdict on a document, of `verdicts.SCHEMA`: by its id, of which the beginning will do, or its URL,
    own key, file, or digest of text."""
    found = verdicts.find(account, identity)
    whole = found.filter(pl.any_horizontal(pl.col("id", "url", "key", "uri", "digest") == identity))
    found = whole if whole.height else found  # a key of one's own may begin many ids
    if found.height > 1:
        some = "".join(f"\n  {row['id']} {describe_place(row)}" for row in found[:SHOWN].to_dicts())
        raise NotThere(f"{found.height} documents are meant by {identity!r}: say the id of one.{some}")
    if not found.height:
        if told := takedowns.find(account.out, identity):
            raise NotThere(told)
        raise NotThere(
            f"the run in {account.out} knows no document whose id begins with {identity!r}, and none with"
            " that URL, key, file or digest of text. An id is of source, file and place, and is another one"
            " where the file changed: name the run that gave it, and the document is looked for by what else"
            " is known of it  (--of; make: A=)"
        )
    return found.row(0, named=True)


def find_same(other: RunSummary, account: RunSummary, identity: str) -> tuple[str, str]:
    """The id (or file) of the document of `account` that `other` knows as `identity`, and a line on how it
    was matched; NotThere where there is none."""
    row = find_verdict(other, identity)
    by, found = matches.find(account, row)
    place = f"{row['id'] or 'a file'} ({describe_place(row)})"
    if by is None:
        known = ", ".join(name for name in ("key", "url", "digest") if row[name]) or "none"
        raise NotThere(
            f"NOT MATCHED: the run in {account.out} has no document with the place, key, URL or text of"
            f" {place} in {other.out}; known of it besides its place: {known}"
        )
    several = f", the first of {found.height} with that text" if found.height > 1 else ""
    fate = " ".join(filter(None, [row["fate"], row["reason"], "in", row["stage"]]))
    line = f"in {other.out} {place}: {fate}; here matched by {by}{several}"
    return found["id"][0] or found["uri"][0], line


def find_document(
    account: RunSummary, stages: list[str], identity: str, part: str | None
) -> dict[str, Any] | None:
    """A document as one of these stages kept it; None where none did."""
    for name in stages:
        for path in [path for path in account.stages[name].files("kept") if part in (None, path.stem)]:
            rows = documents.find(path, pl.col("id") == identity, _PLACE)
            if rows.height:
                return rows.row(0, named=True)
    return None


def show(account: RunSummary, identity: str, console: Console) -> None:
    """Print what became of a document: where it went or stayed, by which numbers, and beside which others."""

    def say(line: str) -> None:
        console.print(Text(make_safe(line)))

    row = find_verdict(account, identity)
    stage = account.stages[row["stage"]]
    say(f"{row['id'] or 'a file without documents'}: {describe_place(row)}")
    if row["digest"]:
        say(f"  digest of its text as it came {row['digest']}")
    if parent := find_parent(stage, row):
        say(f"a copy of {parent}, which may be explained, too")
    way = list_way(account, row)
    for name, bytes_ in way.items():
        say(f"  {name}: kept, {size(bytes_)}")
    for line in list_spared(account, row, list(way)):
        say(line)
    for line in shards.describe_place(account, row["id"]) if row["id"] else ():
        say(line)
    if row["fate"] == "failed":
        say(f"failed in {stage.name} by {row['step']}: {row['reason']}")
    elif row["fate"] == "kept":
        say(f"kept to the end of the run, {stage.name}")
        explain_kept(account, row, list(way), console)
    else:
        say(f"dropped in {stage.name} by {row['step']}: {row['reason']}")
        explain_dropped(account, stage, row, console)


def find_parent(stage: Stage, row: dict[str, Any]) -> str | None:
    """The id of the document that this one is a copy of (a rewrite, say); None where it is none."""
    if row["fate"] == "failed":
        return None
    rows = pl.scan_parquet(proof.prove(stage.place(row["fate"], row["part"])), glob=False)
    if "parent_id" not in rows.collect_schema():
        return None
    found = rows.filter(pl.col("id") == row["id"]).select("parent_id").collect()
    return found.item(0, 0) if found.height else None


def list_way(account: RunSummary, row: dict[str, Any]) -> dict[str, int]:
    """The stages that kept the document, in order, and how many bytes of text they left it."""
    way: dict[str, int] = {}
    for stage in run_summary.find_main_line(account) if row["id"] else ():
        path = stage.folder / f"{row['part']}.parquet"
        if path.exists():
            rows = pl.scan_parquet(proof.prove(path), glob=False)
            size = measure_text(rows.collect_schema())
            found = rows.filter(pl.col("id") == row["id"]).select(size).collect()
            way |= {stage.name: found.item(0, 0)} if found.height else {}
    return way


def explain_dropped(account: RunSummary, stage: Stage, row: dict[str, Any], console: Console) -> None:
    """The numbers that decided, and the text; or the survivor beside it."""

    def say(line: str) -> None:
        console.print(Text(make_safe(line)))

    path = stage.place("dropped", row["part"])
    entry = (
        pl.scan_parquet(path, glob=False)
        .filter(pl.col("id") == row["id"])
        .first()
        .collect()
        .row(0, named=True)
    )
    gone = find_document(account, stage.upstream, row["id"], row["part"])
    survivor = entry.get("dedup_survivor")
    if survivor is None:
        for line in list_signals(entry, stage, str(row["reason"]).partition(".")[0]):
            say(f"  {line}")
        say(gone["text"] if gone else "its text is not on disk")
        return
    say(
        f"for {survivor}: similarity {entry['dedup_similarity']:.4f}, containment"
        f" {entry['dedup_containment']:.4f}, method {entry['dedup_method']}, cluster {entry['dedup_cluster']}"
    )
    other = find_document(account, stage.upstream, survivor, None)
    if gone is None or other is None:
        say(f"the text of {'the removed' if gone is None else 'the survivor'} is not in this run")
        return
    texts = (gone["text"], other["text"])
    titles = (f"{name}: {describe_place(each)}" for name, each in (("removed", gone), ("survivor", other)))
    beside.show(dict(zip(titles, texts, strict=True)), console)


def explain_kept(account: RunSummary, row: dict[str, Any], way: list[str], console: Console) -> None:
    """How far it stayed from every threshold, how many were removed for it, and its beginning."""

    def say(line: str) -> None:
        console.print(Text(make_safe(line)))

    path = account.stages[row["stage"]].folder / f"{row['part']}.parquet"
    entry = documents.find(path, pl.col("id") == row["id"]).row(0, named=True)
    for name in way:
        for line in list_signals(entry, account.stages[name], None):
            say(f"  {name}: {line}")
    if (entry.get("duplicates") or 0) > 1:
        say(f"it stands for {entry['duplicates']:,} documents, itself among them")
    say(entry["text"][:BEGINNING] + "…" * (len(entry["text"]) > BEGINNING))


def list_signals(entry: dict[str, Any], stage: Stage, module: str | None) -> list[str]:
    """The numbers of a document that rules of a stage judged it by, each with its threshold; of a `module`
    all that there are, where it has any."""
    meant = [
        rule for rule in stage.rules if row_filter.holds(entry, stage.own_steps[rule["step"]].get("where"))
    ]
    judged = {rule["signal"]: rules.of_signal(rule["signal"], meant) for rule in meant}
    own = [name for name in entry if module and name.startswith(f"{module}_")]
    lines = []
    for name in own or judged:
        if (value := entry.get(name)) is None:
            continue
        limits = judged.get(name, []) if isinstance(value, int | float) else []
        told = ", ".join(rules.threshold(rule) + " (broken)" * rules.breaks(value, rule) for rule in limits)
        lines.append(f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}")
        lines[-1] += f": {told}" if told else ""
    return lines


def list_spared(account: RunSummary, row: dict[str, Any], way: list[str]) -> list[str]:
    """Near duplicates beside which the document stayed, or they beside it, and the facts for which it did."""
    identity, lines = row["id"], []
    for stage in account.stages.values():
        for name in stage.list_earlier("spared"):
            told = f"{name} is not read, as it {earlier.tell(Path(name).name)}"
            lines.append(f"{stage.name}: what was spared beside others is not told: {told}")
        for file in stage.list_told("spared"):
            pairs = pl.scan_parquet(file, glob=False).select("id", "other")
            meant = pl.any_horizontal(pl.col("id") == identity, pl.col("other") == identity)
            for pair in pairs.filter(meant).collect().rows():
                twin = pair[pair[0] == identity]
                lines.append(f"{stage.name}: spared beside {twin}, since each states facts of its own:")
                places = ((identity, row["part"]), (twin, None))
                found = (find_document(account, way[::-1], one, part) for one, part in places)
                here, there = (each["text"] if each else "" for each in found)
                lines += [f"  {a!r} here, {b!r} there" for a, b in beside.list_facts(here, there)[:SHOWN]]
    return lines


def describe_place(document: dict[str, Any]) -> str:
    """Where a document is from."""
    where = document["url"] or f"{document['uri']} {document['key'] or ''}"
    return " ".join(str(part) for part in (document["source"], where, document.get("date")) if part).strip()


@click.command(cls=Command)
@click.argument("out", type=RunFolder())
@click.argument("identity", metavar="ID")
@click.option(
    "--of",
    "other",
    type=RunFolder(),
    help="The run that ID is of, where it is another one: the same document is looked for in OUT.",
)
@refuse(NotThere)
def main(out: Path, identity: str, other: Path | None) -> None:
    """Tell what the run in OUT made of the document ID, and why: its id, of which the beginning will do, its
    URL, its own key, its file, or the digest of its text as it came."""
    console, account = terminal.open_console(), run_summary.read(out)
    if other:
        identity, line = find_same(run_summary.read(other), account, identity)
        console.print(Text(make_safe(line)))
    show(account, identity, console)


if __name__ == "__main__":
    main()
