"""What a step's panel asks of a stage, of documents that were kept."""

import polars as pl


class Stage:
    """A stage of one part, with the columns `id` and `source` before it."""

    receipts = ("part-00000",)

    def __init__(self, kept: pl.DataFrame, *steps: dict[str, object]) -> None:
        self.kept, self.steps = kept, steps

    def columns(self) -> list[str]:
        return self.kept.columns

    def list_columns_before(self) -> list[str]:
        return ["id", "source"]

    def scan(self, fate: str) -> list[tuple[int, pl.LazyFrame]]:
        return [(0, self.kept.lazy())] if fate == "kept" else []
