"""Postal addresses, where street, number, code and town stand together in the order of their country."""

# ruff: noqa: E501 - expressions and sentences that would be worse in pieces
import re

_NAME = rb"[A-Z\xc3][\w'.\x80-\xff-]*"
_US_STREET = (
    rb"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|place|pl|square|sq|terrace|ter|"
    rb"circle|cir|parkway|pkwy|highway|hwy|trail|trl|pike|plaza|loop|run|row|alley|broadway)"
)
_UNIT = rb"(?:,? (?:apt|apartment|suite|ste|unit|floor|fl|room|rm|bldg|#)\.? ?[\w-]{1,6})?"
_US = re.compile(
    rb"(?<![\w$.,-])\d{1,6}(?: [NSEWnsew]{1,2}\.?)?(?: [A-Z0-9][\w'.-]*){0,4}? (?i:" + _US_STREET + rb")\b\.?"
    rb"(?: [NSEW]{1,2}\.?)?(?i:" + _UNIT + rb")[,\n ]{1,3}(?:[A-Z][\w'.-]*[ ]?){1,4},? [A-Z]{2} $"
)
_BOX = re.compile(rb"(?i:p\.? ?o\.? box) \d{1,6}[,\n ]{1,3}(?:[A-Z][\w'.-]*[ ]?){1,4},? [A-Z]{2} $")
_DE_STREET = (
    rb"(?:"
    + _NAME
    + rb"(?:[ -]"
    + _NAME
    + rb"){0,3}?[ -]?)?(?:[Ss]tra(?:\xc3\x9fe|sse)|[Ss]tr\.|[Ww]eg|[Pp]latz|[Aa]llee|[Gg]asse|[Dd]amm|[Rr]ing|[Uu]fer)"
)
_DE = re.compile(rb"(?<![\w-])" + _DE_STREET + rb" \d{1,4} ?[a-z]?(?:, ?|\n| ?\xc2\xb7 ?| \| )(?:D-|A-)?$")
_FR = re.compile(
    rb"(?<![\w-])\d{1,4}(?: ?(?:bis|ter))?,? (?i:rue|avenue|av\.|boulevard|bd|place|chemin|all\xc3\xa9e|impasse|quai|cours|route)"
    rb" [\w'.\x80-\xff -]{2,50}?(?:, ?|\n| - |)(?:F-)?$"
)
_SOUTH = re.compile(
    rb"(?<![\w-])(?i:calle|c/|avda\.|avenida|paseo|plaza|via|viale|piazza|corso|largo) [\w'.\x80-\xff -]{2,50}?,? ?(?:n\.? ?|n\xc2\xba ?)?"
    rb"\d{1,4}(?:, ?\w{1,4}\xc2\xba?\w?)?(?:, ?|\n| - )(?:E-|I-)?$"
)
_TOWN = re.compile(
    rb"(?:-\d{4})? ?(?:"
    + _NAME
    + rb"(?:[ -](?:(?:am|an|der|la|le|les|sur|de|di|del) )?"
    + _NAME
    + rb"){0,2})"
)
_BEFORE = 120


def find_postal(data: bytes, first: int, start: int, end: int, last: int) -> tuple[int, int] | None:
    """The bounds of the address to which the five digits from `start` to `end` belong, or None."""
    before = data[max(first, start - _BEFORE) : start]
    for pattern in (_US, _BOX):
        if match := pattern.search(before):
            more = re.match(rb"-\d{4}(?!\d)", data[end : min(last, end + 6)])
            return start - len(match[0]), end + (more.end() if more else 0)
    town = _TOWN.match(data[end : min(last, end + 60)])
    if town is None or data[end : end + 1] != b" ":
        return None
    for pattern in (_DE, _FR, _SOUTH):
        if match := pattern.search(before):
            return start - len(match[0]), end + town.end()
    return None
