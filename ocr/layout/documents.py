"""Pages of one PDF as documents: a chapter or the whole, each with how its pages were read."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from winnow.ocr.kind.kinds import judge
from winnow.ocr.layout.assembly import build_page
from winnow.ocr.layout.chapters import cut_sections, find_chapters, split_long
from winnow.ocr.layout.furniture import remove_furniture
from winnow.ocr.layout.headings import Style, find_style
from winnow.ocr.layout.hyphens import collect_words
from winnow.ocr.layout.lines import Page
from winnow.ocr.layout.text import RenderedText, write
from winnow.ocr.rights.statements import judge as judge_rights

MAX_UNMAPPED_RATIO = 0.2
LEAST_UNREAD = 0.05  # of the area of what may be text on a page
NO_ENGINE = (None, "layer", "xfa")  # what stands in the file, and was not recognized
UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]")
Row = dict[str, Any]


class FailedPages(NamedTuple):
    """Pages that could not be read: the first, the last (from 0), why; `rest`: all behind was given up."""

    first: int
    last: int
    error: str
    rest: bool = False

    @property
    def key(self) -> str:
        """As error rows name them."""
        return f"pages {self.first + 1}-{self.last + 1}" if self.rest else f"page {self.first + 1}"


def sort_out(
    answers: Iterable[dict[str, Any]], count: int, max_pages: int
) -> tuple[list[Page], list[FailedPages]]:
    """The pages that could be read, and those that could not, by what the child says."""
    pages: list[Page] = []
    failed: list[FailedPages] = []
    for answer in answers:
        number = answer["page"]
        if "lost" in answer:
            why = f"the rest of the file is lost from page {number + 1}: {answer['lost']}"
            failed.append(FailedPages(number, count - 1, why, rest=True))
        elif "error" in answer:
            failed.append(FailedPages(number, number, answer["error"]))
        else:
            pages.append(build_page(answer))
    pages.sort(key=lambda page: page.number)  # those that the other reader was asked for come last
    failed.sort()
    if count > max_pages and not any(one.rest for one in failed):
        why = f"the rest of the file is not read, {count} pages: raise max_pages"
        failed.append(FailedPages(max_pages, count - 1, why, rest=True))
    return pages, failed


def make_documents(
    head: Mapping[str, Any],
    pages: Sequence[Page],
    failed: Sequence[FailedPages],
    *,
    min_chapter_pages: float,
    max_chars: float,
) -> Iterator[tuple[int, Row]]:
    """A row for each document, with the number of its first page.

    A row: `key`, `text`, `license`, `license_evidence`, `metadata` (JSON), `preferences` (JSON or None),
    `drop_reason`, `pdf_pages`, `pdf_ocr_pages`, `pdf_failed_pages` and `ocr_quality` of the document's own
    pages; failed ones count to the document that they lie in.
    """
    clean = remove_furniture(pages)
    words, style = collect_words(clean), find_style(clean, head["outline"])
    found = find_chapters(head["outline"]) if head["pages"] > min_chapter_pages else []
    parts = [
        (section.title, part)
        for section in cut_sections(clean, found)
        for part in split_long(section.pages, max_chars)
    ]
    license, evidence = detect_rights(head, pages)
    ends = [*(part[0].number for _, part in parts[1:]), *([head["pages"]] if parts else [])]
    for (title, part), end in zip(parts, ends, strict=True):
        first = 0 if part is parts[0][1] else part[0].number
        holes = [one for one in failed if first <= one.first < max(end, first + 1)]
        row = _make_row(head, title, part, holes, words, style)
        yield part[0].number, row | {"license": license, "license_evidence": evidence}


def detect_rights(head: Mapping[str, Any], pages: Sequence[Page]) -> tuple[str | None, str | None]:
    """The license of a file and its evidence, by its XMP packet and its first and last page."""
    texts = ["\n".join(line.text for line in page.lines) for page in (*pages[:1], *pages[1:][-1:])]
    first, last = (*texts, "", "")[:2]
    return judge_rights(head.get("rights", ()), first, last)


def _make_row(
    head: Mapping[str, Any],
    title: str,
    pages: Sequence[Page],
    holes: Sequence[FailedPages],
    words: frozenset[str],
    style: Style,
) -> Row:
    written = write(pages, words, style)
    first, last = pages[0].number + 1, pages[-1].number + 1
    span = f"page {first}" if first == last else f"pages {first}-{last}"
    read = [page for page in pages if page.about.get("engine") not in NO_ENGINE]
    quality = _average_quality(pages, read)
    about = {
        **{name: head.get(name) for name in ("title", "author", "creationDate", "license", "producer")},
        "chapter": title,
        "document_type": judge(pages).name if written.text else None,
        "pages": [first, last],
        "page_count": head["pages"],
        "repaired": head["repaired"],
        "pages_without_text": sum(not page.lines for page in pages),
        "routes": count_routes(pages),
        "page_spans": _list_spans(pages, written),
        "holes": _list_holes(pages, holes, written),
        "layout": written.counts,
        "models": dict(Counter(page.about["languages"] for page in pages if "languages" in page.about)),
        "fallbacks": dict(Counter(why for page in pages for why in list_fallbacks(page.about))),
        "unlocked": head.get("unlocked"),
        "formulas": _count_formulas(pages),
        "damaged_pages": sum("damage" in page.about for page in pages),
        "noise_lines": sum(page.about.get("noise", 0) for page in pages),
        "sharpened_pages": sum("blur" in page.about for page in pages),
        "pages_with_unread": sum(page.about.get("unread", 0) > LEAST_UNREAD for page in pages),
    }
    renamed = {"creationDate": "created"}
    return {
        "key": f"{span}: {title}" if title else span,
        "text": written.text,
        "metadata": json.dumps(
            {renamed.get(name, name): value for name, value in about.items() if value}, ensure_ascii=False
        ),
        "preferences": write_preferences(head),
        "drop_reason": find_reason(written.text, pages),
        "pdf_pages": len(pages) + sum(one.last - one.first + 1 for one in holes),
        "pdf_ocr_pages": len(read),
        "pdf_failed_pages": sum(one.last - one.first + 1 for one in holes),
        "ocr_quality": quality,
    }


def write_preferences(head: Mapping[str, Any]) -> str | None:
    """What the file says of its use, as JSON; None where it says nothing."""
    return json.dumps(head["preferences"], ensure_ascii=False) if head.get("preferences") else None


def find_reason(text: str, pages: Sequence[Page]) -> str | None:
    """Why a document of these pages is dropped: no text, or fonts that do not name their characters."""
    letters = len(text) - text.count(" ") - text.count("\n")
    if not letters:
        if any(page.about.get("reason") == "xfa" for page in pages):
            return "pdf.xfa"
        looked = any(page.about.get("engine") not in NO_ENGINE for page in pages)
        return "pdf.no_text" if looked else "pdf.no_text_layer"
    if len(UNMAPPED.findall(text)) > MAX_UNMAPPED_RATIO * letters:
        return "pdf.unmapped_fonts"
    return None


def _average_quality(pages: Sequence[Page], read: Sequence[Page]) -> float | None:
    """Of the pages that were recognized (`read`) by their letters, and by their share of those with text: one
    bad page is no bad book. None where none was."""
    letters = [sum(len(line.text) for line in page.lines) for page in read]
    if not sum(letters):
        return None
    known = zip(read, letters, strict=True)
    wrong = 1 - sum(float(page.about.get("quality", 0.0)) * count for page, count in known) / sum(letters)
    written = sum(bool(page.lines) for page in pages)
    blank = sum(not page.lines for page in read)
    return round(1 - wrong * len(read) / (written + blank), 4)


def list_fallbacks(about: Mapping[str, Any]) -> list[str]:
    """Why a page was not read as was asked: by another engine, or by another reader."""
    return [about[name] for name in ("fallback", "rescued") if name in about]


def count_routes(pages: Sequence[Page]) -> dict[str, int]:
    """Pages by route and reason, such as `ocr: no_text`."""
    named = (f"{page.about['route']}: {page.about['reason']}" for page in pages if "route" in page.about)
    return dict(sorted(Counter(named).items()))


def _count_formulas(pages: Sequence[Page]) -> dict[str, int]:
    """Formulas by themselves, within lines, and those that are marks."""
    return dict(sum((Counter(page.about.get("formulas", {})) for page in pages), Counter()))


def _list_spans(pages: Sequence[Page], written: RenderedText) -> list[list[Any]]:
    """Of each page: its number (from 1), where its text begins and ends (characters), engine, route, reason,
    quality."""
    ends = [*written.starts[1:], len(written.text)]
    return [
        [
            page.number + 1,
            start,
            end,
            *(page.about.get(name) for name in ("engine", "route", "reason", "quality")),
        ]
        for page, start, end in zip(pages, written.starts, ends, strict=True)
    ]


def _list_holes(
    pages: Sequence[Page], holes: Sequence[FailedPages], written: RenderedText
) -> list[list[Any]]:
    """Of pages that failed: the first and the last (from 1), where in the text they are missing, and why."""
    places = []
    for hole in holes:
        behind = (at for page, at in zip(pages, written.starts, strict=True) if page.number > hole.first)
        places.append([hole.first + 1, hole.last + 1, next(behind, len(written.text)), hole.error])
    return places
