from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.thread.order import order_posts

NAMES = [f"p{n}" for n in range(8)]


def test_each_post_is_followed_by_its_answers() -> None:
    names = ["root", "a", "b", "a1", "b1", "a2"]
    parents = [None, "root", "root", "a", "b", "a"]
    found = order_posts(names, parents, "root")
    assert [names[place] for place in found.places] == ["root", "a", "a1", "a2", "b", "b1"]
    assert found.parents == [None, 0, 1, 1, 0, 2]
    assert (found.copies, found.lost_parents, found.cycles) == ([], 0, 0)


def test_the_post_of_the_threads_name_is_first_and_orphans_are_last() -> None:
    names = ["orphan", "other", "thread", "answer"]
    found = order_posts(names, ["gone", None, None, "thread"], "thread")
    assert [names[place] for place in found.places] == ["thread", "answer", "other", "orphan"]
    assert found.lost_parents == 1


def test_a_name_that_stands_twice_is_a_copy_and_posts_without_names_are_none() -> None:
    found = order_posts(["a", None, "a", None], [None, "a", None, "a"], "a")
    assert (found.places, found.copies) == ([0, 1, 3], [2])


def test_a_circle_begins_with_its_first_post() -> None:
    names = ["tail", "x", "y", "z", "self"]
    found = order_posts(names, ["y", "z", "x", "y", "self"], "t")
    assert [names[place] for place in found.places] == ["x", "y", "tail", "z", "self"]
    assert found.cycles == 2
    assert found.parents == [None, 1, 2, 2, None] or found.parents[0] is None


def test_a_thread_may_be_deep_and_broad() -> None:
    many = 50_000
    deep = order_posts([str(n) for n in range(many)], [str(n - 1) if n else None for n in range(many)], "0")
    assert deep.places == list(range(many))
    broad = order_posts([str(n) for n in range(many)], [None, *["0"] * (many - 1)], "0")
    assert broad.places == list(range(many))
    ring = order_posts([str(n) for n in range(many)], [str((n + 1) % many) for n in range(many)], "0")
    assert ring.cycles == 1 and sorted(ring.places) == list(range(many))


@given(st.lists(st.tuples(st.none() | st.sampled_from(NAMES), st.none() | st.sampled_from([*NAMES, "gone"])),
                max_size=12))  # fmt: skip
def test_every_post_comes_once_and_behind_its_parent(posts: list[tuple[str | None, str | None]]) -> None:
    names, parents = [name for name, _ in posts], [parent for _, parent in posts]
    found = order_posts(names, parents, "p0")
    assert sorted(found.places + found.copies) == list(range(len(posts)))
    at = {place: number for number, place in enumerate(found.places)}
    begun = 0
    for place, parent in zip(found.places, found.parents, strict=True):
        if parent is not None:
            assert at[parent] < at[place] and names[parent] == parents[place]
        elif parents[place] is not None:
            begun += 1
    assert begun == found.lost_parents + found.cycles
