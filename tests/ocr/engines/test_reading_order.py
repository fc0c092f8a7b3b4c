"""Laws of the order of lines found one by one: columns after each other, whatever order they came in."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from winnow.ocr.engines.answer import join_words
from winnow.ocr.engines.reading_order import put_in_order


def line(text, x0, y0, x1, y1):
    return join_words([(text, 0.9, x0, y0, x1, y1)], 0)


def stack(name, count, x0, x1, top=0):
    return [line(f"{name}{n}", x0, top + 40 * n, x1, top + 40 * n + 30) for n in range(count)]


def texts(lines):
    return [one.text for one in lines]


@given(st.permutations(stack("a", 5, 0, 400) + stack("b", 5, 450, 850) + stack("c", 4, 900, 1300)))
def test_columns_come_one_after_the_other(lines):
    right = stack("a", 5, 0, 400) + stack("b", 5, 450, 850) + stack("c", 4, 900, 1300)
    assert texts(put_in_order(lines)) == texts(right)


@given(st.randoms(use_true_random=False))
def test_a_heading_across_parts_the_columns_above_from_those_below(random):
    above = stack("a", 3, 0, 400) + stack("b", 3, 450, 850)
    below = stack("c", 3, 0, 400, 300) + stack("d", 3, 450, 850, 300)
    right = [*above, line("heading", 100, 200, 700, 240), *below]
    mixed = list(right)
    random.shuffle(mixed)
    assert texts(put_in_order(mixed)) == texts(right)


def test_pieces_of_one_line_stay_together_and_blocks_are_numbered():
    pieces = [line("left", 0, 0, 300, 30), line("right", 420, 1, 800, 31), line("below", 0, 40, 800, 70)]
    for mixed in permutations(pieces):
        assert texts(put_in_order(mixed)) == ["left", "right", "below"]
    far = put_in_order([*stack("a", 3, 0, 400), *stack("b", 3, 0, 400, 400)])
    assert [one.block for one in far] == [0, 0, 0, 1, 1, 1]


@given(st.lists(st.tuples(*[st.integers(0, 900)] * 2, *[st.integers(1, 400)] * 2), max_size=12))
def test_no_line_is_lost_or_doubled(boxes):
    lines = [line(str(n), x, y, x + w, y + h) for n, (x, y, w, h) in enumerate(boxes)]
    assert sorted(texts(put_in_order(lines))) == sorted(texts(lines))
