"""The fonts of a document: which of them say what is drawn, as far as they were looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from winnow.ocr.layer.codes import Codes
from winnow.ocr.layer.pixels import Recognize, Span, check_spans, choose_spans
from winnow.ocr.reader.page import Page

NOTABLE = 0.05  # share of a page's text
LEAST_TEXT = 5  # characters
TRUSTED = 6  # odd pages that were good: then it is the document's way
TRIES = 3  # pages on which a font is looked at that could not be told
AGAIN = 64  # pages after which a good font is looked at again
FREE_CHECKS = 16  # fonts of a document; of more, where all were good, every fourth is looked at


@dataclass
class Font:
    """What is known of a font: `good` is None until told."""

    good: bool | None = None
    likeness: float = 0.0
    tries: int = 0
    page: int = -1
    lapsed: int = -1

    def wrong_on(self, page: int) -> bool:
        """Whether it does not say what is drawn on that page."""
        return self.good is False or self.lapsed == page


@dataclass
class Memory:
    """What was found so far in one document. `models`: the OCR languages at hand."""

    models: Sequence[str] = ("eng",)
    fonts: dict[str, Font] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)
    odd_but_good: int = 0
    codes: Codes = field(default_factory=Codes)


def group_spans(page: Page, memory: Memory, spans: Sequence[Span]) -> dict[str, list[Span]]:
    """The spans by font."""
    digests = page.name_fonts(memory.digests)
    named: dict[str, list[Span]] = {}
    for span in spans:
        named.setdefault(span.font, []).append(span)
    return {f"{name} {digests.get(name, '')}": group for name, group in named.items()}


def count_characters(spans: Sequence[Span]) -> int:
    """Characters that are no spaces."""
    text = "".join([span.text for span in spans])
    return len(text) - text.count(" ")


def check_fonts(
    page: Page, memory: Memory, recognize: Recognize | None, groups: Mapping[str, Sequence[Span]], odd: bool
) -> set[str]:
    """Look at fonts where that is due and can be; which of them were looked at and told."""
    if recognize is None:
        return set()
    return {key for key, group in groups.items() if _check_font(page, memory, recognize, key, group, odd)}


def _check_font(
    page: Page,
    memory: Memory,
    recognize: Recognize,
    key: str,
    group: Sequence[Span],
    odd: bool,
) -> bool:
    """Look at a font where that is due; whether it was looked at and told."""
    if key not in memory.fonts:
        spare = len(memory.fonts) >= FREE_CHECKS and all(
            font.good is not False for font in memory.fonts.values()
        )
        memory.fonts[key] = Font(tries=TRIES if spare and len(memory.fonts) % 4 else 0)
    font = memory.fonts[key]
    doubt = odd and (memory.odd_but_good < TRUSTED or page.number % 8 == 0)
    again = font.good is True and (page.number - font.page >= AGAIN or font.lapsed >= 0)
    if font.good is False or not (doubt or again or (font.good is None and font.tries < TRIES)):
        return False
    chosen = choose_spans(group)
    if not chosen:
        return False
    check = check_spans(page, chosen, recognize, memory.models)
    font.tries += 1
    if check.agrees is None:
        return False
    # What was right once and is not now is that page's affair: another font under the name, or a bad picture.
    font.lapsed = page.number if font.good and not check.agrees else -1
    font.good = check.agrees or font.good is True
    font.likeness, font.page = check.likeness, page.number
    return True
