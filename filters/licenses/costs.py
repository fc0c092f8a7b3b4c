"""What a policy costs: documents, tokens and bytes kept and lost, by source and license."""

from collections.abc import Iterable, Sequence

import polars as pl

from winnow.markdown import draw_table

BYTES_PER_TOKEN = 4  # of what nobody counted
TABLE = {
    "source": pl.String(),
    "verdict": pl.String(),
    "license": pl.String(),
    "documents": pl.Int64(),
    "tokens": pl.Int64(),
    "bytes": pl.Int64(),
}
_KEYS, _SIZES = ("source", "verdict", "license"), ("documents", "tokens", "bytes")
KEPT = "open"
_SHOWN = 60  # characters of a license that is no id


def count_batch(docs: pl.DataFrame, rules: Sequence[tuple[str, str, str]]) -> pl.DataFrame:
    """The rows of a batch that `filters.licenses:judge` judged; a document is in one, by the first rule."""
    size = pl.col("text").str.len_bytes().cast(pl.Int64)
    tokens = pl.col("token_count") if "token_count" in docs.columns else pl.lit(None, pl.Int64)
    broken = [pl.when(pl.col(signal) > 0).then(pl.lit(reason)) for reason, signal, _ in rules]
    rows = docs.select(
        "source",
        verdict=pl.coalesce(*broken, pl.lit(KEPT)),
        license=pl.col("licenses_name").fill_null("").str.slice(0, _SHOWN),
        documents=pl.lit(1, pl.Int64),
        tokens=pl.coalesce(tokens.cast(pl.Int64), (size + BYTES_PER_TOKEN - 1) // BYTES_PER_TOKEN),
        bytes=size,
    )
    return add([rows])


def add(tables: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The sums of rows of the same name."""
    rows = pl.concat([pl.DataFrame(schema=TABLE), *tables])
    return rows.group_by(_KEYS).agg(pl.col(*_SIZES).sum()).sort(_KEYS).select(list(TABLE))


def write_page(rows: pl.DataFrame) -> str:
    """The tables as Markdown: by verdict, then by source, verdict and license, with shares of tokens."""
    whole = int(rows["tokens"].sum()) or 1
    lines: list[str] = []
    for keys in (["verdict"], ["source", "verdict", "license"]):
        cells = (
            [*(row[key] or "none" for key in keys), *_format_sizes(row, whole)] for row in _sum(rows, keys)
        )
        lines += ["", *draw_table([*keys, "documents", "tokens", "of all tokens"], cells, right=3)]
    return "\n".join(lines[1:]) + "\n"


def _sum(rows: pl.DataFrame, keys: list[str]) -> list[dict[str, object]]:
    summed = rows.group_by(keys).agg(pl.col(*_SIZES).sum())
    return summed.sort("tokens", *keys, descending=[True, *(False for _ in keys)]).to_dicts()


def _format_sizes(row: dict[str, object], whole: int) -> list[str]:
    return [f"{row['documents']:,}", f"{row['tokens']:,}", f"{100 * int(str(row['tokens'])) / whole:.2f}%"]
