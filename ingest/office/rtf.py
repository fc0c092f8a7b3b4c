"""RTF (Microsoft's specification 1.9.1), its words by striprtf: paragraphs, tables and footnotes."""

import re
from collections import Counter

from striprtf.striprtf import rtf_to_text

from winnow.ingest.markdown.blocks import Block, Cell, write, write_table

# Behind each cell striprtf writes this; a row of a table ends with it.
_CELL = "|"
_INFO = re.compile(r"\{\\(title|author|subject)\s+((?:[^{}\\]|\\'[0-9a-fA-F]{2}|\\u-?\d+\s?\??){1,2000})\}")
_TIME = re.compile(r"\{\\(creatim|revtim)\s*\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
_INFO_CHARS = 20_000
_PAGE = re.compile(r"\\ansicpg\d{1,5}")
_GROUP = re.compile(r"\{(?:\\\*)?(?:\\[a-z]{1,20}-?\d{0,9} ?){0,20}?\\(footnote|deleted|v)(?![a-z0-9]) ?")
_BRACE = re.compile(r"\\[{}\\]|[{}]")
_SWITCH = re.compile(r"\\[{}\\]|[{}\ue000]|\\(v|deleted|plain)(-?\d{1,9})?(?![a-zA-Z0-9]) ?")
_WORD = re.compile(
    r"\\\*|\\(?!u-?\d|(?:par|line|tab|page|sect)(?![a-z]))[a-z]{1,32}(?:-?\d{1,10})? ?", re.IGNORECASE
)
# What a note is held between, so that it is read with the code page and font of where it stands. No file can
# hold these as they are: its bytes are read as Latin-1.
_OPENS, _ENDS = "\ue000", "\ue001"
_NOTE = re.compile(f"{_OPENS}([^{_OPENS}{_ENDS}]*){_ENDS}")
_MARK = re.compile(r"\[\^\d+\]")
_UNSEEN = {"deleted": "deletions", "v": "hidden_runs"}
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
    """Properties, text and counts; deleted and hidden text, comments, headers and footers are left out."""
    source = data.decode("latin-1")
    counts = Counter({name: len(pattern.findall(source)) for name, pattern in _COUNTED.items()})
    kept = _drop_switched(_cut_groups(source, hidden, counts), hidden, counts)
    notes: dict[str, str] = {}
    said = _NOTE.sub(lambda note: _store_note(note[1], notes), rtf_to_text(kept, errors="replace"))
    lines = said.replace("\r", "").split("\n")
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


def _store_note(note: str, notes: dict[str, str]) -> str:
    """The mark of a note, which is held under it."""
    mark = f"[^{len(notes) + 1}]"
    notes[mark] = " ".join(note.split())
    return mark


def _cut_groups(source: str, hidden: bool, counts: Counter[str], inside: bool = False) -> str:
    """The source without groups of deleted and hidden text; footnotes as text, between their ends."""
    out: list[str] = []
    at = 0
    for opened in _GROUP.finditer(source):
        name = opened[1]
        if opened.start() < at or (name == "v" and hidden) or (name == "footnote" and inside):
            continue
        out.append(source[at : opened.start()])
        at = _find_end(source, opened.end())
        if name == "footnote":
            words = opened[0].removeprefix("{").removeprefix("\\*").replace("\\footnote", "").strip()
            note = _cut_groups(source[opened.end() : at].removesuffix("}"), hidden, counts, inside=True)
            out.append(f"{{{words}{_OPENS}{note}{_ENDS}}}")
        else:
            counts[_UNSEEN[name]] += 1
    return "".join(out) + source[at:]


def _drop_switched(source: str, hidden: bool, counts: Counter[str]) -> str:
    """The source without text that is deleted or hidden from a word (`\\v`) on to another (`\\v0`)."""
    out: list[str] = []
    around: list[frozenset[str]] = []
    off: frozenset[str] = frozenset()
    at = 0
    for switch in _SWITCH.finditer(source):
        if switch.start() < at:
            continue
        text = source[at : switch.start()]
        out.append("".join(_WORD.findall(text)) if off else text)
        at = switch.end()
        name = switch[1]
        if off and switch[0] == _OPENS:
            at = source.index(_ENDS, at) + 1
        elif not (off and switch[0].startswith("\\") and not name):
            out.append(switch[0])
        if switch[0] == "{":
            around.append(off)
        elif switch[0] == "}":
            off = around.pop() if around else off
        elif name == "plain" or (name and switch[2] == "0"):
            off = frozenset() if name == "plain" else off - {name}
        elif name and not (name == "v" and hidden):
            counts[_UNSEEN[name]] += not off
            off |= {name}
    return "".join(out) + source[at:]


def _find_end(source: str, at: int) -> int:
    """Behind the brace that closes the group in which `at` is."""
    depth = 1
    for brace in _BRACE.finditer(source, at):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth:
            return brace.end()
    return len(source)


def _read_properties(head: str) -> dict[str, str]:
    page = _PAGE.search(head)
    opens = f"{{\\rtf1{page[0] if page else ''} "
    found = {n: rtf_to_text(f"{opens}{text}}}", errors="replace").strip() for n, text in _INFO.findall(head)}
    for name, year, month, day in _TIME.findall(head):
        found[_TIMES[name]] = f"{year}-{int(month):02d}-{int(day):02d}"
    return found
