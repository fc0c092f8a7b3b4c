"""The files of a corpus stage without the documents that go: tables by id or address, lists, JSON, text."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from lxml import html

from winnow.pipelines.engine.disk import proof
from winnow.pipelines.engine.ledger.run_summary import Stage
from winnow.pipelines.takedown import rows
from winnow.pipelines.takedown.rewrite_plan import NOTHING, Staging

ADDRESSES = ("doc", "a", "b")
"""Columns with the address of a document in deduplication: its part's number, then its row there."""
OLD, ROWS = 2**63, 2**32
GONE = "[taken down]"
MOST_SCRIPT = 2**21  # characters; what is longer is the library that draws
Hits = Callable[[list[str]], list[bool]]
"""Which of some strings are of a document that goes: its id, its URL, a stretch of its text."""


def withdraw(staging: Staging, stage: Stage, hits: Hits) -> list[list[str]]:
    """Lay out what is left of each file of a stage; of pages, which are to be made anew, the names."""
    pages = []
    for group, receipt in sorted(stage.parts.items()):
        written = []
        for path in sorted(proof.list_files(stage.folder, receipt)):
            if path.suffix == ".html":
                if _has_hit(path, hits):
                    pages.append([stage.name, group, path.relative_to(stage.folder).as_posix()])
            elif path.suffix == ".parquet":
                if change := _find_change(staging, stage, path):
                    rows.rewrite(path, staging.add(path), change)
                    written.append(path)
            elif path.suffix in CLEANERS:
                text = path.read_text(encoding="utf-8", errors="surrogateescape")
                left = CLEANERS[path.suffix](text, hits)
                if left != text:
                    staging.add(path).write_text(left, encoding="utf-8", errors="surrogateescape")
                    written.append(path)
        if written:
            staging.enter(stage.name, group, receipt, written)
    return pages


def _find_change(staging: Staging, stage: Stage, path: Path) -> rows.Change | None:
    """How a table changes; None where it does not."""
    names = pq.read_schema(path).names
    if "id" in names:
        change: rows.Change = partial(_drop_ids, staging)
    elif any(name in ADDRESSES for name in names):
        change = partial(_move_addresses, _list_removed(staging, stage))
    elif names == ["row", "cluster"] and path.name.startswith("part-"):
        change = partial(_move_rows, _list_removed(staging, stage).get(int(path.stem[5:]), NOTHING))
    else:
        return None
    with pq.ParquetFile(proof.prove(path)) as file:
        start = 0
        for number in range(file.num_row_groups):
            table = file.read_row_group(number)
            if not change(table, start).equals(table):
                return change
            start += table.num_rows
    return None


def _drop_ids(staging: Staging, table: pa.Table, start: int) -> pa.Table:
    gone = rows.find(table, staging.ids)
    if "other" in table.schema.names:
        gone |= rows.find(table, staging.ids, "other")
    return rows.unname(table.filter(pa.array(~gone)), staging.ids)


def _list_removed(staging: Staging, stage: Stage) -> dict[int, np.ndarray]:
    """By the number of a part the rows that go from the documents that a stage's addresses are of."""
    names, found = list(stage.after), {}
    while names:
        before = staging.account.stages.get(names.pop())
        if before is None:
            continue
        if before.kind == "corpus":
            names += before.after
        else:
            for part in before.parts:
                found[int(part[5:])] = staging.removed.get((before.name, part), NOTHING)
    return found


def _move_addresses(removed: dict[int, np.ndarray], table: pa.Table, start: int) -> pa.Table:
    keep = np.ones(table.num_rows, dtype=bool)
    fresh = {}
    for name in (name for name in ADDRESSES if name in table.schema.names):
        values = table.column(name).to_numpy().astype(np.uint64)
        moved = values.copy()
        for part in np.unique(values[values < OLD] // np.uint64(ROWS)):
            gone = removed.get(int(part), NOTHING)
            own = (values < OLD) & (values // np.uint64(ROWS) == part)
            inner = (values[own] % np.uint64(ROWS)).astype(np.int64)
            keep[own] &= ~np.isin(inner, gone)
            moved[own] = part * np.uint64(ROWS) + rows.shift(inner, gone).astype(np.uint64)
        fresh[name] = moved
    for name, moved in fresh.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(
            place, table.schema.field(place), pa.array(moved, table.schema.field(place).type)
        )
    return table.filter(pa.array(keep))


def _move_rows(gone: np.ndarray, table: pa.Table, start: int) -> pa.Table:
    numbers = table.column("row").to_numpy()
    place = table.schema.get_field_index("row")
    field = table.schema.field(place)
    moved = table.set_column(place, field, pa.array(rows.shift(numbers, gone), field.type))
    return moved.filter(pa.array(~np.isin(numbers, gone)))


def clean_json(text: str, hits: Hits) -> str:
    """JSON in which an element of a list that says something of a document that goes is left out, and any
    other string that does says that it was taken down."""
    try:
        value = json.loads(text)
    except ValueError:
        return clean_lines(text, hits)
    strings = sorted(set(list_strings(value)))
    gone = {one for one, hit in zip(strings, hits(strings), strict=True) if hit}
    if not gone:
        return text
    indent = next((len(line) - len(line.lstrip()) for line in text.split("\n")[1:2]), 0) or None
    return json.dumps(
        _take_out(value, gone), indent=indent, ensure_ascii=text.isascii()
    ) + "\n" * text.endswith("\n")


def list_strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from list_strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from list_strings(one)


def _take_out(value: Any, gone: set[str]) -> Any:
    if isinstance(value, dict):
        return {GONE if name in gone else name: _take_out(one, gone) for name, one in value.items()}
    if isinstance(value, list):
        return [_take_out(one, gone) for one in value if not _tells(one, gone)]
    return GONE if isinstance(value, str) and value in gone else value


def _tells(value: Any, gone: set[str]) -> bool:
    """Whether an element of a list is of a document that goes: itself, or a field of it."""
    fields = value.values() if isinstance(value, dict) else [value]
    return any(one in gone for one in fields if isinstance(one, str))


def clean_csv(text: str, hits: Hits) -> str:
    """A table without the rows that have such a value."""
    table = list(csv.reader(io.StringIO(text, newline="")))
    cells = sorted({cell for row in table for cell in row})
    gone = {one for one, hit in zip(cells, hits(cells), strict=True) if hit}
    left = [row for row in table if not gone & set(row)]
    if len(left) == len(table):
        return text
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n" if "\r\n" in text else "\n").writerows(left)
    return file.getvalue()


def clean_lines(text: str, hits: Hits) -> str:
    """Text without the lines that say such a thing."""
    lines = text.split("\n")
    found = hits(lines)
    return "\n".join(GONE if hit else line for line, hit in zip(lines, found, strict=True))


CLEANERS = {
    ".json": clean_json,
    ".jsonl": lambda text, hits: clean_lines(text, hits),
    ".csv": clean_csv,
    ".md": clean_lines,
    ".txt": clean_lines,
    ".log": clean_lines,
}


def _has_hit(path: Path, hits: Hits) -> bool:
    """Whether a page says such a thing: in its words, whatever marks stand between them, in its scripts' data
    or as an address."""
    tree = html.fromstring(path.read_bytes())
    data = [one.text or "" for one in tree.xpath("//script")]
    words = "\n".join(tree.xpath("//text()[not(ancestor::script)]"))
    named = [str(one) for one in tree.xpath("//@href|//@id|//@title|//@data-id")]
    return any(hits([words, *named, *(one.replace("\\n", " ") for one in data if len(one) < MOST_SCRIPT)]))
