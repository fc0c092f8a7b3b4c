"""What a recipe will take, from a trial of it, beside what it takes."""

import re

import numpy as np
import pytest

from winnow.pipelines.commands import run
from winnow.pipelines.engine.costs import by_group, forecast, meetings, took
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.parts.listing import list_sources
from winnow.pipelines.screen.progress import Progress
from winnow.pipelines.spec import toml

WORDS = [f"word{number}" for number in range(3000)]
NEAR = """
[[stage]]
name = "near"
after = "lines"
use = "groups/duplicates.toml"
"""
FAILING = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "toy:shout" } ]
[[stage]]
name = "split"
after = "read"
by = "part"
steps = [ { use = "toy:split" } ]
[[stage]]
name = "none"
after = "split"
by = "nothing"
steps = [ { use = "toy:total" } ]
[[stage]]
name = "last"
after = "read"
steps = [ { use = "toy:short", min_words = 1 } ]
"""


def write_texts(files, lines, copies):
    """Texts by file; of each a share of lines is one of few that stand all over, but for a word."""
    draw = np.random.default_rng(1)
    common = [" ".join(draw.choice(WORDS, 80)) for _ in range(20)]

    def write_line():
        if draw.random() < copies:
            return f"{common[draw.integers(20)]} {draw.choice(WORDS)}\n"
        return f"{' '.join(draw.choice(WORDS, 80))}\n"

    return {f"{number:04d}.txt": "".join(write_line() for _ in range(lines)) for number in range(files)}


def try_recipe(path, share):
    checked = toml.load(path)
    with Progress("dry-run"):
        return forecast.try_recipe(checked, list_sources(checked), share, "auto")


@pytest.fixture(scope="module")
def dear(tmp_path_factory):
    """A forecast from a tenth, and what all of it took."""
    folder = tmp_path_factory.mktemp("dear")
    (folder / "in").mkdir()
    for name, text in write_texts(files=300, lines=8, copies=0.3).items():
        (folder / "in" / name).write_text(text)
    path = folder / "recipe.toml"
    read = 'name = "dear"\n[[source]]\nname = "lines"\nuris = ["in/*.txt"]\npart_bytes = 100_000\n'
    path.write_text(f'{read}read = {{ use = "toy:read", batch = 8 }}\n{NEAR}')
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # a sample is drawn by names, and those of files in it do not tell where it is
        found = try_recipe(path, 0.1)
        assert run.execute(path, folder / "out", 0, None, "auto", ()) == 0
    return found, folder / "out"


def read_receipts(out, stage):
    return [storage.read_json(each) for each in (out / stage / "receipts").glob("*.json")]


def test_tasks_bytes_and_rows_come_out_as_told(dear):
    found, out = dear
    assert not found.left_out and found.once > 0
    assert set(found.costs) == {each.parent.name for each in out.glob("*/receipts")}
    for stage in ("near.signed", "near.partitioned"):
        receipts = read_receipts(out, stage)
        assert found.costs[stage].tasks == len(receipts) == 17
        assert found.costs[stage].written == pytest.approx(took.add_up(receipts).written, rel=0.25), stage
        assert found.costs[stage].puts == 17 + sum(len(one["files"]) for one in receipts)
    whole = took.add_up(read_receipts(out, "near.partitioned"))
    assert found.costs["near.partitioned"].shuffled == pytest.approx(whole.shuffled, rel=0.25)
    assert found.costs["near.exact.found"].cpu > 0 and found.costs["near"].peak > 50e6


def test_pairs_come_out_as_told_though_they_grow_faster_than_the_sample(dear):
    found, out = dear

    def count(stage):
        return meetings.count(
            {each.name: [*each.glob("*.shuffle")] for each in (out / stage).glob("[bp]*=*")}
        ).rows

    assert found.costs["near.exact.partitioned"].rows == pytest.approx(2400, rel=0.02)
    pairs = count("near.paired")
    assert pairs > 8000 and found.costs["near.paired"].rows == pytest.approx(pairs, rel=0.25)


def test_a_table_is_told_with_its_sums(dear):
    found, _ = dear
    said = list(forecast.describe(found))
    assert re.match(r"source lines: 30 files or ranges of them tried, \S+ kB, 1 of \S+ bytes$", said[0])
    assert said[1].split()[:3] == ["stage", "core-hours", "written"]
    rows = {line.split()[0]: line.split() for line in said[2:] if line.startswith("  ")}
    assert float(rows["all"][1]) == pytest.approx(
        sum(float(row[1]) for name, row in rows.items() if name in found.costs), rel=0.05
    )
    assert "core-hours for each worker" in said[-2]
    few = dict(re.findall(r"(\S+) \(([^)]+)\)", said[-1]))
    assert "a guess within wide bounds" in said[-1] and few["near.exact.found"] == "0: 10 to 1e+02"


def test_a_stage_that_stops_on_the_sample_is_left_out_and_told(make_recipe):
    found = try_recipe(make_recipe(write_texts(20, 3, 0), FAILING), None)
    assert set(found.costs) == {"read", "split", "last"}
    assert "no files for by = 'nothing'" in found.left_out["none"]
    assert any(line.startswith("  stage none is not in these sums") for line in forecast.describe(found))


def test_a_stage_that_asks_a_served_model_is_not_tried(make_recipe, tmp_path):
    (tmp_path / "prompt.txt").write_text("score: quality 0-5\n{text}\n")
    raters = ", ".join(
        f'{{ url = "http://127.0.0.1:9/v1", model = "{name}", price_in = 0.0, price_out = 0.0 }}'
        for name in "ab"
    )
    settings = "documents = 5, max_tokens = 100000, max_cost = 0.0"
    files = f'prompt = "{tmp_path}/prompt.txt", store = "{tmp_path}/store"'
    step = f'{{ use = "classifiers.ask:label", raters = [{raters}], {files}, {settings} }}'
    asking = f"""
[[stage]]
name = "read"
after = "lines"
steps = [ {{ use = "toy:shout" }} ]
[[stage]]
name = "labels"
after = "read"
steps = [ {step} ]
"""
    found = try_recipe(make_recipe(write_texts(20, 3, 0), asking), None)
    assert set(found.costs) == {"read"} and "asks a served model" in found.left_out["labels"]


@pytest.mark.parametrize(
    ("buckets", "files", "merges"), [(1, 10, 0), (4, 300, 0), (8, 300, 3), (1024, 300, 4)]
)
def test_merges_are_counted_as_the_engine_makes_them(buckets, files, merges):
    assert by_group.plan_rounds(buckets, files)[0] == merges
