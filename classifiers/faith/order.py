"""What comes first: orders that a parent says in words, and a rewrite that turns them. English."""

import re

from classifiers.faith.sentences import STOP, Parent, Sentence, stem

_CUE = re.compile(
    r"^\W*(?:\d{1,3}[.)]|first(?:ly)?|second(?:ly)?|third(?:ly)?|fourth|then|next|after(?:wards?)?|after (?:that|this|which|the|it|he|she)|finally|lastly|later|last|subsequently"
    r"|once|when|in the end|eventually|before|following|to begin|initially|at first|soon|meanwhile|in \d{4}|step|by \d{4}|the next|the following|two|from \d{4})\b",
    re.I,
)
_INNER = re.compile(
    r"\b(?:then|next|finally|afterwards?|subsequently|later|eventually|first|thereafter|followed by|before|after)\b",
    re.I,
)
_TIES = re.compile(
    r"\b(?:(?P<before>before|prior to|preced(?:es|ed|ing)|ahead of|and then|, then|followed by|earlier than|until|leads? to|led to)"
    r"|(?P<after>after|follow(?:s|ed|ing)(?! by)|subsequent to|once|later than|as soon as|preceded by))\b",
    re.I,
)
LEAST_SHARE = 0.5


def _bag(text: str) -> frozenset[str]:
    words = re.findall(r"[^\W_]+", text.lower())
    return frozenset(stem(word) if word[0].isalpha() else word for word in words if word not in STOP)


def _list_ties(sentence: Sentence) -> list[tuple[frozenset[str], frozenset[str], str]]:
    """Pairs of what is earlier and what is later in a sentence, each as stems."""
    found = []
    text = sentence.plain
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
    return found


def find_turned_tie(said: Sentence, parent: Parent) -> str | None:
    """A "before" or "after" of a sentence whose two sides stand the other way round in the parent."""
    for early, late, word in _list_ties(said):
        for each in parent.sentences:
            for first, last, _ in _list_ties(each):
                straight = len(early & first) / len(early) + len(late & last) / len(late)
                turned = len(early & last) / len(early) + len(late & first) / len(late)
                both = len(early & last) and len(late & first)
                if both and turned >= 0.9 and turned > straight + 0.6:
                    return f"{word!r}: {' '.join(sorted(early)[:4])} / {' '.join(sorted(late)[:4])}"
    return None


def find_turned_steps(sentences: list[Sentence], parent: Parent) -> str | None:
    """Two sentences of a rewrite whose order is not that of the parent, where the parent's sentences say that they
    follow one another."""
    ordered = {
        n
        for each in parent.sentences
        if _CUE.search(each.text.lstrip())
        for n in (each.number - 1, each.number)
    }
    ordered |= {
        each.number for each in parent.sentences if re.match(r"\s*(?:\d{1,3}[.)]|[Ss]tep \d)", each.text)
    }
    years = [re.search(r"\b(1\d{3}|20\d\d)\b", each.text) for each in parent.sentences]
    places = []
    for each in sentences:
        if each.is_row or "?" in each.text:
            continue
        best, share, back = parent.align(each)
        if best is not None and share >= LEAST_SHARE and back >= 0.3:
            places.append((best.number, each))
    for (a, one), (b, other) in zip(places, places[1:], strict=False):
        if a > b and a - b <= 12 and {a, b} <= ordered and (_is_run(parent, b, a) or _is_cued(other)):
            ya, yb = years[a], years[b]
            if ya and yb and ya[0] != yb[0] and not _is_cued(one) and not _is_cued(other):
                continue
            return f"{one.plain[:60]!r} stands before {other.plain[:60]!r}"
    return None


def _is_run(parent: Parent, first: int, last: int) -> bool:
    """Whether each sentence behind the first says that it follows."""
    return all(
        _CUE.search(parent.sentences[n].text.lstrip()) or _INNER.search(parent.sentences[n].text)
        for n in range(first + 1, last + 1)
    )


def _is_cued(sentence: Sentence) -> bool:
    return bool(_CUE.search(sentence.text.lstrip()))


_CHAIN = re.compile(
    r",\s*(?:and\s+)?(?:then|finally|next|afterwards?|after that)\b|\bthen\b|;\s*then\b", re.I
)


def find_turned_chain(said: Sentence, given: Sentence) -> str | None:
    """Parts of a sentence that say they follow one another, and stand in another order than in the parent."""
    mine, theirs = _CHAIN.split(said.plain), _CHAIN.split(given.plain)
    if len(mine) < 2 or len(theirs) < 2:
        return None
    bags = [_bag(part) for part in theirs]
    places = []
    for part in mine:
        bag = _bag(part)
        scores = [len(bag & each) / max(1, len(bag)) for each in bags]
        if bag and max(scores) >= 0.5 and sorted(scores)[-1] > (sorted(scores)[-2] + 0.2):
            places.append(scores.index(max(scores)))
    if any(a > b for a, b in zip(places, places[1:], strict=False)):
        return f"{said.plain[:80]!r}"
    return None
