"""From the door to the line that judges a document one can read on without losing the thread."""

import traceback
from pathlib import Path

from click.testing import CliRunner

from winnow import cli
from winnow.filters import gopher

ROOT = Path(__file__).parents[2]
FUNCTIONS, FILES = 9, 6
"""At most so many of ours are entered on the way: 15 in 9 before."""
RECIPE = """
name = "chain"
[[source]]
name = "lines"
uris = ["{folder}/*.jsonl"]
read = {{ use = "ingest.jsonl:read" }}
[[stage]]
name = "kept"
after = "lines"
may_be_empty = true
steps = [{{ use = "filters.gopher:quality" }}]
"""


def test_a_document_is_judged_a_few_calls_behind_the_door(tmp_path, monkeypatch):
    (tmp_path / "a.jsonl").write_text('{"text": "Too short."}\n')
    (tmp_path / "recipe.toml").write_text(RECIPE.format(folder=tmp_path))
    judge, stacks = gopher.judge_by_rules, []

    def look(docs, *more):
        if docs.height:
            stacks.append(traceback.extract_stack()[:-1])
        return judge(docs, *more)

    monkeypatch.setattr(gopher, "judge_by_rules", look)
    command = ["run", str(tmp_path / "recipe.toml"), str(tmp_path / "out"), "--workers", "0"]
    told = CliRunner().invoke(cli.main, command)
    assert told.exit_code == 0, told.output
    [stack] = stacks
    own = [frame for frame in stack if Path(frame.filename).resolve().is_relative_to(ROOT)]
    own = [frame for frame in own if not Path(frame.filename).resolve().is_relative_to(ROOT / "tests")]
    own = [frame for frame in own if frame.filename[0] == "/" and ".venv" not in frame.filename]
    way = [f"{Path(frame.filename).name}:{frame.name}" for frame in own] + ["judge_by_rules"]
    assert way[0] == "run.py:main" and len(way) <= FUNCTIONS, way
    assert len({frame.filename for frame in own}) + 1 <= FILES, way
