"""What stands in one sentence in the place of what stands in the other: words beside words."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from winnow.classifiers.faithfulness import dates
from winnow.classifiers.faithfulness.numeric import quantities
from winnow.classifiers.faithfulness.numeric.quantities import Quantity
from winnow.classifiers.faithfulness.sentences import Sentence, stem

_TOKEN = re.compile(
    r"(?<![\w-])--?[A-Za-z][\w\-]*|\w+(?:(?:[._/:]+|-)\w+)*(?:\(\))?(?:['\u2019]\w+)*|[<>=*\u00d7+]"
)
_CODE = re.compile(r"^-|[_(/]|\w\.\w|[a-z][A-Z]|[A-Za-z]\d|\d[A-Za-z]")
_WHOLE = {"can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not"}
_WHOLE |= {"it's": "it is", "that's": "that is", "there's": "there is", "let's": "let us", "amongst": "among"}
_WHOLE |= {"e.g": "for example", "i.e": "that is"}
_ENDS = {"'re": "are", "'ve": "have", "'ll": "will", "'m": "am"}
LEAST_SAME = 0.6  # share of a sentence's words that are the parent's, in its order
LONGEST = 120  # words of a sentence that is compared word by word


@dataclass(frozen=True)
class Token:
    """A word as it is compared (`key`) and as it stands, where it begins, and its number if it is one."""

    key: str
    said: str
    place: int
    quantity: Quantity | None = None

    @cached_property
    def stem(self) -> str:
        """The word without its endings; a number as it is compared."""
        return stem(self.key) if self.key[0].isalpha() else self.key

    @property
    def is_code(self) -> bool:
        """Whether it is a name of a thing in a program or a formula."""
        return self.quantity is None and bool(_CODE.search(self.said))

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital."""
        return self.said[0].isupper()


@dataclass(frozen=True)
class Edit:
    """Words of a rewrite (`new`) in the place of the parent's (`gone`); either may be none. `new_only` and
    `gone_only` leave out words that the other sentence has in another place."""

    gone: list[Token]
    new: list[Token]
    gone_only: list[Token]
    new_only: list[Token]
    is_inner: bool  # the same words stand on both sides, or it begins or ends both sentences
    is_tight: bool  # on one side at least three of them

    @property
    def is_close(self) -> bool:
        """Whether a word or a few stand so in the place of others that they say what those said."""
        return self.is_tight and len(self.gone) <= 3 and len(self.new) <= 3


@dataclass(frozen=True)
class Difference:
    """Two sentences word by word: what they share in its order (`same`, runs of places), and the edits."""

    mine: list[Token]
    theirs: list[Token]
    same: list[tuple[int, int, int]]
    edits: list[Edit]
    is_word: Callable[[str], bool]  # whether a word with a capital at the begin of a sentence is no name


def tokenize(sentence: Sentence) -> list[Token]:
    """The words of a sentence, contractions in full, each date or number with unit as one word."""
    text, start = sentence.plain, 0
    found: list[Token] = []
    whole: list[tuple[int, int, str, Quantity | None]] = [
        (one.start, one.end, f"@{one.year}-{one.month}-{one.day}", None)
        for one in dates.find(text)
        if one.day
    ]
    for each in quantities.find(text):
        unit = f"{each.unit[0]} {each.unit[2]:.6g}" if each.unit else ""
        whole.append((each.start, each.end, f"#{each.value:.9g} {unit}", each))
    for begin, end, key, quantity in sorted(whole, key=lambda one: (one[0], -one[1])):
        if begin >= start:
            found += _list_words(text, start, begin)
            found.append(Token(key, text[begin:end], begin, quantity))
            start = end
    return found + _list_words(text, start, len(text))


def _list_words(text: str, start: int, stop: int) -> list[Token]:
    found = []
    for each in _TOKEN.finditer(text, start, stop):
        said = each[0]
        low = said.lower().replace("\u2019", "'")
        if "-" in low[1:] and low[0] != "-" and not _CODE.search(said):
            parts = low.split("-")
        elif low in _WHOLE:
            parts = _WHOLE[low].split()
        elif low.endswith("n't"):
            parts = [low[:-3], "not"]
        else:
            word, mark, end = low.rpartition("'")
            parts = (
                [word, _ENDS[f"'{end}"]]
                if mark and f"'{end}" in _ENDS
                else [low.removesuffix("'s").removesuffix("()")]
            )
        pieces = said.split("-") if "-" in said and len(parts) > 1 else [said] * len(parts)
        found += [Token(part, piece, each.start()) for part, piece in zip(parts, pieces, strict=True) if part]
    return found


def compare(
    mine: list[Token], theirs: list[Token], is_word: Callable[[str], bool] = lambda word: True
) -> Difference | None:
    """What differs between two sentences; None where they are not made of the same words in the same
    order."""
    if not mine or len(mine) > LONGEST or len(theirs) > 2 * LONGEST:
        return None
    a, b = [one.key for one in theirs], [one.key for one in mine]
    both = sum((Counter(a) & Counter(b)).values())
    if both < LEAST_SAME * len(b):
        return None
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    same = [(one.a, one.b, one.size) for one in matcher.get_matching_blocks()]
    codes = [code[1:] for code in matcher.get_opcodes() if code[0] != "equal"]
    gone = {key for i, j, _, _ in codes for key in a[i:j]}
    new = {key for _, _, i, j in codes for key in b[i:j]}

    def make(i: int, j: int, k: int, end: int) -> Edit:
        is_inner = (i > 0) == (k > 0) and (j < len(a)) == (end < len(b))
        beside = max((size for at, _, size in same if at + size == i or at == j), default=0)
        lost = [one for one in theirs[i:j] if one.key not in new]
        added = [one for one in mine[k:end] if one.key not in gone]
        return Edit(theirs[i:j], mine[k:end], lost, added, is_inner, beside >= 3)

    return Difference(mine, theirs, same, [make(*code) for code in codes], is_word)
