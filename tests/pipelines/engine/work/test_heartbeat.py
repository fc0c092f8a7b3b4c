"""Signs of life of a task."""

from pathlib import Path
from types import SimpleNamespace

from winnow.pipelines.engine.ledger import timings
from winnow.pipelines.engine.work import heartbeat

TASK = SimpleNamespace(folder=Path("pdf"), name="part-00000")


def test_how_far_a_task_is_is_told_now_and_then_and_of_no_other(monkeypatch):
    told = []

    with heartbeat.beat(TASK, told.append):
        pace = heartbeat.Pace()
        pace.tell(lambda: {"pages": 1})  # too soon
        monkeypatch.setattr(heartbeat, "EVERY_SECONDS", -1.0)
        pace.tell(lambda: {"pages": 2})
    assert told == [
        {"stage": "pdf", "part": "part-00000"},
        {"stage": "pdf", "part": "part-00000", "far": {"pages": 2}},
    ]
    heartbeat.Pace().tell(lambda: {"pages": 3})  # nobody listens
    assert len(told) == 2


def test_pages_are_those_of_all_routes():
    work = timings.start()
    timings.add(
        work, "pdf", {"route": {"layer: clean": [3, 0.1], "ocr: no_text": [2, 4.0]}, "step": {"open": [1, 0]}}
    )
    assert timings.count_pages(work) == 5
