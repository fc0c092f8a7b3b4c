"""What faithful rewrites do with sentences: left out, turned about, split in two, joined."""

import random
import re

from replanted_forms import MONTH

Sentences = list[list[str]]  # by paragraph
ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Mt|vs|No|Jr|Sr|Prof|Gen|Col|Capt|Lt|Sgt|Inc|Ltd|Co|cf|ca|c|al|Fig|fig|approx"
    r"|Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec|U\.S|U\.K|e\.g|i\.e|etc|[A-Z])\.|\.\.)$"
)
_END = re.compile(r"(?<=[.!?])[\"')\]\u201d]*\s+(?=[\"'(\u201c]?[A-Z])")
_TWO = re.compile(
    r"(?:; (?=(?:he|she|it|they|this|these|there|the|an?|if|in|for|we|you|however) )"
    r"|, and (?=(?:he|she|it|they|this|there|we|you) ))"
)
_LEANS = re.compile(
    r"(?i)(?:he|she|it|they|this|these|that|those|such|his|her|its|their|however|therefore|"
    r"thus|but|and|or|so|also|then|there|hence|instead|otherwise|moreover|furthermore|"
    r"nevertheless|similarly|another|other|the other|the latter|the former|both|neither|each|"
    r"some|most|here|in this|in that|in these|for this|for example|for instance|at that|"
    r"at this|as a result|on the other|one|after that|yes|no|later|next|finally|second|"
    r"third|in addition|by then|meanwhile|the same|not)\b"
)


def split(text: str) -> Sentences:
    return [split_paragraph(paragraph) for paragraph in text.split("\n\n")]


def split_paragraph(paragraph: str) -> list[str]:
    found: list[str] = []
    for piece in _cut(paragraph):
        if found and ABBREVIATION.search(found[-1]):
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
            needed = bool(following and _LEANS.match(following.lstrip("\"'(\u201c"))) or sentence.endswith(
                ":"
            )
            if needed or (not left and number + 1 == len(paragraph) and not kept) or draw.random() > share:
                left.append(sentence)
        if (left and not _LEANS.match(left[0])) or (left and left[0] == paragraph[0]):
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
        rf"((?:In|On|By|From|During|Until) (?:\d{{1,2}} )?(?:{MONTH} )?\d{{4}}), ([^,;:()]+)\.", sentence
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
    both = _TWO.split(sentence)
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
            and not ABBREVIATION.search(one)
        ):
            return [*paragraph[:number], f"{one[:-1]}, and {lower(other)}", *paragraph[number + 2 :]]
    return paragraph
