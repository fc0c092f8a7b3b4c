import json

from winnow.files import write_messages
from winnow.mixing.regression.tables import list_left


def test_of_many_things_left_out_some_are_named_and_the_rest_counted(tmp_path):
    left = [{"mix": n, "seed": 0, "size": 9, "why": "diverged"} for n in range(8)]
    lines = list_left(left)
    assert lines[0] == "left out: mix 0, seed 0: diverged"
    assert len(lines) == 6 and lines[-1] == "left out: 3 more, see fit.json"
    write_messages(tmp_path, lines[:1], {"trained": 2}, failed=[])
    told = json.loads((tmp_path / "messages.json").read_text())
    assert told == {"counts": {"trained": 2}, "says": lines[:1], "failed": []}
