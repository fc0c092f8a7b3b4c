"""The first forms of planted errors in negations, hedges, order and whole statements."""

# ruff: noqa: E501, RUF001 - patterns that would be worse in pieces, and typographic quotes in them
import re
from random import Random

from rewrites_faithful import lower_first
from rewrites_places import AUX, NAME, NEGATED, Error, Pool, cased, put, sub, table_sub

# negation


def negation_put(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """`not` behind a verb that can bear it, in a sentence without a negation."""

    def replace(found: re.Match[str]) -> str | None:
        first = re.split(r"[\s,]", found.string)[0]
        asks = found.string.endswith("?") or (
            first in {"If", "When", "Unless"} and "," not in found.string[: found.start()]
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
        r"\b(?:about|approximately|roughly|nearly|almost|at least|more than)(?= \$?\d)",
        lambda m: "exactly",
    )


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


def _happens(sentence: str) -> bool:
    """Whether it tells an event or a step: not what is so at all times, nor a step of a calculation."""
    return not re.search(r"\d{4}|=|\b(?:is|are|than|this)\b", sentence)


NEXT = re.compile(
    r"^(?:Then|Later,|Next,|Afterwards|Finally,|Subsequently|After (?:this|that|which)|Thereafter),? "
)


def order_steps(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A sentence and the one that followed it, the later one told first."""
    at = [
        n
        for n in range(1, len(sentences))
        if NEXT.match(sentences[n]) and _happens(sentences[n - 1]) and _happens(sentences[n])
    ]
    if not at:
        return None
    n = draw.choice(at)
    later = NEXT.sub("", sentences[n], count=1)
    before = sentences[n - 1]
    return [
        *sentences[: n - 1],
        "First, " + lower_first(later),
        "After that, " + lower_first(before),
        *sentences[n + 1 :],
    ]


# invented


def invented_borrowed(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A sentence of another parent."""
    for _ in range(50):
        other = draw.choice(pool.others)
        able = [s for s in other.sentences if 8 <= len(s.split()) <= 30 and s.endswith(".")]
        if other.text != pool.parent.text and able:
            return put(sentences, draw, draw.choice(able))
    return None


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


WORDS: dict[str, list[Error]] = {
    "negation": [negation_put, negation_cut],
    "hedge": [hedge_will, hedge_sure, hedge_exact],
    "order": [order_time, order_first, order_operands, order_steps],
    "invented": [invented_borrowed, invented_template],
}
