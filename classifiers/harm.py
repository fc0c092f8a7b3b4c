"""Adult, hateful and violent content: scores by words of graded lists, weighed against ordinary text.

A score says how thick words stand that such texts are known by. The words come from lists that people graded
(`classifiers/models/harm/words.tsv` names them); what is frequent in dictionaries, encyclopedias, forums or
mail weighs little or nothing, so that pages *about* sex, hate or crime score low. Hate without slurs or
insults, and violence without drastic words, are not seen.
"""

from pathlib import Path
from typing import Annotated

import polars as pl

from winnow.classifiers.harmful import lexicon
from winnow.ranges import Ratio

TELLS = {"measure": "illegal"}

RULES = (
    ("harm.adult", "adult_score", "max_adult"),
    ("harm.hate", "hate_score", "max_hate"),
    ("harm.violence", "violence_score", "max_violence"),
)
SHIPPED = Path(__file__).parent / "models" / "harm" / "words.tsv"


def score(
    docs: Annotated[pl.DataFrame, "text"], *, model: Path | None = None
) -> Annotated[pl.DataFrame, "adult_score", "hate_score", "violence_score"]:
    """Add `adult_score`, `hate_score` and `violence_score` (float32 in [0, 1)). Nothing is dropped.

    Each is x / (x + h): x are the summed weights of the text's terms per 1,000 words, h is where 5 in 1,000
    ordinary texts reach one half. They are no probabilities. English has words of all three kinds; Arabic,
    Chinese, Dutch, French, German, Hindi, Italian, Japanese, Korean, Portuguese, Russian, Spanish, Swedish
    and Thai of adult ones.

    `model` is a file that `tests.shipped.harm` wrote; without it, the one that comes with Winnow.

    Errors: FileNotFoundError where there is no such file, ValueError where it is no such lexicon.
    """
    loaded = lexicon.load(model or SHIPPED)
    dense = lexicon.measure(docs["text"], loaded)
    return docs.with_columns(
        pl.Series(signal, dense[:, k] / (dense[:, k] + loaded.halves[k]), dtype=pl.Float32)
        for k, (_, signal, _) in enumerate(RULES)
    )


def keep(
    docs: Annotated[pl.DataFrame, "adult_score", "hate_score", "violence_score"],
    *,
    max_adult: Ratio | None = None,
    max_hate: Ratio | None = None,
    max_violence: Ratio | None = None,
) -> pl.DataFrame:
    """Drop texts whose `adult_score`, `hate_score` or `violence_score` is above the setting (`harm.adult`,
    `harm.hate`, `harm.violence`; the first that is). A setting that is null drops nothing, as all are by
    default; .5 is where 5 in 1,000 of the ordinary texts that the words were weighed against would go."""
    limits = {"max_adult": max_adult, "max_hate": max_hate, "max_violence": max_violence}
    found = [
        pl.when(pl.col(signal) > limits[setting]).then(pl.lit(reason))
        for reason, signal, setting in RULES
        if limits[setting] is not None
    ]
    return docs.with_columns(drop_reason=pl.coalesce(*found, pl.lit(None, pl.String)).cast(pl.String))
