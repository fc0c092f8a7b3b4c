"""Records that came out no further than they are there are counted by what is wrong with them."""

import json
from types import SimpleNamespace

from winnow.ingest.archive.panel import count_damage, panel
from winnow.pipelines.engine.ledger import timings


def test_damage_is_counted_by_kind() -> None:
    work = timings.start()
    for damage in (
        "wrong length: 3 bytes declared, but no record follows there",
        "the record is cut off: 1 of its 2",
    ):
        for _ in range(2):
            timings.add(work, "web", json.loads(count_damage(damage)))
    stage = SimpleNamespace(add_up_work=lambda: dict(work["web"]))
    told = panel(stage)
    assert told is not None and told["figures"] == {"wrong length": 2, "cut off": 2}
    assert panel(SimpleNamespace(add_up_work=dict)) is None
