"""A mix by hand: what its patterns say, and what it refuses."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.mixing import shares


def fix(folder, tokens, wanted, **options):
    (folder / "counts.json").write_text(json.dumps({name: {"tokens": n} for name, n in tokens.items()}))
    shares.fix([], folder, counts=folder, shares=wanted, **options)
    return json.loads((folder / "weights.json").read_text())


@given(
    tokens=st.dictionaries(
        st.sampled_from([f"{name}/{k}" for name in ("web", "books", "code") for k in (0, 1)]),
        st.integers(1, 10**9),
        min_size=2,
    ),
    share=st.floats(0.01, 0.99),
)
def test_a_pattern_has_its_share_and_is_natural_inside(tmp_path_factory, tokens, share):
    wanted = {"*/1": share, "*": 1 - share}
    folder = tmp_path_factory.mktemp("shares")
    if all(name.endswith("/0") for name in tokens) or all(name.endswith("/1") for name in tokens):
        with pytest.raises(ValueError, match="fit no source"):
            fix(folder, tokens, wanted)
        return
    solved = fix(folder, tokens, wanted)
    long = {name: w for name, w in solved["weights"].items() if name.endswith("/1")}
    assert sum(long.values()) == pytest.approx(share)
    assert sum(solved["weights"].values()) == pytest.approx(1)
    rates = {name: weight / tokens[name] for name, weight in long.items()}
    assert max(rates.values()) == pytest.approx(min(rates.values()))
    budget = solved["settings"]["budget_tokens"]
    assert all(w * budget <= tokens[name] * (1 + 1e-6) for name, w in solved["weights"].items())
    assert any(w * (budget + 1) >= tokens[name] * (1 - 1e-6) for name, w in solved["weights"].items())


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"*": 0.9}, "sum to 1"),
        ({"a": 1.5, "b": -0.5}, "sum to 1"),
        ({}, "sum to 1"),
        ({"a": 1.0}, r"fits \['b'\]"),
        ({"*": 0.5, "c": 0.5}, r"\['c'\] fit no source"),
    ],
)
def test_what_it_refuses(tmp_path, wanted, said):
    with pytest.raises(ValueError, match=said):
        fix(tmp_path, {"a": 1, "b": 2, "c": 0}, wanted)


def test_a_source_is_left_out_by_a_share_of_zero_and_a_budget_is_taken(tmp_path):
    solved = fix(tmp_path, {"a": 1, "b": 2}, {"a": 0.0, "*": 1.0}, budget_tokens=7)
    assert solved["weights"] == {"a": 0, "b": 1}
    assert solved["settings"]["budget_tokens"] == 7
