"""The book in a file of Project Gutenberg: without header, license and the notes of those who made the file.

Files of 1991 to 2003 hold the "SMALL PRINT" between header and text (a few: behind the text), those after
2003 marks of START and END and the license behind the text. Marks were typed by hand, in several languages.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

_STARS = r"[\s*]*"
_WORK = r"(?:E-?BOOK|E-?TEXT|E-?TEXTE|EBUCH|ETEXTES)"
_OF = r"(?:THE|THIS|DE|DU|DIESES|DIESE|DES|CE|CET|DEL|DELLA|VAN)?"
_PROJECT = r"PROJE[CK]?T\s+GUTENBERG"
_START = re.compile(rf"^{_STARS}START\s+OF\s+{_OF}\s*{_PROJECT}", re.IGNORECASE)
_SMALL_BEGINS = re.compile(r"^[\s*]*START[\s*]*THE SMALL PRINT|^[\s*]*THE LEGAL SMALL PRINT", re.IGNORECASE)
_SMALL_ENDS = re.compile(r"END[\s*]*THE SMALL PRINT|ETEXTS?\s*\*[^*]*\*?\s*END\s*\*", re.IGNORECASE)
_END = re.compile(
    rf"^{_STARS}(?:(?:THE\s+)?END|ENDE|FIN|FINE|EINDE|LOPPU)\s+(?:OF|DE|DU|DI|VAN)?\s*{_OF}\s*{_PROJECT}"
    r"|^[\s*]*START: FULL LICENSE",
    re.IGNORECASE,
)
_COPYRIGHTED = re.compile(
    r"COPYRIGHT(?:ED)? PROTECTED ETEXTS|This is a COPYRIGHTED Project Gutenberg", re.IGNORECASE
)
_FREE = re.compile(
    r"FOR PUBLIC DOMAIN ETEXTS|public domain print editions"
    r"|not\s+protected\s+by\s+U\.?S\.?\s+copyright\s+law",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"\s*[\[(]?(?:(?:Produced|Prepared|Transcribed|Scanned|Proofread|HTML version) (?:from|by|and)\b"
    r"|E-?text (?:prepared|produced|scanned) by"
    r"|This (?:e-?text|e-?book|file) was (?:produced|prepared|typed|scanned|first posted))",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\s*[\[*{(]*\s*(?:Transcriber'?s?'?|Transcriber\u2019s)\s+Notes?\b", re.IGNORECASE)
_MAX_NOTE_LINES = 60
_MAX_CREDITS = 6  # paragraphs at the head of a book that may be credits
_MAX_HEADER_LINES = 100  # with words; those before the small print have some 40
_MAX_LONG_MARK = 4  # lines that a mark with a long title takes


def cut_license(lines: Sequence[str]) -> tuple[list[str], list[str], bool]:
    """The lines of the header, those of the book, and whether a mark told the book from the rest."""
    marks = list(_find_marks(lines))
    opens = [at for at, behind, inside in marks if inside]
    if not marks:
        return [], list(lines), False
    kept = _cut(lines, marks, not opens)
    before, behind = _count(lines[: marks[0][0]]), _count(kept)
    least = max(behind, _MAX_HEADER_LINES) if behind else 0
    if opens and not _START.match(lines[marks[0][0]]) and before > least:
        return [], _cut(lines, marks, True), True  # the small print stands behind the book
    return list(lines[: opens[0] if opens else 0]), kept, True


def _cut(lines: Sequence[str], marks: list[tuple[int, int, bool]], inside: bool) -> list[str]:
    """What stands in the book, which the lines begin in or not."""
    kept: list[str] = []
    begun = 0
    for at, behind, enters in marks:
        if inside:
            part = lines[begun:at]
            # A second opening near the head: the small print stands behind the mark of START.
            kept = [] if enters and not _count(kept) and len(part) < 800 else [*kept, *part]
        begun, inside = behind, enters
    return [*kept, *lines[begun:]] if inside else kept


def _count(lines: Sequence[str]) -> int:
    return sum(1 for line in lines if line.strip())


def _find_marks(lines: Sequence[str]) -> Iterator[tuple[int, int, bool]]:
    """The line of each mark, the first line behind it, and whether the book goes on there."""
    for at, line in enumerate(lines):
        if len(line) > 400 or not ("*" in line or "utenberg" in line or "UTENBERG" in line):
            continue
        if _START.match(line):
            yield at, _find_end(lines, at), True
        elif _SMALL_BEGINS.match(line):
            yield at, at + 1, False
        elif _SMALL_ENDS.search(line):
            yield at, at + 1, True
        elif _END.match(line):
            yield at, _find_end(lines, at), False


def _find_end(lines: Sequence[str], at: int) -> int:
    """Behind a mark, whose title may go on in the next lines, up to three stars."""
    if "***" in lines[at].strip().lstrip("* ") or not lines[at].lstrip().startswith("*"):
        return at + 1
    for later in range(at + 1, min(at + _MAX_LONG_MARK, len(lines))):
        if not lines[later].strip():
            break
        if lines[later].rstrip().endswith("***"):
            return later + 1
    return at + 1


def detect_rights(text: str) -> str | None:
    """`free` (in the public domain of the USA) or `copyrighted`, where the file says so."""
    if _COPYRIGHTED.search(text):
        return "copyrighted"
    return "free" if _FREE.search(text) else None


def drop_notes(lines: Sequence[str]) -> list[str]:
    """The book without transcribers' notes, and without the credits at its head."""
    kept: list[str] = []
    credits = 0
    for paragraph in _cut_paragraphs(lines):
        first = paragraph[0] if paragraph else ""
        text = "\n".join(paragraph)
        if not text.strip():
            kept += paragraph
            continue
        credits += 1
        is_credit = credits <= _MAX_CREDITS and _CREDIT.match(first)
        kept += [] if is_credit or _NOTE.match(first) else paragraph
    return kept


def _cut_paragraphs(lines: Iterable[str]) -> Iterator[list[str]]:
    """Lines in a row that are empty, or are not; a bracketed note goes on to its bracket."""
    part: list[str] = []
    open_note = False
    for line, following in pairwise([*lines, ""]):
        part.append(line)
        if not open_note and len(part) == 1:
            open_note = bool(_NOTE.match(line)) and line.lstrip()[:1] == "["
        if open_note and "]" not in line and len(part) < _MAX_NOTE_LINES:
            continue
        open_note = False
        if bool(line.strip()) != bool(following.strip()):
            yield part
            part = []
    if part:
        yield part
