"""What stands behind a question: its choices and its answer, and nothing else."""

import pytest

from winnow.dedup.overlap.removal import find_answer

TOLD = ["the gannet", "the puffin", "the tern", "12.5 terns"]
AFTER = "\nThe gannet dives from forty metres."


@pytest.mark.parametrize(
    "behind",
    [
        "?\nA. the gannet\nB. The puffin\n(C) the tern\n4) 12.5 terns\nAnswer: B",
        "\n- the gannet\n- the puffin\n\n**Answer:** B. the puffin",
        "\nThe correct answer is (C).",
        " gannet\n* B: the puffin\nANSWER: the puffin",
        "\n12.5 terns\nSolution: 12.5 terns",
        "\nKey: D",
        "?",
    ],
)
@pytest.mark.parametrize("after", [AFTER, "\nAnswer the door.", "\nA. N. Other wrote this."])
def test_choices_and_answer_go_and_what_follows_stays(behind, after):
    assert find_answer(behind + after, TOLD) == len(behind)


@pytest.mark.parametrize(
    "behind",
    ["\nThe answer to this is long and winding.", "\nthe auk", " The puffin flies.", "\n\nB is a letter."],
)
def test_other_lines_stay(behind):
    assert find_answer(behind, TOLD) == 0


def test_nothing_is_known_of_an_item_without_choices():
    assert find_answer("\nAnswer: B\nmore", [None, ""]) == len("\nAnswer: B")
    assert find_answer("", []) == 0
