"""What of PDFium is called once for each character, with the types of its arguments."""

import ctypes
from typing import Any

import pypdfium2.raw as c


def declare(function: Any, *types: Any) -> Any:
    """A function of PDFium that takes addresses as numbers: half as long a call as by pypdfium2's own."""
    return ctypes.PYFUNCTYPE(*types)(ctypes.cast(function, ctypes.c_void_p).value or 0)


AT, INT = ctypes.c_void_p, ctypes.c_int
find_object = declare(c.FPDFText_GetTextObject, AT, AT, INT)
find_box = declare(c.FPDFText_GetLooseCharBox, INT, AT, INT, AT)
is_generated = declare(c.FPDFText_IsGenerated, INT, AT, INT)
is_unmapped = declare(c.FPDFText_HasUnicodeMapError, INT, AT, INT)
find_font = declare(c.FPDFTextObj_GetFont, AT, AT)
find_mode = declare(c.FPDFTextObj_GetTextRenderMode, INT, AT)
find_size = declare(c.FPDFText_GetFontSize, ctypes.c_double, AT, INT)
find_matrix = declare(c.FPDFText_GetMatrix, INT, AT, INT, AT)
find_origin = declare(c.FPDFText_GetCharOrigin, INT, AT, INT, AT, AT)
