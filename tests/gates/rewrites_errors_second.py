"""The second forms of planted errors: for each of the eight kinds other ways than the first forms have."""

# ruff: noqa: E501 - patterns that would be worse in pieces
import re
from random import Random

from faker.providers.address.en_US import Provider as Address

from rewrites_errors import (
    GIVEN,
    IDENTIFIER,
    NAME,
    NEGATED,
    NUMBER,
    PERSON,
    Error,
    Pool,
    cased,
    is_year,
    others_with,
    persons,
    put,
    sub,
    table_sub,
)
from rewrites_faithful import LEANS, MONTHS, lower_first

# number


def number_magnitude(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Ten times as much, or a tenth."""

    def replace(found: re.Match[str]) -> str | None:
        raw = found[1]
        value = int(raw.replace(",", ""))
        month = re.search(rf"(?:{'|'.join(MONTHS)}) $", found.string[: found.start()]) or re.match(
            rf" (?:{'|'.join(MONTHS)}|BC|AD|BCE)\b", found.string[found.end() :]
        )
        if is_year(raw) or month or value < 2:
            return None
        new = value // 10 if value % 10 == 0 and draw.random() < 0.5 else value * 10
        return found[0].replace(raw, f"{new:,}" if "," in raw else str(new))

    return sub(sentences, draw, NUMBER, replace)


number_scale = table_sub(
    "number_scale",
    {
        "million": "billion", "billion": "million", "thousand": "million", "hundred": "thousand", "millions": "billions",
        "thousands": "millions", "hundreds": "thousands", "half": "a quarter", "twice": "three times", "double": "triple",
        "doubled": "tripled", "both": "all three", "single": "double", "once": "twice", "two-thirds": "three-quarters", "a dozen": "a score",
        "thirds": "fifths", "third of": "fifth of", "quarter of": "third of", "quarters of": "fifths of",
    },
    r"(?! or )(?! again)(?! the\b)(?! a\b)(?! it\b)(?! you\b)(?! he\b)(?! they\b)(?! and\b)",
)  # fmt: skip


def number_point(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A decimal with its point elsewhere."""

    def replace(found: re.Match[str]) -> str | None:
        new = f"{found[1]}{found[2][0]}.{found[2][1:]}" if len(found[2]) > 1 else f"{found[1]}{found[2]}"
        return None if found[1] == "0" or not found[2].strip("0") else new

    return sub(sentences, draw, r"(?<![\w.,/])(\d+)\.(\d{1,4})(?![\w.])(?!\.\d)", replace)


def number_swapped(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Two numbers of different sentences, that count different things, in each other's place."""
    places = [
        (at, m)
        for at, s in enumerate(sentences)
        for m in re.finditer(NUMBER + r" (?=([a-z]{3,}))", s)
        if not is_year(m[1])
    ]
    pairs = [
        (a, b)
        for a in places
        for b in places
        if a[0] < b[0] and a[1][1] != b[1][1] and a[1][2][:4] != b[1][2][:4]
    ]
    if not pairs:
        return None
    (i, a), (j, b) = draw.choice(pairs)
    out = list(sentences)
    out[i] = a.string[: a.start(1)] + b[1] + a.string[a.end(1) :]
    out[j] = b.string[: b.start(1)] + a[1] + b.string[b.end(1) :]
    return out


# unit


def unit_prefix(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A prefix of the unit put, cut or changed."""
    table = {
        "kilometers": "meters", "kilometres": "metres", "meters": "kilometers", "metres": "kilometres", "km": "m", "m": "km", "cm": "mm", "mm": "cm", "kg": "g",
        "grams": "kilograms", "kilograms": "grams", "seconds": "milliseconds", "milliseconds": "microseconds", "microseconds": "milliseconds", "centimeters": "millimeters", "inches": "feet", "feet": "inches", "yards": "miles", "miles": "yards",
        "bytes": "kilobytes", "kilobytes": "bytes", "megabytes": "kilobytes", "gigabytes": "megabytes", "bits": "megabits", "MB": "kB", "GB": "TB", "kB": "GB", "KB": "GB", "MHz": "GHz", "GHz": "MHz", "pounds": "ounces", "ounces": "pounds",
        "°C": "°F", "°F": "°C", "liters": "milliliters", "gallons": "quarts", "cents": "dimes", "minutes": "seconds", "hours": "seconds", "days": "minutes", "years": "decades", "weeks": "years", "dollars": "cents", "months": "weeks",
    }  # fmt: skip
    names = "|".join(sorted(table, key=len, reverse=True))
    return sub(
        sentences,
        draw,
        rf"(?<=\d )(?:{names})(?![\w°/])|(?<=\d)(?:°C|°F|km|kg|MB|GB|kB|MHz|GHz)\b|(?<=\btwo |\bten |\bsix )(?:{names})\b|(?<=three |seven |eight )(?:{names})\b".replace(
            r"(?<=three |seven |eight )", r"(?:(?<=three )|(?<=seven )|(?<=eight ))"
        ),
        lambda m: table[m[0]],
    )


unit_rate = table_sub(
    "unit_rate",
    {
        "per hour": "per minute", "an hour": "a day", "per day": "per week", "a day": "an hour", "per week": "per day", "a week": "a day",
        "per month": "per week", "a month": "a week", "per year": "per month", "a year": "a month", "per second": "per minute", "per minute": "per hour",
        "per capita": "per household", "annual": "monthly", "monthly": "weekly", "weekly": "daily", "daily": "weekly", "hourly": "daily", "yearly": "monthly", "each day": "each week", "each week": "each month", "every day": "every week", "every week": "every day", "every year": "every month", "each month": "each year", "annually": "monthly",
    },
)  # fmt: skip


def unit_power(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A length for an area, a share for a count, percents for dollars."""

    def replace(found: re.Match[str]) -> str:
        return {
            "square ": "cubic ",
            "cubic ": "square ",
            " percent": " percent of a percent",
            "%": " per mille",
            " dollars": " percent",
        }.get(found[0], "")

    return sub(
        sentences,
        draw,
        r"(?<=\d )(?:square|cubic) (?=[a-z])|(?<=\d)%|(?<=\d) dollars\b",
        lambda m: replace(m) or None,
    )


def unit_converted(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A measure in another unit, by a wrong factor."""
    wrong = {"hours": (100, "minutes"), "minutes": (100, "seconds"), "days": (12, "hours"), "weeks": (5, "days"), "feet": (10, "inches"), "km": (100, "m"), "kilometers": (100, "meters"), "kg": (100, "g"), "years": (10, "months"), "pounds": (10, "ounces"), "meters": (10, "centimeters"), "miles": (1000, "feet"), "yards": (2, "feet"), "inches": (5, "centimeters"), "gallons": (8, "quarts"), "months": (2, "weeks")}  # fmt: skip

    def replace(found: re.Match[str]) -> str | None:
        factor, unit = wrong[found[2]]
        return f"{int(found[1]) * factor} {unit}" if int(found[1]) > 1 else None

    return sub(
        sentences, draw, rf"(?<=[a-z] )(\d{{1,3}}) ({'|'.join(wrong)})\b(?! (?:old|and|BC)\b)", replace
    )


# name


def name_swapped(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Two names of the text in each other's place, in one sentence."""
    places = []
    for at, sentence in enumerate(sentences):
        found = [
            m
            for m in re.finditer(r"(?<![\w-])[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*(?![\w-]| [A-Z])", sentence)
            if m.start() or m[0] in GIVEN
        ]
        found = [
            m for m in found if m[0] not in MONTHS and m[0].split()[0] not in {"The", "This", "A", "In", "It"}
        ]
        for a, b in zip(found, found[1:], strict=False):
            between = sentence[a.end() : b.start()]
            if (
                a[0] != b[0]
                and len(between.split()) >= 2
                and re.search(r" (?:was|is|to|from|by|of|in|with|gave|for|against|than|[a-z]+ed)\b", between)
                and not re.search(r"\b(?:and|or)\b|[,+;(]", between)
            ):
                places.append((at, a, b))
    if not places:
        return None
    at, a, b = draw.choice(places)
    line = sentences[at]
    new = line[: a.start()] + b[0] + line[a.end() : b.start()] + a[0] + line[b.end() :]
    return [*sentences[:at], new, *sentences[at + 1 :]]


COUNTRIES = "Germany France Italy Spain Portugal Austria Poland Hungary Sweden Norway Denmark Finland Greece Turkey Egypt China Japan India Russia Brazil Mexico Canada Australia Ireland Scotland England Wales Belgium Switzerland Netherlands Iran Iraq Syria Israel Kenya Nigeria Argentina Chile Peru Cuba".split()
DEMONYMS = "German French Italian Spanish Portuguese Austrian Polish Hungarian Swedish Norwegian Danish Finnish Greek Turkish Egyptian Chinese Japanese Indian Russian Brazilian Mexican Canadian Australian Irish Scottish English Welsh Belgian Swiss Dutch Persian British American Roman European African Asian".split()
CITIES = "London Paris Berlin Vienna Rome Madrid Athens Moscow Boston Chicago Philadelphia Washington Baghdad Cairo Munich Venice Florence Oxford Cambridge Princeton".split()
AREAS = [state for state in Address.states if " " not in state]


def name_class(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another country, people, city or state."""
    groups = [COUNTRIES, DEMONYMS, CITIES, AREAS]

    def replace(found: re.Match[str]) -> str | None:
        group = next(group for group in groups if found[0] in group)
        return draw.choice(
            [
                name
                for name in group
                if name not in pool.parent.text and (name[0] in "AEIOU") == (found[0][0] in "AEIOU")
            ]
        )

    return sub(
        sentences,
        draw,
        rf"(?<!-)\b(?:{'|'.join(name for group in groups for name in group)})\b(?!-)(?! [A-Z])",
        replace,
    )


def name_half(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A person's last name behind another given name, or before another last name."""
    names = set(persons(pool.parent.text))
    other = next(others_with(pool, draw, persons), None)

    def replace(found: re.Match[str]) -> str | None:
        if found[0] not in names or other is None:
            return None
        first, last = other.split()[0], other.split()[-1]
        return f"{first}{found[2]}" if draw.random() < 0.5 else f"{found[1]} {last}"

    return sub(sentences, draw, PERSON.pattern, replace)


def name_inner(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A program's, file's or function's name by another of the same text."""
    names = sorted({w for w in re.findall(IDENTIFIER, pool.parent.text) if w not in {"e.g", "i.e"}})
    if len(names) < 2:
        return None

    def replace(found: re.Match[str]) -> str | None:
        apart = [n for n in names if n != found[0] and n not in found.string]
        return draw.choice(apart) if apart and found[0] in names else None

    return sub(sentences, draw, IDENTIFIER, replace)


def name_friend(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """One person of the text for another, once, where the sentence has not both."""
    given = sorted(
        {
            w
            for w in re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b(?! [A-Z])", pool.parent.text)
            if w in GIVEN and w not in MONTHS
        }
    )

    def replace(found: re.Match[str]) -> str | None:
        apart = [n for n in given if n not in found.string]
        return draw.choice(apart) if apart else None

    return (
        sub(sentences, draw, rf"\b(?:{'|'.join(given)})\b(?! [A-Z]|-)", replace) if len(given) > 1 else None
    )


# negation

negation_opposite = table_sub(
    "negation_opposite",
    {
        "possible": "impossible", "impossible": "possible", "able": "unable", "unable": "able", "accepted": "rejected", "rejected": "accepted",
        "allowed": "forbidden", "allows": "prevents", "allow": "prevent", "supports": "opposes", "supported": "opposed", "legal": "illegal", "necessary": "unnecessary",
        "failed": "managed", "succeeded": "failed", "agreed": "refused", "refused": "agreed", "enabled": "disabled", "disabled": "enabled", "true": "false", "false": "true",
        "valid": "invalid", "invalid": "valid", "always": "never", "never": "always", "with": "without", "without": "with", "present": "absent", "include": "exclude", "includes": "excludes", "included": "excluded",
        "required": "forbidden", "recommended": "discouraged", "positive": "negative", "negative": "positive", "common": "uncommon", "successful": "unsuccessful", "known": "unknown", "similar": "dissimilar", "equal": "unequal", "won": "lost", "lost": "won",
    },
    r"(?! (?:respect|regard|question|which|that|the (?:exception|help|option))\b)",
)  # fmt: skip
PAST = {"gave": "give", "took": "take", "made": "make", "became": "become", "began": "begin", "wrote": "write", "sold": "sell", "bought": "buy", "found": "find", "held": "hold", "led": "lead", "won": "win", "left": "leave", "built": "build", "came": "come", "went": "go", "ate": "eat", "saw": "see", "kept": "keep", "spent": "spend", "received": "receive", "moved": "move", "used": "use", "created": "create", "introduced": "introduce", "produced": "produce", "died": "die", "married": "marry", "published": "publish", "argued": "argue", "joined": "join", "played": "play", "returned": "return", "worked": "work"}  # fmt: skip


def negation_verb(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """`gave` as `did not give`, `never gave` or `failed to give`."""

    def replace(found: re.Match[str]) -> str | None:
        verb = PAST[found[2]]
        return (
            None
            if NEGATED.search(found.string) or found.string.endswith("?")
            else f"{found[1]} {draw.choice(['did not', 'never did', 'failed to'])} {verb}"
        )

    subject = r"(?:[Hh]e|[Ss]he|[Tt]hey|[Ii]t|[A-Z][a-z]{2,})"
    return sub(
        sentences, draw, rf"(?<!by )(?<!of )\b({subject}) ({'|'.join(PAST)})\b(?! (?:by|to)\b)", replace
    )


def negation_none(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """`no` and `neither` for an article, `all` or `some`."""
    table = {
        "all": "none of the",
        "all of": "none of",
        "every": "no",
        "each": "no",
        "many": "no",
        "several": "no",
        "any": "no",
        "both of": "neither of",
        "some": "no",
    }

    def replace(found: re.Match[str]) -> str | None:
        bad = NEGATED.search(found.string) or found.string.endswith("?")
        return None if bad else cased(found[0], table[found[0].lower()])

    return sub(
        sentences,
        draw,
        r"(?<!how )(?<!at )(?<!of )(?<!after )(?<!as )(?<!so )(?<!too )(?<!and )(?<!for )\b(?i:all of|all|every|each|many|several|some)\b(?! (?:the|other|of|one|more|times?|as|day|week|year|month|hour|in|\d+)\b)(?= [a-z]{4,})",
        replace,
    )


def negation_far(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """`is` as `is by no means`, `is far from`."""

    def replace(found: re.Match[str]) -> str | None:
        bad = NEGATED.search(found.string) or found.string.endswith("?")
        return None if bad else f"{found[0]} by no means"

    return sub(
        sentences,
        draw,
        r"(?<!what )(?<!that )(?<!which )\b(?:is|are|was|were)\b(?= (?:an?|the|[a-z]+ed|[a-z]+ing|[a-z]+al|[a-z]+ous|[a-z]+ful|very|part)\b)",
        replace,
    )


# hedge


hedge_most = table_sub(
    "hedge_most",
    {
        "most": "all", "some of": "all of", "many of": "all of", "most of": "all of", "almost all": "all", "nearly all": "all", "mostly": "entirely", "mainly": "only", "largely": "entirely",
        "partly": "entirely", "partially": "fully", "primarily": "only", "some": "all", "in some cases": "in all cases", "in most cases": "in all cases", "principal": "only", "tend to": "invariably", "somewhat": "totally", "a few of": "all of",
        "virtually": "absolutely", "almost": "completely", "one of the": "without doubt the",
    },
    r"(?! (?:[a-z]+(?:ant|ous|ful|ive|ble|ial|ed|ing|ly|ent|al)|way|money|more|kind|sort|time|point|recent|other|in|at|[A-Z]\w+|\d+)\b)",
)  # fmt: skip


def hedge_claim(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """What someone claims or thinks as what is proved."""
    table = {
        "suggests": "proves", "suggest": "prove", "suggested": "proved", "indicates": "proves", "indicate": "prove", "argues": "proves", "argued": "proved", "argue": "prove", "claims": "proves", "claimed": "proved",
        "believes": "knows", "believe": "know", "believed": "knew", "speculated": "established", "proposed": "proved", "implies": "proves", "thought": "knew", "assumed": "knew", "hoped": "knew", "think": "know", "expect": "know", "expects": "knows", "estimates": "knows", "estimated": "measured",
    }  # fmt: skip
    be = r"\b(is|are|was|were) (?:generally |usually |often |sometimes |widely |now |also )?(?:considered|believed|thought|said|reported|regarded|estimated|alleged|supposed|presumed|claimed)(?: to be| as)\b"
    first = sub(sentences, draw, be, lambda m: f"{m[1]} indisputably")
    seems = sub(
        sentences,
        draw,
        r"\b(?:seems|appears) to be\b|\b(?:seem|appear) to be\b",
        lambda m: "is in fact" if m[0].split()[0].endswith("s") else "are in fact",
    )
    claim = sub(sentences, draw, rf"\b(?:{'|'.join(table)})(?= that\b)", lambda m: table[m[0]])
    able = [one for one in (first, seems, claim) if one]
    return draw.choice(able) if able else None


def hedge_must(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Advice as a duty, a duty as advice, a possibility as a rule."""
    table = {"should": "must", "must": "could", "can": "must", "might": "must", "would": "may"}
    return sub(
        sentences,
        draw,
        r"\b(?:should|must|can|might)\b(?! (?:not|also|you|I|we|he|she|they|it|be (?:seen|found|said))\b)(?=(?: [a-z]+)+[^?]*$)",
        lambda m: None if m.string.endswith("?") else table[m[0]],
    )


def hedge_added(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A plain statement as a mere possibility."""
    table = {"is": "may be", "are": "may be", "was": "may have been", "were": "may have been"}

    def replace(found: re.Match[str]) -> str | None:
        doubt = re.search(
            r"\b(?:may|might|could|perhaps|possibly|probably|if|whether|would|likely|seem|appear)\b",
            found.string,
        )
        return None if doubt or found.string.endswith("?") else table[found[0]]

    return sub(
        sentences,
        draw,
        r"(?<!what )(?<!there )(?<!There )(?<!that )(?<!who )\b(?:is|are|was|were)(?= (?:an?|the|known|made|used|born|built|written|founded|found|given|taken|called|able|[a-z]+ed) )",
        replace,
    )


# date


def date_century(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another century or decade."""
    words = ["fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"]

    def replace(found: re.Match[str]) -> str | None:
        if found[1]:
            return f"{int(found[1]) + draw.choice([-20, -10, 10, 20])}s"
        if found[2]:
            value = int(found[2]) + draw.choice([-1, 1, 2])
            end = {1: "st", 2: "nd", 3: "rd"}.get(value % 10 if value not in (11, 12, 13) else 0, "th")
            return f"{value}{end}" if value > 0 else None
        return draw.choice([w for w in words if w != found[3] and w not in found.string])

    return sub(
        sentences,
        draw,
        rf"\b(1[5-9]\d0|20[0-2]0)s\b|\b(\d{{1,2}})(?:st|nd|rd|th)(?=[ -]centur)|\b({'|'.join(words)})(?=[ -]centur)",
        replace,
    )


def date_turned(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A year with two digits turned, or a hundred years off."""

    def replace(found: re.Match[str]) -> str | None:
        year = found[0]
        turned = year[:2] + year[3] + year[2]
        off = str(int(year) - 100)
        able = [y for y in (turned, off) if y != year and y not in pool.parent.text]
        return draw.choice(able) if able else None

    return sub(
        sentences,
        draw,
        r"(?<![\d,.$/-])\b(?:1[2-9]\d\d|20[0-2]\d)\b(?![\d,]*\d|\.\d| (?:people|men|dollars|bytes|words|items|meters|miles|more|[a-z]+s\b))(?!s)",
        replace,
    )


def date_swapped(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Two years of the text in each other's place."""
    places = [
        (at, m)
        for at, s in enumerate(sentences)
        for m in re.finditer(r"(?<=[a-z] )(?:1[2-9]\d\d|20[0-2]\d)\b(?!s|-|–|[.,]\d| (?:and|or|to)\b)", s)
    ]
    pairs = [(a, b) for a in places for b in places if a[0] < b[0] and a[1][0] != b[1][0]]
    if not pairs:
        return None
    (i, a), (j, b) = draw.choice(pairs)
    out = list(sentences)
    out[i] = a.string[: a.start()] + b[0] + a.string[a.end() :]
    out[j] = b.string[: b.start()] + a[0] + b.string[b.end() :]
    return out


date_weekday = table_sub(
    "date_weekday",
    {
        "monday": "Thursday", "tuesday": "Friday", "wednesday": "Saturday", "thursday": "Monday", "friday": "Tuesday", "saturday": "Wednesday", "sunday": "Thursday", "yesterday": "today",
        "spring": "autumn", "summer": "winter", "autumn": "spring", "winter": "summer", "ad": "BC",
    },
    r"(?! (?:hoc|water|[A-Z]))",
)  # fmt: skip


def date_era(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """BC as AD; the early years of a time as the late."""
    table = {"BC": "AD", "BCE": "CE", "early": "late", "late": "early"}
    return sub(
        sentences,
        draw,
        r"(?<=\d )BCE?\b|\b(?:early|late)(?= (?:\d{4}s?|\d\d?(?:st|nd|rd|th)|[a-z]+(?:eenth|tieth))\b)",
        lambda m: table[m[0]],
    )


# order


order_compared = table_sub(
    "order_compared",
    {
        "more than": "less than", "less than": "more than", "fewer than": "more than", "greater than": "smaller than", "smaller than": "larger than", "larger than": "smaller than", "larger": "smaller", "smaller": "larger",
        "higher": "lower", "lower": "higher", "older": "younger", "younger": "older", "above": "below", "below": "above", "longer": "shorter", "shorter": "longer", "faster": "slower", "slower": "faster",
        "largest": "smallest", "smallest": "largest", "highest": "lowest", "lowest": "highest", "oldest": "newest", "newest": "oldest", "earliest": "latest", "latest": "earliest", "best": "worst",
        "preceded": "followed", "followed by": "preceded by", "older than": "younger than", "increased": "decreased", "increase": "decrease", "increases": "decreases", "increasing": "decreasing", "ascending": "descending", "maximum": "minimum", "minimum": "maximum", "upper": "lower", "second": "third", "predecessor": "successor", "successor": "predecessor",
    },
    r"(?! (?:case|part|one of|kind|world)\b)(?!-)",
)  # fmt: skip


def order_range(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """`from one to the other` the other way round."""
    return sub(
        sentences,
        draw,
        r"\bfrom ((?:the |an? )?[\w$°-]+) to ((?:the |an? )?[\w$°-]+)(?= ?[,.;]| in\b| and\b| by\b)",
        lambda m: f"from {m[2]} to {m[1]}",
    )


def order_roles(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Who did it and to whom it was done, exchanged."""
    verbs = r"(?:defeated|succeeded|influenced|taught|replaced|preceded|followed|conquered|called|joined|gave|has|is older than|told|met|killed|supported|attacked|criticized|paid|overrides|calls|returns|contains|includes|precedes|owes|sold|beat|helped|inherits from|depends on|was (?:born|killed|succeeded|followed|replaced|defeated) by)"
    name = r"(?:(?:[Tt]he )?[A-Z][a-z]+(?: [A-Z][a-z]+)*|the [a-z]+)"
    return sub(
        sentences,
        draw,
        rf"(?:(?<=^)|(?<= ))({name}) ({verbs}) ({name})\b(?! [A-Z])",
        lambda m: f"{cased(m[1], m[3])} {m[2]} {lower_first(m[1])}",
    )


def order_clauses(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """What came before and what after, exchanged around the word between them."""

    def replace(found: re.Match[str]) -> str | None:
        return f"{cased('A', found[3])} {found[2]} {lower_first(found[1])}."

    return sub(
        sentences,
        draw,
        r"^([^,:;()]{15,100}) (before|after) ((?!the\b|a\b)[^,:;()]{10,90} [a-z]+(?:ed|ing|s) [^,:;()]{3,60})\.$",
        replace,
    )


# invented

_STATISTICS = [
    "About {n} percent of those concerned are said to agree.", "A later count found {n} further cases.",
    "In a survey, {n} of 100 people knew of this.", "Some {n} copies of it are kept in private hands.",
]  # fmt: skip
_ENDS = [
    ", which led to a long dispute in the courts", ", to the surprise of most observers", ", a decision that was later regretted",
    ", mainly because of a lack of money", ", as a committee of experts had advised", ", and the practice soon spread abroad",
    ", which takes about twice as long", ", and this was praised by a well-known journal",
]  # fmt: skip


def invented_clause(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A clause behind a sentence of the rewrite that the parent does not have."""
    able = [at for at, s in enumerate(sentences) if s.endswith(".") and len(s) > 40]
    if not able:
        return None
    at = draw.choice(able)
    return [*sentences[:at], sentences[at][:-1] + draw.choice(_ENDS) + ".", *sentences[at + 1 :]]


def invented_count(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A statistic."""
    return put(sentences, draw, draw.choice(_STATISTICS).format(n=draw.randint(11, 97)))


def invented_mixed(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A sentence of the parent's own names and nouns, that the parent does not say."""
    names = NAME.findall(pool.parent.text)
    nouns = re.findall(r"\bthe ([a-z]{5,})(?= (?:of|was|is|in|and|to|that)\b|[.,])", pool.parent.text)
    if not names or len(set(nouns)) < 2:
        return None
    a, b = draw.sample(sorted(set(nouns)), 2)
    frames = [
        "{name} was above all responsible for the {a} of the {b}.",
        "Without the {a}, the {b} would never have come to {name}.",
        "The {a} was later compared with the {b} by {name}.",
        "{name} regarded the {a} as more important than the {b}.",
    ]
    return put(sentences, draw, draw.choice(frames).format(name=draw.choice(names), a=a, b=b))


def invented_grafted(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A sentence of another parent with a name of this one in the place of its own."""
    names = NAME.findall(pool.parent.text)
    for _ in range(60 if names else 0):
        able = [
            s
            for s in draw.choice(pool.others).sentences
            if 8 <= len(s.split()) <= 26 and s.endswith(".") and NAME.search(s) and not LEANS.match(s)
        ]
        if able:
            return put(sentences, draw, NAME.sub(draw.choice(names), draw.choice(able), count=1))
    return None


SECOND: dict[str, list[Error]] = {
    "number": [number_magnitude, number_scale, number_point, number_swapped],
    "unit": [unit_prefix, unit_rate, unit_power, unit_converted],
    "name": [name_swapped, name_class, name_half, name_inner, name_friend],
    "negation": [negation_opposite, negation_verb, negation_none, negation_far],
    "hedge": [hedge_most, hedge_claim, hedge_must, hedge_added],
    "date": [date_century, date_turned, date_swapped, date_weekday, date_era],
    "order": [order_compared, order_range, order_roles, order_clauses],
    "invented": [invented_clause, invented_count, invented_mixed, invented_grafted],
}
