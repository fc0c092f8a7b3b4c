"""What a document is worth to models that learn for some evals: log-linear weights over what a text shows.

    importance(d) = sum over traits of weight * (trait(d) - mean) / sd

Read best first, under a budget of tokens, the documents of the highest importance come. The weights are few
and stand as a table; `mixing.importance:learn` finds them for evals and pages of one's own. After DSIR (Xie
et al. 2023, arXiv:2302.03169) and Meta-rater (2025, arXiv:2504.14194), which weigh ratings; here the weights
go down the slope of what an n-gram model that reads the choice needs for the evals.
"""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from winnow.files import cache_by_stamp

SHIPPED = Path(__file__).parent / "models/importance"
WORDS = r"\S+"
SENTENCES = r'(?m)^.*[.!?"\x{201d}\x{2019})][^\S\n]*$'  # lines that end as one
CODE = (  # lines that end as a statement or a call, are indented by four, or begin with a keyword
    r"(?m)^(?:.*[;{}][^\S\n]*|[^\S\n]{4,}\S.*|.*\w\(.*\)[^\S\n]*"
    r"|[^\S\n]*(?:def|import|return|for|if|#include|const|var|let)\b.*[:;({].*)$"
)
FLAT = 0.002  # added to a share under a logarithm
FAR = 3.0  # standard deviations: what lies beyond counts as that


def _list_traits() -> dict[str, pl.Expr]:
    """By name what is measured of a text: shares are of its characters, lines' characters or words."""
    text = pl.col("text")
    chars = text.str.len_chars().clip(1).cast(pl.Float64)
    words = text.str.count_matches(WORDS).clip(1).cast(pl.Float64)
    spaces = text.str.count_matches(r"\s")
    inside = (chars - text.str.count_matches(r"\n")).clip(1)

    def share_lines(pattern: str) -> pl.Expr:
        return text.str.extract_all(pattern).list.join("").str.len_chars() / inside

    return {
        "length": chars.log(),
        "sentences": share_lines(SENTENCES),
        "code": share_lines(CODE),
        "letters": text.str.count_matches(r"\p{L}") / chars,
        "signs": (text.str.count_matches(r"[{}\[\]();=<>_/\\|*&^%$#@+~`]") / chars + FLAT).log(),
        "word_length": (chars - spaces) / words,
        "different_words": text.str.to_lowercase().str.extract_all(WORDS).list.n_unique() / words**0.8,
        "questions": text.str.count_matches(r"\?") / words,
        "capitals": text.str.count_matches(r"(?:^|\s)\p{Lu}") / words,
    }


TRAITS = (*(f"trait_{name}" for name in _list_traits()), "score_quality")


def measure(
    docs: Annotated[pl.DataFrame, "text"],
) -> Annotated[pl.DataFrame, *TRAITS[:-1]]:
    """Add what weights are learnt over (Float32 each), of text in words between spaces:

    * `trait_length`: the logarithm of its characters;
    * `trait_sentences`, `trait_code`: the share of characters in lines that end as a sentence, or look like
      code;
    * `trait_letters`: the share of characters that are letters; `trait_signs`: the logarithm of that of signs
      of code and markup;
    * `trait_word_length`: characters a word; `trait_different_words`: different words over words^.8;
    * `trait_questions`: question marks a word; `trait_capitals`: the share of words with a capital first.
    """
    return docs.with_columns(
        **{f"trait_{name}": found.cast(pl.Float32) for name, found in _list_traits().items()}
    )


def score(
    docs: Annotated[pl.DataFrame, *TRAITS],
    *,
    weights: Path | None = None,
    evals: Literal["general", "text", "code"] = "general",
) -> Annotated[pl.DataFrame, "score_importance"]:
    """Add `score_importance` (Float32): the weighted sum of the traits of `measure` and of `score_quality`,
    each in standard deviations of the pages that the weights were learnt on; beyond three it counts as three.

    `weights` is the folder of `mixing.importance:learn`; without it the shipped ones that were learnt for
    `evals` (on which, and on what pages, stands in `classifiers/models/importance`). Two documents compare by
    it; it has no other unit. What has no `score_quality` counts as one of the mean.

    Errors: ValueError where `weights` is no such folder, or of other traits.
    """
    path = weights / "importance.json" if weights else SHIPPED / f"{evals}.json"
    if not path.exists():
        raise ValueError(f"{path} holds no weights: is it of mixing.importance:learn?")
    table = _read(path)
    traits = docs.select(TRAITS).to_numpy().astype(np.float64)
    z = (traits - table["mean"]) / table["sd"]
    values = np.clip(np.where(np.isfinite(z), z, 0.0), -FAR, FAR) @ table["weight"]
    return docs.with_columns(pl.Series("score_importance", values, dtype=pl.Float32))


@cache_by_stamp(4)
def _read(path: Path) -> dict[str, Any]:
    """Mean, standard deviation and weight of each trait, as arrays."""
    rows = json.loads(path.read_text(encoding="utf-8"))["traits"]
    if set(rows) != set(TRAITS):
        raise ValueError(f"{path} has weights of {sorted(rows)}, not of {sorted(TRAITS)}")
    return {key: np.array([rows[name][key] for name in TRAITS]) for key in ("mean", "sd", "weight")}
