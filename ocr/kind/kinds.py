"""Kinds of documents, by how their pages look: articles, manuals, forms, slides, lists, letters."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from winnow.ocr.kind.signs import collect_signs
from winnow.ocr.layout.lines import Page

MIN_SCORE = 0.5
Signs = Mapping[str, float]


class Kind(NamedTuple):
    """A document's kind, how well it fits (0 to 1; "other": what the best of the others lacks), and signs."""

    name: str
    score: float
    features: dict[str, float]


def judge(pages: Sequence[Page]) -> Kind:
    """article, manual, form, table_of_contents, index, slides, catalogue, letter or other.

    Judged by text and its places alone, so that scans have a kind too. `features` are what was judged by
    (`ocr.kind.signs.collect_signs`): shares of lines that are prose, end in a page, hold blanks to fill in …,
    medians of a page (`words`, and `rows`: its height in lines of its type), and whether words of a kind
    stand where they belong. Where no kind reaches a score of 0.5 it is "other".
    """
    signs = collect_signs(pages)
    if not signs["lines"]:
        return Kind("other", 1.0, dict(signs))
    scores = {name: score(signs) for name, score in SCORES.items()}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < MIN_SCORE:
        return Kind("other", round(1 - scores[best], 3), dict(signs))
    return Kind(best, round(scores[best], 3), dict(signs))


def _rise(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high` on, straight between; falling where `low` is above `high`."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _score_article(s: Signs) -> float:
    marks = 0.55 * s["abstract"] + 0.45 * s["references"] - 0.3 * (s["contents"] and s["pages"] > 30)
    size = _rise(s["pages"], 150, 60)
    return _rise(s["prose"], 0.05, 0.15) * (0.25 + 0.75 * min(1.0, marks * 1.3)) * size - 0.15 * (
        s["chapters"] > 3
    )


def _score_manual(s: Signs) -> float:
    marks = 0.45 * s["contents"] + 0.35 * _rise(s["chapters"], 0, 4) + 0.6 * _rise(s["pages"], 15, 60)
    marks -= 0.5 * s["abstract"]
    return (
        _rise(s["prose"] + 0.5 * s["code"], 0.08, 0.25) * min(1.0, max(0.0, marks)) * _rise(s["pages"], 3, 8)
    )


def _score_form(s: Signs) -> float:
    fields = s["blanks"] + 0.8 * s["labels"]
    return (
        _rise(fields, 0.05, 0.3) * _rise(s["prose"], 0.7, 0.3) * (1 - 0.5 * (s["greeting"] and s["closing"]))
    )


def _score_contents(s: Signs) -> float:
    lines = max(s["leaders"] * 1.4, s["page_ends"] * (0.7 + 0.5 * s["contents"]))
    rising = 0.3 + 0.7 * _rise(s["pages_rise"], 0.6, 0.8)
    return rising * _rise(lines, 0.25, 0.6) * _rise(s["prose"], 0.4, 0.15) * _rise(s["money"], 0.3, 0.1)


def _score_index(s: Signs) -> float:
    order = 0.45 + 0.55 * max(_rise(s["sorted"], 0.3, 0.8), s["index_head"])
    entries = _rise(s["index_entries"], 0.2, 0.5) * _rise(s["pages_rise"], 0.95, 0.8)
    return entries * order * _rise(s["leaders"], 0.2, 0.05) * _rise(s["prose"], 0.4, 0.15)


def _score_slides(s: Signs) -> float:
    large = _rise(s["rows"], 52, 38)
    return large * _rise(s["words"], 190, 110) * (0.8 + 0.2 * _rise(s["bullets"], 0.02, 0.2))


def _score_catalogue(s: Signs) -> float:
    cells = max(s["rows_of_cells"], s["money"], 0.9 * s["numbers"])
    listed = max(_rise(cells, 0.2, 0.6), 0.9 * _rise(s["sorted"], 0.5, 0.9) * _rise(s["even"], 0.5, 0.8))
    return 0.9 * listed * _rise(s["prose"], 0.4, 0.15) * _rise(s["blanks"] + s["labels"], 0.3, 0.1)


def _score_letter(s: Signs) -> float:
    marks = 0.5 * s["greeting"] + 0.5 * s["closing"]
    return marks * _rise(s["pages"], 6, 3) * _rise(s["prose"], 0.02, 0.12) * (1 - 0.5 * s["abstract"])


SCORES: dict[str, Callable[[Signs], float]] = {
    "article": _score_article,
    "manual": _score_manual,
    "form": _score_form,
    "table_of_contents": _score_contents,
    "index": _score_index,
    "slides": _score_slides,
    "catalogue": _score_catalogue,
    "letter": _score_letter,
}
