"""Gate: what is wrong with a mix's input is named, with what to do. `make gate NAME=mix_ends`.

Each way is gone as a user would, with a recipe and the run's command; the exit code and the line on the
screen are compared with what must stand there. A row is printed for each. Scores come from a table, as
another's trainer would hand them in. Writes under out/gates/mix_ends/.
"""

# ruff: noqa: E501 - a table of ways

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from figures import Figures

HERE = Path("out/gates/mix_ends").resolve()
SOURCES = ("code", "forum", "web")
FRONT = """
name = "ends"
max_failed = 1.0
{sources}
[[stage]]
name = "counted"
after = {names}
steps = [ {{ use = "mixing.count:tokens" }} ]
[[stage]]
name = "counts"
after = "counted"
steps = [ {{ use = "mixing.count:by_source" }} ]
[[stage]]
name = "swarm"
after = "counts"
[[stage.steps]]
use = "mixing.swarm:sample"
counts = "stage:counts"
proxy_tokens = 1_000
mixes = 12
held_out = 2
repeats = 3
{swarm}
"""
READ = """
[[stage]]
name = "scores"
after = "swarm"
steps = [ {{ use = "mixing.scores:read", table = "{table}", weights = "stage:swarm", direction = "loss"{read} }} ]
[[stage]]
name = "fit"
after = "scores"
steps = [ {{ use = "mixing.fit:regress", swarm = "stage:swarm" }} ]
[[stage]]
name = "weights"
after = "fit"
steps = [ {{ use = "mixing.optimize:solve", counts = "stage:counts", swarm = "stage:swarm"{solve} }} ]
"""
TRAINED = """
[[stage]]
name = "prepared"
after = "counted"
steps = [ {{ use = "mixing.proxies:prepare", items = "{items}" }} ]
"""
CONFIRMED = """
[[stage]]
name = "proof"
after = "weights"
steps = [ {{ use = "mixing.scores:read", table = "{proof}", weights = "{weights}", direction = "loss" }} ]
[[stage]]
name = "confirmed"
after = "proof"
steps = [ {{ use = "mixing.confirm:judge", weights = "stage:weights" }} ]
"""
Ending = tuple[int, str]


def write_front(name: str, *, swarm: str = "", texts: dict[str, str] | None = None) -> str:
    """A folder with texts of three sources; the recipe's first stages."""
    folder = HERE / name
    for number, source in enumerate(SOURCES):
        (folder / "in" / source).mkdir(parents=True, exist_ok=True)
        text = (texts or {}).get(source, f"some words of {source} " * 100 * (number + 2))
        (folder / "in" / source / "a.txt").write_text(text)
    sources = "\n".join(
        f'[[source]]\nname = "{source}"\nuris = ["{folder}/in/{source}/*"]\nread = {{ use = "ingest.files:read" }}'
        for source in SOURCES
    )
    return FRONT.format(sources=sources, names=json.dumps(list(SOURCES)), swarm=swarm)


def run(name: str, recipe: str) -> Ending:
    path = HERE / name / "recipe.toml"
    path.write_text(recipe)
    command = [
        sys.executable,
        "-m",
        "winnow",
        "run",
        str(path),
        str(HERE / name / "out"),
        "--workers",
        "1",
    ]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def read(
    name: str,
    change: Callable[[pl.DataFrame], pl.DataFrame] = lambda table: table,
    *,
    solve: str = "",
    options: str = "",
    swarm: str = "",
) -> Ending:
    """The swarm scored by a law, its table changed, handed back, fitted and solved."""
    front = write_front(name, swarm=swarm)
    code, screen = run(name, front)
    if code:
        return code, screen
    table = score(pl.read_parquet(HERE / name / "out/swarm/all/swarm.parquet"))
    change(table).write_csv(HERE / name / "runs.csv")
    about = {"table": HERE / name / "runs.csv", "read": options, "solve": solve}
    return run(name, front + READ.format(**about))


def score(swarm: pl.DataFrame, adds: float = 0.0) -> pl.DataFrame:
    """Losses of two evals, with a little noise."""
    rng = np.random.default_rng(0)
    code, web = (swarm[name].to_numpy() for name in ("code", "web"))
    losses = {"coding": 1 - 0.3 * np.sqrt(code) + adds, "reading": 1 - 0.3 * np.sqrt(web) + adds}
    keys = swarm.select("mix", "seed")
    return pl.concat(
        keys.with_columns(eval=pl.lit(name), value=values + rng.normal(0, 0.001, len(values)))
        for name, values in losses.items()
    )


def set_value(table: pl.DataFrame, value: float, mix: int, evals: tuple[str, ...]) -> pl.DataFrame:
    hit = (pl.col("mix") == mix) & pl.col("eval").is_in(evals)
    return table.with_columns(value=pl.when(hit).then(pl.lit(value)).otherwise("value"))


def confirm(name: str) -> Ending:
    """The chosen mix, trained again, is worse than natural."""
    code, screen = read(name, solve=", seeds = 3")
    if code:
        return code, screen
    weights = HERE / name / "out/weights/all"
    mixes = pl.concat([pl.read_parquet(file) for file in sorted(weights.glob("mix=*.parquet"))])
    mixes.drop("seed", "round").unique("mix").sort("mix").write_parquet(HERE / name / "mixes.parquet")
    worse = score(mixes).join(mixes.select("mix", "seed", "role"), on=["mix", "seed"])
    worse = worse.with_columns(value=pl.col("value") + (pl.col("role") == "chosen") * 0.3).drop("role")
    worse.write_csv(HERE / name / "proof.csv")
    about = {"proof": HERE / name / "proof.csv", "weights": HERE / name / "mixes.parquet"}
    recipe = (HERE / name / "recipe.toml").read_text()
    return run(name, recipe + CONFIRMED.format(**about))


def prepare(name: str, answers: tuple[str, ...]) -> Ending:
    """Items with these answers, prepared for proxies."""
    front = write_front(name)
    rows = [
        {"eval": "one" if n else "none", "item": str(n), "prompt": "a b", "answer": answer}
        for n, answer in enumerate(answers)
    ]
    pl.DataFrame(rows).write_parquet(HERE / name / "items.parquet")
    return run(name, front + TRAINED.format(items=HERE / name))


def without_tokens(name: str) -> Ending:
    return run(name, write_front(name, texts={"forum": " \n"}))


TIED = ("coding",)
WAYS: dict[str, tuple[Callable[[str], Ending], int, str]] = {
    "nothing is wrong": (read, 0, "Take this mix"),
    "a source without tokens": (without_tokens, 5, "forum 0"),
    "items without answers": (
        lambda n: prepare(n, ("", "c", "d")),
        0,
        "eval none: 1 of 1 items have no answer",
    ),
    "no item with an answer": (lambda n: prepare(n, ("", "")), 2, "has no item with an answer"),
    "bounds that no mix keeps": (lambda n: read(n, solve=", least = { code = 0.7, web = 0.7 }"), 2, "sum to"),
    "a guard that cannot hold": (
        lambda n: read(n, solve=", least = { code = 0.8 }, max_rises = { reading = 0.01 }"),
        0,
        "Keep the natural mix",
    ),
    "a guard below zero": (lambda n: read(n, solve=", max_rise = -0.2"), 2, "max_rise"),
    "floors of a swarm above 1": (
        lambda n: read(n, swarm="floors = { code = 0.7, web = 0.7 }"),
        2,
        "floors must be at least 0 and sum to at most 1",
    ),
    "too few mixes": (
        lambda n: read(n, lambda t: t.filter(pl.col("mix") < 5), options=", incomplete = true"),
        2,
        "needs at least 10",
    ),
    "a loss that is no number": (
        lambda n: read(n, lambda t: set_value(t, float("nan"), 7, ("coding",))),
        2,
        "no finite value for mix 7",
    ),
    "the same, let through": (
        lambda n: read(
            n, lambda t: set_value(t, float("nan"), 7, ("coding",)), options=", incomplete = true"
        ),
        0,
        "left out: eval coding, mix 7",
    ),
    "one proxy that diverged": (
        lambda n: read(n, lambda t: set_value(t, 9.0, 9, ("coding", "reading"))),
        0,
        "left out: mix 9, seed",
    ),
    "an eval in which all tie": (
        lambda n: read(
            n,
            lambda t: t.with_columns(value=pl.when(pl.col("eval") == "coding").then(1.0).otherwise("value")),
        ),
        0,
        "left out: eval coding: all mixes score alike",
    ),
    "a mix that did not come back": (
        lambda n: read(n, lambda t: t.filter(pl.col("mix") != 6)),
        2,
        "6",
    ),
    "a mix that was not asked for": (
        lambda n: read(n, lambda t: pl.concat([t, t.head(1).with_columns(mix=pl.lit(999, pl.Int64))])),
        2,
        "999",
    ),
    "a refuted confirmation": (confirm, 0, "exported: best: the chosen mix"),
}


def main() -> None:
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir(parents=True)
    good = 0
    for number, (way, (go, code, line)) in enumerate(WAYS.items()):
        found, screen = go(f"{number:02d}")
        said = next((one.strip() for one in screen.splitlines() if line in one), None)
        right = found == code and said is not None and "Traceback" not in screen
        good += right
        print(
            f"{'ok   ' if right else 'WRONG'} {way}: {found} (must be {code}): {said or screen[-600:]}",
            flush=True,
        )
    report = Figures("mix_ends")
    report.add("ways that end as they should", good, len(WAYS))
    report.close()


if __name__ == "__main__":
    os.environ["POLARS_MAX_THREADS"] = "1"
    main()
