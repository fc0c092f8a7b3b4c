"""What PDFium says of a font."""

import ctypes
import re

import pypdfium2.raw as c

from winnow.ocr.reader.page import BOLD, ITALIC, MONOSPACED, SERIFED, is_monospaced
from winnow.ocr.reader.pdfium_pieces import (
    Font,
)

PREFIX = re.compile(r"[A-Z]{6}\+")
HEAVY = re.compile(r"bold|black|heavy|demi|cmbx|sfbx|\bbd\b", re.I)
SLANTED = re.compile(r"italic|oblique|slanted", re.I)


def read_font(handle: int) -> Font:
    if not handle:
        return Font("", 0, "")
    font = ctypes.cast(handle, c.FPDF_FONT)
    length = c.FPDFFont_GetBaseFontName(font, None, 0)
    stored = ctypes.create_string_buffer(max(length, 1))
    c.FPDFFont_GetBaseFontName(font, stored, length)
    name = PREFIX.sub("", stored.value.decode("utf-8", "replace"), count=1)
    said = c.FPDFFont_GetFlags(font)
    flags = (MONOSPACED if said & 1 or is_monospaced(name) else 0) | (SERIFED if said & 2 else 0)
    flags |= ITALIC if said & 64 or SLANTED.search(name) else 0
    flags |= BOLD if said & (1 << 18) or HEAVY.search(name) else 0
    program = ctypes.c_size_t()
    c.FPDFFont_GetFontData(font, None, 0, program)
    return Font(name, flags, f"{c.FPDFFont_GetIsEmbedded(font)} {program.value}")
