"""What the texts of a part hold, in bytes and tokens, as they come into a stage and by what becomes of them.

A text begins where it was extracted: what a step of `ingest` or `ocr` takes off a page is markup, not text.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

import polars as pl

MAKERS = ("ingest.", "ocr.")  # the leaves whose steps make text of what a reader gives
SIZE = pl.col("text").str.len_bytes().fill_null(0).cast(pl.Int64)
FIGURES = ("bytes", "tokens", "uncounted")

Sums = dict[str, dict[str, dict[str, int]]]


def find_extraction(uses: Sequence[str]) -> int:
    """The place of the last step that makes text out of pages; -1 where the stage has none."""
    return max((place for place, use in enumerate(uses) if use.startswith(MAKERS)), default=-1)


def measure_text(names: Collection[str]) -> pl.Expr:
    """The bytes of a document's text: a file whose texts stand elsewhere says how long they are."""
    return pl.col("text_bytes") if "text_bytes" in names else pl.col("text").str.len_bytes().cast(pl.Int64)


class Texts:
    """The figures of one part.

    `sums` is {source: {language: {figure: number}}}, "" for a language that is not known. Figures are `bytes`
    (UTF-8), `tokens` (of what was counted) and `uncounted` (bytes of what was not) under `_came` (the kept
    documents as they came in), `_kept` (as they leave), `_dropped` and `_failed` (as they came in). So
    came + dropped + failed is what came in, and came - kept was cut; zeros are left out.

    `markup` is by source the bytes that came in and were no text, or never became one; `cuts` by step the
    bytes that it took off the documents that were kept.
    """

    def __init__(self, extraction: int = -1) -> None:
        self.extraction = extraction
        self.sums: Sums = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
        self.markup: dict[str, int] = defaultdict(int)
        self.cuts: dict[str, int] = defaultdict(int)
        self._batch = pl.DataFrame()
        self._cut: list[tuple[str, pl.DataFrame]] = []

    def enter(self, docs: pl.DataFrame) -> None:
        """Take note of a batch: all that follows is about its documents, until the next one."""
        came = docs.select("id", came=SIZE, counted="token_count", changed=pl.lit(False))
        came = came.unique("id", keep="first", maintain_order=True)
        if self.extraction >= 0:
            self._mark(docs, 1)
            came = came.with_columns(came=pl.lit(0, pl.Int64), counted=pl.lit(None, pl.Int64))
        self._batch, self._cut = came, []

    def follow(self, place: int, use: str, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
        """What a step gave, where it changed a text without the count that this had: none is better than a
        wrong one. `place` is the step's in its stage; rows that failed in it are `before` alone."""
        if before.height != after.height:
            left = before.unique("id", keep="first")
            before = after.select("id").join(left, on="id", how="left", maintain_order="left")
        changed = differ(before["text"], after["text"])
        if changed is not None:
            stale = changed & before["token_count"].eq_missing(after["token_count"])
            after = after.with_columns(token_count=pl.when(~stale).then("token_count"))
        if place == self.extraction:
            self._begin(after)
        elif place > self.extraction and changed is not None:
            left = after.select("id", left=SIZE).filter(changed)
            sizes = left.select("id", cut=before.filter(changed).select(SIZE).to_series() - left["left"])
            self._cut.append((use, sizes))
            hit = pl.col("id").is_in(sizes["id"].implode())
            self._batch = self._batch.with_columns(changed=pl.col("changed") | hit)
        return after

    def settle(self, docs: pl.DataFrame, fate: str) -> pl.DataFrame:
        """Enter documents of the batch as `kept`, `dropped` or `failed`.

        Returns `id`, `came` (bytes) and `counted` (tokens, or null): what they held when they came in.
        """
        rows = docs.lazy().select("id", "source", pl.col("language").fill_null(""), "token_count", left=SIZE)
        rows = rows.join(self._batch.lazy(), on="id", how="left", maintain_order="left")
        # The count of a text that did not change is also that of what came in.
        counted = pl.coalesce(pl.when(~pl.col("changed")).then("token_count"), "counted")
        found = rows.with_columns(counted=counted).collect()
        if fate == "kept":
            self._add(found, came=("came", "counted"), kept=("left", "token_count"))
            for use, sizes in self._cut:
                self.cuts[use] += int(docs.select("id").join(sizes, on="id")["cut"].to_numpy().sum())
        else:
            self._add(found, **{fate: ("came", "counted")})
        return found[["id", "came", "counted"]]

    def bytes(self, source: str, fate: str) -> int:
        """Bytes of a source over all languages."""
        return sum(figures.get(f"bytes_{fate}", 0) for figures in self.sums.get(source, {}).values())

    def figures(self) -> Sums:
        """`sums` as a receipt holds them."""
        return {
            source: {
                language: {name: number for name, number in sorted(found.items()) if number}
                for language, found in sorted(languages.items())
                if any(found.values())
            }
            for source, languages in sorted(self.sums.items())
        }

    def _begin(self, docs: pl.DataFrame) -> None:
        """The texts begin here, those of pages that the step could not use never."""
        if "drop_reason" in docs.columns:
            docs = docs.filter(pl.col("drop_reason").is_null())
        self._mark(docs, -1)
        made = docs.select("id", made=SIZE, count="token_count").unique("id", keep="first")
        joined = self._batch.select("id").join(made, on="id", how="left", maintain_order="left")
        self._batch = joined.select(
            "id", came=pl.col("made").fill_null(0), counted="count", changed=pl.lit(False)
        )

    def _mark(self, docs: pl.DataFrame, sign: int) -> None:
        for source, size in docs.group_by("source").agg(SIZE.sum()).iter_rows():
            self.markup[source] += sign * size

    def _add(self, rows: pl.DataFrame, **fates: tuple[str, str]) -> None:
        """Enter the sums of rows: by fate, the columns of their bytes and of their tokens."""
        sums = [
            figure
            for size, count in fates.values()
            for figure in (
                pl.col(size).sum(),
                pl.col(count).sum(),
                pl.col(size).filter(pl.col(count).is_null()).sum(),
            )
        ]
        names = [f"{name}_{fate}" for fate in fates for name in FIGURES]
        named = (figure.alias(name) for figure, name in zip(sums, names, strict=True))
        for source, language, *numbers in rows.group_by("source", "language").agg(named).iter_rows():
            entry = self.sums[source][language]
            for name, number in zip(names, numbers, strict=True):
                entry[name] += number


def differ(before: pl.Series, after: pl.Series) -> pl.Series | None:
    """Which texts are not the same; None where all are."""
    if _addresses(before) == _addresses(after):
        return None
    changed = before.ne_missing(after)
    return changed if changed.any() else None


def _addresses(texts: pl.Series) -> list[int]:
    """Where a column stands in memory: a step that does not touch it hands on the same one."""
    buffers = texts.to_arrow(compat_level=pl.CompatLevel.newest()).buffers()
    return [buffer.address if buffer else 0 for buffer in buffers] + [len(texts)]
