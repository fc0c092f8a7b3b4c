"""Excel's workbooks (.xlsx, .xlsm, .xltx; ISO 29500-1, 18): a table a sheet, read by openpyxl row by row."""

import datetime
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from winnow.ingest.markdown.blocks import Block, Cell, write, write_heading, write_table
from winnow.ingest.office.namespaces import R, S
from winnow.ingest.office.package import Package, Refused, declares

_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})[\"']")
_CHUNK, _TAG_BYTES = 1 << 20, 200
_MAX_MERGES = 10_000
_EMPTY_PER_CELL = 50  # cells that a row skips cost time too
_HEAD_BYTES = 4_096
_DRAWN = {"pic": "pictures", "chart": "charts", "txBody": "other_objects"}
_COPIED = "[Threaded comment]"  # so a copy begins for versions of Excel that know no threads


def read(
    package: Package, main: str, *, comments: bool, hidden: bool, max_cells: int
) -> tuple[str, Counter[str]]:
    """Text and counts (`sheets`, `hidden_sheets`, `cut_sheets`, `comments`, `pictures`, ...) of a workbook.

    A sheet is read up to `max_cells` filled cells of all sheets together; what is behind them is not.
    """
    _check(package)
    counts: Counter[str] = Counter()
    relations = package.find_relations(main)
    counts["charts"] = sum(one.kind == "chartsheet" for one in relations.values())
    counts["macros"] = sum(one.kind == "vbaProject" for one in relations.values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what openpyxl would not write again
        book = load_workbook(BytesIO(package.data), read_only=True, data_only=True, keep_links=False)
    parts = {
        sheet.get("name", ""): relations[sheet.get(R + "id", "")].target
        for sheet in package.parse(main).iter(S + "sheet")
        if sheet.get(R + "id", "") in relations
    }
    blocks: list[Block] = []
    left = max_cells
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            counts["hidden_sheets"] += 1
            if not hidden:
                continue
        if left <= 0:
            counts["cut_sheets"] += 1
            continue
        counts["sheets"] += 1
        rows, used = _read_rows(sheet, left)
        left -= used
        counts["cells"] += used
        counts["cut_sheets"] += left <= 0
        part = parts.get(sheet.title, "")
        merges = _find_merges(package, part) if left > 0 else []
        table = write_table(list(_merge(rows, merges, counts)))
        blocks += [write_heading(sheet.title, 2), Block(table)] if table else []
        said = _read_beside(package, part, counts)
        blocks += said if comments else []
    return write(blocks), counts


def _check(package: Package) -> None:
    """What lxml refuses of the other formats, where openpyxl opens the parts."""
    for name in package.names.values():
        if name.lower().endswith((".xml", ".rels")):
            with package.zip.open(name) as part:
                if declares(part.read(_HEAD_BYTES)):
                    raise Refused("office.document_type")


def _read_rows(sheet: Any, max_cells: int) -> tuple[list[tuple[int, list[str]]], int]:
    """Number and texts of each row that says something, and how many cells do."""
    rows: list[tuple[int, list[str]]] = []
    filled = passed = 0
    sheet.reset_dimensions()  # what the sheet claims of itself may be a billion cells
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        passed += len(row) + 1
        texts = [_write_value(value) for value in row]
        if count := sum(map(bool, texts)):
            filled += count
            rows.append((number, texts))
        if filled >= max_cells or passed >= max_cells * _EMPTY_PER_CELL:
            return rows, max_cells
    return rows, filled


def _write_value(value: Any) -> str:
    """A value as a reader sees it, as far as that can be told without its format."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        whole = value.time() == datetime.time()
        return value.date().isoformat() if whole else value.isoformat(" ", "seconds")
    return str(value)


def _find_merges(package: Package, name: str) -> list[tuple[int, int, int, int]]:
    """First column and row, last column and row of the merged cells; they stand behind the rows."""
    found: list[tuple[int, int, int, int]] = []
    if not package.has(name):
        return found
    with package.zip.open(package.names[name.lower()]) as part:
        tail = b""
        while (data := part.read(_CHUNK)) and len(found) < _MAX_MERGES:
            text = tail + data
            end = 0
            for match in _MERGE.finditer(text):
                found.append(range_boundaries(match[1].decode()))
                end = match.end()
            tail = text[max(end, len(text) - _TAG_BYTES) :]
    return found[:_MAX_MERGES]


def _read_beside(package: Package, name: str, counts: Counter[str]) -> list[Block]:
    """The comments of a sheet; what is drawn on it is counted."""
    blocks: list[Block] = []
    for relation in package.find_relations(name).values():
        if relation.kind not in ("comments", "threadedComment", "drawing"):
            continue
        root = package.try_parse(relation.target)
        for one in root.iter("{*}comment", "{*}threadedComment") if root is not None else ():
            words = " ".join("".join(one.itertext("{*}t", "{*}text")).split())
            if not words.startswith(_COPIED):
                counts["comments"] += 1
                blocks.append(Block(f"> Comment on {one.get('ref', '')}: {words}" if words else ""))
        for drawn in root.iter(*("{*}" + tag for tag in _DRAWN)) if root is not None else ():
            counts[_DRAWN[etree.QName(drawn).localname]] += 1
    return blocks


def _merge(
    rows: list[tuple[int, list[str]]], merges: list[tuple[int, int, int, int]], counts: Counter[str]
) -> Iterator[list[Cell]]:
    """The rows as cells, those below the first of a merged one marked."""
    counts["merged_cells"] += len(merges)
    going = sorted(merges, key=lambda merge: merge[1])
    for number, texts in rows:
        cells = [Cell(text) for text in texts]
        for left, top, _, bottom in going:
            if top >= number:
                break
            if number <= bottom and not (left <= len(cells) and cells[left - 1].text):
                cells += [Cell()] * (left - len(cells))
                cells[left - 1] = Cell(down=True)
        yield cells
