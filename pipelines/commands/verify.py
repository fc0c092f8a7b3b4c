"""The proof of a run: every file in its folder against what was written.

winnow verify OUT

`run.json` says what `stage.json` of each stage, `parts.parquet` and the report are; `stage.json` holds the
receipts of all parts, and a receipt says what the files of its part are. Each JSON file proves itself, too.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from winnow.pipelines.engine import exit_codes
from winnow.pipelines.engine.command import Command, RunFolder
from winnow.pipelines.engine.disk import pieces, proof, storage
from winnow.pipelines.engine.ledger import takedowns
from winnow.pipelines.engine.parts import plan
from winnow.pipelines.engine.work import connections
from winnow.pipelines.law import versions
from winnow.pipelines.report import tune_report
from winnow.pipelines.report.panels import worths
from winnow.pipelines.screen import events, log
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.takedown import outdated

SAME = ("identity", "input", "content", "files")  # what a receipt and `stage.json` must both say of a part
LOCK, REPORTS = ".lock", ("report.html", "report.json")


@dataclass
class Proof:
    """What is known of a run's files: `listed` by size and digest, `own` those that prove themselves and did.

    `wrong` are lines on damaged, missing and unexpected files, by path; `told` is what is no damage.
    """

    out: Path
    listed: dict[Path, list[Any]] = field(default_factory=dict)
    own: set[Path] = field(default_factory=set)
    wrong: dict[Path, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def read(self, path: Path) -> dict[str, Any] | None:
        """A JSON file of the run, or a line on it; None where it is not there or damaged."""
        try:
            value: dict[str, Any] | None = storage.read_json(path)
        except storage.Damaged as error:
            self.wrong[path] = f"{error.what}: {error.cure}"
            return None
        if value is not None:
            self.own.add(path)
        return value


def verify(out: Path) -> Proof:
    """Prove all files in the folder of a run. FileNotFoundError where that holds nothing of a run."""
    found = Proof(out)
    run = found.read(out / "run.json")
    names = sorted(path.parent.name for path in out.glob("[!.]*/stage.json"))
    if run is None and not names and out / "run.json" not in found.wrong:
        raise FileNotFoundError(f"{out} holds no run: there is no run.json in it")
    if run is None:
        found.wrong.setdefault(out / "run.json", "is missing: run again, which writes it anew")
    ended = "files" in (run or {})
    if ended:
        found.listed |= proof.list_files(out, run or {})
    else:
        found.told.append(f"{out}: the run has not ended")
        _read_plan(found)
    for name in dict.fromkeys([*(run or {}).get("stages", []), *names]):
        _enter_stage(found, name, ended=ended)
    if found.read(out / versions.FOLDER / versions.INDEX):
        found.listed |= versions.list_files(out)
    found.wrong |= takedowns.find_wrong(out)
    _compare(found)
    for path in sorted(_list_unknown(found)):
        found.wrong.setdefault(path, "is unexpected: no run wrote it, or it was left half written")
    return found


def _read_plan(found: Proof) -> None:
    """Of a run that goes on yet the plan of its parts proves itself, as far as it is read."""
    try:
        plan.read_places(found.out)
        found.own.add(found.out / plan.FILE)
    except storage.Damaged as error:
        found.wrong[error.path] = f"{error.what}: {error.cure}"


def _enter_stage(found: Proof, name: str, *, ended: bool) -> None:
    """List the files of a stage as its receipts say, and set these against `stage.json`."""
    folder = found.out / name
    about = found.read(folder / "stage.json")
    names = _enter_receipts(found, folder, _read_whole(found, folder, about or {}))
    if about is None and ended:
        found.wrong.setdefault(folder / "stage.json", f"is missing: run again with --redo {name}")
    elif "done" not in (about or {}) and folder / "stage.json" not in found.wrong:
        found.told.append(f"stage {name} is not whole: {len(names):,} of its parts or groups are done")


def _read_whole(found: Proof, folder: Path, about: dict[str, Any]) -> Mapping[str, dict[str, Any]] | None:
    """The receipts of a stage that is whole; None where it is not, or a piece of them is not as written."""
    try:
        parts = pieces.read(folder, about)
        if parts is not None and "pieces" in about:
            list(parts)  # reads them all
            found.own |= {pieces.find_piece(folder, number) for number in range(len(about["pieces"]))}
    except storage.Damaged as error:
        found.wrong[error.path] = f"{error.what}: {error.cure}"
        return None
    return parts


def _enter_receipts(found: Proof, folder: Path, parts: Mapping[str, dict[str, Any]] | None) -> set[str]:
    """List the files that the receipts of a stage name, and set these against those that it has as a whole,
    `parts`; the names of the receipts."""
    names, whole = set(), parts or {}
    for path in sorted((folder / "receipts").glob("[!.]*.json")):
        receipt, part = found.read(path), path.stem
        names.add(part)
        found.listed |= proof.list_files(folder, receipt) if receipt else {}
        if receipt and part in whole and any(receipt.get(key) != whole[part].get(key) for key in SAME):
            found.wrong[path] = f"is damaged: stage.json says otherwise: run again with --redo {folder.name}"
        elif receipt and parts is not None and part not in parts:
            found.wrong[path] = "is unexpected: stage.json has no such part"
    for part, receipt in whole.items():
        found.listed |= proof.list_files(folder, receipt)
        if part not in names:
            path = folder / "receipts" / f"{part}.json"
            found.wrong[path] = "is missing: run again, which makes its part anew"
    return names


def _compare(found: Proof) -> None:
    """Read all listed files through."""

    def judge(item: tuple[Path, list[Any]]) -> tuple[Path, str | None]:
        try:
            return item[0], proof.compare(*item)
        except OSError as error:
            return item[0], f"cannot be read: {error.strerror}"

    with ThreadPoolExecutor() as pool:
        for path, wrong in pool.map(judge, found.listed.items()):
            if wrong:
                found.wrong.setdefault(path, f"{wrong}: {_advise(found.out, path)}")


def _advise(out: Path, path: Path) -> str:
    inner = path.relative_to(out).parts
    if inner[0] == versions.FOLDER or (inner[1:2] == ("all",) and path.name in versions.FILES):
        return "make summary writes what is beside the card anew; an earlier version nobody can"
    if len(inner) == 1:
        return "make report" if path.name in REPORTS else f"remove it and run again: {plan.ANEW}"
    return f"run again with --redo {inner[0]}  (make: REDO={inner[0]})"


def _list_unknown(found: Proof) -> Iterator[Path]:
    """Files, and folders left half written, of which nothing is said."""
    known = found.listed.keys() | found.own | {found.out / LOCK, found.out / log.FILE}
    known |= set(events.list_files(found.out))
    known |= takedowns.list_own(found.out)
    known |= {found.out / worths.FOLDER / name for name in (worths.PRICES, worths.TABLE)}
    apart = set(worths.list_folders(found.out))  # with runs of their own, to be verified by themselves
    apart.add(found.out / connections.FOLDER)  # what was asked of servers, and which ones the recipe names
    if (found.out / tune_report.FOLDER / "base.toml").exists():
        apart.add(found.out / tune_report.FOLDER)
    if found.told:  # the report of a run that goes on yet is that of an earlier moment
        known |= {found.out / name for name in REPORTS}
    for where, folders, files in os.walk(found.out):
        folders[:] = [name for name in folders if Path(where) / name not in apart]
        yield from {Path(where) / name for name in files} - known
        yield from (Path(where) / name for name in folders if name.startswith(".") and name.endswith(".tmp"))


@click.command(cls=Command)
@click.argument("out", type=RunFolder())
def main(out: Path) -> None:
    """Prove that every file of the run in OUT is what was written; a line for each that is not.

    Ends with 0 when all are, 2 when OUT holds no run, 4 when a file is damaged, missing or unexpected, 6 when
    all are and a stage holds what was made from documents that were taken down.
    """
    try:
        found = verify(out.resolve())
    except FileNotFoundError as error:
        click.echo(make_safe(error), err=True)
        sys.exit(2)
    stale = [] if found.wrong else outdated.describe(out.resolve())
    for path, wrong in sorted(found.wrong.items()):
        click.echo(make_safe(f"{path} {wrong}"))
    for line in (*found.told, *stale):
        click.echo(make_safe(line))
    whole = {path for path in found.listed.keys() | found.own if path not in found.wrong}
    size = sum(path.stat().st_size for path in whole)
    click.echo(
        f"{len(whole):,} files proved, {size:,} bytes; {len(found.wrong):,} damaged, missing or unexpected"
    )
    sys.exit(4 if found.wrong else exit_codes.OUTDATED if stale else exit_codes.DONE)


if __name__ == "__main__":
    main()
