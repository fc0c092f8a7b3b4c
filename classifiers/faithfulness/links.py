"""Small words that join: one in the place of another that says the other way round how two parts of a
sentence stand to each other, or on which side of a number a bound is. English."""

import re

from winnow.classifiers.faithfulness.changed import Finding
from winnow.classifiers.faithfulness.edits import Difference, Token

LONGEST = 5
_LINKS: tuple[tuple[str, str, str], ...] = (
    (
        "negations",
        r"\bunless\b|\bexcept (?:if|when|where)\b",
        r"(?<!only )\b(?:if|when|whenever|provided|because)\b",
    ),
    (
        "negations",
        r"\bexcept(?:ing)?\b|\bexclud(?:ing|ed)\b|\bapart from\b|\baside from\b|\bbut for\b|\bsave for\b",
        r"\binclud(?:ing|ed)\b|\balso\b|\bas well as\b|\beven\b|\bsuch as\b",
    ),
    (
        "negations",
        r"\b(?:no longer|no more|not any ?more)\b",
        r"\b(?:still|now|already|as ever|increasingly|always)\b",
    ),
    (
        "negations",
        r"\b(?:rather than|instead of|in place of|in lieu of|as opposed to|not)\b",
        r"\b(?:as well as|along with|together with|in addition to|besides|and also|and)\b",
    ),
    (
        "negations",
        r"\b(?:despite|in spite of|notwithstanding|regardless of|although|though)\b",
        r"\b(?:because(?: of)?|due to|owing to|thanks to|on account of|as a result of|since)\b",
    ),
    ("negations", r"\bwithout\b", r"\bwith\b|\bby means of\b"),
    ("negations", r"\bagainst\b", r"\b(?:in favou?r of|for|following|in line with|according to)\b"),
    ("negations", r"\bonly if\b|\bonly when\b", r"\bunless\b|\beven if\b|\bnot if\b"),
    ("negations", r"\bonly\b|\bjust\b|\bmerely\b", r"\bnot (?:even|only|just|merely)\b"),
    ("negations", r"\bcannot\b|\bcan not\b", r"\bcan\b(?! not)"),
    (
        "numbers",
        r"\bat least\b|\bno (?:less|fewer) than\b|\ba minimum of\b|\bor more\b"
        r"|\bupwards? of\b|\bmore than\b|\bover\b",
        r"\bat (?:the )?most\b|\bno more than\b|\ba maximum of\b|\bup to\b"
        r"|\bor (?:less|fewer)\b|\bless than\b"
        r"|\bfewer than\b",
    ),
)
_READ = [(kind, re.compile(one), re.compile(other)) for kind, one, other in _LINKS]
_DENY = re.compile(r"\b(?:not|no|never|none|nor|nobody|nothing|cannot)\b")


def _join(tokens: list[Token]) -> str:
    return re.sub(r"\bwith no\b", "without", " ".join(one.key for one in tokens))


def find_turned_link(found: Difference) -> Finding | None:
    """A joining word in the place of its opposite, where nothing else of the sentence is turned too."""
    for edit in found.edits:
        if not edit.gone or not edit.new or max(len(edit.gone), len(edit.new)) > LONGEST:
            continue
        at, place = found.theirs.index(edit.gone[0]), found.mine.index(edit.new[0])
        before = found.theirs[max(0, at - 1) : at]
        if [one.key for one in before] != [one.key for one in found.mine[max(0, place - 1) : place]]:
            before = []
        gone, new = _join(before + edit.gone), _join(before + edit.new)
        rest = [each for each in found.edits if each is not edit]
        turned = sum(len(_DENY.findall(f"{_join(each.gone)} {_join(each.new)}")) for each in rest)
        for kind, one, other in _READ:
            was, now = (
                (bool(one.search(gone)), bool(other.search(gone))),
                (bool(one.search(new)), bool(other.search(new))),
            )
            if was != now and sum(was) == sum(now) == 1 and turned % 2 == 0:
                return kind, f"{new!r} for {gone!r}"
    return None
