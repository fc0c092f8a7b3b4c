"""What was changed in an item, of what kind it is, and what is acted on."""

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from leaks import ITEMS, PASSAGE, PROSE, both, build, check, planted, question, table

from winnow.dedup.overlap.lexer.spelling import is_near


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("evals"), table(ITEMS))


NUMBERS = {"6": "31", "9": "44", "14": "270", "5": "12"}


def graded(index: Path, text: str, seed: int = 0) -> tuple[str | None, str | None, bool]:
    """Item, class, and whether the document is dropped."""
    row = check(index, planted(text, seed)).row(0, named=True)
    return row["contamination_item"], row["contamination_class"], row["drop_reason"] is not None


@pytest.mark.parametrize(
    "change, kind",
    [
        (lambda text: text, "verbatim"),
        (str.upper, "reformatted"),
        (lambda text: text.replace(" 6 ", " six "), "reformatted"),
        (lambda text: text.replace("harbour ", "harbour").replace("trader", "tra der"), "reformatted"),
        (lambda text: text.replace(" 6 ", " 8 "), "numbers_changed"),
        (lambda text: re.sub(r"\d+", lambda found: NUMBERS[found[0]], text), "numbers_changed"),
        (lambda text: text.replace("Marisol", "Ifeoma"), "renamed"),
        (lambda text: re.sub(r"\d+", "77", text.replace("Marisol", "Ifeoma")), "renamed"),
        (lambda text: text.replace("harbour ", "").replace("trader ", ""), "partial"),
        (lambda text: text.replace("fishing", "fisliing").replace("harbour", "harbcur"), "partial"),
    ],
)
def test_class_says_what_was_changed(index, change, kind):
    assert graded(index, change(question("boats/nets"))) == ("nets", kind, True)


BAKERY = (
    "Perdita kneads 14 loaves on Monday, twice as many on Tuesday and 9 baguettes on Friday for the harvest "
    "supper, and the miller pays in chestnuts. How many loaves did the bakery deliver altogether?"
)


def test_question_keeps_its_dates_under_other_names(tmp_path):
    made = build(tmp_path, table({"tasks/bakery": (BAKERY, "42")}))
    assert graded(made, BAKERY.replace("Perdita", "Wanjiru")) == ("bakery", "renamed", True)


INSTEAD = {
    "mends": "repairs",
    "fishing": "angling",
    "shed": "hut",
    "finishes": "completes",
    "trader": "merchant",
    "earn": "collect",
    "afternoon": "evening",
}


def test_other_words_between_the_same_ones_are_likely_synonyms(index):
    """One for one; the same words with more put between them, or in another order, are another question."""
    own = question("boats/nets")
    changed = re.sub("|".join(INSTEAD), lambda found: INSTEAD[found[0]], own)
    assert graded(index, changed) == ("nets", "partial", True)
    loose = re.sub("|".join(INSTEAD), lambda found: f"{INSTEAD[found[0]]} in turn", own)
    assert not graded(index, loose)[2]


def test_same_template_with_other_content_is_no_hit(index):
    other = (
        "Ruben bakes rye loaves in a village mill. He finishes 6 loaves every morning and 9 every evening, "
        "a grocer pays him 3 dollars for each. How many dollars does Ruben earn in 5 weeks?"
    )
    _, kind, dropped = graded(index, other)
    assert not dropped and kind in (None, "template")


FUNCTION = '''from typing import List

def sift_pebbles(pebbles: List[int], mesh: int) -> List[int]:
    """Sift a heap of pebbles through a sieve whose mesh is given in millimetres, and
    return the ones that stay behind, the heaviest first.
    >>> sift_pebbles([3, 9, 5], 4)
    [9, 5]
    """
'''


@pytest.fixture(scope="module")
def code(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("code"), table({"code/sift": (FUNCTION, "    return []\n")}))


def test_function_is_found_under_other_names(code):
    text = FUNCTION.replace("sift_pebbles", "f").replace("mesh", "k").replace("pebbles: List", "xs: List")
    assert graded(code, text)[::2] == ("sift", True)


def test_function_is_found_in_the_comment_of_another_language(code):
    prose = FUNCTION.split('"""')[1].split(">>>")[0]
    text = "\n".join(f"    // {line.strip()}" for line in prose.splitlines()) + "\nint[] sift(int[] stones) {"
    assert graded(code, text)[::2] == ("sift", True)


HELPED = """
def sluice(water):
    ''' Tell how much of the water runs off. '''
    return water // 2


def pan_gold(gravel, rinses):
    ''' Rinse the gravel so many times, each time washing away the lightest third of what is left, and
    return the nuggets in the pan.
    >>> pan_gold([3, 9, 5], 4)
    [9, 5]
    >>> pan_gold([1, 7, 7, 2, 12, 40], 2)
    [7, 12, 40]
    >>> pan_gold([], 1)
    []
    '''
"""


def test_function_is_found_by_its_prose_without_helpers_and_examples(tmp_path):
    made = build(tmp_path, table({"code/pan": (HELPED, "    return []\n")}))
    prose = HELPED.split("'''")[3].split(">>>")[0]
    assert graded(made, f"## Task\n\n{' '.join(prose.split())}")[::2] == ("pan", True)


@pytest.mark.parametrize(
    "a, b, same",
    [("trader", "trador", True), ("harbour", "horbcur", True), ("likely", "unlikely", False)],
)
def test_misspelt_words_are_near_and_opposites_are_not(a, b, same):
    first, second = (np.array([ord(c) for c in word], np.int32) for word in (a, b))
    for one, other in ((first, second), (second, first)):
        assert is_near(one, other, np.empty(25, np.int64)) == same


def test_source_that_a_question_quotes_is_no_hit(tmp_path):
    ask = "Which of the following events did the writer of this letter most likely witness in his youth?"
    items = {"history/letter": (f"This question refers to a letter.\n{PROSE[0][:1500]}\n{ask}", "a flood")}
    index = build(tmp_path, table(items))
    assert check(index, PROSE[0])["drop_reason"].to_list() == [None]
    assert graded(index, items["history/letter"][0])[::2] == ("letter", True)


def test_question_of_words_in_a_row_of_its_own_passage_needs_more_than_the_passage(tmp_path):
    asks = "The northern gannet breeds on steep cliffs and dives on shoals from a great"
    index = build(tmp_path, table({"birds/where": (asks, "height")}))
    assert check(index, planted(PASSAGE))["drop_reason"].to_list() == [None]


def test_classes_and_evals_say_what_is_acted_on(index):
    text = planted(question("boats/nets").upper())
    dropped = [
        check(index, text, **settings)["drop_reason"][0] is not None
        for settings in (
            {"classes": ["reformatted"]},
            {"classes": ["verbatim"]},
            {"evals": ["boats"]},
            {"evals": ["birds"]},
        )
    ]
    assert dropped == [True, False, True, False]
    with pytest.raises(ValueError, match="no class verbatm; there are verbatim, reformatted"):
        check(index, text, classes=["verbatm"])


SHORT = {
    "eval": ["sea"] * 3,
    "item": ["support", "ph", "list"],
    "question": [
        "What are sheet bends?",
        "What pH has unsalted distilled seawater?",
        "How many numbers are in the list 25, 26, 27, 99, 100?",
    ],
    "answer": ["Knots that join two ropes of different thickness.", "7", "76"],
    "choices": [
        [
            "Turns that a sailcloth takes around its yard.",
            "Knots that join two ropes of different thickness.",
            "Planks that are steamed before they meet the stem.",
        ],
        ["7", "9"],
        ["75", "76"],
    ],
}


@pytest.fixture(scope="module")
def short(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("short"), pl.DataFrame(SHORT))


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
def test_short_question_with_its_choices_in_any_order(short, order):
    choices = "\n".join(f"{letter}) {SHORT['choices'][0][k]}" for letter, k in zip("ABC", order, strict=True))
    (row,) = check(short, planted(f"What are sheet bends?\n{choices}\n")).rows(named=True)
    assert (row["contamination_item"], row["drop_reason"]) == ("support", "contamination.eval_overlap")
    alone = check(short, planted("What are sheet bends?\n"))
    assert alone["drop_reason"].to_list() == [None]


@pytest.mark.parametrize(
    ("tail", "found"), [("\nAnswer: 7\n", True), (" 7\n", True), ("\nAnswer: 8\n", False)]
)
def test_common_answer_counts_where_it_follows_at_once(short, tail, found):
    (reason,) = check(short, planted(f"What pH has unsalted distilled seawater?{tail}"))["drop_reason"]
    assert (reason is not None) == found


def test_numbers_tell_a_question_that_is_whole(short):
    texts = [f"How many numbers are in the list 25, 26, 27, 99, {last}?\n" for last in (100, 101)]
    same, other = check(short, *map(planted, texts))["contamination_score"]
    assert same > other + 0.2


LEFT = {  # by settings: the evals of which items stay in a text with one of each, and in its neighbours
    "all": ({}, [None, None, None]),
    "marked": ({"action": "mark"}, [["birds", "boats"], ["boats"], None]),
    "boats alone": ({"evals": ["boats"]}, [["birds"], None, None]),
    "birds alone": ({"evals": ["birds"]}, [["boats"], ["boats"], None]),
    "birds cut": ({"evals": ["birds"], "action": "cut"}, [["boats"], ["boats"], None]),
    "cut": ({"action": "cut"}, [None, None, None]),
    "classes": ({"classes": ["renamed"]}, [["birds", "boats"], ["boats"], None]),
    "nothing scores that high": ({"action": "mark", "min_score": 1.01}, [None, None, None]),
}


@pytest.mark.parametrize(("settings", "left"), LEFT.values(), ids=LEFT)
def test_evals_that_were_not_acted_on_are_named(index, settings, left):
    one = planted(question("boats/nets"))
    texts = [f"{one}\n\n{both('birds/short')}\n\n{planted(question('boats/ropes'), 1)}", one, "no item here"]
    assert check(index, *texts, **settings)["contamination_left"].to_list() == left
