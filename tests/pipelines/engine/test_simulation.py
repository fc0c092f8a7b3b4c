"""A simulated run is scheduled and kept as a real one is: its sums hold, its files are proven, and the same
figures come again."""

import pytest

from winnow.pipelines.commands import simulate as command
from winnow.pipelines.commands import verify
from winnow.pipelines.commands.run import describe_run, execute
from winnow.pipelines.engine import simulation
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.report import page
from winnow.pipelines.spec import toml

STAGES = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "dedup.exact:hash" } ]

[[stage]]
name = "copied"
after = "read"
copy_as = "{source}.copy"
steps = [ { use = "dedup.exact:hash" } ]

[[stage]]
name = "buckets"
after = ["read", "copied"]
by = "part"
steps = [ { use = "dedup.exact:partition" } ]

[[stage]]
name = "found"
after = "buckets"
by = "bucket"
buckets = 8
steps = [ { use = "dedup.exact:duplicates" } ]

[[stage]]
name = "clean"
after = ["read", "copied"]
steps = [ { use = "dedup.exact:remove", duplicates = "stage:found" } ]
"""


@pytest.fixture
def recorded(make_recipe, tmp_path):
    texts = {
        f"{n}.txt": "".join(f"line {i} of {n}\nthe same line\nDROP\n" for i in range(n + 1)) for n in range(4)
    }
    path = make_recipe(texts, STAGES)
    assert execute(path, tmp_path / "out", 0, None, "auto", ()) in (0, 1)
    return path, tmp_path / "out"


def test_many_parts_are_like_those_of_the_run_and_their_sums_hold(recorded, tmp_path, monkeypatch):
    monkeypatch.setattr(simulation, "LOST", 0.05)
    monkeypatch.setattr(simulation, "SLOW", 0.02)
    monkeypatch.setattr(simulation, "SLOW_TIMES", 1e6)
    path, out = recorded
    recipe = toml.load(path)
    outcomes = []
    for name in ("one", "two"):
        made = tmp_path / name
        made.mkdir()
        storage.write_json(made / "run.json", describe_run(recipe))
        told = simulation.simulate(recipe, out, made, 40, 5)
        account, small = run_summary.read(made), run_summary.read(out)
        outcomes.append((told.tasks, told.lost, told.twice, told.seconds))
        assert {one.stage: one.parts for one in told.stages} == {
            name: len(stage.parts) for name, stage in account.stages.items()
        }
        assert len(account.stages["read"].parts) == 40 and len(account.stages["copied"].parts) == 40
        assert run_summary.add_totals(account) == {
            fate: 10 * number for fate, number in run_summary.add_totals(small).items()
        }
        assert not page.find_broken(account)
        assert not [
            line for line in verify.verify(made).wrong.values() if "digest" in line or "missing" in line
        ]
    assert outcomes[0] == outcomes[1]
    assert told.lost and told.twice and told.driver > 0


def test_the_command_says_where_it_bends_and_leaves_nothing(recorded, tmp_path, monkeypatch):
    out = recorded[1]
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    from click.testing import CliRunner

    result = CliRunner().invoke(command.main, ["--parts", "20", "--workers", "3", str(out)])
    assert result.exit_code == 0, result.output
    assert "would have 3 workers wait for it" in result.output and "       20" in result.output
    assert before == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    (out / "clean/stage.json").unlink()
    result = CliRunner().invoke(command.main, ["--parts", "20", "--workers", "3", str(out)])
    assert result.exit_code == 2 and "must be whole" in result.output
