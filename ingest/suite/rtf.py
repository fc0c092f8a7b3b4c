"""RTF (Microsoft's specification 1.9.1), its words by striprtf: paragraphs, tables and footnotes."""

import re
from collections import Counter

from striprtf.striprtf import rtf_to_text

from ingest.suite.markdown import Block, Cell, write, write_table

# Behind each cell striprtf writes this; a row of a table ends with it.
_CELL = "|"
_INFO = re.compile(r"\{\\(title|author|subject)\s+((?:[^{}\\]|\\'[0-9a-fA-F]{2}|\\u-?\d+\s?\??){1,2000})\}")
_TIME = re.compile(r"\{\\(creatim|revtim)\s*\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
_INFO_CHARS = 20_000
_GROUP = re.compile(r"\{(?:\\\*)?(?:\\[a-z]{1,20}-?\d{0,9} ?){0,20}?\\(footnote|deleted|v)(?![a-z0-9]) ?")
_BRACE = re.compile(r"\\[{}\\]|[{}]")
_MARK = re.compile(r"\[\^\d+\]")
_TIMES = {"creatim": "created", "revtim": "modified"}
_COUNTED = {
    "footnotes": re.compile(r"\\footnote\b"),
    "headers": re.compile(r"\\header[lrf]?\b"),
    "footers": re.compile(r"\\footer[lrf]?\b"),
    "comments": re.compile(r"\\annotation\b"),
    "pictures": re.compile(r"\\pict\b"),
    "insertions": re.compile(r"\\revised\b(?!0)"),
}


def read(data: bytes, *, hidden: bool) -> tuple[dict[str, str], str, Counter[str]]:
    """Properties, text and counts; deleted text, comments, headers and footers are left out of the text."""
    source = data.decode("latin-1")
    counts = Counter({name: len(pattern.findall(source)) for name, pattern in _COUNTED.items()})
    kept, notes = _cut_groups(source, hidden, counts)
    lines = rtf_to_text(kept, errors="replace").replace("\r", "").split("\n")
    blocks: list[Block] = []
    rows: list[list[Cell]] = []
    for line in [*lines, ""]:
        if line.rstrip().endswith(_CELL) and line.count(_CELL) > 1:
            rows.append([Cell(text) for text in line.rstrip()[:-1].split(_CELL)])
            continue
        if rows:
            blocks.append(Block(write_table(rows)))
            counts["tables"] += 1
            rows = []
        blocks.append(Block(line))
        blocks += [
            Block(f"{mark}: {notes.pop(mark)}", tight=True) for mark in _MARK.findall(line) if mark in notes
        ]
    return _read_properties(source[:_INFO_CHARS]), write(blocks), counts


def _cut_groups(source: str, hidden: bool, counts: Counter[str]) -> tuple[str, dict[str, str]]:
    """The source without groups of deleted and hidden text, a mark for each footnote; and these by mark."""
    out: list[str] = []
    notes: dict[str, str] = {}
    at = 0
    for opened in _GROUP.finditer(source):
        if opened.start() < at or (opened[1] == "v" and hidden):
            continue
        out.append(source[at : opened.start()])
        at = _find_end(source, opened.end())
        if opened[1] == "footnote":
            mark = f"[^{len(notes) + 1}]"
            notes[mark] = " ".join(
                rtf_to_text(f"{{\\rtf1 {source[opened.end() : at]}", errors="replace").split()
            )
            out.append(mark)
        else:
            counts["deletions" if opened[1] == "deleted" else "hidden_runs"] += 1
    return "".join(out) + source[at:], notes


def _find_end(source: str, at: int) -> int:
    """Behind the brace that closes the group in which `at` is."""
    depth = 1
    for brace in _BRACE.finditer(source, at):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth:
            return brace.end()
    return len(source)


def _read_properties(head: str) -> dict[str, str]:
    found = {name: rtf_to_text(f"{{\\rtf1 {text}}}").strip() for name, text in _INFO.findall(head)}
    for name, year, month, day in _TIME.findall(head):
        found[_TIMES[name]] = f"{year}-{int(month):02d}-{int(day):02d}"
    return found
