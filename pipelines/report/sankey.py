"""Where the nodes of a Sankey diagram stand, in columns from left to right."""

from typing import NamedTuple

Link = tuple[str, str, str, float]  # from, to, source, number
GAP = 5  # between the nodes of a column, or their labels
TURNS = 6
SINKING = 0.3  # of the height: what goes, goes down


class Node(NamedTuple):
    """Where a node stands: its column, its top, how high it is."""

    column: int
    top: float
    height: float


def place(
    labels: dict[str, float], links: list[Link], sinks: set[str]
) -> tuple[dict[str, Node], float, float]:
    """The nodes, the height of the picture, and that of one of what flows.

    `labels` are the nodes with the heights that their labels need. Each node stands behind all that flows
    into it, one without inflow right before its first. In a column nodes are moved, a few times over, to the
    middle of what they are joined with, `sinks` below it, and then apart.
    """
    column = _find_columns(labels, links)
    columns = [
        [key for key in labels if column[key] == n] for n in range(max(column.values(), default=0) + 1)
    ]
    through = {
        key: max(sum(link[3] for link in links if end(link, side) == key) for side in (0, 1))
        for key in labels
    }
    room = max((sum(labels[key] + GAP for key in keys) for keys in columns), default=0)
    height = min(1.2 * room + 170, max(room + 100, 720.0))
    scale = min(
        (
            (height - sum(labels[key] + GAP for key in keys)) / (sum(through[key] for key in keys) or 1)
            for keys in columns
        ),
        default=1.0,
    )
    slots = {key: max(through[key] * scale, labels[key]) + GAP for key in labels}
    middle = _settle(columns, links, sinks, slots, height)
    top = min((middle[key] - slots[key] / 2 for key in labels), default=0.0)
    bottom = max((middle[key] + slots[key] / 2 for key in labels), default=0.0)
    nodes = {
        key: Node(column[key], middle[key] - top - through[key] * scale / 2, through[key] * scale)
        for key in labels
    }
    return nodes, bottom - top, scale


def _settle(
    columns: list[list[str]], links: list[Link], sinks: set[str], slots: dict[str, float], height: float
) -> dict[str, float]:
    """Where the middle of each node comes to stand."""
    middle = dict.fromkeys(slots, height / 2)
    for turn in range(TURNS):
        side = 1 - turn % 2
        for keys in columns if side else columns[::-1]:
            for key in keys:
                middle[key] = _find_middle(key, side, links, middle) + SINKING * height * (key in sinks)
            _spread(keys, middle, slots, height)
    return middle


def end(link: Link, side: int) -> str:
    """Where a link comes from (0), or leads to (1)."""
    return link[1] if side else link[0]


def _find_columns(labels: dict[str, float], links: list[Link]) -> dict[str, int]:
    column = dict.fromkeys(labels, 0)
    for _ in labels:  # a way has no more links than there are nodes
        for origin, to, *_ in links:
            column[to] = max(column[to], column[origin] + 1)
    ends = {link[1] for link in links}
    for key in labels:
        if key not in ends:
            column[key] = min((column[link[1]] for link in links if link[0] == key), default=1) - 1
    return column


def _find_middle(key: str, side: int, links: list[Link], middle: dict[str, float]) -> float:
    """The middle of what a node is joined with on a side (0: what it flows into, 1: what flows into it)."""
    joined = [(middle[end(link, 1 - side)], link[3]) for link in links if end(link, side) == key]
    weight = sum(number for _, number in joined)
    return sum(at * number for at, number in joined) / weight if weight else middle[key]


def _spread(keys: list[str], middle: dict[str, float], slots: dict[str, float], height: float) -> None:
    """Move the nodes of a column apart, in the order in which they stand, and back into the picture."""
    keys.sort(key=lambda key: middle[key])
    free = 0.0
    for key in keys:
        middle[key] = max(middle[key], free + slots[key] / 2)
        free = middle[key] + slots[key] / 2
    free = height
    for key in reversed(keys):
        middle[key] = min(middle[key], free - slots[key] / 2)
        free = middle[key] - slots[key] / 2
