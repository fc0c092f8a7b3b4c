"""Whether a PDF page's text layer can be used, or the page must be read by OCR.

Cheap signs come first (`ocr.layer.letters`); what is drawn settles it (`ocr.layer.pixels`): of each font with
a share of the page's text a line is rendered, recognized and compared, once a document. Where the verifier is
weak it abstains, and a layer counts as good until something speaks against it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from winnow.ocr.layer.fonts import (
    LEAST_TEXT,
    NOTABLE,
    TRUSTED,
    Font,
    Memory,
    check_fonts,
    count_characters,
    group_spans,
)
from winnow.ocr.layer.letters import LEAST_PAIRS, Letters, count
from winnow.ocr.layer.pixels import Recognize, Span, check_spans, choose_spans, read_boxes
from winnow.ocr.layer.surface import find_lines, measure_surface
from winnow.ocr.reader.page import PAINTED, Box, Page

HIDDEN = 0.5
LITTLE = 400  # characters: a header or a stamp beside a scan
ODD_BITS, BAD_BITS = 4.6, 5.0
ODD_CAPS, BAD_CAPS = 0.12, 0.5
ODD_MIXED, BAD_MIXED = 0.03, 0.15
UNMAPPED, BAD_UNMAPPED = 0.05, 0.3
FEW_MARKS, MANY_MARKS = 3, 30
LARGE, OUTLINES = 0.3, 50  # share of the page that pictures cover; paths


class Verdict(NamedTuple):
    """`route`: text, ocr or blank. `quality`: how far the layer is believed, 0 to 1."""

    route: str
    reason: str
    quality: float
    features: dict[str, float]
    checked: bool


def judge(
    page: Page,
    memory: Memory,
    recognize: Recognize | None,
    blocks: Sequence[dict[str, Any]] | None = None,
) -> Verdict:
    """The route of a page. `blocks`: those of `page.read_blocks`, where the caller has them."""
    spans = list_spans(blocks if blocks is not None else page.read_blocks()[0])
    figures = count("\n".join(span.text for span in spans))
    features = {
        "characters": float(figures.characters),
        "letters": float(figures.letters),
        "unmapped": figures.junk,
        "mixed": figures.mixed,
        "bits": figures.bits,
        "inner_caps": figures.inner_caps,
    }
    if not figures.characters:
        return _judge_bare(page, features)
    if figures.characters < LITTLE and _shows_more(page, memory, recognize, spans, figures):
        return Verdict("ocr", "little_text", 0.2, features, False)
    hidden = count_characters([span for span in spans if span.hidden])
    features["hidden"] = min(hidden / figures.characters, 1.0)
    if features["hidden"] > HIDDEN:
        return _judge_hidden(page, memory, recognize, spans, figures, features)
    return _judge_seen(page, memory, recognize, spans, figures, features)


def list_spans(blocks: Sequence[dict[str, Any]]) -> list[Span]:
    """The spans of a page that are more than space."""
    return [
        Span(
            text,
            span["font"],
            span["size"],
            span["bbox"],
            span["origin"],
            line["dir"],
            not span["char_flags"] & PAINTED,
        )
        for block in blocks
        for line in block.get("lines", ())
        for span in line["spans"]
        if (text := span["text"]) and not text.isspace()
    ]


def _judge_bare(page: Page, features: dict[str, float]) -> Verdict:
    if not page.list_drawn() and not page.has_fields() and not page.has_notes():
        return Verdict("blank", "blank", 1.0, features, False)
    surface = measure_surface(page)
    features |= {"ink": surface.ink, "marks": float(surface.marks)}
    if surface.blank:
        return Verdict("blank", "blank", 1.0, features, False)
    if surface.marks < FEW_MARKS and not page.list_images():
        return Verdict("blank", "no_letters", 0.9, features, False)  # rules, a frame, a filled box
    return Verdict("ocr", "no_text", 0.0, features, False)


def _shows_more(
    page: Page, memory: Memory, recognize: Recognize | None, spans: Sequence[Span], figures: Letters
) -> bool:
    """Whether pictures or outlines show text that the layer has not."""
    size = page.width * page.height
    drawn = page.list_drawn()
    pictures = max((_measure(box, page) for kind, box in drawn if "im" in kind), default=0.0)
    outlines = sum(kind in ("fill-path", "stroke-path") for kind, _ in drawn)
    if pictures < LARGE * size and outlines < OUTLINES:
        return False
    surface = measure_surface(page, [span.box for span in spans])
    if surface.marks <= max(MANY_MARKS, figures.characters / 2):
        return False
    lines = find_lines(surface)
    if recognize is None:
        return pictures >= LARGE * size and len(lines) > 1
    return read_boxes(page, lines, recognize, memory.models)


def _measure(box: Box, page: Page) -> float:
    """The area of what of a box is on the page."""
    across = min(box[2], page.width) - max(box[0], 0)
    down = min(box[3], page.height) - max(box[1], 0)
    return max(across, 0.0) * max(down, 0.0)


def _judge_hidden(
    page: Page,
    memory: Memory,
    recognize: Recognize | None,
    spans: Sequence[Span],
    figures: Letters,
    features: dict[str, float],
) -> Verdict:
    """A layer that is not drawn says what an earlier OCR read, page by page: each page is looked at."""
    quality = _rate_letters(figures)
    odd, bad = _find_odd(figures)
    checked = False
    if recognize is not None:
        check = check_spans(
            page, choose_spans([span for span in spans if span.hidden]), recognize, memory.models
        )
        checked = check.agrees is not None
        if checked:
            quality = features["likeness"] = check.likeness
        if check.agrees is False:
            return Verdict("ocr", "hidden_layer_worse", quality, features, True)
    if bad and not checked:
        return Verdict("ocr", "hidden_layer_worse", min(quality, 0.2), features, False)
    return Verdict(
        "text", "hidden_layer", min(quality, 0.6) if odd and not checked else quality, features, checked
    )


def _judge_seen(
    page: Page,
    memory: Memory,
    recognize: Recognize | None,
    spans: Sequence[Span],
    figures: Letters,
    features: dict[str, float],
) -> Verdict:
    odd, bad = _find_odd(figures)
    total = figures.characters
    if unmapped := _judge_unmapped(page, memory, recognize, spans, figures, features):
        return unmapped
    groups = group_spans(page, memory, spans)
    weights = {key: count_characters(group) for key, group in groups.items()}
    heavy = {key: group for key, group in groups.items() if weights[key] >= max(NOTABLE * total, LEAST_TEXT)}
    checked = check_fonts(page, memory, recognize, heavy, odd)
    fonts = {key: memory.fonts.get(key, Font()) for key in groups}
    wrong_fonts = {key: font for key, font in fonts.items() if font.wrong_on(page.number)}
    wrong = sum(map(weights.__getitem__, wrong_fonts))
    features["wrong"] = wrong / max(total, 1)
    if wrong >= NOTABLE * total:
        likeness = min(font.likeness for font in wrong_fonts.values())
        return Verdict("ocr", "pixels_differ", likeness, features, bool(checked))
    seen = sum(weights[key] for key in checked if fonts[key].good)
    if odd and seen > 0.5 * total and figures.inner_caps < BAD_CAPS:
        memory.odd_but_good += 1
    elif odd and memory.odd_but_good < TRUSTED:
        return Verdict(*(("ocr", bad, 0.2) if bad else ("text", "unsure", 0.5)), features, bool(checked))
    known = [(weights[key], font.likeness) for key, font in fonts.items() if font.good]
    quality = _rate(known, total, figures)
    return Verdict("text", "good", min(max(quality, 0.0), 1.0), features, bool(checked))


def _rate(known: Sequence[tuple[int, float]], total: int, figures: Letters) -> float:
    """What a layer is worth by the fonts that were looked at, and by its letters where none was; a letter
    without a character is lost in either."""
    rest = total - sum(weight for weight, _ in known)
    seen = sum(weight * like for weight, like in known) * (1 - figures.junk)
    return (seen + rest * _rate_letters(figures)) / max(total, 1)


def _judge_unmapped(
    page: Page,
    memory: Memory,
    recognize: Recognize | None,
    spans: Sequence[Span],
    figures: Letters,
    features: dict[str, float],
) -> Verdict | None:
    """The verdict where too much has no characters; where nobody can tell, of much more."""
    if figures.junk < UNMAPPED:
        return None
    told = _check_unmapped(page, memory, recognize, spans)
    if told or (told is None and figures.junk >= BAD_UNMAPPED):
        return Verdict("ocr", "unmapped", 0.1, features, told is not None)
    return None


def _find_odd(figures: Letters) -> tuple[bool, str]:
    """Whether the letters look unlike language, and the reason where they do so beyond doubt."""
    told = figures.pairs >= LEAST_PAIRS
    signs = (
        ("broken_letters", told, figures.bits, ODD_BITS, BAD_BITS),
        ("mixed_scripts", figures.letters >= LEAST_PAIRS, figures.mixed, ODD_MIXED, BAD_MIXED),
        ("broken_letters", figures.letters >= LEAST_PAIRS, figures.inner_caps, ODD_CAPS, BAD_CAPS),
        ("unmapped", True, figures.junk, UNMAPPED, BAD_UNMAPPED),
    )
    odd = any(enough and value >= some for _, enough, value, some, _ in signs)
    return odd, next((name for name, enough, value, _, most in signs if enough and value >= most), "")


def _rate_letters(figures: Letters) -> float:
    """What the letters alone are worth."""
    if figures.pairs < LEAST_PAIRS:
        return 0.8 * (1 - figures.junk)
    return min(max((BAD_BITS + 0.4 - figures.bits) / 1.2, 0.0), 0.95) * (1 - figures.junk)


def _check_unmapped(
    page: Page, memory: Memory, recognize: Recognize | None, spans: Sequence[Span]
) -> bool | None:
    """Whether what has no characters is drawn as language; None where nobody can tell."""
    if recognize is None:
        return None
    worst = [span for span in spans if count(span.text).junk > 0.3]
    check = check_spans(page, choose_spans(worst), recognize, memory.models) if worst else None
    return None if check is None or check.agrees is None else not check.agrees
