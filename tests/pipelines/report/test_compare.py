"""Two runs side by side, each change beside what stands in the Parquet of both."""

import json
import subprocess
import sys
import zlib
from pathlib import Path
from unittest.mock import ANY

import polars as pl
import pytest
from click.testing import CliRunner

from winnow.pipelines.commands import run
from winnow.pipelines.engine.ledger import matches
from winnow.pipelines.report import compare
from winnow.pipelines.report.panels import changes

STEP = '''
import polars as pl

def short(docs: pl.DataFrame, *, min_chars: int = 10) -> pl.DataFrame:
    """Drops what is shorter."""
    size = pl.col("text").str.len_chars(){more}
    return docs.with_columns(
        size.alias("mine_chars"),
        pl.when(size < min_chars).then(pl.lit("mine.too_short")).alias("drop_reason"),
    )
'''
RECIPE = """
name = "mine"
max_failed = 1.0
[[source]]
name = "{source}"
uris = ["{folder}/*.jsonl"]
part_bytes = 1
read = {{ use = "ingest.jsonl:read", fields = {{ text = "text", url = "url" }} }}
[[stage]]
name = "first"
after = "{source}"
steps = [ {{ use = "filters.text:nonempty" }} ]
[[stage]]
name = "kept"
after = "first"
steps = [ {{ use = "{step}:short", min_chars = {least} }} ]
"""


def lines(numbers):
    made = [{"text": f"word {n} " * (n % 40), "url": f"https://a.example/{n}"} for n in numbers]
    return "".join(json.dumps(row) + "\n" for row in made)


@pytest.fixture
def execute(tmp_path, monkeypatch):
    monkeypatch.setenv("WINNOW_STEPS", str(tmp_path))

    step = f"step_{zlib.crc32(str(tmp_path).encode())}"

    def go(name, least=10, more="", source="mine", numbers=range(90)):
        (tmp_path / f"{step}.py").write_text(STEP.format(more=more))
        folder = tmp_path / f"in-{source}"
        folder.mkdir(exist_ok=True)
        for number in range(3):
            (folder / f"{number}.jsonl").write_text(lines(numbers[number::3]))
        path = tmp_path / f"{name}.toml"
        path.write_text(RECIPE.format(folder=folder, source=source, least=least, step=step))
        if more:  # other code of the same name: in another process
            command = [sys.executable, "-m", "winnow", "run", path, tmp_path / name, "--workers", "0"]
            subprocess.run(command, check=True, capture_output=True)
        else:
            assert run.execute(path, tmp_path / name, 0, None, "auto", ()) == 0
        return tmp_path / name

    yield go
    sys.modules.pop(step, None)


def read_plainly(out: Path, by: str) -> dict[str, str]:
    """What became of each document, read without our readers."""
    found = {}
    for stage in ("first", "kept"):
        for file in (out / stage / "dropped").glob("*.parquet"):
            found |= dict(pl.read_parquet(file).select(by, "reason").iter_rows())
    for file in (out / "kept").glob("*.parquet"):
        found |= dict.fromkeys(pl.read_parquet(file)[by], "kept")
    return found


def check(a: Path, b: Path, out: Path, by: str) -> pl.DataFrame:
    """Each change that is told is one in the files, and each in the files is told."""
    told = CliRunner().invoke(compare.main, [str(a), str(b), "--out", str(out)])
    assert told.exit_code == 0, told.output
    was, now = read_plainly(a, by), read_plainly(b, by)
    changed = pl.read_parquet(out / compare.CHANGED)
    rows = (
        changed.filter(pl.col("b_verdict") != changes.LENGTH).select("name", "a_verdict", "b_verdict").rows()
    )
    expected = {(name, was[name], now[name]) for name in was.keys() & now.keys() if was[name] != now[name]}
    assert set(rows) == expected and len(rows) == len(expected) > 0
    data = json.loads((out / compare.DATA).read_text())
    assert data["changes"]["changed"] == len(expected) and list(data["changes"]["by"]) == [by]
    assert data["changes"]["both"] == len(was.keys() & now.keys())
    assert (data["changes"]["only_a"], data["changes"]["only_b"]) == (
        len(was.keys() - now),
        len(now.keys() - was),
    )
    assert f"{len(expected):,} changed" in told.output
    return changed


def test_two_thresholds(execute, tmp_path):
    a, b = execute("a", least=10), execute("b", least=60)
    changed = check(a, b, tmp_path / "out", "id")
    assert set(changed["b_verdict"]) == {"mine.too_short"} and set(changed["a_verdict"]) == {"kept"}
    data = json.loads((tmp_path / "out" / compare.DATA).read_text())
    assert data["settings"] == [{"stage": "kept", "lines": [ANY]}]
    assert data["settings"][0]["lines"][0].endswith(":short: min_chars: was 10, is 60")
    assert data["code"] == []
    example = data["changes"]["kinds"][0]["examples"][0]
    assert example["text"].startswith("word") and example["sides"][1]["signals"][0]["name"] == "mine_chars"
    row = data["sources"][0]
    assert row["documents"]["in"] == [90, 90] and row["documents"]["kept"][0] > row["documents"]["kept"][1]


def test_two_versions_of_the_code(execute, tmp_path):
    a, b = execute("a", least=60), execute("b", least=60, more=" // 2")
    check(a, b, tmp_path / "out", "id")
    data = json.loads((tmp_path / "out" / compare.DATA).read_text())
    assert data["settings"] == [] and "module step_" in data["code"][0]


def test_two_sources_are_compared_by_url(execute, tmp_path):
    a, b = execute("a"), execute("b", source="other", numbers=range(60, 150), least=100)
    changed = check(a, b, tmp_path / "out", "url")
    assert set(changed["a_source"]) == {"mine"} and set(changed["b_source"]) == {"other"}
    page = (tmp_path / "out" / compare.PAGE).read_text()
    assert page.count('class="wide"') == page.count('class="wide" tabindex="0"') > 0  # by keyboard, too
    assert f"{len(changed) + 0:,}" in page and "30 in both: 30 by url" in page


def test_what_only_one_run_has_is_told(execute, tmp_path):
    """The same page twice, and pages without a URL."""
    a, b = execute("a"), execute("b", source="other", numbers=[60, 60, 60, 61])
    told = compare.write(a, b, tmp_path / "out")
    line = "2 of B (2 of other): nothing in A has their place, key, URL or text"
    assert f"NOT MATCHED    {line}" in told
    assert "88 of A (88 of mine)" in told and line in (tmp_path / "out" / compare.PAGE).read_text()
    alone = pl.read_parquet(tmp_path / "out" / compare.ALONE)
    assert alone["a_id"].drop_nulls().n_unique() == 88 and alone["b_id"].drop_nulls().n_unique() == 2


def test_a_run_beside_itself_has_no_changes(execute, tmp_path):
    a = execute("a")
    told = compare.write(a, a, tmp_path / "out")
    assert "0 changed, 0 kept, of another length" in told
    assert pl.read_parquet(tmp_path / "out" / compare.CHANGED).is_empty()


def test_a_text_that_was_cut_otherwise_is_shown_line_by_line(make_recipe, tmp_path):
    stages = """
[[stage]]
name = "read"
after = "lines"
steps = [ {{ use = "toy:shout" }} ]
[[stage]]
name = "cut"
after = "read"
steps = [ {{ use = "toy:cut", pattern = "{}" }} ]"""
    runs = []
    for name, pattern in (("a", "NOTHING"), ("b", "<B>")):
        path = make_recipe({"a.txt": "one <b> two\n"}, stages.format(pattern))
        runs.append(tmp_path / name)
        assert run.execute(path, runs[-1], 0, None, "auto", ()) == 0
    assert "0 changed, 1 kept, of another length" in compare.write(*runs, tmp_path / "out")
    page = (tmp_path / "out" / compare.PAGE).read_text()
    assert "<del>ONE &lt;B&gt; TWO</del>\n<ins>ONE  TWO</ins>" in page


def test_buckets_hold_each_document_once(execute, tmp_path, monkeypatch):
    a, b = execute("a", least=10), execute("b", least=60)
    monkeypatch.setattr(matches, "BUCKET_ROWS", 25)
    check(a, b, tmp_path / "out", "id")


def test_what_is_no_run_is_refused_in_a_sentence(execute, tmp_path):
    a = execute("a")
    (tmp_path / "empty").mkdir()
    told = CliRunner().invoke(compare.main, [str(a), str(tmp_path / "empty")])
    assert told.exit_code == 2 and "holds no run" in told.output and "Traceback" not in told.output
