"""Entries of evidence written for many pages are those that are written one by one."""

import numpy as np
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from winnow.filters.optouts import evidence, match
from winnow.filters.optouts.captures import Bucket, Table
from winnow.filters.optouts.entries import MAX_CHARS
from winnow.filters.optouts.evidence import Chunk
from winnow.filters.optouts.rules import name_agents, read_rules
from winnow.filters.optouts.signals import NO, UNSAID, YES

AGENTS = name_agents(["GPTBot", 'odd"bot\\é', "CCBot"])
BLANKS = " \t\x0b\x0c\x1c\x1f\x85\u00a0\ufeff"
PIECES = ["User-agent: GPTBot", "User-agent: *", "Disallow: / #", "Allow: /a#", "Disallow: /é #", "junk"]
TAIL = st.lists(st.sampled_from([*BLANKS, '"\\\x01\x08', "x" * MAX_CHARS]), max_size=3).map("".join)
LINE = st.tuples(st.sampled_from(PIECES), TAIL, st.sampled_from(["\n", "\r\n", "\r"])).map("".join)
BODY = st.lists(LINE, max_size=6).map(lambda lines: "".join(["User-agent: *\n", *lines]))


def read(bodies: list[str], seconds: list[int], urls: list[str]) -> tuple[Chunk, Table]:
    """The files as a chunk with a page of each, in a table of one bucket."""
    data = [body.encode() for body in bodies]
    offsets = np.cumsum([0, *map(len, data)]).astype(np.int64)
    whole = np.frombuffer(b"".join(data) or b"\0", np.uint8)
    numbers = np.arange(len(bodies))
    bucket = Bucket(
        numbers.astype(np.uint64), np.array(seconds), np.full(len(bodies), 200), whole, offsets,
        pa.array(urls), pa.array([None] * len(bodies)), 0,
    )  # fmt: skip
    table = Table((bucket,), np.zeros(1, np.uint64), np.array([0, len(bodies)]), 0, {})
    return Chunk(numbers, numbers, numbers, whole, offsets), table


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            BODY, st.integers(-(10**11), 2 * 10**11), st.sampled_from(["https://a.example/", 'http://é"\n/'])
        ),
        min_size=1,
        max_size=4,
    )
)
@example(
    [
        (
            "User-agent: *\r\r\nDisallow: / #\x1f \nUser-agent: GPTBot\rDisallow: /a",
            1_714_521_600,
            "https://b.example",
        )
    ]
)
@example(
    [
        ("\ufeffUser-agent: *\nDisallow: /", 0, ""),
        (f"User-agent: *\nDisallow: /{'x' * 300}", -62_135_596_800, ""),
    ]
)
def test_all_at_once_as_one_by_one(files: list[tuple[str, int, str]]) -> None:
    bodies, seconds, urls = map(list, zip(*files, strict=True))
    seconds = [max(each, -62_135_596_800) for each in seconds]  # what Python has dates for
    chunk, table = read(bodies, seconds, urls)
    rules = read_rules(chunk.data, chunk.offsets, AGENTS)
    paths, where = np.frombuffer(b"/a" * len(bodies), np.uint8), np.arange(len(bodies) + 1) * 2
    line = match.decide(rules, chunk.file, paths, where, AGENTS)
    value = np.where(line == match.NO_GROUP, UNSAID, np.where(line >= 0, NO, YES)).astype(np.int8)
    args = chunk, rules, table, AGENTS
    whole = evidence._quote_all("robots", value, line, chunk.file, *args)
    assert whole == [evidence._quote_rules("robots", value[k], line[k], k, *args) for k in range(len(bodies))]


def test_only_what_is_not_in_ascii_is_written_one_by_one() -> None:
    plain, odd = "User-agent: *\nDisallow: /a", "User-agent: *\nDisallow: /a #é"
    chunk, table = read([plain, odd, plain], [0, 0, 253_402_300_800], ["https://é.example/"] * 3)
    rules = read_rules(chunk.data, chunk.offsets, AGENTS)
    paths, where = np.frombuffer(b"/a" * 3, np.uint8), np.arange(4) * 2
    line = match.decide(rules, chunk.file, paths, where, AGENTS)
    sources = evidence.find_sources(chunk, table, chunk.file)
    value = np.full(line.shape, NO, np.int8)
    found = evidence.write_entries("robots", value, line, chunk.file, rules.line, sources, AGENTS.names)
    assert [text is None for text in found] == [False, True, True]  # a year of five digits is left to Python
