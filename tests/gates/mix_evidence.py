"""Gate: earlier runs weighed by how far their text has moved are worth more than none and than all.

`make gate NAME=mix_evidence`. Environment: SEEDS (16). Planted: five sources of words with known frequencies,
two evals that are smooth functions of how frequent each word is in a mix's text (bits of an eval's words
under it; a use of words that saturates), noise of a run on top. 40 mixes are run; then 0, 10, 50 or 100% of
the documents of one source, drawn by the seed, or all of all sources, are other texts', and 14 mixes are run
anew. Three fits: of these alone, with the earlier runs in full, with these weighed. Of each the root mean
square error of the change from natural that it predicts, over random mixes of which the truth is known, in
root mean squares of the true change; the mean over evals and seeds.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from figures import Figures

from winnow.mixing import fit
from winnow.mixing.proxy import sketches
from winnow.mixing.regression import model, prior_runs

SEEDS = int(os.environ.get("SEEDS", "16"))
STEPS = {  # share of documents that changed, in how many sources
    "nothing": (0.0, 1),
    "10% of a source": (0.1, 1),
    "50% of a source": (0.5, 1),
    "a source": (1.0, 1),
    "all sources": (1.0, 5),
}
SOURCES = [f"source{number}" for number in range(5)]
VOCABULARY, WORDS, DOCUMENTS = 200, 20_000, 20
EARLIER, TODAY, TESTED, NOISE = 40, 14, 200, 0.01
Trust = Callable[[float, float, np.ndarray], np.ndarray]
FITS: dict[str, Trust | None] = {
    "alone": None,
    "in full": lambda error, slope, moved: np.ones(len(moved)),
    "weighed": prior_runs.trust,
}


class World(NamedTuple):
    """What evals make of the frequencies of words."""

    asked: np.ndarray  # (words): frequencies in what is asked
    use: np.ndarray  # (words): how much each word serves

    def score(self, texts: np.ndarray) -> np.ndarray:
        """What each text (rows: frequencies) scores without noise: (texts, evals), lower is better."""
        return np.column_stack([-np.log2(texts + 1e-4) @ self.asked, 2 * np.exp(-2 * texts @ self.use)])


def main() -> None:
    found = np.array([judge(seed) for seed in range(SEEDS)]).mean(axis=0)
    report = Figures("mix_evidence")
    for step, errors in zip(STEPS, found, strict=True):
        alone, full, weighed = errors.tolist()
        print(f"{step} changed: error alone {alone:.4f}, in full {full:.4f}, weighed {weighed:.4f}")
        report.add(
            f"{step} changed: weighed over the better other", weighed / min(alone, full), 1.05, most=True
        )
        if step == "nothing":
            report.add(f"{step} changed: weighed over alone", weighed / alone, 0.8, most=True)
    report.close()


def judge(seed: int) -> list[list[float]]:
    """By step, the errors of the fits."""
    rng = np.random.default_rng(seed)
    number, common = len(SOURCES), 1 / (np.arange(VOCABULARY) + 5)
    texts = np.array([draw_text(rng, common) for _ in range(2 * number + 1)])
    words = ["".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 4)) for _ in range(VOCABULARY)]
    world = World(texts[-1], rng.exponential(1.0, VOCABULARY))
    documents = [write_text(words, text, rng) for text in texts[:-1]]
    order, tested = rng.permutation(number), rng.dirichlet(np.ones(number), TESTED)
    with tempfile.TemporaryDirectory() as named:
        folder, drawn = Path(named), dict(zip(SOURCES, documents, strict=False))
        regress(write_run(folder / "run", world, texts[:number], drawn, EARLIER, rng), folder / "earlier")
        errors = []
        for step, (share, many) in STEPS.items():
            now, told, new = texts[:number].copy(), dict(drawn), round(share * DOCUMENTS)
            for one in order[:many]:
                now[one] = (1 - share) * texts[one] + share * texts[number + one]
                told[SOURCES[one]] = documents[number + one][:new] + documents[one][new:]
            run = write_run(folder / step, world, now, told, TODAY, rng)
            errors.append([measure(run, name, folder / "earlier", world, now, tested) for name in FITS])
    return errors


def draw_text(rng: np.random.Generator, common: np.ndarray) -> np.ndarray:
    """Frequencies of words, some of which are many times as frequent as usual."""
    drawn = common * rng.lognormal(0, 1.2, len(common))
    return np.asarray(drawn / drawn.sum())


def write_run(
    folder: Path,
    world: World,
    texts: np.ndarray,
    documents: dict[str, list[str]],
    mixes: int,
    rng: np.random.Generator,
) -> Path:
    """Data, swarm and scores of natural (equal parts) and random mixes."""
    folder.mkdir()
    sketches.save(documents, {"0": ["asked"], "1": ["asked"]}, {}, folder)
    weights = np.vstack([mean_mix(), rng.dirichlet(np.ones(len(SOURCES)), mixes - 1)])
    table = {"mix": range(mixes), "role": ["natural", *["swarm"] * (mixes - 1)]}
    pl.DataFrame(table | dict(zip(SOURCES, weights.T, strict=True))).write_parquet(folder / "swarm.parquet")
    values = world.score(weights @ texts)
    values += rng.normal(0, NOISE, values.shape)
    about = {"seed": 0, "unit": "bits", "size": 1, "proxy": "planted"}
    rows = [
        {"mix": mix, "eval": str(number), "value": value} | about
        for mix, scores in enumerate(values.tolist())
        for number, value in enumerate(scores)
    ]
    pl.DataFrame(rows).write_parquet(folder / "scores.parquet")
    return folder


def write_text(words: list[str], text: np.ndarray, rng: np.random.Generator) -> list[str]:
    drawn = rng.choice(np.array(words), (DOCUMENTS, WORDS // DOCUMENTS), p=text)
    return [" ".join(document) for document in drawn]


def mean_mix() -> np.ndarray:
    return np.full((1, len(SOURCES)), 1 / len(SOURCES))


def regress(run: Path, out: Path, **choices: Path) -> None:
    out.mkdir()
    fit.regress([run / "scores.parquet"], out, swarm=run, data=run, members=2, **choices)


def measure(
    run: Path, name: str, earlier: Path, world: World, texts: np.ndarray, tested: np.ndarray
) -> float:
    """The error of the changes that a fit predicts, in root mean squares of the true ones."""
    out, own, chosen = run / name, prior_runs.trust, FITS[name]
    prior_runs.trust = chosen or own
    try:
        regress(run, out, **({"previous": earlier} if chosen else {}))
    finally:
        prior_runs.trust = own
    mixes = np.vstack([mean_mix(), tested])
    truth, told = world.score(mixes @ texts).T, model.predict(model.load(out), mixes)
    change, guess = truth[:, 1:] - truth[:, :1], told[:, 1:] - told[:, :1]
    return float(np.sqrt(((guess - change) ** 2).mean(axis=1) / (change**2).mean(axis=1)).mean())


if __name__ == "__main__":
    main()
