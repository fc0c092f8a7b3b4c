"""Whether a page keeps all rights, by a formula that is its own."""

# ruff: noqa: E501 - words of many languages

import re

from winnow.ingest.licenses.judgement import ARTICLE, Claim, clean
from winnow.ingest.licenses.names import (
    RESERVED,
)
from winnow.ingest.licenses.regions import Context
from winnow.ingest.licenses.reservations import find_kept
from winnow.ingest.licenses.scope import is_quoted, is_spoken_of
from winnow.ingest.licenses.subjects import BSD, DOCUMENT, OWNED, SENTENCE, SUBJECT

_APART = re.compile(
    r"does not apply|not (?:covered|included|under|licensed|part of)|by (?:kind )?permission|with (?:the )?permission|"
    r"excluded|is exempt|exception|reprinted|gilt nicht|ausgenommen|mit genehmigung|ne s.applique pas|no se aplica|"
    r"con permiso|avec l.autorisation|non si applica",
    re.IGNORECASE,
)


def _weigh(text: str, match: re.Match[str], frame: bool, owned: bool, context: Context) -> float:
    """How sure it is that the formula is the page's: by its region, the owner beside it, and what else stands
    in its block."""
    alone = len(text) < 220
    opening = alone and len(SENTENCE.split(text[: match.start()])) <= 2  # a block of no more than that
    confidence = 0.9 if frame and owned else 0.8 if frame or (owned and (alone or context.late)) else 0.3
    return max(confidence, 0.6 if owned or opening or len(text.strip()) < 60 else 0.3)


def judge_kept(text: str, context: Context) -> list[Claim]:
    """Whether all rights are kept, by the first formula that is the page's."""
    match = next((m for m in find_kept(text) if not BSD.search(text[m.end() : m.end() + 120])), None)
    if match is None:
        return []
    sentence = SENTENCE.split(text[max(0, match.start() - 160) : match.start()])[-1] or ""
    frame = context.region in ("footer", "sidebar", "header")
    owned = bool(
        OWNED.search(text[max(0, match.start() - 160) : match.end() + 120]) or OWNED.search(context.before)
    )
    confidence = _weigh(text, match, frame, owned, context)
    of = _detect_scope(text, match, sentence, owned, context)
    words = text[max(0, match.start() - 110) : match.end() + 60]
    apart = bool(_APART.search(text[match.end() : match.end() + 240])) or bool(ARTICLE.search(sentence))
    given = DOCUMENT.search(text[match.end() : match.end() + 160])  # "You may distribute it under ..."
    own = of == "page" and context.region == "body" and confidence >= 0.6 and apart and not given
    return [Claim(RESERVED, "text", context.region, clean(words), of, confidence, own=own)]


def _detect_scope(text: str, match: re.Match[str], sentence: str, owned: bool, context: Context) -> str:
    """What the formula is of: the page, or something on it."""
    if context.kept:
        return "example"
    of, subject = context.of, SUBJECT.search(sentence)
    kinds = {one.lastgroup for one in SUBJECT.finditer(sentence)}
    if of == "page" and subject and kinds <= {"picture"} and not OWNED.search(sentence[: subject.start()]):
        of = "picture"
    before = text[max(0, match.start() - 40) : match.start()]
    if of == "page" and (is_quoted(text[: match.start()]) or is_spoken_of(before, text[match.end() :])):
        return "quotation"
    frame = context.region in ("footer", "sidebar", "header")
    if context.of == "quotation" and owned and (frame or context.late):
        return "page"  # `cite` around the owner
    if of == context.of and of in ("picture", "teaser") and not context.drawn and owned:
        return "page" if context.region == "footer" else of  # a class of that name is around many a foot
    return of
