"""Planted errors of words: negations, hedges and orders; forms as in replanted_values.py."""

import random
import re

from replanted_values import Form, Match, other, swapped

_BE = {"is", "are", "was", "were", "be", "been", "being"}


def _pairs(*pairs: str) -> tuple[str, dict[str, str]]:
    both: dict[str, str] = {}
    for pair in pairs:
        one, two = pair.split("/")
        both[one], both[two] = two, one
    return r"\b(?:" + "|".join(sorted(both, key=len, reverse=True)) + r")\b", both


def exchange(*pairs: str) -> tuple[str, object]:
    pattern, both = _pairs(*pairs)

    def turn(found: Match, draw: random.Random) -> str:
        return both[found[0]]

    return pattern, turn


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
    }[found[0].replace("’", "'")]


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
        r"\b(?:do|does|did|is|are|was|were|ca|should|wo|could|would|has|have)n['’]t\b(?! only)",
        _plain,
    ),
    ("cannot", r"\bcannot\b(?! only)", "can"),
    (
        "not added after be",
        r"(?<=[a-z] )(is|are|was|were)(?= (?:a|an|the|in|on|at|by|from|made|used|found|known|located|called|based|written|part|available|required|set|stored|given)\b)",
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
    ("with to without", r"(?<=[a-z] )with(?= (?:a|an|the) [a-z]+ (?:of|and|to|in)\b)", "without"),
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
        r"\b([Nn])o(?= (?:[a-z]+ )?[a-z]{3,}(?:s|n|e|t|y|r|g|d)\b)(?! (?:longer|more|one|doubt|matter|less|other|sooner|such))",
        lambda m, d: "Some" if m[1] == "N" else "some",
    ),
    ("none to all", r"\b([Nn])one(?= of\b)", lambda m, d: "All" if m[1] == "N" else "all"),
    ("no longer to still", r"\b(?:is|are|was|were) no longer\b", lambda m, d: f"{m[0].split()[0]} still"),
    (
        "un- and in- dropped",
        r"\b(?:un(?:able|known|likely|related|aware|changed|successful|clear|happy|necessary|common|usual|safe|stable|popular|used|limited|available|supported|defined|fair|able)|in(?:complete|correct|valid|visible|direct|dependent|accurate|ability|sufficient|effective)|im(?:possible|proper|perfect|practical)|il(?:legal|licit)|ir(?:regular|relevant|reversible|responsible))\b",
        lambda m, d: m[0][2:],
    ),
    (
        "un- and in- added",
        r"(?:(?<=is )|(?<=are )|(?<=was )|(?<=were )|(?<=be )|(?<=been )|(?<=made )|(?<=an )|(?<=being ))(?:able to|successful|known|likely|possible|valid|legal|safe|stable|available|related|common|necessary|popular|clear|dependent|supported)\b",
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


def _certain(found: Match, draw: random.Random) -> str:
    """`may be` as `is`, by the number of what stands before it."""
    return "are" if re.search(r"s$", found[1]) and not found[1].endswith(("ss", "us", "is")) else "is"


def _may_be(found: Match, draw: random.Random) -> str:
    return f"{found[1]} {_certain(found, draw)}"


HEDGES: list[Form] = [
    ("may be to is", r"\b([a-z]{3,}) (?:may|might|could) be\b", _may_be),
    ("may to will", r"\b(?:may|might)(?= (?!be\b|not\b|have\b|also\b|well\b)[a-z]+)", "will"),
    ("may have to has", r"\b(?:may|might) have(?= [a-z]+(?:ed|en|n)\b)", lambda m, d: "certainly had"),
    ("could to does", r"\bcould(?= (?:potentially|possibly|also|still)\b)", "will"),
    (
        "can to always",
        r"\bcan(?= (?:cause|lead|result|help|make|affect|become|produce|occur|happen)\b)",
        "will always",
    ),
    (
        "about to exactly",
        r"\b([Aa])bout(?= (?:[$£€]?\d|one|two|three|four|five|six|ten|half|a third|a quarter))",
        lambda m, d: "Exactly" if m[1] == "A" else "exactly",
    ),
    (
        "approximately to exactly",
        r"\b(?:approximately|roughly|around|circa)(?= (?:[$£€]?\d|one|two|three|half|a third))",
        "exactly",
    ),
    (
        "almost dropped",
        r"\b(?:almost|nearly) (?=(?:\d|all|every|half|always|entirely|exclusively|impossible|certainly|two|three|four|five|any|a))",
        "",
    ),
    (
        "some to all",
        r"(?<=[a-z,] )some(?= (?:of (?:the|these|his|its|their) [a-z]+|[a-z]+s (?:are|were|have|may|can|of|in|do|will|had|such|even|that|who)\b))",
        "all",
    ),
    ("Some to All", r"(?<![a-z] )\bSome(?= [a-z]+s?\b)(?! (?:of it|time|years|people (?:a|w)))", "All"),
    ("most to all", r"(?<=[a-z,] )most(?= (?:of the|of these|[a-z]+s\b))(?<!the most)", "all"),
    ("Most to All", r"\bMost(?= (?:of the|of these|[a-z]+)\b)", "All"),
    (
        "many to all",
        r"(?<=[a-z,] )many(?= (?:of the |of these |other )?[a-z]+s\b)(?<!as many)(?<!so many)(?<!how many)(?<!too many)",
        "all",
    ),
    (
        "usually to always",
        r"\b(?:usually|generally|typically|normally|commonly|mostly|mainly|largely)\b",
        "always",
    ),
    ("Usually to Always", r"\b(?:Usually|Generally|Typically|Normally),?", "Without exception,"),
    ("often to always", r"\b(?:often|frequently|sometimes|occasionally)\b(?! (?:as|than))", "always"),
    (
        "probably to certainly",
        r"(?<!not )\b(?:probably|possibly|perhaps|presumably|apparently|supposedly|allegedly|reportedly|conceivably)\b",
        "certainly",
    ),
    ("likely to certain", r"\b(?:very |more |most )?likely(?= to\b)(?<!less likely)", "certain"),
    (
        "suggests to proves",
        r"\b(suggest|suggests|suggested|indicates|indicated)(?= that\b)",
        lambda m, d: {
            "suggest": "prove",
            "suggests": "proves",
            "suggested": "proved",
            "indicates": "proves",
            "indicated": "proved",
        }[m[1]],
    ),
    ("appears and seems to is", r"\b(?:appears|seems) to be\b", "is"),
    ("appear to are", r"\b(?:appear|seem) to be\b", "are"),
    ("appeared to was", r"\b(?:appeared|seemed) to be\b", "was"),
    (
        "is thought to is known",
        r"\b(is|are|was|were) (?:thought|believed|said|considered|assumed|reputed|estimated|supposed)(?= (?:to|that)\b)",
        lambda m, d: f"{m[1]} known for certain",
    ),
    (
        "believe to know",
        r"(?<!is )(?<!are )(?<!was )(?<!been )(?<!have )(?<!has )(?<!had )(?<!be )\b(believes?|believed|thinks?|thought|argues?|argued|claims?|claimed)(?= that\b)",
        lambda m, d: (
            "knew"
            if m[1].endswith(("ed", "ght"))
            else "know"
            if m[1] in ("believe", "think", "argue", "claim")
            else "knows"
        ),
    ),
    ("one of the most to the most", r"\bone of the (?=most\b|\w+est\b)", "the "),
    (
        "tend to dropped",
        r"\b(tend|tends|tended) to\b",
        lambda m, d: {"tend": "always", "tends": "without fail does", "tended": "without fail did"}[m[1]],
    ),
    (
        "should to must",
        r"(?<!that she )(?<!that he )(?<!that it )(?<!that they )\bshould(?= (?:be|use|have|not|make|take|also|ensure|always|consider)\b)",
        "must in every case",
    ),
    (
        "partly to wholly",
        r"(?<!only )\b(?:partly|in part|partially|to some extent|somewhat|relatively|fairly|rather(?! than))\b",
        lambda m, d: d.choice(["entirely", "wholly", "completely"]),
    ),
    (
        "expected to certain",
        r"(?:(?<=is )|(?<=are )|(?<=was )|(?<=were ))(?:expected|planned|hoped|projected|anticipated)(?= to\b)",
        "certain",
    ),
    (
        "at least some dropped",
        r"\b(?:at least some|several|a number of|certain|various)(?= (?:of the |of these )?[a-z]+s\b)",
        "all",
    ),
    (
        "in general to in every case",
        r"\b(?:more or less|in general(?=,)|as a rule|in most cases|for the most part|on the whole)\b",
        "in every case",
    ),
]


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


_VERB = r"(?:[a-z]+(?:ed|ught|ent|ook|ade|ame|aw|ot|old)|[a-z]+s)"
ORDERS: list[Form] = [
    (
        "before to after",
        r"\b([Bb])efore(?= (?:the|a|an|he|she|it|they|you|we|his|her|its|their|this|that|any|being|[a-z]+ing|[A-Z]|\d{4}))",
        lambda m, d: "After" if m[1] == "B" else "after",
    ),
    (
        "after to before",
        r"\b([Aa])fter(?= (?:the|a|an|he|she|it|they|you|we|his|her|its|their|this|that|any|being|[a-z]+ing|[A-Z]|\d{4}))",
        lambda m, d: "Before" if m[1] == "A" else "before",
    ),
    ("prior to", r"\b([Pp])rior to\b", lambda m, d: "Subsequent to" if m[1] == "P" else "subsequent to"),
    (
        "following to before",
        r"\b([Ff])ollowing(?= (?:the|a|an|his|her|its|their) [a-z]+ (?:of|in|by|to)\b)|(?<=^)Following(?= the (?!lead|example|rule|step|instruction))",
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
        r"\b(?:previously|formerly|originally|initially)\b(?! (?:existing|unknown|known))",
        "in the end",
    ),
    ("Initially to Finally", r"\b(?:Initially|Originally|At first|First),", "In the end,"),
    ("Finally to At first", r"\b(?:Finally|Eventually|Lastly|In the end|At last),", "At first,"),
    ("eventually to at first", r"\b(?:eventually|finally|ultimately)\b", "at first"),
    (
        "first to last",
        r"(?<=[a-z] )first(?= (?:appeared|used|published|described|introduced|discovered|proposed|recorded|made|came|time|began|met|released|step|mentioned|built))",
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
        r"(?P<a>\b[a-z]+(?:ed|s|e)\b [^.,;:()]{6,60}?)(?P<m>,? and then )(?P<b>[a-z]+[^.,;:()]{6,70})(?=[.,;])",
        _then,
    ),
    (
        "clauses of because exchanged",
        r"(?:(?<=^)|(?<=\. )|(?<=\n))(?P<a>[A-Z][^.,;:()|]{12,90}) because (?P<b>(?:the|a|an|it|they|he|she|of all|there|this|these|we|you) [^.,;:()|]{8,90})\.",
        _because,
    ),
    (
        "cause and effect exchanged",
        r"\b(?:caused by|results? from|led to|leads to|resulted in|results in|resulting from|resulted from)\b",
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
        r"(?P<a>(?:(?<=\. )|(?<=\n)|(?<=^))[A-Z][^.|\n]{25,160}\.) (?P<b>(?:Then|Next|After that|Afterwards|Later),? [^.|\n]{15,160}\.)",
        swapped(""),
    ),
    (
        "simultaneous to later",
        r"\b(?:simultaneously|at the same time|concurrently)\b(?=[,.;]| with| on)",
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
