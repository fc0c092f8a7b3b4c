"""Words in the place of others: what they change is found, and what says the same is let pass."""

import json
from pathlib import Path

import polars as pl
import pytest

from winnow.classifiers import faithful
from winnow.classifiers.faithfulness import changed, compare, edits, opposites, sentences, swaps
from winnow.classifiers.faithfulness.numeric import equations, numbers, quantities

ROWS = [
    json.loads(line)
    for name in ("pairs_words", "pairs_turned")
    for line in (Path(__file__).parent / f"{name}.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['error']}-{n}" for n, row in enumerate(ROWS)])
def test_planted_errors_go_and_other_words_for_the_same_stay(row):
    docs = pl.DataFrame({"parent_text": [row["parent"]], "text": [row["rewrite"]]})
    reason, evidence = faithful.check(docs).select("drop_reason", "faithful_evidence").row(0)
    assert (reason is None) == (row["error"] is None), evidence


def differ(mine, theirs):
    return edits.compare(*(edits.tokenize(sentences.Sentence(text)) for text in (mine, theirs)))


def find(mine, theirs):
    found = differ(mine, theirs)
    told = changed.list_changes(found)
    return {kind for kind, _ in [*told, *filter(None, [swaps.find_swap(found)])]}


THEIRS = "The two pumps, which may fail in winter, moved about 40 litres a day from Bern to Basel."


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("two", "three", "numbers"),
        ("40", "48", "numbers"),
        ("a day", "a week", "units"),
        ("litres", "millilitres", "units"),
        ("Bern to", "Lyon to", "names"),
        ("may fail", "must fail", "hedges"),
        ("may fail", "fail", "hedges"),
        ("about", "exactly", "hedges"),
        ("moved", "never moved", "negations"),
        ("moved", "failed to move", "negations"),
        ("may fail", "may by no means fail", "negations"),
        ("may fail", "may succeed", "negations"),
        ("from Bern to Basel", "from Basel to Bern", "orders"),
        ("two", "2", None),
        ("about 40 litres", "roughly 40,000 millilitres", None),
        ("may", "might", None),
        ("in winter", "during the winter", None),
        ("fail", "break down", None),
    ],
)
def test_a_word_in_the_place_of_another_has_its_kind(one, other, kind):
    assert one in THEIRS
    assert find(THEIRS.replace(one, other), THEIRS) == ({kind} if kind else set())


@pytest.mark.parametrize(
    ("mine", "theirs", "kinds"),
    [
        ("The dog bit the man in the yard.", "The man bit the dog in the yard.", {"orders"}),
        ("The man was bitten by the dog in the yard.", "The dog bit the man in the yard.", set()),
        ("The king was defeated by the duke in May.", "The king defeated the duke in May.", {"orders"}),
        ("The man was bitten by the dog in the yard.", "The man bit the dog in the yard.", {"orders"}),
        ("Dogs and cats sleep all day.", "Cats and dogs sleep all day.", set()),
        ("The capital of the canton is Bern.", "Bern is the capital of the canton.", set()),
        ("In 1910 he wrote to the mayor of Basel.", "He wrote to the mayor of Basel in 1910.", set()),
        ("On 3 May 1921 he wrote to the mayor.", "He wrote to the mayor on May 3, 1921.", set()),
        ("The drum was beaten by the boy.", "The drum was beaten near the boy.", set()),
    ],
)
def test_parts_that_change_places_turn_a_sentence_where_their_order_tells(mine, theirs, kinds):
    assert find(mine, theirs) == kinds


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ("increased", "decreases", True),
        ("unclear", "clear", True),
        ("harmless", "harmful", True),
        ("waxing", "waning", True),
        ("signed", "unsigned", True),
        ("important", "port", False),
        ("understand", "stand", False),
        ("big", "large", False),
        ("rose", "rose", False),
    ],
)
def test_opposites_are_known_in_their_forms(one, other, answer):
    assert opposites.are_opposite(one, other) == opposites.are_opposite(other, one) == answer


def test_a_turned_comparison_says_the_same():
    given = ["kale", "has", "more", "iron", "than", "fruit"]
    assert opposites.are_mirrored(["fruit", "has", "less", "iron", "than", "kale"], 2, given, 2)
    assert not opposites.are_mirrored(["kale", "has", "less", "iron", "than", "fruit"], 2, given, 2)


@pytest.mark.parametrize(
    "text",
    [
        "According to the text, it was built of oak.",
        "The author writes that it was built of oak.",
        "**Answer:** It was built of oak.",
        "A2: it was built of oak.",
        "- Point 3: It was built of oak.",
        "Yes, it was built of oak.",
        "| Point 7 | It was built of oak. |",
    ],
)
def test_what_only_says_that_a_text_says_so_is_no_part_of_a_sentence(text):
    assert sentences.split(text)[-1].plain.lower() == "it was built of oak."


def test_sentences_know_where_they_stand():
    text = "One is here. Two is there.\n| a | b | the cell that is a whole sentence | c |\n\n- Three."
    found = sentences.split(text)
    assert [text[one.start :].startswith(one.text) for one in found] == [True] * len(found)
    assert [one.plain for one in found if not one.is_row][2] == "the cell that is a whole sentence"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("| Point 1 | Oak. |\n| Point 2 | Elm. |", []),
        ("Fact 1: Oak.\nFact 2: Elm with 5 roots.", [5]),
        ("| Oaks | 12 |\n| Elms | 7 |", [12, 7]),
        ("Route 66: a road", [66]),
    ],
)
def test_numbers_that_count_items_are_none(text, values):
    assert [each.value for each in quantities.find(text)] == values


def test_years_are_not_rounded_and_shares_have_their_size():
    [said, given] = quantities.find("1990 and 1989")
    assert not numbers.is_rounded(said, given.value, given.digits)
    [one, other] = quantities.find("5 per mille, 5%")
    assert not numbers.has_same_unit(one, other)
    [one, other] = quantities.find("5 per cent, 5%")
    assert numbers.has_same_unit(one, other)


def test_equations_have_fractions_and_dollars():
    assert [right for _, right, _ in equations.find("1/2 * 1/2 = 1/4, $6 - $2 = $4, $2 - $6 = $4")] == [
        True,
        True,
        False,
    ]


PARENT = (
    "The mill was built of oak. Its wheel drives two stones. The miller sold flour in Basel. "
    "A flood broke the dam."
)


@pytest.mark.parametrize(
    ("said", "is_invented"),
    [
        ("The mill was built of oak, which led to a quarrel with the carpenters.", True),
        ("Ships sank near the coast every autumn.", True),
        ("Without the flood, the stones would never have impressed Basel.", True),
        ("The mill was built of oak, as noted above.", False),
        ("Its wheel, in fact, drives two stones.", False),
        ("The miller sold flour in Basel, and a flood broke the dam.", False),
    ],
)
def test_what_is_added_to_a_sentence_or_made_of_words_from_everywhere_is_invented(said, is_invented):
    assert bool(compare.compare(PARENT, said)["inventions"]) == is_invented
