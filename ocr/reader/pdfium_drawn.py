"""What PDFium draws on a page, forms taken apart: pictures, paths, and the rulings among these."""

import ctypes
from collections.abc import Iterator, Sequence
from math import hypot
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as c

from winnow.ocr.reader.page import MAX_RULINGS, Box

MOST_FORMS = 12  # within each other
MOST_SEGMENTS = 4 * MAX_RULINGS
STRAIGHT = 0.05  # points by which a line may be slanted
Matrix = tuple[float, float, float, float, float, float]
SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def multiply(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that does one after the other."""
    a, b, d, e, x, y = first
    p, q, r, s, u, v = then
    return (a * p + b * r, a * q + b * s, d * p + e * r, d * q + e * s, x * p + y * r + u, x * q + y * s + v)


def apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """A point, moved."""
    a, b, d, e, u, v = matrix
    return a * x + d * y + u, b * x + e * y + v


class Frame(NamedTuple):
    """How the page's own places (upward, not turned) become those of the page as it is shown (downward)."""

    matrix: Matrix

    @classmethod
    def of(cls, page: pypdfium2.PdfPage) -> "Frame":
        box = c.FS_RECTF()
        c.FPDF_GetPageBoundingBox(page, box)
        turns: list[Matrix] = [
            (1, 0, 0, -1, -box.left, box.top),
            (0, 1, 1, 0, -box.bottom, -box.left),
            (-1, 0, 0, 1, box.right, -box.bottom),
            (0, -1, -1, 0, box.top, box.right),
        ]
        return cls(turns[c.FPDFPage_GetRotation(page) % 4])

    def turn_box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        (a, b), (d, e) = apply(self.matrix, x0, y0), apply(self.matrix, x1, y1)
        return min(a, d), min(b, e), max(a, d), max(b, e)


class PageObject(NamedTuple):
    """A picture, path, text or shading; `outer`: the matrix of the forms that it lies in."""

    kind: int
    handle: Any
    outer: Matrix

    @property
    def matrix(self) -> Matrix:
        own = c.FS_MATRIX()
        c.FPDFPageObj_GetMatrix(self.handle, own)
        return multiply((own.a, own.b, own.c, own.d, own.e, own.f), self.outer)

    def find_box(self, frame: Frame) -> Box:
        sides = [ctypes.c_float() for _ in range(4)]
        if not c.FPDFPageObj_GetBounds(self.handle, *sides):
            return (0.0, 0.0, 0.0, 0.0)
        x0, y0, x1, y1 = (side.value for side in sides)
        corners = [apply(self.outer, x, y) for x, y in ((x0, y0), (x1, y0), (x0, y1), (x1, y1))]
        across, along = zip(*corners, strict=True)
        return frame.turn_box(min(across), min(along), max(across), max(along))

    def measure_pixels(self) -> tuple[int, int]:
        width, height = ctypes.c_uint(), ctypes.c_uint()
        c.FPDFImageObj_GetImagePixelSize(self.handle, width, height)
        return width.value, height.value

    def paints(self) -> tuple[bool, bool]:
        """Whether a path is filled, and whether it is stroked."""
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        c.FPDFPath_GetDrawMode(self.handle, fill, stroke)
        return fill.value != c.FPDF_FILLMODE_NONE, bool(stroke.value)

    def name_path(self) -> str:
        return "fill-path" if self.paints()[0] else "stroke-path"

    def is_white(self) -> bool:
        colour = [ctypes.c_uint() for _ in range(4)]
        return bool(c.FPDFPageObj_GetFillColor(self.handle, *colour)) and all(
            part.value == 255 for part in colour[:3]
        )


def list_things(page: pypdfium2.PdfPage) -> list[PageObject]:
    """All that is drawn, in order; paths that only clip are left out."""
    count, get = c.FPDFPage_CountObjects(page), c.FPDFPage_GetObject
    return list(_walk(page.raw, count, get, SAME, 0))


def _walk(parent: Any, count: int, get: Any, outer: Matrix, depth: int) -> Iterator[PageObject]:
    for index in range(count):
        handle = get(parent, index)
        drawn = PageObject(c.FPDFPageObj_GetType(handle), handle, outer)
        if drawn.kind == c.FPDF_PAGEOBJ_FORM:
            if depth < MOST_FORMS:
                inner = c.FPDFFormObj_CountObjects(handle)
                yield from _walk(handle, max(inner, 0), c.FPDFFormObj_GetObject, drawn.matrix, depth + 1)
        elif drawn.kind != c.FPDF_PAGEOBJ_PATH or any(drawn.paints()):
            yield drawn


def list_rulings(objects: Sequence[PageObject], frame: Frame) -> list[list[float]]:
    """Boxes of straight lines, level or upright, and of rectangles that are not white; none of a drawing."""
    found: list[list[float]] = []
    for drawn in objects:
        if drawn.kind != c.FPDF_PAGEOBJ_PATH:
            continue
        _, stroked = drawn.paints()
        if not stroked and drawn.is_white():
            continue
        wide = _measure_width(drawn) if stroked else 0.0
        for x0, y0, x1, y1 in _list_boxes(drawn, stroked):
            box = frame.turn_box(x0 - wide, y0 - wide, x1 + wide, y1 + wide)
            found.append([round(value, 1) for value in box])
        if len(found) > MAX_RULINGS:
            return []
    return found


def _measure_width(drawn: PageObject) -> float:
    """Half of a line's width."""
    width = ctypes.c_float()
    c.FPDFPageObj_GetStrokeWidth(drawn.handle, width)
    a, b, *_ = drawn.matrix
    return 0.5 * width.value * hypot(a, b)


def _list_boxes(drawn: PageObject, stroked: bool) -> Iterator[Box]:
    for points in _list_outlines(drawn):
        across, along = zip(*points, strict=True)
        box = (min(across), min(along), max(across), max(along))
        sides = [abs(x - u) < STRAIGHT or abs(y - v) < STRAIGHT for (x, y), (u, v) in _pair(points)]
        line = stroked and len(points) == 2
        if all(sides) and (line or len(points) == 4):
            yield box


def _pair(points: Sequence[tuple[float, float]]) -> Iterator[tuple[Any, Any]]:
    return zip(points, [*points[1:], points[0]], strict=True)


def _list_outlines(drawn: PageObject) -> Iterator[list[tuple[float, float]]]:
    """The corners of each part of a path that has two or four, and no curve."""
    count, matrix = c.FPDFPath_CountSegments(drawn.handle), drawn.matrix
    if count > MOST_SEGMENTS:
        return
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    for index in range(count + 1):
        segment = c.FPDFPath_GetPathSegment(drawn.handle, index) if index < count else None
        kind = c.FPDFPathSegment_GetType(segment) if segment else c.FPDF_SEGMENT_MOVETO
        if kind == c.FPDF_SEGMENT_MOVETO:
            if len(points) == 5 and points[0] == points[4]:
                points.pop()
            if len(points) in (2, 4):
                yield points
            points = []
        if segment and kind != c.FPDF_SEGMENT_BEZIERTO:
            c.FPDFPathSegment_GetPoint(segment, x, y)
            points.append(apply(matrix, x.value, y.value))
        elif segment:
            points += [(0.0, 0.0)] * 6  # a curve: no ruling
