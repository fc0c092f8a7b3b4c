"""Gate: a swarm that is killed ends in the same weights, and after a change only what is missing is trained.

`make gate NAME=mix_changes`. Texts of data/code and data/maths under four names, small proxies kept in a
store. Environment: KILLS (10) of the whole run with SIGKILL while proxies are trained, SEED (5). What the
screen says was trained, asked again and reused is held against what had to be. Writes under
out/gates/mix_changes/.
"""

import os
import random
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import runs
from figures import Figures
from recipe_text import source, stage, step, write

DATA, HERE = Path("data"), Path("out/gates/mix_changes")
KILLS = int(os.environ.get("KILLS", "10"))
DRAWN = random.Random(int(os.environ.get("SEED", "5")))
FILES = {
    "code": "code/**/[a-m]*.py",
    "docs": "maths/**/*.tex",
    "notes": "code/**/[n-z]*.py",
    "maths": "code/**/_*.py",
}
BYTES = {"code": 60_000, "docs": 40_000, "notes": 50_000, "maths": 60_000}
MIXES, HELD_OUT, REPEATS = 12, 2, 3


def main() -> None:
    report = Figures("mix_changes", HERE)
    write_texts(["code", "docs", "notes"])
    write_items("items", 0)
    go("plain", store="plain")
    killed = kill_often()
    print(f"{KILLS} kills in {killed} runs")
    same = read_weights("killed") == read_weights("plain")
    report.add("kills after which the weights are the same bytes", KILLS if same else 0, KILLS)
    anchors, drawn = REPEATS + 1 + 3, MIXES + HELD_OUT  # uniform is UniMax here, and is trained once
    told = go("killed", redo="weights", aims={"evals": {"second": 1.0}, "max_rise": 0.5})
    report.add("proxies trained for other weights", sum(told.values()), 0, most=True)
    write_items("others", 7)
    told = go("others", items="others")
    report.add("proxies trained for other evals", told["trained"], 0, most=True)
    report.add("proxies asked other evals", told["asked other evals"], anchors + drawn)
    told = go("dropped", aims={"most": {"notes": 0.0}})
    report.add("proxies trained where a source is not used", told["trained"], 0, most=True)
    previous = str((HERE / "killed/swarm/all/swarm.parquet").resolve())
    write_texts(["maths"])
    told = go("added", ["code", "docs", "maths", "notes"], previous=previous)
    # Natural, uniform and UniMax are others; the new source stands alone once, a quarter of mixes have it.
    new = REPEATS + 2 + 1 + -(-MIXES // 4)
    report.add("proxies trained for a source that is new", told["trained"], new, most=True)
    report.add("proxies found beside a source that is new", count_found(told), drawn + 3)
    told = go("gone", ["code", "notes"])
    report.add("proxies found where a source is gone", count_found(told), 2)
    change_text("notes")
    told = go("changed")
    report.add("proxies found where a source changed", count_found(told), 2)
    report.close()


def count_found(told: dict[str, int]) -> int:
    """Proxies that were there: the held-out text of a source that is new, or changed, is asked of them."""
    return told["reused"] + told["asked other evals"]


def write_texts(names: list[str]) -> None:
    for name in names:
        files = sorted(DATA.glob(FILES[name]))
        text = "\n\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)
        pieces = [text[start : start + 4000] for start in range(0, min(len(text), BYTES[name]), 4000)]
        folder = HERE / "in" / name
        folder.mkdir(parents=True)
        for number, piece in enumerate(pieces):
            (folder / f"{number:03d}.txt").write_text(piece, encoding="utf-8")
        print(f"{name}: {len(pieces)} texts", flush=True)


def change_text(name: str) -> None:
    for file in sorted((HERE / "in" / name).glob("*"))[::3]:
        file.write_text(file.read_text(encoding="utf-8").swapcase(), encoding="utf-8")


def write_items(name: str, skip: int) -> None:
    """Two evals: how code and how a manual of mathematics go on."""
    text = {
        "first": next(iter(sorted(DATA.glob("code/**/*.py")))).read_text(encoding="utf-8"),
        "second": next(iter(sorted(DATA.glob("maths/**/*.tex")))).read_text(encoding="utf-8"),
    }
    rows = [
        {"eval": e, "item": str(i), "prompt": t[i : i + 80], "answer": t[i + 80 : i + 160]}
        for e, t in text.items()
        for i in range(skip, min(len(t) - 160, 4000), 200)
    ]
    (HERE / name).mkdir(parents=True)
    pl.DataFrame(rows).write_parquet(HERE / name / "items.parquet")


def write_recipe(names: list[str], aims: dict[str, Any], **choices: str) -> Path:
    texts = (HERE / "in").resolve()
    sources = [source(name, texts / name / "*", "ingest.files:read") for name in names]
    store = (HERE / "stores" / choices.pop("store", "kept")).resolve()
    items = (HERE / choices.pop("items", "items")).resolve()
    more = {"previous": choices["previous"]} if "previous" in choices else {}
    sizes = {"mixes": MIXES, "held_out": HELD_OUT, "repeats": REPEATS}
    swarm = step("mixing.swarm:sample", counts="stage:counts", proxy_tokens=8_000, **sizes, **more)
    train = {"data": "stage:prepared", "proxy_tokens": 20_000, "size": 30_000, "store": store}
    solve = step("mixing.optimize:solve", counts="stage:counts", swarm="stage:swarm", **aims)
    return write(
        HERE / "changes.toml",
        *sources,
        stage("counted", names, "mixing.count:tokens"),
        stage("counts", "counted", "mixing.count:by_source"),
        stage("swarm", "counts", swarm),
        stage("prepared", "counted", step("mixing.proxies:prepare", items=items, store=store)),
        stage("scored", "swarm", step("mixing.proxies:train", **train), by="mix"),
        stage("fit", "scored", step("mixing.fit:regress", swarm="stage:swarm")),
        stage("weights", "fit", solve),
        max_failed=None,
    )


def begin(recipe: Path, out: Path, *more: str) -> runs.Process:
    return runs.begin(out.with_suffix(".log"), "run", recipe, out, "--workers", 2, *more)


def go(
    name: str,
    names: list[str] | None = None,
    redo: str | None = None,
    aims: dict[str, Any] | None = None,
    **choices: str,
) -> dict[str, int]:
    """A run to its end; what its screen says of proxies."""
    recipe = write_recipe(names or ["code", "docs", "notes"], aims or {}, **choices)
    more = ("--redo", redo) if redo else ()
    code, screen = runs.ask("run", recipe, HERE / name, "--workers", 2, *more)
    if code:
        sys.exit(f"{name} ended with {code}:\n{screen}")
    kinds = ("trained", "asked other evals", "reused", "failed")
    told = {kind: sum(int(n) for n in re.findall(rf"(\d+) {kind}", screen)) for kind in kinds}
    print(f"{name}: {told}", flush=True)
    return told


def kill_often() -> int:
    """Runs killed while proxies are trained, until all kills were done; then one to its end."""
    recipe, out, begun, kills = write_recipe(["code", "docs", "notes"], {}), HERE / "killed", 0, 0
    while kills < KILLS:
        running = begin(recipe, out)
        begun += 1
        while not list(out.glob("scored/mix*")) and running.poll() is None:
            time.sleep(0.05)
        time.sleep(DRAWN.uniform(0.0, 2.0))
        if running.poll() is not None:  # it was whole before: the swarm begins anew
            for folder in (out / "scored", HERE / "stores/kept"):
                shutil.rmtree(folder, ignore_errors=True)
            continue
        kills += runs.kill(running)
    go("killed")
    return begun + 1


def read_weights(name: str) -> bytes:
    return (HERE / name / "weights/all/weights.json").read_bytes()


if __name__ == "__main__":
    main()
