"""What a line is by itself and in its document, counted by hand."""

import math

import numpy as np
import polars as pl
import pytest

from winnow.classifiers.line import context, features
from winnow.classifiers.line.signals import NAMES


def columns(text: str) -> dict[str, list[float]]:
    """The columns of a text's lines by name."""
    rows = features.measure(pl.Series([text]))
    return {name: rows.values[:, k].tolist() for k, name in enumerate(context.NAMES)}


def of(line: str) -> dict[str, float]:
    return {name: values[0] for name, values in columns(line).items()}


def test_every_column_has_a_name_of_its_own() -> None:
    assert len(set(context.NAMES)) == context.COUNT == len(context.NAMES)
    assert context.NAMES[: len(NAMES)] == NAMES


def test_shares_of_characters_and_words() -> None:
    found = of("The Cat, 12 dogs: a | B!")
    assert found["width"] == pytest.approx(math.log2(25))
    assert found["letters"] == pytest.approx(12 / 24)
    assert found["digits"] == pytest.approx(2 / 24)
    assert found["punctuation"] == pytest.approx(3 / 24)
    assert found["symbols"] == pytest.approx(1 / 24)
    assert found["upper"] == pytest.approx(3 / 12)
    assert found["words"] == pytest.approx(math.log2(7))
    assert found["numbers"] == pytest.approx(1 / 6)
    assert found["capitals"] == pytest.approx(2 / 4)
    assert found["short_words"] == pytest.approx(1 / 6)
    assert found["longest_word"] == 4
    assert [found[name] for name in ("commas", "colons", "bars")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("line", "first", "last"),
    [
        ("It ends.", 1, 4),
        ('"It ends."', 3, 4),
        ("it goes on...", 0, 2),
        ("it goes on…", 0, 2),
        ("12 of them,", 2, 3),
        ("Page 12", 1, 0),
        ("Name:", 1, 2),
        ("$ paid", 4, 1),
        ("他说这里。", -1, 4),
        ("वह यहाँ है।", -1, 4),
        ("(see there)", 3, 2),
        ("a ~", 0, -1),
    ],
)
def test_how_a_line_starts_and_ends(line: str, first: int, last: int) -> None:
    found = of(line)
    assert (found["first"], found["last"]) == (first, last)


def test_a_script_without_case_has_no_share_of_capitals() -> None:
    found = of("他说这里有人")
    assert found["upper"] == found["capitals"] == found["short_words"] == -1
    assert found["width"] == pytest.approx(math.log2(13))  # its letters are two wide


def test_a_heading_is_judged_by_its_text() -> None:
    assert of("## The Cat") == of("The Cat")
    assert of("#tag") != of("tag")


def test_ends_of_sentences_inside_a_line() -> None:
    assert of("One. Two! Three.")["sentences"] == pytest.approx(math.log2(3))
    assert of("version 3.11.2")["sentences"] == 0


def test_addresses() -> None:
    assert of("© me@example.org")["addresses"] == pytest.approx(math.log2(3))
    assert of("see http://example.org/")["addresses"] == 1


def test_what_comes_back_in_the_document() -> None:
    found = columns("Posts: 12\nthe river is the river\nposts: 7\nJoined: 3\nthe end")
    assert found["repeats"] == [1, 0, 1, 0, 0]
    assert found["forms"] == pytest.approx([math.log2(3), 0, math.log2(3), math.log2(3), 0])
    assert found["starts"] == [1, 1, 1, 0, 1]
    assert found["new_words"] == pytest.approx([1 / 2, 1 / 5, 1 / 2, 1, 1 / 2])
    the, river = math.log2(3), math.log2(2)
    assert found["known_words"][1] == pytest.approx((2 * the + 2 * river) / 5)


def test_runs_of_words_that_were_said_before() -> None:
    found = columns("we saw the old man\nthen we saw the old man\nwe saw it")
    assert found["said"] == pytest.approx([0, 3 / 4, 0])


def test_where_a_line_stands() -> None:
    prose = "There was a long line here, and it ended as sentences in prose do."
    found = columns(f"Menu\n{prose}\n\nNews\n{prose}\nFoot\nFoot")
    assert found["from_start"] == pytest.approx([math.log2(1 + k) for k in range(6)])
    assert found["from_end"] == pytest.approx([math.log2(6 - k) for k in range(6)])
    assert found["prose_before"] == pytest.approx([0, 0, 0.5, 0.5, 1, 1])
    assert found["prose_last"] == pytest.approx([12, 12, 1, math.log2(3), 1, math.log2(3)])
    assert found["prose_next"] == pytest.approx([1, math.log2(3), 1, 12, 12, 12])
    assert found["width-1"][1:] == pytest.approx(found["width"][:-1])
    assert found["width+2"][:-2] == pytest.approx(found["width"][2:])
    assert found["width-1"][0] == found["width+3"][5] == context.ABSENT
    share = len(prose) / (len(prose) + 4)
    assert found["prose_near"][0] == pytest.approx(share)


def test_blank_lines_and_documents_are_told_apart() -> None:
    texts = ["a b\n\n \nc", "", "\n", "d"]
    rows = features.measure(pl.Series(texts))
    assert rows.first.tolist() == [0, 2, 2, 2, 3]
    alone = [features.measure(pl.Series([text])).values for text in texts]
    assert np.array_equal(rows.values, np.concatenate(alone))


def test_rows_of_a_batch_that_was_read_before() -> None:
    text = pl.Series([f"line {k}\nThe text number {k} stands here." for k in range(6)])
    whole = features.measure(text)
    some = features.measure(text.gather([1, 4]))
    assert np.array_equal(some.values, whole.values[[2, 3, 8, 9]])
    assert some.first.tolist() == [0, 2, 4]
