"""What a step's panel gives (`panels.of_steps`), as the template prints it: kinds are told apart, numbers
written as the report writes them. TypeError and ValueError say what is none of the kinds."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from winnow.pipelines.report.amounts import compact, count, duration, share, size
from winnow.pipelines.report.charts import draw_points

LONG = 32  # characters, from which on the strings of a column may be broken
WRITERS: dict[str, Callable[[float], str]] = {
    "count": count,
    "compact": compact,
    "size": size,
    "time": duration,
    "share": lambda value: share(value, 1),
    "brief": lambda value: _write_brief(value),
}
PICTURE = re.compile(r"data:image/jpeg;base64,[A-Za-z0-9+/]{1,400000}={0,2}")


def lay_out(show: Any) -> list[dict[str, Any]]:
    """Each block with its `kind`: paragraph, heading, text, table, points, sheet, list of what is opened."""
    if not isinstance(show, Sequence) or isinstance(show, str):
        raise TypeError("`show` is no list of blocks")
    return [_lay_out_block(block) for block in show]


def _lay_out_block(block: Any) -> dict[str, Any]:
    if isinstance(block, str | list):
        return {"kind": "paragraph", "text": write_sentence(block)}
    if not isinstance(block, Mapping):
        raise TypeError(f"{block!r:.80} is no block: a sentence or a table with one of the kinds")
    for kind in ("heading", "text"):
        if kind in block:
            return {"kind": kind, "text": str(block[kind])}
    if "rows" in block:
        return _lay_out_table(block)
    if "points" in block:
        return {"kind": "points", "svg": draw_points(**block)}
    if "sheet" in block:
        picture = block["sheet"].get("picture")
        if picture is not None and not PICTURE.fullmatch(picture):
            raise ValueError("a picture is an address of data: a JPEG in base64")
        about: dict[str, Any] = {"kind": "sheet", "why": "", "note": "", "texts": [], "picture": None}
        return {**about, **block["sheet"]}
    if "list" in block:
        inner = [{"note": "", "open": False} | one | {"show": lay_out(one["show"])} for one in block["list"]]
        return {"kind": "list", "list": inner}
    raise ValueError(f"{', '.join(map(str, block))}: a block has heading, text, rows, list, points or sheet")


def write_sentence(told: Any) -> str:
    """A sentence as it stands, or of pieces, of which some are cells."""
    return told if isinstance(told, str) else "".join(_lay_out_cell(piece)["text"] for piece in told)


def _lay_out_table(block: Mapping[str, Any]) -> dict[str, Any]:
    rows = [[_lay_out_cell(cell) for cell in row] for row in block["rows"]]
    head = [str(name) for name in block.get("head", ())]
    width = max([len(head), *(len(row) for row in rows)])
    if any(len(row) != width for row in rows) or (head and len(head) != width):
        raise ValueError(f"a table's rows are not of {width} cells each, as the longest is")
    for column in range(width):
        told = [row[column] for row in rows if row[column]["is_text"]]
        style = "" if not told else "text" if max(len(cell["text"]) for cell in told) > LONG else "left"
        for cell in told:
            cell["style"] = style
    sides = ["left" if any(row[column]["is_text"] for row in rows[:1]) else "" for column in range(width)]
    return {"kind": "table", "head": list(zip(head, sides, strict=False)), "rows": rows}


def _lay_out_cell(cell: Any) -> dict[str, Any]:
    """`text` of a cell, what stands `small` below it, its `heat` and the length of its `bar` (shares of 1),
    and whether it is `code`."""
    told = dict(cell) if isinstance(cell, Mapping) else {"value": cell}
    value = told.get("value")
    about = {name: told.get(name) for name in ("small", "code")}
    about |= {name: _clip(told[name]) if told.get(name) is not None else None for name in ("heat", "bar")}
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {
        **about,
        "text": _write(value, told.get("as")),
        "is_text": not is_number and value is not None,
        "style": "",
    }


def _write(value: Any, way: str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if not math.isfinite(value):
        return "-"
    if way is not None:
        return WRITERS[way](value)
    return count(value) if isinstance(value, int) else f"{value:.4g}"


def _write_brief(seconds: float) -> str:
    """2.3 s, 120 ms, 1.2 ms"""
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{1000 * seconds:.2g} ms" if seconds < 0.0995 else f"{1000 * seconds:.0f} ms"


def _clip(part: float) -> float:
    return min(max(float(part), 0.0), 1.0)
