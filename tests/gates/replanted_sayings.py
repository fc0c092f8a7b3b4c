"""What faithful rewrites say otherwise: numbers, dates, units, words, names."""

import random
import re

from replanted_forms import MONTH, listed

_WORDS = listed("zero one two three four five six seven eight nine ten eleven twelve")
_ORDINALS = listed(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
    " fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first"
)
_SAME = {
    "for example": "for instance",
    "for instance": "for example",
    "in order to": "to",
    "approximately": "roughly",
    "almost": "nearly",
    "nearly": "almost",
    "due to": "because of",
    "several": "a number of",
    "large number of": "great many",
    "often": "frequently",
    "frequently": "often",
    "usually": "normally",
    "located in": "situated in",
    "began to": "started to",
    "although": "even though",
    "prior to": "before",
    "throughout": "all through",
    "amongst": "among",
    "whilst": "while",
    "utilized": "used",
    "utilizing": "using",
    "in addition,": "besides,",
    "Moreover,": "Furthermore,",
    "Furthermore,": "In addition,",
    "However,": "Nevertheless,",
    "Therefore,": "For that reason,",
    "Thus,": "Hence,",
    "perhaps": "possibly",
    "mainly": "chiefly",
    "primarily": "mainly",
    "do not": "don't",
    "does not": "doesn't",
    "did not": "didn't",
    "is not": "isn't",
    "are not": "aren't",
    "was not": "wasn't",
    "were not": "weren't",
    "cannot": "can't",
    "should not": "shouldn't",
    "in the course of": "during",
    "at the same time": "simultaneously",
    "over the years": "in the course of the years",
    "by means of": "through",
    "wish to": "want to",
    "described as": "characterized as",
}
_UNITS: list[tuple[str, str, float]] = [
    (r"(?:km|kilometres|kilometers)", "miles", 0.621371),
    (r"miles", "km", 1.609344),
    (r"(?:kg|kilograms)", "lb", 2.204623),
    (r"(?:pounds|lbs?)(?! sterling)", "kg", 0.453592),
    (r"(?:metres|meters)", "feet", 3.28084),
    (r"(?:feet|ft)", "m", 0.3048),
    (r"acres", "hectares", 0.404686),
    (r"(?:inches)", "cm", 2.54),
]


def number_words(sentence: str, draw: random.Random) -> str:
    """`three books` as `3 books`, `12 books` as `twelve books`, percentages, millions."""
    plural = r"(?= (?!hundred|thousand|million|billion)(?:[a-z]+ )?[a-z]{3,}s\b)"
    if draw.random() < 0.5:
        names = "|".join(_WORDS[3:])
        sentence = re.sub(rf"(?<=[a-z] )(?:{names})\b{plural}", lambda m: str(_WORDS.index(m[0])), sentence)
    else:
        sentence = re.sub(rf"(?<=[a-z] )(?:[2-9]|1[0-2]){plural}", lambda m: _WORDS[int(m[0])], sentence)
    if re.search(r"\d%", sentence):
        return re.sub(r"(?<=\d)%", " percent", sentence)
    sentence = re.sub(r"(?<=\d) per ?cent\b(?! of a| point)", "%", sentence)
    return re.sub(r"\b(\d+)\.(\d) million\b", r"\1,\g<2>00,000", sentence)


def date_forms(sentence: str, draw: random.Random) -> str:
    sentence = (
        re.sub(rf"\b({MONTH}) (\d{{1,2}}), (\d{{4}})\b(?:,)?", r"\2 \1 \3", sentence)
        if re.search(rf"\b{MONTH} \d{{1,2}}, \d{{4}}\b", sentence)
        else re.sub(rf"\b(\d{{1,2}}) ({MONTH}) (\d{{4}})\b", r"\2 \1, \3", sentence)
    )
    sentence = re.sub(r"\b(\d{1,2})(?:st|nd|rd|th)([ -])(century|centuries)\b", _century, sentence)
    return re.sub(
        r"\b[Ff]rom (\d{4}) (?:to|until) (\d{4})\b",
        lambda m: f"{'B' if m[0][0] == 'F' else 'b'}etween {m[1]} and {m[2]}",
        sentence,
    )


def _century(found: re.Match[str]) -> str:
    number = int(found[1])
    return f"{_ORDINALS[number - 1]}{found[2]}{found[3]}" if 0 < number <= len(_ORDINALS) else found[0]


def conversions(sentence: str, draw: random.Random) -> str:
    """The same in the other system, in brackets, to two digits that count."""
    for unit, other, factor in _UNITS:
        found = re.search(rf"(?<![\d.,\u2013-])(?<!\bto )(\d[\d,]*(?:\.\d+)?) {unit}\b(?! ?[(/-])", sentence)
        if found and "(" not in sentence[found.end() : found.end() + 20]:
            value = float(found[1].replace(",", "")) * factor
            return f"{sentence[: found.end()]} (about {_round(value)} {other}){sentence[found.end() :]}"
    return sentence


def _round(value: float) -> str:
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def other_words(sentence: str, draw: random.Random) -> str:
    for old, new in draw.sample(sorted(_SAME.items()), len(_SAME)):
        found = re.search(rf"(?<![\w\"-]){re.escape(old)}(?![\w-])", sentence)
        if found and '"' not in sentence and draw.random() < 0.7:
            sentence = sentence[: found.start()] + new + sentence[found.end() :]
    return sentence


def short_names(text: str) -> str:
    """`Allan Dwan` as `Dwan` from the second time on, where the passage itself says `Dwan` alone, too."""
    for full in dict.fromkeys(re.findall(r"\b[A-Z][a-z]{2,} [A-Z][a-z]{3,}\b", text)):
        last = full.split()[1]
        alone = re.search(rf"(?<![A-Za-z] )(?<!\w){last}(?! [A-Z])\b", text.replace(full, ""))
        if alone and text.count(full) > 1 and not re.search(rf"[A-Z]\w+ (?!{full.split()[0]}){last}", text):
            head, _, rest = text.partition(full)
            text = head + full + rest.replace(full, last)
    return text


def acronyms(text: str) -> str:
    """The long name by the acronym that the passage defines, or the other way around."""
    for found in re.finditer(
        r"\b((?:[A-Z][\w-]+ (?:of |and |for |the )*){1,5}[A-Z][\w-]+) \(([A-Z]{2,6})\)", text
    ):
        if "".join(w[0] for w in found[1].split() if w[0].isupper()) == found[2]:
            head, rest = text[: found.end()], text[found.end() :]
            if found[1] in rest:
                return head + rest.replace(found[1], found[2])
            return head + re.sub(rf"\b{found[2]}\b(?!-|/)", found[1], rest, count=1)
    return text
