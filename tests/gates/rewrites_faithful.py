"""Scripted rewrites that say what their parent says: changes of wording in a sentence, and forms of the whole.

A change takes a sentence and gives it in other words, or as it was. A form takes the sentences of a rewrite and
gives its text. What a rewrite leaves out is no fault; what it says, the parent says.
"""

# ruff: noqa: E501, RUF001 - patterns and tables that would be worse in pieces, and typographic quotes in them
import re
from collections.abc import Callable
from random import Random

from rewrites_parents import GIVEN

Change = Callable[[str, Random], str]
Form = Callable[[list[str], Random], str]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
MONTH = "|".join(MONTHS)
SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
CENTURIES = {"15th": "fifteenth", "16th": "sixteenth", "17th": "seventeenth", "18th": "eighteenth", "19th": "nineteenth", "20th": "twentieth", "21st": "twenty-first"}  # fmt: skip
PHRASES = [
    ("in order to", "to"), ("a number of", "several"), ("due to", "because of"), ("prior to", "before"),
    ("known as", "called"), ("approximately", "roughly"), ("for example", "for instance"), ("such as", "like"),
    ("as well as", "along with"), ("consists of", "is made up of"), ("consist of", "are made up of"),
    ("began to", "started to"), ("located in", "situated in"), ("however", "nevertheless"), ("therefore", "hence"),
    ("although", "even though"), ("in addition to", "besides"), ("is able to", "can"), ("are able to", "can"),
    ("throughout", "all through"), ("until", "up until"), ("in which", "where"),
    ("usually", "normally"), ("often", "frequently"), ("obtain", "get"), ("purchase", "buy"), ("purchased", "bought"),
    ("requires", "needs"), ("require", "need"), ("important", "significant"), ("main", "principal"),
    ("specify", "state"), ("specified", "stated"), ("additional", "further"), ("entire", "whole"),
    ("at the time", "at that time"), ("a variety of", "various"),
    ("because", "as"), ("currently", "at present"), ("in total", "altogether"), ("altogether", "in total"),
    ("enables", "makes it possible for"), ("need to", "have to"), ("perhaps", "possibly"),
    ("many of", "a large number of"), ("many", "numerous"), ("the majority of", "most of"),
    ("primarily", "mainly"), ("moreover", "furthermore"), ("thus", "consequently"),
    ("despite", "in spite of"), ("regarding", "concerning"), ("among", "amongst"),
    ("nearly", "almost"), ("typically", "as a rule"), ("identical to", "the same as"), ("permits", "allows"),
]  # fmt: skip
_BARRED = {"because": "(?! of)", "at the time": "(?! (?:of|when|that|the|he|she|it)\\b)", "very": "(?! same| first| last)", "until": "(?! after)", "many": "(?! of| a|-)", "within": "(?! the)", "need to": "", "important": "", "such as": "(?! are| is| was)", "in which": "(?! case)"}  # fmt: skip
_BEFORE = {"many of": r"(?<!how )(?<!How )(?<!as )(?<!too )(?<!so )", "many": r"(?<!How )(?<!how )(?<!as )(?<!so )(?<!too )(?<!that )(?<!the )", "until": r"(?<!up )(?<!not )", "need to": r"(?<!no )(?<!the )(?<!a )(?<!any )", "such as": r"(?<=,) ?|(?<=[a-z]) ", "very": r"(?<!the )", "known as": r"(?<!better )(?<!well )", "in which": r"(?<!way )", "often": r"(?<!more )(?<!most )(?<!how )", "important": r"(?<!an )(?<!more )(?<!most )", "entire": r"(?<!an )", "additional": r"(?<!an )", "however": r"(?<!, )(?<!; )"}  # fmt: skip
SHORT = [
    ("do not", "don't"), ("does not", "doesn't"), ("did not", "didn't"), ("is not", "isn't"), ("are not", "aren't"),
    ("was not", "wasn't"), ("were not", "weren't"), ("cannot", "can't"), ("will not", "won't"),
    ("should not", "shouldn't"), ("would not", "wouldn't"), ("could not", "couldn't"), ("has not", "hasn't"),
    ("have not", "haven't"), ("had not", "hadn't"),
]  # fmt: skip
EXACT = {
    "kilometers": (1000, "meters"), "kilometres": (1000, "metres"), "km": (1000, "m"), "kg": (1000, "g"),
    "kilograms": (1000, "grams"), "meters": (100, "centimeters"), "hours": (60, "minutes"), "minutes": (60, "seconds"),
    "weeks": (7, "days"), "days": (24, "hours"), "feet": (12, "inches"), "yards": (3, "feet"), "dozen": (12, ""),
    "pounds": (16, "ounces"), "liters": (1000, "milliliters"), "gallons": (4, "quarts"), "centuries": (100, "years"),
    "decades": (10, "years"), "GHz": (1000, "MHz"),
}  # fmt: skip
SPELLED = {
    "km": "kilometers",
    "kg": "kilograms",
    "cm": "centimeters",
    "mm": "millimeters",
    "mi": "miles",
    "ft": "feet",
}
_STARTS = r"(?:He|She|It|They|The|This|These|Those|There|In|On|At|His|Her|Its|Their|A|An|If|When|While|After|Before|Although|Since|For|By|With|From|Some|Many|Most|All|Each|You|We|As|However|Both|Such|Because|Every|Hence|Therefore|Thus|Consequently|Nevertheless|Even|During|Under|Another|Other|No)"
LEANS = re.compile(
    r"(?:He|She|It|They|His|Her|Its|Their|This|These|Those|That|Such|However|But|And|Also|Then|Thus|Therefore|Hence|So|"
    r"Instead|Nevertheless|Moreover|Furthermore|Similarly|Otherwise|Both|Another|Other|The (?:latter|former|same|other|two)|"
    r"As a result|In addition|For (?:example|instance)|Consequently|Later|Afterwards|Here|There|Nor|Yet|Or|Next|Finally|We|You|Even|In (?:this|that|these))\b"
)
POINTS = re.compile(r"\b(?:this|these|those|such|latter|former|same|above|there|here|they|it|he|she|then)\b")


def lower_first(sentence: str) -> str:
    """With a small letter where the first word is no name."""
    return sentence[0].lower() + sentence[1:] if re.match(_STARTS + r"\b", sentence) else sentence


def upper_first(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def phrases(sentence: str, draw: Random) -> str:
    for old, new in PHRASES:
        if draw.random() < 0.25:
            continue
        pattern = rf"(?i){'(?:' + _BEFORE[old] + ')' if old in _BEFORE else ''}\b{old}\b(?![-'’]){_BARRED.get(old, '')}"
        if '"' not in sentence and "“" not in sentence:
            sentence = re.sub(pattern, lambda m, new=new: _cased(m, new), sentence, count=1)  # type: ignore[misc]
    return sentence


def _cased(found: re.Match[str], new: str) -> str:
    if found.start() and found[0].strip()[0].isupper():  # a keyword, or a part of a name
        return found[0]
    space = " " if found[0][0] == " " else ""
    return space + (upper_first(new) if found[0].strip()[0].isupper() else new)


def contract(sentence: str, draw: Random) -> str:
    """Contractions where the sentence has none, else none."""
    pairs = [(short, long) for long, short in SHORT] if re.search(r"n['’]t\b", sentence) else SHORT
    for old, new in pairs:
        sentence = re.sub(rf"\b{old.replace(chr(39), '[' + chr(39) + '’]')}\b(?! only)", new, sentence)
    return sentence


def digits(sentence: str, draw: Random) -> str:
    """Words of small numbers as digits."""
    return re.sub(
        r"(?<= )(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?= (?!or\b|to\b|and\b|more\b|of\b|hundred|thousand|million)[a-z])",
        lambda m: str(SMALL.index(m[1])),
        sentence,
    )


def words(sentence: str, draw: Random) -> str:
    """Small numbers as words."""
    return re.sub(
        r"(?<=[a-z] )(?<!section )(?<!chapter )(?<!page )(?<!version )(?<!level )(?<!release )(?<!bit )([2-9]|1[0-2])(?= (?!am\b|pm\b|x\b|a\b|km\b|kg\b|mi\b|cm\b|mm\b|ft\b|bits?\b)[a-z]{3,})",
        lambda m: m[0] if re.search(r"[A-Z]\w* $", m.string[: m.start()]) else SMALL[int(m[1])],
        sentence,
    )


def grouped(sentence: str, draw: Random) -> str:
    """Large numbers without their commas, millions in full, percents in words, dollars behind the number."""
    sentence = re.sub(r"\b(\d+)(?:\.(\d))? million\b(?! dollars)(?<!\$)", _million, sentence)
    sentence = re.sub(r"(?<![\d,.])(\d{1,3}),(\d{3})(?![\d,]|\.\d)", r"\1\2", sentence)
    sentence = re.sub(r"(?<=\d)%(?=[ .,;)])", " percent", sentence)
    return re.sub(
        r"(?<=[a-z] )\$(\d+)(?=[ .,;?])(?! ?(?:[Mm]illion|[Bb]illion|[Tt]rillion|[-+*/x×=]|per\b|each\b|\.\d))(?!,\d|\.\d)",
        r"\1 dollars",
        sentence,
    )


def _million(found: re.Match[str]) -> str:
    if found.string[max(found.start() - 1, 0) : found.start()] in {"$", "£", "€", "."}:
        return found[0]
    return f"{int(found[1]) * 1_000_000 + int(found[2] or 0) * 100_000:,}"


def units(sentence: str, draw: Random) -> str:
    """A measure in a smaller unit, exactly, or the unit in full."""
    found = re.search(
        rf"(?<=[a-z(] )(\d{{1,3}}) ({'|'.join(EXACT)})\b(?! (?:and|per|or|old|by|of the|a|an|long|in a|cargo|of) |, \d|/|²|-|\^)",
        sentence,
    )
    if found and int(found[1]) > 1:
        factor, unit = EXACT[found[2]]
        return f"{sentence[: found.start()]}{int(found[1]) * factor:,}{' ' * bool(unit)}{unit}{sentence[found.end() :]}"
    return re.sub(rf"(?<=\d )({'|'.join(SPELLED)})\b(?![/²\d^])", lambda m: SPELLED[m[1]], sentence)


def dates(sentence: str, draw: Random) -> str:
    """Dates in another format, centuries in words."""
    iso = draw.random() < 0.4
    sentence = re.sub(
        rf"\b({MONTH}) (\d{{1,2}}), (\d{{4}})\b", lambda m: _date(m[2], m[1], m[3], iso, False), sentence
    )
    sentence = re.sub(
        rf"(?<=[a-z] )(\d{{1,2}}) ({MONTH}) (\d{{4}})\b(?! (?:BC|AD))",
        lambda m: _date(m[1], m[2], m[3], iso, True),
        sentence,
    )
    sentence = re.sub(r"\b(1[5-9]th|20th|21st)(?=[ -]century)", lambda m: CENTURIES[m[1]], sentence)
    sentence = re.sub(r"(?<=\d )BC\b", "BCE", sentence)
    return re.sub(
        r"\b([Ii])n (1[5-9]\d\d|20[0-2]\d)(?=[ ,.])(?!(?: and|,? \d|, (?:1|2)))",
        r"\1n the year \2",
        sentence,
        count=1,
    )


def _date(day: str, month: str, year: str, iso: bool, day_first: bool) -> str:
    if iso:
        return f"{year}-{MONTHS.index(month) + 1:02d}-{int(day):02d}"
    # the month before the day closes with a comma where the sentence goes on, as the style asks; left out here
    return f"{month} {day}, {year}" if day_first else f"{day} {month} {year}"


def clauses(sentence: str, draw: Random) -> str:
    """The subordinate clause behind the main clause, or before it."""
    found = re.fullmatch(
        r"(Although|If|When|Because|Since|While|Even though|Whenever|Unless) ([^,:;()\"]{8,90}), (?!then\b)([^,:;()\"]{8,120})\.",
        sentence,
    )
    if found and not re.search(r"\b(?:and|or|but)\b", found[3]):
        return f"{upper_first(found[3])} {found[1].lower()} {found[2]}."
    found = re.fullmatch(r"([^,:;()\"]{8,110}) (because|although|if|unless) ([^,:;()\"]{8,90})\.", sentence)
    if (
        found
        and not re.search(r"\b(?:and|or|but|that|which|who|not|as|even|only|whether)\b", found[1])
        and found[3][:3] != "of "
    ):
        return f"{upper_first(found[2])} {found[3]}, {lower_first(found[1])}."
    return sentence


def cleft(sentence: str, draw: Random) -> str:
    """`In 1900, it happened.` as `It was in 1900 that it happened.`; or the year's phrase at the end."""
    found = re.fullmatch(
        r"In((?: the year)? \d{4}|(?: "
        + MONTH
        + r") \d{4}), ((?:he|she|it|they|the|[A-Z][a-z]+) [^:;]{10,200})\.",
        sentence,
    )
    if not found:
        return sentence
    if "," not in found[2] and not re.search(r"\b(?:and|but|that|which|who|when|where|to)\b|\d{4}", found[2]):
        return f"{upper_first(found[2])} in{found[1]}."
    return f"It was in{found[1]} that {found[2]}."


VERBS = {
    "written": "wrote", "founded": "founded", "discovered": "discovered", "invented": "invented", "built": "built",
    "designed": "designed", "introduced": "introduced", "published": "published", "developed": "developed",
    "created": "created", "directed": "directed", "composed": "composed", "killed": "killed", "defeated": "defeated",
    "proposed": "proposed", "used": "used", "called": "called", "elected": "elected", "replaced": "replaced",
}  # fmt: skip
OBJECTS = {"him": "he", "her": "she", "them": "they"}


def voice(sentence: str, draw: Random) -> str:
    """`X was written by Y.` as `Y wrote X.`; without a passive, `It was Y who wrote X` is not tried."""
    verbs = "|".join(verb for verb in VERBS if verb != "called")
    found = re.fullmatch(
        rf"((?:The|It|This|They|[A-Z]\w+)(?: \w+){{0,6}}) (?:was|were) ({verbs}) by ((?:the )?[A-Z][\w.]+(?: [A-Z][\w.]+){{0,3}})( in (?:the year )?\d{{4}})?\.",
        sentence,
    )
    if not found or re.search(r"\b(?:who|which|that)\b", found[1]):
        return sentence
    what = "them" if found[1] == "They" else lower_first(found[1])
    return f"{upper_first(found[3])} {VERBS[found[2]]} {what}{found[4] or ''}."


CHANGES: list[Change] = [dates, units, digits, words, grouped, contract, cleft, clauses, voice, phrases]


def change(sentences: list[str], draw: Random) -> list[str]:
    """Every sentence by some of the changes."""
    chosen = [change for change in CHANGES if draw.random() < 0.7]
    if digits in chosen and words in chosen:
        chosen.remove(draw.choice([digits, words]))
    out = []
    for sentence in sentences:
        for one in chosen:
            sentence = one(sentence, draw)
        out.append(sentence)
    return out


def shorten(sentences: list[str], draw: Random) -> list[str]:
    """A summary: without sentences on which the next does not lean."""
    for _ in range(draw.randint(1, max(1, len(sentences) // 3))):
        able = [
            at
            for at in range(1, len(sentences))
            if at + 1 == len(sentences)
            or not (LEANS.match(sentences[at + 1]) or POINTS.search(sentences[at + 1]))
        ]
        if len(sentences) > 2 and able:
            at = draw.choice(able)
            sentences = sentences[:at] + sentences[at + 1 :]
    return sentences


def abbreviate(sentences: list[str], draw: Random) -> list[str]:
    """A body of several words with its initials in brackets, and by them from then on."""
    text = "\n".join(sentences)
    ends = "Company|University|Act|Association|Institute|Society|Organization|Party|Congress|Committee|Academy|Union|Council|States|Kingdom|Empire|War|Project|Foundation|Service|Agency|Treaty|System"
    found = re.search(
        rf"(?<=[a-z] )[A-Z][a-z]+ (?:[A-Z][a-z]+ ){{0,2}}(?:{ends})\b(?! \(| [A-Z]| of |['’])", text
    )
    if not found or re.search(r"[A-Z(]\w* $", text[: found.start()]):
        return sentences
    short = "".join(word[0] for word in found[0].split())
    head, tail = text[: found.end()], text[found.end() :]
    return f"{head} ({short}){re.sub(rf'{found[0]}(?! [A-Z])', short, tail)}".split("\n")


def surnames(sentences: list[str], draw: Random) -> list[str]:
    """A person's whole name once, then the last name."""
    text = "\n".join(sentences)
    for name in dict.fromkeys(re.findall(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b", text)):
        if (
            name.split()[0] in GIVEN
            and text.count(name) > 1
            and re.search(rf"{name.split()[1]}(?:['’]s)? (?:was|said|wrote|had|did|has|also)\b", text)
        ):
            at = text.index(name) + len(name)
            text = text[:at] + text[at:].replace(name, name.split()[1])
    return text.split("\n")
