"""Planted errors of order: what was before and after, first and last, cause and effect."""

import random
import re

from replanted_forms import Form, Match, exchange, swapped


def _because(found: Match, draw: random.Random) -> str:
    return f"{found['b'][0].upper()}{found['b'][1:]} because {_low(found['a'])}."


def _low(text: str) -> str:
    return (
        text[0].lower() + text[1:]
        if re.match(r"(?:The|A|An|It|They|He|She|This|These|There|In|We|You)\b", text)
        else text
    )


def _then(found: Match, draw: random.Random) -> str:
    return f"{found['b']}{found['m']}{found['a']}"


ORDERS: list[Form] = [
    (
        "before to after",
        (
            r"\b([Bb])efore(?= (?:the|a|an|he|she|it|they|you|we|his|her|its|their|this|"
            r"that|any|being|[a-z]+ing|[A-Z]|\d{4}))"
        ),
        lambda m, d: "After" if m[1] == "B" else "after",
    ),
    (
        "after to before",
        (
            r"\b([Aa])fter(?= (?:the|a|an|he|she|it|they|you|we|his|her|its|their|this|"
            r"that|any|being|[a-z]+ing|[A-Z]|\d{4}))"
        ),
        lambda m, d: "Before" if m[1] == "A" else "before",
    ),
    ("prior to", r"\b([Pp])rior to\b", lambda m, d: "Subsequent to" if m[1] == "P" else "subsequent to"),
    (
        "following to before",
        (
            r"\b([Ff])ollowing(?= (?:the|a|an|his|her|its|their) (?!lead|example|rule|step)[a-z]+"
            r" (?:of|in|by|to)\b)|(?<=^)Following(?= the (?!lead|example|rule|step|instruction))"
        ),
        lambda m, d: "Before" if m[0][0] == "F" else "before",
    ),
    (
        "later to earlier",
        r"\b([Ll])ater\b(?! (?:than|on))",
        lambda m, d: "Earlier" if m[1] == "L" else "earlier",
    ),
    ("earlier to later", r"\b([Ee])arlier\b(?! than)", lambda m, d: "Later" if m[1] == "E" else "later"),
    ("subsequently to previously", r"\b(?:subsequently|afterwards?|thereafter)\b", "before that"),
    ("Subsequently", r"\b(?:Subsequently|Afterwards?|Thereafter|After that|Later on),?", "Before that,"),
    (
        "previously to afterwards",
        r"\b(?:formerly|originally|initially)\b(?! (?:existing|unknown|known))",
        "in the end",
    ),
    ("Initially to Finally", r"\b(?:Initially|Originally|At first|First),", "In the end,"),
    ("Finally to At first", r"\b(?:Finally|Eventually|Lastly|In the end|At last),", "At first,"),
    ("eventually to at first", r"\b(?:eventually|finally|ultimately)\b", "at first"),
    (
        "first to last",
        (
            r"(?<=[a-z] )first(?= (?:appeared|used|published|described|introduced|discovered|"
            r"proposed|recorded|made|came|time|began|met|released|step|mentioned|built)"
            r")"
        ),
        "last",
    ),
    (
        "next and previous",
        *exchange(
            "next/previous",
            "former/latter",
            "preceded/followed",
            "precedes/follows",
            "successor/predecessor",
            "successors/predecessors",
            "preceding/following",
            "ancestors/descendants",
            "predecessors/successors",
        ),
    ),
    ("began to ended", *exchange("began/ended", "begins/ends", "beginning/end", "start/end")),
    ("until to from", r"\buntil(?= (?:the|a|he|she|it|they|his|her|its|you|\d{4}|[A-Z]))", "only after"),
    (
        "once and as soon as to before",
        r"\b(?:[Oo]nce|[Aa]s soon as)(?= (?:the|he|she|it|they|you|we|this|your|all)\b)",
        lambda m, d: "Before" if m[0][0].isupper() else "before",
    ),
    (
        "when to before",
        r"\b([Ww])hen(?= (?:the|a|an|he|she|it|they|you) [^.,;]{8,40}, )",
        lambda m, d: "Before" if m[1] == "W" else "before",
    ),
    (
        "since to until",
        r"\b([Ss])ince(?= (?:\d{4}|the (?:end|beginning|start|early|late|\d)|then))",
        lambda m, d: "Until" if m[1] == "S" else "until",
    ),
    (
        "during to after",
        r"\b([Dd])uring(?= (?:the|his|her|its|their|this)\b)",
        lambda m, d: "After" if m[1] == "D" else "after",
    ),
    (
        "then: halves exchanged",
        (
            r"(?P<a>\b[a-z]+(?:ed|s|e)\b [^.,;:()]{6,60}?)(?P<m>,? and then )(?P<b>[a-z]+[^.,"
            r";:()]{6,70})(?=[.,;])"
        ),
        _then,
    ),
    (
        "clauses of because exchanged",
        (
            r"(?:(?<=^)|(?<=\. )|(?<=\n))(?P<a>[A-Z][^.,;:()|]{12,90}) because (?P<b>(?:the|"
            r"a|an|it|they|he|she|of all|there|this|these|we|you) [^.,;:()|]{8,90})\."
        ),
        _because,
    ),
    (
        "cause and effect exchanged",
        (
            r"\b(?:caused by|results? from|led to|leads to|resulted in|results in|resulting "
            r"from|resulted from)\b"
        ),
        lambda m, d: {
            "caused by": "the cause of",
            "led to": "resulted from",
            "leads to": "results from",
            "resulted in": "was caused by",
            "results in": "is caused by",
            "result from": "lead to",
            "results from": "leads to",
            "resulting from": "leading to",
            "resulted from": "led to",
        }[m[0]],
    ),
    ("as a result to beforehand", r"\b(?:As a result|Consequently),(?! if)", "Before that,"),
    (
        "sentences of an order exchanged",
        (
            r"(?P<a>(?:(?<=\. )|(?<=\n)|(?<=^))[A-Z][^.|\n]{25,160}\.) (?P<b>(?:Then|Next|"
            r"After that|Afterwards|Later),? [^.|\n]{15,160}\.)"
        ),
        swapped(""),
    ),
    (
        "simultaneous to later",
        r"\b(?:simultaneously|at the same time|concurrently)\b(?=[,.;])",
        "long afterwards",
    ),
    (
        "while to after",
        r"\b(?:[Ww]hile|[Aa]s)(?= (?:he|she|it|they|you) (?:was|were|is|are) [a-z]+ing\b)",
        lambda m, d: "Long after" if m[0][0].isupper() else "long after",
    ),
    (
        "already to not until later",
        r"(?<=\bhad )already\b|(?<=\bhas )already\b|(?<=\bwas )already\b",
        "only afterwards",
    ),
]
