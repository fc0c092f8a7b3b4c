"""Gate: the client that has documents said anew, its messages, template collapse, and the checks of
rewrites.

`make gate NAME=synthetic`. `client`: against a server of another process that speaks the true protocol
and misbehaves as told (500, 429 with Retry-After, a hang, a cut, wrong JSON, a stream of a byte now and
then, a loop), killed ten times, within a cap, and as fast as it goes. `messages`: what is said of a wrong
prompt, window, server and cap. `collapse`: a template planted in 1, 5 and 20 % of rewrites. `faithful`:
pairs of parent and rewrite out of PAIRS, a file of JSON lines, or of what the command PLANTER prints
(`id`, `kind`, `parent`, `rewrite`, `label`: faithful or planted, `error`: number, unit, name, negation,
hedge, date, order or invented); without both the pairs of tests/classifiers/faith, on which the rules
were made: no figure for texts that they have not seen. Environment: ONLY (sections, by commas), PAIRS,
PLANTER, SHOW (so many misses are printed), SEED (7).
"""

import contextlib
import json
import os
import random
import resource
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from figures import Figures

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/classifiers/rephraser"))

from model_server import serving  # noqa: E402
from writing_child import read  # noqa: E402

from winnow.classifiers import collapse, faithful, rephrase  # noqa: E402
from winnow.store import NAME  # noqa: E402

PROMPT = ROOT / "classifiers/rephraser/prompts/distil.toml"
PAIRS = [ROOT / f"tests/classifiers/faith/{name}.jsonl" for name in ("pairs", "pairs_second", "pairs_third")]
TEXT = "The mill of number {} was built in 1820 and has {} windows. It may be the oldest of its kind."
MANNERS = {
    "good": None,
    "http_500,good": None,
    "http_429,good": None,
    "hang,good": None,
    "broken,good": None,
    "json,good": None,
    "cut": "truncated",
    "json": "wrong_json",
    "slow": "deadline",
    "loop": None,  # the checks find it, below
    "window": "over_window",
    "echo": "remnant",
    "filter": "refused",
    "empty": "empty",
}
LEAST = {
    "number": 95,
    "unit": 95,
    "name": 90,
    "negation": 85,
    "hedge": 60,
    "date": 90,
    "order": 50,
    "invented": 60,
}
MOST_ALARMS = 5.0
IN_FLIGHT = 32


def lay_out(folder: Path, texts: list[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    table = {"id": [f"d{n}" for n in range(len(texts))], "text": texts}
    pl.DataFrame(table).write_parquet(folder / "docs.parquet")
    return folder / "docs.parquet"


def make_settings(folder: Path, url: str, **changes: Any) -> dict[str, Any]:
    service = {"url": url, "model": "m", "price_in": 1.0, "price_out": 2.0}
    limits = {
        "documents": 10**6,
        "max_tokens": 10**12,
        "max_cost": 10**9,
        "in_flight": IN_FLIGHT,
        "timeout": 2.0,
    }
    return {"service": service, "prompts": str(PROMPT), "store": str(folder / "store"), **limits, **changes}


def write(folder: Path, texts: list[str], url: str, **changes: Any) -> pl.DataFrame:
    file, out = lay_out(folder, texts), folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    settings = make_settings(folder, url, **changes)
    settings["prompts"] = Path(settings["prompts"])
    rephrase.write([file], out, read=read, **settings)
    return pl.read_parquet(out / "rewrites.parquet")


def read_rows(folder: Path) -> list[tuple[bytes, bool, bool]]:
    """What stands in the store by now: of which request, whether it was sent, whether it failed."""
    path = folder / "store" / NAME
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as kept:
        try:
            rows = kept.execute("SELECT key, is_sent, record FROM attempts ORDER BY number").fetchall()
        except sqlite3.OperationalError:  # no table yet
            return []
    return [(key, bool(is_sent), "fault" in json.loads(record)) for key, is_sent, record in rows]


def measure_client(figures: Figures, folder: Path, seed: int) -> None:
    with serving() as server:
        server.tell("latency/0.02")
        texts = [f"{TEXT.format(n, n)} do:{manner}!" for n, manner in enumerate(MANNERS)]
        texts += [TEXT.format(n, n) for n in range(len(texts), 400)]
        rows = write(folder / "manners", texts, server.url)
        ends = rows["error"].to_list()[: len(MANNERS)]
        right = sum(a == b for a, b in zip(ends, MANNERS.values(), strict=True))
        figures.add("client manners that end as they should", right, len(MANNERS))
        figures.add("client others answered", rows["error"][len(MANNERS) :].null_count(), 400 - len(MANNERS))
        figures.add("client most in flight", server.tell()["most"], IN_FLIGHT, most=True)
        loop = rows["text"][list(MANNERS).index("loop")]
        judged = faithful.check(pl.DataFrame({"parent_text": [TEXT], "text": [loop]}))
        figures.add("client loops found by the checks", judged["drop_reason"][0] == "faithful.loop", 1)
    with serving() as server:
        texts = [f"{TEXT.format(n, n)} do:http_429,good!" if n == 0 else TEXT.format(n, n) for n in range(40)]
        rows = write(folder / "busy", texts, server.url, in_flight=1)
        figures.add("client asked before Retry-After was over", server.tell()["early"], 0, most=True)
    with serving() as server:
        cap = 60_000
        rows = write(folder / "cap", [TEXT.format(n, n) for n in range(400)], server.url, max_tokens=cap)
        billed = server.tell()["tokens"]
        figures.add("client tokens billed beyond the cap", max(0, billed - cap), 0, most=True)
        told = int(rows.select(pl.col("tokens_in") + pl.col("tokens_out")).to_series().sum())
        figures.add("client tokens told otherwise than billed", abs(told - billed), 0, most=True)
        print(f"  cap {cap:,}: billed {billed:,}, {(rows['error'] == 'budget').sum()} of 400 not asked")


def measure_kills(figures: Figures, folder: Path, seed: int) -> None:
    draw, count = random.Random(seed), 3_000
    with serving() as server:
        server.tell("latency/0.01")
        file = lay_out(folder, [TEXT.format(n, n) for n in range(count)])
        settings = json.dumps(make_settings(folder, server.url))
        child = ROOT / "tests/classifiers/rephraser/writing_child.py"
        command = [sys.executable, str(child), str(file), str(folder / "out"), settings]
        kills = 0
        while kills < 10:
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            enough = len(read_rows(folder)) + draw.randrange(5, 400)
            while process.poll() is None and len(read_rows(folder)) < enough:
                time.sleep(0.01)
            time.sleep(draw.uniform(0, 0.05))
            if process.poll() is not None:
                break
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        subprocess.run(command, check=True)
        told = server.tell()
    answered: set[bytes] = set()
    again = 0
    for key, is_sent, has_failed in read_rows(folder):
        again += is_sent and key in answered
        if not is_sent and not has_failed:
            answered.add(key)
    rows = pl.read_parquet(folder / "out/rewrites.parquet")
    figures.add("kills", kills, 10)
    figures.add("kills documents answered", rows["error"].null_count(), count)
    figures.add("kills answers on the disk that were asked for again", again, 0, most=True)
    figures.add("kills answers lost on their way", told["twice"], 10 * IN_FLIGHT, most=True)
    figures.add("kills most in flight", told["most"], IN_FLIGHT, most=True)


def measure_speed(figures: Figures, folder: Path) -> None:
    count = 8_000
    with serving() as server:
        texts = [TEXT.format(n, n) * 8 for n in range(count)]
        lay_out(folder, texts)
        before, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
        rows = write(folder, texts, server.url, in_flight=128, timeout=60)
        wall, now = time.perf_counter() - before, resource.getrusage(resource.RUSAGE_SELF)
    spent = now.ru_utime + now.ru_stime - cpu.ru_utime - cpu.ru_stime
    figures.add("speed answered", rows["error"].null_count(), count)
    figures.add("speed requests a CPU-second of the client", count / spent, 1_000)
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"  {count / wall:,.0f} requests a second by the clock, {load}")


def measure_messages(figures: Figures, folder: Path) -> None:
    folder.mkdir()
    (folder / "bad.toml").write_text('name = "x"\nmessage = "{text}"\ntemprature = 1\n')
    with serving() as server:
        gone = {"url": "http://127.0.0.1:9/v1", "model": "m", "price_in": 0.0, "price_out": 0.0}
        cases: dict[str, tuple[dict[str, Any], str]] = {
            "unknown field": (
                {"prompts": str(folder / "bad.toml")},
                "bad.toml:3: a prompt has no field 'temprature'",
            ),
            "cap of zero": ({"max_tokens": 0}, "the budget is 0 tokens"),
            "cap without room": ({"max_tokens": 10}, "has no room for one request"),
            "no server": ({"service": gone}, "the last with unreachable"),
        }
        right = 0
        for name, (change, wanted) in cases.items():
            try:
                write(folder / name, [TEXT.format(n, n) for n in range(20)], server.url, **change)
                said = "nothing"
            except (ValueError, ConnectionError) as error:
                said = str(error)
            right += wanted in said
            print(f"  {name}: {said}")
        rows = write(folder / "window", [f"{TEXT} do:window!"], server.url)
        print(f"  over the window: {rows['error'][0]}: {rows['said'][0]}")
        right += rows["error"][0] == "over_window"
    figures.add("messages that say what is wrong", right, len(cases) + 1)


def measure_collapse(figures: Figures, folder: Path, seed: int) -> None:
    folder.mkdir()
    rows = [json.loads(line) for path in PAIRS for line in path.read_text().splitlines()]
    words = sorted({word for row in rows for word in row["parent"].split()})
    draw = random.Random(seed)
    for share, floor in ((0.01, 0), (0.05, 100), (0.2, 100)):
        docs = []
        for n in range(2_000):
            text = " ".join(draw.choices(words, k=80))
            planted = n < share * 2_000
            text = f"In this guide we will explore all there is to know. {text}" if planted else text
            docs.append((f"d{n}", text, " ".join(draw.choices(words, k=80)), "faq"))
        frame = pl.DataFrame(docs, schema=["id", "text", "parent_text", "rephrase_prompt"], orient="row")
        frame.write_parquet(folder / "docs.parquet")
        collapse.find([folder / "docs.parquet"], folder, read=read)
        judged = collapse.drop(frame, collapse=folder)
        hit = judged["drop_reason"].is_not_null().to_numpy()
        planted_rows = int(share * 2_000)
        figures.add(f"collapse at {share:.0%}: % of planted dropped", 100 * hit[:planted_rows].mean(), floor)
        figures.add(f"collapse at {share:.0%}: others dropped", int(hit[planted_rows:].sum()), 0, most=True)


def read_pairs() -> Iterator[dict[str, Any]]:
    if command := os.environ.get("PLANTER"):
        lines = subprocess.run(
            shlex.split(command), check=True, capture_output=True, text=True
        ).stdout.splitlines()
    else:
        paths = [Path(os.environ["PAIRS"])] if os.environ.get("PAIRS") else PAIRS
        lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    yield from (json.loads(line) for line in lines if line.strip())


def measure_faithful(figures: Figures, show: int) -> None:
    rows = list(read_pairs())
    docs = pl.DataFrame({"parent_text": [r["parent"] for r in rows], "text": [r["rewrite"] for r in rows]})
    begun = time.process_time()
    judged = faithful.check(docs)
    spent = time.process_time() - begun
    total: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for row, reason, evidence in zip(rows, judged["drop_reason"], judged["faithful_evidence"], strict=True):
        error = row["error"] or "faithful"
        total[error] += 1
        caught[error] += reason is not None
        if row["label"] == "faithful":
            total[f"by {row['kind']}"] += 1
            caught[f"by {row['kind']}"] += reason is not None
        if (reason is None) == (row["label"] == "planted") and kinds[error] < show:
            kinds[error] += 1
            print(f"  {row['id']} {error} {row['kind']}: {evidence or row['rewrite'][:200]!r}")
    for error, least in LEAST.items():
        if total[error]:
            figures.add(
                f"faithful {error}: % caught of {total[error]}", 100 * caught[error] / total[error], least
            )
    alarms = 100 * caught["faithful"] / max(1, total["faithful"])
    figures.add(f"faithful: % false alarms of {total['faithful']}", alarms, MOST_ALARMS, most=True)
    for name in sorted(name for name in total if name.startswith("by ")):
        print(f"  false alarms {name}: {caught[name]} of {total[name]}")
    print(f"  {sum(map(len, docs['text'])) / 1e3 / spent:.0f} KB of rewrites a CPU-second")


def main() -> None:
    figures = Figures("synthetic")
    seed, show = int(os.environ.get("SEED", "7")), int(os.environ.get("SHOW", "0"))
    wanted = os.environ.get("ONLY", "client,messages,collapse,faithful").split(",")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "client" in wanted:
            measure_client(figures, folder / "client", seed)
            measure_kills(figures, folder / "kills", seed)
            measure_speed(figures, folder / "speed")
        if "messages" in wanted:
            measure_messages(figures, folder / "messages")
        if "collapse" in wanted:
            measure_collapse(figures, folder / "collapse", seed)
        if "faithful" in wanted:
            measure_faithful(figures, show)
    figures.close()


if __name__ == "__main__":
    main()
