"""The store of rewrites: what is whole and yet no request is named, before a cent is spent on it."""

import json
from decimal import Decimal

import pytest

from classifiers.rephraser import log

SENT = {"key": "ab", "sent": True, "in": 3, "out": 4, "cost": "0.1"}
ENDED = SENT | {"sent": False, "fault": None, "text": "said", "finish": "stop"}


def write(folder, *records):
    (folder / log.NAME).write_text("".join(json.dumps(record) + "\n" for record in records))


@pytest.mark.parametrize(
    "broken",
    [
        {"cost": "a lot"},
        {"cost": "NaN"},
        {"cost": None},
        {"in": "3"},
        {"out": -1},
        {"key": 5},
        {"text": None},
    ],
)
def test_a_whole_line_that_is_no_request_is_named(tmp_path, broken):
    write(tmp_path, SENT, ENDED | broken)
    with (
        pytest.raises(ValueError, match=r"requests\.jsonl:2 is no request .*: mend the line"),
        log.hold(tmp_path),
    ):
        pass


def test_what_is_cut_off_is_passed_over(tmp_path):
    write(tmp_path, SENT, ENDED)
    with (tmp_path / log.NAME).open("a") as file:
        file.write(json.dumps(ENDED)[:-9])
    with log.hold(tmp_path) as held:
        assert held.past[b"\xab"].cost == Decimal("0.1")
        assert held.read_answer(b"\xab") == {"text": "said", "finish": "stop"}
