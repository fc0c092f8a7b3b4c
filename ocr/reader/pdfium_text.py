"""The text of a page as PDFium has it, put together as blocks, lines and spans.

PDFium gives single characters in reading order, each by calls of its own. Asking for all of each would take
longer than PDFium itself does: only the first and the last of each word are asked for their places, and
what a run of text shares (font, size, direction) is asked for once. Lines and blocks are told apart by the
rules that MuPDF has, since the layout is made for those.
"""

import ctypes
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import repeat
from math import hypot, sqrt
from typing import Any

import pypdfium2
import pypdfium2.raw as c

from winnow.ocr.reader.page import MONOSPACED, PAINTED, RAISED
from winnow.ocr.reader.pdfium_calls import (
    AT,
    INT,
    declare,
    find_box,
    find_font,
    find_matrix,
    find_mode,
    find_object,
    find_origin,
    find_size,
    is_generated,
    is_unmapped,
)
from winnow.ocr.reader.pdfium_drawn import Frame
from winnow.ocr.reader.pdfium_fonts import read_font
from winnow.ocr.reader.pdfium_pieces import (
    UPRIGHT,
    Font,
    Piece,
    Style,
    are_alike,
    is_block_start,
    is_continuation,
    measure_advance,
    place,
    turn,
    turn_back,
)
from winnow.ocr.reader.spaces import ALL_SPACED, SPACED, lacks_spaces

WORD = re.compile(r"[^ \r\n\t]+")
UNSEEN = (c.FPDF_TEXTRENDERMODE_INVISIBLE, c.FPDF_TEXTRENDERMODE_CLIP)
LINE_END = "\ufffe"  # in place of a hyphen there
NARROW = 0.1  # ems: no space, whatever PDFium makes of it; what is wider is one
RISE = 0.1  # ems


class TextPage:
    """A page's characters. Raises ValueError where PDFium gives none."""

    def __init__(self, page: pypdfium2.PdfTextPage, frame: Frame, width: float, height: float) -> None:
        self.page, self.frame, self.size = page, frame, (width, height)
        self.at: int = ctypes.cast(page.raw, ctypes.c_void_p).value or 0
        self.box = (ctypes.c_float * 4)()
        self.box_at = ctypes.addressof(self.box)
        self.fonts: dict[int, Font] = {}
        self.known: dict[int, set[str]] = {}
        self.broken: set[int] = set()
        self.styles: dict[int, Style] = {}
        self.text = _read_characters(page).replace(LINE_END, "-").replace("\x02", "-")

    def read(self) -> str:
        """All characters, hyphens of line ends as such, and those that no map knows as U+FFFD."""
        blocks = self.read_blocks()
        lines = [
            "".join(span["text"] for span in line["spans"]) for block in blocks for line in block["lines"]
        ]
        return "\n".join(lines)

    def name_fonts(self) -> dict[str, str]:
        """For each name of a font: what tells its fonts apart."""
        found: dict[str, set[str]] = {}
        for font in self.fonts.values():
            found.setdefault(font.name, set()).add(font.digest)
        return {name: " ".join(sorted(some)) for name, some in found.items()}

    def read_blocks(self) -> list[dict[str, Any]]:
        """The blocks as `ocr.reader.page` says."""
        lines: list[list[Piece]] = []
        for piece in self._list_pieces():
            if lines and is_continuation(lines[-1][-1], piece):
                lines[-1].append(piece)
            else:
                lines.append([piece])
        blocks: list[dict[str, Any]] = []
        before: list[Piece] = []
        for line in turn_back(lines):
            if not before or is_block_start(before, line[0]):
                blocks.append({"type": 0, "lines": []})
            self._close(blocks, line)
            before = line
        return [block for block in blocks if block["lines"]]

    def _list_pieces(self) -> Iterator[Piece]:
        """Words, those of a run with spaces of its own between them together."""
        text, at = self.text, self.at
        words = [(found.start(), found.end()) for found in WORD.finditer(text)]
        runs = list(map(find_object, repeat(at), [first for first, _ in words]))
        parts = list(self._split_words(words, runs))
        index = 0
        while index < len(parts):
            first, end, run = parts[index]
            index += 1
            style = self._find_style(first, run)
            if not style.font.flags & MONOSPACED:
                while (
                    index < len(parts)
                    and parts[index][2] == run
                    and parts[index][0] == end + 1
                    and not is_generated(at, end)
                ):
                    end = parts[index][1]
                    index += 1
            piece = self._measure(first, end, style)
            yield self._indent(piece) if style.font.flags & MONOSPACED else piece

    def _split_words(
        self, words: Sequence[tuple[int, int]], runs: Sequence[int | None]
    ) -> Iterator[tuple[int, int, int]]:
        """First and last character and run of what lies in one run."""
        for index, (first, end) in enumerate(words):
            run = runs[index] or 0
            # Runs are whole: where the next word is of the same one, so is all of this.
            if end - first == 1 or (index + 1 < len(runs) and runs[index + 1] == run):
                yield first, end, run
                continue
            while True:
                change = self._find_change(first, end, run)
                yield first, change, run
                if change == end:
                    break
                first, run = change, find_object(self.at, change) or 0

    def _find_change(self, first: int, end: int, run: int) -> int:
        """Where in a word another run begins, or its end."""
        if (find_object(self.at, end - 1) or 0) == run:
            return end
        low, high = first, end - 1
        while high - low > 1:
            middle = (low + high) // 2
            if (find_object(self.at, middle) or 0) == run:
                low = middle
            else:
                high = middle
        return high

    def _find_style(self, first: int, run: int) -> Style:
        style = self.styles.get(run)
        if style is None:
            style = self._read_style(first, run)
            if run:  # 0 is what PDFium put in for something else
                self.styles[run] = style
        return style

    def _read_style(self, first: int, run: int) -> Style:
        handle = (find_font(run) or 0) if run else 0
        if handle not in self.fonts:
            self.fonts[handle] = read_font(handle)
        own = c.FS_MATRIX()
        find_matrix(self.at, first, ctypes.addressof(own))
        x, y = ctypes.c_double(), ctypes.c_double()
        find_origin(self.at, first, ctypes.addressof(x), ctypes.addressof(y))
        a, b, d, e, u, v = self.frame.matrix
        across, along = own.a * a + own.b * d, own.a * b + own.b * e
        length = hypot(across, along) or 1.0
        direction = (across / length, along / length)
        grown = sqrt(abs(own.a * own.d - own.b * own.c)) or length
        place = x.value * a + y.value * d + u, x.value * b + y.value * e + v
        up = place[0] * direction[1] - place[1] * direction[0]
        hidden = bool(run) and find_mode(run) in UNSEEN
        return Style(self.fonts[handle], handle, grown * find_size(self.at, first), direction, up, hidden)

    def _measure(self, first: int, end: int, style: Style) -> Piece:
        box, (right, down) = self.box, style.direction
        a, b, d, e, u, v = self.frame.matrix
        if right == 1.0 and a == 1.0:  # as nearly all text is
            find_box(self.at, first, self.box_at)
            left, top, far, low = box
            if end - first > 1:
                find_box(self.at, end - 1, self.box_at)
                far = box[2]
            return Piece(first, end, style, left + u, far + u, low - v, top - v)
        corners = []
        for index in (first, end - 1) if end - first > 1 else (first,):
            find_box(self.at, index, self.box_at)
            left, top, far, low = box
            corners += [
                (left * a + top * d + u, left * b + top * e + v),
                (far * a + low * d + u, far * b + low * e + v),
            ]
        along = [x * right + y * down for x, y in corners]
        across = [x * down - y * right for x, y in corners]
        return Piece(first, end, style, min(along), max(along), min(across), max(across))

    def _close(self, blocks: list[dict[str, Any]], pieces: list[Piece]) -> None:
        """Write the pieces of a line as its spans, where they lie on the page."""
        direction = pieces[0].style.direction
        box = turn(pieces, direction)
        width, height = self.size
        if box[2] <= 0 or box[3] <= 0 or box[0] >= width or box[1] >= height:
            return
        spans = []
        for group, text in self._group(pieces):
            style = group[0].style
            rise = style.up - pieces[0].style.up > RISE * style.size and direction[0] > UPRIGHT
            near, up = group[0].near, style.up
            spans.append(
                {
                    "text": text,
                    "font": style.font.name,
                    "size": style.size,
                    "flags": style.font.flags | (RAISED if rise else 0),
                    "char_flags": 0 if style.hidden else PAINTED,
                    "bbox": turn(group, direction),
                    "origin": place(near, up, direction),
                }
            )
        blocks[-1]["lines"].append({"spans": spans, "dir": direction, "bbox": box})

    def _group(self, pieces: Sequence[Piece]) -> Iterator[tuple[list[Piece], str]]:
        """Pieces of one font, size and baseline together, with their text and the spaces before the next."""
        group: list[Piece] = []
        texts: list[str] = []
        for piece in pieces:
            if group:
                texts.append(self._space(group[-1], piece))
                if not are_alike(group[-1].style, piece.style):
                    yield group, "".join(texts)
                    group, texts = [], []
            group.append(piece)
            texts.append(self._read_piece(piece))
        yield group, "".join(texts)

    def _read_piece(self, piece: Piece) -> str:
        """Its text; what no map knows is U+FFFD. Each character of a font is asked for once; of a font
        with unknown ones, all are."""
        text, handle = self.text[piece.first : piece.end], piece.style.handle
        known = self.known.setdefault(handle, set())
        if not known.issuperset(text):
            for letter in set(text) - known:
                known.add(letter)
                if is_unmapped(self.at, self.text.index(letter, piece.first)):
                    self.broken.add(handle)
        if handle in self.broken:
            indices = range(piece.first, piece.end)
            errors = map(is_unmapped, repeat(self.at), indices)
            text = "".join("\ufffd" if wrong else letter for letter, wrong in zip(text, errors, strict=True))
        return " " * piece.indent + text

    @cached_property
    def _spaced(self) -> re.Pattern[str]:
        """The letters behind which a gap is a space."""
        lacking = lacks_spaces(self.text, lambda index: not is_generated(self.at, index))
        return ALL_SPACED if lacking else SPACED

    def _space(self, before: Piece, after: Piece) -> str:
        """What stands between two pieces: PDFium makes one space of several, which matters in code."""
        gap = (after.near - before.far) / (after.style.size or 1.0)
        close = gap < NARROW or not self._spaced.match(self.text, before.end - 1)
        if close and (after.first == before.end or is_generated(self.at, before.end)):
            return ""
        if not before.style.font.flags & MONOSPACED:
            return " "
        return " " * max(round((after.near - before.far) / measure_advance(before)), 1)

    def _indent(self, piece: Piece) -> Piece:
        """The piece with the spaces before it, where a line of code begins with it."""
        first, text = piece.first, self.text
        if not first or text[first - 1] != " " or (first > 1 and text[first - 2] not in "\r\n"):
            return piece
        if is_generated(self.at, first - 1):
            return piece
        near = self._measure(first - 1, first, piece.style).near
        return piece._replace(near=near, indent=round((piece.near - near) / measure_advance(piece)))


def _read_characters(page: pypdfium2.PdfTextPage) -> str:
    """One for each that PDFium counts."""
    count = c.FPDFText_CountChars(page)
    if count < 0:
        raise ValueError("PDFium finds no characters")
    units = (ctypes.c_ushort * (count + 1))()
    got = c.FPDFText_GetText(page, 0, count, units)
    text = bytes(units)[: 2 * max(got - 1, 0)].decode("utf-16-le", "replace")
    if len(text) == count:
        return text
    # Control characters are left out there, and those beyond the first plane take two units.
    codes = map(declare(c.FPDFText_GetUnicode, ctypes.c_uint, AT, INT), repeat(page.raw), range(count))
    return "".join(chr(code) if 0 < code < 0x110000 else "\ufffd" for code in codes)
