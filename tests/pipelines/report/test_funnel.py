"""The funnel as it is drawn."""

import re
import types
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from winnow.pipelines.commands import run
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.report import funnel, sankey, tokens

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
    account = run_summary.read(tmp_path / "out")
    return {chart["unit"]: chart for chart in funnel.draw(account, tokens.measure(account))}


def read_labels(chart):
    """Labels as lines, from the top of each column to its bottom."""
    svg = ElementTree.fromstring(chart["svg"])
    return {" ".join(span.text for span in text) for text in svg.iter("text")}


def read_bands(chart):
    """Source, documents as told, height as drawn."""
    found = []
    for band in ElementTree.fromstring(chart["svg"]).find("g"):
        source, _, number = band.find("title").text.partition(": ")
        heights = [
            float(each)
            for each in re.findall(r"^M\d+ ([\d.]+)|([\d.]+)Z$", band.get("d"))
            for each in each
            if each
        ]
        found.append((source, int(number.split()[0].replace(",", "")), heights[1] - heights[0]))
    return found


def test_documents_and_tokens_are_drawn(charts):
    assert list(charts) == ["tokens", "documents"]
    assert read_labels(charts["documents"]) == {
        "lines 400",
        "few 1",
        "read 401",
        "a.much.longer. name 401",
        "kept 201",
        "dropped in a.much.longer. name 200",
    }


def test_a_small_source_is_widened_and_its_labels_are_true(charts):
    chart = charts["documents"]
    assert chart["widened"] == ["few"]
    bands = read_bands(chart)
    assert [(source, number) for source, number, _ in bands if source == "few"] == [("few", 1)] * 3
    heights = {source: height / number for source, number, height in bands}
    assert heights["few"] == pytest.approx(10 * heights["lines"], rel=0.1)  # a fortieth of 400


def test_what_flows_into_a_node_is_what_flows_out_of_it():
    links = [("a", "b", "x", 6.0), ("a", "c", "x", 4.0), ("b", "d", "x", 5.0), ("b", "e", "x", 1.0)]
    nodes, height, scale = sankey.place(dict.fromkeys("abcde", 13.0), links, {"c", "e"})
    assert [nodes[key].column for key in "abcde"] == [0, 1, 1, 2, 2]
    assert nodes["b"].height == pytest.approx(6 * scale)
    for column in range(3):
        own = sorted((node for node in nodes.values() if node.column == column), key=lambda node: node.top)
        assert all(a.top + a.height <= b.top for a, b in pairwise(own))
        assert own[0].top >= 0 and own[-1].top + own[-1].height <= height
    assert nodes["e"].top > nodes["d"].top and nodes["c"].top > nodes["b"].top


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
