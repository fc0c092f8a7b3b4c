"""Which fonts a page's text is set in, told apart by what maps their glyphs to characters."""

import hashlib
import re

import pymupdf

TYPE3 = re.compile(r"Type3 \((\d+) 0 R\)")
REFERENCE = re.compile(r"(\d+) \d+ R")
NAME_LENGTH = 31  # MuPDF cuts names there, subset's prefix included
PREFIX = 7


def name_fonts(page: pymupdf.Page, digests: dict[int, str]) -> dict[str, str]:
    """For each name that MuPDF gives the page's fonts: a digest of the font's map (of all of that name).

    Subsets of one font share a name, and copies of one subset stand under several numbers: the name alone
    and the number alone both mislead. `digests` keeps what was found, by number.
    """
    found: dict[str, set[str]] = {}
    for xref, _, kind, name, *_ in page.get_fonts():
        if xref not in digests:
            digests[xref] = _digest(page.parent, xref, name)
        short = f"Type3 ({xref} 0 R)" if kind == "Type3" else _shorten(name)
        found.setdefault(short, set()).add(digests[xref])
    return {name: "".join(sorted(some)) for name, some in found.items()}


def _shorten(name: str) -> str:
    cut = name[:NAME_LENGTH]
    return cut[PREFIX:] if re.match(r"[A-Z]{6}\+", cut) else cut


def _digest(document: pymupdf.Document, xref: int, name: str) -> str:
    """Name, encoding, map and program (by its length) of a font."""
    try:
        encoding = document.xref_get_key(xref, "Encoding")
        if encoding[0] == "xref":
            encoding = (document.xref_object(_refer(encoding[1])), "")
        parts: list[object] = [name, encoding]
        chart = document.xref_get_key(xref, "ToUnicode")
        parts.append(document.xref_stream_raw(_refer(chart[1])) if chart[0] == "xref" else chart)
        parts.append(_measure_program(document, xref))
    except Exception:  # a damaged font is known by its number alone
        parts = [name, xref]
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def _measure_program(document: pymupdf.Document, xref: int) -> object:
    descendants = document.xref_get_key(xref, "DescendantFonts")[1]
    if descendants.startswith("[") and REFERENCE.search(descendants):
        xref = _refer(descendants)
    descriptor = document.xref_get_key(xref, "FontDescriptor")
    if descriptor[0] != "xref":
        return xref if document.xref_get_key(xref, "CharProcs")[0] != "null" else descriptor
    for key in ("FontFile", "FontFile2", "FontFile3"):
        program = document.xref_get_key(_refer(descriptor[1]), key)
        if program[0] == "xref":
            return document.xref_get_key(_refer(program[1]), "Length")
    return None


def _refer(value: str) -> int:
    found = REFERENCE.search(value)
    if found is None:
        raise ValueError(value)
    return int(found[1])
