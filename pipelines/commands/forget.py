"""Take documents out of a finished or half-finished run: winnow forget OUT LIST.

What a list names, and what resembles it, leaves every stage and every shard (docs/takedowns.md).
"""

import hashlib
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from winnow.pipelines.engine.command import Command, RunFolder, add_steps, refuse
from winnow.pipelines.engine.disk import lock, mirror
from winnow.pipelines.engine.ledger import run_summary, takedowns
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.spec import declarations
from winnow.pipelines.takedown import commit, find, old_versions, outdated

MOST = 0.1  # of all documents, unless somebody says that more are meant
SHOWN = 10


class Refused(Exception):
    """Nothing was changed; the message says why."""


def forget(out: Path, path: Path, reason: str = "", share: float = MOST, dry_run: bool = False) -> int:
    """Take down what a list names in the run in `out`; the exit code. Refused, ValueError or OSError where
    nothing was done, and Damaged where a file of the run is not what was written."""
    if not (out / "run.json").exists() and not any(out.glob("*/stage.json")):
        raise Refused(f"{out} holds no run: there is nothing to take documents out of")
    if (out / takedowns.FOLDER / "stage.json").exists():
        raise Refused(
            f"{out / takedowns.FOLDER} is a stage's folder: run into another one, with another name for it"
        )
    with lock.hold(out):
        if not dry_run and (wrong := old_versions.describe(out)):
            raise Refused(wrong)
        mirror.fetch_all(out)
        if not dry_run and (entry := commit.finish(out, say)):
            say(f"an earlier take-down was finished: {describe(entry)}")
        list_digest = hashlib.sha256(path.read_bytes()).hexdigest()
        account = run_summary.read(out)
        found = find.search(account, path, say)
        before = [entry for entry in takedowns.read(out) if entry["list"] == list_digest]
        if not found.documents and before:
            say(
                f"nothing is left to do: this list was taken down on {before[-1]['date']}, entry"
                f" {before[-1]['number']}"
            )
            tell_end(out, path)
            return 0
        describe_found(found, path)
        refuse_many(found, path, share)
        if dry_run:
            return 0
        about = {
            "date": datetime.now().astimezone().isoformat(timespec="seconds"),
            "reason": reason,
            "list": list_digest,
        }
        commit.prepare(account, found, about, say)
        entry = commit.finish(out, say)
        assert entry is not None
        say(describe(entry))
        for line in outdated.describe(out):
            say(line)
        tell_end(out, path)
    return 0


def describe_found(found: find.Found, path: Path) -> None:
    """Say how many lines of the list name documents, and how many of each class these are; Refused where none
    does."""
    missing = [line for line, number in found.lines.items() if not number]
    if not found.documents:
        raise Refused(f"{path} names nothing that this run has: {name_lines(missing)} match no document")
    say(f"{sum(n > 0 for n in found.lines.values())} of {len(found.lines)} lines name documents")
    if missing:
        say(f"warning: {name_lines(missing)} of {path} match no document")
    counts = Counter(document["class"] for document in found.documents.values())
    classes = ", ".join(f"{n:,} {name}" for name, n in sorted(counts.items()))
    say(f"{len(found.documents):,} of {found.total:,} documents: {classes}")


def refuse_many(found: find.Found, path: Path, share: float) -> None:
    """Refused where a list means more of a run than anybody would expect."""
    if len(found.documents) <= share * found.total:
        return
    most = max(found.lines, key=lambda line: found.lines[line])
    what = "every document" if len(found.documents) == found.total else f"more than {share:.0%}"
    raise Refused(
        f"{path} means {what} of this run: {len(found.documents):,} of {found.total:,}, {found.lines[most]:,}"
        f" of them by line {most}. Nothing was changed. If that is meant: --share 1  (make: SHARE=1)"
    )


def name_lines(lines: list[int]) -> str:
    """`line 3`, or `lines 3, 5 and 12 more`."""
    shown = ", ".join(map(str, lines[:SHOWN]))
    more = f" and {len(lines) - SHOWN:,} more" if len(lines) > SHOWN else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"


def describe(entry: dict[str, Any]) -> str:
    """What a take-down did, in a line."""
    files = len(entry["files"]) + len(entry["pages"])
    went = f"{len(entry['documents']):,} documents"
    paid = f", {entry['answers']:,} answers left their stores" if entry.get("answers") else ""
    return f"taken down: {went}; {files:,} files were written anew{paid}, no other was touched"


def tell_end(out: Path, path: Path) -> None:
    """Remove what a bucket keeps of them, and say how a run from raw data keeps them away."""
    for line in old_versions.remove(out):
        say(line)
    say("a run into this folder keeps them away; for another folder, behind the step that makes texts:")
    use = declarations.find_step("takedown")
    say(f'  {{ use = "{use}", list = "{path}", marks = "{out / takedowns.FOLDER}" }},')


def say(line: str) -> None:
    """A line to the terminal."""
    click.echo(make_safe(line))


@click.command(cls=Command)
@click.argument("out", type=RunFolder())
@click.argument("path", metavar="LIST", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", default="", help="What the ledger says of it: a reference, a case's number.")
@click.option(
    "--share",
    type=click.FloatRange(0, 1),
    default=MOST,
    show_default=True,
    help="The largest share of all documents that may go; 1 for all.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@add_steps
@refuse(Refused, ValueError)
def main(out: Path, path: Path, reason: str, share: float, dry_run: bool) -> None:
    """Take the documents that LIST names, and their near duplicates, out of every file of the run in OUT.

    Ends with 0 when they are gone, 2 when nothing was changed, 4 when a file of the run is damaged.
    Interrupted, the same command goes on.
    """
    forget(out.resolve(), path.resolve(), reason, share, dry_run)


if __name__ == "__main__":
    main()
