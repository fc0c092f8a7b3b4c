"""Gate: the mix that a run chose, trained again with fresh seeds; and what other evals would have chosen.

`make gate NAME=mix_realised`. Environment: OUT (out/demo), a finished run of the demo's recipe, which stays
as it is; SEEDS (5), WORKERS (2). Natural, uniform, UniMax and the chosen mix with seeds that the run never
used, at the swarm's size and at twice that: the chosen mix gains beyond noise at both, no target eval is
worse than the guard allows, and the promise lies within the interval of what came. Then with other targets
(only code, only mathematics, only reading): solved again on the run's own fit, so nothing of the swarm is
trained again, and each confirmed at the swarm's size. Writes under out/gates/mix_realised/; trained proxies
stay there.
"""

import json
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}

import polars as pl
from figures import Figures

from winnow.mixing import confirm, optimize, proxies

OUT = Path(os.environ.get("OUT", "out/demo"))
HERE = Path("out/gates/mix_realised")
SEEDS, WORKERS = int(os.environ.get("SEEDS", "5")), int(os.environ.get("WORKERS", "2"))
FRESH = 1000  # added to the seeds that the run would have used
TOKENS, SIZES = 300_000, (200_000, 400_000)
TARGETS: dict[str, dict[str, Any]] = {
    "code": {"evals": {"humaneval": 1.0, "mbpp": 1.0}},
    "maths": {"evals": {"gsm8k": 1.0}},
    "reading": {"evals": {"arc_easy": 1.0, "arc_challenge": 1.0, "hellaswag": 1.0, "piqa": 1.0}},
}
BESIDE = ("natural", "uniform", "unimax")


def main() -> None:
    report = Figures("mix_realised")
    settings = json.loads((OUT / "mix.weights/all/weights.json").read_text())["settings"]
    own = {name: settings[name] for name in ("evals", "families", "kl", "max_rise", "max_epochs")}
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        told, solved = realise("own", own, SIZES, (*BESIDE, "chosen"), pool)
        for size, found in told["sizes"].items():
            gain = found["mixes"]["chosen"]["gain"]
            report.add(f"gain at {size} parameters, low end (bits per byte)", gain["low"], 0.0)
            changes = {name: found["mixes"]["chosen"]["evals"][name]["change"] for name in solved["targets"]}
            worst = max(changes, key=lambda name: changes[name])
            report.add(
                f"worst eval at {size} parameters, {worst} (bits per byte)", changes[worst], 0.02, most=True
            )
        report.add("promise within what came", int(told["promise"]["held"]), 1)
        report.add("promise no wider than twice what came", int(told["promise"]["narrow"]), 1)
        for name, targets in TARGETS.items():
            told, _ = realise(
                name, own | {"families": None} | targets, SIZES[:1], ("natural", "chosen"), pool
            )
            gain = next(iter(told["sizes"].values()))["mixes"]["chosen"]["gain"]
            report.add(f"only {name}: gain, low end (bits per byte)", gain["low"], 0.0)
    report.close()


def realise(
    name: str, aims: dict[str, Any], sizes: tuple[int, ...], mixes: tuple[str, ...], pool: ProcessPoolExecutor
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Solve, train with fresh seeds, confirm; prints what came."""
    home = HERE / name
    shutil.rmtree(home, ignore_errors=True)
    weights, confirmed = home / "weights", home / "confirmed"
    weights.mkdir(parents=True)
    confirmed.mkdir()
    fitted = sorted((OUT / "mix.fit/all").iterdir())
    counts, swarm = OUT / "mix.counts/all", OUT / "mix.round/all"
    optimize.solve(fitted, weights, counts=counts, swarm=swarm, seeds=SEEDS, **aims)
    for file in weights.glob("mix=*"):
        pl.read_parquet(file).with_columns(pl.col("seed") + FRESH).write_parquet(file)
    files = [file for mix in mixes for file in sorted(weights.glob(f"mix={mix}-*"))]
    for size in sizes:
        list(pool.map(partial(train, home / f"proof-{size}", size), files))
    confirm.judge(sorted(home.glob("proof-*/*/scores.parquet")), confirmed, weights=weights)
    told = json.loads((confirmed / "confirmed.json").read_text())
    solved = json.loads((weights / "weights.json").read_text())
    show(name, told, solved)
    return told, solved


def train(out: Path, size: int, file: Path) -> None:
    (out / file.stem).mkdir(parents=True)
    data = OUT / "mix.prepared/all"
    proxies.train(
        [file], out / file.stem, data=data, proxy_tokens=TOKENS, size=size, store=str(HERE / "store")
    )


def show(name: str, told: dict[str, Any], solved: dict[str, Any]) -> None:
    say = lambda mix: ", ".join(f"{source} {weight:.2f}" for source, weight in mix.items())  # noqa: E731
    print(f"\n{name}: {say(solved['weights'])}\n  natural: {say(solved['natural'])}", flush=True)
    promise = solved["gain"]
    print(f"  promised {promise['corrected']:+.4f} ({promise['low']:+.4f} to {promise['high']:+.4f})")
    for size, found in told["sizes"].items():
        for mix, row in found["mixes"].items():
            gain = row["gain"]
            print(f"  {size} {mix:8} {gain['mean']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f})", end="")
            wide = {
                eval_: (one["change"], one["high"] - one["change"]) for eval_, one in row["evals"].items()
            }
            shown = [f"{e} {c:+.3f}±{w:.3f}" for e, (c, w) in wide.items() if not e.startswith("source:")]
            print("  " + " ".join(shown), flush=True)


if __name__ == "__main__":
    main()
