"""PDFs by PDFium (pypdfium2: Apache-2.0 or BSD-3-Clause), where no code under the AGPL may be used.

What MuPDF gives and PDFium does not: it names no damage within a page, so a page that is empty because it is
damaged counts as blank; it gives no font's map of characters, so fonts of one name are told apart by their
programs' lengths alone; XMP is found only where one packet is stored as it is, not packed or encrypted;
pictures are decoded whole, however small they are drawn; the user unit of a page is not known. Where memory
runs out PDFium ends the process: that costs a page, as a crash does.
"""

import ctypes
import mmap
from collections.abc import Sequence
from functools import cached_property
from math import ceil, floor, hypot
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as c
from PIL import Image

from winnow.ocr.reader.page import ENCRYPTED, UNREADABLE, Box, Placed, Unreadable
from winnow.ocr.reader.pdfium_drawn import Frame, PageObject, list_rulings, list_things
from winnow.ocr.reader.pdfium_text import TextPage

KINDS = {
    c.FPDF_PAGEOBJ_TEXT: "fill-text",
    c.FPDF_PAGEOBJ_IMAGE: "fill-image",
    c.FPDF_PAGEOBJ_SHADING: "fill-shade",
}
PACKET, PACKET_END = b"<?xpacket begin", b"<?xpacket end"
ABOUT = {"title": "Title", "author": "Author", "creationDate": "CreationDate", "producer": "Producer"}
LINKS = (c.FPDF_ANNOT_LINK, c.FPDF_ANNOT_POPUP, c.FPDF_ANNOT_WIDGET)
WHY = {
    c.FPDF_ERR_FILE: "it cannot be opened",
    c.FPDF_ERR_SECURITY: "encrypted in a way that PDFium does not know",
}
EDGE = 0.001  # of a pixel that a page may reach into


def start() -> None:
    """Once a process: PDFium prints nothing."""


def shrink() -> None:
    """PDFium keeps nothing of files that are closed."""


def open_document(path: str, passwords: Sequence[str] = ()) -> "Document":
    """The file, with the empty password where that opens it, else the first of `passwords` that does. Raises
    Unreadable."""
    for password in (None, *passwords):
        try:
            document = pypdfium2.PdfDocument(Path(path).absolute(), password=password)
        except pypdfium2.PdfiumError as error:
            if error.err_code != c.FPDF_ERR_PASSWORD:
                raise Unreadable(UNREADABLE.format(WHY.get(error.err_code, "no PDF, or damaged"))) from None
        else:
            return Document(document, path, password is not None)
    raise Unreadable(ENCRYPTED)


class Document:
    """See `ocr.reader.page:Document`."""

    def __init__(self, document: pypdfium2.PdfDocument, path: str, unlocked: bool = False) -> None:
        self.document, self.path, self.unlocked = document, path, unlocked
        self.about = {name: document.get_metadata_value(key) for name, key in ABOUT.items()}
        self.repaired = not c.FPDF_DocumentHasValidCrossReferenceTable(document)
        self.dynamic = document.get_formtype() == c.FORMTYPE_XFA_FULL

    def __len__(self) -> int:
        return len(self.document)

    def __getitem__(self, number: int) -> "Page":
        return Page(self.document[number], number)

    def close(self) -> None:
        self.document.close()

    def read_outline(self) -> list[tuple[int, str, int]]:
        found = []
        for mark in self.document.get_toc():
            place = mark.get_dest()
            page = place.get_index() if place else None
            if page is not None and page >= 0:
                found.append((mark.level + 1, mark.get_title(), page))
        return found

    def read_xmp(self) -> str:
        """The packet that stands in the file as it is; "" where there are several, of pictures as well."""
        with Path(self.path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
            begin = body.find(PACKET)
            end = body.find(PACKET_END, begin)
            if begin < 0 or end < 0 or body.find(PACKET, end) >= 0:
                return ""
            return body[begin:end].decode("utf-8", "replace")

    def list_packets(self) -> range:
        return range(max(c.FPDF_GetXFAPacketCount(self.document), 0))

    def read_packet(self, number: int) -> bytes:
        length = ctypes.c_ulong()
        c.FPDF_GetXFAPacketContent(self.document, number, None, 0, length)
        packet = ctypes.create_string_buffer(length.value)
        c.FPDF_GetXFAPacketContent(self.document, number, packet, length.value, length)
        return packet.raw


class Page:
    """See `ocr.reader.page:Page`."""

    most_halvings = 0

    def __init__(self, page: pypdfium2.PdfPage, number: int) -> None:
        self.page, self.number = page, number
        self.width, self.height = page.get_width(), page.get_height()
        self.frame = Frame.of(page)

    @cached_property
    def text(self) -> TextPage:
        return TextPage(self.page.get_textpage(), self.frame, self.width, self.height)

    @cached_property
    def objects(self) -> list[PageObject]:
        return list_things(self.page)

    def read_blocks(self) -> tuple[list[dict[str, Any]], list[list[float]]]:
        return self.text.read_blocks(), list_rulings(self.objects, self.frame)

    def read_text(self) -> str:
        return self.text.read()

    def read_glyphs(self) -> list[dict[str, Any]]:
        return []  # it tells no codes of what has no Unicode

    def name_fonts(self, digests: dict[int, str]) -> dict[str, str]:
        """By their programs' lengths, which are at hand on each page: `digests` is not needed."""
        return self.text.name_fonts()

    def list_drawn(self) -> list[tuple[str, Box]]:
        return [
            (KINDS.get(drawn.kind) or drawn.name_path(), drawn.find_box(self.frame)) for drawn in self.objects
        ]

    def list_images(self) -> list[Placed]:
        return [
            Placed(*drawn.measure_pixels(), hypot(*drawn.matrix[:2]), hypot(*drawn.matrix[2:4]))
            for drawn in self.objects
            if drawn.kind == c.FPDF_PAGEOBJ_IMAGE
        ]

    def has_fields(self) -> bool:
        return c.FPDF_ANNOT_WIDGET in self._list_notes()

    def has_notes(self) -> bool:
        return any(kind not in LINKS for kind in self._list_notes())

    def _list_notes(self) -> list[int]:
        kinds = []
        for index in range(c.FPDFPage_GetAnnotCount(self.page)):
            if note := c.FPDFPage_GetAnnot(self.page, index):
                kinds.append(c.FPDFAnnot_GetSubtype(note))
                c.FPDFPage_CloseAnnot(note)
        return kinds

    def draw(self, scale: float, clip: Box | None = None, notes: bool = True) -> Image.Image:
        x0, y0, x1, y1 = clip or (0.0, 0.0, self.width, self.height)
        left, top = floor(scale * max(x0, 0) + EDGE), floor(scale * max(y0, 0) + EDGE)
        width = ceil(scale * min(x1, self.width) - EDGE) - left
        height = ceil(scale * min(y1, self.height) - EDGE) - top
        if width <= 0 or height <= 0:
            return Image.new("L", (max(width, 0), max(height, 0)))
        pixels = (ctypes.c_ubyte * (width * height))()
        bitmap = c.FPDFBitmap_CreateEx(width, height, c.FPDFBitmap_Gray, pixels, width)
        if not bitmap:
            raise MemoryError
        c.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        # PDFium lays the page on whole points first.
        across, down = (side / max(int(side), 1) for side in (self.width, self.height))
        matrix = c.FS_MATRIX(scale * across, 0, 0, scale * down, -left, -top)
        flags = c.FPDF_GRAYSCALE | (c.FPDF_ANNOT if notes else 0)
        c.FPDF_RenderPageBitmapWithMatrix(bitmap, self.page, matrix, c.FS_RECTF(0, 0, width, height), flags)
        c.FPDFBitmap_Destroy(bitmap)
        return Image.frombuffer("L", (width, height), pixels, "raw", "L", width, 1)

    def find_damage(self) -> str:
        """PDFium does not tell."""
        return ""
