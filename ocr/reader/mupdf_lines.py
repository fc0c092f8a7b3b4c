"""Lines from right to left, of the glyphs that MuPDF finds on a page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category, normalize

import pymupdf

from winnow.ocr.reader.bidi import MIRRORS, RIGHT_TO_LEFT, Glyph, fold, is_base, put_in_order

DRAWN = pymupdf.TEXT_IGNORE_ACTUALTEXT | pymupdf.TEXT_PRESERVE_LIGATURES
# LibreOffice maps a letter's glyph to its marks too, wherever else it stands, and those of marks to nothing.
OFFICE = re.compile(r"(?:Libre|Open)Office")
LETTER = re.compile(r"([\u05d0-\u05ea\u0600-\u08ff])[\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]+")
UNKNOWN, FILLER, LAM, ALEF = "\ufffd", "\0", "\u0644", "\u0627"
NARROW = 0.01  # points: no width
REACH = 0.3  # ems that a mark may stand beside its letter
CELL = 2.0  # ems between cells of a table
Blocks = list[dict[str, Any]]


@dataclass(slots=True)
class Drawn:
    """A glyph as it is drawn: the first letter that it is mapped to, and all that it says."""

    letter: str
    text: str
    origin: tuple[float, float]
    near: float
    far: float
    size: float

    @property
    def narrow(self) -> bool:
        return self.far - self.near < NARROW


def turn_lines(page: pymupdf.Page, flags: int) -> Blocks:
    """The blocks with pieces of a line put together, and with their text as it is read."""
    blocks: Blocks = page.get_text("rawdict", flags=flags | DRAWN)["blocks"]
    texts = _read_glyphs(page, flags, blocks)
    base = is_base("".join(char["c"] for char in _list_chars(blocks)))
    for block in blocks:
        lines: Blocks = []
        for line in block.get("lines", ()):
            if lines and _is_level(lines[-1], line):
                lines[-1]["spans"] += line["spans"]
                (a, b, c, d), (e, f, g, h) = lines[-1]["bbox"], line["bbox"]
                lines[-1]["bbox"] = (min(a, e), min(b, f), max(c, g), max(d, h))
            else:
                lines.append(line)
        for line in lines:
            spans = line["spans"]
            for span in spans:
                span["text"] = "".join(char["c"] for char in span["chars"])
            if line["dir"] == (1.0, 0.0) and any(RIGHT_TO_LEFT.search(span["text"]) for span in spans):
                pieces = put_in_order(list(_list_glyphs(spans, texts)), base)
                line["spans"] = [{**spans[index], "text": text} for text, index in pieces]
        if "lines" in block:
            block["lines"] = lines
    return blocks


def _list_chars(blocks: Blocks) -> Iterator[dict[str, Any]]:
    for block in blocks:
        for line in block.get("lines", ()):
            for span in line["spans"]:
                yield from (char for char in span["chars"] if not char["synthetic"])


def _is_level(last: dict[str, Any], line: dict[str, Any]) -> bool:
    """Whether two lines are pieces of one: MuPDF ends a line where the pen goes back."""
    if not last["spans"] or not line["spans"] or last["dir"] != line["dir"]:
        return False
    size = line["spans"][0]["size"]
    gap = max(line["bbox"][0] - last["bbox"][2], last["bbox"][0] - line["bbox"][2])
    rise = abs(last["spans"][-1]["origin"][1] - line["spans"][0]["origin"][1])
    return bool(rise < 0.2 * size and gap < CELL * size)


def _list_glyphs(spans: Sequence[dict[str, Any]], texts: dict[Any, str]) -> Iterator[Glyph]:
    """What is not in `texts` and has no width is a letter of the glyph before it."""
    for index, span in enumerate(spans):
        for char in span["chars"]:
            near, _, far, _ = char["bbox"]
            narrow = far - near < NARROW
            text = fold(texts.get((char["c"], char["origin"], narrow), "" if narrow else char["c"]))
            if text and not char["synthetic"]:
                yield Glyph(text, near, far, span["size"], index)


def _read_glyphs(page: pymupdf.Page, flags: int, blocks: Blocks) -> dict[Any, str]:
    """What each glyph says, by its first letter, origin and whether it has no width: ligatures in logical
    order, and with the marks that stand on them, which MuPDF moves to other glyphs."""
    office = OFFICE.search((page.parent.metadata or {}).get("producer") or "") is not None
    told: dict[Any, str] = {}
    for char in _list_chars(page.get_text("rawdict", flags=flags)["blocks"]):
        told[char["origin"]] = told.get(char["origin"], "") + char["c"]
    ends: dict[Any, float] = {}
    for char in _list_chars(blocks):
        key = (char["c"], char["origin"])
        ends[key] = max(char["bbox"][2], ends.get(key, 0.0))
    glyphs: list[Drawn] = []
    for span in page.get_texttrace():
        for code, number, origin, (near, _, far, _) in span["chars"]:
            far = ends.get((chr(code), origin), far)  # the trace has the font's widths, not the file's
            if number >= 0 or not glyphs:
                glyphs.append(Drawn(chr(code), "", origin, near, far, span["size"]))
            glyphs[-1].text += chr(code)
    for glyph, after in zip(glyphs, [*glyphs[1:], None], strict=False):
        glyph.text = _read(glyph, after, told, office)
    for at, glyph in enumerate(glyphs):
        if glyph.text and all(map(_is_mark, glyph.text)):
            _put_on(glyphs, at)
    return {(glyph.letter, glyph.origin, glyph.narrow): glyph.text for glyph in glyphs}


def _read(glyph: Drawn, after: Drawn | None, told: dict[Any, str], office: bool) -> str:
    """What one glyph says, or where it has no map, the marks that the maker told of it (ActualText)."""
    letter, near, here = glyph.letter, glyph.near, told.get(glyph.origin, "")
    same = letter != UNKNOWN and (letter in here or letter.translate(MIRRORS) in here)
    if same or RIGHT_TO_LEFT.match(letter) or letter.isspace():
        return LETTER.sub(_keep_composed, glyph.text) if office else glyph.text
    if after and after.near - NARROW < near < after.far:
        here += told.get(after.origin, "")
        if letter == UNKNOWN and glyph.narrow and near - after.near < NARROW and fold(after.letter) == LAM:
            return ALEF  # of lam-alef, in two glyphs
    marks = "".join(dict.fromkeys(filter(_is_mark, normalize("NFD", here))))
    return marks or ("" if glyph.narrow else FILLER if office else glyph.text)


def _put_on(glyphs: Sequence[Drawn], at: int) -> None:
    """Give a mark to the glyph that it stands on: drawn from left to right, rather the next than the last."""
    mark = glyphs[at]
    found: list[tuple[float, Drawn]] = []
    for others in (glyphs[at + 1 : at + 4], glyphs[max(at - 3, 0) : at][::-1]):
        for other in others:
            if other.text.strip() and not _is_mark(other.text[0]):
                if abs(other.origin[1] - mark.origin[1]) < mark.size:
                    found.append((max(other.near - mark.far, mark.near - other.far, 0.0), other))
                break
    if len(found) == 2:
        (away, after), (_, before) = found
        rightward = after.near > before.near
        found = [(away - REACH * mark.size * (1 if rightward else -1), after), found[1]]
    away, base = min(found, key=lambda pair: pair[0], default=(mark.size, mark))
    if away < mark.size:
        base.text += mark.text
        mark.text = ""


def _keep_composed(found: re.Match[str]) -> str:
    composed = normalize("NFC", found[0])
    return composed if len(composed) == 1 else found[1]


def _is_mark(letter: str) -> bool:
    return category(letter) in ("Mn", "Cf")
