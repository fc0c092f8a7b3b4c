"""What comes first: orders that a parent says in words, and a rewrite that turns them. English."""

import re
from functools import lru_cache
from itertools import pairwise

from winnow.classifiers.faithfulness.sentences import STOP, Parent, Sentence, stem

_CUE = re.compile(
    r"^\W*(?:(?:they|he|she|it|we|you|who)\s(?:then|first|next|finally|later|subsequently|afterwards)\b"
    r"|\d{1,3}[.)]"
    r"|(?:first|second|third|fourth)(?:ly\b|,)|(?:then|next|afterwards?|finally|lastly|later|subsequently"
    r"|after (?:that|this|which)|in the end|eventually|to begin|initially|at first|step \d)\b"
    r"|first\b(?! of| \w+s?\b is))",
    re.I,
)
_INNER = re.compile(
    r"\b(?:then|next|finally|afterwards?|subsequently|later|eventually|first|thereafter|followed by"
    r"|before|after)\b",
    re.I,
)
_TIES = re.compile(
    r"\b(?:(?P<before>before|prior to|preced(?:es|ed|ing)|ahead of|and then|, then|followed by"
    r"|earlier than|until|leads? to|led to)"
    r"|(?P<after>after|follow(?:s|ed|ing)(?! by)|subsequent to|once|later than|as soon as|preceded by))\b",
    re.I,
)
_FIRST = re.compile(r"^\W*(?:first|initially|at first|to begin|1[.)])\b", re.I)
LEAST_SHARE = 0.5


@lru_cache(4_000)
def _bag(text: str) -> frozenset[str]:
    words = re.findall(r"[^\W_]+", text.lower())
    return frozenset(stem(word) if word[0].isalpha() else word for word in words if word not in STOP)


@lru_cache(2_000)
def _list_ties(text: str) -> tuple[tuple[frozenset[str], frozenset[str], str], ...]:
    """Pairs of what is earlier and what is later in a sentence, each as stems."""
    found = []
    for tie in _TIES.finditer(text):
        left, right = text[: tie.start()], text[tie.end() :]
        if not re.search(r"\w", left):  # After A, B
            first, comma, rest = right.partition(",")
            if not comma:
                continue
            left, right = rest, first
        left = re.split(r"[;:]|, (?:and|but) ", left)[-1]
        right = re.split(r"[;:]|, (?:and|but) ", right)[0]
        a, b = _bag(left), _bag(right)
        if a - b and b - a:
            pair = (a - b, b - a) if tie["before"] else (b - a, a - b)
            found.append((*pair, tie[0]))
    return tuple(found)


def find_turned_tie(said: Sentence, parent: Parent) -> str | None:
    """A "before" or "after" of a sentence whose two sides stand the other way round in the parent, and
    nowhere as they do here."""
    given = [(first, last) for each in parent.sentences for first, last, _ in _list_ties(each.plain)]
    for early, late, word in _list_ties(said.plain):
        straight = max((_fit(early, first) + _fit(late, last) for first, last in given), default=0.0)
        turned = max(
            (_fit(early, last) + _fit(late, first) for first, last in given if early & last and late & first),
            default=0.0,
        )
        if turned >= 1.0 and turned > straight + 0.6:
            return f"{word!r}: {' '.join(sorted(early)[:4])} / {' '.join(sorted(late)[:4])}"
    return None


def _fit(side: frozenset[str], other: frozenset[str]) -> float:
    return len(side & other) / len(side)


_ITEM = re.compile(r"\s*(?:\d{1,3}[.)]|[Ss]tep \d)")


def find_turned_steps(sentences: list[Sentence], parent: Parent) -> str | None:
    """Two sentences of a rewrite whose order is not that of the parent, where the parent's sentences say
    that they follow one another, or the rewrite's does."""
    ordered = _list_ordered(parent)
    places = []
    for each in sentences:
        if each.is_row or "?" in each.text:
            continue
        best, share, back = parent.align(each)
        if best is not None and ((share >= LEAST_SHARE and back >= 0.3) or (share >= 0.7 and back >= 0.15)):
            places.append((best, each))
    for (a, one), (b, other) in pairwise(places):
        is_cued = _THEN.search(other.text.lstrip())
        is_list = _ITEM.match(one.text) and _ITEM.match(other.text)
        if a is b and (is_cued or is_list):
            joined = Sentence(f"{one.plain.rstrip('.')}, {'then ' * bool(is_list)}{other.plain}")
            if turned := find_turned_chain(joined, a):
                return turned
        if a.number > b.number and (is_cued or _is_order(a, b, one, other, ordered, parent)):
            return f"{one.plain[:60]!r} stands before {other.plain[:60]!r}"
    return None


def _list_ordered(parent: Parent) -> set[int]:
    """Sentences that say that they follow, each with the one before it; and items of a list with
    numbers."""
    ordered = set()
    for each in parent.sentences:
        if _CUE.search(each.text.lstrip()):
            ordered |= {each.number} if _FIRST.search(each.text) else {each.number - 1, each.number}
        if re.match(r"\s*(?:\d{1,3}[.)]|[Ss]tep \d)", each.text):
            ordered.add(each.number)
    return ordered


def _is_order(
    a: Sentence, b: Sentence, one: Sentence, other: Sentence, ordered: set[int], parent: Parent
) -> bool:
    """Whether the order of two of the parent's sentences, of which the rewrite's `one` and `other` are
    made, is one that it says."""
    if a.number - b.number > 12 or not {a.number, b.number} <= ordered:
        return False
    if not _is_run(parent, b.number, a.number) and not _is_cued(other):
        return False
    years = [re.search(r"\b(1\d{3}|20\d\d)\b", each.text) for each in (a, b)]
    have_own = years[0] and years[1] and years[0][0] != years[1][0]  # which say what came first
    return not have_own or _is_cued(one) or _is_cued(other)


_THEN = re.compile(r"^\W*(?:then|next|after (?:that|this)|afterwards|finally|subsequently)\b", re.I)


def _is_run(parent: Parent, first: int, last: int) -> bool:
    """Whether each sentence behind the first says that it follows."""
    return not any(_FIRST.search(parent.sentences[n].text) for n in range(first + 1, last + 1)) and all(
        _CUE.search(parent.sentences[n].text.lstrip()) or _INNER.search(parent.sentences[n].text)
        for n in range(first + 1, last + 1)
    )


def _is_cued(sentence: Sentence) -> bool:
    return bool(_CUE.search(sentence.text.lstrip()))


_CHAIN = re.compile(
    r"[,;]\s*(?:and\s+|but\s+|only\s+)*(?:then|finally|next|afterwards?|after that|later"
    r"|last of all|lastly|last|subsequently"
    r"|the (?:second|third|fourth|last)|second(?:ly)?|third(?:ly)?|followed by)\b|\bthen\b"
    r"|\band later\b|\band finally\b",
    re.I,
)


def find_turned_chain(said: Sentence, given: Sentence) -> str | None:
    """Parts of a sentence that say they follow one another, and hold two words in another order than the
    parent's."""
    mine, theirs = ([_bag(part) for part in _CHAIN.split(each.plain)] for each in (said, given))
    if len(mine) < 2 or len(theirs) < 2:
        return None
    places = []
    for word in sorted(said.bag & given.bag):
        here, there = ([n for n, bag in enumerate(bags) if word in bag] for bags in (mine, theirs))
        if len(here) == len(there) == 1:
            places.append((here[0], there[0], word))
    for a, b, one in places:
        for c, d, other in places:
            if a < c and b > d:
                return f"{one} before {other}: {said.plain[:100]!r}"
    return None


def find_turned_dates(said: Sentence, parent: Parent) -> str | None:
    """A "before" or "after" that the parent's years deny: what it calls earlier has a later year there."""
    for early, late, word in _list_ties(said.plain):
        years = [_find_year(side, parent) for side in (early, late)]
        if years[0] and years[1] and years[0] > years[1]:
            return f"{word!r}: {years[0]} is not before {years[1]}"
        first, last = (_find_place(side, parent) for side in (early, late))
        if (
            first is not None
            and last is not None
            and first > last
            and _LATER.search(parent.sentences[first].plain)
        ):
            return f"{word!r}: {parent.sentences[first].plain[:80]!r}"
    return None


_LATER = re.compile(
    r"^\W*(?:\w+\s+){0,3}(?:later|afterwards?|subsequently|then|finally|eventually)\b",
    re.I,
)


def _find_place(side: frozenset[str], parent: Parent) -> int | None:
    """The sentence of the parent that has most of some stems; None where none has two thirds of them."""
    share, place = max(
        ((len(side & _bag(one.plain)) / len(side), one.number) for one in parent.sentences), default=(0.0, 0)
    )
    return place if share > 0.65 else None


def _find_year(side: frozenset[str], parent: Parent) -> int | None:
    """The year of the parent's clause that has most of some stems; None where none has two thirds of
    them."""
    best: tuple[float, int] = (0.65, 0)
    for each in parent.sentences:
        for clause in re.split(r"[;,]\s|\sand\s|\swhereas\s|\swhile\s", each.plain):
            years = re.findall(r"\b(1\d{3}|20\d\d)\b", clause)
            share = len(side & _bag(clause)) / len(side)
            if len(set(years)) == 1 and share > best[0]:
                best = (share, int(years[0]))
    return best[1] or None
