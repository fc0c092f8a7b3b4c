"""Log-linear weights of documents, learnt for evals: which to read first where tokens are the limit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import polars as pl
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from threadpoolctl import threadpool_limits

from winnow.files import write_json, write_messages
from winnow.mixing.importance import choice
from winnow.mixing.importance.bench import JUDGE, LEARN, Bench, lay_out
from winnow.mixing.importance.panel import panel
from winnow.mixing.tune import weigh_evals
from winnow.mixing.tuning.rounds import estimate

__all__ = ["learn", "panel"]

CURVE = (0.1, 0.25, 0.5, 0.75, 1.0)  # of the tokens: where gains are told
LEAST = 50  # documents
SITE = r"^[a-zA-Z]+://([^/?#]+)"
Part = Annotated[float, Field(gt=0, lt=1)]
TRAITS = [
    *("trait_length", "trait_sentences", "trait_code", "trait_letters", "trait_signs", "trait_word_length"),
    *("trait_different_words", "trait_questions", "trait_capitals", "score_quality"),
]


class Search(NamedTuple):
    """How weights are sought."""

    shares: list[float]
    draws: int
    strength: float
    seed: int


def _name_traits(settings: Mapping[str, Any]) -> list[str]:
    """The columns `traits`."""
    return list(settings["traits"])


def learn(
    files: Annotated[Sequence[Path], "id", "text", _name_traits],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    data: Path,
    evals: dict[str, NonNegativeFloat] | None = None,
    families: dict[str, list[str]] | None = None,
    traits: list[str] = TRAITS,
    shares: list[Part] = [0.15, 0.3],  # noqa: B006 - never changed
    strength: PositiveFloat = 0.1,
    folds: Annotated[int, Field(ge=2)] = 5,
    draws: Annotated[int, Field(ge=2)] = 20,
    max_documents: PositiveInt = 4000,
    seed: NonNegativeInt = 0,
) -> None:
    """Write `importance.json`, the weights of traits that `classifiers.importance:score` takes.

    `files` hold documents with the numbers `traits`, by default those of `classifiers.importance:measure` and
    `score_quality` (of more than `max_documents` those of the lowest hash of their id), `data` is the folder
    of `mixing.proxies:prepare` with the evals' items. An n-gram model of order 5 reads of each document with
    the chance that its importance gives it under a budget, `shares` of all tokens; the weights go down the
    slope of the bits that the evals then need, with `strength` * |weights|^2 against chance. `evals` weighs
    evals or `families` of them, by default all alike, each relative to what it needs.

    What that gains is judged apart: sites are dealt into `folds`, each ordered by weights that neither its
    pages nor the judging half of the items taught, and read best first; beside it as many tokens drawn at
    random, `draws` times, each of four fifths of the sites.

    The file: `traits` {name: `mean`, `sd`, `weight`}, learnt of all; `evals` {name: weight}; `gains`, a row
    for each share of the tokens from .1 to 1: `share`, and by eval and for their weighted `mean` by what part
    more bits than at random are needed (`mean`, `low`, `high`: Student's, 95%, over draws; below 0 is
    better); `said` of the mean at the least of `shares`: `helps`, `harms`, `not seen`; `apart`, the standard
    deviation of each weight over the folds; `documents`, `sites`, `settings`.

    Errors: ValueError with fewer than 50 documents or fewer sites than folds, where a column is missing, or
    an eval has too few items to be halved.
    """
    docs = _read_documents(files, read, traits, max_documents, seed)
    search = Search(list(shares), 2, strength, seed)
    with threadpool_limits(1):
        bench, scales, names = lay_out(docs.select(traits), docs, data, seed)
        weighed = weigh_evals(names, evals, families)
        omega = np.array([weighed[name] for name in names])
        sites = int(bench.sites.max()) + 1
        if sites < folds:
            raise ValueError(f"documents of {sites} sites can not be dealt into {folds} folds")
        every = np.ones(docs.height, bool)
        fold = np.random.default_rng(seed).permutation(sites)[bench.sites] % folds
        tried = [_learn(bench, fold != each, omega, (LEARN,), search) for each in range(folds)]
        crossed = np.einsum("ij,ij->i", bench.traits, np.array(tried)[fold])
        found = _learn(bench, every, omega, (LEARN, JUDGE), search)
        gains = _judge(bench, crossed, omega, names, sorted({*CURVE, *shares}), draws, seed)
    rows = np.column_stack([scales.T, found, np.std(tried, axis=0)])
    said = next(row for row in gains if row["share"] == min(shares))["mean"]["said"]
    told = {
        "traits": {
            name: dict(zip(("mean", "sd", "weight", "apart"), map(float, row), strict=True))
            for name, row in zip(traits, rows, strict=True)
        },
        **{"evals": weighed, "gains": gains, "said": said, "documents": docs.height, "sites": sites},
        "settings": {"shares": list(shares), "strength": strength, "folds": folds, "draws": draws},
    }
    write_json(out / "importance.json", told)
    write_messages(out, [_say(gains, min(shares), docs.height, sites)])


def _read_documents(
    files: Sequence[Path],
    read: Callable[..., Iterator[pl.DataFrame]],
    traits: list[str],
    most: int,
    seed: int,
) -> pl.DataFrame:
    """`text`, `site` and the traits of documents, in the order of a hash of their ids."""
    kept = pl.DataFrame()
    for file in files:
        for batch in read(file, ["id", "url", "text", *traits]):
            host = pl.col("url").str.extract(SITE) if "url" in batch.columns else pl.lit(None, pl.String)
            site = host.fill_null(pl.col("id")).alias("site")
            order = pl.col("id").hash(seed).alias("order")
            rows = batch.filter(pl.col("text").str.len_bytes() > 0).with_columns(site, order)
            kept = pl.concat([kept, rows], how="diagonal_relaxed").sort("order", "id").head(most)
    if kept.height < LEAST:
        raise ValueError(f"{kept.height} documents; at least {LEAST} are needed to learn weights from")
    return kept


def _learn(
    bench: Bench, there: np.ndarray, omega: np.ndarray, halves: Sequence[int], search: Search
) -> np.ndarray:
    """Weights from the documents `there` and these halves of the items; bits in percent of each eval's."""
    half = np.full(len(there), 0.5)
    levels = np.mean([bench.score(half, each) for each in halves], axis=0)
    scored = bench.bytes[list(halves)].sum(axis=0)
    worth = (100 * omega / levels / scored)[bench.owners] * np.isin(bench.halves, halves)
    return choice.learn(bench, there, worth, *search)


def _judge(
    bench: Bench,
    importance: np.ndarray,
    omega: np.ndarray,
    names: list[str],
    shares: list[float],
    draws: int,
    seed: int,
) -> list[dict[str, Any]]:
    """By share, what reading the best first needs more than as many tokens drawn at random."""
    random = np.random.default_rng([seed, 1])
    found: dict[float, list[np.ndarray]] = {share: [] for share in shares}
    every = np.ones(len(importance), bool)
    for there in choice.draw_sites(bench, every, draws, seed + 1):
        chance = random.permutation(len(there))
        best = chance[np.argsort(-importance[chance], kind="stable")]
        sizes = bench.pool.lengths
        for share, rows in found.items():
            budget = share * float(sizes[there].sum())
            read = [choice.take_best(sizes, order, there, budget) for order in (best, chance)]
            first, any_ = (bench.score(one, JUDGE) for one in read)
            rows.append(first / any_ - 1)
    told = []
    for share, rows in found.items():
        values = np.array(rows)
        evals = {name: estimate(values[:, at]) for at, name in enumerate(names)}
        told.append({"share": share, "mean": estimate(values @ omega), "evals": evals})
    return told


def _say(gains: list[dict[str, Any]], share: float, documents: int, sites: int) -> str:
    mean = next(row for row in gains if row["share"] == share)["mean"]
    ends = f"{mean['low']:+.1%} to {mean['high']:+.1%}"
    return (
        f"of {documents:,} documents of {sites:,} sites the best {share:.0%}, by weights that saw neither the"
        f" site nor the items, needs {mean['mean']:+.1%} bits ({ends}) beside as many at random:"
        f" {mean['said']}"
    )
