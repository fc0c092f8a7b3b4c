"""Is what a rewrite says what its parent says? Rules on numbers, names, dates and sentences; no model is
asked."""

from typing import Annotated

import polars as pl
from pydantic import NonNegativeInt

from winnow.classifiers import language
from winnow.classifiers.faithfulness import compare
from winnow.classifiers.rephraser.panel import panel as panel

RULES = (
    ("faithful.chat_mark", "faithful_chat_marks", "max_chat_marks"),
    ("faithful.refusal", "faithful_refusals", "max_refusals"),
    ("faithful.prompt_remnant", "faithful_remnants", "max_remnants"),
    ("faithful.loop", "faithful_loops", "max_loops"),
    ("faithful.cut_off", "faithful_cut_off", "max_cut_off"),
    ("faithful.language_changed", "faithful_languages", "max_languages"),
    ("faithful.number_changed", "faithful_numbers", "max_numbers"),
    ("faithful.unit_changed", "faithful_units", "max_units"),
    ("faithful.date_changed", "faithful_dates", "max_dates"),
    ("faithful.formula_changed", "faithful_formulas", "max_formulas"),
    ("faithful.name_changed", "faithful_names", "max_names"),
    ("faithful.negation_changed", "faithful_negations", "max_negations"),
    ("faithful.hedge_changed", "faithful_hedges", "max_hedges"),
    ("faithful.order_changed", "faithful_orders", "max_orders"),
    ("faithful.invented", "faithful_inventions", "max_inventions"),
)
SIGNALS = tuple(signal for _, signal, _ in RULES)
ENGLISH_ONLY = ("faithful_negations", "faithful_hedges", "faithful_orders", "faithful_inventions")


def check(
    docs: Annotated[pl.DataFrame, "text", "parent_text"],
    *,
    max_chat_marks: NonNegativeInt | None = 0,
    max_refusals: NonNegativeInt | None = 0,
    max_remnants: NonNegativeInt | None = 0,
    max_loops: NonNegativeInt | None = 0,
    max_cut_off: NonNegativeInt | None = 0,
    max_languages: NonNegativeInt | None = 0,
    max_numbers: NonNegativeInt | None = 0,
    max_units: NonNegativeInt | None = 0,
    max_dates: NonNegativeInt | None = 0,
    max_formulas: NonNegativeInt | None = 0,
    max_names: NonNegativeInt | None = 0,
    max_negations: NonNegativeInt | None = 0,
    max_hedges: NonNegativeInt | None = 0,
    max_orders: NonNegativeInt | None = 0,
    max_inventions: NonNegativeInt | None = 0,
) -> Annotated[pl.DataFrame, SIGNALS, "faithful_evidence"]:
    """Drop rewrites (`text`) that say something else than their parents (`parent_text`), or are none.

    Each signal (Int64) counts what was found of its kind, and `faithful_evidence` says what, with the
    words of both texts: `faithful_numbers` (a number that the parent does not have, nor gives by another
    unit, in words, rounded, or by a sum, difference or ratio that the sentence speaks of; a wrong
    equation; a number in the place of another one), `faithful_units`, `faithful_dates`,
    `faithful_formulas`, `faithful_names` (capitals that the parent does not have, nor as a short form; a
    name in the place of another one), `faithful_negations`, `faithful_hedges` ("may" that is gone,
    "certainly" that is new), `faithful_orders` (before and after turned; steps that the parent counts or
    joins by "then", in another order), `faithful_inventions` (sentences most of whose words are not in
    the parent). A text that leaves things out is faithful. `faithful_chat_marks` (marks of turns that the
    parent does not have), `faithful_refusals`, `faithful_remnants` ("Here is the rewritten text"),
    `faithful_loops` (four times the same), `faithful_cut_off` (it ends within a sentence),
    `faithful_languages` (another language than the parent's). A limit of null asks nothing.

    Names, negations, hedges, orders and inventions are looked for in English alone; numbers in digits,
    signs of units, dates in digits and formulas in all languages.
    """
    rows = [
        _judge(*row)
        for row in zip(_get(docs, "parent_text"), _get(docs, "text"), *_identify(docs), strict=True)
    ]
    given = dict(locals())
    evidence = pl.Series("faithful_evidence", [row[1] or None for row in rows], dtype=pl.String)
    columns = [pl.Series(name, [row[0][name] for row in rows], dtype=pl.Int64) for name in SIGNALS]
    reason = pl.lit(None, pl.String)
    for why, signal, setting in reversed(RULES):
        if given[setting] is not None:
            reason = pl.when(pl.col(signal) > given[setting]).then(pl.lit(why)).otherwise(reason)
    judged = docs.with_columns(*columns, evidence)
    before = (
        pl.col("drop_reason").cast(pl.String) if "drop_reason" in docs.columns else pl.lit(None, pl.String)
    )
    return judged.with_columns(drop_reason=pl.coalesce(before, reason))


def _get(docs: pl.DataFrame, name: str) -> list[str]:
    return docs[name].fill_null("").to_list()


def _identify(docs: pl.DataFrame) -> tuple[list[str], list[str]]:
    """The languages of parents and rewrites; "" where a text is too short to tell."""
    found = []
    for name in ("parent_text", "text"):
        said = language.identify(pl.DataFrame({"text": docs[name].fill_null("")}))
        sure = (pl.col("language_score") >= 0.5) & (pl.col("text").str.len_chars() >= 60)
        found.append(said.select(pl.when(sure).then("language").otherwise(pl.lit(""))).to_series().to_list())
    return found[0], found[1]


def _judge(parent: str, rewrite: str, was: str, language_: str) -> tuple[dict[str, int], str]:
    """The signals of a pair, and the evidence for them."""
    told = compare.find_forms(parent, rewrite)
    told["languages"] = [f"{language_} for {was}"] if was and language_ and was != language_ else []
    told |= compare.compare(parent, rewrite, is_english=was in ("en", "") and language_ in ("en", ""))
    counts = {signal: len(told[signal.removeprefix("faithful_")]) for signal in SIGNALS}
    said = [f"{kind}: {one}" for kind, all_ in told.items() for one in all_[:3]]
    return counts, "\n".join(said)
