"""The second forms of planted errors in negations, hedges, order and whole statements."""

# ruff: noqa: E501 - patterns that would be worse in pieces, and typographic quotes in them
import re
from random import Random

from rewrites_faithful import LEANS, lower_first, upper_first
from rewrites_places import NAME, NEGATED, Error, Pool, cased, put, sub, table_sub

# negation

negation_opposite = table_sub(
    "negation_opposite",
    {
        "possible": "impossible", "impossible": "possible", "able": "unable", "unable": "able", "accepted": "rejected", "rejected": "accepted",
        "allowed": "forbidden", "allows": "prevents", "allow": "prevent", "supports": "opposes", "supported": "opposed", "legal": "illegal", "necessary": "unnecessary",
        "failed": "managed", "succeeded": "failed", "agreed": "refused", "refused": "agreed", "enabled": "disabled", "disabled": "enabled", "true": "false", "false": "true",
        "valid": "invalid", "invalid": "valid", "always": "never", "never": "always", "with": "without", "without": "with", "present": "absent", "include": "exclude", "includes": "excludes", "included": "excluded",
        "required": "forbidden", "recommended": "discouraged", "positive": "negative", "negative": "positive", "common": "uncommon", "successful": "unsuccessful", "similar": "dissimilar", "equal": "unequal", "won": "lost", "lost": "won",
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

    subject = r"(?:[Hh]e|[Ss]he|[Tt]hey|[Ii]t|(?!For|From|Most|And|But|With|When|The|This|That|Some|All|Many|Such|Other|Both|Each|One|Two)[A-Z][a-z]{2,})"
    return sub(
        sentences, draw, rf"(?<!by )(?<!of )\b({subject}) ({'|'.join(PAST)})\b(?!-)(?! (?:by|to)\b)", replace
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
        r"(?<!how )(?<!at )(?<!of )(?<!after )(?<!as )(?<!so )(?<!too )(?<!and )(?<!for )(?:\b(?i:all of|every|each|many|several|some)|\bAll)\b(?! (?:the|other|of|one|more|times?|as|day|week|year|month|hour|in|\d+)\b)(?= [a-z]{4,})",
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
        "believes": "knows", "believe": "know", "believed": "knew", "speculated": "established", "proposed": "proved", "thought": "knew", "assumed": "knew", "hoped": "knew", "think": "know", "expect": "know", "expects": "knows", "estimates": "knows", "estimated": "measured",
    }  # fmt: skip
    be = r"\b(is|are|was|were) (?:generally |usually |often |sometimes |widely |now |also )?(?:considered|believed|thought|said|reported|regarded|estimated|alleged|supposed|presumed|claimed)(?: to be| as)\b"
    if pool.parent.kind == "maths":  # where what is considered as something is it
        return None
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
        r"\bfrom (?![^.]* to date)((?:the |an? )?[\w$°-]+) to ((?:the |an? )?[\w$°-]+)(?= ?[,.;]| in\b| and\b| by\b)",
        lambda m: f"from {m[2]} to {m[1]}",
    )


def order_roles(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Who did it and to whom it was done, exchanged."""
    verbs = r"(?:defeated|succeeded|influenced|taught|replaced|preceded|followed|conquered|called|joined|gave|has|is older than|told|met|killed|supported|attacked|criticized|paid|overrides|calls|returns|contains|includes|precedes|owes|sold|beat|helped|inherits from|depends on|was (?:born|killed|succeeded|followed|replaced|defeated) by)"
    name = r"(?:(?:[Tt]he )?[A-Z][a-z]+(?: [A-Z][a-z]+)*|the [a-z]+)"
    return sub(
        sentences,
        draw,
        rf"(?:(?<=^)|(?<=, )|(?<=that )|(?<=and )|(?<=when )|(?<=while ))({name}) ({verbs}) ({name})\b(?=[.,;]| (?:in|on|at|by|for|with|from|after|when|and)\b)",
        lambda m: f"{cased(m[1], m[3])} {m[2]} {lower_first(m[1])}",
    )


def order_clauses(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """What came before and what after, exchanged around the word between them."""
    subject = r"(?:he|she|it|they|you|we|the [a-z]+|[A-Z][a-z]+)"
    verb = r"(?:was|were|is|are|has|have|had|can|will|became|got|left|came|made|[a-z]+ed|[a-z]+s)"

    def replace(found: re.Match[str]) -> str:
        return f"{upper_first(found[3])} {found[2]} {lower_first(found[1])}."

    clause = rf"{subject} {verb} [^,:;()?]{{3,80}}"
    return sub(
        sentences,
        draw,
        rf"^((?:(?i:{subject})|The [a-z]+) {verb} [^,:;()?]{{8,90}}) (before|after) ({clause})\.$",
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
        other = draw.choice(pool.others)
        able = [
            s
            for s in other.sentences
            if 8 <= len(s.split()) <= 26 and s.endswith(".") and NAME.search(s) and not LEANS.match(s)
        ]
        if able and other.text != pool.parent.text:
            return put(sentences, draw, NAME.sub(draw.choice(names), draw.choice(able), count=1))
    return None


WORDS: dict[str, list[Error]] = {
    "negation": [negation_opposite, negation_verb, negation_none, negation_far],
    "hedge": [hedge_most, hedge_claim, hedge_must, hedge_added],
    "order": [order_compared, order_range, order_roles, order_clauses],
    "invented": [invented_clause, invented_count, invented_mixed, invented_grafted],
}
