"""Other values of a rule, taken from recorded facts: what they are called is what they do."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.pipelines.engine.ledger import replay
from winnow.pipelines.engine.ledger.replay import Option, TunableThreshold

RULES = {
    "min_words": ("filters.gopher:quality", 50, st.integers(0, 200)),
    "max_words": ("filters.gopher:quality", 60, st.integers(0, 200)),
    "min_alphabetic_word_ratio": ("filters.gopher:quality", 0.5, st.floats(0, 1, width=32)),
    "max_hash_ratio": ("filters.gopher:quality", 0.25, st.floats(0, 1, width=32)),
    "drop_curly_bracket": ("filters.c4:document", True, st.integers(0, 2)),
}
WHERE = {"kind": ["a", "none"]}


@st.composite
def cases(draw):
    setting = draw(st.sampled_from(list(RULES)))
    use, value, facts = RULES[setting]
    values = draw(st.lists(st.one_of(st.none(), facts), min_size=1, max_size=60))
    dtype = pl.Int64 if isinstance(value, int) else pl.Float32
    rows = pl.DataFrame(
        {
            "id": [f"{i}" for i in range(len(values))],
            "signal": pl.Series(values, dtype=dtype),
            "kind": draw(
                st.lists(st.sampled_from(["a", "b", None]), min_size=len(values), max_size=len(values))
            ),
        },
        schema_overrides={"kind": pl.String},
    )
    fixed = pl.Series(draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    base = Option("base", value, "0.0")
    return (
        TunableThreshold(
            0, use, "some.reason", "signal", setting, draw(st.sampled_from([None, WHERE])), base
        ),
        rows,
        fixed,
    )


@settings(deadline=None)
@given(cases())
def test_off_drops_nothing_looser_fewer_and_stricter_more_and_no_two_the_same(case):
    knob, rows, fixed = case
    kept = replay.replay([knob], fixed, rows)
    now = replay.find_broken(knob, knob.base, rows)
    judged = (
        rows["kind"].fill_null("none").is_in(["a", "none"]) if knob.where else pl.Series([True] * rows.height)
    )
    found = replay.add_options(knob, 0, rows, fixed, kept).options
    dropped = [now.filter(~fixed).to_list()]
    for option in found:
        broken = replay.find_broken(knob, option, rows)
        assert not (broken & ~judged).any()
        if option.kind == "off":
            assert not broken.any() and option.column is None
        elif option.kind == "looser":
            assert not (broken & ~now).any() and broken.sum() < now.sum()
        else:
            assert not (now & ~broken).any() and broken.sum() > now.sum()
        dropped.append(broken.filter(~fixed).to_list())
        assert type(option.value) is type(knob.base.value)
    assert len({tuple(one) for one in dropped}) == len(dropped)
    assert len({option.column for option in found}) == len(found)


def test_a_rule_that_is_not_set_can_only_be_made_stricter():
    rows = pl.DataFrame({"id": [f"{i}" for i in range(100)], "signal": [i / 100 for i in range(100)]})
    none = Option("base", None, None)
    knob = TunableThreshold(
        0, "classifiers.quality:keep", "quality.low_score", "signal", "min_score", None, none
    )
    fixed = pl.Series([False] * 100)
    found = replay.add_options(knob, 3, rows, fixed, ~fixed).options
    assert [(option.kind, option.column) for option in found] == [("stricter", f"3.{i}") for i in range(1, 6)]
    assert [replay.find_broken(knob, option, rows).sum() for option in found] == [2, 5, 10, 20, 30]


def ask(setting, value, facts):
    rows = pl.DataFrame({"id": [f"{i}" for i in range(len(facts))], "signal": facts})
    knob = TunableThreshold(
        0, "filters.gopher:quality", "some.reason", "signal", setting, None, Option("base", value, "0.0")
    )
    fixed = pl.Series([False] * len(facts))
    found = replay.add_options(knob, 0, rows, fixed, replay.replay([knob], fixed, rows)).options
    return {option.value: replay.find_broken(knob, option, rows).sum() for option in found}


def test_stricter_values_drop_so_much_of_what_is_kept():
    assert list(ask("max_hash_ratio", 2.0, [i / 100 for i in range(100)]).values()) == [2, 5, 10, 20, 30]


def test_a_value_that_is_rounded_beyond_the_one_that_is_set_is_no_stricter_one():
    found = ask("min_alphabetic_word_ratio", 0.5004, [0.50041] * 9 + [0.4, 0.45, 0.5002])
    assert found == {0.0: 0, 0.45: 1}  # and not .5
