"""Which language a text is in, by two models: a fast one first, another where that one leaves a doubt.

CLD2 (Sites 2013, Apache-2.0) knows 161 languages, asks for a third of the time that lid.176 takes, and says
whether it is sure. lid.176 is asked where it is not, and of short or mixed texts in a language whose small
relations CLD2 lacks (Asturian is Spanish to it). Limits and weights are those that were best on translations
of GNOME's programs and LibreOffice's (`make gate NAME=language_pair`), apart from what judges them; those of
what both say without CLD2 being sure with English lines between, as manuals have them.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import polars as pl

from winnow.languages import list_codes

# What CLD2 calls otherwise than lid.176; its Kurdish is in Arabic letters.
_OTHERWISE = {"iw": "he", "jw": "jv", "zh-Hant": "zh", "ku": "ckb"}
_NEAR = ("en", "es", "gl", "ca", "pt", "nl", "af", "it", "de", "fr", "rm", "sr", "ar", "fa", "hi", "bh")
_LONG, _WHOLE = 400, 0.95  # characters, and the share of one language, from which such a text is left to CLD2
_SURE, _SURE_RELATION, _LIKELY = 0.9, 0.5, 0.35  # scores from which lid.176 is believed against CLD2
# Weights of 1, log10 of the characters, CLD2's share and lid.176's score, by who said what (`_case`).
_WEIGHTS = {
    "alone": (-2.49, 0.69, 4.24, 0.0),
    "agreed": (-4.64, -0.04, 2.87, 5.54),
    "differed": (0.98, -0.39, -0.79, 0.29),
    "agreed_unsure": (-2.28, 0.0, 0.0, 4.06),
    "differed_unsure": (-0.7, -0.61, -1.02, 3.08),
}
SIGNALS = (pl.col("chars").clip(1).log(10), pl.col("share"), pl.col("score").fill_null(0.0))
_SCHEMA = {"first": pl.String, "share": pl.Float64, "reliable": pl.Boolean}


def predict(lines: pl.Series, second: Any) -> pl.DataFrame:
    """`language`, `language_score` and `language_other` of texts without line breaks; `second` is lid.176.

    The score is how often such an answer was right, of texts as long; the other label is the best one that
    was not told, null where CLD2 was not contradicted."""
    found = compare(lines, second)
    others = [pl.when(pl.col(of) != pl.col("told")).then(of) for of in ("first", "second", "third")]
    return found.select(
        language="told",
        language_score=_weigh(_case()).cast(pl.Float32),
        language_other=pl.coalesce(others),
    )


def compare(lines: pl.Series, second: Any) -> pl.DataFrame:
    """What each said, and `told`, whom of the two to believe."""
    found = pl.DataFrame([_ask_first(line) for line in lines], schema=_SCHEMA, orient="row")
    found = found.with_columns(chars=lines.str.len_chars()).with_row_index("row")
    near = pl.col("first").is_in(_NEAR) & ((pl.col("share") < _WHOLE) | (pl.col("chars") < _LONG))
    found = found.with_columns(asked=~pl.col("reliable") | near.fill_null(True))
    rows = found.filter("asked")["row"]
    answers = _ask_second(lines.gather(rows).to_list(), second).with_columns(rows)
    labels = [label.removeprefix("__label__") for label in second.labels]
    return _settle(found.join(answers, on="row", how="left", maintain_order="left"), labels)


def predict_alone(lines: pl.Series, model: Any) -> pl.DataFrame:
    """The same by one fastText model, whose score is its own."""
    return _ask_second(lines.to_list(), model).select(
        language="second", language_score=pl.col("score").cast(pl.Float32), language_other="third"
    )


def _ask_second(lines: Sequence[str], model: Any) -> pl.DataFrame:
    """The two best labels of a fastText model, and the score of the first."""
    labels, scores = model.predict(list(lines), k=2) if lines else ([], [])
    names = [[label.removeprefix("__label__") for label in of] + [None, None] for of in labels]
    return pl.DataFrame(
        {
            "second": pl.Series([of[0] for of in names], dtype=pl.String),
            "third": pl.Series([of[1] for of in names], dtype=pl.String),
            "score": pl.Series([min(float(of[0]), 1.0) for of in scores], dtype=pl.Float64),
        }
    )


def _ask_first(line: str) -> tuple[str | None, float, bool]:
    """CLD2's label, the share of the text that it found in that language, and whether it is sure."""
    import pycld2  # here: who asks one model alone need not have it

    try:
        told = pycld2.detect(line, isPlainText=True)
    except pycld2.error:
        line = _refused().sub(" ", line)
        told = pycld2.detect(line, isPlainText=True)
    sure = bool(told[0])
    if not sure:
        told = pycld2.detect(line, isPlainText=True, bestEffort=True)
    _, code, percent, _ = told[2][0]
    code = _OTHERWISE.get(code, code)
    return (code, percent / 100, sure) if code in list_first() else (None, percent / 100, False)


@cache
def list_first() -> frozenset[str]:
    """The codes that CLD2 may tell."""
    import pycld2

    codes = (code for name, code in pycld2.LANGUAGES if name in pycld2.DETECTED_LANGUAGES)
    return frozenset(_OTHERWISE.get(code, code) for code in codes) & list_codes("identify")


@cache
def _refused() -> re.Pattern[str]:
    """The characters for which CLD2 refuses a text: controls, and those that Unicode keeps free."""
    free = "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    return re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef{free}]")


def _settle(found: pl.DataFrame, known_to_second: Sequence[str]) -> pl.DataFrame:
    """Whom of the two to believe, as `told`."""
    first, second, score = pl.col("first"), pl.col("second"), pl.col("score")
    shared = second.is_in(list(list_first()))
    sure = pl.when(first == "en").then(0.0).when(shared).then(_SURE).otherwise(_SURE_RELATION)
    unsure = pl.when(first.is_in(known_to_second)).then(_LIKELY).otherwise(_SURE)
    limit = pl.when("reliable").then(sure).otherwise(unsure)
    of_second = pl.col("asked") & (first.is_null() | (score >= limit))
    return found.with_columns(told=pl.when(of_second).then(second).otherwise(first))


def _case() -> pl.Expr:
    """Who said what."""
    same = (pl.col("first") == pl.col("second")).fill_null(False)
    told = pl.when(same).then(pl.lit("agreed")).otherwise(pl.lit("differed"))
    told = pl.when("reliable").then(told).otherwise(told + "_unsure")
    return pl.when("asked").then(told).otherwise(pl.lit("alone"))


def _weigh(case: pl.Expr) -> pl.Expr:
    """The share of such answers that is right."""
    signals = (pl.lit(1.0), *SIGNALS)
    weights = [case.replace_strict({name: of[k] for name, of in _WEIGHTS.items()}) for k in range(4)]
    total = sum((signal * weight for signal, weight in zip(signals, weights, strict=True)), pl.lit(0.0))
    return 1 / (1 + (-total).exp())
