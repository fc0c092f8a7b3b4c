"""The funnel as it is drawn."""

import types

import pytest

from pipelines import run
from pipelines.report import figures as accounts
from pipelines.report import funnel, tokens

STAGES = """
[[source]]
name = "few"
uris = ["{folder}/few.s"]
read = {{ use = "toy:read" }}
[[stage]]
name = "read"
after = ["lines", "few"]
steps = [ {{ use = "mixing.count:tokens" }}, {{ use = "toy:short" }} ]
[[stage]]
name = "a.much.longer.name"
after = "read"
steps = [ {{ use = "toy:short", min_words = 3 }} ]
"""


@pytest.fixture
def charts(make_recipe, tmp_path):
    (tmp_path / "few.s").write_text("a few words <b>\n")
    texts = {"a.txt": "".join(f"line {i}{' of many' * (i % 2)}\n" for i in range(400))}
    recipe = make_recipe(texts, STAGES.format(folder=tmp_path))
    assert run.execute(recipe, tmp_path / "out", 0, None, "auto", ()) == 0
    account = accounts.read(tmp_path / "out")
    return {chart["id"]: chart for chart in funnel.draw(account, tokens.measure(account))}


def flows(chart):
    """What flows in and out of each node, by source, as drawn and as told."""
    link, labels = chart["data"][0]["link"], chart["data"][0]["node"]["label"]
    found = {}
    for origin, end, value, told in zip(
        *(link[k] for k in ("source", "target", "value", "customdata")), strict=True
    ):
        source, _, number = told.partition(": ")
        for node, side in ((origin, "out"), (end, "in")):
            found.setdefault((labels[node].split("<br>")[0], source), {}).setdefault(side, []).append(
                (value, float(number.split()[0].replace(",", "")))
            )
    return found


def test_documents_and_tokens_are_drawn(charts):
    assert list(charts) == ["funnel-tokens", "funnel-documents"]
    labels = charts["funnel-documents"]["data"][0]["node"]["label"]
    assert labels == [
        "read<br>401",
        "lines<br>400",
        "few<br>1",
        "a.much.longer.<br>name<br>401",
        "kept 201",
        "dropped in a.much.longer.name 200",
    ]


def test_a_small_source_is_widened_and_its_labels_are_true(charts):
    chart = charts["funnel-documents"]
    assert chart["widened"] == ["few"]
    for (node, source), sides in flows(chart).items():
        factor = 10 if source == "few" else 1  # a fortieth of 400
        assert all(drawn == factor * true for side in sides.values() for drawn, true in side), node
        if len(sides) == 2:
            assert sum(d for d, _ in sides["in"]) == sum(d for d, _ in sides["out"])


def test_stages_through_which_everything_passes_are_not_drawn():
    after = {"read": [], "named": ["read"], "signed": ["named"], "kept": ["signed"], "met": ["kept", "read"]}
    account = types.SimpleNamespace(
        stages={name: types.SimpleNamespace(upstream=before) for name, before in after.items()}
    )
    whole = {"web": {"in": 9, "kept": 9, "cut": 0, "dropped": 0, "failed": 0}}
    flows = dict.fromkeys(after, whole)
    assert funnel._find_passed(account, flows, {"met"}) == {"named": "read", "signed": "read", "kept": "read"}
    flows["signed"] = {"web": {**whole["web"], "dropped": 1}}
    assert funnel._find_passed(account, flows, {"met"}) == {"named": "read", "kept": "signed"}
    flows["kept"] = whole | {"books": whole["web"]}
    assert funnel._find_passed(account, flows, {"met"}) == {"named": "read"}
