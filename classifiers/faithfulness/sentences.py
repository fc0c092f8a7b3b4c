"""Sentences, their words and stems, and which sentences of a parent one of a rewrite is made of."""

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from math import fsum, log

from winnow.classifiers.faithfulness.lists import read_words

WORD = re.compile(r"[^\W\d_]+(?:['\u2019_][^\W\d_]+)*|\d+(?:[.,:]\d+)*")
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•+|#>]|\d{1,3}[.)]\s|[A-Z]:\s|\*\*))")
_END = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)\]*]*\s+(?=[\"'\u201c\u2018(\[*]*[A-Z0-9])")
_SHORT = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|Sr|Jr|Gen|Col|Capt|Lt|Rev|Hon|Fig|Eq|vs|etc|cf|al|approx|ca|c|e\.g|i\.e"
    r"|Inc|Ltd|Co|Corp|Vol|pp?|ed|eds|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|a\.m|p\.m|U\.S|U\.K)"
    r"|(?:^|\s)[A-HJ-UWYZ])\.$"
)
_LABEL = re.compile(
    r"^\s*(?:(?:Q|A|Question|Answer|Note|Summary|Conclusion|Introduction|Overview|Takeaway|Topic|Statement"
    r"|TL;DR|In (?:brief|short|summary)|Key (?:point|fact|idea|takeaway)s?|Point|Fact|Step|Item|Part|Section"
    r"|Paragraph)(?:\s*\d{1,3})?|[A-Z]\w*\s\d{1,3})\s*[:.)\u2013\u2014-]\s+(?=\S)"
)
_SOURCE = (
    r"(?:text|author|article|passage|source|document|paragraph|writer|original|excerpt|section|page|manual"
    r"|material|description|chapter|problem)"
)
_FRAME = re.compile(
    rf"^(?:(?:according to|as|per|in|from) (?:the|this) {_SOURCE}(?: (?:says|states|explains|notes))?,\s+"
    rf"|(?:the|this|our) {_SOURCE} (?:also |further |then |next |first )?(?:says|states|writes|explains|notes"
    r"|mentions|adds|tells us|points out|describes|observes|remarks|makes clear|informs us|records|goes on"
    r"|continues)(?: to say)?(?: that)?[,:]?\s+"
    r"|it (?:is|was) (?:also |further |then )?(?:stated|noted|written|explained|mentioned|recorded|added"
    r"|pointed out|described)(?: here| there| in the text)? that\s+"
    r"|(?:we|one) (?:also )?(?:read|reads|learn|learns|are told|is told)(?: here)? that\s+"
    r"|(?:in (?:brief|short|summary|other words|essence|addition)|to (?:sum up|summari[sz]e)|briefly"
    r"|put (?:simply|differently|another way)|(?:please )?note that|notably|importantly|that is"
    r"|(?:yes|no|correct)(?= *,)|as (?:noted|stated|mentioned|described)(?: above| before)?),?:?\s+)",
    re.I,
)
_MARKUP = re.compile(
    r"^\s*(?:[-*•+>]\s+|#+\s*|\d{1,3}[.)]\s+|\|)+|[*`]{1,3}|(?<!\w)_{1,3}|_{1,3}(?!\w)|\|", re.M
)
_RULE = re.compile(r"[\s|:\-+=]*")
_CELL = re.compile(r"[^|]+")
LEAST_CELL = 5  # words of a table's cell that is read as a sentence
NEARLY = 0.75
LEAST_REST = 0.5
STOP = read_words("stop.txt")
_SUFFIX = re.compile(
    r"(?:ational|ations?|ators?|ating|ated|ates?|ities|ity|iveness|ively|iv(?:es?)?|ments?|ness|fulness"
    r"|fully|ful|"
    r"ically|ical|ics?|ions?|ers?|ors?|ings?|edly|ed|ies|ied|iest|ier|est|ally|al|ly|es|s|e|y|ance"
    r"|ence|ant|ent|able|ible)$"
)


_INFLECTED = re.compile(r"(?<=\w\w)(?:e|es|ed|s|ing|er)$")
IRREGULAR = dict(pair.split(":") for pair in sorted(read_words("irregular.txt")))


@lru_cache(100_000)
def stem(word: str) -> str:
    """A word without its endings: rougher than Porter's, as synonyms of a stem are what is looked for."""
    word = word.lower().replace("\u2019", "'").removesuffix("'s")
    word = IRREGULAR.get(word, word)
    for _ in range(2):
        cut = _SUFFIX.sub("", word)
        if len(cut) < 3:
            word = _INFLECTED.sub("", word)
            break
        if cut == word:
            break
        word = cut
    word = word.removesuffix("e") if len(word) > 3 else word
    if len(word) > 4 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:7]


class Sentence:
    """A sentence with its place in its text and among the others; its stems are those of words that
    carry something."""

    def __init__(self, text: str, start: int = 0, block: int = 0) -> None:
        self.text, self.start, self.block = text, start, block
        self.number = 0
        self.is_row = text.count("|") >= 2
        plain = " ".join(_MARKUP.sub(" ", text).split())
        self.plain = plain if self.is_row else _FRAME.sub("", _LABEL.sub("", plain))

    @cached_property
    def words(self) -> list[str]:
        """Words as they stand."""
        return WORD.findall(self.plain)

    @cached_property
    def lower(self) -> list[str]:
        """Words in small letters, with straight apostrophes."""
        return [word.lower().replace("\u2019", "'") for word in self.words]

    @cached_property
    def flat(self) -> str:
        """Words in small letters between spaces, each "n't" in full."""
        return (
            " ".join(self.lower)
            .replace("can't", "cannot")
            .replace("won't", "will not")
            .replace("n't", " not")
        )

    @cached_property
    def stems(self) -> list[str]:
        """Stems of words that carry something, in their order."""
        return [stem(word) for word in self.lower if word not in STOP and not word[0].isdigit()]

    @cached_property
    def digits(self) -> frozenset[str]:
        """Numbers in digits, each once."""
        return frozenset(word for word in self.lower if word[0].isdigit())

    @cached_property
    def all_words(self) -> frozenset[str]:
        """Words in small letters, each once."""
        return frozenset(self.lower)

    @cached_property
    def bag(self) -> frozenset[str]:
        """Stems, each once."""
        return frozenset(self.stems)


def split(text: str) -> list[Sentence]:
    """The sentences of a text; a row of a table, an item of a list and a heading are each at least one."""
    found: list[Sentence] = []
    start = 0
    for number, end in enumerate([*_BLOCK.finditer(text), None]):
        block = text[start : end.start() if end else None]
        if not _RULE.fullmatch(block):
            for at, part in _split_row(block):
                _split_prose(part, start + at, number, found)
        start = end.end() if end else 0
    told = [each for each in found if each.words]
    for place, each in enumerate(told):
        each.number = place
    return told


def _split_prose(block: str, at: int, number: int, found: list[Sentence]) -> None:
    start = 0
    for end in _END.finditer(block):
        if _SHORT.search(block[start : end.start()].rstrip("\"'\u201d\u2019)]*")):
            continue
        found.append(Sentence(block[start : end.start()], at + start, number))
        start = end.end()
    found.append(Sentence(block[start:], at + start, number))


def _split_row(block: str) -> list[tuple[int, str]]:
    """The cells of a table's row that are sentences, and what stands between them, each with its place; a
    text that is no row as it is."""
    if block.count("|") < 2:
        return [(0, block)]
    parts, start = [], 0
    for cell in _CELL.finditer(block):
        if len(cell[0].split()) >= LEAST_CELL:
            parts += [(start, block[start : cell.start()]), (cell.start(), cell[0])]
            start = cell.end()
    return [*parts, (start, block[start:])]


class Parent:
    """A parent text: sentences, and how much each stem tells in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sentences = split(text)
        self._having: dict[str, list[int]] = {}  # a stem: the sentences that have it
        for each in self.sentences:
            for one in each.bag:
                self._having.setdefault(one, []).append(each.number)
        whole = len(self.sentences)
        self.weights = {one: 1 + log(whole / len(those)) for one, those in self._having.items()}
        self.vocabulary = {word for each in self.sentences for word in each.lower}
        self.stems = frozenset(self._having)
        self.beginnings = frozenset(one[:5] for one in self.stems if len(one) >= 5)
        self.default = 1 + log(whole or 1)
        self._own = [self.weigh(each.bag) for each in self.sentences]

    def weigh(self, stems: Iterable[str]) -> float:
        """The weight of some stems."""
        return fsum(self.weights.get(one, self.default) for one in stems)

    def align(self, sentence: Sentence) -> tuple[Sentence | None, float, float]:
        """The sentence that has most of another one's stems; the share of these that it has, and the
        share of its own that the other has."""
        return self._align(sentence.bag, sentence.digits, sentence.all_words)

    def _align(
        self, bag: frozenset[str], digits: frozenset[str], words: frozenset[str]
    ) -> tuple[Sentence | None, float, float]:
        shared: dict[int, list[float]] = {}
        for one in bag & self.stems:
            for number in self._having[one]:
                shared.setdefault(number, []).append(self.weights[one])
        whole = self.weigh(bag)
        ranked = []
        for number, weights in shared.items():
            each, weight = self.sentences[number], fsum(weights)
            score = weight / whole + 0.5 * weight / self._own[number] + 0.02 * len(digits & each.digits)
            ranked.append((score, -number, weight))
        if not ranked:
            return None, 0.0, 0.0
        ranked.sort(reverse=True)
        near = [one for one in ranked[:3] if one[0] > NEARLY * ranked[0][0]]
        if words and len(near) > 1:  # small words tell which of two that are alike
            near.sort(
                key=lambda one: one[0] + 0.4 * len(words & self.sentences[-one[1]].all_words) / len(words),
                reverse=True,
            )
        _, number, weight = near[0]
        return self.sentences[-number], weight / whole, weight / self._own[-number]

    def compose(self, sentence: Sentence, best: Sentence) -> list[Sentence]:
        """The sentences that another one is made of, in their order: the best one, and that which has
        most of what the best one has not, where it has half of it."""
        rest = sentence.bag - best.bag
        if len(rest) < 2:
            return [best]
        other, share, _ = self._align(rest, frozenset(), frozenset())
        if other is None or share < LEAST_REST or len(rest & other.bag) < 2:
            return [best]
        return sorted([best, other], key=lambda one: one.number)
