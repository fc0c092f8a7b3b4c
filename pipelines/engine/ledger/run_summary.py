"""The account of a run: what its folder says of every stage, and whether the sums hold.

Receipts are what the engine says it did; `checks` sets them against the rows that stand in the files.
"""

import functools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from winnow.earlier import list_names
from winnow.pipelines.engine.disk import mirror, pieces, proof
from winnow.pipelines.engine.disk.proof import read_json
from winnow.pipelines.engine.ledger import tallies
from winnow.pipelines.engine.parts.packed import Packed
from winnow.pipelines.spec import declarations
from winnow.pipelines.spec.recipe import MAX_DUPLICATES

Sums = dict[str, dict[str, float]]

DUPLICATE = "duplicate"  # how the reasons of dedup end: `exact.duplicate`, `minhash.near_duplicate`


@dataclass(frozen=True)
class Stage:
    """One stage as it stands on disk; `upstream` are the shard stages whose kept documents it read.

    Copies begin where they are made: the stage that makes them has no `upstream`, but `copied`.

    `steps` are readers first, then the stage's own; `rules` are what `pipelines.spec.rules` found of those.
    `changed` says how the code of today differs from the one that made the stage, `accepted` how the codes
    differ that made parts of it.
    """

    name: str
    kind: str
    folder: Path
    after: list[str]
    upstream: list[str]
    copied: list[str]
    steps: list[dict[str, Any]]
    own_steps: list[dict[str, Any]]
    replayable: bool
    rules: list[dict[str, Any]]
    versions: dict[str, str]
    seconds: float
    done: bool
    changed: list[str]
    accepted: list[str]
    parts: Mapping[str, dict[str, Any]]
    may_be_empty: bool = False

    @property
    def outdated(self) -> str | None:
        """The day of the take-down of which the stage still holds what was made from what went."""
        return max((r["outdated"] for r in self.parts.values() if "outdated" in r), default=None)

    @functools.cached_property
    def sums(self) -> dict[str, Any]:
        """The figures of all receipts, added up once: there may be many."""
        return tallies.add_up(self.parts.values())

    def total(self, name: str) -> int:
        """A figure of the receipts (`rows_in`, `kept`, `dropped`, `failed`) over all parts."""
        return int(self.sums.get(name, 0))

    def place(self, fate: str, part: str) -> Path:
        """Where the table of a part's `kept`, `dropped` or `failed` documents stands."""
        return (self.folder if fate == "kept" else self.folder / fate) / f"{part}.parquet"

    def files(self, fate: str) -> list[Path]:
        """The files of `kept`, `dropped` or `failed` documents of the parts that are done; Damaged where one
        is not what was written."""
        return proof.prove_all([self.place(fate, part) for part in sorted(self.parts)])

    def find(self, name: str) -> Path | None:
        """A file that a corpus step which saw all wrote; Damaged where it is not what was written."""
        inner = f"all/{name}"
        listed = self.kind == "corpus" and inner in self.parts.get("all", {}).get("files", {})
        return proof.prove(self.folder / inner) if listed else None

    def find_told(self, what: str) -> Path | None:
        """The file that the stage's step tells to be its `shards`, say (`spec.declarations`); else None."""
        return next((path for name in self._list_names(what) if (path := self.find(name))), None)

    def list_told(self, what: str) -> list[Path]:
        """Such files of all groups of a corpus stage; Damaged where one is not what was written."""
        return [proof.prove(self.folder / name) for name in self._list_files(self._list_names(what))]

    def list_earlier(self, what: str) -> list[str]:
        """The names of such files that an earlier version wrote under another name; they are not read."""
        return self._list_files([old for name in self._list_names(what) for old in list_names(name)])

    def _list_files(self, known: list[str]) -> list[str]:
        files = {name for receipt in self.parts.values() for name in receipt.get("files", {})}
        return sorted(name for name in files if self.kind == "corpus" and Path(name).name in known)

    def _list_names(self, what: str) -> list[str]:
        told = (declarations.find_file(step["use"], what) for step in self.own_steps)
        return [name for name in told if name]


@dataclass(frozen=True)
class RunSummary:
    """A run: stages by name, as in the recipe; `origin`: by whom it was made; `checked`: sums held against
    files so far (`conservation`), each once."""

    out: Path
    recipe: str
    recipe_text: str
    origin: dict[str, Any]
    seconds: float
    stages: dict[str, Stage]
    max_duplicates: float
    checked: dict[str, list[dict[str, Any]]] = field(init=False, default_factory=dict, compare=False)

    def shard_stages(self) -> list[Stage]:
        """The stages that documents flow through."""
        return [stage for stage in self.stages.values() if stage.kind == "shard"]


def read(out: Path) -> RunSummary:
    """The account of the run in the folder `out`; FileNotFoundError where that is none, Damaged where it is
    not what was written."""
    run = read_json(out / "run.json")
    if run is None:
        raise FileNotFoundError(f"{out} holds no run: there is no run.json in it")
    stages: dict[str, Stage] = {}
    for name in run["stages"]:
        path = out / name / "stage.json"
        if path.exists():
            stages[name] = replace(
                _stage(out / name, stages), may_be_empty=name in run.get("may_be_empty", ())
            )
        elif path.relative_to(out).as_posix() in run.get("files", {}):  # which a run that ended lists
            raise proof.Damaged(str(path), "is missing", proof.advise(path))
    return RunSummary(
        out=out,
        recipe=run["recipe"],
        recipe_text=run.get("recipe_text", ""),
        origin={name: run.get(name) for name in ("started", "host", "command", "version", "commit")},
        seconds=float(run.get("seconds") or 0),
        stages=stages,
        max_duplicates=float(run.get("max_duplicates", MAX_DUPLICATES)),
    )


def _stage(folder: Path, earlier: dict[str, Stage]) -> Stage:
    about = read_json(folder / "stage.json")
    parts = pieces.read(folder, about) or _read_receipts(folder)
    reads = []
    for given in about.get("sources", {}).values():
        if given.get("read") and given["read"] not in reads:
            reads.append(given["read"])
    before = [name for name in about["after"] if name in earlier and earlier[name].kind == "shard"]
    is_copy = bool(about.get("copy_as"))
    return Stage(
        name=about["stage"],
        kind=about["kind"],
        folder=folder,
        after=about["after"],
        upstream=[] if is_copy else before,
        copied=before if is_copy else [],
        steps=[*reads, *about["steps"]],
        own_steps=about["steps"],
        replayable=about.get("replayable", False),
        rules=about.get("rules", []),
        versions=about.get("versions", {}),
        seconds=float(about.get("seconds") or 0),
        done=pieces.is_whole(about),
        changed=about.get("changed", []),
        accepted=[line for entry in about.get("accepted", []) for line in entry["was"]],
        parts=parts,
    )


def _read_receipts(folder: Path) -> Packed:
    """The receipts of a stage that is not whole."""
    parts = Packed()
    mirror.fetch_all(folder / "receipts")
    for path in sorted((folder / "receipts").glob("[!.]*.json")):
        if (folder / f"{path.stem}.parquet").exists() or (folder / path.stem).exists():  # else not done
            parts[path.stem] = read_json(path)
    return parts


def add_up(stage: Stage, table: str) -> Sums:
    """A table of the receipts (`by_source`, `reasons`, `steps`) added up over the parts."""
    return {
        key: defaultdict(float, {name: float(value) for name, value in figures.items()})
        for key, figures in stage.sums.get(table, {}).items()
    }


def add_reasons(account: RunSummary) -> Sums:
    """What went for each reason, over all stages of the main line."""
    sums: Sums = defaultdict(lambda: defaultdict(float))
    for stage in find_main_line(account):
        for reason, figures in add_up(stage, "reasons").items():
            for name, value in figures.items():
                sums[reason][name] += value
    return dict(sums)


def find_finals(account: RunSummary) -> dict[str, str]:
    """For each source the last stage that its documents reached."""
    last: dict[str, str] = {}
    for stage in account.shard_stages():
        last |= dict.fromkeys(add_up(stage, "by_source"), stage.name)
    return last


def find_main_line(account: RunSummary) -> list[Stage]:
    """The stages between the sources and the last ones; not those beside (signatures, for example)."""
    line = set(find_finals(account).values())
    for stage in reversed(account.shard_stages()):
        if stage.name in line:
            line |= set(stage.upstream)
    return [stage for stage in account.shard_stages() if stage.name in line]


def add_totals(account: RunSummary) -> dict[str, int]:
    """Documents of the whole run along its main line: `in`, `kept`, `dropped`, `failed`."""
    line, last = find_main_line(account), find_finals(account)
    kept = sum(
        add_up(account.stages[stage], "by_source")[source].get("documents_kept", 0)
        for source, stage in last.items()
    )
    handed_on = sum(account.stages[name].total("kept") for stage in line for name in stage.upstream)
    return {
        "in": sum(stage.total("rows_in") for stage in line) - handed_on,
        "kept": int(kept),
        "dropped": sum(stage.total("dropped") for stage in line),
        "failed": sum(stage.total("failed") for stage in line),
    }


def count_copies(account: RunSummary) -> int:
    """How many of the documents that came in are copies of others (`copy_as`)."""
    return sum(stage.total("rows_in") for stage in find_main_line(account) if stage.copied)


def count_by_source(account: RunSummary) -> Sums:
    """Documents of each source along the main line: `in`, `kept`, `dropped`, `failed`, and `files_unread` and
    `bytes_unread` (of files that could not be read to their end); the source with most text first."""
    rows: Sums = {}
    last, size = find_finals(account), defaultdict[str, float](float)
    for stage in find_main_line(account):
        for source, figures in add_up(stage, "by_source").items():
            row = rows.setdefault(source, defaultdict(float))
            size[source] = size[source] or figures.get("bytes_in", 0)
            row["in"] += figures.get("documents_in", 0) - sum(
                add_up(account.stages[name], "by_source").get(source, {}).get("documents_kept", 0)
                for name in stage.upstream
            )
            for fate in ("dropped", "failed"):
                row[fate] += figures.get(f"documents_{fate}", 0)
            for name in ("files_unread", "bytes_unread"):
                row[name] += figures.get(name, 0)
            if stage.name == last[source]:
                row["kept"] = figures.get("documents_kept", 0)
    return dict(sorted(rows.items(), key=lambda item: -size[item[0]]))


def find_losers(stage: Stage, share: float = 0.5) -> list[tuple[str, str, float]]:
    """Sources that lose more than `share` of their documents, or else of their text, in one stage."""
    found = []
    for source, figures in add_up(stage, "by_source").items():
        for unit in ("documents", "bytes"):
            came = figures.get(f"{unit}_in", 0) - figures.get(f"{unit}_markup", 0)
            lost = 1 - figures.get(f"{unit}_kept", 0) / came if came else 0.0
            if lost > share:
                found.append((source, unit, lost))
                break
    return sorted(found, key=lambda row: -row[2])


def find_duplicate_losers(stage: Stage, share: float) -> list[tuple[str, float]]:
    """Sources that lose more than `share` of their documents as duplicates in one stage."""
    if not any(name.endswith(DUPLICATE) for name in add_up(stage, "reasons")):
        return []
    gone: dict[str, int] = defaultdict(int)
    for file in stage.files("dropped"):
        rows = pl.scan_parquet(file, glob=False).filter(pl.col("reason").str.ends_with(DUPLICATE))
        for source, number in rows.group_by("source").len().collect().iter_rows():
            gone[source] += number
    came = add_up(stage, "by_source")
    found = [(source, number / came[source]["documents_in"]) for source, number in gone.items()]
    return sorted((row for row in found if row[1] > share), key=lambda row: -row[1])


def removes_duplicates(stage: Stage) -> bool:
    """Whether most of what the stage dropped went as a duplicate."""
    reasons = add_up(stage, "reasons")
    duplicates = sum(n["documents"] for name, n in reasons.items() if name.endswith(DUPLICATE))
    return duplicates > 0.5 * stage.total("dropped")
