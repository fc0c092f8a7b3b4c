"""The order of a thread's posts: each behind the one that it answers."""

from collections.abc import Sequence
from typing import NamedTuple


class Order(NamedTuple):
    """Places of the posts of a thread, as they are read; `copies` bear a name that one of these has.

    `parents` has for each post of `places` the place of the post that it answers, or None. `lost_parents` are
    posts that answer one that is not there, `cycles` the circles of posts that answer each other.
    """

    places: list[int]
    parents: list[int | None]
    copies: list[int]
    lost_parents: int
    cycles: int


def order_posts(names: Sequence[str | None], parents: Sequence[str | None], thread: str | None) -> Order:
    """Order the posts of one thread, of which equals (answers to one post) stand in the order wanted.

    A post is followed by its answers, each with its own. First comes the post that is named as the thread is,
    then those that answer none, then those whose parent is lost. A circle begins with its first post. Takes
    time in proportion to the posts, however deep they go.
    """
    place_of: dict[str, int] = {}
    copies = []
    for place, name in enumerate(names):
        if name is not None and place_of.setdefault(name, place) != place:
            copies.append(place)
    left_out = set(copies)
    found = [None if parent is None else place_of.get(parent) for parent in parents]
    answers: dict[int, list[int]] = {}
    first: list[tuple[bool, bool, int]] = []
    for place in range(len(names)):
        if place in left_out:
            continue
        parent = found[place]
        if parent is None:
            first.append((names[place] is None or names[place] != thread, parents[place] is not None, place))
        else:
            answers.setdefault(parent, []).append(place)
    order: list[int] = []
    seen = set(left_out)
    for *_, place in sorted(first):
        _walk(place, answers, order, seen)
    cycles = 0
    for place in range(len(names)):
        if place not in seen:
            begin = _find_cycle(place, found)
            found[begin] = None
            cycles += 1
            _walk(begin, answers, order, seen)
    lost = sum(is_lost for _, is_lost, _ in first)
    return Order(order, [found[place] for place in order], copies, lost, cycles)


def _walk(place: int, answers: dict[int, list[int]], order: list[int], seen: set[int]) -> None:
    """Append a post and all that answers it, however deep."""
    left = [place]
    while left:
        here = left.pop()
        if here not in seen:
            seen.add(here)
            order.append(here)
            left.extend(reversed(answers.get(here, ())))


def _find_cycle(place: int, parents: Sequence[int | None]) -> int:
    """The first post of the circle to which a post's parents lead."""
    walked: dict[int, int] = {}
    here: int | None = place
    while here is not None and here not in walked:
        walked[here] = len(walked)
        here = parents[here]
    assert here is not None  # else its parents would have led to a post without one, and it were seen
    return min(post for post, step in walked.items() if step >= walked[here])
