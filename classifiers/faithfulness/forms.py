"""Marks that a text is no rewrite but something that a model or its server said."""

import re
import zlib
from functools import cache
from pathlib import Path

from winnow.files import read_text

CHAT = re.compile(
    r"<\|[^|>\n]{1,40}\|>|</?(?:s|think|system|user|assistant|source[^>]*|INST|tool_call)>"
    r"|\[/?INST\]|<<SYS>>|<start_of_turn>"
    r"|<end_of_turn>|(?m:^\s*(?:#{2,}\s*)?(?:Assistant|User|Human|System|AI)\s*:)"
)
REMNANT = re.compile(
    r"(?i)^\W*(?:sure|certainly|of course|absolutely|okay|great)\b(?:\s*[,.!:]|[^.\n]{0,80}[!:])"
    r"|^\W*here(?:'s| is| are)\b[^.\n]{0,120}\b(?:rewrit|rewritten|version|"
    r"summary|faq|questions|table|tutorial|text|rephras|paraphras)\w*[^.\n]{0,60}[:.]"
    r"|\b(?:the (?:source|provided|given|original|above) (?:text|document|passage)"
    r"|as (?:requested|instructed|per your)|i hope this helps|let me know if|feel free to ask"
    r"|(?:rewritten|revised|rephrased) (?:text|version)\s*:|note that i (?:have|kept)"
    r"|word count\s*:)"
)
REFUSAL = re.compile(
    r"(?i)^\W*(?:i'?m sorry|i am sorry|sorry|i apologi[sz]e"
    r"|unfortunately)?[,.\s]*(?:but )?(?:as an? (?:ai|language model|assistant)[^.]{0,60})?[,\s]*"
    r"(?:i (?:can(?:'|no)?t|cannot|can not|am unable|'m unable|won'?t|will not|am not able"
    r"|do not have)|i'?m (?:unable|not able)|as an? (?:ai|language model)|there is no text"
    r"|no text (?:was|is)|please provide)"
)
_FORMULA = re.compile(
    r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)"
    r"|(?<!\$)\$(?!\s)([^$\n]{1,200}?[\\^_={}+*/a-zA-Z][^$\n]{0,200}?)(?<!\s)\$(?![\d$])",
    re.S,
)
_PLAIN = re.compile(
    r"(?<![\w.])([A-Za-z]\w?(?:\([a-z, ]{1,12}\))?\s*=\s*[^\s,;.]+(?:\s*[-+*/^\u00d7·\u2212]\s*[\w^().²³]+)*)"
)
_CLOSED = re.compile(r"[.!?:;…。\uff01\uff1f।॥|)\]}>*`\"'\u201d\u2019»0-9$]\s*$")


@cache
def _compile(name: str) -> re.Pattern[str]:
    return re.compile(read_text(Path(name)))


def list_formulas(text: str) -> list[str]:
    """Formulas in LaTeX's marks, and plain ones (`F = ma`), without spaces."""
    found = [next(part for part in match.groups() if part) for match in _FORMULA.finditer(text)]
    found += [match[1] for match in _PLAIN.finditer(text)]
    return [normalize(one) for one in found]


def normalize(formula: str) -> str:
    """A formula without what only spaces and sets it."""
    plain = re.sub(r"\\(?:left|right|,|;|!|quad|displaystyle|mathrm|text)|[\s{}$]", "", formula)
    for one, other in (
        ("\\cdot", "*"),
        ("\\times", "*"),
        ("·", "*"),
        ("\u00d7", "*"),
        ("\u2212", "-"),
        ("²", "^2"),
        ("³", "^3"),
    ):
        plain = plain.replace(one, other)
    return plain.rstrip(".,;").lower()


def find_formula(rewrite: str, parent: str) -> str | None:
    """A formula that the parent does not have, though it has one with the same left side or the same
    signs."""
    theirs = list_formulas(parent)
    if not theirs:
        return None
    whole = normalize(parent)
    for one in list_formulas(rewrite):
        if one in whole or not re.search(r"[a-z]", one):
            continue
        left = one.partition("=")[0]
        near = [other for other in theirs if "=" in one and other.partition("=")[0] == left]
        if near and re.search(r"[a-z^]", one.partition("=")[2]):
            return f"{one} for {near[0]}"
        alike = [
            other
            for other in theirs
            if sorted(re.findall(r"\w+", other)) == sorted(re.findall(r"\w+", one)) and other != one
        ]
        if alike and len(one) > 3 and not _is_commuted(one, alike[0]):
            return f"{one} for {alike[0]}"
    return None


_COEFFICIENT = re.compile(r"(?<![\w.^])(\d+(?:\.\d+)?[abcnptuvxyz])(?!\w)")


def find_coefficient(rewrite: str, parent: str) -> str | None:
    """A coefficient (the 3x of x^2 - 3x) that the parent does not have, though it has others."""
    theirs = set(_COEFFICIENT.findall(parent))
    new = [one for one in _COEFFICIENT.findall(rewrite) if theirs and one not in theirs]
    return f"{new[0]} for {', '.join(sorted(theirs)[:3])}" if new else None


def _is_commuted(one: str, other: str) -> bool:
    sides = [sorted(part for part in re.split(r"=", each)) for each in (one, other)]
    return sides[0] == sides[1]


def is_cut_off(text: str) -> bool:
    """Whether a text ends within a sentence, though it has some; lists, tables, code and titles end as
    they like."""
    lines = text.rstrip().splitlines()
    last = lines[-1].strip() if lines else ""
    if _CLOSED.search(last) or len(last) < 25 or re.match(r"[-*•|#>+]|\d{1,3}[.)]", last):
        return bool(re.search(r"(?:,|\b(?:and|or|the|of|to|a|in|with))\s*$", last))
    return bool(re.search(r"[.!?。]", text[:-1]))


def find_loop(text: str) -> str | None:
    """What a text says four times or more without a break."""
    data = text.encode(errors="replace")
    if len(data) < 50 or len(zlib.compress(data)) > 0.5 * len(data):  # what says the same is packed well
        return None
    found = re.search(r"(?s)(\S.{8,300}?\s)\1{3,}", text[:20_000] + " ")
    return found[1][:60] if found else None
