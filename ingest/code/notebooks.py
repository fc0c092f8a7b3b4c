"""Jupyter notebooks as text: prose as it stands, code in fences, outputs told apart (nbformat 3 and 4)."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

MAX_OUTPUT_CHARS = 100_000  # of a notebook, that are kept; a plot is megabytes of base64
_FENCE = re.compile(r"^[ ]{0,3}(`{3,})", re.MULTILINE)
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Notebook(NamedTuple):
    """The cells as one text, the outputs that are text, and what is told about both."""

    text: str
    outputs: str
    about: dict[str, Any]


def read_notebook(text: str) -> Notebook:
    """Read a notebook; raises ValueError where it is none.

    Between cells stands a blank line. Raw cells are left out. Of outputs, streams, plain text and the last
    line of a traceback are text; pictures, HTML and widgets are counted alone.
    """
    try:
        book = json.loads(text)
    except RecursionError:
        raise ValueError("invalid JSON: nested too deep") from None
    if not isinstance(book, dict):
        raise ValueError(f"a JSON {type(book).__name__}, not a notebook")
    cells = list(_list_cells(book))
    language = _detect_language(book)
    parts, outputs, count = [], [], 0
    for cell in cells:
        source = _join(cell.get("source", cell.get("input", "")))
        kind = cell.get("cell_type")
        if kind in ("markdown", "heading") and source.strip():
            level = cell.get("level")
            parts.append(
                f"{'#' * level} {source}" if kind == "heading" and isinstance(level, int) else source
            )
        elif kind == "code" and source.strip():
            parts.append(_fence(source, language))
        if kind == "code" and isinstance(cell.get("outputs"), list):
            count += len(cell["outputs"])
            outputs += [words for each in cell["outputs"] if (words := _read_output(each)).strip()]
    kept = "\n\n".join(outputs)
    about = {"cells": len(cells), "language": language, "outputs": count, "output_chars": len(kept)}
    return Notebook("\n\n".join(parts), kept[:MAX_OUTPUT_CHARS], {k: v for k, v in about.items() if v})


def _list_cells(book: dict[str, Any]) -> Iterator[dict[str, Any]]:
    sheets = book.get("worksheets")
    tables = sheets if isinstance(sheets, list) else [book]
    found = [sheet.get("cells") for sheet in tables if isinstance(sheet, dict)]
    if not any(isinstance(cells, list) for cells in found):
        raise ValueError("JSON without cells, not a notebook")
    for cells in found:
        yield from (cell for cell in cells or () if isinstance(cell, dict))


def _detect_language(book: dict[str, Any]) -> str:
    notes = book.get("metadata")
    for place, name in (("language_info", "name"), ("kernelspec", "language")):
        about = notes.get(place) if isinstance(notes, dict) else None
        if isinstance(about, dict) and isinstance(about.get(name), str):
            return re.sub(r"[^\w+#.-]", "", str(about[name]))[:40].lower()
    return "python" if "worksheets" in book else ""


def _join(source: Any) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")


def _fence(source: str, language: str) -> str:
    """A cell of code between fences that are longer than any in it."""
    longest = max((len(match[1]) for match in _FENCE.finditer(source)), default=2)
    mark = "`" * max(3, longest + 1)
    return f"{mark}{language}\n{source}{'' if source.endswith(chr(10)) else chr(10)}{mark}"


def _read_output(output: Any) -> str:
    if not isinstance(output, dict):
        return ""
    if output.get("output_type") in ("error", "pyerr"):
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    data = output.get("data")
    words = data.get("text/plain", "") if isinstance(data, dict) else output.get("text", "")
    return _ESCAPES.sub("", _join(words))
