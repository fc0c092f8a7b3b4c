"""Winnow: pretraining data curation, from raw archives to training shards.

For notebooks and scripts: `read` documents, `apply` steps to them, `run` a recipe. Every module has one name,
`winnow.filters.gopher`; in a recipe `filters.gopher:quality` is short for it. In a checkout the folders at
the top are linked here, and are refused under another name. To import this package costs nothing: it imports
none of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

__all__ = ["RunError", "__version__", "apply", "read", "run"]
__version__ = "0.3.0"

IMPORT_PATH = str(Path(__file__).resolve().parent.parent)
"""What a process of its own must have on its path to import this package."""


class RunError(RuntimeError):
    """A run that did not end well: the message is the line that the command prints, `code` its exit code
    (docs/running.md), `out` the folder of the run."""

    def __init__(self, told: str, code: int, out: Path) -> None:
        super().__init__(told)
        self.code = code
        self.out = out


def read(where: str | Path, use: str | None = None, **settings: Any) -> Iterator["pl.DataFrame"]:
    """Batches of documents: of a file or address, by the source step `use` with these settings, or of what
    stands on disk already: a stage's folder in that of a run, such as `out/mine/distinct`, or Parquet files.

        for docs in winnow.read("page.warc.gz", "ingest.web:read"): ...

    A document that could not be read has no text and says why in `error`. ValueError where the step or a
    setting is none, FileNotFoundError where there is nothing to read.
    """
    from winnow.pipelines.commands import api

    return api.read(where, use, settings)


def apply(docs: "pl.DataFrame", *steps: str | Mapping[str, Any]) -> "pl.DataFrame":
    """Documents as shard steps leave them, one after the other, in their order.

        judged = winnow.apply(docs, "filters.gopher:quality", {"use": "filters.c4:lines", "min_words": 3})

    A step is its address, or a table as recipes have it. Only `text` is needed; other columns of a document
    are made where they are not there. No row is removed: `drop_reason` says which a run would drop and why,
    and no later step judges these. ValueError where a step or a setting is none; what a step raises is
    raised.
    """
    from winnow.pipelines.commands import api

    return api.apply(docs, steps)


def run(
    recipe: str | Path,
    out: str | Path,
    *,
    workers: int = 2,
    memory: str = "auto",
    scheduler: str | None = None,
    steps: Sequence[str | Path] = (),
    redo: Sequence[str] = (),
    accept_code: bool = False,
) -> Path:
    """Run a recipe into the folder `out`, as `winnow run` does, and return that folder; to run again goes on
    after a stop. `steps` are folders of steps of your own.

    RunError where the run is refused, is stopped, or ends with another code than 0; KeyboardInterrupt where
    it is interrupted: its workers are gone then, and what is done is kept.
    """
    from winnow.pipelines.commands import api

    folders = [Path(each) for each in steps]
    return api.run(Path(recipe), Path(out), workers, memory, scheduler, folders, tuple(redo), accept_code)
