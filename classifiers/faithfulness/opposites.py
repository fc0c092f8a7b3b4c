"""Words that mean the opposite of each other: own pairs, and those of WordNet."""

from functools import lru_cache

from winnow.classifiers.faithfulness.lists import read_words
from winnow.classifiers.faithfulness.sentences import IRREGULAR, STOP, stem

_ENDS: tuple[tuple[str, str], ...] = (
    ("s", ""),
    ("es", ""),
    ("ies", "y"),
    ("ed", ""),
    ("ed", "e"),
    ("d", ""),
    ("ied", "y"),
    ("ing", ""),
)
_ENDS += (("ing", "e"), ("er", ""), ("er", "e"), ("est", ""), ("est", "e"), ("ier", "y"), ("iest", "y"))
_PREFIXES = ("un", "in", "im", "il", "ir", "dis", "non", "mis")
_WHOLE_WITH_PREFIX = read_words("prefixed.txt")


def _read(*names: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in sorted(pair for name in names for pair in read_words(name)):
        one, other = pair.split(":")
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


OWN = _read("opposites.txt")
ALL = _read("opposites.txt", "wordnet_opposites.txt")


@lru_cache(20_000)
def list_lemmas(word: str) -> frozenset[str]:
    """A word and what it may be a form of."""
    found = {word, IRREGULAR.get(word, word)}
    for end, other in _ENDS:
        if word.endswith(end) and len(word) > len(end) + 2:
            cut = word.removesuffix(end)
            found |= {cut + other}
            if not other and len(cut) > 3 and cut[-1] == cut[-2]:
                found.add(cut[:-1])
    return frozenset(found)


@lru_cache(20_000)
def are_opposite(one: str, other: str) -> bool:
    """Whether two words are opposites, in any of their forms, or one is the other behind a prefix that
    denies it."""
    if one == other:
        return False
    if other in ALL.get(one, ()) or is_prefixed(one, other) or is_prefixed(other, one):
        return True
    if one.endswith("less") != other.endswith("less") and one[:4] == other[:4]:
        return one.removesuffix("less") in (other, other.removesuffix("ful"), other.removesuffix("s")) or (
            other.removesuffix("less") in (one, one.removesuffix("ful"), one.removesuffix("s"))
        )
    theirs = list_lemmas(other)
    return any(ALL.get(word, frozenset()) & theirs for word in list_lemmas(one))


def is_prefixed(one: str, other: str) -> bool:
    """Whether a word is another one behind un-, in-, dis- or the like: unclear, clear."""
    if len(one) <= len(other) or len(other) < 4 or one in _WHOLE_WITH_PREFIX:
        return False
    rest = next(
        (one.removeprefix(end) for end in _PREFIXES if one.endswith(other) and one == end + other), ""
    )
    if rest:
        return True
    return any(
        one.startswith(end) and list_lemmas(one.removeprefix(end)) & list_lemmas(other) for end in _PREFIXES
    )


def are_mirrored(mine: list[str], at: int, theirs: list[str], there: int) -> bool:
    """Whether what stands before the one word stands behind the other one, so that both say the same: a
    is larger than b, b is smaller than a."""
    left, right = _list_stems(mine[:at]), _list_stems(mine[at + 1 :])
    before, behind = _list_stems(theirs[:there]), _list_stems(theirs[there + 1 :])
    straight = len(left & before) + len(right & behind)
    return len(left & behind) + len(right & before) > straight


def _list_stems(words: list[str]) -> set[str]:
    return {stem(word) if word[0].isalpha() else word for word in words if word not in STOP}
