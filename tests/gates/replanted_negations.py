"""Planted errors of negation: dropped, added, and words that turn into their opposite."""

import random

from replanted_forms import Form, Match, exchange


def _past(found: Match, draw: random.Random) -> str | None:
    """`did not win` as `did win`; the stress on it is what a careless rewrite would print."""
    return found[0].split()[0] + " " + found[1]


def _plain(found: Match, draw: random.Random) -> str:
    return {
        "don't": "do",
        "doesn't": "does",
        "didn't": "did",
        "isn't": "is",
        "aren't": "are",
        "wasn't": "was",
        "weren't": "were",
        "can't": "can",
        "shouldn't": "should",
        "won't": "will",
        "couldn't": "could",
        "wouldn't": "would",
        "hasn't": "has",
        "haven't": "have",
    }[found[0].replace("\u2019", "'")]


NEGATIONS: list[Form] = [
    ("not dropped after be", r"\b(is|are|was|were) not\b(?! only| just| to be)", lambda m, d: m[1]),
    (
        "not dropped after an auxiliary",
        r"\b(should|must|will|would|could|may|might|has|have|had) not\b(?! only)",
        lambda m, d: m[1],
    ),
    ("not dropped after do", r"\b(?:do|does|did) not (\w+)", _past),
    (
        "n't dropped",
        r"\b(?:do|does|did|is|are|was|were|ca|should|wo|could|would|has|have)n['\u2019]t\b(?! only)",
        _plain,
    ),
    ("cannot", r"\bcannot\b(?! only)", "can"),
    (
        "not added after be",
        (
            r"(?<=[a-z] )(is|are|was|were)(?= (?:a|an|the|in|on|at|by|from|made|used|found|"
            r"known|located|called|based|written|part|available|required|set|stored|given)"
            r"\b)"
        ),
        lambda m, d: f"{m[1]} not",
    ),
    (
        "not added after an auxiliary",
        r"\b(can|will|should|must)(?= (?:be|have|use|make|take|see|do|also|find|run|set)\b)",
        lambda m, d: {"can": "cannot"}.get(m[1], f"{m[1]} not"),
    ),
    ("never to always", r"\bnever\b(?! (?:theless|mind|again))", "always"),
    ("always to never", r"(?<=[a-z] )always(?= [a-z])", "never"),
    (
        "without to with",
        r"\b([Ww])ithout(?= (?:a|an|the|any|some|[a-z]+ing|[a-z]+)\b)",
        lambda m, d: f"{m[1]}ith",
    ),
    (
        "with to without",
        r"(?<=[a-z] )(?<!sed )(?<!ied )with(?= (?:a|an|the) [a-z]+ (?:of|and|to|in)\b)",
        "without",
    ),
    (
        "neither to both",
        r"\b([Nn])either (?:of )?(the [a-z]+|[a-z]+) nor\b",
        lambda m, d: f"{'B' if m[1] == 'N' else 'b'}oth {m[2]} and",
    ),
    (
        "only to not only",
        r"(?<=[a-z] )only(?= (?:if|when|by|for|in|on|to|the|a|an|one|two|those)\b)",
        lambda m, d: "not only",
    ),
    ("unless to if", r"\b([Uu])nless\b", lambda m, d: "If" if m[1] == "U" else "if"),
    ("if to unless", r"(?<=[a-z,] )if(?= (?:the|a|an|you|it|they|there|no)\b)", "unless"),
    (
        "except to including",
        r"\b([Ee])xcept(?:ing| for)?(?= (?:the|a|an|for|in|[A-Za-z]+s)\b)",
        lambda m, d: "Including" if m[1] == "E" else "including",
    ),
    (
        "no to some",
        (
            r"\b([Nn])o(?= (?:[a-z]+ )?[a-z]{3,}(?:s|n|e|t|y|r|g|d)\b)(?! (?:longer|more|"
            r"one|doubt|matter|less|other|sooner|such))"
        ),
        lambda m, d: "Some" if m[1] == "N" else "some",
    ),
    ("none to all", r"\b([Nn])one(?= of\b)", lambda m, d: "All" if m[1] == "N" else "all"),
    ("no longer to still", r"\b(?:is|are|was|were) no longer\b", lambda m, d: f"{m[0].split()[0]} still"),
    (
        "un- and in- dropped",
        (
            r"\b(?:un(?:able|known|likely|related|aware|changed|successful|clear|happy|"
            r"necessary|common|usual|safe|stable|popular|used|limited|available|supported|"
            r"defined|fair|able)|in(?:complete|correct|valid|visible|direct|dependent|accurate|"
            r"ability|sufficient|effective)|im(?:possible|proper|perfect|practical)|il(?:legal|"
            r"licit)|ir(?:regular|relevant|reversible|responsible))\b"
        ),
        lambda m, d: m[0][2:],
    ),
    (
        "un- and in- added",
        (
            r"(?:(?<=is )|(?<=are )|(?<=was )|(?<=were )|(?<=be )|(?<=been )|(?<=made )"
            r"|(?<=an )|(?<=being ))(?:able to|successful|known|likely|possible|valid|legal|"
            r"safe|stable|available|related|common|necessary|popular|clear|dependent|supported)"
            r"\b"
        ),
        lambda m, d: {
            "possible": "impossible",
            "legal": "illegal",
            "valid": "invalid",
            "dependent": "independent",
            "complete": "incomplete",
            "correct": "incorrect",
        }.get(m[0], f"un{m[0]}"),
    ),
    (
        "verbs turned",
        *exchange(
            "increased/decreased",
            "increases/decreases",
            "increase/decrease",
            "accepted/rejected",
            "accept/reject",
            "allowed/forbidden",
            "allows/forbids",
            "won/lost",
            "included/excluded",
            "includes/excludes",
            "enabled/disabled",
            "succeeded/failed",
            "supported/opposed",
            "supports/opposes",
            "rises/falls",
            "gained/gave up",
            "agreed/refused",
            "improved/worsened",
            "improves/worsens",
            "encouraged/discouraged",
            "confirmed/refuted",
            "approved/vetoed",
            "prevents/causes",
            "prevent/cause",
            "liked/disliked",
            "praised/condemned",
            "remembered/forgot",
            "opened/closed",
            "strengthened/weakened",
            "raised/lowered",
            "grew/shrank",
        ),
    ),
    (
        "adjectives turned",
        *exchange(
            "higher/lower",
            "larger/smaller",
            "faster/slower",
            "more/less",
            "better/worse",
            "stronger/weaker",
            "most/least",
            "easy/difficult",
            "cheap/expensive",
            "safe/dangerous",
            "public/private",
            "positive/negative",
            "strong/weak",
            "early/late",
            "rich/poor",
            "longer/shorter",
            "possible/impossible",
            "minimum/maximum",
            "above/below",
            "inside/outside",
            "internal/external",
            "northern/southern",
            "eastern/western",
            "upper/lower",
            "true/false",
            "mandatory/optional",
        ),
    ),
    ("few to many", r"(?<![Aa] )(?<![Tt]he )(?<!very )\b(?:very )?few(?= [a-z]+s\b)", "many"),
    ("rarely to often", r"\b(?:rarely|seldom|hardly ever)\b", "often"),
    (
        "fail to to manage to",
        r"\b(fail|fails|failed|failing) to\b",
        lambda m, d: (
            m[1].replace("fail", "manage").replace("manageed", "managed").replace("manageing", "managing")
            + " to"
        ),
    ),
    ("lack to have", r"\b(lacks|lacked)(?= [a-z])", lambda m, d: {"lacks": "has", "lacked": "had"}[m[1]]),
    (
        "rather than, instead of to as well as",
        r"\b(?:rather than|instead of)(?= (?:the|a|an|[a-z]+)\b)",
        "as well as",
    ),
    ("unlike to like", r"\b([Uu])nlike(?= )", lambda m, d: "Like" if m[1] == "U" else "like"),
    (
        "despite to because of",
        r"\b([Dd])espite\b",
        lambda m, d: "Because of" if m[1] == "D" else "because of",
    ),
]
