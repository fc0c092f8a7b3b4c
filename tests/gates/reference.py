"""Gate: the whole mission in one recipe: time by stage, every row of the report traced to files, kills.

`make gate NAME=reference`, behind `make reference`. Environment: OUT (out/reference), its run; ONLY, of
`rows` and `killed`; KILLS (10) of one run into out/gates/reference, at random moments, with SEED (7). The
killed run has a store of its own, so that it asks for all rewrites again.
"""

import hashlib
import json
import os
import random
import re
import shutil
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import runs
import sections
from figures import Figures
from lxml import html

from winnow.pipelines.demo import rewriter

OUT = Path(os.environ.get("OUT", "out/reference"))
RECIPE = Path("pipelines/recipes/reference.toml")
FOLDER = Path("out/gates/reference")
KILLS = int(os.environ.get("KILLS", "10"))
BYTES = (".parquet", ".bin", ".idx", ".npy", ".md")
SUMMARY = ("summary.md", "datasheet.md")
COSTS = ("tokens_in", "tokens_out", "cost")
SLOWEST = 12


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def list_stages(out: Path) -> list[dict[str, Any]]:
    return [read(out / name / "stage.json") for name in read(out / "run.json")["stages"]]


def tell_times(out: Path) -> None:
    """How long each of the slowest stages took, from its first part to its last; others ran beside it."""
    stages = sorted(list_stages(out), key=lambda stage: -stage["seconds"])
    print(f"the run took {read(out / 'run.json')['seconds']:.0f} s")
    for stage in stages[:SLOWEST]:
        print(f"  {stage['stage']:<28}{stage['seconds']:>8.1f} s")


def count_rows(out: Path, stage: str) -> dict[str, int]:
    """Rows in the files of a stage, by fate, and of what was dropped by reason."""
    found: Counter[str] = Counter()
    for fate, folder in (("kept", ""), ("dropped", "dropped"), ("failed", "failed")):
        for path in (out / stage / folder).glob("part-*.parquet"):
            found[fate] += pq.read_metadata(path).num_rows
            if fate == "dropped":
                counted = pc.value_counts(pq.read_table(path, columns=["reason"])["reason"])
                found.update({row["values"]: row["counts"] for row in counted.to_pylist()})
    return dict(found)


def read_numbers(page: html.HtmlElement, stage: str) -> set[int]:
    """Whole numbers that stand in a stage's part of the report."""
    found = page.xpath(f'//*[@id="stage-{stage}"]/ancestor::section[1]')
    found += [row for row in page.xpath("//tr") if len(row) and row[0].text_content().strip() == stage]
    text = " ".join(" ".join(each.itertext()) for each in found)
    return {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", text)}


def trace_rows(out: Path, figures: Figures) -> None:
    """Each count that the report gives of a stage, counted again in the files by other code."""
    page = html.fromstring((out / "report.html").read_bytes())
    checked, wrong, unshown = 0, [], []
    for stage in list_stages(out):
        if stage["kind"] != "shard":
            continue
        counted = count_rows(out, stage["stage"])
        receipts = stage["parts"].values()
        said: Counter[str] = Counter()
        for receipt in receipts:
            said.update({fate: receipt[fate] for fate in ("kept", "dropped", "failed")})
            said.update({reason: each["documents"] for reason, each in receipt["reasons"].items()})
        shown = read_numbers(page, stage["stage"])
        for name in counted.keys() | +said:
            checked += 1
            if counted.get(name, 0) != said.get(name, 0):
                wrong.append(
                    f"{stage['stage']} {name}: said {said.get(name, 0)}, {counted.get(name, 0)} in files"
                )
            if counted.get(name, 0) and counted[name] not in shown:
                unshown.append(f"{stage['stage']} {name} {counted[name]}")
    print("\n".join([*wrong, *unshown[:20]]))
    figures.add("rows_of_the_report_counted_again", checked, 200)
    figures.add("of_them_other_than_in_the_files", len(wrong), 0, most=True)
    figures.add("of_them_not_in_the_report", len(unshown), 0, most=True)


def trace_ids(out: Path, figures: Figures) -> None:
    """Each document of the last stage: no id twice, and each copy's parent is in the run."""
    ids: list[str] = []
    parents: set[str] = set()
    for path in (out / "corpus").glob("part-*.parquet"):
        table = pq.read_table(path, columns=["id", "parent_id"])
        ids += table["id"].to_pylist()
        parents |= set(table["parent_id"].drop_null().to_pylist())
    given = {
        one
        for path in (out / "masked").glob("part-*.parquet")
        for one in pq.read_table(path, columns=["id"])["id"].to_pylist()
    }
    shards = {
        one
        for path in out.glob("shards/all/data/*.parquet")
        for one in pq.read_table(path, columns=["id"])["id"].to_pylist()
    }
    figures.add("documents_with_an_id_of_another", len(ids) - len(set(ids)), 0, most=True)
    figures.add("copies_without_their_parent", len(parents - given), 0, most=True)
    figures.add("copies", len(parents), 100)
    figures.add("documents_of_the_corpus_not_in_shards", len(set(ids) ^ shards), 0, most=True)


def digest(out: Path) -> dict[str, str]:
    """Of all documents, ledgers, tables, token files and cards: by name. Of rewrites not what all attempts at
    them did cost, which hangs on the service's day; `make summary` is no part of the run."""
    found = {}
    for path in sorted(path for path in out.rglob("*") if path.suffix in BYTES and path.is_file()):
        if path.name == "rewrites.parquet":
            data = pq.read_table(path).drop_columns(list(COSTS)).to_pylist().__repr__().encode()
        else:
            data = path.read_bytes()
        found[str(path.relative_to(out))] = hashlib.sha256(data).hexdigest()
    return {name: one for name, one in found.items() if not name.endswith(SUMMARY)}


def begin(out: Path, recipe: Path) -> runs.Process:
    return runs.begin(FOLDER / "killed.log", "run", "--workers=2", "--", recipe, out)


def kill_again_and_again(figures: Figures) -> None:
    """One run, killed at random moments of the time that the whole one took, each time begun again."""
    out, recipe, drawn = (
        FOLDER / "run",
        FOLDER / "reference.toml",
        random.Random(int(os.environ.get("SEED", "7"))),
    )
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    recipe.write_text(RECIPE.read_text().replace("out/reference.rewrites", str(FOLDER / "rewrites")))
    within = read(OUT / "run.json")["seconds"] / KILLS * 2
    begun, killed = time.monotonic(), 0
    while killed < KILLS:
        going = begin(out, recipe)
        time.sleep(drawn.uniform(5, within))
        if not runs.kill(going):
            break
        killed += 1
        standing = sum(1 for path in out.glob("*/stage.json") if '"parts"' in path.read_text())
        print(f"  killed at {time.monotonic() - begun:.0f} s, {standing} stages whole", flush=True)
    code = begin(out, recipe).wait()
    figures.add("kills_that_met_the_run", killed, KILLS)
    figures.add("exit_code_in_the_end", code, 0, most=True)
    compare(out, figures)


def compare(out: Path, figures: Figures) -> None:
    """Each file of the killed run beside that of the other."""
    one, other = digest(OUT), digest(out)
    differ = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    print("\n".join(differ[:20]))
    figures.add("files_compared", len(one), 1000)
    figures.add("files_that_differ", len(differ), 0, most=True)


def main() -> None:
    only, figures = sections.choose(("rows", "killed")), Figures("reference")
    if not (OUT / "report.html").exists():
        sys.exit(f"{OUT} holds no finished run: make reference OUT={OUT}")
    tell_times(OUT)
    if "rows" in only:
        trace_rows(OUT, figures)
        trace_ids(OUT, figures)
    if "killed" in only:
        with rewriter.serve():
            kill_again_and_again(figures)
    figures.close()


if __name__ == "__main__":
    main()
