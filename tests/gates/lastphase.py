"""Gate: the last phase of a run, solved given the first.

`make gate NAME=lastphase`. Environment: OUT, a finished run of the demo (out/demo); ONLY, names of sections
(planted, phases) with a comma between; SEEDS of the proof (3), TOKENS of a proxy (100,000), SIZE (100,000
parameters).

* planted: four sources of equal size, `match` and its copy `double` (an encyclopaedia), `code`, and `noise`.
  The last phase's eval is of one source's text, so that its right mix is known: `prose` wants match and
  double, `code` code. Where the first phase's reading leaves code half of the last one, code has that half.
  Floors: .9 of what is right, at most .05 noise, the half to .02; solved beats continued, the interval above
  0.
* phases: the demo's corpus, its mix as the first phase (6M tokens), a last one (1.5M) for maths and code.
  Which gain the proof can see is said before it is run. Floors: the interval of the gain over continued and
  over natural above 0, all held-out text worse by at most .02 at the upper end.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import planted_mix
import sections
from figures import Figures

from winnow.mixing import anneal, fit, optimize, phases

DEMO = Path(os.environ.get("OUT", "out/demo"))
SEEDS = int(os.environ.get("SEEDS", "3"))
TOKENS = int(os.environ.get("TOKENS", "100_000"))
SIZE = int(os.environ.get("SIZE", "100_000"))
REPEATS = 3
RIGHT, MOST_NOISE, NEAR, MAX_LOSS = 0.9, 0.05, 0.02, 0.02
PLANTED = [{"name": "main", "tokens": 2_000_000}, {"name": "last", "tokens": 500_000}]
LEFT = 0.75  # epochs, which after half of one leave a source half of the last phase
DEMO_PHASES = [
    {"name": "main", "tokens": 6_000_000},
    {
        "name": "last",
        "tokens": 1_500_000,
        "evals": {"maths": 1.0, "code": 1.0},
        "families": {"maths": ["gsm8k"], "code": ["humaneval", "mbpp"]},
    },
]


def main() -> None:
    checks = {"planted": check_planted, "phases": check_phases}
    wanted, figures = sections.choose(checks), Figures("lastphase")
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            checks[name](Path(folder), figures)
    figures.close()


def check_planted(folder: Path, figures: Figures) -> None:
    texts = {"prose": planted_mix.read_prose(), "code": planted_mix.read_code()}
    planted_mix.prepare(folder, texts, 0)
    even = dict.fromkeys(planted_mix.SOURCES, 0.25)
    (folder / "first.json").write_text(json.dumps({"weights": even, "targets": {"prose": 1.0}}))
    about = {"counts": folder, "weights": folder / "first.json", "index": folder, "max_loss": 9.0}
    fitted = search(folder, folder, {**about, "phases": set_evals("prose")}, mixes=16)
    wanted = {"prose": ("match", "double"), "code": ("code",)}
    for name, sources in wanted.items():
        plan = write_plan(folder / name, **about, phases=set_evals(name))
        found = prove(folder / name, folder, fitted, plan, folder)
        weights = read(folder / name / "judged" / "last" / "weights.json")["weights"]
        print(f"{name}: {say(weights)}")
        figures.add(f"planted {name}: share that is right", sum(weights[one] for one in sources), RIGHT)
        figures.add(f"planted {name}: noise", weights["noise"], MOST_NOISE, most=True)
        gain = found["against"]["continued"]["gain"]["low"] if found["against"] else -1.0
        figures.add(f"planted {name}: gain, low end", gain, 0.0)
    plan = write_plan(folder / "left", **about, max_epochs=LEFT, phases=set_evals("code"))
    weights = solve(folder / "left", fitted, plan, folder)["weights"]
    print(f"code, of which half is left: {say(weights)}")
    figures.add("planted code: from the half that is left", abs(weights["code"] - 0.5), NEAR, most=True)


def set_evals(name: str) -> list[dict[str, Any]]:
    return [PLANTED[0], {**PLANTED[1], "evals": {name: 1.0}}]


def check_phases(folder: Path, figures: Figures) -> None:
    data, counts = DEMO / "mix.prepared/all", DEMO / "mix.counts/all"
    about = {
        "counts": counts,
        "weights": DEMO / "mix.confirmed/all",
        "index": DEMO / "contamination.index/all",
    }
    about |= {"phases": DEMO_PHASES, "max_loss": MAX_LOSS}
    fitted = search(folder, data, about, mixes=20)
    report = prove(folder, data, fitted, folder / "plan", counts)
    show(read(folder / "plan" / "plan.json"), report, folder)
    if not report["against"]:
        figures.add("phases: solved differs from continued", 0, 1)
        return
    for name in ("continued", "natural"):
        figures.add(f"phases: gain over {name}, low end", report["against"][name]["gain"]["low"], 0.0)
    held = report["against"]["continued"]["held_out"]
    figures.add("phases: held-out text, high end", held["high"], MAX_LOSS, most=True)


def write_plan(folder: Path, **settings: Any) -> Path:
    out = folder / "plan"
    out.mkdir(parents=True)
    phases.plan([], out, **settings)
    return out


def search(folder: Path, data: Path, about: dict[str, Any], mixes: int) -> Path:
    """The plan, proxies of the first phase, the swarm of the last, its scores, the fit: the folder of all."""
    plan = write_plan(folder, **about)
    for name in ("begun", "swarm", "scored", "fit"):
        (folder / name).mkdir()
    begin = {"proxy_tokens": TOKENS, "repeats": REPEATS, "seeds": SEEDS, "size": SIZE}
    anneal.begin([], folder / "begun", data=data, phase=plan, **begin)
    phases.sample([], folder / "swarm", phase=plan, mixes=mixes, held_out=2, repeats=REPEATS)
    files = sorted((folder / "swarm").glob("mix=*"))
    print(f"{REPEATS + SEEDS} proxies begun; {len(files)} runs of the last phase", flush=True)
    anneal.train(files, folder / "scored", data=data, checkpoint=folder / "begun")
    fit.regress([folder / "scored" / "scores.parquet"], folder / "fit", swarm=folder / "swarm")
    return folder


def solve(folder: Path, fitted: Path, plan: Path, counts: Path) -> dict[str, Any]:
    out = folder / "solved"
    out.mkdir()
    about = {"counts": counts, "swarm": fitted / "swarm", "phase": plan, "seeds": SEEDS}
    optimize.solve([fitted / "fit" / "predictions.parquet"], out, **about)
    for line in read(out / "messages.json")["says"]:
        print(line, flush=True)
    return read(out / "weights.json")


def prove(folder: Path, data: Path, fitted: Path, plan: Path, counts: Path) -> dict[str, Any]:
    """What the solved mix is worth: `confirmed.json`."""
    solve(folder, fitted, plan, counts)
    for name in ("proof", "judged"):
        (folder / name).mkdir()
    mixes = sorted((folder / "solved").glob("mix=*"))
    anneal.train(mixes, folder / "proof", data=data, checkpoint=fitted / "begun")
    scores = [folder / "proof" / "scores.parquet"]
    phases.judge(scores, folder / "judged", phase=plan, weights=folder / "solved")
    return read(folder / "judged" / "confirmed.json")


def show(plan: dict[str, Any], report: dict[str, Any], folder: Path) -> None:
    """The table: what the solved mix gains against each other, and both phases by source."""
    print(report["why"])
    print(f"{'solved against':<16}{'gain':>9}{'low':>9}{'high':>9}{'held-out':>10}{'low':>9}{'high':>9}")
    for name, row in report["against"].items():
        gain, held = row["gain"], row["held_out"]
        values = (gain["mean"], gain["low"], gain["high"], held["change"], held["low"], held["high"])
        print(f"{name:<16}" + "".join(f"{value:>+9.4f}" for value in values[:3]), end=" ")
        print("".join(f"{value:>+9.4f}" for value in values[3:]))
    solved = read(folder / "solved" / "weights.json")
    print(f"{'source':<14}{'main':>8}{'solved':>8}{'natural':>9}{'most':>8}{'read before':>13}")
    for name, weight in plan["weights"].items():
        numbers = (weight, solved["weights"][name], solved["natural"][name], plan["most"][name])
        print(f"{name:<14}" + "".join(f"{one:>8.1%}" for one in numbers) + f"{plan['before'][name]:>10.2f}")


def say(weights: dict[str, float]) -> str:
    return ", ".join(f"{name} {weight:.1%}" for name, weight in weights.items())


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    main()
