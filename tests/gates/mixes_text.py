"""Gate: three mixing problems of real text by another hand (golds/mixes_text), up to the exported mix.

`make gate NAME=mixes_text`. An eval that is served by a source of 2%, two that need two sources each, one
that no source serves. For each, a recipe as the demo's: a swarm, a round more, the fit, the mix, six fresh
seeds of it and of others, and where the proof asks for it a further round. By the n-gram model and by
transformers. What is exported gained at least .8 of the most that a mix gained which keeps the guard;
natural goes out only where nothing was better; the promise lies within what came; what nobody serves is said
to be that. Environment: SIZES ("0 100000"; 0 is the n-gram model), PROBLEMS, WORKERS (2). Writes under
out/gates/mixes_text/.
"""

import json
import os
import shutil
import string
import tarfile
from pathlib import Path
from typing import Any

import runs
from figures import Figures

from winnow.mixing import optimize

GOLD = Path(__file__).parent / "golds/mixes_text/problems.tar.xz"
HOME = Path("out/gates/mixes_text")
SIZES = [int(size) for size in os.environ.get("SIZES", "0 100000").split()]
PROBLEMS = os.environ.get("PROBLEMS", "two_percent two_sources nobody").split()
SHARE = 0.8  # of the most that a mix gained
TOKENS = 300_000
Row = dict[str, Any]

SOURCE = """
[[source]]
name = "$name"
uris = $paths
read = { use = "ingest.jsonl:read" }
"""
EVAL = """
[[stage]]
name  = "items.$name"
after = "eval.$name"
steps = [ { use = "ingest.evals:jsonl", eval = "$name", question = "question", answer = "answer" } ]
"""
SCORED = {
    True: """
[[stage]]
name  = "$name"
after = "$after"
by    = "mix"
may_be_empty = true
steps = [ { use = "mixing.proxies:train", data = "stage:prepared", proxy_tokens = $tokens, size = $size } ]
""",
    False: """
[[stage]]
name  = "$name"
after = "$after"
steps = [ { use = "mixing.ngram:score", data = "stage:prepared", counts = "stage:counts" } ]
""",
}
DOCS = """
[[stage]]
name  = "docs"
after = $sources
steps = [ { use = "mixing.count:tokens" } ]
"""
MIX = """
[[stage]]
name  = "items"
after = $items
steps = [ { use = "ingest.evals:join" } ]

[[stage]]
name  = "counts"
after = "docs"
steps = [ { use = "mixing.count:by_source" } ]

[[stage]]
name  = "swarm"
after = "counts"
steps = [ { use = "mixing.swarm:sample", counts = "stage:counts", proxy_tokens = $tokens, mixes = $first, held_out = 2, repeats = 6 } ]

[[stage]]
name  = "prepared"
after = "docs"
steps = [ { use = "mixing.proxies:prepare", items = "stage:items", max_items_per_eval = 128 } ]

[[stage]]
name  = "begun"
after = "scored"
steps = [ { use = "mixing.fit:regress", swarm = "stage:swarm" } ]

[[stage]]
name  = "round"
after = "begun"
steps = [ { use = "mixing.swarm:propose", swarm = "stage:swarm", mixes = $more, evals = $aim } ]

[[stage]]
name  = "fit"
after = ["scored", "scored.round"]
steps = [ { use = "mixing.fit:regress", swarm = "stage:round" } ]

[[stage]]
name  = "weights"
after = "fit"
steps = [ { use = "mixing.optimize:solve", counts = "stage:counts", swarm = "stage:round", data = "stage:prepared", seeds = 6, evals = $aim, max_rise = $rise } ]

[[stage]]
name  = "judged"
after = "proof"
steps = [ { use = "mixing.confirm:judge", weights = "stage:weights" } ]

[[stage]]
name  = "refined"
after = ["scored", "scored.round", "proof"]
steps = [ { use = "mixing.refine:solve", confirmed = "stage:judged", weights = "stage:weights", fitted = "stage:fit", counts = "stage:counts", swarm = "stage:round", data = "stage:prepared", seeds = 6 } ]

[[stage]]
name  = "confirmed"
after = "refined.proof"
steps = [ { use = "mixing.confirm:judge", weights = "stage:refined", before = "stage:judged" } ]
"""  # noqa: E501
PROVEN = {"scored": "swarm", "scored.round": "round", "proof": "weights", "refined.proof": "refined"}


def write_recipe(folder: Path, size: int) -> Path:
    """The recipe of a problem; `size` is the proxies', 0 for the n-gram model."""
    sources = {path.stem: [path] for path in sorted((folder / "sources").glob("*.jsonl"))}
    path = HOME / f"{folder.name}-{size}.toml"
    path.write_text(compose(folder, sources, DOCS, size))
    return path


def compose(folder: Path, sources: dict[str, list[Path]], docs: str, size: int) -> str:
    """A problem's recipe with these sources, whose documents come as the stages `docs` give them."""
    problem = json.loads((folder / "problem.json").read_text())
    evals = sorted((folder / "evals").glob("*.jsonl"))
    files = sources | {f"eval.{path.stem}": [path] for path in evals}
    parts = ['name = "mix"\n']
    parts += [
        fill(SOURCE, name=name, paths=json.dumps([str(path.resolve()) for path in paths]))
        for name, paths in files.items()
    ]
    parts += [fill(EVAL, name=path.stem) for path in evals]
    parts.append(fill(docs, sources=json.dumps(list(sources))))
    aim = ", ".join(f"{name} = {weight}" for name, weight in problem["aim"].items())
    first, more = (16, 16) if size else (64, 32)
    parts.append(
        fill(
            MIX, items=json.dumps([f"items.{path.stem}" for path in evals]), aim=f"{{ {aim} }}",
            tokens=TOKENS, first=first, more=more, rise=problem["max_rise"],
        )
    )  # fmt: skip
    parts += [
        fill(SCORED[bool(size)], name=name, after=after, tokens=TOKENS, size=size)
        for name, after in PROVEN.items()
    ]
    return "".join(parts)


def fill(text: str, **values: object) -> str:
    return string.Template(text).substitute(values)


def judge(out: Path, name: str, figures: Figures) -> None:
    """What was exported, beside the best that was measured."""
    came = json.loads((out / "confirmed/all/confirmed.json").read_text())
    solved = json.loads((out / "refined/all/weights.json").read_text())
    first = json.loads((out / "weights/all/weights.json").read_text())
    print(f"    {name}: {first['verdict']}\n    {name}: exported {came['exported']}: {came['why']}")
    print(f"    {name}: unseen {first['unseen']}; further round: {not solved.get('stands')}")
    mixes = came["sizes"][max(came["sizes"], key=int)]["mixes"] if came["sizes"] else {}
    kept = {mix for mix in mixes if not came["broken"].get(mix) and mix not in came["outside"]}
    gains = {mix: row["gain"]["mean"] for mix, row in mixes.items()}
    print(
        f"    {name}: gains { ({mix: round(gain, 4) for mix, gain in gains.items()}) }, kept {sorted(kept)}"
    )
    best = max([0.0, *(gains[mix] for mix in kept)])
    taken = gains.get(came["exported"], 0.0)
    sure = [mix for mix in kept if mixes[mix]["gain"]["low"] > 0]
    figures.add(f"{name}.share_of_best_measured", round(taken / best, 3) if best else 1, SHARE)
    figures.add(
        f"{name}.natural_where_better", int(came["exported"] == "natural" and bool(sure)), 0, most=True
    )
    if "promise" in came:
        figures.add(f"{name}.promise_came", int(came["promise"]["held"]), 1)


def ask_alone(out: Path, name: str, aims: list[str], figures: Figures) -> None:
    """What is said of evals alone that nothing serves."""
    alone = out.parent / f"{name}-alone"
    shutil.rmtree(alone, ignore_errors=True)
    alone.mkdir()
    optimize.solve(
        [out / "fit/all/predictions.parquet"], alone, counts=out / "counts/all", swarm=out / "round/all",
        data=out / "prepared/all", evals=dict.fromkeys(aims, 1.0),
    )  # fmt: skip
    told = json.loads((alone / "weights.json").read_text())
    print(f"    {name}: {aims} alone: {told['verdict']}")
    figures.add(f"{name}.alone_no_source", int(told["finding"] == "no_source"), 1)


def main() -> None:
    figures = Figures("mixes_text", HOME)
    with tarfile.open(GOLD) as archive:
        archive.extractall(HOME, filter="data")
    for problem in PROBLEMS:
        for size in SIZES:
            name = f"{problem}.{size // 1000}k" if size else f"{problem}.ngram"
            out = HOME / f"{problem}-{size}"
            recipe = write_recipe(HOME / problem, size)
            runs.finish(
                out.with_suffix(".log"), "run", recipe, out, "--workers", os.environ.get("WORKERS", "2")
            )
            judge(out, name, figures)
            aims = json.loads((HOME / problem / "problem.json").read_text()).get("aim_alone")
            if aims:
                ask_alone(out, name, aims, figures)
    figures.close()


if __name__ == "__main__":
    main()
