"""The script of planted rewrites: the same rows again, one error in each, those by hand in their place."""

import re

import replanted
from replanted_clauses import split
from replanted_dates import DATES
from replanted_hedges import HEDGES
from replanted_names import NAMES
from replanted_negations import NEGATIONS
from replanted_numbers import NUMBERS
from replanted_orders import ORDERS
from replanted_parents import key
from replanted_units import UNITS

PARENTS = [
    (
        "wikipedia",
        "The bridge was opened on July 12, 1934, after three years of work, although the river had "
        "flooded the site twice. It is 120 km from London and may be the oldest of its kind. When the war"
        " began, the army closed it. About 40% of the drivers usually avoid it, because the toll is $3 "
        "per day.\n\nMary Harrison, who designed it, never saw it finished, and she died in France in "
        "1933. The bridge has two lanes. It was not repaired until 1990. Some engineers suggest that it "
        "is unsafe.",
    ),
    (
        "manual",
        "If the file is missing, the program stops without a message. The server first reads the table "
        "and then closes the connection. Use this option only if the cache holds at least 16 MB. The "
        "buffer is kept in memory for several minutes. The index is read before the data are sorted; it "
        "cannot be changed later.",
    ),
]


def test_same_rows_again() -> None:
    rows = replanted.make(PARENTS, seed=7, scripted=9)
    assert rows == replanted.make(PARENTS, seed=7, scripted=9)
    assert rows != replanted.make(PARENTS, seed=8, scripted=9)
    assert len({row["id"] for row in rows}) == len(rows)


def test_planted_rows_differ_from_their_twins_in_one_place() -> None:
    rows = replanted.make(PARENTS, seed=7, scripted=9)
    twins = {row["id"]: row for row in rows if row["label"] == "faithful"}
    planted = [row for row in rows if row["label"] == "planted"]
    assert {row["error"] for row in planted} >= set(replanted.KINDS) - {"invented", "order"}
    for row in planted:
        twin = twins[row["twin"]]
        assert row["parent"] == twin["parent"]
        assert row["rewrite"] not in (twin["rewrite"], twin["parent"])
    assert all(twin["rewrite"] != twin["parent"] and twin["error"] is None for twin in twins.values())


def test_errors_by_hand_stand_in_their_rewrites() -> None:
    kinds = dict.fromkeys(replanted.KINDS, 0)
    for item in replanted.golds():
        assert re.fullmatch(r"[0-9a-f]{12}", item["parent"])
        for kind, form, *edits in item["errors"]:
            kinds[kind] += 1
            old = edits[:1] if kind == "invented" else edits[::2]
            assert len(edits) % 2 == 0, form
            assert [item["rewrite"].count(text) for text in old] == [1] * len(old), (item["parent"], form)
            assert replanted.edit(item["rewrite"], kind, edits) != item["rewrite"], (item["parent"], form)
    assert min(kinds.values()) > 90
    assert len(replanted.golds()) == 70


def test_every_kind_has_forms_enough() -> None:
    for forms in (NUMBERS, UNITS, NAMES, NEGATIONS, HEDGES, DATES, ORDERS):
        names = [name for name, _, _ in forms]
        assert len(set(names)) == len(names) >= 12


def test_texts_swapped_are_swapped_at_once() -> None:
    assert replanted.edit("a 1 b 2", "number", ["1", "2", "2", "1"]) == "a 2 b 1"
    assert replanted.edit("One. Two.", "invented", ["One.", "More."]) == "One. More. Two."


def test_keys_and_sentences() -> None:
    assert key("a") != key("b")
    assert split("Mr. Allen left. He took No. 5.\n\nIt rained.") == [
        ["Mr. Allen left.", "He took No. 5."],
        ["It rained."],
    ]
    known = replanted.sentences()
    assert len(known) >= 50 and all(len(parent) == 12 for parent in known)
