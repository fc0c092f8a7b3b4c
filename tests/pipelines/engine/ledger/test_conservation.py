"""Sums held against files: once of one account, however often they are asked for; and anew of another."""

import polars as pl
from entered import enter
from test_run import STAGES, TEXTS, execute

from winnow.pipelines.engine.ledger import conservation, run_summary
from winnow.pipelines.report import page


def test_one_account_looks_at_the_files_of_each_stage_once(make_recipe, tmp_path, monkeypatch):
    looked, compare = [], conservation._compare
    monkeypatch.setattr(
        conservation, "_compare", lambda stage, account: looked.append(stage.name) or compare(stage, account)
    )
    out = tmp_path / "out"
    assert execute(make_recipe(TEXTS, STAGES), out) == 0
    account = run_summary.read(out)
    assert sorted(looked) == sorted(stage.name for stage in account.shard_stages())
    file = next(file for file in sorted(out.glob("again/part-*.parquet")) if pl.read_parquet(file).height)
    assert page.find_broken(account) == []
    pl.read_parquet(file)[:-1].write_parquet(file)
    enter(file)
    assert page.find_broken(run_summary.read(out)) != []
