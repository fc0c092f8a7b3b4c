"""Sentences, their words and stems, and which sentences of a parent one of a rewrite is made of."""

import re
from collections import Counter
from functools import cached_property
from math import log

from classifiers.faith.lists import read_words

WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d+(?:[.,:]\d+)*")
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•+|#>]|\d{1,3}[.)]\s|[A-Z]:\s|\*\*))")
_END = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)\]*]*\s+(?=[\"'\u201c\u2018(\[*]*[A-Z0-9])")
_SHORT = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|Sr|Jr|Gen|Col|Capt|Lt|Rev|Hon|Fig|Eq|vs|etc|cf|al|approx|ca|c|e\.g|i\.e"
    r"|Inc|Ltd|Co|Corp|Vol|pp?|ed|eds|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|a\.m|p\.m|U\.S|U\.K)"
    r"|(?:^|\s)[A-HJ-UWYZ])\.$"
)
_MARKUP = re.compile(r"^\s*(?:[-*•+>]\s+|#+\s*|\d{1,3}[.)]\s+|\|)+|[*_`]{1,3}|\|", re.M)
STOP = read_words("stop.txt")
_SUFFIX = re.compile(
    r"(?:ational|ations?|ators?|ating|ated|ates?|ities|ity|iveness|ively|ives?|ments?|ness|fulness"
    r"|fully|ful|"
    r"ically|ical|ics?|ions?|ers?|ors?|ings?|edly|ed|ies|ied|iest|ier|est|ally|al|ly|es|s|e|y|ance"
    r"|ence|ant|ent|able|ible)$"
)


IRREGULAR = dict(pair.split(":") for pair in sorted(read_words("irregular.txt")))


def stem(word: str) -> str:
    """A word without its endings: rougher than Porter's, as synonyms of a stem are what is looked for."""
    word = word.lower().replace("\u2019", "'").removesuffix("'s")
    word = IRREGULAR.get(word, word)
    for _ in range(2):
        cut = _SUFFIX.sub("", word)
        if len(cut) < 3 or cut == word:
            break
        word = cut
    if len(word) > 4 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:7]


class Sentence:
    """A sentence with its place among the others; its stems are those of words that carry something."""

    def __init__(self, text: str, number: int, block: int) -> None:
        self.text, self.number, self.block = text, number, block
        self.is_row = text.count("|") >= 2
        self.plain = " ".join(_MARKUP.sub(" ", text).split())

    @cached_property
    def words(self) -> list[str]:
        """Words as they stand."""
        return WORD.findall(self.plain)

    @cached_property
    def lower(self) -> list[str]:
        """Words in small letters, with straight apostrophes."""
        return [word.lower().replace("\u2019", "'") for word in self.words]

    @cached_property
    def stems(self) -> list[str]:
        """Stems of words that carry something, in their order."""
        return [stem(word) for word in self.lower if word not in STOP and not word[0].isdigit()]

    @cached_property
    def digits(self) -> frozenset[str]:
        """Numbers in digits, each once."""
        return frozenset(word for word in self.lower if word[0].isdigit())

    @cached_property
    def bag(self) -> frozenset[str]:
        """Stems, each once."""
        return frozenset(self.stems)


def split(text: str) -> list[Sentence]:
    """The sentences of a text; a row of a table, an item of a list and a heading are each at least one."""
    found: list[Sentence] = []
    for number, block in enumerate(_BLOCK.split(text)):
        if re.fullmatch(r"[\s|:\-+=]*", block):
            continue
        start = 0
        for end in _END.finditer(block):
            if _SHORT.search(block[start : end.start()].rstrip("\"'\u201d\u2019)]*")):
                continue
            found.append(Sentence(block[start : end.start()], len(found), number))
            start = end.end()
        found.append(Sentence(block[start:], len(found), number))
    told = [each for each in found if each.words]
    for number, each in enumerate(told):
        each.number = number
    return told


class Parent:
    """A parent text: sentences, and how much each stem tells in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sentences = split(text)
        counts = Counter(one for each in self.sentences for one in each.bag)
        self.weights = {one: 1 + log(len(self.sentences) / count) for one, count in counts.items()}
        self.vocabulary = {word for each in self.sentences for word in each.lower}
        self.stems = frozenset(counts)
        self.default = 1 + log(len(self.sentences) or 1)

    def weigh(self, stems: frozenset[str]) -> float:
        """The weight of some stems."""
        return sum(self.weights.get(one, self.default) for one in sorted(stems))

    def align(self, sentence: Sentence) -> tuple[Sentence | None, float, float]:
        """The sentence that has most of another one's stems; the share of these that it has, and the
        share of its own that the other has."""
        best: tuple[float, float, Sentence | None] = (0.0, 0.0, None)
        whole = self.weigh(sentence.bag)
        for each in self.sentences:
            shared = self.weigh(sentence.bag & each.bag)
            digits = 0.02 * len(sentence.digits & each.digits)
            if shared and (score := shared / whole + 0.5 * shared / self.weigh(each.bag) + digits) > best[0]:
                best = (score, shared, each)
        if best[2] is None:
            return None, 0.0, 0.0
        return best[2], best[1] / whole, best[1] / self.weigh(best[2].bag)
