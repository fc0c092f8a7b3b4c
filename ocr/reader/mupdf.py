"""PDFs by MuPDF (PyMuPDF: AGPL or commercial)."""

import re
from collections.abc import Sequence
from math import hypot
from typing import Any

import pymupdf
from PIL import Image

from winnow.ocr.reader.bidi import RIGHT_TO_LEFT
from winnow.ocr.reader.mupdf_fonts import name_fonts
from winnow.ocr.reader.mupdf_lines import turn_lines
from winnow.ocr.reader.page import ENCRYPTED, MAX_RULINGS, NO_PAGE, Box, Placed, Unreadable
from winnow.ocr.reader.spaces import LETTER, lacks_spaces, space_lines

FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
DAMAGE = re.compile(r"^(?:\w+ error: |cannot |padding truncated ).*", re.M)
REFERENCE = re.compile(r"(\d+) 0 R")
WHITE = 0xFFFFFF
NOT_AS_READ = re.compile(f"{RIGHT_TO_LEFT.pattern}|{LETTER.pattern}")
UNKNOWN = "\ufffd"


def start() -> None:
    """Once a process: what MuPDF has to say is asked for, not printed."""
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)


def shrink() -> None:
    """Give back the memory of files that are closed."""
    pymupdf.TOOLS.store_shrink(100)


def open_document(path: str, passwords: Sequence[str] = ()) -> "Document":
    """The file, with the empty password where that opens it, else the first of `passwords` that does. Raises
    Unreadable, and what MuPDF raises."""
    document = pymupdf.open(path, filetype="pdf")
    if not document.is_pdf:  # MuPDF opens by content, whatever it is told
        raise Unreadable("not a PDF: fetch it again, or read it with the reader of its format")
    locked = bool(document.needs_pass)
    if locked and not any(document.authenticate(each) for each in passwords):
        raise Unreadable(ENCRYPTED)
    if not len(document):
        raise Unreadable(NO_PAGE)
    return Document(document, locked)


class Document:
    """See `ocr.reader.page:Document`."""

    def __init__(self, document: pymupdf.Document, unlocked: bool = False) -> None:
        self.document, self.unlocked = document, unlocked
        self.about: dict[str, str] = document.metadata or {}
        self.repaired = bool(document.is_repaired)

    def __len__(self) -> int:
        return len(self.document)

    def __getitem__(self, number: int) -> "Page":
        pymupdf.TOOLS.reset_mupdf_warnings()
        return Page(self.document[number])

    def close(self) -> None:
        self.document.close()

    def read_outline(self) -> list[tuple[int, str, int]]:
        return [(level, title, page - 1) for level, title, page in self.document.get_toc() if page > 0]

    def read_xmp(self) -> str:
        return self.document.get_xml_metadata() or ""

    @property
    def dynamic(self) -> bool:
        return bool(self.document.xref_get_key(self.document.pdf_catalog(), "NeedsRendering")[1] == "true")

    def list_packets(self) -> list[int]:
        return [int(number) for number in REFERENCE.findall(self._find_packets())]

    def read_packet(self, number: int) -> bytes:
        return self.document.xref_stream(number) or b""

    def _find_packets(self) -> str:
        """The references to the XML's pieces; one is a stream, or an array of its own."""
        kind, value = self.document.xref_get_key(self.document.pdf_catalog(), "AcroForm/XFA")
        found = REFERENCE.search(value) if kind == "xref" else None
        number = int(found[1]) if found else 0
        if kind == "xref" and not self.document.xref_is_stream(number):
            return str(self.document.xref_object(number))
        return str(value) if kind in ("xref", "array") else ""


class Page:
    """See `ocr.reader.page:Page`. `most_halvings`: MuPDF thins pictures out as it decodes them."""

    most_halvings = 6

    def __init__(self, page: pymupdf.Page) -> None:
        self.page = page
        self.number: int = page.number
        self.width, self.height = page.rect.width, page.rect.height
        # MuPDF draws a page as it is shown, and tells places of text as they were before it was turned.
        self.turned: pymupdf.Matrix | None = page.rotation_matrix if page.rotation else None

    def read_blocks(self) -> tuple[list[dict[str, Any]], list[list[float]]]:
        """Text and rulings in one pass of MuPDF.

        Asking for vectors in the same pass costs a tenth of a second pass over the drawings, but breaks a
        paragraph into two blocks where something is drawn within it (an underline, the frame of a word): such
        blocks are put together again. Curves, slanted lines and white boxes are no rulings; a page of more
        than `MAX_RULINGS` is a drawing and has none.
        """
        found = self._read_spans()
        blocks: list[dict[str, Any]] = []
        rulings: list[list[float]] = []
        drawn = False
        for block in found:
            if block["type"] == 3:
                drawn = True
                if block["isrect"] and (block["stroked"] or block["color"] != WHITE):
                    rulings.append([round(value, 1) for value in block["bbox"]])
            elif block["type"] == 0:
                if drawn and blocks and _is_continuation(blocks[-1], block):
                    blocks[-1]["lines"] += block["lines"]
                else:
                    blocks.append(block)
                drawn = False
        if self.turned is not None:
            _turn_blocks(blocks, self.turned)
            rulings = [[round(value, 1) for value in _turn(box, self.turned)] for box in rulings]
        return blocks, rulings if len(rulings) <= MAX_RULINGS else []

    def _read_spans(self) -> list[dict[str, Any]]:
        """The blocks; on pages that MuPDF does not read as they are read, from their characters."""
        flags = FLAGS | pymupdf.TEXT_COLLECT_VECTORS
        found: list[dict[str, Any]] = self.page.get_text("dict", flags=flags)["blocks"]
        spans = [span for block in found for line in block.get("lines", ()) for span in line["spans"]]
        text = "\n".join([span["text"] for span in spans if not span["text"].isascii()])
        if not NOT_AS_READ.search(text):
            return found
        if RIGHT_TO_LEFT.search(text):
            return turn_lines(self.page, flags)
        if lacks_spaces(text):
            found = self.page.get_text("rawdict", flags=flags)["blocks"]
            space_lines(found)
        return found

    def read_text(self) -> str:
        return str(self.page.get_text())

    def read_glyphs(self) -> list[dict[str, Any]]:
        """Asked twice where something has no Unicode: for which glyphs these are, and for their codes."""
        if self.turned is not None:
            return []
        flags = FLAGS | pymupdf.TEXT_ACCURATE_BBOXES
        found = self._read_characters(flags)
        unknown = [char for char in _list_characters(found) if char["c"] == UNKNOWN]
        if unknown:
            coded = self._read_characters(flags | pymupdf.TEXT_CID_FOR_UNKNOWN_UNICODE)
            codes = {(*char["bbox"], *char["origin"]): char["c"] for char in _list_characters(coded)}
            for char in unknown:
                if code := codes.get((*char["bbox"], *char["origin"])):
                    char |= {"c": code, "coded": True}
        return found

    def _read_characters(self, flags: int) -> list[dict[str, Any]]:
        """The blocks, their lines as high as their fonts: only characters are told by their ink."""
        blocks = self.page.get_text("rawdict", flags=flags)["blocks"]
        found = [block for block in blocks if block["type"] == 0]
        for block in found:
            for line in block["lines"]:
                x0, _, x1, _ = line["bbox"]
                high = [span["origin"][1] - span["ascender"] * span["size"] for span in line["spans"]]
                deep = [span["origin"][1] - span["descender"] * span["size"] for span in line["spans"]]
                line["bbox"] = (x0, min(high), x1, max(deep))
        return found

    def name_fonts(self, digests: dict[int, str]) -> dict[str, str]:
        return name_fonts(self.page, digests)

    def list_drawn(self) -> list[tuple[str, Box]]:
        drawn: list[tuple[str, Box]] = self.page.get_bboxlog()
        return drawn if self.turned is None else [(kind, _turn(box, self.turned)) for kind, box in drawn]

    def list_images(self) -> list[Placed]:
        return [
            Placed(image["width"], image["height"], hypot(a, b), hypot(c, d))
            for image in self.page.get_image_info()
            for a, b, c, d, *_ in [image["transform"]]
        ]

    def has_fields(self) -> bool:
        return bool(self.page.first_widget)

    def has_notes(self) -> bool:
        return bool(self.page.first_annot)

    def draw(self, scale: float, clip: Box | None = None, notes: bool = True) -> Image.Image:
        drawn = self.page.get_pixmap(
            matrix=pymupdf.Matrix(scale, scale),
            colorspace=pymupdf.csGRAY,
            clip=clip and pymupdf.Rect(clip),
            alpha=False,
            annots=notes,
        )
        size = (drawn.width, drawn.height)
        if not all(size):
            return Image.new("L", size)
        return Image.frombuffer("L", size, drawn.samples, "raw", "L", drawn.stride, 1)

    def find_damage(self) -> str:
        return find_damage(pymupdf.TOOLS.mupdf_warnings())


def _list_characters(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        char
        for block in blocks
        for line in block["lines"]
        for span in line["spans"]
        for char in span["chars"]
    ]


def find_damage(warnings: str) -> str:
    """The first of MuPDF's warnings that says that something of a page is lost, or ""."""
    found = DAMAGE.search(warnings)
    return found[0][:200] if found else ""


def _turn(box: Sequence[float], turned: pymupdf.Matrix) -> Box:
    x0, y0, x1, y1 = pymupdf.Rect(box) * turned
    return float(x0), float(y0), float(x1), float(y1)


def _turn_blocks(blocks: list[dict[str, Any]], turned: pymupdf.Matrix) -> None:
    """Places and directions as the page is shown."""
    for block in blocks:
        block["bbox"] = _turn(block["bbox"], turned)
        for line in block["lines"]:
            right, down = line["dir"]
            line["dir"] = (right * turned.a + down * turned.c, right * turned.b + down * turned.d)
            line["bbox"] = _turn(line["bbox"], turned)
            for span in line["spans"]:
                span["bbox"] = _turn(span["bbox"], turned)
                span["origin"] = tuple(pymupdf.Point(span["origin"]) * turned)


def _is_continuation(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether two blocks are one paragraph: the second at the same place, within the leading of the first."""
    if not before["lines"] or not after["lines"]:  # MuPDF gives such blocks too
        return False
    last, line = before["lines"][-1], after["lines"][0]
    if not last["spans"] or not line["spans"] or last["dir"] != line["dir"]:
        return False
    size = line["spans"][0]["size"]
    down = line["bbox"][1] - last["bbox"][3]
    level = min(line["bbox"][3], last["bbox"][3]) - max(line["bbox"][1], last["bbox"][1])
    if level > 0.5 * size:
        return bool(-1 < line["bbox"][0] - last["bbox"][2] < 0.8 * size)
    same_font = abs(size - last["spans"][-1]["size"]) < 0.2
    left = min(other["bbox"][0] for other in before["lines"])
    return bool(same_font and -0.5 * size < down < 0.35 * size and abs(line["bbox"][0] - left) < 0.5 * size)
