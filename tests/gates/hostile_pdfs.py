"""Hostile PDFs by class, for the gate `ocr_hostile`: small files that are dear, broken, or not what they say.

Written byte by byte, or by PyMuPDF out of `PROSE`; what is drawn at random has its seed.
"""

import random
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pymupdf

PROSE = [
    "The keeper of the archive wrote down every parcel that came in on the morning train and",
    "gave it a number, a shelf and a day, so that whoever asked for it later could be told at",
    "once where it lay and who had asked for it before.",
]
WORDS = "The keeper of the archive wrote down every parcel"  # of the pages that must be kept
SEEDS = 24  # of fuzzed files


class Case(NamedTuple):
    """A file, how many of its pages are sound (they must be kept), and what it may end as."""

    name: str
    data: bytes
    sound: int
    ends: tuple[str, ...]


KEPT, BLANK, HOLE, FAILED, DROPPED = "kept", "blank", "hole", "failed", "dropped"
ANY = (KEPT, BLANK, HOLE, FAILED, DROPPED)


def write(objects: dict[int, bytes], root: int = 1, more: bytes = b"") -> bytes:
    """A file of these objects, with a right table of places."""
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start, last = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % last
    for number in range(1, last):
        out += b"%010d 00000 %b \n" % (places.get(number, 0), b"n" if number in places else b"f")
    return bytes(
        out + b"trailer<</Size %d/Root %d 0 R%b>>\nstartxref\n%d\n%%%%EOF" % (last, root, more, start)
    )


def stream(data: bytes, about: bytes = b"", layers: int = 0) -> bytes:
    """A stream, packed so many times."""
    for layer in range(layers):
        data = zlib.compress(data, 9 if layer else 1)
    packed = b"/Filter[" + b"/FlateDecode " * layers + b"]" if layers else b""
    return b"<<%b%b/Length %d>>stream\n%b\nendstream" % (about, packed, len(data), data)


def one_page(contents: bytes, resources: bytes = b"", box: bytes = b"0 0 595 842", **more: bytes) -> bytes:
    """A page with those contents, and further objects from number 10 on by keyword `o10`."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[%b]/Contents 4 0 R/Resources<<%b>>>>" % (box, resources)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: page,
        4: contents,
    }
    return write(objects | {int(name[1:]): body for name, body in more.items()})


def born(pages: int = 3, **saving: object) -> bytes:
    """Sound pages."""
    document = pymupdf.open()
    for _ in range(pages):
        page = document.new_page()
        for index, line in enumerate(PROSE):
            page.insert_text((72, 150 + 13 * index), line, fontsize=11)
    return document.tobytes(**saving)


def locked() -> Iterator[Case]:
    """Encrypted, with and without a password, and with garbage in the place of the key."""
    for name, way in (("aes256", pymupdf.PDF_ENCRYPT_AES_256), ("rc4", pymupdf.PDF_ENCRYPT_RC4_128)):
        yield Case(f"empty password {name}", born(encryption=way, owner_pw="owner"), 3, (KEPT,))
        locked = born(encryption=way, owner_pw="owner", user_pw="user")
        yield Case(f"password {name}", locked, 0, (FAILED,))
    broken = born(encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="o").replace(b"/U(", b"/U(x", 1)
    yield Case("password entry broken", broken, 0, ANY)
    yield Case(
        "unknown handler", write({1: b"<</Type/Catalog>>"}, more=b"/Encrypt<</Filter/Other/V 9>>"), 0, ANY
    )


def trees() -> Iterator[Case]:
    """Trees of pages and tables of places that lead nowhere, in circles, or very deep."""
    catalog = b"<</Type/Catalog/Pages 2 0 R>>"
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    yield Case(
        "tree in a circle", write({1: catalog, 2: b"<</Type/Pages/Kids[2 0 R]/Count 1>>"}), 0, (FAILED,)
    )
    yield Case(
        "tree in a wide circle",
        write(
            {
                1: catalog,
                2: b"<</Type/Pages/Kids[3 0 R]/Count 9>>",
                3: b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 4 0 R]/Count 9>>",
                4: leaf,
            }
        ),
        0,
        (FAILED, BLANK, DROPPED, HOLE),
    )
    deep = 5_000
    chain = {n: b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (n + 1) for n in range(2, deep)}
    yield Case("tree of 5,000 levels", write({1: catalog, **chain, deep: leaf}), 0, ANY)
    yield Case(
        "count of two milliards",
        write({1: catalog, 2: b"<</Kids[3 0 R]/Count 2000000000>>", 3: leaf}),
        0,
        ANY,
    )
    yield Case("count below zero", write({1: catalog, 2: b"<</Kids[3 0 R]/Count -7>>", 3: leaf}), 0, ANY)
    yield Case("no pages", write({1: catalog, 2: b"<</Type/Pages/Kids[]/Count 0>>"}), 0, (FAILED,))
    yield Case("no catalog", write({1: b"<</Type/Other>>"}), 0, (FAILED,))
    nested = b"[" * 100_000 + b"]" * 100_000
    yield Case("array of 100,000 levels", one_page(stream(b"")[:-9] + b"endstream", b"/X " + nested), 0, ANY)
    whole = born()
    at = whole.rindex(b"xref\n0")
    yield Case("table cut off", whole[:at], 3, (KEPT,))
    yield Case("table of zeros", whole[:at] + whole[at:].replace(b"0000", b"9999"), 3, (KEPT,))
    start = b"startxref\n%d" % len(whole)
    yield Case("table beyond the end", whole[: whole.rindex(b"startxref")] + start + b"\n%%EOF", 3, (KEPT,))
    circle = whole.replace(b"/Root", b"/Prev %d/Root" % at)
    yield Case("tables in a circle", circle, 3, (KEPT, FAILED))
    yield Case("first half", whole[: len(whole) // 2], 0, ANY)
    yield Case("garbage before", b"\x00garbage\n" * 90 + whole, 3, (KEPT,))
    yield Case("garbage behind", whole + random.Random(1).randbytes(9_000), 3, (KEPT,))


def fuzzed() -> Iterator[Case]:
    """Sound files with bytes changed, cut out and doubled."""
    whole = born(4)
    for seed in range(SEEDS):
        rng, data = random.Random(seed), bytearray(whole)
        for _ in range(1 + seed):
            at, length = rng.randrange(len(data)), rng.randrange(1, 40)
            kind = rng.randrange(4)
            piece = (
                rng.randbytes(length) if kind < 2 else bytes(data[at : at + length]) * 2 if kind == 2 else b""
            )
            data[at : at + length] = piece
        yield Case(f"fuzzed {seed}", bytes(data), 0, ANY)
    yield Case("operator that is no UTF-8", one_page(stream(b"1 0 0 1 0 7.89\xffcm"), FONT), 0, (FAILED,))
    body = one_page(stream(TEXT), FONT).replace(b"/Count 1", b"/Count 0")
    yield Case("pages that PDFium alone finds", body, 1, (KEPT,))


TEXT = b"BT /F 12 Tf 72 700 Td (" + WORDS.encode() + b") Tj ET "
FONT = b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
DRAW = b"q 595 0 0 842 0 0 cm /I Do Q "
PICTURE = b"/XObject<</I 10 0 R>>"
ODD = (HOLE, FAILED, BLANK, DROPPED)


def pixels() -> Iterator[Case]:
    """Pages and pictures of very many pixels, or of none."""
    bits = b"/Subtype/Image/Width 30000/Height 30000/BitsPerComponent 1/ColorSpace/DeviceGray"
    black = stream(bytes(30_000 * 30_000 // 8), bits, 1)
    yield Case("picture of 900 megapixels", one_page(stream(DRAW), PICTURE, o10=black), 0, ANY)
    big = stream(b"", bits.replace(b"30000", b"900000"), 1)
    yield Case("picture that says 810 gigapixels", one_page(stream(DRAW), PICTURE, o10=big), 0, ANY)
    color = bits.replace(b"BitsPerComponent 1", b"BitsPerComponent 16").replace(b"Gray", b"CMYK")
    many = stream(bytes(200_000_000), color, 2)
    yield Case("colors of 7 GB, packed twice", one_page(stream(DRAW), PICTURE, o10=many), 0, ANY)
    large = one_page(stream(TEXT), FONT, b"0 0 14400 14400")
    yield Case("page of 14,400 points with text", large, 1, (KEPT,))
    drawn = stream(b"9 9 99 99 re f 0 0 m 9 9 l S " * 60)
    yield Case("page of a million points", one_page(drawn, b"", b"0 0 1000000 1000000"), 0, ODD)
    yield Case("page without an area", one_page(drawn, b"", b"0 0 0 0"), 0, ANY)
    yield Case("page of no numbers", one_page(drawn, b"", b"0 (a) nan 1e999"), 0, ANY)


def bombs() -> Iterator[Case]:
    """Small files of which very much comes out: streams, paths, states, forms in forms, objects."""
    spaces = stream(b" " * 600_000_000, b"", 2)
    yield Case("contents of 600 MB of spaces", one_page(spaces), 0, ANY)
    yield Case("contents of 160 MB of text", one_page(stream(TEXT * 2_000_000, b"", 2), FONT), 0, ANY)
    paths = stream(b"1 2 m 3 4 l S " * 10_000_000, b"", 2)
    yield Case("contents of ten million paths", one_page(paths), 0, ANY)
    yield Case("deflate twelve times", one_page(stream(TEXT, b"", 12), FONT), 1, ANY)
    saved = stream(b"q " * 1_000_000 + TEXT, b"", 1)
    yield Case("states saved a million times", one_page(saved, FONT), 0, ANY)
    liar = b"<</Length 999999999>>stream\n" + TEXT + b"\nendstream"
    yield Case("length that lies", one_page(liar, FONT), 1, ANY)
    about = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"
    more = about + b"/Resources<</XObject<</X %d 0 R>>>>"
    last = stream(b"0 0 1 1 re f", about)
    inner = {f"o{n}": stream(b"/X Do " * 10, more % (n + 1)) for n in range(10, 22)}
    outer = one_page(stream(b"/X Do"), b"/XObject<</X 10 0 R>>", **inner, o22=last)
    yield Case("forms in forms", outer, 0, (HOLE, FAILED))
    itself = stream(b"/X Do", more % 10)
    circle = one_page(stream(TEXT + b"/X Do"), FONT + b"/XObject<</X 10 0 R>>", o10=itself)
    yield Case("form in itself", circle, 1, ANY)
    calls = stream(TEXT + b"".join(b"/X%d Do " % n for n in range(40_000)))
    names = b"".join(b"/X%d 10 0 R" % n for n in range(40_000))
    yield Case("40,000 names", one_page(calls, FONT + b"/XObject<<" + names + b">>", o10=last), 1, ANY)
    names = b"".join(b"/X%d %d 0 R" % (n, 10 + n) for n in range(40_000))
    own = {f"o{10 + n}": last for n in range(40_000)}
    yield Case("40,000 XObjects", one_page(calls, FONT + b"/XObject<<" + names + b">>", **own), 1, ANY)
    font = b"/F%d<</Type/Font/Subtype/Type1/BaseFont/A%d>>"
    fonts = b"/Font<<" + b"".join(font % (n, n) for n in range(20_000)) + b">>"
    yield Case("20,000 fonts", one_page(stream(TEXT.replace(b"/F ", b"/F7 ")), fonts), 0, ANY)


def many_pages() -> Iterator[Case]:
    """20,000 pages of a few bytes: 5,000 are read, the rest is named."""
    kids = b" ".join(b"%d 0 R" % n for n in range(10, 20_010))
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>"
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[%b]/Count 20000>>" % kids,
        4: stream(b""),
    }
    yield Case(
        "20,000 pages", write(objects | dict.fromkeys(range(10, 20_010), leaf)), 0, (BLANK, DROPPED, HOLE)
    )


def garbage() -> Iterator[Case]:
    """Pictures and fonts whose bytes are noise, or nothing, in each coding."""
    noise = random.Random(3).randbytes(200_000)
    plain = b"/Subtype/Image/Width 4000/Height 5000/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/"
    for coding in ("JPXDecode", "JBIG2Decode", "DCTDecode", "CCITTFaxDecode", "LZWDecode", "RunLengthDecode"):
        for name, data in (("noise", noise), ("nothing", b""), ("a JPX head", b"\xff\x4f\xff\x51" + noise)):
            picture = stream(data, plain + coding.encode())
            yield Case(f"{coding} of {name}", one_page(stream(DRAW), PICTURE, o10=picture), 0, ANY)
    for key in ("FontFile", "FontFile2", "FontFile3"):
        kind = b"TrueType" if key == "FontFile2" else b"Type1"
        font = b"/Font<</F<</Type/Font/Subtype/%b/BaseFont/A/FontDescriptor<</Type/FontDescriptor" % kind
        font += b"/FontName/A/Flags 32/%b 10 0 R>>>>>>" % key.encode()
        yield Case(f"{key} of noise", one_page(stream(TEXT), font, o10=stream(noise)), 0, ANY)
        yield Case(f"{key} of 20 MB", one_page(stream(TEXT), font, o10=stream(noise * 100, b"", 1)), 0, ANY)
    chart = b"1 begincodespacerange <00> <ff> endcodespacerange "
    chart += b"1 beginbfrange <00> <ff> <0041> endbfrange " * 90_000
    font = b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 10 0 R>>>>"
    yield Case("ToUnicode of 90,000 ranges", one_page(stream(TEXT), font, o10=stream(chart, b"", 1)), 0, ANY)
    itself = b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/FirstChar 0/LastChar 255"
    itself += b"/Widths[" + b"1 " * 256 + b"]/Encoding<</Differences[0/a]>>/CharProcs<</a 11 0 R>>"
    itself += b"/Resources<</Font<</F 10 0 R>>>>>>"
    glyph = stream(b"1 0 d0 BT /F 1 Tf (\\000) Tj ET")
    page = one_page(stream(b"BT /F 9 Tf (\\000) Tj ET"), b"/Font<</F 10 0 R>>", o10=itself, o11=glyph)
    yield Case("font in itself", page, 0, ANY)


def forms() -> Iterator[Case]:
    """Forms of Adobe's reader: with text, without, and made to be dear."""

    def make(xml: bytes, name: str, sound: int, ends: tuple[str, ...], layers: int = 1) -> Case:
        form = b"<</Fields[]/XFA[(template) 5 0 R]>>"
        objects = {
            1: b"<</Type/Catalog/Pages 2 0 R/NeedsRendering true/AcroForm %b>>" % form,
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
            5: stream(xml, b"", layers),
        }
        return Case(name, write(objects), sound, ends)

    draw = b"<template><subform><draw><value><text>%b</text></value></draw></subform></template>"
    yield make(draw % WORDS.encode(), "form of XFA", 1, (KEPT,))
    yield make(b"", "form of XFA without a template", 0, (DROPPED,))
    yield make(b"<a>" * 300_000, "form of XFA, deep", 0, ANY)
    yield make(draw % (b"words " * 10_000_000), "form of XFA of 60 MB", 0, (FAILED, HOLE), 2)
    entities = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%b">' % (c + 1, b"&%c;" % c * 10) for c in range(97, 115)
    )
    yield make(entities + b"]>" + draw % b"&s;", "form of XFA, entities of entities", 0, ANY)


def others() -> Iterator[Case]:
    """Not PDFs, or PDFs in others."""
    bodies = {
        "empty": b"",
        "text": b"not a PDF",
        "HTML": b"<html><body>" + WORDS.encode(),
        "head alone": b"%PDF-1.7\n",
        "noise behind a head": b"%PDF-1.7\n" + random.Random(2).randbytes(300_000),
        "zeros": bytes(1_000_000),
        "ZIP": b"PK\x03\x04" + bytes(500),
        "PNG": b"\x89PNG\r\n\x1a\n" + bytes(500),
    }
    for name, body in bodies.items():
        yield Case(f"not a PDF, {name}", body, 0, (FAILED,))
    outline = pymupdf.open(stream=born(1))
    outline.set_toc([[1, "x" * 500, 1]] * 2_500)
    yield Case("outline of 2,500 long titles", outline.tobytes(), 1, (KEPT,))


MAKERS: tuple[Callable[[], Iterator[Case]], ...] = (
    *(locked, trees, fuzzed, pixels, bombs, many_pages, garbage, forms, others),
)


def every() -> Iterator[Case]:
    """All classes."""
    for make in MAKERS:
        yield from make()
