"""What was said, written down: one entry of JSON for each line of a file that decides, header or meta."""

import functools
import json
from datetime import UTC, datetime
from json.encoder import encode_basestring as _write
from typing import NamedTuple

import numpy as np

from winnow.filters.optouts import captures
from winnow.filters.optouts.captures import Table
from winnow.filters.optouts.entries import MAX_CHARS, Sources, write_entries
from winnow.filters.optouts.rules import Agents, Rules
from winnow.filters.optouts.signals import NO, UNSAID
from winnow.kernels import I8, I64, U8, kernel

_MOST_WRITTEN = 100_000  # entries of evidence of a signal that are kept, some 400 bytes each
_FEW = 16  # ways that a page of a file is judged, which the next is compared with


class MechanismSignals(NamedTuple):
    """What one mechanism says for each page and agent (NO, YES, UNSAID), and the evidence for each page.

    The evidence is JSON, entries of a list with commas between them, "" where there is none.
    """

    value: I8
    evidence: list[str]


def make_unsaid(pages: int, agents: Agents) -> MechanismSignals:
    return MechanismSignals(np.zeros((pages, len(agents.names)), np.int8), [""] * pages)


class Chunk(NamedTuple):
    """Pages whose files are read together: their numbers, the file of each, the files' rows and bytes."""

    pages: I64
    file: I64
    rows: I64
    data: U8
    offsets: I64


def keep(
    said: MechanismSignals,
    name: str,
    value: I8,
    line: I64,
    chunk: Chunk,
    rules: Rules,
    table: Table,
    agents: Agents,
) -> None:
    """Write the values of a chunk's pages, and one entry of evidence for each rule that counts.

    What was written is kept with the table: pages of a site come again in other batches, with the same rules.
    """
    said.value[chunk.pages] = value
    written: dict[bytes, str] = table.known.setdefault((name, agents.names), {})
    if len(written) > _MOST_WRITTEN:
        written.clear()
    like = np.empty(len(line), np.int64)
    own = np.empty((len(line), len(agents.names) + 1), np.int64)
    own[:, -1] = chunk.rows[chunk.file]
    _find_alike(chunk.file, rules.of, line, value, own, np.empty(_FEW, np.int64), like)
    keys = {k: own[k].tobytes() for k in np.unique(like).tolist()}
    texts = {k: written.get(key) for k, key in keys.items()}
    new = np.array([k for k, text in texts.items() if text is None], np.int64)
    quoted = _quote_all(name, value[new], line[new], chunk.file[new], chunk, rules, table, agents)
    for k, text in zip(new.tolist(), quoted, strict=True):
        texts[k] = written[keys[k]] = text
    for page, k in zip(chunk.pages.tolist(), like.tolist(), strict=True):
        said.evidence[page] = texts[k] or ""


@kernel
def _find_alike(file: I64, of: I64, line: I64, value: I8, own: I64, kept: I64, like: I64) -> None:
    """Write the first page of the same file with the same lines and values as each page, of the last few.

    `own` are the lines, counted in their file, and values in one, before the row of the file; `kept` has the
    last few. Pages stand in the order of their files.
    """
    many = line.shape[1]
    begun = 0
    for k in range(len(file)):
        if k == 0 or file[k] != file[k - 1]:
            begun = 0
        for i in range(many):
            own[k, i] = (line[k, i] - of[file[k]] if line[k, i] >= 0 else line[k, i]) * 4 + value[k, i] + 1
        like[k] = -1
        for j in range(min(begun, _FEW)):
            i = 0
            while i < many and own[kept[j], i] == own[k, i]:
                i += 1
            if i == many:
                like[k] = kept[j]
                break
        if like[k] < 0:
            like[k] = kept[begun % _FEW] = k
            begun += 1


def _quote_all(
    name: str, value: I8, line: I64, file: I64, chunk: Chunk, rules: Rules, table: Table, agents: Agents
) -> list[str]:
    """The entries of pages of a chunk."""
    if not len(file):
        return []
    files, numbers = np.unique(file, return_inverse=True)
    sources = find_sources(chunk, table, files)
    found = write_entries(name, value, line, numbers, rules.line, sources, agents.names)
    return [
        _quote_rules(name, value[k], line[k], int(file[k]), chunk, rules, table, agents)
        if text is None
        else text
        for k, text in enumerate(found)
    ]


def find_sources(chunk: Chunk, table: Table, files: I64) -> Sources:
    """Some files of a chunk."""
    buckets, numbers = captures.locate_all(table, chunk.rows[files])
    urls = [bucket.url[at].as_py().encode() for bucket, at in zip(buckets, numbers, strict=True)]
    seconds = np.array([bucket.at[at] for bucket, at in zip(buckets, numbers, strict=True)], np.int64)
    return Sources(chunk.data, chunk.offsets[files], chunk.offsets[files + 1], urls, seconds)


def _quote_rules(
    name: str,
    value: np.ndarray,
    line: I64,
    file: int,
    chunk: Chunk,
    rules: Rules,
    table: Table,
    agents: Agents,
) -> str:
    said: dict[int, list[int]] = {}
    for k, (rule, each) in enumerate(zip(line.tolist(), value.tolist(), strict=True)):
        if each != UNSAID:
            said.setdefault(rule, []).append(k)
    if not said:
        return ""
    place = _write_place(table, int(chunk.rows[file]))
    data = chunk.data[chunk.offsets[file] : chunk.offsets[file + 1]].tobytes()
    entries = []
    for rule, which in said.items():
        number = int(rules.line[rule]) if rule >= 0 else None
        text = find_line(data, number) if number else None
        names = tuple([agents.names[k] for k in which])
        entries.append(_write_entry(name, int(value[which[0]]), names, place, number, text))
    return ",".join(entries)


def find_line(data: bytes, number: int) -> str:
    """A line of a file by its number, as Google's parser counts them."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data.split(b"\n", number)[number - 1].decode("utf-8", "replace").strip()[:MAX_CHARS]


def make_entry(
    name: str, value: int, agents: tuple[str, ...], table: Table, row: int, line: int | None, text: str | None
) -> str:
    """One entry of evidence, in JSON."""
    return _write_entry(name, value, agents, _write_place(table, row), line, text)


def _write_place(table: Table, row: int) -> str:
    bucket, at = captures.locate(table, row)
    date = f"{datetime.fromtimestamp(int(bucket.at[at]), UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f'"date": "{date}", "url": {_write(bucket.url[at].as_py())}'


def _write_entry(
    name: str, value: int, agents: tuple[str, ...], place: str, line: int | None, text: str | None
) -> str:
    """The entry as `json.dumps` writes it, which takes three times as long."""
    said = "disallowed" if value == NO else "allowed"
    which, quoted = _write_names(agents), "null" if text is None else _write(text)
    number = "null" if line is None else line
    begin = f'"signal": "{name}", "value": "{said}", "agents": {which}'
    return f'{{{begin}, {place}, "line": {number}, "text": {quoted}}}'


@functools.lru_cache(4_096)
def _write_names(agents: tuple[str, ...]) -> str:
    return json.dumps(list(agents), ensure_ascii=False)
