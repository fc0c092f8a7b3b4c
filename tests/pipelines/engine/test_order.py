"""The largest parts of each stage begin first, and as many workers at once as the sources have work for."""

import json

from winnow.pipelines.commands.run import execute
from winnow.pipelines.engine import schedule
from winnow.pipelines.engine.parts import run_plan
from winnow.pipelines.screen.progress import Progress
from winnow.pipelines.spec import toml

STAGES = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "toy:shout" } ]

[[stage]]
name = "copied"
after = "read"
copy_as = "{source}.copy"
steps = [ { use = "toy:shout" } ]

[[stage]]
name = "counted"
after = ["read", "copied"]
by = "part"
steps = [ { use = "toy:total" } ]
"""
LINES = (2, 9, 1, 5)


def test_the_largest_parts_begin_first_in_each_stage(make_recipe, tmp_path):
    path = make_recipe({f"{n}.txt": "a line\n" * lines for n, lines in enumerate(LINES)}, STAGES)
    assert execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    done: dict[str, list[int]] = {}
    for line in (tmp_path / "out/events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "part_done":
            done.setdefault(event["stage"], []).append(int(event["part"][5:]))
    assert done["read"] == [1, 3, 0, 2]
    assert done["copied"] == [5, 7, 4, 6]
    assert done["counted"] == [1, 5, 3, 7, 0, 4, 2, 6]


def test_a_worker_starts_at_once_for_so_many_bytes_but_not_without_a_part(make_recipe, tmp_path, monkeypatch):
    path = make_recipe({f"{n}.txt": "1234567\n" * 10 for n in range(3)}, STAGES)
    (tmp_path / "out").mkdir()
    state = schedule.Run(toml.load(path), tmp_path / "out", None, Progress()).state
    assert run_plan.count_workers(state) == 1
    for size, workers in ((240, 1), (120, 2), (80, 3), (1, 3)):
        monkeypatch.setattr(run_plan, "WORKER_BYTES", size)
        assert run_plan.count_workers(state) == workers
