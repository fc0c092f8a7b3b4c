"""The files of a corpus stage without the documents that go: tables by id or address, lists, JSON, text."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from lxml import html

from winnow import shuffle
from winnow.pipelines.engine.disk import proof
from winnow.pipelines.engine.ledger.run_summary import Stage
from winnow.pipelines.takedown import rows
from winnow.pipelines.takedown.rewrite_plan import NOTHING, Staging

ADDRESSES = ("doc", "node", "other")
"""Columns with the address of a document in deduplication (`winnow.shuffle:first_address`)."""
ROWS = 2**32
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
            elif _withdraw_rows(staging, stage, path, hits):
                written.append(path)
        if written:
            staging.enter(stage.name, group, receipt, written)
    return pages


def _withdraw_rows(staging: Staging, stage: Stage, path: Path, hits: Hits) -> bool:
    """Lay out what is left of a table or a text; whether that is another."""
    if path.suffix == ".parquet":
        if change := _find_change(staging, stage, path):
            rows.rewrite(path, staging.add(path), change)
        return change is not None
    if shuffle.is_shuffle(path):
        return _rewrite_cells(staging, stage, path)
    if path.suffix not in CLEANERS:
        return False
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    left = CLEANERS[path.suffix](text, hits)
    if left != text:
        staging.add(path).write_text(left, encoding="utf-8", errors="surrogateescape")
    return left != text


def _find_change(staging: Staging, stage: Stage, path: Path) -> rows.Change | None:
    """How a table changes; None where it does not."""
    change = _choose_change(staging, stage, pq.read_schema(path).names)
    if change is None:
        return None
    with pq.ParquetFile(proof.prove(path)) as file:
        start = 0
        for number in range(file.num_row_groups):
            table = file.read_row_group(number)
            if not change(table, start).equals(table):
                return change
            start += table.num_rows
    return None


def _choose_change(staging: Staging, stage: Stage, names: list[str]) -> rows.Change | None:
    if "id" in names:
        return partial(_drop_ids, staging)
    if any(name in ADDRESSES for name in names):
        return partial(_move_addresses, _list_removed(staging, stage))
    return None


def _rewrite_cells(staging: Staging, stage: Stage, path: Path) -> bool:
    """Lay out what is left of a file of the shuffle, cell by cell; whether that is another."""
    columns, by = shuffle.read_columns([proof.prove(path)])
    change, cells, left = _choose_change(staging, stage, columns.columns), shuffle.count_cells(path), False
    if change is None:
        return False

    def clean() -> Iterator[pl.DataFrame]:
        nonlocal left
        for number in range(cells):
            frame = pl.concat(shuffle.Reader(number, cells)(path))
            found = pl.DataFrame(change(frame.to_arrow(), 0))
            left = left or not found.equals(frame)
            yield found

    beside = staging.lay_out(path)
    shuffle.write_cells(beside, columns, by, clean())
    if left:
        staging.add(path)
    else:
        beside.unlink()
    return left


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
        for part, gone in ((part, gone) for part, gone in removed.items() if len(gone)):
            first = np.uint64(shuffle.first_address(part))
            own = np.flatnonzero(values // np.uint64(ROWS) == first // np.uint64(ROWS))
            inner = (values[own] % np.uint64(ROWS)).astype(np.int64)
            keep[own] &= ~np.isin(inner, gone)
            moved[own] = first + rows.shift(inner, gone).astype(np.uint64)
        fresh[name] = moved
    for name, moved in fresh.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(
            place, table.schema.field(place), pa.array(moved, table.schema.field(place).type)
        )
    return table.filter(pa.array(keep))


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
