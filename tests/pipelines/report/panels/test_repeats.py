"""What was asked for of each source, and what came."""

from winnow.pipelines.report.panels import repeats


def test_shares_that_came_stand_beside_those_that_were_asked_for():
    manifest = {
        "weights": {"books": 0.129, "wiki": 0.7, "gone": 0.171},
        "sources": {"wiki": {"share": 0.89}, "books": {"share": 0.11}},
    }
    found = {"mix": repeats._compare_shares(manifest)}
    told = "wiki 0.890 (asked 0.700), gone 0.000 (asked 0.171), books 0.110 (asked 0.129)"
    assert repeats.tell_mix(found) == told
    assert repeats._compare_shares({**manifest, "weights": None}) == {}
    manifest["sources"]["wiki"]["share"] = None  # not all of it was counted
    assert repeats._compare_shares(manifest) == {}
