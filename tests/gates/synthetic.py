"""Gate: how fast the client that has documents said anew asks, and the checks of rewrites.

`make gate NAME=synthetic`. `speed`: requests a CPU-second, of a server in another process. `faithful`:
pairs of parent and rewrite out of PAIRS, a file of JSON lines, or of what the command PLANTER prints
(`id`, `kind`, `parent`, `rewrite`, `label`: faithful or planted, `error`: number, unit, name, negation,
hedge, date, order or invented); without both the pairs of tests/classifiers/faithfulness, on which the rules
were made: no figure for texts that they have not seen. Environment: ONLY (sections, by commas), PAIRS,
PLANTER, SHOW (so many misses are printed). What the client makes of a server with bad manners, of kills, caps
and wrong settings is tested in tests/classifiers.
"""

import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import sections
from figures import Figures

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/classifiers/rephraser"))

from model_server import serving  # noqa: E402
from writing_child import read  # noqa: E402

from winnow.classifiers import faithful, rephrase  # noqa: E402

PROMPT = ROOT / "classifiers/rephraser/prompts/distil.toml"
PAIRS = [
    ROOT / f"tests/classifiers/faithfulness/{name}.jsonl" for name in ("pairs", "pairs_second", "pairs_third")
]
TEXT = "The mill of number {} was built in 1820 and has {} windows. It may be the oldest of its kind."
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


def write(folder: Path, texts: list[str], url: str) -> pl.DataFrame:
    """What the server makes of texts, with no cap in the way."""
    (folder / "out").mkdir()
    table = {"id": [f"d{n}" for n in range(len(texts))], "text": texts}
    pl.DataFrame(table).write_parquet(folder / "docs.parquet")
    service = {"url": url, "model": "m", "price_in": 1.0, "price_out": 2.0}
    caps = {"documents": 10**6, "max_tokens": 10**12, "max_cost": 10**9}
    where = {"service": service, "prompts": PROMPT, "store": str(folder / "store")}
    files = [folder / "docs.parquet"]
    rephrase.write(files, folder / "out", read=read, in_flight=128, timeout=60, **where, **caps)
    return pl.read_parquet(folder / "out/rewrites.parquet")


def measure_speed(figures: Figures, folder: Path) -> None:
    count = 8_000
    with serving() as server:
        texts = [TEXT.format(n, n) * 8 for n in range(count)]
        before, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
        rows = write(folder, texts, server.url)
        wall, now = time.perf_counter() - before, resource.getrusage(resource.RUSAGE_SELF)
    spent = now.ru_utime + now.ru_stime - cpu.ru_utime - cpu.ru_stime
    figures.add("speed answered", rows["error"].null_count(), count)
    figures.add("speed requests a CPU-second of the client", count / spent, 1_000)
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"  {count / wall:,.0f} requests a second by the clock, {load}")


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
    wanted, figures = sections.choose(("speed", "faithful")), Figures("synthetic")
    if "speed" in wanted:
        with tempfile.TemporaryDirectory() as folder:
            measure_speed(figures, Path(folder))
    if "faithful" in wanted:
        measure_faithful(figures, int(os.environ.get("SHOW", "0")))
    figures.close()


if __name__ == "__main__":
    main()
