"""Parts that no process survives: they are given up as a whole, and nothing vanishes."""

import json

import distributed
import polars as pl
from test_run import STAGES, TEXTS, execute, ledger

from pipelines import pools, progress, schedule, shard, toml
from pipelines.parts import tasks


class Deadly(pools.InProcess):
    """A pool whose workers do not survive some parts, nor the children that look for the culprit."""

    def __init__(self, *parts: str) -> None:
        super().__init__()
        self.parts = parts

    def wait(self) -> pools.Done:
        if self.queue[0][1].name in self.parts and self.queue[0][1].folder.name == "read":
            _, task = self.queue.popleft()
            return pools.Done(task, distributed.scheduler.KilledWorker("task", None, 0))
        return super().wait()


def test_a_part_that_kills_every_worker_goes_to_failed_and_the_run_goes_on(make_recipe, tmp_path, capsys):
    path, out = make_recipe(TEXTS, STAGES), tmp_path / "out"
    going = schedule.Run(toml.load(path), out.resolve(), None, progress.Progress())
    going.go(Deadly("part-00000"))
    assert "killed 4 workers: the whole part goes to failed/" in capsys.readouterr().out
    rows = ledger(out, "read", "failed").filter(pl.col("error").str.contains("killed 4 workers"))
    assert [uri.rsplit("/", 1)[1] for uri in rows["uri"]] == ["a.txt"]
    assert rows["step"].to_list() == ["engine"]
    parts = sorted((out / "read").glob("part-*.parquet"))
    assert len({tuple(pl.read_parquet_schema(part).items()) for part in parts}) == 1
    assert "toy_words" in pl.read_parquet_schema(parts[0])
    about = json.loads((out / "read/stage.json").read_text())
    assert about["done"] and about["parts"]["part-00000"]["failed"] == 1
    assert execute(path, out) == 0  # nothing is left to do
    assert json.loads((out / "read/stage.json").read_text())["parts"] == about["parts"]


def test_documents_of_a_stage_before_fail_one_by_one_with_such_a_part(make_recipe, tmp_path):
    path, out = make_recipe(TEXTS, STAGES), tmp_path / "out"
    execute(path, out)
    going = schedule.Run(toml.load(path), out.resolve(), None, progress.Progress())
    going.go(pools.InProcess())
    task = tasks.of_stage(going.state, going.recipe.stages["again"])[2]
    receipt = shard.quarantine_part(task, "the part killed 4 workers")
    assert (receipt["rows_in"], receipt["failed"], receipt["kept"]) == (40, 40, 0)
    ids = pl.read_parquet(out / "read/part-00002.parquet")["id"]
    assert pl.read_parquet(out / "again/failed/part-00002.parquet")["id"].equals(ids)
    assert pl.read_parquet(out / "again/part-00002.parquet").is_empty()
