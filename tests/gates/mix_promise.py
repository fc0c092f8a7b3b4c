"""Gate: the promise holds when the whole search is done again, with other mixes and other seeds.

`make gate NAME=mix_promise`. Environment: OUT (out/demo), a finished run of the demo's recipe, of which the
counts and the prepared text are read; REPEATS (10), WORKERS (2). Each repeat draws the demo's first round
anew, with seeds of its own, trains it, fits, proposes the second round, trains, fits, solves, and trains all
mixes of the proof (chosen, natural, uniform, UniMax, the best observed) with five fresh seeds: all by the
demo recipe's own settings. The promise (the corrected gain) lies within the 90% interval of what came in
eight of ten repeats, and is no wider than twice that. About eight minutes a repeat on two idle cores. A
repeat that is done is not done again, and no proxy is trained twice: what was found stays under
out/gates/mix_promise/.
"""

import json
import os
import shutil
import tomllib
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}

import polars as pl
from figures import Figures

from winnow.mixing import confirm, fit, optimize, proxies, swarm

OUT = Path(os.environ.get("OUT", "out/demo"))
HERE = Path("out/gates/mix_promise")
REPEATS, WORKERS = int(os.environ.get("REPEATS", "10")), int(os.environ.get("WORKERS", "2"))
RECIPE = Path("pipelines/recipes/demo.toml")


def read_settings(stage: str) -> dict[str, Any]:
    """Of the stage's one step in the demo's recipe, without what names another stage."""
    stages = tomllib.loads(RECIPE.read_text(encoding="utf-8"))["stage"]
    step = next(one["steps"][0] for one in stages if one["name"] == stage)
    return {
        name: value for name, value in step.items() if name != "use" and not str(value).startswith("stage:")
    }


def train(home: Path, file: Path) -> None:
    out = home / file.stem
    out.mkdir(parents=True)
    settings = read_settings("mix.scored") | {"store": str(HERE / "store")}
    proxies.train([file], out, data=OUT / "mix.prepared/all", **settings)


def train_all(folder: Path, home: Path, pool: Executor) -> list[Path]:
    """The scores of the folder's mixes, and of all that were trained into `home`."""
    list(pool.map(partial(train, home), sorted(folder.glob("mix=*.parquet"))))
    return sorted(home.glob("*/scores.parquet"))


def change_seeds(folder: Path, by: int) -> None:
    for file in (*folder.glob("mix=*.parquet"), folder / "swarm.parquet"):
        if file.exists():
            pl.read_parquet(file, glob=False).with_columns(pl.col("seed") + by).write_parquet(file)


def repeat(number: int, pool: Executor) -> dict[str, Any]:
    """Search and prove once; what was confirmed."""
    home = HERE / f"repeat-{number}"
    confirmed = home / "confirmed"
    if not (confirmed / "confirmed.json").exists():
        shutil.rmtree(home, ignore_errors=True)
        folders = {name: home / name for name in ("first", "fit1", "second", "fit2", "weights", "confirmed")}
        for folder in folders.values():
            folder.mkdir(parents=True)
        counts = OUT / "mix.counts/all"
        swarm.sample([], folders["first"], counts=counts, **read_settings("mix.swarm") | {"seed": number})
        change_seeds(folders["first"], 1000 * number)
        scores = train_all(folders["first"], home / "scored", pool)
        fit.regress(scores, folders["fit1"], swarm=folders["first"])
        aims = read_settings("mix.round") | {"seed": number}
        swarm.propose(sorted(folders["fit1"].iterdir()), folders["second"], swarm=folders["first"], **aims)
        scores = train_all(folders["second"], home / "scored", pool)
        fit.regress(scores, folders["fit2"], swarm=folders["second"])
        fitted, weights = sorted(folders["fit2"].iterdir()), folders["weights"]
        settings = read_settings("mix.weights")
        optimize.solve(fitted, weights, counts=counts, swarm=folders["second"], **settings)
        scores = train_all(weights, home / "proof", pool)
        confirm.judge(scores, confirmed, weights=weights)
    found: dict[str, Any] = json.loads((confirmed / "confirmed.json").read_text(encoding="utf-8"))
    return found


def main() -> None:
    report = Figures("mix_promise")
    held, narrow = 0, 0
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        for number in range(1, REPEATS + 1):
            found = repeat(number, pool)
            # No promise is made where natural is the best: nothing was promised, nothing came.
            if (promise := found.get("promise")) is None:
                print(f"repeat {number}: natural is kept: {found['why']}", flush=True)
                held, narrow = held + 1, narrow + 1
                continue
            said, came = promise["predicted"], promise["realised"]
            held, narrow = held + promise["held"], narrow + promise["narrow"]
            print(
                f"repeat {number}: promised {said['corrected']:+.4f} ({said['low']:+.4f} to "
                f"{said['high']:+.4f}), came {came['mean']:+.4f} ({came['low']:+.4f} to {came['high']:+.4f})"
                f"{'' if promise['held'] else ' NOT HELD'}{'' if promise['narrow'] else ' TOO WIDE'}",
                flush=True,
            )
    report.add("share of repeats whose promise lies within what came", held / REPEATS, 0.8)
    report.add("share of repeats whose promise is no wider than twice what came", narrow / REPEATS, 0.8)
    report.close()


if __name__ == "__main__":
    main()
