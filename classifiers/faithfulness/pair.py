"""A parent and its rewrite, each read once: sentences, which belongs to which, numbers and dates."""

from bisect import bisect_right
from functools import cached_property

from winnow.classifiers.faithfulness import dates, edits
from winnow.classifiers.faithfulness.lists import read_familiar
from winnow.classifiers.faithfulness.numeric import quantities
from winnow.classifiers.faithfulness.numeric.quantities import Quantity
from winnow.classifiers.faithfulness.sentences import Parent, Sentence, split, stem

ALIGNED = 0.5  # the weighted share of a sentence's stems that the parent's sentence must have to be compared
CLOSE = 0.62
Found = dict[str, list[str]]


class Pair:
    """A parent and its rewrite, each read once."""

    def __init__(self, parent: str, rewrite: str) -> None:
        self.parent, self.rewrite = parent, rewrite
        self.given = Parent(parent)
        self._tokens: dict[int, list[edits.Token]] = {}
        self.said = split(rewrite)
        self.starts = [each.start for each in self.said]
        self.given_dates = dates.find(parent)
        self.given_numbers = quantities.find(mask_dates(parent))
        self.given_numbers += quantities.find_single(parent)
        self.given_numbers += [_make_year(one) for one in self.given_dates if one.year and one.day]
        self.by_sentence = {
            each.number: quantities.find(mask_dates(each.text)) for each in self.given.sentences
        }
        self.verbatim = {each.plain for each in self.given.sentences}
        self.aligned = [self.given.align(each) for each in self.said]

    def tokenize(self, sentence: Sentence) -> list[edits.Token]:
        """The words of a sentence as they are compared, read once."""
        if (found := self._tokens.get(id(sentence))) is None:
            found = self._tokens[id(sentence)] = edits.tokenize(sentence)
        return found

    @cached_property
    def _capitals(self) -> frozenset[str]:
        """Words that have a capital inside of a sentence of the parent, in small letters."""
        return frozenset(
            word.lower() for each in self.given.sentences for word in each.words[1:] if word[0].isupper()
        )

    def is_word(self, word: str) -> bool:
        """Whether a word with a capital at the begin of a sentence is a word as others are, and no name."""
        return word in read_familiar() and word not in self._capitals

    def has_word(self, word: str) -> bool:
        """Whether the parent has a word, or one of its stem."""
        cut = stem(word)
        return word in self.given.vocabulary or cut in self.given.stems or cut[:5] in self.given.beginnings

    def around(self, sentence: Sentence) -> list[Sentence]:
        """The sentences beside one of the parent's."""
        all_ = self.given.sentences
        return [all_[n] for n in (sentence.number - 1, sentence.number + 1) if 0 <= n < len(all_)]


def mask_dates(text: str) -> str:
    """A text without its whole dates and times of the clock, which are compared as such."""
    for each in dates.find(text):
        if each.day:
            text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
    return text


def _make_year(one: dates.Date) -> Quantity:
    return Quantity(float(one.year), "digits", str(one.year), one.start, one.end, None, 4, True)


def find_sentence(pair: Pair, each: Quantity) -> Sentence:
    """The sentence of the rewrite in which a number stands."""
    return pair.said[max(0, bisect_right(pair.starts, each.start) - 1)]
