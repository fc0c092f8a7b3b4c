from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.code.graph import sort_files


@given(st.lists(st.lists(st.integers(0, 11), max_size=4), max_size=12))
def test_every_file_stands_once_and_without_circles_behind_its_imports(edges: list[list[int]]) -> None:
    count = len(edges)
    forward = [[other for other in each if other < number] for number, each in enumerate(edges)]
    placed, circles = sort_files(forward)
    assert sorted(placed) == list(range(count)) and circles == 0
    at = {number: place for place, number in enumerate(placed)}
    assert all(at[other] < at[number] for number in range(count) for other in forward[number])
    any_way = [
        [other for other in each if other < count and other != number] for number, each in enumerate(edges)
    ]
    placed, _ = sort_files(any_way)
    assert sorted(placed) == list(range(count))


def test_a_circle_is_told_and_begun_where_it_asks_for_least() -> None:
    # 0 uses the circle 1 - 2 - 3, which uses 4; 2 asks for two of the circle, 1 and 3 for one each.
    assert sort_files([[1], [2, 4], [1, 3], [2], []]) == ([4, 1, 2, 3, 0], 1)
    assert sort_files([]) == ([], 0)
