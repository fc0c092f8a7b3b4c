"""The lines of a page as a browser lays them out without style sheets, and what must stand between them.

Chromium parses each page and gives the text of its lines and the block-level elements around each; it shares
no code with the extraction. The rules for blank lines are in `expect_blanks`; they were written before any
output was measured by them. What no rule here decides (lines parted by `div` alone, paragraphs in neighboring
items of a list, lines within cells) is not judged, but for two blank lines in a row, which are never right
outside code.
"""

import base64
import html
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

BATCH = 12  # pages a call of the browser
ITEMS, LISTS = {"LI", "DT", "DD"}, {"UL", "OL", "DL", "MENU", "DIR"}
HEADINGS = {"H1", "H2", "H3", "H4", "H5", "H6"}
CODE = {"PRE", "LISTING", "XMP"}
APART = {"P", "BLOCKQUOTE", "FIGURE", "HR", "TABLE"} | HEADINGS | CODE
CELLS = {"TD", "TH"}
_HIDDEN = str.maketrans("", "", "\u00ad\u200b\ufeff")

_WALK = Path(__file__).with_name("layout_truth.js").read_text(encoding="utf-8")
_STYLED = re.compile(r"<style\b.*?</style\s*>|<link\b[^>]*>|<base\b[^>]*>", re.IGNORECASE | re.DOTALL)


class Line(NamedTuple):
    """A line of a page: `forms` are the texts it may have in an output, without white space; `code` is its
    text with its indentation where it stands in a `pre`; `row` is its table row, where that is one line."""

    kind: str
    forms: tuple[str, ...]
    code: str | None
    path: tuple[tuple[int, str], ...]
    breaks: int
    item: dict[str, Any] | None
    row: int | None


def read_pages(pages: list[str], folder: Path) -> list[list[Line]]:
    """The lines of each page; needs chromium."""
    if not shutil.which("chromium"):
        raise SystemExit("no chromium here: apt-get install chromium")
    told: list[list[dict[str, Any]]] = []
    for first in range(0, len(pages), BATCH):
        told += _ask(pages[first : first + BATCH], folder / "asked.html")
    return [_shape(lines) for lines in told]


def _ask(pages: list[str], file: Path) -> list[list[dict[str, Any]]]:
    bare = json.dumps([_STYLED.sub("", page) for page in pages]).replace("<", "\\u003c")
    policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"
    file.write_text(
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<body><script id="pages" type="application/json">{bare}</script><script>{_WALK}</script></body>',
        "utf-8",
        "replace",
    )
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=120000"]
    blocked = "--host-resolver-rules=MAP * ~NOTFOUND"
    profile = f"--user-data-dir={file.parent.absolute()}/browser"
    done = subprocess.run(
        [*command, blocked, profile, "--dump-dom", f"file://{file.absolute()}"],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    found = re.search(r"TOLD([\w+/=]*)END", done.stdout)
    if not found:
        raise SystemExit(f"chromium told nothing of {file}: {done.stderr[-300:]}")
    return json.loads(base64.b64decode(found[1]))


def squeeze(text: str) -> str:
    """A text without white space, quotation marks and bars, which stand between cells."""
    return re.sub(r"[\s|\"]+", "", html.unescape(text).translate(_HIDDEN))


def _shape(told: list[dict[str, Any]]) -> list[Line]:
    """Lines with their kinds; lines of one row of a table of data become one."""
    nested = {ids[0] for line in told for ids in _tables(line)[:-1]}
    nested |= {ids[0] for line in told if len(_tables(line)) > 1 for ids in _tables(line)}
    rows: dict[int, list[dict[str, Any]]] = {}
    for line in told:
        if (row := _row_of(line)) is not None and _tables(line) and _tables(line)[-1][0] not in nested:
            rows.setdefault(row, []).append(line)
    data = {row for row, lines in rows.items() if _is_data(lines)}
    shaped: list[Line] = []
    for line in told:
        row = _row_of(line)
        if row not in data:
            whole = rows.pop(row, []) if row is not None else []
            shaped.append(_make(line, [line], None, whole))
        elif not shaped or shaped[-1].row != row:
            shaped.append(_make(line, rows[row], row))
    return shaped


def _tables(line: dict[str, Any]) -> list[tuple[int, str]]:
    return [tuple(each) for each in line["path"] if each[1] == "TABLE"]


def _row_of(line: dict[str, Any]) -> int | None:
    return next((each[0] for each in reversed(line["path"]) if each[1] == "TR"), None)


def _is_data(lines: list[dict[str, Any]]) -> bool:
    """Whether two or more cells have text, each of one block."""
    blocks: dict[int, set[int]] = {}
    for line in lines:
        tags = [tag for _, tag in line["path"]]
        cell = next((k for k in range(len(tags) - 1, -1, -1) if tags[k] in CELLS), None)
        if cell is None or set(tags[cell:]) & ({"PRE", "LI"} | HEADINGS):
            return False
        blocks.setdefault(line["path"][cell][0], set()).add(line["path"][-1][0])
    return len(blocks) > 1 and all(len(each) == 1 for each in blocks.values())


def _make(
    line: dict[str, Any], parts: list[dict[str, Any]], row: int | None, whole: Sequence[dict[str, Any]] = ()
) -> Line:
    """A line of these parts; `whole`: those of a row that begins with it, which may be one line too."""
    path = tuple((each[0], each[1]) for each in line["path"])
    tags = {tag for _, tag in path}
    code = tags & CODE and row is None
    kind = (
        "code" if code
        else "tables" if row is not None
        else "headings" if tags & HEADINGS
        else "lists" if tags & ITEMS
        else "paragraphs"
    )  # fmt: skip
    ways = [(name, each) for name in ("text", "bare") for each in (parts, whole)]
    texts = ["".join(part[name] for part in each) for name, each in ways]
    texts += ["".join(_mark(part) + part[name] for part in whole) for name in ("text", "bare")]
    forms = dict.fromkeys(squeeze(text) for text in texts)
    if row is not None:
        path = path[: 1 + next(k for k, each in enumerate(path) if each[0] == row)]
    verbatim = line["text"].translate(_HIDDEN).replace("\u00a0", " ").rstrip() if code else None
    item = None if row is not None else line["item"]
    return Line(kind, tuple(form for form in forms if form), verbatim, path, line["breaks"], item, row)


def _mark(line: dict[str, Any]) -> str:
    if not (item := line["item"]):
        return ""
    return "-" if item["number"] is None else f"{item['number']}."


def expect_blanks(a: Line, b: Line) -> int | None:
    """How many blank lines stand between a line and the next, or None where the page does not say."""
    common = 0
    while common < min(len(a.path), len(b.path)) and a.path[common][0] == b.path[common][0]:
        common += 1
    around = {tag for _, tag in a.path[:common]}
    crossed = {tag for _, tag in (*a.path[common:], *b.path[common:])}
    if not crossed:
        if a.code is not None:
            return b.breaks - 1
        return min(b.breaks, 2) - 1 if b.breaks else None
    if around & CELLS:
        return None
    if crossed & (ITEMS | {"TR"}):
        whole = around & (LISTS | {"TABLE"})
        if not whole:
            return 1
        return None if crossed & APART else 0
    if crossed & (APART | LISTS):
        return 1
    return None
