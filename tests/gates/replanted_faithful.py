"""Faithful rewrites by script: sentences left out, turned about, split, joined; values and words said otherwise.

Each change keeps what the passage says. `rewrite` composes two to five of them and gives the result a shape.
"""

import random
import re
from collections.abc import Callable

import replanted_shapes as shapes

Sentences = list[list[str]]  # by paragraph
Change = Callable[[str, random.Random], str]

_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Mt|vs|No|Jr|Sr|Prof|Gen|Col|Capt|Lt|Sgt|Inc|Ltd|Co|cf|ca|c|al|Fig|fig|approx"
    r"|Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec|U\.S|U\.K|e\.g|i\.e|etc|[A-Z])\.|\.\.)$"
)
_END = re.compile(r"(?<=[.!?])[\"')\]”]*\s+(?=[\"'(“]?[A-Z])")
_LEANS = re.compile(
    r"(?i)(?:he|she|it|they|this|these|that|those|such|his|her|its|their|however|therefore|thus|but|and|or|so|also"
    r"|then|there|hence|instead|otherwise|moreover|furthermore|nevertheless|similarly|another|other|the other"
    r"|the latter|the former|both|neither|each|some|most|here|in this|in that|in these|for this|for example"
    r"|for instance|at that|at this|as a result|on the other|one|after that|yes|no|later|next|finally|second"
    r"|third|in addition|by then|meanwhile|the same|not)\b"
)
_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_MONTHS = "January February March April May June July August September October November December".split()
_MONTH = "|".join(_MONTHS)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
    " fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first"
).split()
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
    "purchase": "buy",
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
    "huge": "enormous",
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


def split(text: str) -> Sentences:
    return [_split_paragraph(paragraph) for paragraph in text.split("\n\n")]


def _split_paragraph(paragraph: str) -> list[str]:
    found: list[str] = []
    for piece in _cut(paragraph):
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += " " + piece
        else:
            found.append(piece)
    return found


def _cut(paragraph: str) -> list[str]:
    pieces, start = [], 0
    for match in _END.finditer(paragraph):
        end = match.start() + len(match.group().rstrip())
        pieces.append(paragraph[start:end])
        start = match.end()
    return [*pieces, paragraph[start:]]


def leave_out(sentences: Sentences, draw: random.Random, share: float) -> Sentences:
    """Without some sentences on which the next one does not lean; of two at least one stays."""
    kept: Sentences = []
    for paragraph in sentences:
        left: list[str] = []
        for number, sentence in enumerate(paragraph):
            following = paragraph[number + 1] if number + 1 < len(paragraph) else ""
            needed = bool(following and _LEANS.match(following.lstrip("\"'(“"))) or sentence.endswith(":")
            if needed or (not left and number + 1 == len(paragraph) and not kept) or draw.random() > share:
                left.append(sentence)
        if left and not _LEANS.match(left[0]) or left and left[0] == paragraph[0]:
            kept.append(left)
        else:
            kept.append(paragraph)
    return kept


def lower(text: str) -> str:
    """A sentence's beginning within another: names, and what may be one, keep their capital."""
    first = text.split()[0].rstrip(",.;:") if text.split() else ""
    plain = {
        "The",
        "A",
        "An",
        "This",
        "These",
        "In",
        "On",
        "At",
        "He",
        "She",
        "It",
        "They",
        "There",
        "His",
        "Her",
    }
    return (
        text[0].lower() + text[1:] if first in plain | {"Its", "Their", "That", "Some", "We", "You"} else text
    )


def upper(text: str) -> str:
    return text[0].upper() + text[1:]


def turn_clauses(sentence: str, draw: random.Random) -> str:
    """`When A, B.` as `B when A.`"""
    found = re.fullmatch(
        r"(Although|When|If|Because|Since|Before|After|While|Unless) ([^,;:()]+), ([^,;:]+)\.", sentence
    )
    if not found or re.search(r"^(?:then|and|but|or)\b|\bwhich\b|\bthat\b", found[3]):
        return sentence
    clause = f"{found[1].lower()} {lower(found[2])}"
    away = re.search(r"\b(?:this|these|those|it|its|they|them|their|he|his|him|she|her)\b", found[3].lower())
    if len(found[2].split()) < 3 or away:
        return sentence
    comma = ", " if found[1] in ("Although", "While", "Since") else " "
    return f"{upper(found[3])}{comma}{clause}."


def turn_times(sentence: str, draw: random.Random) -> str:
    """`In 1933, B.` as `B in 1933.`, where B is a single clause."""
    found = re.fullmatch(
        rf"((?:In|On|By|From|During|Until) (?:\d{{1,2}} )?(?:(?:{_MONTH}) )?\d{{4}}), ([^,;:()]+)\.", sentence
    )
    if (
        not found
        or len(found[2].split()) > 16
        or re.search(r"\b(?:and|that|which|who|but|when|in|on)\b", found[2])
    ):
        return sentence
    return f"{upper(found[2])} {found[1][0].lower()}{found[1][1:]}."


def break_up(sentence: str, draw: random.Random) -> str:
    """A sentence of two clauses as two."""
    both = re.split(
        r"(?:; (?=(?:he|she|it|they|this|these|there|the|an?|if|in|for|we|you|however) )|, and (?=(?:he|she|it|they|this|there|we|you) ))",
        sentence,
    )
    if (
        len(both) == 2
        and sentence.count('"') % 2 == 0
        and "(" not in sentence
        and min(len(b.split()) for b in both) > 4
    ):
        return f"{both[0].rstrip(',')}. {upper(both[1])}"
    but = re.fullmatch(
        r"([^;()\":]+), but ((?:he|she|it|they|this|these|there|we|you) [^;()\":]+)\.", sentence
    )
    if but and not re.search(r"\b(?:not only|if|when|either)\b", but[1].lower()) and "," not in but[1]:
        return f"{but[1]}. However, {but[2]}."
    return sentence


def join(paragraph: list[str], draw: random.Random) -> list[str]:
    """Two short sentences as one."""
    for number in range(len(paragraph) - 1):
        one, other = paragraph[number : number + 2]
        if (
            max(len(one.split()), len(other.split())) <= 16
            and min(len(one.split()), len(other.split())) >= 4
            and re.match(r"(?:He|She|It|They|The|This|These|There|In)\b", other)
            and one.endswith(".")
            and not re.search(r"[;:()\"]", one + other)
            and not _ABBREVIATION.search(one)
        ):
            return [*paragraph[:number], f"{one[:-1]}, and {lower(other)}", *paragraph[number + 2 :]]
    return paragraph


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
        re.sub(rf"\b({_MONTH}) (\d{{1,2}}), (\d{{4}})\b(?:,)?", r"\2 \1 \3", sentence)
        if re.search(rf"\b(?:{_MONTH}) \d{{1,2}}, \d{{4}}\b", sentence)
        else re.sub(rf"\b(\d{{1,2}}) ({_MONTH}) (\d{{4}})\b", r"\2 \1, \3", sentence)
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
        found = re.search(rf"(?<![\d.,–-])(?<!\bto )(\d[\d,]*(?:\.\d+)?) {unit}\b(?! ?[(/-])", sentence)
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


def passive(sentence: str, draw: random.Random) -> str:
    """`The bridge was designed by Jane Doe.` as `Jane Doe designed the bridge.`"""
    found = re.fullmatch(
        r"((?:The|This|It|His|Her|A|An)\b[^,;:()]*?) (?:was|were) (\w+ed|written|built) by ((?:the )?[A-Z][\w.]+(?: [A-Z][\w.]+)*)((?: in \d{4})?)\.",
        sentence,
    )
    if (
        not found
        or found[2] in ("followed", "succeeded", "preceded")
        or " and " in found[1]
        or " that " in found[1]
        or found[1].endswith(" it")
        or found[1].split()[-1] in ("was", "and", "which", "who", "he", "she", "it")
        and " " in found[1]
    ):
        return sentence
    verb = {"written": "wrote"}.get(found[2], found[2])
    return f"{upper(found[3])} {verb} {lower(found[1])}{found[4]}."


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


BY_SENTENCE: dict[str, Change] = {
    "clauses turned": turn_clauses,
    "times turned": turn_times,
    "sentences split": break_up,
    "numerals and words": number_words,
    "dates in another form": date_forms,
    "converted units": conversions,
    "other words": other_words,
    "active for passive": passive,
}


def rewrite(source: str, parent: str, draw: random.Random) -> tuple[str, str]:
    """The name of the form and the rewrite; fewer than two changes make none: ('', '')."""
    sentences, done = split(parent), []
    changes = draw.sample(sorted(BY_SENTENCE), 6)
    if draw.random() < 0.5:
        fewer = leave_out(sentences, draw, draw.choice([0.2, 0.35]))
        done += ["summary"] if fewer != sentences else []
        sentences = fewer
    for name in changes:
        if len(done) >= 4:
            break
        changed = [[BY_SENTENCE[name](s, draw) for s in p] for p in sentences]
        if changed != sentences:
            done.append(name)
            sentences = [[t for s in p for t in _split_paragraph(s)] for p in changed]
    joined = [join(p, draw) for p in sentences]
    if joined != sentences and len(done) < 4 and draw.random() < 0.6:
        sentences, done = joined, [*done, "sentences joined"]
    for name, change in (("short names", short_names), ("acronyms", acronyms)):
        whole = "\n\n".join("\x00".join(p) for p in sentences)
        if (after := change(whole)) != whole:
            done.append(name)
            sentences = [p.split("\x00") for p in after.split("\n\n")]
    shape, text = shapes.shape(source, parent, sentences, draw)
    done += [shape] if shape else []
    return (" + ".join(done), text) if len(done) >= 2 and text != parent else ("", "")
