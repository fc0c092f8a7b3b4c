"""Real PDFs with their ToUnicode maps broken: pages look as before, the text layer says something else."""

import random
import re
from collections.abc import Callable, Iterator

import pymupdf

BLOCK = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.S)
TOKEN = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")
Damage = Callable[[dict[int, str], random.Random], dict[int, str] | None]
LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
CYRILLIC = "абцдефгхийклмнопярстужвщызАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЩЫЗ"
HEAD = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def
1 begincodespacerange <{low}> <{high}> endcodespacerange
"""


def shift(codes: dict[int, str], rng: random.Random) -> dict[int, str]:
    """Every character a constant further."""
    by = rng.choice((-29, -3, 1, 5, 31))
    return {
        code: "".join(chr(max(ord(c) + by, 33)) for c in text) if text.strip() else text
        for code, text in codes.items()
    }


def permute(codes: dict[int, str], rng: random.Random) -> dict[int, str]:
    """Letters for letters, at random."""
    letters = sorted({text for text in codes.values() if len(text) == 1 and text.isalpha()})
    mixed = rng.sample(letters, len(letters))
    return {code: dict(zip(letters, mixed, strict=True)).get(text, text) for code, text in codes.items()}


def swap_neighbors(codes: dict[int, str], rng: random.Random) -> dict[int, str]:
    """a for b and b for a, and so on."""
    return {
        code: "".join(chr(((ord(c) - 1) ^ 1) + 1) if c.isalpha() else c for c in text)
        for code, text in codes.items()
    }


def swap_case(codes: dict[int, str], rng: random.Random) -> dict[int, str]:
    """Small letters for capitals."""
    return {code: text.swapcase() for code, text in codes.items()}


def remove(codes: dict[int, str], rng: random.Random) -> None:
    """No map: MuPDF falls back on what the font's program or its codes say, which may be right."""
    return None


def change_script(codes: dict[int, str], rng: random.Random) -> dict[int, str]:
    """Cyrillic for Latin and Latin for Cyrillic; other letters into private use."""
    table = str.maketrans(LATIN + CYRILLIC, CYRILLIC + LATIN)
    return {
        code: "".join(c if ord(c) < 0x2000 else chr(0xE000 + ord(c) % 0x1800) for c in text.translate(table))
        for code, text in codes.items()
    }


DAMAGES: dict[str, Damage] = {
    "shifted": shift,
    "permuted": permute,
    "neighbors": swap_neighbors,
    "case": swap_case,
    "removed": remove,
    "script": change_script,
}


def break_fonts(
    document: pymupdf.Document, damage: Damage, seed: int, names: frozenset[str] | None = None
) -> None:
    """Break the maps of the document's fonts (or of those named, without their subset's prefix)."""
    rng = random.Random(seed)
    done: set[int] = set()
    for xref, name in _list_fonts(document):
        kind, chart = document.xref_get_key(xref, "ToUnicode")
        if kind != "xref" or (names is not None and name.split("+")[-1] not in names):
            continue
        stream = int(chart.split()[0])
        if stream in done:
            continue
        done.add(stream)
        codes, width = read_map(document.xref_stream(stream))
        broken = damage(codes, rng)
        if broken is None:
            document.xref_set_key(xref, "ToUnicode", "null")
        else:
            document.update_stream(stream, _write_map(broken, width))


def _list_fonts(document: pymupdf.Document) -> Iterator[tuple[int, str]]:
    seen = {font[0]: font[3] for number in range(len(document)) for font in document.get_page_fonts(number)}
    yield from sorted(seen.items())


def read_map(stream: bytes) -> tuple[dict[int, str], int]:
    """Codes and their characters; the bytes of a code."""
    codes: dict[int, str] = {}
    width = 1
    for block in BLOCK.finditer(stream):
        tokens = [m[1].replace(b" ", b"") if m[1] is not None else m[0] for m in TOKEN.finditer(block[2])]
        if tokens:
            width = max(len(tokens[0]) // 2, 1)
        if block[1] == b"bfchar":
            codes |= {int(a, 16): _decode(b) for a, b in zip(tokens[::2], tokens[1::2], strict=False)}
        else:
            codes |= dict(_read_ranges(tokens))
    return codes, width


def _read_ranges(tokens: list[bytes]) -> Iterator[tuple[int, str]]:
    at = 0
    while at + 2 < len(tokens):
        first, last = int(tokens[at], 16), int(tokens[at + 1], 16)
        if tokens[at + 2] == b"[":
            end = tokens.index(b"]", at)
            yield from zip(range(first, last + 1), map(_decode, tokens[at + 3 : end]), strict=False)
            at = end + 1
        else:
            start = _decode(tokens[at + 2])
            yield from (
                (code, start[:-1] + chr(ord(start[-1]) + code - first)) for code in range(first, last + 1)
            )
            at += 3


def _decode(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", "replace") or "\ufffd"


def _write_map(codes: dict[int, str], width: int) -> bytes:
    parts = [HEAD.format(low="00" * width, high="FF" * width)]
    entries = sorted(codes.items())
    for at in range(0, len(entries), 100):
        some = entries[at : at + 100]
        lines = [f"<{code:0{2 * width}X}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in some]
        parts.append(f"{len(some)} beginbfchar\n" + "\n".join(lines) + "\nendbfchar\n")
    return ("".join(parts) + "endcmap end end").encode()
