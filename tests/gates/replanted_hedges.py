"""Planted errors of hedges: dropped, or made certain."""

import random
import re

from replanted_forms import Form, Match


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
        (
            r"\b(?:almost|nearly) (?=(?:\d|all|every|half|always|entirely|exclusively|impossible|"
            r"certainly|two|three|four|five|any|a))"
        ),
        "",
    ),
    (
        "some to all",
        (
            r"(?<=[a-z,] )some(?= (?:of (?:the|these|his|its|their) [a-z]+|[a-z]+s (?:are|"
            r"were|have|may|can|of|in|do|will|had|such|even|that|who)\b))"
        ),
        "all",
    ),
    ("Some to All", r"(?<![a-z] )\bSome(?= [a-z]+s?\b)(?! (?:of it|time|years|people (?:a|w)))", "All"),
    ("most to all", r"(?<=[a-z,] )most(?= (?:of the|of these|[a-z]+s\b))(?<!the most)", "all"),
    ("Most to All", r"\bMost(?= (?:of the|of these|[a-z]+)\b)", "All"),
    (
        "many to all",
        (
            r"(?<=[a-z,] )many(?= (?:of the |of these |other )?[a-z]+s\b)(?<!as many)(?<!so "
            r"many)(?<!how many)(?<!too many)"
        ),
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
        (
            r"(?<!not )\b(?:probably|possibly|perhaps|presumably|apparently|supposedly|"
            r"allegedly|reportedly|conceivably)\b"
        ),
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
        (
            r"\b(is|are|was|were) (?:thought|believed|said|considered|assumed|reputed|estimated|"
            r"supposed)(?= (?:to|that)\b)"
        ),
        lambda m, d: f"{m[1]} known for certain",
    ),
    (
        "believe to know",
        (
            r"(?<!is )(?<!are )(?<!was )(?<!been )(?<!have )(?<!has )(?<!had )(?<!be )\b(believes?|"
            r"believed|thinks?|thought|argues?|argued|claims?|claimed)(?= that\b)"
        ),
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
        (
            r"(?<!that she )(?<!that he )(?<!that it )(?<!that they )\bshould(?= (?:be|"
            r"use|have|not|make|take|also|ensure|always|consider)\b)"
        ),
        "must in every case",
    ),
    (
        "partly to wholly",
        (
            r"(?<!only )\b(?:partly|in part|partially|to some extent|somewhat|relatively|"
            r"fairly|rather(?! than))\b"
        ),
        lambda m, d: d.choice(["entirely", "wholly", "completely"]),
    ),
    (
        "expected to certain",
        (
            r"(?:(?<=is )|(?<=are )|(?<=was )|(?<=were ))(?:expected|planned|hoped|projected|"
            r"anticipated)(?= to\b)"
        ),
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
