"""Lines of keys and values, against what `tomllib` reads, in shipped recipes and in made-up TOML."""

import tomllib
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from winnow.pipelines.spec import groups
from winnow.pipelines.spec.positions import find, locate

SHIPPED = sorted((Path(groups.__file__).resolve().parent.parent / "recipes").rglob("*.toml"))


def walk(value, path=()):
    yield path
    for name, one in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from walk(one, (*path, name))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_all_that_is_in_a_recipe_has_a_line_and_nothing_else(path):
    text = path.read_text()
    found = locate(text)
    assert set(found) == set(walk(tomllib.loads(text))) - {()}
    lines = text.split("\n")
    for place, line in found.items():
        name = next(one for one in reversed(place) if isinstance(one, str))
        assert name in lines[line - 1] or isinstance(place[-1], int), (place, line)


SCALARS = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.booleans(), st.floats(allow_nan=False),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r")),
)  # fmt: skip
KEYS = st.text("abc-_ .\"'#[]=é", min_size=1, max_size=4)
VALUES = st.recursive(
    SCALARS, lambda one: st.lists(one, max_size=4) | st.dictionaries(KEYS, one, max_size=4), max_leaves=12
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_whatever_is_valid_is_read_to_its_end(table):
    text = tomlkit.dumps(table)
    read = tomllib.loads(text)
    bare = {place for place in walk(read) if not any(set(str(name)) & set('"\\') for name in place)}
    assert bare - {()} <= set(locate(text))


MANY = """a = [  # ]
  1,
  "x\\"]",
  '''
]''',
  { b = 2, c = [
    3 ] },
]

[[s]]
"k k".z = '#'
[s.t]
u=1
[[s]]
d = 1979-05-27 07:32:00"""


def test_many_lines_comments_and_strings():
    found = locate(MANY)
    assert [found["a", n] for n in range(4)] == [2, 3, 4, 6]
    assert (found["a", 3, "c", 0], found["s", 0, "k k", "z"], found["s", 0, "t", "u"]) == (7, 11, 13)
    assert (found["s", 1], found["s", 1, "d"]) == (14, 15)
    assert find(found, ("a", 3, "none", "deeper")) == 6 and find(found, ("none",)) == 1
