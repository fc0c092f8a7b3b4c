"""One removed document beside the one that it was removed for: `make explain ID=... OUT=...`.

python -m pipelines.report.explain OUT ID
"""

import difflib
import sys
from pathlib import Path
from typing import Any

import click
import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.disk import documents, storage
from pipelines.report import figures as accounts
from pipelines.report.figures import Account, Stage
from pipelines.screen.door import Door
from pipelines.screen.terminal import make_safe

MOST_WORDS = 5_000  # of each document; the comparison takes the square of it at worst
ELIDED = 40  # words of a longer shared stretch that are shown


class NotThere(Exception):
    """No stage of the run dropped such a document, or several."""


def find_removal(account: Account, identity: str) -> tuple[Stage, dict[str, Any]]:
    """The stage that dropped a document and its row in the ledger; the beginning of an id will do."""
    found = []
    for stage in account.shard_stages():
        for path in stage.files("dropped"):
            rows = pl.scan_parquet(path, glob=False).filter(pl.col("id").str.starts_with(identity)).collect()
            found += [(stage, {**row, "part": path.name}) for row in rows.iter_rows(named=True)]
    if len({row["id"] for _, row in found}) > 1:
        raise NotThere(f"{len(found)} ids of dropped documents begin with {identity!r}: say more of it")
    if not found:
        raise NotThere(f"no stage in {account.out} dropped a document whose id begins with {identity!r}")
    return found[0]


def find_document(
    account: Account, stage: Stage, identity: str, part: str | None = None
) -> dict[str, Any] | None:
    """A document as the stage got it, from the kept files of the stages before; None where it is not."""
    for name in stage.upstream:
        files = account.stages[name].files("kept")
        for path in [path for path in files if part in (None, path.name)]:
            columns = ("id", "source", "url", "uri", "key", "date", "license", "text")
            rows = documents.find(path, pl.col("id") == identity, columns)
            if rows.height:
                return rows.row(0, named=True)
    return None


def cut_stretches(left: str, right: str) -> list[tuple[bool, str, str]]:
    """Both texts in order, cut to stretches that are shared, up to white space, or not."""
    a, b = left.split()[:MOST_WORDS], right.split()[:MOST_WORDS]
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    codes = matcher.get_opcodes()
    return [(kind == "equal", " ".join(a[i:j]), " ".join(b[k:m])) for kind, i, j, k, m in codes]


def show(account: Account, identity: str, console: Console) -> None:
    """Print why a document went and, if it went for another, both side by side: `=` marks what they share."""
    stage, row = find_removal(account, identity)

    def say(line: str) -> None:
        console.print(Text(make_safe(line)))

    say(f"{row['id']} was dropped in {stage.name} by {row['step']}: {row['reason']}")
    gone = find_document(account, stage, row["id"], row["part"])
    survivor = row.get("dedup_survivor")
    if survivor is None:
        signals = {
            k: v for k, v in row.items() if "_" in k and v is not None and k.startswith(name_rule(row))
        }
        say(", ".join(f"{name} {value}" for name, value in signals.items()))
        say(gone["text"] if gone else "its text is not on disk")
        return
    say(
        f"for {survivor}: similarity {row['dedup_similarity']:.4f}, containment"
        f" {row['dedup_containment']:.4f}, method {row['dedup_method']}, cluster {row['dedup_cluster']}"
    )
    other = find_document(account, stage, survivor)
    if gone is None or other is None:
        say(f"the text of {'the removed' if gone is None else 'the survivor'} is not in this run")
        return
    table = Table(show_lines=False)
    for head in ("", f"removed: {describe_place(gone)}", f"survivor: {describe_place(other)}"):
        table.add_column(Text(make_safe(head)))
    for shared, a, b in cut_stretches(gone["text"], other["text"]):
        style = "green" if shared else "bold red"
        sides = (Text(make_safe(elide(side, shared)), style) for side in (a, b))
        table.add_row("=" if shared else "", *sides)
    console.print(table)
    if max(len(each["text"].split()) for each in (gone, other)) > MOST_WORDS:
        say(f"compared are the first {MOST_WORDS:,} words of each; what follows is not shown")


def name_rule(row: dict[str, Any]) -> str:
    """The module that a reason names: its signals begin with it."""
    return str(row["reason"]).split(".")[0]


def describe_place(document: dict[str, Any]) -> str:
    """Where a document is from."""
    where = document["url"] or f"{document['uri']} {document['key'] or ''}"
    return " ".join(str(part) for part in (document["source"], where, document["date"] or "") if part).strip()


def elide(text: str, shared: bool) -> str:
    """A long shared stretch by its ends."""
    words = text.split()
    if not shared or len(words) <= ELIDED:
        return text
    half = ELIDED // 2
    return " ".join([*words[:half], f"[... {len(words) - ELIDED} words ...]", *words[-half:]])


@click.command(cls=Door)
@click.argument("out", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("identity", metavar="ID")
def main(out: Path, identity: str) -> None:
    """Show why the run in OUT dropped the document ID (its beginning will do), beside the one that stays."""
    try:
        show(accounts.read(out), identity, Console())
    except (NotThere, FileNotFoundError, documents.TextMissing, storage.Damaged) as error:
        sys.exit(make_safe(error))


if __name__ == "__main__":
    main()
