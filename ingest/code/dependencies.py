"""Files of a repository, each a document of its own, joined so that what a file imports stands before it.

`scatter` (by part) -> `order` (by bucket) -> `ingest.threads:join` (a shard step), which gives the first
file the whole text and drops the others as `threads.joined`. Ordered as DeepSeek-Coder's data are (Guo et
al. 2024, arXiv:2401.14196, section 2.2), but circles of imports are told, and begun where they ask for least.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import PositiveInt

from winnow.ingest.code.graph import sort_files
from winnow.ingest.code.imports import Files, find_imports, read_go_module
from winnow.ingest.thread import tables

FILES: dict[str, pl.DataType] = dict.fromkeys(
    ("id", "source", "thread", "code_path", "code_language", "license", "author", "text"), pl.String()
)
JOINED: dict[str, pl.DataType] = {
    **{name: kind for name, kind in tables.JOINED.items() if name != "folded_lines"},
    **dict.fromkeys(("imports", "imports_backwards"), pl.UInt32()),
}


def scatter(
    files: Annotated[Sequence[Path], "id", "source", "thread", "text", "code_path", "code_language"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
) -> Annotated[None, tuple(FILES)]:
    """Write the files to the shuffle (`winnow.shuffle`), a repository to one bucket. Run by part.

    Documents without `thread` or `code_path` are not written, and stay as they are. Files of one `thread` in
    two sources are of two repositories. What a source does not give of `license` and `author` is null.
    """
    tables.write_rows((frame for file in files for frame in _read_files(file, read)), out)


def _read_files(file: Path, read: Callable[..., Iterator[pl.DataFrame]]) -> Iterator[pl.DataFrame]:
    for frame in read(file, list(FILES)):
        found = tables.take(frame, FILES)
        yield found.drop_nulls(["thread", "code_path"]).filter(pl.col("thread").str.contains(r"\S"))


def order(
    files: Annotated[Sequence[Path], tuple(FILES)],
    out: Path,
    *,
    read_bucket: Callable[..., Iterator[pl.DataFrame]],
    head: str = "# {path}\n",
    between: str = "\n\n",
    max_bytes: PositiveInt = 1_000_000,
) -> Annotated[None, tuple(JOINED)]:
    """Order the files of each repository and join their texts. Run by bucket, on the output of `scatter`.

    A file stands behind those that it imports; files that import nothing of each other stand by path. In
    front of each stands `head` with its path. A repository of more than `max_bytes` is several documents,
    each of files that follow each other. Writes `joined.parquet`, a row a document, by thread: `id`
    (of the first file, which carries the whole), `members` (ids, in order), `text`, `license` (all, once),
    `copies` (files of a path that another one has), `cycles` (groups that import each other in a circle),
    `imports` (of files in the repository) and `imports_backwards` (those of a file that stands before). Holds
    the texts of a bucket twice. Imports of Python, JavaScript, TypeScript, C, C++, Go, Rust and Java are
    known (`ingest.code.imports`).
    """
    rows = tables.read_rows(files, read_bucket).sort("source", "thread", "code_path", "id")
    made = []
    for _, group in rows.group_by("source", "thread", maintain_order=True):
        made += _join_repository(group, head, between, max_bytes)
    tables.write_joined(pl.DataFrame(made, schema=JOINED), out / tables.JOINED_FILE)


def _join_repository(group: pl.DataFrame, head: str, between: str, max_bytes: int) -> list[dict[str, Any]]:
    first = group.unique("code_path", keep="first", maintain_order=True)
    copies = group.join(first, on="id", how="anti")["id"].to_list()
    columns = first.to_dict(as_series=False)
    found = list_imports(columns["code_path"], columns["code_language"], columns["text"])
    placed, cycles = sort_files(found)
    place = {number: at for at, number in enumerate(placed)}
    texts = [
        head.replace("{path}", path) + text
        for path, text in zip(columns["code_path"], columns["text"], strict=True)
    ]
    made: list[dict[str, Any]] = []
    for part in _cut(placed, columns["text"], max_bytes):
        edges = [(number, other) for number in part for other in found[number]]
        about = {
            "id": columns["id"][part[0]],
            "members": [columns["id"][number] for number in part],
            "text": between.join(texts[number] for number in part),
            "license": _list_once([columns["license"][number] for number in part], " AND "),
            "author": _list_once([columns["author"][number] for number in part], "; "),
            "imports": len(edges),
            "imports_backwards": sum(place[other] < place[number] for number, other in edges),
        }
        first_only = {"copies": [], "cycles": 0} if made else {"copies": copies, "cycles": cycles}
        made.append({**about, **first_only, "too_long": [], "lost_parents": 0})
    return made


def list_imports(
    paths: Sequence[str], languages: Sequence[str | None], texts: Sequence[str]
) -> list[list[int]]:
    """For each file the numbers of those that it imports."""
    modules = [
        found for path, text in zip(paths, texts, strict=True) if (found := read_go_module(path, text))
    ]
    known = Files(paths, modules)
    numbers = {path: number for number, path in enumerate(paths)}
    return [
        [numbers[target] for target in find_imports(known, path, language, text)]
        for path, language, text in zip(paths, languages, texts, strict=True)
    ]


def _cut(placed: Sequence[int], texts: Sequence[str], max_bytes: int) -> Iterator[list[int]]:
    part: list[int] = []
    held = 0
    for number in placed:
        size = len(texts[number].encode())
        if part and held + size > max_bytes:
            yield part
            part, held = [], 0
        part.append(number)
        held += size
    if part:
        yield part


def _list_once(values: Sequence[str | None], word: str) -> str | None:
    known = sorted({value for value in values if value})
    bracket = len(known) > 1 and word == " AND "
    return word.join(f"({value})" if bracket and " OR " in value else value for value in known) or None
