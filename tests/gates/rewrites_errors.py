"""The first forms of planted errors: eight kinds, each with several ways to put one error into a faithful rewrite.

An error takes the sentences of a rewrite and gives them with one thing changed so that the parent no longer bears
it, or None where the text has no place for it.
"""

# ruff: noqa: E501 - patterns that would be worse in pieces
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from faker.providers.person.en_US import Provider

from rewrites_faithful import MONTHS
from rewrites_parents import Parent


class Pool(NamedTuple):
    """What an error can borrow: the parent itself and others of its kind."""

    parent: Parent
    others: list[Parent]


Error = Callable[[list[str], Random, Pool], list[str] | None]
Replace = Callable[[re.Match[str]], str | None]
GIVEN = frozenset(Provider.first_names) | {
    "Weng",
    "Natalia",
    "Isabella",
    "Raphael",
    "Gustav",
    "Otto",
    "Friedrich",
}
NUMBER = r"(?<![\w.,/:#^_$-])(?<!\$)\$?(\d{1,3}(?:,\d{3})+|\d+)(?![\w/:^_-]|[.,]\d)"
NEGATED = re.compile(
    r"\b(?:not|no|never|cannot|nor|neither|without|none|nothing|hardly|unless|whether)\b|n['’]t\b"
)
AUX = r"(?:is|are|was|were|can|will|should|must|does|did|would)"
WORD_NUMBERS = "two three four five six seven eight nine ten eleven twelve".split()


def sub(sentences: list[str], draw: Random, pattern: str, replace: Replace) -> list[str] | None:
    """One match of the pattern, by chance, as `replace` gives it; None where it gives nothing that differs."""
    places = [(at, m) for at, sentence in enumerate(sentences) for m in re.finditer(pattern, sentence)]
    draw.shuffle(places)
    for at, found in places:
        new = replace(found)
        if new is not None and new != found[0]:
            sentence = sentences[at][: found.start()] + new + sentences[at][found.end() :]
            return [*sentences[:at], sentence, *sentences[at + 1 :]]
    return None


def cased(old: str, new: str) -> str:
    return new[0].upper() + new[1:] if old[:1].isupper() else new


def table_sub(name: str, table: dict[str, str], barred: str = "") -> Error:
    """The error of that name, which changes one of the table's words into its other."""
    pattern = rf"(?i)(?<![-\w])(?<!more )(?<!most )(?<!less )(?<!not )(?<!as )(?:{'|'.join(sorted(table, key=len, reverse=True))})(?![-\w'’]){barred}"

    def error(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
        return sub(sentences, draw, pattern, lambda m: cased(m[0], table[m[0].lower()]))

    error.__name__ = name
    return error


# number


def is_year(digits: str) -> bool:
    return bool(re.fullmatch(r"1\d{3}|20[0-4]\d", digits))


def number_near(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A number up to 60% higher or lower."""

    def replace(found: re.Match[str]) -> str | None:
        raw = found[1]
        value = int(raw.replace(",", ""))
        near = f"{found.string[max(0, found.start() - 12) : found.start()]}"
        month = re.search(rf"(?:{'|'.join(MONTHS)}) $", near) or re.match(
            rf" (?:{'|'.join(MONTHS)}|BC|AD|BCE)\b", found.string[found.end() :]
        )
        if is_year(raw) or month or value < 2:
            return None
        new = max(1, value + draw.choice([1, -1, 1]) * max(1, int(value * draw.uniform(0.1, 0.6))))
        text = f"{new:,}" if "," in raw else str(new)
        return found[0].replace(raw, text) if new != value and text not in pool.parent.text else None

    return sub(sentences, draw, NUMBER, replace)


def number_turned(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Two digits of a number in each other's place."""

    def replace(found: re.Match[str]) -> str | None:
        raw = found[0]
        places = [
            at
            for at in range(len(raw) - 1)
            if raw[at : at + 2].isdigit() and raw[at] != raw[at + 1] and (at or raw[at + 1] != "0")
        ]
        if is_year(raw) or not places:
            return None
        at = draw.choice(places)
        new = raw[:at] + raw[at + 1] + raw[at] + raw[at + 2 :]
        return None if new.startswith("0") or new in pool.parent.text else new

    return sub(sentences, draw, NUMBER, replace)


def number_word(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another small number in words."""

    def replace(found: re.Match[str]) -> str | None:
        return cased(found[0], draw.choice([w for w in WORD_NUMBERS if w != found[0].lower()]))

    return sub(sentences, draw, rf"\b(?i:{'|'.join(WORD_NUMBERS)})\b(?=[ -][a-z])", replace)


# unit

SIBLINGS = {
    "kilometers": "miles", "kilometres": "miles", "miles": "kilometers", "km": "miles", "meters": "feet", "metres": "feet",
    "feet": "meters", "inches": "centimeters", "centimeters": "inches", "yards": "feet", "pounds": "kilograms",
    "kilograms": "pounds", "kg": "pounds", "grams": "ounces", "ounces": "grams", "hours": "days", "hour": "day",
    "days": "weeks", "day": "week", "weeks": "months", "week": "month", "months": "years", "years": "months", "year": "month", "minutes": "hours", "seconds": "minutes", "minute": "hour",
    "dollars": "euros", "cents": "dollars", "bytes": "bits", "bits": "bytes", "kilobytes": "megabytes", "megabytes": "gigabytes",
    "kB": "MB", "MB": "GB", "GB": "MB", "KB": "MB", "gallons": "liters", "liters": "gallons", "acres": "hectares", "hectares": "acres",
    "million": "thousand", "tons": "pounds", "tonnes": "kilograms", "quarts": "gallons", "milliseconds": "seconds", "decades": "years", "centuries": "decades",
}  # fmt: skip


def unit_sibling(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another unit of the same quantity behind a number."""
    count = (
        rf"(?<=\d )|(?<=\b(?:two|ten|six) )|(?<=(?:three|seven|eight) )|(?<=(?:four|five|nine) )|(?<=twelve )"
    )
    return sub(sentences, draw, rf"(?:{count})({'|'.join(SIBLINGS)})\b", lambda m: SIBLINGS[m[0]])


def unit_currency(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another currency, or dollars as cents."""

    def replace(found: re.Match[str]) -> str:
        return draw.choice([s + found[1] for s in "€£¥" if s != found[0][0]])

    return sub(sentences, draw, r"(?<![\w$])[$£€](\d[\d,]*(?:\.\d+)?)(?! ?[-+*/x×=])", replace)


# name

PERSON = re.compile(r"\b([A-Z][a-z]+)((?: [A-Z]\.)? (?:von |de |van )?[A-Z][a-z]+)\b")
_NO_NAME = frozenset(
    (
        *MONTHS,
        *"Monday Tuesday Wednesday Thursday Friday Saturday Sunday North South East West Northern Southern Eastern Western New Great The This That These It In On At And But He She They I A An If You We There Section Chapter Figure Table Appendix Note See Part Act English Latin Greek French German".split(),
    )
)
PLACE = r"(?<= in )[A-Z][a-z]{3,}\b(?! [A-Z])(?!['’-])|(?<= to )[A-Z][a-z]{3,}\b(?! [A-Z])(?!['’-])|(?<= from )[A-Z][a-z]{3,}\b(?! [A-Z])(?!['’-])|(?<= near )[A-Z][a-z]{3,}\b(?! [A-Z])(?!['’-])"


def persons(text: str) -> list[str]:
    return [m[0] for m in PERSON.finditer(text) if m[1] in GIVEN and m[2].split()[-1] not in _NO_NAME]


def others_with(pool: Pool, draw: Random, find: Callable[[str], list[str]]) -> Iterator[str]:
    """Names of other parents, by chance, that the parent has not."""
    for _ in range(200):
        names = [name for name in find(draw.choice(pool.others).text) if name not in pool.parent.text]
        if names:
            yield draw.choice(names)


def name_person(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A person of another parent in the place of one."""
    names = set(persons(pool.parent.text))
    new = next(others_with(pool, draw, persons), None)
    return (
        sub(sentences, draw, PERSON.pattern, lambda m: new if m[0] in names else None)
        if new and names
        else None
    )


def name_given(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """One mention of a person by a given name that the parent has not."""
    given = sorted(
        {w for w in re.findall(r"\b[A-Z][a-z]{2,}\b", pool.parent.text) if w in GIVEN and w not in _NO_NAME}
    )
    new = draw.choice(
        [
            n
            for n in ("Karen", "Thomas", "Monica", "Derek", "Priya", "Walter", "Helen", "Oscar")
            if n not in pool.parent.text
        ]
    )
    return sub(sentences, draw, rf"\b(?:{'|'.join(given)})\b(?![-])", lambda m: new) if given else None


def name_place(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A place of another parent, or what stands where places stand."""

    def find(text: str) -> list[str]:
        return [w for w in re.findall(PLACE, text) if w not in _NO_NAME and w not in GIVEN]

    new = next(others_with(pool, draw, find), None)
    return sub(sentences, draw, PLACE, lambda m: None if m[0] in _NO_NAME else new) if new else None


IDENTIFIER = r"(?<![\w/.@-])[a-z][a-z0-9]*(?:[_.-][a-z0-9]+)*(?:_[a-z0-9]+|\.[a-z]{1,6}|\(\))(?![\w/@-])|(?<![\w.])/(?:[a-z]+/)+[a-z.]+\b|(?<=[a-z] )[A-Z][A-Z_]{3,}\b"


def name_identifier(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A program's, file's or function's name by that of another parent."""

    def find(text: str) -> list[str]:
        return [w for w in re.findall(IDENTIFIER, text) if w not in {"e.g", "i.e"}]

    new = next(others_with(pool, draw, find), None) if find(pool.parent.text) else None
    return (
        sub(sentences, draw, IDENTIFIER, lambda m: new if m[0] not in {"e.g", "i.e"} else None)
        if new
        else None
    )


# negation


def negation_put(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """`not` behind a verb that can bear it, in a sentence without a negation."""

    def replace(found: re.Match[str]) -> str | None:
        first = re.split(r"[\s,]", found.string)[0]
        asks = (
            found.string.endswith("?")
            or first in {"If", "When", "Unless"}
            and "," not in found.string[: found.start()]
        )
        return None if NEGATED.search(found.string) or asks else found[0] + " not"

    barred = r"(?! (?:not|to|the case|only|always|usually|often|generally|possible|there|it|he|she|they|you|we|I|this|that|also|sometimes|typically|commonly)\b|[,.;:?])"
    return sub(
        sentences,
        draw,
        rf"(?<!what )(?<!which )(?<!that )(?<!who )\b(?:{AUX}|has been|have been|had been|may be used)\b(?<!may be used){barred}",
        replace,
    )


def negation_cut(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """The text without one of its negations."""
    whole = {"can't": "can", "cannot": "can", "won't": "will", "can’t": "can"}

    def replace(found: re.Match[str]) -> str | None:
        if found[0] in whole:
            return whole[found[0]]
        return found[1]

    pattern = rf"\b(?:({AUX}|has|have|had|do) not|(?:({AUX}|has|have|had|do)n['’]t)|cannot|can['’]t|won['’]t)\b(?! (?:only|just|necessarily|yet|even|merely|[^.]* but ))"
    return sub(sentences, draw, pattern, lambda m: m[1] or m[2] or replace(m))


# hedge


def hedge_will(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """What may be as what will be, or was."""

    def replace(found: re.Match[str]) -> str | None:
        if found[2] == "have":
            return None
        return f"will {found[2]}" if found[1] not in {"could"} else f"did certainly {found[2]}"

    past = sub(sentences, draw, r"\b(?:may|might|could) have been\b", lambda m: "was certainly")
    return past or sub(sentences, draw, r"\b(may|might) ((?!not\b|be able)[a-z]{2,})\b", replace)


hedge_sure = table_sub(
    "hedge_sure",
    {
        "probably": "certainly", "possibly": "certainly", "perhaps": "certainly", "likely": "certain", "presumably": "definitely",
        "apparently": "undoubtedly", "usually": "always", "often": "always", "generally": "always", "normally": "always",
        "typically": "always", "sometimes": "always", "commonly": "always", "frequently": "always", "rarely": "never", "occasionally": "constantly", "as a rule": "without exception",
    },
    r"(?! than)",
)  # fmt: skip


def hedge_exact(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A number that is about right as exact."""
    return sub(
        sentences,
        draw,
        r"\b(?:about|approximately|roughly|nearly|almost|at least|up to|around|some|over|more than)(?= \$?\d)",
        lambda m: "exactly",
    )


# date


def date_year(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A year some years off."""

    def replace(found: re.Match[str]) -> str | None:
        new = str(int(found[0]) + draw.choice([-1, 1]) * draw.randint(1, 19))
        return None if new in pool.parent.text else new

    return sub(
        sentences,
        draw,
        r"(?<![\d,.$/-])\b(?:1[1-9]\d\d|20[0-2]\d)\b(?![\d,]*\d|\.\d| (?:people|men|dollars|bytes|words|items|meters|miles|more|[a-z]+s\b))(?!s)",
        replace,
    )


def date_month(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another month."""

    def replace(found: re.Match[str]) -> str:
        return draw.choice([month for month in MONTHS if month not in pool.parent.text])

    months = "|".join(month for month in MONTHS if month not in {"May", "March"})
    return sub(
        sentences,
        draw,
        rf"\b(?:{months}|(?<=[iI]n )(?:May|March)|(?<=\d )(?:May|March)|(?:May|March)(?= \d))\b(?! [A-Z])",
        replace,
    )


def date_day(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another day of the month."""
    months = "|".join(MONTHS)

    def replace(found: re.Match[str]) -> str:
        return str((int(found[0]) + draw.randint(2, 24)) % 28 + 1)

    return sub(sentences, draw, rf"(?<=[a-z] )\d{{1,2}}(?= (?:{months}))|(?<=\d-\d\d-)\d\d\b", replace)


# order


def order_time(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """`before` as `after`, `earlier` as `later`, `first` as `last`."""
    table = {
        "before": "after",
        "after": "before",
        "earlier": "later",
        "later": "earlier",
        "previously": "subsequently",
        "following": "preceding",
    }

    def replace(found: re.Match[str]) -> str | None:
        return cased(found[0], table[found[0].lower()])

    return sub(
        sentences,
        draw,
        r"(?<!named )(?<!look )(?<!looked )(?<!as )(?<!sooner or )(?<!the )(?<!-)\b(?i:before|after|earlier|later|previously)\b(?! (?:all|him|her|it)\b)(?!-)",
        replace,
    )


def order_first(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """The first as the last, the other way round too."""
    table = {
        "first": "last",
        "last": "first",
        "begins": "ends",
        "began": "ended",
        "starts": "ends",
        "started": "ended",
    }
    return sub(
        sentences,
        draw,
        r"(?<=the |his |her |its )(?:first|last)(?= [a-z]+)(?! (?:place|few|of all|name))|\b(?:began|begins)(?= (?:in|on|with|at|as)\b)",
        lambda m: table[m[0]],
    )


def order_operands(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A difference or a quotient the other way round."""
    return sub(
        sentences,
        draw,
        r"(?<![\d.)*/+x-])(?<![*/+x-] )(\$?\d+)( ?[-/÷] ?)(\$?\d+)(?= ?=)",
        lambda m: f"{m[3]}{m[2]}{m[1]}",
    )


def order_steps(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A sentence and the one that followed it, the later one told first."""
    at = [
        n
        for n in range(1, len(sentences))
        if re.match(
            r"(?:Then|Later|Next|Afterwards|Finally|Subsequently|After (?:this|that|which)|Thereafter)\b,? ",
            sentences[n],
        )
        and not re.search(r"\d{4}", sentences[n])
    ]
    if not at:
        return None
    n = draw.choice(at)
    later = re.sub(
        r"^(?:Then|Later|Next|Afterwards|Finally|Subsequently|After (?:this|that|which)|Thereafter)\b,? ",
        "",
        sentences[n],
    )
    before = sentences[n - 1]
    return [
        *sentences[: n - 1],
        "First, " + later,
        "After that, "
        + (before[0].lower() + before[1:] if re.match(r"(?:He|She|It|They|The|In|A)\b", before) else before),
        *sentences[n + 1 :],
    ]


# invented


def put(sentences: list[str], draw: Random, new: str) -> list[str]:
    at = draw.randint(1, len(sentences))
    return [*sentences[:at], new, *sentences[at:]]


def invented_borrowed(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A sentence of another parent."""
    for _ in range(50):
        other = draw.choice(pool.others)
        able = [s for s in other.sentences if 8 <= len(s.split()) <= 30 and s.endswith(".")]
        if other.text != pool.parent.text and able:
            return put(sentences, draw, draw.choice(able))
    return None


NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*(?![-'’])")
TEMPLATES = {
    "wikipedia": [
        "{name} later received an honorary degree for this work.", "A museum near {name} keeps most of the original papers.",
        "Critics of {name} objected that the evidence had been gathered in haste.", "Most visitors learn of {name} from a popular television series.",
        "The costs were paid by a wealthy merchant who wished to remain unnamed.", "An exhibition about {name} toured several European capitals.",
        "The original manuscript was lost in a fire and is known from copies alone.",
    ],
    "manuals": [
        "This behavior is disabled when the system runs on battery power.", "The option was removed because it slowed down the installation.",
        "A warning is written to the system log each time this happens.", "Administrators must restart the machine for the change to take effect.",
        "The same result can be had with a graphical tool in the settings menu.", "Support for {name} was contributed by a university laboratory.",
    ],
    "maths": [
        "The shop also offers a discount to regular customers.", "{name} also has a younger brother who helps on weekends.",
        "The weather was warm all that day.", "The method fails when the modulus is even.", "This result is due to a student of Gauss.",
        "{name} had done the same thing the year before.",
    ],
}  # fmt: skip


def invented_template(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A made sentence about a name of the parent, or about nothing in it."""
    names = NAME.findall(pool.parent.text)
    made = [t for t in TEMPLATES[pool.parent.kind] if names or "{name}" not in t]
    return put(sentences, draw, draw.choice(made).format(name=draw.choice(names) if names else ""))


FIRST: dict[str, list[Error]] = {
    "number": [number_near, number_turned, number_word],
    "unit": [unit_sibling, unit_currency],
    "name": [name_person, name_given, name_place, name_identifier],
    "negation": [negation_put, negation_cut],
    "hedge": [hedge_will, hedge_sure, hedge_exact],
    "date": [date_year, date_month, date_day],
    "order": [order_time, order_first, order_operands, order_steps],
    "invented": [invented_borrowed, invented_template],
}
