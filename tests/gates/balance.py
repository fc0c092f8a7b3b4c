"""Gate: documents, text and tokens of a finished run balance, stage by stage and over the whole run.

`make gate NAME=balance`. Environment: OUT (out/demo), the folder of the run. Beside receipts and
ledgers it reads the texts that the last stages kept. Prints tokens and bytes by stage and by source.
"""

import os
from pathlib import Path

import polars as pl
from figures import Figures

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger import conservation, run_summary
from winnow.pipelines.report import tokens as measures
from winnow.pipelines.report.amounts import size, tokens
from winnow.pipelines.report.panels import repeats

FATES = ("in", "kept", "cut", "dropped", "failed")


def show(name: str, row: dict[str, measures.Amount]) -> float:
    """Print a line; how far tokens are from a balance, as a share of those that came in."""
    cells = [f"{tokens(row[fate]):>8} {size(row[fate].bytes):>8}" for fate in FATES]
    print(
        f"{name:22}" + "".join(f"{cell:>19}" for cell in cells) + f"{size(row['markup'].bytes):>10}",
        flush=True,
    )
    found = [row[fate].tokens or 0 for fate in FATES]
    return abs(found[0] - sum(found[1:])) / max(found[0], 1)


def on_disk(account: run_summary.RunSummary) -> dict[str, int]:
    """Bytes of text in the kept files of the last stages."""
    found = {}
    for name in set(run_summary.find_finals(account).values()):
        for file in account.stages[name].files("kept"):
            for batch in documents.read_batches(file, ["source", "text"]):
                sums = batch.group_by("source").agg(pl.col("text").str.len_bytes().sum())
                for source, number in sums.iter_rows():
                    found[source] = found.get(source, 0) + number
    return found


def main() -> None:
    """Print the table and the figures."""
    account = run_summary.read(Path(os.environ.get("OUT", "out/demo")))
    measure = measures.measure(account)
    print(f"{'stage':22}" + "".join(f"{fate:>19}" for fate in FATES) + f"{'markup':>10}")
    off = 0.0
    for stage in account.shard_stages():
        off = max(off, show(stage.name, measures.total(measures.of_stage(stage, measure))))
    amounts = measures.of_run(account, measure)
    for source in run_summary.count_by_source(account):
        off = max(off, show(f"  run: {source}", amounts[source]))
    run = measures.total(amounts)
    off = max(off, show("the run", run))
    for each in repeats.of_run(account):
        print(f"{each['stage']}: {each['total']}")
    checks = [check for stage in account.shard_stages() for check in conservation.check(stage, account)]
    checks += [check for each in repeats.of_run(account) for check in each["checks"]]
    for check in checks:
        if not check["ok"]:
            print(f"{check['what']}: {check['said']} and {check['counted']}")
    gates = Figures("tokens")
    gates.add("checks_made", len(checks), 1)
    gates.add("checks_that_do_not_hold", sum(not check["ok"] for check in checks), 0, most=True)
    left = sum(run[fate].bytes for fate in FATES[1:])
    gates.add("bytes_out_of_balance", abs(run["in"].bytes - left), 0, most=True)
    gates.add("tokens_out_of_balance_share", off, 1e-9, most=True)
    gates.add("bytes_kept_not_on_disk", abs(run["kept"].bytes - sum(on_disk(account).values())), 0, most=True)
    gates.close()


if __name__ == "__main__":
    main()
