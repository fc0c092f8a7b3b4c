"""A step in a user's folder shows itself on the report, with no line of the engine that knows it; one whose
panel fails costs its panel alone."""

import json
import re

import pytest
from parsed import HOSTILE

from winnow.pipelines.commands import run
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.report import page
from winnow.pipelines.report.panels import of_steps

READER = '''
from collections.abc import Iterator
from pathlib import Path
import polars as pl

def read(uri: str) -> Iterator[pl.DataFrame]:
    """Each line of a file."""
    yield pl.DataFrame({"text": Path(uri).read_text().splitlines()})
'''
STEP = '''
from typing import Annotated
import polars as pl

def measure(docs: Annotated[pl.DataFrame, "text"]) -> Annotated[pl.DataFrame, {"vowels_share": pl.Float64}]:
    """The share of vowels."""
    share = pl.col("text").str.count_matches("[aeiou]") / pl.col("text").str.len_chars()
    return docs.with_columns(vowels_share=share, drop_reason=pl.when(share == 0).then(pl.lit("vowels.none")))

'''
PANEL = '''
def panel(stage):
    """The mean of each part, some documents, and what they were."""
    rows = stage.sample("kept", ["vowels_share"])
    means = [[name, rows["vowels_share"].mean()] for name, rows in rows.group_by("source")]
    (part, scanned), = stage.scan("dropped")
    ids = scanned.select("id").collect()["id"].to_list()
    texts = stage.read_kept(part, rows["id"].to_list(), ["id", "text"])
    return {
        "title": "Vowels <i>",
        "note": f"{rows.height} documents",
        "show": [
            f"{len(ids)} went.",
            {"heading": "Of each source"},
            {"head": ["source", "mean"], "rows": [[str(a), {"value": b, "as": "share"}] for a, b in means]},
            {"list": [{"title": "texts", "show": [{"text": text} for text in texts["text"]]}]},
        ],
        "figures": {"dropped": int(stage.count("reasons")["vowels.none"]["documents"])},
        "alarms": ["vowels are <b>rare</b>"],
    }
'''


@pytest.fixture
def report(tmp_path, monkeypatch):
    """Run a recipe with the step, whose module ends in what is given; the page and its figures."""

    def make(panel: str, more: str = "") -> tuple[str, dict]:
        (tmp_path / "steps").mkdir()
        (tmp_path / "steps/lines.py").write_text(READER)
        (tmp_path / "steps/vowels.py").write_text(STEP + panel)
        (tmp_path / "a.txt").write_text(f"a tale\nshh\n{HOSTILE}\n")
        (tmp_path / "recipe.toml").write_text(
            f'name = "own"\n[[source]]\nname = "lines"\nuris = ["{tmp_path}/a.txt"]\n'
            'read = { use = "lines:read" }\n'
            '[[stage]]\nname = "measured"\nafter = "lines"\nsteps = [ { use = "vowels:measure" } ]\n' + more
        )
        monkeypatch.setenv("WINNOW_STEPS", str(tmp_path / "steps"))
        monkeypatch.syspath_prepend(str(tmp_path / "steps"))
        for name in ("lines", "vowels"):
            monkeypatch.delitem(run.sys.modules, name, raising=False)
        assert run.execute(tmp_path / "recipe.toml", tmp_path / "out", 0, None, "auto", ()) == 0
        html = page.write(tmp_path / "out").read_text()
        return html, json.loads((tmp_path / "out/report.json").read_text())

    return make


def test_a_users_step_shows_itself(report):
    html, told = report(PANEL)
    fold = html.partition('id="vowels-measured"')[2].partition('<details class="fold"')[0]
    assert "Vowels &lt;i&gt;" in fold and "2 documents" in fold and "1 went." in fold
    assert re.search(
        r"<h5>Of each source</h5>.*<td class=\"left\">.*lines.*</td><td>\d+\.\d%</td>", fold, re.S
    )
    assert "a tale" in fold and HOSTILE not in html
    assert "vowels are &lt;b&gt;rare" in html.partition('class="alarms"')[2]
    assert '<a href="#vowels-measured">' in html
    assert told["stages"]["measured"]["vowels"] == {"dropped": 1}


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        (
            'def panel(stage):\n    raise KeyError("<b>none")\n',
            "KeyError: &#39;&lt;b&gt;none&#39; (vowels.py, line 1",
        ),
        ("def panel(stage):\n    return [1]\n", "TypeError: what it gave is no panel"),
        (
            'def panel(stage):\n    return {"title": "x", "show": [{"page": 1}]}\n',
            "page: a block has heading",
        ),
        ('def panel(stage):\n    return {"title": "x", "show": [{"rows": [[1], [1, 2]]}]}\n', "2 cells each"),
        (
            'def panel(stage):\n    return {"title": "x", "show": [{"sheet": {"picture": "a:b"}}]}\n',
            "a picture is an address of data",
        ),
        (
            'def panel(stage):\n    return {"title": "x", "figures": stage}\n',
            "TypeError: Object of type Output",
        ),
        ('def panel(stage):\n    return {"title": "x", "name": "a b"}\n', "is no name of a panel"),
    ],
)
def test_a_panel_that_fails_is_said_in_its_place(report, panel, said):
    html, told = report(panel)
    fold = html.partition('id="vowels-measured"')[2].partition("</details>")[0]
    assert "The panel of vowels cannot be shown" in fold and said in fold
    assert told["stages"]["measured"]["documents"]["kept"] == 2


def test_steps_whose_folder_is_not_named_are_said(report, tmp_path, monkeypatch):
    report(PANEL)
    monkeypatch.setenv("WINNOW_STEPS", "")
    account = run_summary.read(tmp_path / "out")
    (reader, step) = of_steps.of_stage(account.stages["measured"], account)
    assert "--steps DIR" in reader["error"] and "The panel of vowels" in step["error"]


def test_a_corpus_step_shows_what_it_wrote(report, tmp_path):
    total = '''
from collections.abc import Sequence
from pathlib import Path

def total(files: Sequence[Path], out: Path) -> None:
    """How many files there are."""
    (out / "total.txt").write_text(f"{len(files)} files")

def panel(stage):
    path = stage.find("total.txt")
    return {"title": "Totals", "show": [path.read_text()]} if path else None
'''
    stage = '[[stage]]\nname = "summed"\nafter = "measured"\nsteps = [ { use = "vowels:total" } ]\n'
    html, _ = report(total, stage)
    assert html.count("<h4>Totals</h4>") == 1
    assert "1 files" in html.partition('id="vowels-summed"')[2].partition("</details>")[0]
