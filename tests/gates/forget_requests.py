"""Letters as people write them: 293 requests to remove something, and what should go of 404 documents.

Corpus and requests are of golds/takedowns, written before the code by someone who has not read it. Each is a
list of one line, for `make forget` on a run of the corpus and for `dedup.takedowns:drop` on its documents.
Right is what the gold says, or where it calls that arguable the other answer; a refusal is right where it
names its line. A part of the gate `forget`; HALF=odd shows what is wrong of the odd ones.
"""

import json
import os
import shutil
from pathlib import Path

import polars as pl
from figures import Figures
from recipe_text import source, stage, step, write

from winnow.dedup import takedowns
from winnow.pipelines.commands import run
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.takedown import find

GOLD = Path(__file__).parent / "golds/takedowns"
WORK = Path(os.environ.get("WORK", "out/gates/forget")).resolve().parent / "forget-requests"
REFUSED, HALVES = "refused", ("even", "odd")


def make_run() -> tuple[run_summary.RunSummary, pl.DataFrame]:
    """A run of the corpus, of which every document is kept; its documents."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    path = WORK / "recipe.toml"
    read = step("ingest.jsonl:read", fields={name: name for name in ("text", "url", "key")})
    letters = source("letters", GOLD / "corpus.jsonl", read)
    write(path, letters, stage("read", "letters", "mixing.count:tokens"), max_failed=None)
    if run.execute(path, WORK / "out", 0, None, "auto", ()):
        raise SystemExit("the run of the corpus did not end well")
    return run_summary.read(WORK / "out"), pl.read_parquet(WORK / "out/read/part-*.parquet")


def ask_run(
    account: run_summary.RunSummary, docs: pl.DataFrame, path: Path
) -> tuple[set[str], set[str]] | str:
    """The keys that `make forget` would take and those of them that the list names, or what it says where it
    refuses the list."""
    try:
        found = find.search(account, path, lambda _: None).documents
    except ValueError as error:
        return str(error)
    listed = [one for one, told in found.items() if told["class"] == "listed"]
    return tuple(set(docs.filter(pl.col("id").is_in(ids))["key"]) for ids in (sorted(found), listed))


def ask_step(docs: pl.DataFrame, path: Path) -> set[str] | str:
    """The keys that the step drops as listed, or what it says."""
    try:
        dropped = takedowns.drop(docs, list=path).filter(pl.col("drop_reason") == takedowns.LISTED)
    except ValueError as error:
        return str(error)
    return set(dropped["key"])


def judge(request: dict, answer: set[str] | str) -> dict[str, bool]:
    """Whether an answer is the gold's (`strict`), that or the other defensible one (`right`), and whether it
    takes what neither names (`over`)."""
    truths = [REFUSED if request.get("refused") else set(request["goes"])]
    if request.get("arguable"):
        other = request["alternative"]
        truths.append(REFUSED if other == REFUSED else set(other))
    if isinstance(answer, str):
        answer = REFUSED if "line 1:" in answer else answer
        return {"strict": answer == truths[0], "right": answer in truths, "over": False}
    allowed = set().union(*(truth for truth in truths if truth != REFUSED))
    return {"strict": answer == truths[0], "right": answer in truths, "over": bool(answer - allowed)}


def add(figures: Figures) -> None:
    """Add the figures, of both halves together; print those of each, and what is wrong of the half HALF."""
    account, docs = make_run()
    requests = [json.loads(line) for line in (GOLD / "requests.jsonl").read_text().splitlines()]
    path, judged, apart = WORK / "list.txt", {}, 0
    for request in requests:
        path.write_text(request["line"] + "\n", encoding="utf-8")
        said, dropped = ask_run(account, docs, path), ask_step(docs, path)
        answer = said if isinstance(said, str) else said[0]
        apart += dropped != (said if isinstance(said, str) else said[1])
        judged[request["n"]] = judge(request, answer)
        if HALVES[request["n"] % 2] == os.environ.get("HALF") and not judged[request["n"]]["right"]:
            took = answer if isinstance(answer, str) else sorted(answer)
            print(f"    {request['n']} {request['form']} {request['line']!r}")
            print(f"        gives {took} and not {request.get('goes', REFUSED)}: {request['why']}")
    for number, half in enumerate(HALVES):
        own = [one for n, one in judged.items() if n % 2 == number]
        counts = ", ".join(f"{sum(one[name] for one in own)} {name}" for name in ("right", "strict", "over"))
        print(f"    {half}: {len(own)} requests, {counts}")
    strange = [judged[r["n"]]["right"] for r in requests if not r["named_in_table"]]
    figures.add("requests", len(judged), 100)
    figures.add("of them read right", sum(o["right"] for o in judged.values()) / len(judged), 0.95)
    figures.add("  of forms that nobody had named", sum(strange) / len(strange), 0.95)
    figures.add("requests that take another page", sum(o["over"] for o in judged.values()), 0, most=True)
    figures.add("lists that the step reads otherwise", apart, 0, most=True)
    shutil.rmtree(WORK, ignore_errors=True)
