"""What happens in a run stands in `OUT/events.jsonl`, a JSON object a line, within bounds."""

import json

import pytest

from winnow.pipelines.commands import verify
from winnow.pipelines.commands.run import execute
from winnow.pipelines.engine.outcomes import Stopped
from winnow.pipelines.screen import events

STAGES = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "toy:short" } ]

[[stage]]
name = "total"
after = "read"
steps = [ { use = "toy:total" } ]
"""


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_run_tells_its_stages_parts_and_end(make_recipe, tmp_path):
    out = tmp_path / "out"
    path = make_recipe({f"{n}.txt": f"a line\nof file {n}\nDROP\n" for n in range(3)}, STAGES)
    assert execute(path, out, 0, None, "auto", ()) == 0
    told = read(out / events.FILE)
    assert [one["event"] for one in told] == [
        *("run_begun", "stage_begun", "part_done", "part_done", "part_done", "stage_ended"),
        *("stage_begun", "part_done", "stage_ended", "run_ended"),
    ]
    part = told[2]
    assert (part["stage"], part["part"], part["rows_in"], part["kept"], part["dropped"]) == (
        *("read", "part-00000", 3, 2, 1),
    )
    assert part["seconds"] >= 0 and part["peak_bytes"] > 0 and "T" in part["time"]
    assert told[1]["parts"] == 3 and told[1]["done"] == 0 and told[-1]["stopped"] is None
    assert not verify.verify(out).wrong
    assert execute(path, out, 0, None, "auto", ()) == 0  # they go on behind what was there
    assert read(out / events.FILE)[: len(told)] == told
    assert "part_done" not in [one["event"] for one in read(out / events.FILE)[len(told) :]]


def test_what_stops_a_run_is_its_last_event(make_recipe, tmp_path):
    path = make_recipe({"0.txt": "a line\n"}, STAGES.replace("toy:total", "toy:broken"))
    with pytest.raises(Stopped):
        execute(path, tmp_path / "out", 0, None, "auto", ())
    assert "stage total, all" in read(tmp_path / "out/events.jsonl")[-1]["stopped"]


def test_no_more_than_two_files_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(events, "MOST_BYTES", 1000)
    told = events.Events(tmp_path)
    for number in range(100):
        told.tell("part_done", part=number)
    told.close()
    earlier, now = (read(tmp_path / name) for name in (events.EARLIER, events.FILE))
    assert [one["part"] for one in [*earlier, *now]][-1] == 99 and len(earlier) + len(now) < 30
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2200
    assert {path.name for path in tmp_path.iterdir()} == {events.FILE, events.EARLIER}


def test_through_a_link_nothing_is_written(tmp_path):
    (tmp_path / events.FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="is a link"):
        events.Events(tmp_path)
