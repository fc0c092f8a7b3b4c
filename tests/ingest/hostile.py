"""Values that no reader wishes for, by class; and what must come of a record that holds one."""

import math
from typing import Any

from hypothesis import strategies as st

LONE = st.characters(categories=["Cs"])
STRINGS = st.one_of(
    st.text(),
    st.builds("{}{}{}".format, st.text(), LONE, st.text()),
    st.builds(
        lambda char, times: char * times, st.sampled_from("a\0é\ud800\U0001f600"), st.integers(0, 5_000)
    ),
)
NUMBERS = st.one_of(
    st.integers(),
    st.sampled_from([1, -1]).flatmap(lambda sign: st.builds(lambda n: sign * 10**n, st.integers(17, 400))),
    st.floats(),
    st.sampled_from([math.nan, math.inf, -math.inf, 1e300, -1e300, 1e18, 253402300800, -62135596801]),
)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, STRINGS)


def nest(depth: int) -> Any:
    """A list in a list, as deep."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


VALUES = st.one_of(
    LEAVES,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3),
        max_leaves=6,
    ),
    st.builds(nest, st.integers(1, 200)),
)
# What JSON can write and Python does not read back, or not as it was.
JSON = st.sampled_from(
    [
        "1" * 10_000,
        "-" + "9" * 5_000,
        "1e999",
        "NaN",
        "-Infinity",
        '"\\ud800"',
        '"\\udc80x"',
        '{"\\ud800": "\\udfff"}',
        "[" * 20_000 + "]" * 20_000,
        '{"a": 1, "a": 2}',
        '"\\u0000"',
        "[",
        '"',
        "}",
        "nul",
    ]
)
