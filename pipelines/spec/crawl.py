"""Sources named by lists of paths, and crawls of Common Crawl, whose lists have known names.

`crawl = "CC-MAIN-2026-04"` stands for the list of its files of one `kind`, which the crawl's server gives.
"""

from dataclasses import dataclass
from typing import Any, Literal

from winnow.pipelines.spec import declarations

ROOT = "https://data.commoncrawl.org/"
# The names of a crawl's lists, and what the paths have in them that are meant.
KINDS = {
    "warc": ("warc.paths.gz", ""),
    "wet": ("wet.paths.gz", ""),
    "robotstxt": ("robotstxt.paths.gz", ""),
    "non200": ("non200responses.paths.gz", ""),
    "index": ("cc-index-table.paths.gz", "/subset=warc/"),
}
Kind = Literal["warc", "wet", "robotstxt", "non200", "index"]
CRAWL = r"^CC-MAIN-\d{4}(-\d{2}|-\d{4})?$"
SEGMENT = r"^\d+(\.\d+)?$"
_OF_LISTS = ("root", "share", "seed")
_NOT_OF_INDEX = (
    ("segments", "its files are of no segment"),
    ("share", "a share of its files would be some hosts whole and no others"),
)


@dataclass(frozen=True)
class Lists:
    """Files of paths, a line each, and which lines are meant: those with `within` in them, of one of the
    `segments` (where any are named), and of these a `share` that `seed` draws.

    A path is read from behind `root`; without one it is an address as `uris` has them, without wildcards.
    """

    uris: tuple[str, ...]
    root: str = ""
    within: str = ""
    segments: tuple[str, ...] = ()
    share: float | None = None
    seed: int = 0


def find_problem(given: dict[str, Any], parameters: set[str]) -> tuple[str, str] | None:
    """Which key of a `[[source]]` makes no sense beside the others, and why; `parameters` are its reader's.

    `given` has only what the recipe says.
    """
    by_index = parameters >= {"root", "statuses"}  # as those of `ingest.commoncrawl:select`
    lists, crawl, kind = "lists" in given, "crawl" in given, given.get("kind")
    wrong: list[tuple[bool, str, str]] = [
        (not (lists or crawl or "uris" in given), "name", "it needs `uris`, `lists` or `crawl`"),
        (crawl and lists, "lists", "`crawl` has lists of its own: leave one of the two out"),
        (crawl and "uris" in given, "uris", "`crawl` has files of its own: make a source of each"),
        *((name in given and not crawl, name, "it is for a `crawl`") for name in ("kind", "segments")),
        *(
            (name in given and not (crawl or lists), name, "it is for `lists` or a `crawl`")
            for name in _OF_LISTS
        ),
        ("seed" in given and "share" not in given, "seed", "it draws a `share`, and there is none"),
        ("share" in given and "seed" not in given, "share", "it needs a `seed`, by which files are drawn"),
        *(
            (kind == "index" and name in given, name, f"the files of an index are cut by host: {why}")
            for name, why in _NOT_OF_INDEX
        ),
        (kind == "index" and not by_index, "kind", f"its reader is `{declarations.find_step('index')}`"),
        (crawl and kind != "index" and by_index, "crawl", 'this reader wants `kind = "index"`'),
    ]
    return next(((key, why) for is_wrong, key, why in wrong if is_wrong), None)


def make_lists(given: dict[str, Any]) -> Lists | None:
    """The lists of a source; None where it has `uris` alone."""
    root = given.get("root") or (ROOT if "crawl" in given else "")
    root = f"{root.rstrip('/')}/" if root else ""
    drawn = {"share": given.get("share"), "seed": given.get("seed", 0)}
    if "crawl" in given:
        name, within = KINDS[given.get("kind", "warc")]
        uri = f"{root}crawl-data/{given['crawl']}/{name}"
        return Lists((uri,), root, within, tuple(given.get("segments", ())), **drawn)
    return Lists(tuple(given["lists"]), root, **drawn) if "lists" in given else None
