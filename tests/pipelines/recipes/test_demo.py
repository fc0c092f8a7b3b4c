"""What of the law stands in the demo's recipe, and where: what runs is tried in test_funnel.py."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from winnow.pipelines.commands import run
from winnow.pipelines.demo import layout, sample_takedowns
from winnow.pipelines.engine.ledger import takedowns
from winnow.pipelines.spec import groups

RECIPE = Path(run.__file__).resolve().parent.parent / "recipes/demo.toml"
LIST = "data/takedowns/list.txt"


@pytest.fixture(scope="module")
def demo() -> dict[str, Any]:
    return tomllib.loads(groups.expand(RECIPE, RECIPE.read_text())[0])


@pytest.fixture(scope="module")
def stages(demo: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {stage["name"]: stage for stage in demo["stage"]}


def find_before(stages: dict[str, dict[str, Any]], name: str) -> set[str]:
    """All that a stage is made from: stages and sources."""
    after = stages[name]["after"] if name in stages else []
    names = [after] if isinstance(after, str) else after
    return set(names).union(*(find_before(stages, one) for one in names))


def find_uses(stages: dict[str, dict[str, Any]], names: set[str]) -> set[str]:
    return {step["use"] for name in names & stages.keys() for step in stages[name]["steps"]}


def test_every_document_passes_the_list_before_anything_else(
    demo: dict[str, Any], stages: dict[str, dict[str, Any]]
) -> None:
    documents = find_before(stages, "shards") - stages.keys()
    assert len(documents) == 9
    for stage in stages.values():
        after = {stage["after"]} if isinstance(stage["after"], str) else set(stage["after"])
        if after & documents:
            first = stage["steps"][0]
            assert (first["use"], first.get("list")) == ("dedup.takedowns:drop", LIST), stage["name"]
    texts = stages["web.judged"]["steps"][0]  # of pages, which had tags before
    assert (texts["use"], texts["list"]) == ("dedup.takedowns:drop", LIST)
    assert takedowns.FOLDER not in stages


def test_opt_outs_go_before_duplicates_are_looked_for(stages: dict[str, dict[str, Any]]) -> None:
    before = find_before(stages, "signed")
    assert {"filters.optouts:judge", "filters.optouts:keep"} <= find_uses(stages, before)
    (judge,) = stages["web.permitted.judged"]["steps"]
    assert (judge["captures"], judge["as_of"]) == ("stage:captures", "latest")
    assert "robots.made" in find_before(stages, "captures") and "web.permitted.costs" in stages
    assert not {"dedup.exact:hash", "dedup.minhash:sign"} & find_uses(stages, before)


def test_licences_are_judged_and_none_is_dropped_for_one(stages: dict[str, dict[str, Any]]) -> None:
    uses = find_uses(stages, set(stages))
    assert {"filters.licenses:judge", "filters.licenses:total", "mixing.attribution:write"} <= uses
    assert "filters.licenses:keep" not in uses
    assert stages["attribution"]["after"] == stages["shards"]["after"]


def test_what_the_recipe_reads_is_what_make_data_lays_out(demo: dict[str, Any]) -> None:
    laid = {*layout.SOURCES}
    read = set(re.findall(r'"data/([\w-]+)/', RECIPE.read_text()))
    assert read <= laid and {"robots", "takedowns"} <= read
    assert sample_takedowns.HEAD.count("Made for the demo") == 1
    (made,) = (source for source in demo["source"] if source["name"].startswith("robots"))
    assert "made" in made["name"] and all("/made-" in uri for uri in made["uris"])


def test_the_demo_ends_with_its_public_summary() -> None:
    lines = (RECIPE.parent.parent.parent / "Makefile").read_text().split("\ndemo:")[1].split("\n\n")[0]
    assert lines.index("winnow run") < lines.index("winnow summary")
