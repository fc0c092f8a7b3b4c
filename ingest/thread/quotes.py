"""Quotes of what stands above in a thread: cut, with the line that says whose they are."""

import re
from collections.abc import Sequence
from functools import lru_cache

_MARK = re.compile(r"\s{0,8}(?:[A-Za-z]{0,4}>\s*|\|\s)+")
_QUOTED = re.compile(r"\s{0,8}[A-Za-z]{0,4}>")
_WROTE = re.compile(
    r"\b(?:wrote|writes?|said|says|schrieb|schreef|écrit|escribió|escreveu|scritto|scrisse|skrev|napisał"
    r"|kirjoitti|пишет|писал|写道)\b|@|\b(?:19|20)\d\d\b|\d:\d\d",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"\s*[-_]{2,}\s*(?:original message|original nachricht|ursprüngliche nachricht|message d'origine"
    r"|mensaje original|messaggio originale)?\s*[-_]{2,}\s*$",
    re.IGNORECASE,
)
_ENDS = re.compile(r"--|[-_]{5,}.*")
FIELD = re.compile(  # a header as mail programs write it above a message that they hang on
    r"\s*\*?(?:from|sent|to|cc|date|subject|von|gesendet|datum|an|betreff|de|envoyé|à|objet|para|fecha|enviado"
    r"|asunto|assunto|da|inviato|data|oggetto|van|verzonden|aan|onderwerp|från|skickat|till|ämne|от|кому|дата|тема"
    r"|发件人|发送时间|收件人|主题|差出人|宛先|日時|件名)\*?\s?[:\uff1a]",
    re.I,
)
_MAX_SIGNATURE, _MAX_ATTRIBUTION, _MAX_LINE = 12, 4, 100
_MAX_CHARS, _MAX_LINES = 200_000, 5_000  # letters are shorter; each line is looked for in all that is known
_SPACE = re.compile(r"\s+")


def fold(text: str, above: Sequence[str]) -> tuple[str, int]:
    """The text without quoted lines that stand in one of the texts `above`, and how many lines went.

    White space, marks of quotes and where lines break make no difference. What is quoted and stands in none
    stays. A line that says who wrote a quote goes where the quote goes, a signature with the quote it ends,
    and of the first message that is hung on below (`-----Original Message-----`) what stands above. A text of
    more than 200,000 characters or 5,000 lines, or with so much above, stays as it is.
    """
    if max(len(text), sum(map(len, above))) > _MAX_CHARS or text.count("\n") >= _MAX_LINES:
        return text, 0
    known = f" {' '.join(map(_normalize_above, above))} "
    lines = text.split("\n")
    gone = [False] * len(lines)
    start, tried = 0, False
    while start < len(lines):
        if _QUOTED.match(lines[start]):
            stop = _find_end(lines, start, known)
            _fold_quote(lines, start, stop, known, gone)
            start = stop
        elif not tried and start + 1 < len(lines) and _is_original(lines[start]):
            stop = _fold_original(lines, start, known, gone)
            start, tried = stop, stop > start + 1  # it looks at all that is below
        else:
            start += 1
    kept = [line for line, is_gone in zip(lines, gone, strict=True) if not is_gone]
    folded = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n") if any(gone) else text
    return folded, sum(gone)


def _normalize(text: str) -> str:
    return _SPACE.sub(" ", "\n".join(_MARK.sub("", line, count=1) for line in text.split("\n"))).strip()


_normalize_above = lru_cache(8)(_normalize)  # many posts answer one


def _is_original(line: str) -> bool:
    return len(line) <= _MAX_LINE and _ORIGINAL.match(line) is not None


def _matches_at(line: str, known: str) -> bool:
    return f" {line} " in known


def _find_end(lines: Sequence[str], start: int, known: str) -> int:
    """Behind the last line of a quote; the rest of a line that a mail program broke belongs to it."""
    at = start
    while at < len(lines):
        if _QUOTED.match(lines[at]):
            at += 1
            continue
        broken = at + 1 < len(lines) and _QUOTED.match(lines[at + 1]) and lines[at].strip()
        if not broken or len(lines[at]) > _MAX_LINE or not _matches_at(_normalize(lines[at]), known):
            break
        at += 1
    return at


def _fold_quote(lines: Sequence[str], start: int, stop: int, known: str, gone: list[bool]) -> None:
    plain = [_normalize(line) for line in lines[start:stop]]
    stands = [not line or _matches_at(line, known) for line in plain]
    if _matches_at(" ".join(filter(None, plain)), known):
        stands = [True] * len(plain)
    for at, line in enumerate(plain):
        behind = stands[at + 1 : at + 2] == [True]
        # Who wrote what is quoted within the quote, and the headers of that message.
        stands[at] |= behind and line.endswith(":") and bool(_WROTE.search(line))
        stands[at] |= bool(FIELD.match(line)) and any(stands[at + 1 :])
        # What was cut off as a signature or a footer from what stands above.
        if _ENDS.fullmatch(line) and len(plain) - at <= _MAX_SIGNATURE and any(stands[:at]):
            stands[at:] = [True] * (len(plain) - at)
    if not any(line and is_there for line, is_there in zip(plain, stands, strict=True)):
        return
    gone[start:stop] = stands
    if stands[0]:
        _drop_attribution(lines, start, gone)


def _drop_attribution(lines: Sequence[str], start: int, gone: list[bool]) -> None:
    """Mark the paragraph before a quote, if it says who wrote that and nothing else."""
    end = start
    while end and not lines[end - 1].strip():
        end -= 1
    first = end
    while first and end - first < _MAX_ATTRIBUTION and lines[first - 1].strip() and not gone[first - 1]:
        first -= 1
    said = " ".join(lines[first:end]).strip()
    begins = not any(line.strip() for line in lines[:first])
    if said.endswith((":", "...")) and len(said) <= 3 * _MAX_LINE and (_WROTE.search(said) or begins):
        gone[first:end] = [True] * (end - first)


def _fold_original(lines: Sequence[str], start: int, known: str, gone: list[bool]) -> int:
    """Fold a message that hangs below its answer; returns where to go on."""
    body = start + 1
    while body < len(lines) and (FIELD.match(lines[body]) or not lines[body].strip()):
        body += 1
    if body == start + 1 or not any(FIELD.match(line) for line in lines[start + 1 : body]):
        return start + 1
    plain = [_normalize(line) for line in lines[body:]]
    stands = [not line or _matches_at(line, known) for line in plain]
    words = [is_there for line, is_there in zip(plain, stands, strict=True) if line]
    if not words or sum(words) * 2 < len(words):
        return body
    gone[start:body] = [True] * (body - start)
    gone[body:] = stands
    return len(lines)
