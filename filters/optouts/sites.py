"""What the files of a site say of its pages: robots.txt with the signals in it, ai.txt, tdmrep.json."""

import json
from collections.abc import Iterator

import numpy as np
import polars as pl

from winnow.filters.optouts import captures, match
from winnow.filters.optouts.captures import Table
from winnow.filters.optouts.entries import MAX_CHARS
from winnow.filters.optouts.evidence import Chunk, MechanismSignals, keep, make_entry, make_unsaid
from winnow.filters.optouts.histories import CaptureRows
from winnow.filters.optouts.lines import DISALLOW, SIGNAL, USAGE
from winnow.filters.optouts.match import matches
from winnow.filters.optouts.rules import Agents, Rules, name_agents, read_rules
from winnow.filters.optouts.signals import NO, UNSAID, YES, read_reservation, read_signal, read_usage
from winnow.kernels import I8, I64, U8, Bools
from winnow.words.split import utf8

_CHUNK_BYTES = 16_000_000  # of files whose rules are in memory at once
MAX_LOCATIONS = 10_000  # of a tdmrep.json
STATES = (
    *("found", "missing", "refused", "unreachable", "moved", "unparsable", "no_capture", "before_first"),
    *("no_date", "no_url"),
)
FOUND, MISSING, REFUSED, UNREACHABLE, MOVED, UNPARSABLE, NO_CAPTURE, BEFORE_FIRST = range(8)
NO_DATE, NO_URL = 8, 9


def describe(docs: pl.DataFrame) -> tuple[pl.Series, np.ndarray]:
    """How sites answered, as `STATES` has it, and which documents are answers."""
    asked = "robots_status" in docs.columns
    status = docs["robots_status"].cast(pl.Int64).fill_null(200) if asked else pl.Series([200] * docs.height)
    states = name_statuses(status.to_numpy().astype(np.int64))
    data, offsets = utf8(docs["text"])
    found = np.flatnonzero(states == FOUND)
    is_json = docs["url"].str.contains(captures.TDMREP, literal=True).fill_null(False).to_numpy()
    counts = read_rules(data, offsets, name_agents([])).counts
    states[found[is_unparsable(counts)[found] & ~is_json[found]]] = UNPARSABLE
    for i in found[is_json[found]].tolist():
        lost = parse_tdmrep(data[offsets[i] : offsets[i + 1]].tobytes()) is None
        states[i] = UNPARSABLE if lost else FOUND
    return pl.Series([STATES[k] for k in states], dtype=pl.String), captures.is_answer(docs).to_numpy()


def find_states(found: CaptureRows) -> I64:
    """The state of each capture, but UNPARSABLE: what that is the reader of the file says."""
    states = name_statuses(found.status)
    states[found.row == captures.NO_CAPTURE] = NO_CAPTURE
    states[found.row == captures.BEFORE_FIRST] = BEFORE_FIRST
    return states


def name_statuses(status: I64) -> I64:
    """The states that HTTP statuses are."""
    states = np.full(len(status), UNREACHABLE)
    for low, high, state in ((200, 300, FOUND), (300, 400, MOVED), (400, 500, REFUSED)):
        states[(status >= low) & (status < high)] = state
    states[(status == 404) | (status == 410)] = MISSING
    return states


def is_unparsable(counts: I64) -> Bools:
    """Which files have lines, and none of a robots.txt."""
    agents, others, junk = counts.T
    return np.asarray((agents == 0) & (others == 0) & (junk > 0))


def cut_chunks(table: Table, rows: I64, wanted: I64) -> Iterator[Chunk]:
    """The pages of the numbers `wanted`, by their rows, so that the files of a chunk have `_CHUNK_BYTES`."""
    order = wanted[np.argsort(rows[wanted], kind="stable")]
    files, file = np.unique(rows[order], return_inverse=True)
    begin, parts, size = 0, [], 0
    for k, (bucket, at) in enumerate(zip(*captures.locate_all(table, files), strict=True)):
        parts.append(bucket.data[bucket.offsets[at] : bucket.offsets[at + 1]])
        size += len(parts[-1])
        if size >= _CHUNK_BYTES or k + 1 == len(files):
            here = (file >= begin) & (file <= k)
            offsets = np.cumsum([0, *map(len, parts)]).astype(np.int64)
            data = np.concatenate([*parts, np.empty(0, np.uint8)])
            yield Chunk(order[here], file[here] - begin, files[begin : k + 1], data, offsets)
            begin, parts, size = k + 1, [], 0


def read_robots(
    table: Table,
    rows: I64,
    states: I64,
    paths: pl.Series,
    agents: Agents,
    older: tuple[str, ...],
    name: str = "robots",
) -> dict[str, MechanismSignals]:
    """What robots.txt says of crawling, and its Content-Usage and Content-Signal of use, where there are any.

    `states` of what holds no rule though it was found become UNPARSABLE. A page that no rule of the agent's
    group is against is allowed in robots.txt, as RFC 9309 has it; in other files nothing is said of it.
    """
    said: dict[str, MechanismSignals] = {}
    for chunk in cut_chunks(table, rows, np.flatnonzero(states == FOUND)):
        rules = read_rules(chunk.data, chunk.offsets, agents)
        states[chunk.pages[is_unparsable(rules.counts)[chunk.file]]] = UNPARSABLE
        data, where = utf8(paths.gather(chunk.pages))
        chosen = match.decide(rules, chunk.file, data, where, agents)
        kind = np.append(rules.kind, np.int8(0))[np.maximum(chosen, match.NONE)]
        value = np.where(chosen == match.NO_GROUP, UNSAID, np.where(kind == DISALLOW, NO, YES))
        value[chosen == match.NONE] = YES if name == "robots" else UNSAID
        lines = {name: (chosen, value.astype(np.int8))}
        for signal, of in (("content_usage", USAGE), ("content_signal", SIGNAL)):
            if not (rules.kind == of).any():
                continue
            says = _read_values(rules, chunk.data, of, older)
            line = match.weigh(rules, says, of, chunk.file, data, where, agents)
            if of == USAGE:
                line[value == NO] = match.NONE  # it is for paths that may be crawled alone
            lines[signal] = line, np.append(says, np.int8(0))[line]
        for signal, (line, values) in lines.items():
            into = said.setdefault(signal, make_unsaid(len(rows), agents))
            keep(into, signal, values, line, chunk, rules, table, agents)
    return said


def _read_values(rules: Rules, data: U8, kind: int, older: tuple[str, ...]) -> I8:
    found = np.zeros(len(rules.kind), np.int8)
    known: dict[bytes, int] = {}
    for r in np.flatnonzero(rules.kind == kind):
        raw = data[rules.said_begin[r] : rules.said_end[r]].tobytes()
        if raw not in known:
            text = [raw.decode("utf-8", "replace")]
            known[raw] = read_usage(text, older) if kind == USAGE else read_signal(text)
        found[r] = known[raw]
    return found


def read_ai_txt(
    table: Table, found: CaptureRows, paths: pl.Series, agents: Agents
) -> dict[str, MechanismSignals]:
    """What ai.txt (Spawning) says, which is written as robots.txt is; a path without an ending is `.html`."""
    if (found.row < 0).all():
        return {}
    named = paths.str.extract(r"^([^?]*)", 1).to_frame("path")
    page = pl.when(pl.col("path").str.contains(r"\.[A-Za-z0-9]+$")).then(pl.col("path"))
    folder = pl.when(pl.col("path").str.ends_with("/")).then(pl.col("path") + "index.html")
    shown = named.select(page.otherwise(folder.otherwise(pl.col("path") + ".html"))).to_series()
    said = read_robots(table, found.row, find_states(found), shown, agents, (), "ai_txt")
    return {name: each for name, each in said.items() if name == "ai_txt"}


def read_tdmrep(
    table: Table, found: CaptureRows, paths: pl.Series, agents: Agents
) -> tuple[dict[str, MechanismSignals], I64]:
    """What `/.well-known/tdmrep.json` says, the first location that fits; and the state of each file."""
    states = find_states(found)
    asked = np.flatnonzero(states == FOUND).tolist()
    said = make_unsaid(len(states), agents) if asked else None
    known: dict[int, list[tuple[bytes, int, str]] | None] = {}
    for i in asked:
        row = int(found.row[i])
        if row not in known:
            bucket, at = captures.locate(table, row)
            known[row] = parse_tdmrep(bucket.data[bucket.offsets[at] : bucket.offsets[at + 1]].tobytes())
        locations = known[row]
        if locations is None:
            states[i] = UNPARSABLE
            continue
        for pattern, value, text in locations:
            if said and fits(pattern, (paths[i] or "/").encode()):
                said.value[i] = value
                said.evidence[i] = (
                    make_entry("tdm", value, agents.names, table, row, None, text) if value else ""
                )
                break
    return {"tdm": said} if said else {}, states


def parse_tdmrep(data: bytes) -> list[tuple[bytes, int, str]] | None:
    """The locations of a tdmrep.json with what each says, and itself as text; None where the file is none."""
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list):
        return None
    locations = []
    for entry in found[:MAX_LOCATIONS]:
        if isinstance(entry, dict) and isinstance(entry.get("location"), str):
            said = read_reservation(entry.get("tdm-reservation"))
            locations.append((entry["location"].encode(), said, json.dumps(entry)[:MAX_CHARS]))
    return locations


def fits(pattern: bytes, path: bytes) -> bool:
    """Whether a pattern of robots.txt fits a path."""
    one, other = np.frombuffer(pattern or b"\0", np.uint8), np.frombuffer(path, np.uint8)
    room = np.empty(len(path) + 1, np.int64)
    return bool(matches(one, 0, len(pattern), other, 0, len(path), room))
