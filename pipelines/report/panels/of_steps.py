"""What steps show of what they made: the function `panel` of a step's module, found by its address.

    def panel(stage) -> dict | None:
        means = [[part, rows.select("score").mean().collect().item()] for part, rows in stage.scan("kept")]
        return {"title": "Scores", "show": ["By part.", {"head": ["part", "mean"], "rows": means}]}

`stage` is an `Output`. What is given back is data, of which docs/recipes.md has the kinds; whatever stands
in it is escaped. A panel that raises, or gives what is no panel, is said in its place. One that several
modules share is asked once.
"""

import json
import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import documents, proof
from winnow.pipelines.engine.ledger import run_summary, timings
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.report.layout import lay_out, write_sentence
from winnow.pipelines.report.panels.shown import choose_parts, hides_texts, read_rows
from winnow.pipelines.spec import declarations
from winnow.pipelines.spec.address import find_module, find_source, is_ours, load

NAMES = re.compile(r"\bpanel\b")
NAME = re.compile(r"[a-z][a-z0-9_]*")
RANK = 4  # of an alarm that says none

Panel = Callable[["Output"], dict[str, Any] | None]


class Output:
    """A stage as its steps' panels see it: `name`; `steps`, each with `use` and `settings`; and `receipts`,
    what the engine counted, by part. Of a corpus stage there are no rows, but the files that it wrote
    (`find`)."""

    def __init__(self, stage: Stage, account: RunSummary) -> None:
        self.name, self.steps, self.receipts = stage.name, stage.own_steps, stage.parts
        self._stage, self._account = stage, account
        self._parts = sorted(stage.parts) if stage.kind == "shard" else []

    def count(self, table: str) -> dict[str, dict[str, float]]:
        """A table of the receipts (`by_source`, `reasons`, `steps`) added up over the parts."""
        return run_summary.add_up(self._stage, table)

    def columns(self, fate: str = "kept") -> dict[str, Any]:
        """The columns, with their types, of what was `kept`, `dropped` or `failed`; {} where there is no
        part."""
        return dict(documents.columns(self._find(fate, self._parts[0]))) if self._parts else {}

    def list_columns_before(self) -> set[str]:
        """The columns of what came into the stage from those before it."""
        before = [self._account.stages[name] for name in (*self._stage.upstream, *self._stage.copied)]
        files = [file for stage in before for file in stage.files("kept")[:1]]
        return {name for file in files for name in documents.columns(file)}

    def add_up_work(self) -> dict[str, dict[str, list[float]]]:
        """What steps told as `_work`, over all sources: {what: {name: [count, seconds]}}."""
        together = timings.start()
        for groups in timings.add_up(self.receipts.values()).values():
            timings.add(together, "", groups)
        return {what: dict(names) for what, names in together[""].items()}

    def scan(self, fate: str, parts: Sequence[str] | None = None) -> Iterator[tuple[str, pl.LazyFrame]]:
        """Part by part, of all or of some, the rows of a fate, without the texts that stand elsewhere."""
        for part in self._parts if parts is None else parts:
            yield part, pl.scan_parquet(self._find(fate, part), glob=False)

    def sample(self, fate: str, columns: Sequence[str]) -> pl.DataFrame:
        """Rows of some parts of each source: `id`, `source`, `part`, and those of the columns that are
        there."""
        parts = sorted({part for some in choose_parts(self._stage).values() for part in some})
        return read_rows(self._stage, fate, parts, list(columns)).drop("fate")

    def find(self, name: str) -> Path | None:
        """A file that a corpus step wrote which saw all; None where it wrote none of that name."""
        return self._stage.find(name)

    def read_kept(self, part: str, ids: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
        """Documents of a part as the stage left them, texts too."""
        return documents.find(self._find("kept", part), pl.col("id").is_in(list(ids)), columns)

    def read_before(self, part: str, ids: Sequence[str], columns: Sequence[str]) -> pl.DataFrame | None:
        """Documents of a part as they came into the stage, texts too; None where they came from a source,
        lack a column, have no text on disk any more, or where the stage hides what is in them."""
        for name in () if hides_texts(self._stage) else self._stage.upstream:
            file = self._account.stages[name].folder / f"{part}.parquet"
            if file.exists() and set(columns) <= set(documents.columns(file)):
                try:
                    return documents.find(file, pl.col("id").is_in(list(ids)), columns)
                except documents.TextMissing:
                    continue
        return None

    def show_page(self, source: str, uri: str, number: int) -> dict[str, str]:
        """A page (from 1) of a file, as the module of the source's reader shows it (`show_pages`): `picture`
        and texts; or the `error` why it does not."""
        about = proof.read_json(self._stage.folder / "stage.json") or {}
        reads = {
            each["domain"]: each["read"] for each in about.get("sources", {}).values() if each.get("read")
        }
        if source not in reads:
            return {"error": "a stage before read it"}
        use, settings = reads[source]["use"], reads[source]["settings"]
        try:
            show = getattr(load(use), "show_pages", None)
            if show is None:
                return {"error": f"it stands inside what {use} reads, which shows no pages"}
            shown: dict[str, str] = show(uri, [number - 1], settings)[number - 1]
        except Exception as error:  # of whoever's module: it costs the picture, not the report
            return {"error": f"{type(error).__name__}: {error}"}
        return shown

    def _find(self, fate: str, part: str) -> Path:
        return proof.prove(self._stage.place(fate, part))


def of_stage(stage: Stage, account: RunSummary) -> list[dict[str, Any]]:
    """The panels of a stage's steps, in their order: `name`, `title`, `note`, `show`, `figures` (for
    `report.json`), `alarms` with their `rank`; of one that failed `error`, what is to be said in its
    place."""
    found = []
    seen: set[Panel] = set()
    for module in dict.fromkeys(step["use"].partition(":")[0] for step in stage.steps):
        try:
            panel = _find_panel(module)
            if panel is None or panel in seen:
                continue
            seen.add(panel)
            told = panel(Output(stage, account))
            if told is not None:
                found.append(_check(told, module))
        except proof.Damaged:
            raise
        except Exception as error:  # of whoever's module: it costs the panel, not the report
            found.append(_tell_failed(module, error))
    return found


def _find_panel(module: str) -> Panel | None:
    """Only a module that has the word is imported. ValueError where the folder of a user's is not named."""
    source = find_source(module)
    if source is None and not is_ours(module):
        raise ValueError("its folder is not named, if it has one: --steps DIR  (make: STEPS=dir)")
    declarations.prove(module)
    if source is None or not NAMES.search(source.read_text(encoding="utf-8")):
        return None
    found: Panel | None = getattr(load(find_module(module)), "panel", None)
    return found if callable(found) else None


def _check(told: Any, module: str) -> dict[str, Any]:
    """The panel with what it left out; TypeError or ValueError where it is none."""
    if not isinstance(told, dict) or not isinstance(told.get("title"), str):
        raise TypeError("what it gave is no panel: a table with `title` and `show`")
    name = told.get("name", module.rpartition(".")[2])
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a panel: small letters, digits and _")
    json.dumps(told.get("figures"), allow_nan=False)
    alarms = [str(each) for each in told.get("alarms", ())]
    drawn: dict[str, Any] = {"name": name, "alarms": alarms, "show": lay_out(told.get("show", ()))}
    drawn |= {key: write_sentence(told.get(key, "")) for key in ("note", "brief")}
    return {"rank": RANK, "figures": None} | told | drawn


def _tell_failed(module: str, error: Exception) -> dict[str, Any]:
    place = traceback.extract_tb(error.__traceback__)[-1]
    file = Path(place.filename)
    where = "" if file == Path(__file__) else f" ({file.name}, line {place.lineno})"
    told = f"The panel of {module} cannot be shown: {type(error).__name__}: {error}{where}"
    about: dict[str, Any] = {"title": module, "note": "its panel cannot be shown", "brief": "", "show": []}
    empty: dict[str, Any] = {"figures": None, "alarms": [], "rank": RANK}
    return {"name": module.rpartition(".")[2], **about, **empty, "error": told}
