"""A recipe: sources, and stages joined by `after`; a stage is a list of steps.

`pipelines.spec.toml` makes one of a file, and checks it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pydantic

from winnow.pipelines.spec.address import resolve
from winnow.pipelines.spec.crawl import Lists
from winnow.pipelines.spec.lines import Place

STAGE_REFERENCE = re.compile(r"stage:([^/]+)(?:/(.+))?")
MAX_DUPLICATES = 0.5
BUCKET = "bucket"
"""What a stage is `by` whose groups are rows that meet by a hash (`winnow.shuffle`)."""
Needs = tuple[tuple[str, float], ...]
Resources = Annotated[
    dict[str, Annotated[pydantic.ByteSize | float, pydantic.Field(gt=0)]],
    pydantic.AfterValidator(lambda given: {name: float(each) for name, each in sorted(given.items())}),
]
"""Resources in Dask's sense, by name, as a table says them: `{ GPU = 1, MEMORY = "8GB" }`."""
RESERVED = {
    *("takedowns", "worth", "tune", "summaries"),
    *(
        "run.json",
        "run.log",
        "events.jsonl",
        "events.1.jsonl",
        "error.txt",
        "parts.parquet",
        "report.html",
        "report.json",
    ),
}
"""What Winnow itself calls its folders and files in that of a run: no stage is called so."""


class RecipeError(Exception):
    """The recipe is refused; the message names file and line."""


@dataclass(frozen=True)
class Step:
    """A function's address, its effective settings, which of them are paths, and its line in the recipe.

    `where` says which documents a shard step judges (`pipelines.spec.row_filter`); None: all.
    """

    use: str
    kind: Literal["source", "shard", "corpus"]
    settings: dict[str, Any]
    paths: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)
    where: dict[str, list[str]] | None = None

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself; imported once per process by Python's own import."""
        return resolve(self.use)


@dataclass(frozen=True)
class Source:
    """Where files are (by patterns, or as `lists` name them) and what reads them; `domain` is what its
    documents' column `source` says."""

    name: str
    domain: str
    uris: tuple[str, ...]
    read: Step | None
    part_bytes: int
    optional: bool
    lists: Lists | None = None


@dataclass(frozen=True)
class Stage:
    """Steps between two checkpoints; `references` are the stages whose folders its settings name.

    In a `replayable` stage every step judges every document, also what an earlier one dropped. `copy_as` is
    the source of the copies that a stage makes (`{source}`: that of the document copied): with ids and parts
    of their own they stand beside what they are copies of. A run of which a stage keeps nothing of a source
    ends with a code of its own, unless the stage `may_be_empty`. A stage by bucket has so many `buckets`, or,
    with 0, as many as the size of what comes in asks for; `until_stable`: its step runs over what it wrote
    until that is what it was given. `resources` are what each of its tasks needs of a worker.
    """

    name: str
    kind: Literal["shard", "corpus"]
    after: tuple[str, ...]
    by: str | None
    steps: tuple[Step, ...]
    references: tuple[str, ...] = field(default=())
    replayable: bool = False
    copy_as: str | None = None
    may_be_empty: bool = field(default=False, compare=False)
    buckets: int = 0
    until_stable: bool = False
    resources: Needs = field(default=(), compare=False)


@dataclass(frozen=True)
class Recipe:
    """Sources and stages by name; `stages` is in an order in which each follows what it needs.

    `text` is the whole recipe, its groups written out, and `places` says from which file each line is.

    A source that loses more than `max_duplicates` of what it has to deduplication is named in the summary.
    """

    name: str
    text: str
    max_failed: float
    max_duplicates: float
    sources: dict[str, Source]
    stages: dict[str, Stage]
    places: tuple[Place, ...] = ()
