"""Whether an answer of a vision-language model is the text of its page: cleaned, whole, no loop, its
words."""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

MIN_LETTERS = 3  # of a word that is compared: shorter ones are too often the same by chance
MIN_WORDS = 20  # different words that the other engine must have read, or it is no witness
LETTERS = 5
IDEOGRAPHS = 3
MIN_RECALL = 0.3
MIN_PRECISION = 0.3
GRAM = 5
MIN_WINDOW = 30  # words in which a loop is looked for, and again in half as many more
MAX_WINDOW = 5_000
GROWTH = 1.5
MAX_REPETITION = 0.7
MIN_UNEXPLAINED = 0.5
LONG_TOKEN = 50

# No blanks stand between words: kana and ideographs; Thai, Lao, Tibetan, Burmese, Khmer.
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = f"[{_IDEOGRAPHS}\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]"
_RUN = re.compile(rf"([{_IDEOGRAPHS}]+)|({_UNSPACED}+)|((?:(?!{_UNSPACED})[^\W\d_]){{{MIN_LETTERS},}})")
_LETTER = re.compile(_UNSPACED)
_TOKEN = re.compile(rf"{_UNSPACED}|(?:(?!{_UNSPACED})[^\W_])+")
_GAP = re.compile(rf"(?<={_UNSPACED})\s+(?={_UNSPACED})")
_MARKUP = re.compile(r"<[^<>]{1,300}>|\\[A-Za-z]+|(?<=\])\([^()\s]{1,500}\)")
_FRONT = re.compile(
    r"\s*---[ \t]*\n(?:[a-z_]+:[^\n]*\n)*?primary_language:[^\n]*\n(?:[a-z_]+:[^\n]*\n)*---[ \t]*(?:\n|$)"
)
_WRAPPERS = {"", "text", "txt", "plaintext", "html", "latex", "tex"}
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)]) | dict.fromkeys(
    range(0xD800, 0xE000), "\ufffd"
)


class Judged(NamedTuple):
    """The text where it is the page's, else None and the reason; the figures of the judgement.

    `recall` and `precision` are what `compare` says, None where the other engine read too little;
    `repetition` is the share of n-grams that are repeated, in the worst stretch that the other engine has
    not seen so.
    """

    text: str | None
    reason: str | None
    recall: float | None = None
    precision: float | None = None
    repetition: float = 0.0


def judge(answer: str, finish: str | None, words: Sequence[str]) -> Judged:
    """Judge what a model said of a page by how it ended and by the `words` that another engine read there.

    Reasons: `repetition` (also where that used the tokens up), `truncated`, `unfinished` (any other end
    than the model's own), `empty` (no letter and no digit), `other_words`: too few words of either are in
    the other, which finds another page's text, a refusal and a translation. Below `MIN_WORDS` different
    words nothing is compared.
    """
    text = clean(answer)
    seen = fold(" ".join(words))
    said = fold(text)
    recall, precision = compare(seen, said)
    repetition = round(measure_repetition(said, seen), 4)
    reason = None
    if repetition > MAX_REPETITION or finish == "repetition":
        reason = "repetition"
    elif finish == "length":
        reason = "truncated"
    elif finish not in ("stop", None):
        reason = "unfinished"
    elif not _TOKEN.search(said):
        reason = "empty"
    elif recall is not None and precision is not None and (recall < MIN_RECALL or precision < MIN_PRECISION):
        reason = "other_words"
    return Judged(None if reason else text, reason, recall, precision, repetition)


def clean(answer: str) -> str:
    """The answer without control characters, the header of olmOCR and a code fence around all of it."""
    text = answer.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    text = _strip_fence(text)
    header = _FRONT.match(text)
    return _strip_fence(text[header.end() :]).strip() if header else text.strip()


def _strip_fence(text: str) -> str:
    """Without a fence around the whole; fences inside stay, and so does a page that is a listing of code."""
    first, _, rest = text.strip().partition("\n")
    if not first.startswith("```"):
        return text
    kind = first.removeprefix("```").strip().lower()
    body, _, last = rest.rpartition("\n")
    is_closed = last.strip() == "```"
    inside = sum(line.lstrip().startswith("```") for line in rest.split("\n")) - is_closed
    if kind in ("markdown", "md"):
        return text if inside % 2 else body if is_closed else rest
    return body if kind in _WRAPPERS and is_closed and not inside else text


def fold(text: str) -> str:
    """Without markup, case, accents and forms of letters: what two readers of a page should agree on.

    A vowel sign of an Indian script becomes a letter of its own; those of Thai and its like, and the points
    of Hebrew and Arabic, are left out as accents are.
    """
    text = _MARKUP.sub(" ", html.unescape(text)).casefold()
    if not text.isascii():
        text = "".join(map(_lighten, unicodedata.normalize("NFKD", text)))
    return _GAP.sub("", text)


@lru_cache(4096)
def _lighten(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Mc", "Mn") and not unicodedata.combining(character) and not _LETTER.match(character):
        return chr(ord("a") + ord(character) % 26)
    return "" if category in ("Mc", "Mn", "Me", "Cf") else character


def compare(seen: str, said: str) -> tuple[float | None, float | None]:
    """Recall and precision of what a model said by what another engine saw, both folded.

    Both are None where that saw less than `MIN_WORDS` different words.

    Compared are the different runs of five letters in the line of all words of three letters and more (of
    three characters among ideographs). Whole words would depend on the language: a misread letter costs
    more the longer words are, and short ones are shared by any two texts. So do two pages of one document
    in 31 languages share at most 0.24, and a page with itself, a tenth of its letters misread, at least
    0.35 (Universal Declaration of Human Rights, 1,500 characters).
    """
    witness, words = _cut(seen)
    if words < MIN_WORDS:
        return None, None
    claim, _ = _cut(said)
    shared = len(witness & claim)
    return round(shared / len(witness), 4), round(shared / max(1, len(claim)), 4)


def _cut(text: str) -> tuple[set[str], int]:
    """The runs of letters of a folded text, and of how many different words; two characters count for one."""
    runs: set[str] = set()
    words: set[str] = set()
    unspaced, letters = 0, ""
    for ideographs, unbroken, word in _RUN.findall(text):
        unspaced += len(ideographs) + len(unbroken)
        runs.update(ideographs[i : i + IDEOGRAPHS] for i in range(len(ideographs) - IDEOGRAPHS + 1))
        words.add(word)
        letters += unbroken + word
    runs.update(letters[i : i + LETTERS] for i in range(len(letters) - LETTERS + 1))
    return runs, len(words - {""}) + unspaced // 2 if runs else 0


def measure_repetition(said: str, seen: str) -> float:
    """The share of n-grams that are repeats, in the worst stretch of a folded text that is a loop, else 0.

    A stretch is a loop where most of its words come oftener than another engine has `seen` them on the page:
    a table of zeros, a litany or a form is repeated in print.
    """
    tokens = _split(said)
    names: dict[tuple[str, ...], int] = {}
    spans = zip(*(tokens[i:] for i in range(GRAM)), strict=False)
    grams = [names.setdefault(span, len(names)) for span in spans]
    if len(grams) - len(names) < MAX_REPETITION * (MIN_WINDOW - GRAM + 1):
        return 0.0  # fewer repeats than one stretch would need
    worst, known = 0.0, Counter(_split(seen))
    for start, size in _lay_windows(len(tokens)):
        total = size - GRAM + 1
        repeated = 1 - len(set(grams[start : start + total])) / total
        if repeated <= max(worst, MAX_REPETITION):
            continue
        if (Counter(tokens[start : start + size]) - known).total() > MIN_UNEXPLAINED * size:
            worst = repeated
    return worst


def _lay_windows(length: int) -> Iterator[tuple[int, int]]:
    """Start and size of stretches of all sizes; those at the end too, where most loops are."""
    size = MIN_WINDOW
    while size <= min(length, MAX_WINDOW):
        for start in {*range(0, length - size, size // 2), length - size}:
            yield start, size
        size = int(size * GROWTH)


def _split(text: str) -> list[str]:
    """Words and numbers; characters of what has no blanks, or is too long for a word."""
    tokens: list[str] = []
    for token in _TOKEN.findall(text):
        tokens += list(token) if len(token) > LONG_TOKEN else [token]
    return tokens
