"""Files in an order in which what is imported comes first, as far as circles allow."""

import heapq
from collections.abc import Iterable, Sequence

import numpy as np
import scipy


def sort_files(imports: Sequence[Sequence[int]]) -> tuple[list[int], int]:
    """The numbers of all files, imported ones first, and how many circles there are.

    Among files that may come next the first is that of the lowest number. In a circle comes next the file
    with the fewest imports of the circle still open.
    """
    circles = _find_circles(imports)
    circle_of = {number: at for at, members in enumerate(circles) for number in members}
    between = [
        {circle_of[other] for number in members for other in imports[number]} - {at}
        for at, members in enumerate(circles)
    ]
    placed: list[int] = []
    for at in _take_open(between):
        members = circles[at]
        own = {number: place for place, number in enumerate(members)}
        inside = [{own[other] for other in imports[number] if other in own} for number in members]
        placed += [members[place] for place in _take_open(inside)]
    return placed, sum(len(members) > 1 for members in circles)


def _find_circles(imports: Sequence[Sequence[int]]) -> list[list[int]]:
    """The files that import each other, in the order of the first of each; most are of one file."""
    count = len(imports)
    if not count:
        return []
    heads = np.repeat(np.arange(count), [len(each) for each in imports])
    tails = np.array([other for each in imports for other in each], np.int64)
    graph = scipy.sparse.csr_array((np.ones(len(tails), np.int8), (heads, tails)), shape=(count, count))
    _, label = scipy.sparse.csgraph.connected_components(graph, directed=True, connection="strong")
    circles: dict[int, list[int]] = {}
    for number in range(count):
        circles.setdefault(int(label[number]), []).append(number)
    return list(circles.values())


def _take_open(waits: Sequence[Iterable[int]]) -> list[int]:
    """Numbers by how many that they wait for are still to come: the fewest first, then the lowest."""
    open_count = [len(set(each)) for each in waits]
    asked_by: list[list[int]] = [[] for _ in waits]
    for number, each in enumerate(waits):
        for other in set(each):
            asked_by[other].append(number)
    heap = [(many, number) for number, many in enumerate(open_count)]
    heapq.heapify(heap)
    done = [False] * len(open_count)
    taken = []
    while heap:
        many, number = heapq.heappop(heap)
        if done[number] or many != open_count[number]:
            continue
        done[number] = True
        taken.append(number)
        for other in asked_by[number]:
            if not done[other]:
                open_count[other] -= 1
                heapq.heappush(heap, (open_count[other], other))
    return taken
