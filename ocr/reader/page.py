"""What both readers give of a document and its pages: `ocr.reader.mupdf` and `ocr.reader.pdfium`.

Places are in points from the upper left corner of the page as it is shown: turned, where it says that it is
to be turned. A page's blocks are dicts as
MuPDF's `dict` has them, of which this is used: a block has `lines`; a line `bbox`, `dir` (the direction that
it runs) and `spans`; a span `text`, `font`, `size`, `flags`, `char_flags`, `bbox` and `origin`.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Literal, NamedTuple, Protocol

from PIL import Image

from winnow.extras import format_install

Reader = Literal["mupdf", "pdfium"]
Box = tuple[float, float, float, float]
PACKAGES = {"mupdf": "pymupdf", "pdfium": "pypdfium2"}
RAISED, ITALIC, SERIFED, MONOSPACED, BOLD = 1, 2, 4, 8, 16  # of a span's `flags`
PAINTED = 16 | 32  # of a span's `char_flags`: filled, stroked
TYPEWRITERS = re.compile(r"mono|courier|consol|typewriter|cmtt|menlo|fixed|inconsolata|sourcecode", re.I)
MAX_RULINGS = 2_000  # more is a drawing, not tables
UNREADABLE = "not a readable PDF ({}): fetch it again, or repair it with `qpdf`"
ENCRYPTED = (
    "encrypted: name a file of passwords, a line each (`passwords`), with one that opens it, or leave it out"
)
NO_PAGE = "no page in it can be read: fetch it again, or repair it with `qpdf`"


class Unreadable(Exception):
    """A file that cannot be read; the message says why and what to do."""


class Placed(NamedTuple):
    """A picture as it is placed: its pixels, and the points that its sides take."""

    width: int
    height: int
    across: float
    down: float


class Page(Protocol):
    """One page. `number` is from 0; `most_halvings`: how often the sides of a picture that is drawn smaller
    are halved at most as it is decoded."""

    number: int
    width: float
    height: float
    most_halvings: int

    def read_blocks(self) -> tuple[list[dict[str, Any]], list[list[float]]]:
        """The blocks of text, and the rulings: x0, y0, x1, y1 of lines and boxes."""

    def read_text(self) -> str:
        """All that the text layer says."""

    def read_glyphs(self) -> list[dict[str, Any]]:
        """The blocks with the `chars` of each span: `c`, `bbox` of its ink, `origin`, and `coded`, where it
        has no Unicode and `c` is its code in the font. None where the reader does not tell."""

    def name_fonts(self, digests: dict[int, str]) -> dict[str, str]:
        """For each `font` of the spans what tells it from others of its name; `digests` is the document's."""

    def list_drawn(self) -> Sequence[tuple[str, Box]]:
        """What is drawn, and where: `fill-text`, `fill-path`, `stroke-path`, `fill-image`, ..."""

    def list_images(self) -> Sequence[Placed]:
        """The pictures."""

    def has_fields(self) -> bool:
        """Whether it has fields of a form."""

    def has_notes(self) -> bool:
        """Whether it has annotations other than links."""

    def draw(self, scale: float, clip: Box | None = None, notes: bool = True) -> Image.Image:
        """The page or a part of it in gray (mode L), `scale` pixels a point, with annotations or without."""

    def find_damage(self) -> str:
        """What the reader said that it could not read of the page since it was opened, or ""."""


class Document(Protocol):
    """An open file. `about`: title, author, creationDate, producer. `dynamic`: a form that only Adobe's
    reader lays out; `unlocked`: one of the passwords given opened it."""

    about: dict[str, str]
    repaired: bool
    dynamic: bool
    unlocked: bool

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> Page: ...

    def read_outline(self) -> list[tuple[int, str, int]]:
        """Level (from 1), title and page (from 0) of what the outline names."""

    def read_xmp(self) -> str:
        """The XMP packet, or ""."""

    def list_packets(self) -> Sequence[int]:
        """The numbers of the pieces of a form's XML (XFA)."""

    def read_packet(self, number: int) -> bytes:
        """One of them."""

    def close(self) -> None: ...


@lru_cache(maxsize=1024)
def is_monospaced(font: str) -> bool:
    """Whether a font's name is that of one whose letters are all of one width."""
    return TYPEWRITERS.search(font) is not None


def check_reader(reader: str) -> None:
    """Raise ImportError where the package of a reader is not installed."""
    package = PACKAGES[reader]
    if find_spec(package) is None:
        raise ImportError(
            f'reader = "{reader}" needs the package {package}: {format_install([package])}; or name the other'
        )


def find_other(reader: str) -> str:
    """The reader to ask for what `reader` cannot read, or "": none where it is not installed, and none for
    PDFium, since who names that wants no code under the AGPL."""
    return "pdfium" if reader == "mupdf" and find_spec(PACKAGES["pdfium"]) else ""


def load_reader(reader: str) -> ModuleType:
    """The module of a reader: `start`, `open_document`, `shrink`."""
    return import_module(f"winnow.ocr.reader.{reader}")
