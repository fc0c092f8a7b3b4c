"""Routes of pages, with PDFs written here and a recognizer that reads what the test says is drawn."""

import random
import string
from collections.abc import Callable
from io import BytesIO

import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from winnow.ocr.engines.tesseract import recognize_line
from winnow.ocr.layer.fonts import Memory
from winnow.ocr.layer.judge import judge, list_spans
from winnow.ocr.layer.letters import count
from winnow.ocr.layer.pixels import Span, check_spans, choose_spans
from winnow.ocr.layer.similarity import compare, count_edits, find_lost
from winnow.ocr.layer.surface import find_lines, measure_surface
from winnow.ocr.reader.page import Document, Page

PROSE = [
    "The committee met on Tuesday to discuss the report of the treasurer",
    "and to decide about the new building near the river",
    "Several members asked how the work would be paid for",
    "and whether the old house could be kept for another year",
    "It was agreed that the architect should be asked again",
    "The meeting closed at half past nine in the evening",
]

Open = Callable[[pymupdf.Document], Document]


def write(lines: list[str], **options: int) -> pymupdf.Document:
    document = pymupdf.open()
    page = document.new_page()
    for index, line in enumerate(lines):
        page.insert_text((60, 80 + 20 * index), line, fontsize=11, **options)
    return document


def scramble(lines: list[str]) -> list[str]:
    table = str.maketrans(
        string.ascii_lowercase, "".join(random.Random(1).sample(string.ascii_lowercase, 26))
    )
    return [line.lower().translate(table) for line in lines]


def recognizer(*drawn: str) -> Callable[[Image.Image, str | None], str]:
    """Reads the drawn lines one after the other, whatever the picture."""
    turns = [0]

    def recognize(picture: Image.Image, languages: str | None) -> str:
        assert picture.mode == "L"
        turns[0] += 1
        return drawn[(turns[0] - 1) % len(drawn)]

    return recognize


def test_prose_is_good_without_a_verifier(opened: Open) -> None:
    verdict = judge(opened(write(PROSE))[0], Memory(), None)
    assert (verdict.route, verdict.reason, verdict.checked) == ("text", "good", False)
    assert verdict.quality > 0.7


def test_letters_at_random_are_found_without_a_verifier(opened: Open) -> None:
    verdict = judge(opened(write(scramble(PROSE)))[0], Memory(), None)
    assert (verdict.route, verdict.reason) == ("ocr", "broken_letters")


def test_what_is_drawn_decides(opened: Open) -> None:
    memory = Memory()
    verdict = judge(opened(write(PROSE))[0], memory, recognizer("something else is written here entirely"))
    assert (verdict.route, verdict.reason, verdict.checked) == ("ocr", "pixels_differ", True)
    assert verdict.quality < 0.5


def test_a_verifier_that_reads_nothing_decides_nothing(opened: Open) -> None:
    assert judge(opened(write(PROSE))[0], Memory(), recognizer("")).route == "text"
    assert judge(opened(write(PROSE))[0], Memory(), recognizer("| # ~ x")).route == "text"


def strange_spans(page: Page) -> list[Span]:
    """The spans of a page, as a layer that says Cyrillic letters in place of what is drawn."""
    cyrillic = str.maketrans(string.ascii_lowercase, "абвгдежзийклмнопрстуфхцчшщ")
    spans = choose_spans(list_spans(page.read_blocks()[0]))
    return [span._replace(text=span.text.lower().translate(cyrillic)) for span in spans]


def test_a_script_without_a_model_is_told_by_what_another_model_is_sure_to_read(opened: Open) -> None:
    """By Tesseract: Latin letters under a layer of Cyrillic ones; and Cyrillic letters, without a model."""
    page = opened(write(PROSE))[0]
    spans = strange_spans(page)
    assert check_spans(page, spans, recognize_line, ["eng"]).agrees is False
    document = pymupdf.open()
    page = document.new_page()
    for index, span in enumerate(spans):
        page.insert_htmlbox((60, 80 + 40 * index, 560, 110 + 40 * index), span.text)
    drawn = opened(document)[0]
    layer = choose_spans(list_spans(drawn.read_blocks()[0]))
    assert len(layer) > 1 and all(any("\u0430" <= c <= "\u044f" for c in span.text) for span in layer)
    assert check_spans(drawn, layer, recognize_line, ["eng"]).agrees is None


def test_a_font_is_looked_at_once(opened: Open) -> None:
    document = pymupdf.open()
    for _ in range(5):
        page = document.new_page()
        for index, line in enumerate(PROSE):
            page.insert_text((60, 80 + 20 * index), line, fontsize=11)
    document = opened(document)
    first = choose_spans(list_spans(document[0].read_blocks()[0]))[0].text
    calls = []

    def recognize(picture: Image.Image, languages: str | None) -> str:
        calls.append(languages)
        return first

    memory = Memory()
    verdicts = [judge(page, memory, recognize) for page in map(document.__getitem__, range(5))]
    assert [verdict.checked for verdict in verdicts] == [True, False, False, False, False]
    assert calls == ["eng"]


def test_numbers_and_code_are_not_judged_by_letters(opened: Open) -> None:
    rng = random.Random(3)
    table = [" ".join(f"{rng.random() * 1e4:.2f}" for _ in range(8)) for _ in range(30)]
    assert judge(opened(write(table))[0], Memory(), None).route == "text"
    code = ["for (i = 0; i < n; i++) { buf[i] = src[i] ^ key[i % len]; }"] * 20
    assert judge(opened(write(code))[0], Memory(), None).route == "text"


def test_hidden_layers(opened: Open) -> None:
    good = judge(opened(write(PROSE, render_mode=3))[0], Memory(), None)
    assert (good.route, good.reason) == ("text", "hidden_layer")
    noise = judge(opened(write(scramble(PROSE), render_mode=3))[0], Memory(), None)
    assert (noise.route, noise.reason) == ("ocr", "hidden_layer_worse")


def test_no_characters_for_most_glyphs() -> None:
    text = "\n".join(PROSE)
    assert count("\ufffd" * 50 + text).junk > 0.1
    assert count("\uf0b7 " + text).junk == 0, "a bullet"


def picture_of(gray: Image.Image) -> pymupdf.Document:
    out = BytesIO()
    gray.save(out, "PNG")
    document = pymupdf.open()
    document.new_page().insert_image((0, 0, 595, 842), stream=out.getvalue())
    return document


def test_blank_pages_and_pictures_of_text(opened: Open) -> None:
    empty = pymupdf.open()
    empty.new_page()
    assert judge(opened(empty)[0], Memory(), None).route == "blank"
    speck = Image.new("L", (600, 850), 250)
    speck.putpixel((300, 400), 80)
    assert judge(opened(picture_of(speck))[0], Memory(), None).route == "blank"
    pixmap = write(PROSE)[0].get_pixmap(dpi=100, colorspace=pymupdf.csGRAY)
    picture = Image.frombytes("L", (pixmap.width, pixmap.height), bytes(pixmap.samples))
    scan = opened(picture_of(picture))[0]
    verdict = judge(scan, Memory(), None)
    assert (verdict.route, verdict.reason) == ("ocr", "no_text")
    assert len(find_lines(measure_surface(scan))) == 3


def test_a_header_over_a_scan_is_not_the_page(opened: Open) -> None:
    pixmap = write(PROSE * 5)[0].get_pixmap(dpi=100, colorspace=pymupdf.csGRAY)
    document = picture_of(Image.frombytes("L", (pixmap.width, pixmap.height), bytes(pixmap.samples)))
    document[0].insert_text((60, 30), "Downloaded on 3 May 2011", fontsize=8)
    verdict = judge(opened(document)[0], Memory(), recognizer("the committee met on tuesday"))
    assert (verdict.route, verdict.reason) == ("ocr", "little_text")


@given(st.text("abcd", max_size=12), st.text("abcd", max_size=12))
def test_edits(a: str, b: str) -> None:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        old, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            old, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, old + (x != y))
    assert count_edits(a, b) == row[-1]


@pytest.mark.parametrize(
    ("layer", "reading"), [("Žinoma, neturėjo", "Zinoma neturéjo"), ("ﬁnal 10", "final lO")]
)
def test_accents_ligatures_and_lookalikes_are_no_difference(layer: str, reading: str) -> None:
    assert compare(layer, reading) == 1


def test_signs_that_are_always_wrong_are_found() -> None:
    wrong = [
        ("cebian qelease PRMQO", "Debian Release 13.20"),
        ("ceveloper qeference WU", "Developer Reference 86"),
    ]
    assert find_lost(wrong)[0] >= 4
    assert find_lost([(right, right) for _, right in wrong]) == (0, 0.0)
