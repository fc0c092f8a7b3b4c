"""Gate: an earlier run's scores, weighed by how far their text has moved, are worth more than none and than all.

`make gate NAME=mix_evidence`. Environment: SEEDS (12). Four sources of 150 KB (Python, LaTeX, an encyclopedia,
quotations), four evals of the same kinds, scored by the n-gram tier, exactly but for planted noise of a run
(.01 bits, as the demo's proxies have). 40 mixes are run; then 10, 50 or 100% of the documents of one source,
drawn by the seed, are replaced by text of another kind, and few mixes are run anew. Three fits: of these
alone, with all earlier runs in full, and with these weighed. Of each the root mean square error of the change
from natural that it predicts, over blends that nobody ran, against what the tier says of them exactly.
"""

import itertools
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.sort(key=str(Path(__file__).resolve().parent).__eq__)  # no gate shadows a package

import numpy as np
import polars as pl
from figures import Figures

from ingest.mediawiki import read as read_wiki
from mixing import count, fit, ngram, proxies, swarm
from mixing.regression import evidence, model
from pipelines.disk.documents import read_batches

DATA = Path("data")
SEEDS = int(os.environ.get("SEEDS", "12"))
KINDS = ("code", "maths", "quotes", "wiki")
SHARES = (0.0, 0.1, 0.5, 1.0)
PIECE, PIECES, ITEMS, ITEM = 3000, 50, 40, 200
MIXES, FEW, NOISE, TESTED = 40, 6, 0.01, 60
FITS = ("alone", "full", "weighed")


def main() -> None:
    texts = read_texts()
    print({kind: len(pieces) for kind, pieces in texts.items()})
    found: dict[float, list[list[float]]] = {share: [] for share in SHARES}
    for seed in range(SEEDS):
        with tempfile.TemporaryDirectory() as folder:
            for share, errors in judge(Path(folder), texts, seed).items():
                found[share].append(errors)
    report = Figures("mix_evidence")
    for share in SHARES:
        errors = np.array(found[share])
        means = np.sqrt((errors**2).mean(axis=0))
        print(f"{share:.0%} changed: " + ", ".join(f"{n} {e:.4f}" for n, e in zip(FITS, means, strict=True)))
        print(np.round(errors, 4).tolist())
        best = means[:2].min()
        report.add(f"{share:.0%} changed: error of the weighed over that of the better other", means[2] / best, 1.05, most=True)
    report.close()


def read_texts() -> dict[str, list[str]]:
    """Pieces by kind."""
    frames = (frame for file in sorted((DATA / "wikipedia").glob("*.bz2")) for frame in read_wiki(str(file)))
    whole = {
        "code": [file.read_text(encoding="utf-8") for file in sorted((DATA / "code").rglob("*.py"))],
        "maths": [file.read_text(errors="replace") for file in sorted((DATA / "maths").rglob("*.tex"))],
        "quotes": [file.read_text(errors="replace") for file in sorted((DATA / "forum").rglob("*.txt"))],
        "wiki": [text for frame in itertools.islice(frames, 40) for text in frame["text"] if text],
    }
    return {kind: cut("\n\n".join(parts)) for kind, parts in whole.items()}


def cut(text: str) -> list[str]:
    return [text[at : at + PIECE] for at in range(0, len(text) - PIECE, PIECE)]


def judge(folder: Path, texts: dict[str, list[str]], seed: int) -> dict[float, list[float]]:
    """By share that changed, the errors of the three fits."""
    rng = np.random.default_rng(seed)
    drawn = {kind: [parts[i] for i in rng.permutation(len(parts))] for kind, parts in texts.items()}
    write_items(folder, {kind: parts[:ITEMS] for kind, parts in drawn.items()})
    sources = {kind: parts[ITEMS : ITEMS + PIECES] for kind, parts in drawn.items()}
    changed, by = rng.choice(len(KINDS), 2, replace=False)
    other = drawn[KINDS[by]][ITEMS + PIECES :][:PIECES]
    old = run(folder, "old", sources, MIXES, rng)
    fit_swarm(old, old, {})
    tested = rng.dirichlet(np.full(len(KINDS), 2.0), TESTED)
    errors = {}
    for share in SHARES:
        count_of = round(share * PIECES)
        now = sources | {KINDS[changed]: other[:count_of] + sources[KINDS[changed]][count_of:]}
        new = run(folder, f"new-{share}", now, FEW, rng)
        truth = score(new, "tested", [np.full(len(KINDS), 1 / len(KINDS)), *tested])
        errors[share] = [measure(new, old, name, truth, tested) for name in FITS]
    return errors


def run(folder: Path, name: str, sources: dict[str, list[str]], mixes: int, rng: np.random.Generator) -> Path:
    """Prepare, draw and score a swarm."""
    out = folder / name
    out.mkdir()
    rows = [(f"{kind} {i}", kind, text) for kind, parts in sources.items() for i, text in enumerate(parts)]
    docs = pl.DataFrame(rows, schema=["id", "source", "text"], orient="row")
    docs.with_columns(token_count=pl.lit(20_000)).write_parquet(out / "part-00000.parquet")
    files = [out / "part-00000.parquet"]
    count.by_source(files, out)
    about = {"items": folder, "max_items_per_eval": ITEMS, "store": str(folder / "store")}
    proxies.prepare(files, out, read=read_batches, **about)
    seed = int(rng.integers(1000))
    swarm.sample([], out, counts=out, proxy_tokens=100_000, mixes=mixes, held_out=0, seed=seed)
    ngram.score(sorted(out.glob("mix=*")), out, data=out, counts=out)
    scores = pl.read_parquet(out / "scores.parquet")
    scores = scores.with_columns(value=pl.col("value") + pl.Series(rng.normal(0, NOISE, len(scores))))
    scores.filter(pl.col("eval").is_in(KINDS)).write_parquet(out / "scores.parquet")
    return out


def fit_swarm(swarm: Path, out: Path, choices: dict[str, Path]) -> None:
    out.mkdir(exist_ok=True)
    fit.regress([swarm / "scores.parquet"], out, swarm=swarm, data=swarm, **choices)


def measure(new: Path, old: Path, name: str, truth: np.ndarray, tested: np.ndarray) -> float:
    """The error of a fit's predicted changes."""
    out = new / name
    weigh: Callable[..., np.ndarray] = evidence.trust
    if name == "full":
        evidence.trust = lambda error, slope, moved: np.ones(len(moved))
    fit_swarm(new, out, {} if name == "alone" else {"previous": old})
    evidence.trust = weigh
    fitted = model.load(out)
    told = model.predict(fitted, np.vstack([np.full((1, len(KINDS)), 1 / len(KINDS)), tested]))
    order = [list(fitted["evals"]).index(kind) for kind in KINDS]
    change = told[order][:, 1:] - told[order][:, :1]
    if name == "weighed" and os.environ.get("V"):
        said = json.loads((out / "fit.json").read_text())["previous"]
        print(new.name, {k: round(v, 3) for k, v in said["moved"].items()}, {k: round(v, 2) for k, v in said["trust"].items()}, said["entered"])
    return float(np.sqrt(((change - (truth[1:] - truth[:1]).T) ** 2).mean()))


def write_items(folder: Path, asked: dict[str, list[str]]) -> None:
    rows = [
        (kind, str(i), text[:ITEM], text[ITEM : 2 * ITEM])
        for kind, parts in asked.items()
        for i, text in enumerate(parts)
    ]
    names = dict.fromkeys(("eval", "item", "prompt", "answer"), pl.String)
    pl.DataFrame(rows, orient="row", schema=names).write_parquet(folder / "items.parquet")


def score(data: Path, name: str, mixes: list[np.ndarray]) -> np.ndarray:
    """What the tier says of each mix, exactly: (mixes, KINDS)."""
    out = data / name
    out.mkdir()
    for number, mix in enumerate(mixes):
        row = {"mix": number, "role": "swarm", "seed": 0, "round": 0}
        row |= dict(zip(KINDS, mix.tolist(), strict=True))
        pl.DataFrame([row]).write_parquet(out / f"mix={number:04d}.parquet")
    ngram.score(sorted(out.glob("mix=*")), out, data=data, counts=data)
    scores = pl.read_parquet(out / "scores.parquet").pivot("eval", index="mix", values="value")
    return scores.sort("mix").select(KINDS).to_numpy()


if __name__ == "__main__":
    main()
