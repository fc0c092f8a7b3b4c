"""Each language by its own thresholds and stop words, as in FineWeb2 (Penedo et al. 2025, arXiv:2506.20920).

A threshold that fits English drops good text elsewhere: German words are longer, Thai has no full stops. The
table beside this module, `fineweb2.tsv`, has a row for each of 60 languages. A language is found by the code
of GlotLID, OpenLID and NLLB (`deu_Latn`) or by that of lid.176 (`de`).
"""

from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import NonNegativeInt

from winnow.files import cache_by_stamp, read_text
from winnow.filters import fineweb, gopher, repetition
from winnow.languages import check_code
from winnow.words.cache import words_of

TABLE = Path(__file__).parent / "fineweb2.tsv"
NEVER = float("inf")
# Written without spaces: what counts words is out of reach here (docs/languages.md).
UNSPACED = ("bod_Tibt", "cmn_Hani", "jpn_Jpan", "khm_Khmr", "lao_Laoo", "mya_Mymr", "tha_Thai")
# Its stop words are endings, which are parts of words here.
NO_STOP_WORDS = ("kor_Hang",)


def keep(
    docs: Annotated[pl.DataFrame, "language", "language_score"], *, table: Path | None = None
) -> pl.DataFrame:
    """Drop documents in a language without a row in the table (`fineweb2.no_settings`) or with a
    `language_score` below that row's `min_score` (`fineweb2.low_score`).

    The scores of FineWeb2 are meant for GlotLID; lid.176 is less sure of itself in most languages."""
    rows = read_table(table or TABLE)
    least = {code: float(row["min_score"]) for code, row in rows.items()}
    floor = pl.col("language").replace_strict(least, default=None, return_dtype=pl.Float64)
    reason = (
        pl.when(floor.is_null())
        .then(pl.lit("fineweb2.no_settings"))
        .when(pl.col("language_score").fill_null(0.0) < floor)
        .then(pl.lit("fineweb2.low_score"))
        .otherwise(pl.lit(None, pl.String))
    )
    return docs.with_columns(drop_reason=reason)


def quality(
    docs: Annotated[pl.DataFrame, "text", "language"],
    *,
    table: Path | None = None,
    min_words: NonNegativeInt = 50,
) -> Annotated[pl.DataFrame, repetition.SIGNALS, fineweb.SIGNALS, gopher.SIGNALS]:
    """Drop by Gopher's repetition, FineWeb's and Gopher's rules with the thresholds of a document's language.

    Signals and reasons are those of `filters.repetition`, `filters.fineweb` and `filters.gopher`, in this
    order, as FineWeb2 applies them: of duplicate lines and paragraphs only the ratio of lines, duplicate
    characters up to .1, lines of any length, at least two stop words. A document whose `language` has no row
    in the table is dropped as `fineweb2.no_settings`; its signals are measured all the same.

    `table` is a file of the form of `filters/fineweb2.tsv`. In scripts without spaces each letter is a word
    (see `winnow.words`): there the rules that count words are left out (number and length of words, stop
    words, runs of words, newlines per word).
    """
    rows = read_table(table or TABLE)
    words_of(docs["text"], marks=False)  # found once here; the groups below share them
    numbered = docs.with_row_index("languages_row")
    code = pl.col("language").cast(pl.String)
    key = code.replace_strict({c: row["language"] for c, row in rows.items()}, default="")
    settings = {row["language"]: _set_thresholds(row, min_words) for row in rows.values()}
    done = [
        _judge(group, settings.get(str(name)))
        for (name,), group in numbered.group_by(key.fill_null("").alias("languages_key"), maintain_order=True)
    ]
    judged = pl.concat(done) if done else _judge(numbered, None)
    return judged.sort("languages_row").drop("languages_row")


def _judge(docs: pl.DataFrame, settings: dict[str, dict[str, Any]] | None) -> pl.DataFrame:
    """The three rule sets on documents of one language; None: of a language without settings."""
    steps = (repetition.repetition, fineweb.quality, gopher.quality)
    if settings is not None:
        for step in steps:
            docs = step(docs, **settings[step.__module__])
        return docs
    before = (
        docs["drop_reason"]
        if "drop_reason" in docs.columns
        else pl.Series([None] * len(docs), dtype=pl.String)
    )
    for step in steps:
        docs = step(docs)
    return docs.with_columns(drop_reason=before.cast(pl.String).fill_null("fineweb2.no_settings"))


def _set_thresholds(row: dict[str, str], min_words: int) -> dict[str, dict[str, Any]]:
    """The settings of the three steps for one language, by their modules."""
    number = {name: float(value) for name, value in row.items() if name.startswith(("min_", "max_"))}
    spaced = row["language"] not in UNSPACED
    runs = [name for name in number if name.endswith("gram_char_ratio")]
    stops = spaced and row["language"] not in NO_STOP_WORDS
    return {
        repetition.__name__: {
            "max_duplicate_paragraph_ratio": NEVER,
            "max_duplicate_paragraph_char_ratio": NEVER,
            "max_duplicate_line_char_ratio": NEVER,
            "max_duplicate_line_ratio": number["max_duplicate_line_ratio"],
            **{name: number[name] if spaced else NEVER for name in runs},
        },
        fineweb.__name__: {
            "min_terminal_line_ratio": number["min_terminal_line_ratio"],
            "max_short_line_ratio": NEVER,
            "max_duplicate_char_ratio": 0.1,
            "max_newline_ratio": number["max_newline_ratio"] if spaced else NEVER,
        },
        gopher.__name__: {
            "min_words": min_words if spaced else 0,
            "min_mean_word_length": number["min_mean_word_length"] if spaced else 0,
            "max_mean_word_length": number["max_mean_word_length"] if spaced else NEVER,
            "min_alphabetic_word_ratio": number["min_alphabetic_word_ratio"] if spaced else 0,
            "min_stop_words": 2 if stops else 0,
            "stop_words": row["stop_words"].split(" "),
        },
    }


@cache_by_stamp(4)
def read_table(table: Path) -> dict[str, dict[str, str]]:
    """The rows of the table by both codes of their language; ValueError where it has other columns, or a code
    is none."""
    columns, rows = _read_rows(TABLE)[0], _read_rows(table)[1:]
    if not rows or any(len(row) != len(columns) for row in rows) or _read_rows(table)[0] != columns:
        raise ValueError(f"{table}: not a table of the columns of filters/fineweb2.tsv: {', '.join(columns)}")
    named = [dict(zip(columns, row, strict=True)) for row in rows]
    try:
        return {check_code(c): row for name in ("lid176", "language") for row in named if (c := row[name])}
    except ValueError as error:
        raise ValueError(f"{table}: {error}") from None


def _read_rows(table: Path) -> list[list[str]]:
    lines = read_text(table).splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]
