"""Names in a rewrite, by their capitals, and which of them its parent does not have."""

import re
from functools import lru_cache

from winnow.classifiers.faithfulness.dates import MONTHS, WEEKDAYS
from winnow.classifiers.faithfulness.lists import read_familiar, read_words
from winnow.classifiers.faithfulness.numeric.units import LONG
from winnow.classifiers.faithfulness.sentences import STOP, Sentence
from winnow.classifiers.faithfulness.sentences import stem as stem_word

UNITS_AS_WRITTEN = read_words("signs.txt")
_TOKEN = re.compile(r"[^\W\d_][\w'\u2019\-]*(?:\.[A-Z])*|[.!?:;|()\"\u201c\u201d]|\d+")
_LABELS = read_words("labels.txt")
_ERAS = frozenset(("bc", "ad", "bce", "ce"))
_COMMON = re.compile(r"(?:tions?|ments?|ness|ity|isms?|ances?|ences?|ology|ists?|ing|ings|ures?)$")
_SMALL = read_words("openings.txt")


def list_names(sentence: Sentence, familiar: frozenset[str], vocabulary: set[str]) -> list[str]:
    """Words of a sentence that are names: capitals inside of it, and at its begin where no dictionary has
    them."""
    tokens = _TOKEN.findall(sentence.plain)
    words = [token for token in tokens if token[0].isalpha()]
    capitals = [word for word in words if word[0].isupper()]
    lower = [word for word in words if word[0].islower() and word not in STOP]
    is_title = (
        len(words) > 1
        and len(capitals) >= 2
        and len(lower) <= len(capitals) // 3
        and not re.search(r"[.!?]$", sentence.plain)
    )
    found, begins = [], True
    for token in tokens:
        if not token[0].isalpha():
            begins = begins or token in '.!?:;|"\u201c(' or token.isdigit()
            continue
        low = token.lower().replace("\u2019", "'").removesuffix("'s").rstrip("'")
        is_name = token[0].isupper() and low not in _LABELS | _SMALL and low not in STOP
        is_name = (
            is_name and low not in MONTHS and low not in WEEKDAYS and low not in _ERAS and "'" not in low[-3:]
        )
        is_name = (
            is_name and token not in UNITS_AS_WRITTEN and low not in LONG and not re.search(r"\d", token)
        )
        if is_name and (begins or is_title or sentence.is_row):
            is_name = low not in familiar and low not in _SMALL and not is_common(token)
        if is_name:
            found.append(re.sub(r"['\u2019]s?$", "", token))
        begins = False
    return found


def is_common(word: str) -> bool:
    """Whether a word at the begin of a sentence is a form of a frequent one, or ends as common nouns do."""
    low = word.lower().replace("\u2019", "'").removesuffix("'s").rstrip("'")
    return _is_inflected(low, read_familiar()) or bool(_COMMON.search(low) and word[1:].islower())


def _is_inflected(low: str, familiar: frozenset[str]) -> bool:
    ends = ("s", "es", "ed", "d", "ing", "ly", "er", "ers", "'s", "ness", "ings")
    cut = {low.removesuffix(end) for end in ends if low.endswith(end)}
    cut |= {f"{one}e" for one in cut} | {one[:-1] + "y" for one in cut if one.endswith("i")}
    parts = low.split("-")
    return bool(cut & familiar) or (
        len(parts) > 1 and all(part in familiar or part in STOP for part in parts)
    )


class Initials:
    """What runs of a text's words are shortened to: `NATO`, with and without small words between."""

    def __init__(self, text: str) -> None:
        words = re.findall(r"[^\W\d_]+", text)
        self._every = "".join(word[0].upper()[0] for word in words)
        self._content = "".join(
            word[0].upper()[0] for word in words if word[0].isupper() or word.lower() not in STOP
        )

    def __contains__(self, short: str) -> bool:
        return 2 <= len(short) <= 9 and (short in self._every or short in self._content)


@lru_cache(16)
def list_initials(text: str) -> Initials:
    """The first letters of a text's words, read once."""
    return Initials(text)


def is_known(
    name: str, vocabulary: set[str], parent_stems: frozenset[str], initials: Initials, stem: str
) -> bool:
    """Whether a parent has a name, its short form, or a word of its stem (France, French)."""
    low = name.lower().replace("\u2019", "'").replace(".", "")
    known = vocabulary
    if low in known or low.rstrip("s") in known or f"{low}s" in known:
        return True
    if stem in parent_stems and any(
        word[:4] == low[:4] and abs(len(word) - len(low)) <= 3 and stem_word(word) == stem for word in known
    ):
        return True
    parts = [part for part in low.split("-") if part]
    if len(parts) > 1 and all(part in known or part in STOP for part in parts):
        return True
    if (
        name.isupper()
        and 2 <= len(low) <= 7
        and (low.upper() in initials or low.rstrip("s").upper() in initials)
    ):
        return True
    if len(low) >= 5:
        return any(
            word[:4] == low[:4] and abs(len(word) - len(low)) <= 4 and _is_derived(word, low)
            for word in known
        )
    return any(word.startswith(low) for word in known) if len(low) >= 3 and name.endswith(".") else False


_DERIVED = read_words("adjectives.txt")


def _is_derived(a: str, b: str) -> bool:
    shared = 0
    while shared < min(len(a), len(b)) and a[shared] == b[shared]:
        shared += 1
    ends = (a[shared:], b[shared:])
    return shared >= 4 and any(end in _DERIVED for end in ends) and all(len(end) <= 4 for end in ends)


def is_kin(one: str, other: str) -> bool:
    """Whether two names are one and the other's adjective: Scotland, Scottish."""
    return _is_derived(one.lower(), other.lower())
