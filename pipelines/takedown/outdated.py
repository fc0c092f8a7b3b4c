"""What was made from documents that went and cannot be read for them: ids of tokens, weights, a vocabulary.

A stage with such files is out of date until it is made anew. Its receipts say so, and so a stage that is made
anew says it no more.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from winnow import shuffle
from winnow.pipelines.engine.disk import proof
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.engine.ledger.run_summary import Stage
from winnow.pipelines.spec.recipe import STAGE_REFERENCE
from winnow.pipelines.takedown import tables
from winnow.pipelines.takedown.rewrite_plan import Staging, list_parts

READ = {".parquet", ".html", *tables.CLEANERS}  # what a take-down takes rows, entries and lines out of
VOCABULARY = "tokenizer.json"
NOTE = "**Out of date.**"


def mark(staging: Staging, date: str) -> list[str]:
    """Say in the receipts and on the cards of each stage that is out of date since when; the stages."""
    touched, found = {name for name, _ in list_parts(staging)}, []
    for stage in staging.account.stages.values():
        if stage.kind == "shard" or not touched & _list_inputs(stage):
            continue
        if stage.find_told("prepared"):  # of proxies: what they read is blanked, and what follows are scores
            continue
        touched.add(stage.name)
        sums = stage.find_told("sums")  # counts of a whole source's text, by which a mix knows it again
        if any(_is_closed(path, sums) for path in _list_files(stage)):
            _mark_stage(staging, stage, date)
            found.append(stage.name)
    return found


def describe(out: Path) -> list[str]:
    """A line for each stage of a run that is out of date, with what makes it anew: the first of those that
    follow one another without documents between them."""
    roots: dict[str, str] = {}
    lines = []
    for stage in run_summary.read(out).stages.values():
        before = sorted({roots[name] for name in _list_inputs(stage) if name in roots})
        if stage.kind == "corpus" and (before or stage.outdated):
            roots[stage.name] = root = before[0] if before else stage.name
        if stage.outdated:
            lines.append(
                f"stage {stage.name} is out of date: it holds what was made from documents taken down on"
                f" {stage.outdated}; --redo {root} makes it anew  (make: REDO={root})"
            )
    return lines


def _list_inputs(stage: Stage) -> set[str]:
    """The stages that a stage was made from: those before it, and those that its settings name."""
    values = [value for step in stage.own_steps for value in step["settings"].values()]
    named = (STAGE_REFERENCE.fullmatch(value) for value in values if isinstance(value, str))
    return {*stage.after, *(match[1] for match in named if match)}


def _list_files(stage: Stage) -> Iterator[Path]:
    for receipt in stage.parts.values():
        yield from proof.list_files(stage.folder, receipt)


def _is_closed(path: Path, sums: Path | None = None) -> bool:
    """Whether a file says of no row whose it is: another form than those of tables and texts, a vocabulary, a
    table of ids of tokens. Sums of all texts say nothing of one."""
    if path == sums:
        return False
    if path.suffix != ".parquet" and not shuffle.is_shuffle(path):
        return path.suffix not in READ or path.name == VOCABULARY
    schema = (
        pq.read_schema(path)
        if path.suffix == ".parquet"
        else shuffle.read_columns([path])[0].to_arrow().schema
    )
    kinds = [field.type for field in schema]
    lists = [each.value_type for each in kinds if pa.types.is_list(each) or pa.types.is_large_list(each)]
    named = {"id", *tables.ADDRESSES} & set(schema.names)
    return not named and any(map(pa.types.is_integer, lists))


def _mark_stage(staging: Staging, stage: Stage, date: str) -> None:
    note = (
        f"{NOTE} Documents were taken down on {date}; these files hold what was made from them, until"
        f" `make run REDO={stage.name}` makes them anew."
    )
    for group, receipt in stage.parts.items():
        cards = [path for path in proof.list_files(stage.folder, receipt) if path.suffix == ".md"]
        for card in cards:
            text = staging.find(card).read_text(encoding="utf-8", errors="surrogateescape")
            head, mark, body = text.partition("\n---\n") if text.startswith("---\n") else ("", "", text)
            if not body.lstrip().startswith(NOTE):
                text = f"{head}{mark}{note}\n\n{body.lstrip()}"
                staging.add(card).write_text(text, encoding="utf-8", errors="surrogateescape")
        before = staging.receipts.get(stage.name, {}).get(group, receipt)
        staging.enter(stage.name, group, {**before, "outdated": date}, cards)
