"""Opt-outs of a crawl, end to end: captures of robots.txt of two dates, the shipped groups, the command line.

    make gate NAME=optouts_crawl

A made crawl (`optouts_hosts`) of 331 hosts is run, one with a robots.txt of 100 MB. Verdicts, states, reasons
and the tokens that each signal, agent and policy costs are held beside what Google's parser says (the package
`fast-robotstxt`) and what the files were made to say; so is the report, and so is what the EU's public
summary of the same run says (`optouts_summary`). What is said of dates that mean nothing, and of a table
without captures, is tested in tests/filters/optouts and tests/pipelines.
"""

import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import environments
import optouts_hosts as made
import optouts_summary
import polars as pl
import runs
from figures import Figures
from recipe_text import source, stage, write

HERE = Path("out/gates/optouts_crawl")
HOSTS, EACH = 330, 8
ORDER = ("robots", "content_usage", "content_signal", "noai", "tdm", "ai_txt")


def run(as_of: str) -> tuple[Path, int, str]:
    """A run by the command line: its folder, code and what it said."""
    recipe, out = HERE / f"{as_of}.toml", HERE / as_of
    folder = HERE.resolve()
    write(
        recipe,
        source("robots", folder / "robots-*.warc.gz", "ingest.robots:read"),
        source("first", folder / "pages-0.warc.gz", "ingest.warc:read"),
        source("second", folder / "pages-1.warc.gz", "ingest.warc:read"),
        stage("captures", "robots", use="groups/captures.toml", buckets=16),
        stage("extracted", ["first", "second"], "ingest.html:extract"),
        stage("permitted", "extracted", use="groups/optouts.toml", as_of=as_of),
        stage("shards", "permitted", use="groups/shards.toml"),
        max_failed=None,
    )
    return out, *runs.ask("run", recipe, out, "--workers", 0)


def name_column(agent: str) -> str:
    return "any" if agent == "*" else agent.lower().replace("-", "_")


def check_verdicts(figures: Figures, out: Path, pages: list[made.Page], policy: str, google: object) -> None:
    """Each page of the stage that was judged, and what the ledger says of it."""
    judged = pl.read_parquet(sorted((out / "permitted.judged").glob("part-*.parquet")))
    rows = {row["url"]: row for row in judged.iter_rows(named=True)}
    figures.add(f"{policy}: pages judged", len(rows), 2_000)
    differ: Counter[str] = Counter()
    wanted: dict[str, str | None] = {}
    lost: Counter[tuple[str, str, str, str, str]] = Counter()
    for page in pages:
        row = rows.get(page.url)
        if row is None:
            differ["pages missing"] += 1
            continue
        found = made.decide(page, policy, google)
        disallowed = set().union(*found.values()) if found else set()
        differ["verdicts"] += sum(
            (row[f"optouts_agent_{name_column(agent)}"] == 1) != (agent in disallowed)
            for agent in made.AGENTS
        )
        differ["signals"] += sum(row[f"optouts_{name}"] != len(found.get(name, ())) for name in ORDER)
        differ["states"] += row["optouts_state"] != made.tell_state(made.find_answer(page, policy))
        soft = (
            page.host.tdmrep is not None
            and page.host.tdmrep.startswith("<")
            and (policy == "latest" or page.date >= made.SPRING)
        )
        differ["tdmrep.json that is HTML"] += (row["optouts_tdm_state"] == "unparsable") != soft
        wanted[page.url] = next((f"optouts.{name}" for name in ORDER if name in found), None)
        others = {other: made.decide(page, other, google) for other in ("fetch", "latest")}
        lost.update(dict.fromkeys(list_rows(row, found, others), 1))
        size = row["text_bytes"]
        for key in list_rows(row, found, others):
            lost[(*key[:4], "bytes")] += size
            lost[(*key[:4], "tokens")] += -(-size // 4)
    gone = pl.read_parquet(sorted((out / "permitted/dropped").glob("*.parquet")))
    kept = pl.read_parquet(sorted((out / "permitted").glob("part-*.parquet")))
    ledger = dict(gone.select("url", "reason").iter_rows()) | dict.fromkeys(kept["url"].to_list())
    differ["ledger"] += sum(ledger.get(url, "missing") != reason for url, reason in wanted.items())
    figures.add(f"{policy}: pages disallowed", sum(reason is not None for reason in wanted.values()), 500)
    for what in ("pages missing", "verdicts", "signals", "states", "tdmrep.json that is HTML", "ledger"):
        figures.add(f"{policy}: {what} that differ", differ[what], 0, most=True)
    check_costs(figures, out, policy, lost, judged)


def list_rows(
    row: dict[str, object], found: dict[str, set[str]], others: dict[str, dict[str, set[str]]]
) -> list[tuple[str, str, str, str, str]]:
    """The rows of the table of costs that a page is in."""
    source, keys = str(row["source"]), []
    if found:
        keys.append((source, "as judged", "any signal", "any agent"))
        for agent in set().union(*found.values()):
            keys.append((source, "as judged", "any signal", name_column(agent)))
    for signal, agents in found.items():
        keys += [(source, "as judged", signal, name) for name in ("any agent", *map(name_column, agents))]
    keys += [(source, policy, "any signal", "any agent") for policy, each in others.items() if each]
    return [(*key, "documents") for key in keys]


def check_costs(
    figures: Figures,
    out: Path,
    policy: str,
    lost: Counter[tuple[str, str, str, str, str]],
    judged: pl.DataFrame,
) -> None:
    """The table that the run wrote, and the report, beside what was counted here."""
    (path,) = (out / "permitted.costs").glob("**/optouts.parquet")
    rows = pl.read_parquet(path, hive_partitioning=False)
    told = rows.filter(~pl.col("signal").is_in(["all", "state"]))
    found = {
        (*(row[name] for name in ("source", "policy", "signal", "agent")), size): row[size]
        for row in told.iter_rows(named=True)
        for size in ("documents", "tokens", "bytes")
    }
    differ = sum(found.get(key, 0) != lost.get(key, 0) for key in found.keys() | lost.keys())
    figures.add(f"{policy}: figures of costs", len(lost), 500)
    figures.add(f"{policy}: figures of costs that differ", differ, 0, most=True)
    (report,) = json.loads((out / "report.json").read_text())["optouts"]
    sums: Counter[tuple[str, str, str]] = Counter()
    for (_, which, signal, agent, size), number in lost.items():
        if size == "tokens":
            sums[which, signal, agent] += number
    said = {(which, "any signal", "any agent"): row["tokens"] for which, row in report["policies"].items()}
    said |= {("as judged", signal, "any agent"): row["tokens"] for signal, row in report["signals"].items()}
    for agent, cells in report["agents"].items():
        said |= {("as judged", signal, agent): tokens for signal, tokens in cells.items()}
    figures.add(
        f"{policy}: figures of the report that differ",
        sum(said.get(k) != n for k, n in sums.items()),
        0,
        most=True,
    )
    whole = sum(-(-size // 4) for size in judged["text_bytes"])
    figures.add(
        f"{policy}: tokens of the report that differ", abs(report["judged"]["tokens"] - whole), 0, most=True
    )
    page = (out / "report.html").read_text()
    figures.add(f"{policy}: evidence in the report", page.count("robots.txt, line "), 1)
    for which in ("fetch", "latest"):
        tokens = sums[which, "any signal", "any agent"]
        print(f"  by {which}: {tokens:,} of {whole:,} tokens are disallowed ({tokens / whole:.1%})")


def check_large(figures: Figures, out: Path) -> None:
    """The robots.txt of 100 MB: told, and read in little memory."""
    rows = pl.read_parquet(sorted((out / "captures.answers").glob("part-*.parquet")))
    notes = rows.filter(pl.col("url").str.contains(made.LARGE))["metadata"].to_list()
    sizes = [json.loads(note).get("truncated", 0) for note in notes]
    figures.add("bytes of a robots.txt that are told", min(sizes, default=0), 100_000_000)
    code = (
        "import re,sys;from winnow.ingest import robots;"
        "m=lambda:int(re.search(r'VmHWM:\\s+(\\d+)',open('/proc/self/status').read())[1])//1024;b=m();"
        "n=sum(f.height for f in robots.read(sys.argv[1]));print(n,m()-b)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(HERE / "robots-0.warc.gz")],
        capture_output=True,
        text=True,
        check=True,
    )
    figures.add("MB of memory to read it", int(done.stdout.split()[1]), 20, most=True)


def main() -> None:
    """Print each figure with its floor; 1 where one is short."""
    environments.enter("peers_law")
    from robotstxt import RobotsMatcher

    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir(parents=True)
    rng = random.Random(18)
    hosts = made.make_hosts(HOSTS, rng)
    pages = made.make_pages(hosts, EACH, rng)
    made.write_crawl(HERE, hosts, pages)
    figures = Figures("optouts_crawl")
    figures.add("hosts", len(hosts), 300)
    for policy in ("fetch", "latest"):
        out, code, said = run(policy)
        if code:
            print(said[-2_000:])
        figures.add(f"{policy}: the run ends well", float(code == 0), 1)
        check_verdicts(figures, out, pages, policy, RobotsMatcher())
        code, said = runs.ask("summary", "--", out)
        print(f"  summary: {said[-400:] if code else said.splitlines()[0]}")
        path = out / "shards/all/summary.json"
        optouts_summary.check(figures, path, pages, policy, ORDER, RobotsMatcher())
        print(next((line for line in said.splitlines() if line.startswith("opt-outs")), "  nothing said"))
    check_large(figures, HERE / "fetch")
    figures.close()


if __name__ == "__main__":
    main()
