"""How much of a run is done and what the rest takes, as far as is known."""

import time

from hypothesis import given
from hypothesis import strategies as st

from winnow.pipelines.screen.work import Stage, Work, show


def make(**stages: tuple[int, list[float]]) -> Work:
    work = Work()
    for name, (total, seconds) in stages.items():
        work.stages[name] = Stage(name, total)
        for each in seconds:
            work.stages[name].add({"seconds": each, "rows_in": 10, "kept": 5, "failed": 1})
    return work


def test_a_part_weighs_what_those_of_its_stage_took():
    work = make(slow=(4, [30.0]), quick=(10, [1.0] * 10))
    share, _ = work.measure() or (0, 0)
    assert share == (30 + 10) / (4 * 30 + 10)


def test_a_stage_that_is_not_measured_is_taken_as_the_others_are():
    work = make(known=(2, [4.0, 4.0]), more=(1, [2.0]), later=(3, []))
    share, _ = work.measure() or (0, 0)
    assert share == 10 / (8 + 2 + 3 * 3)


def test_time_left_is_at_the_pace_of_this_run():
    work = make(a=(10, [10.0] * 5))
    work.stages["a"].started = time.monotonic() - 25  # two at a time
    work.fresh = 50.0
    assert abs((work.measure() or (0, 0))[1] - 25) < 0.5
    assert "50% of all done, about 25 s left, 0 of 1 stages done" in work.describe()


def test_a_part_under_way_counts_as_long_as_such_a_part_takes():
    work = make(a=(2, [100.0]))
    work.stages["a"].started = work.stages["a"].running["part-00001"] = time.monotonic() - 50
    assert abs((work.measure() or (0, 0))[0] - 0.75) < 0.01
    work.stages["a"].running["part-00001"] -= 1000
    assert (work.measure() or (0, 0))[0] == 1.0


def test_nothing_is_said_of_the_rest_before_anything_is_measured():
    work = make(a=(3, []))
    assert work.measure() is None and "left" not in work.describe()


@given(
    st.lists(st.tuples(st.integers(1, 9), st.lists(st.floats(0, 1e4), max_size=9)), min_size=1, max_size=5)
)
def test_a_share_is_one_where_all_is_done_and_never_more(stages):
    work = make(**{f"s{n}": (max(total, len(seconds)), seconds) for n, (total, seconds) in enumerate(stages)})
    measured = work.measure()
    if measured:
        whole = all(stage.done == stage.total for stage in work.stages.values())
        assert 0 <= measured[0] <= 1 + 1e-9 and measured[1] >= 0
        assert not whole or abs(measured[0] - 1) < 1e-6


def test_what_is_said_of_a_stage():
    stage = make(a=(2, [1.0])).stages["a"]
    stage.hear({"stage": "a", "part": "part-00001"})
    stage.hear({"stage": "a", "part": "part-00001", "compiles": "split"})
    stage.running["part-00001"] -= 45
    told = "10 documents, 50.0% kept, 1 failed, part-00001 has run 45 s"
    assert stage.describe() == f"{told}, compiling split"
    stage.hear({"stage": "a", "part": "part-00001", "compiles": None})
    assert stage.describe() == told
    stage.forget("part-00001")
    assert stage.describe() == "10 documents, 50.0% kept, 1 failed"


def test_times():
    assert [show(0.4), show(99), show(192), show(90_000)] == ["0 s", "99 s", "0:03:12", "1 day, 1:00:00"]


def test_how_far_a_part_is_stands_beside_how_long_it_has_run():
    stage = Stage("pdf", 1)
    stage.hear({"stage": "pdf", "part": "part-00000"})
    assert "so far" not in stage.describe()
    far = {"files": 12, "of_files": 300, "documents": 12, "pages": 1204}
    stage.hear({"stage": "pdf", "part": "part-00000", "far": far})
    assert stage.describe().endswith("part-00000 has run 0 s, so far 12 of 300 files, 1,204 pages")
    stage.hear({"stage": "pdf", "part": "part-00000", "far": far | {"of_files": 1, "pages": 0}})
    assert stage.describe().endswith("so far 12 documents")
    stage.forget("part-00000")
    assert "so far" not in stage.describe()
