"""The order of training: shares, every stretch with the mix, epochs, phases, an index in place of repeats."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.mixing.packing import mixes
from winnow.mixing.tokens import order, pack

WINDOW = 64


def write_packed(folder, sizes, repeats=None):
    """Samples of one full piece each, by source."""
    repeats = repeats or dict.fromkeys(sizes, 1)
    rows = [(number, name) for number, (name, size) in enumerate(sizes.items()) for _ in range(size)]
    table = pl.DataFrame(
        {
            "sample": range(len(rows)),
            "stratum": [number for number, _ in rows],
            "part": [0] * len(rows),
            "row": range(len(rows)),
            "offset": [WINDOW * i for i in range(len(rows))],
            "start": [0] * len(rows),
            "length": [WINDOW] * len(rows),
            "source": [name for _, name in rows],
        }
    ).select(pl.col(name).cast(kind) for name, kind in pack.PIECES.items())
    table.write_parquet(folder / "train.parquet")
    table[:0].write_parquet(folder / "validation.parquet")
    strata = [{"source": name, "repeats": repeats[name]} for name in sizes]
    said = {"window": WINDOW, "how": "best_fit", "encoding": {}, "empty": 0, "strata": strata}
    (folder / "packing.json").write_text(json.dumps(said))
    return sorted(folder.iterdir())


def run_plan(folder, files, **settings):
    out = folder / f"out{len(list(folder.glob('out*')))}"
    out.mkdir()
    order.plan(files, out, **settings)
    tables = [pl.read_parquet(path) for path in sorted(out.glob("bucket=*.parquet"))]
    return pl.concat(tables).sort("place"), json.loads((out / "plan.json").read_text()), out


def write_weights(folder, **weights):
    path = folder / "weights.json"
    path.write_text(json.dumps({"weights": weights}))
    return path


SIZES = {"web": 3000, "books": 700, "code": 150}


@pytest.fixture
def packed(tmp_path):
    (tmp_path / "packed").mkdir()
    return write_packed(tmp_path / "packed", SIZES)


def test_shares_are_met_to_half_a_sample_and_in_every_thousand(packed, tmp_path):
    weights = write_weights(tmp_path, web=0.5, books=0.4, code=0.1)
    table, plan, _ = run_plan(tmp_path, packed, weights=weights, tokens=4001 * WINDOW, max_epochs=4)
    found = dict(table.group_by(pl.col("source").cast(pl.String)).len().iter_rows())
    assert sum(found.values()) in range(3999, 4004)
    for name, weight in (("web", 0.5), ("books", 0.4), ("code", 0.1)):
        assert abs(found[name] / 4001 - weight) < 0.0005
        is_ = (table["source"].cast(pl.String) == name).to_numpy()
        stretches = np.convolve(is_, np.ones(1000), "valid") / 1000
        assert abs(stretches - weight).max() < 0.005
    assert plan["weights"] == {"web": 0.5, "books": 0.4, "code": 0.1}


@pytest.mark.parametrize("weights", [{"web": 0.4, "books": 0.6}, {"web": 1.0}])
def test_a_sample_of_several_sources_comes_as_often_as_the_least_of_them(tmp_path, weights):
    (tmp_path / "packed").mkdir()
    files = write_packed(tmp_path / "packed", {"web": 60, "books": 100, pack.MIXED: 1})
    train = pl.read_parquet(tmp_path / "packed/train.parquet")
    halves = train[-1:].with_columns(length=pl.lit(32, pl.UInt32))
    names = [halves.with_columns(source=pl.lit(name, pl.Categorical)) for name in ("web", "books")]
    pl.concat([train[:-1], *names]).write_parquet(tmp_path / "packed/train.parquet")
    path = write_weights(tmp_path, **weights)
    table, _, _ = run_plan(tmp_path, files, weights=path, tokens=300 * WINDOW, max_epochs=9)
    counts = dict(table.group_by(pl.col("source").cast(pl.String)).agg(pl.col("length").sum()).iter_rows())
    rates = {"web": weights["web"] * 300 / 60.5, "books": weights.get("books", 0) * 300 / 100.5}
    assert table.filter(pl.col("sample") == 160)["place"].n_unique() == int(min(rates.values()))
    for name, weight in weights.items():
        assert abs(counts[name] - weight * 300 * WINDOW) <= WINDOW
    assert ("books" in counts) == ("books" in weights)


def test_windows_of_one_source_are_not_read_for_what_stands_in_windows_of_several(tmp_path):
    """`a` has a window of its own and ten with `b`, which the mix leaves out."""
    (tmp_path / "packed").mkdir()
    files = write_packed(tmp_path / "packed", {"a": 1, "b": 1, pack.MIXED: 20})
    path = tmp_path / "packed/train.parquet"
    table = pl.read_parquet(path)
    half = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("a")).otherwise(pl.lit("b"))
    mixed = pl.col("stratum") == 2
    table = table.with_columns(
        source=pl.when(mixed).then(half).otherwise(pl.col("source").cast(pl.String)).cast(pl.Categorical),
        sample=pl.when(mixed).then(2 + (pl.col("sample") - 2) // 2).otherwise("sample").cast(pl.UInt32),
    )
    table.write_parquet(path)
    with pytest.raises(
        ValueError,
        match=r"'a' has 64 tokens in windows of its own, to be read for 640: above .*isolate_sources",
    ):
        run_plan(tmp_path, files, weights=write_weights(tmp_path, a=1.0), tokens=10 * WINDOW)
    _, plan, _ = run_plan(tmp_path, files, weights=write_weights(tmp_path, a=1.0), tokens=4 * WINDOW)
    assert plan["unread"] == 21  # all of b, and what a shares with it
    _, plan, _ = run_plan(tmp_path, files)
    assert plan["unread"] == 0


def test_an_epoch_ends_before_the_next_begins_in_an_order_of_its_own(packed, tmp_path):
    weights = write_weights(tmp_path, web=0.5, books=0.4, code=0.1)
    table, _, _ = run_plan(tmp_path, packed, weights=weights, tokens=4000 * WINDOW)
    books = table.filter(pl.col("source").cast(pl.String) == "books")
    assert books["epoch"].to_list() == sorted(books["epoch"]) and books["epoch"].max() == 2
    first, second = (books.filter(pl.col("epoch") == epoch)["sample"].to_list() for epoch in (0, 1))
    assert sorted(first) == sorted(second) and first != second and first != sorted(first)


def test_repeats_come_as_often_as_they_say(tmp_path):
    (tmp_path / "packed").mkdir()
    files = write_packed(tmp_path / "packed", SIZES, {"web": 1, "books": 3, "code": 2})
    table, _, _ = run_plan(tmp_path, files)
    counts = table.group_by(pl.col("source").cast(pl.String), "sample").len()
    assert {
        name: set(rows["len"]) for (name,), rows in counts.partition_by("source", as_dict=True).items()
    } == {
        "web": {1},
        "books": {3},
        "code": {2},
    }


def test_an_index_names_the_same_order_without_repeating_a_sample(packed, tmp_path):
    weights = write_weights(tmp_path, web=0.5, books=0.4, code=0.1)
    settings = {"weights": weights, "tokens": 4000 * WINDOW}
    whole, _, _ = run_plan(tmp_path, packed, **settings)
    once, _, out = run_plan(tmp_path, packed, repeat="index", **settings)
    assert once["sample"].n_unique() == once.height < whole.height
    places = np.load(out / "order.npy")
    assert once["sample"].to_numpy()[places].tolist() == whole["sample"].to_list()


def test_phases_are_ranges_of_the_order_with_files_and_mix_of_their_own(packed, tmp_path):
    table, plan, out = run_plan(
        tmp_path, packed, phases={"long": 0.9, "end": 0.1}, shard_tokens=1000 * WINDOW
    )
    assert [each["phase"] for each in plan["ranges"]] == ["long", "end"]
    assert plan["ranges"][0]["first"] == 0 and plan["ranges"][1]["last"] == table.height - 1
    assert plan["ranges"][1]["first"] == plan["ranges"][0]["last"] + 1 == 3465
    assert [shard["name"] for shard in plan["shards"]] == [f"long-{i:05d}" for i in range(4)] + ["end-00000"]
    end = pl.read_parquet(out / "bucket=end-00000.parquet")
    assert abs((end["source"].cast(pl.String) == "web").mean() - 3000 / 3850) < 0.01


MAIN = {"name": "main", "tokens": 3000 * WINDOW + 7, "weights": {"web": 0.8, "books": 0.2}}
END = {"name": "end", "tokens": 900 * WINDOW, "weights": {"books": 0.5, "code": 0.4, "web": 0.1}}


def write_phases(folder, *phases):
    path = folder / "phases.json"
    path.write_text(json.dumps({"weights": {"web": 1.0}, "phases": phases}))
    return path


@pytest.mark.parametrize("repeat", ["files", "index"])
def test_each_phase_of_a_mix_meets_its_own_shares_in_every_stretch(packed, tmp_path, repeat):
    path = write_phases(tmp_path, MAIN, END)
    table, plan, out = run_plan(tmp_path, packed, weights=path, shard_tokens=1000 * WINDOW, repeat=repeat)
    if repeat == "index":
        once = table.sort("place").select("sample", source=pl.col("source").cast(pl.String))
        table = once[np.load(out / "order.npy").astype(np.int64)].with_row_index("place")
    names = [each["name"] for each in plan["phases"]]
    assert names == [each["phase"] for each in plan["ranges"]] == ["main", "end"]
    assert plan["ranges"][0]["first"] == 0 and plan["ranges"][1]["last"] == table["place"].max()
    assert plan["ranges"][1]["first"] == plan["ranges"][0]["last"] + 1
    for phase, where in zip((MAIN, END), plan["ranges"], strict=True):
        rows = table.filter(pl.col("place").is_between(where["first"], where["last"]))
        for name in SIZES:
            wanted = phase["weights"].get(name, 0) * phase["tokens"] / WINDOW
            is_ = (rows["source"].cast(pl.String) == name).to_numpy()
            assert abs(is_.sum() - wanted) <= 0.5 + 1 / WINDOW
            for length in (50, 300):
                found = np.convolve(is_, np.ones(length), "valid")
                assert abs(found - phase["weights"].get(name, 0) * length).max() <= 2.1
    if repeat == "files":
        assert [shard["name"] for shard in plan["shards"]] == [
            *(f"main-{i:05d}" for i in range(3)),
            "end-00000",
        ]
        books = table.filter(pl.col("source").cast(pl.String) == "books")  # 600, then 450 of 700
        assert books["epoch"].to_list() == [0] * 700 + [1] * 350
        assert books["sample"][:700].n_unique() == 700
    assert abs(plan["weights"]["books"] - (600 + 450) / 3900) < 1e-4


BOOKS_BOTH_WEB = [
    {"name": "a", "tokens": 100 * WINDOW, "weights": {"books": 1.0}},
    {"name": "b", "tokens": 150 * WINDOW, "weights": {"web": 0.7, "books": 0.3}},
    {"name": "c", "tokens": 100 * WINDOW, "weights": {"web": 1.0}},
]
BOTH_WEB = [  # both have been read once only where books have nothing left
    {"name": "a", "tokens": 170 * WINDOW, "weights": {"web": 50 / 170, "books": 120 / 170}},
    {"name": "b", "tokens": 50 * WINDOW, "weights": {"web": 1.0}},
]


@pytest.mark.parametrize(("phases", "often"), [(BOOKS_BOTH_WEB, 1), (BOTH_WEB, 0)])
def test_samples_of_several_sources_come_in_the_phases_that_have_all_of_these(tmp_path, phases, often):
    (tmp_path / "packed").mkdir()
    files = write_packed(tmp_path / "packed", {"web": 60, "books": 100, pack.MIXED: 1})
    train = pl.read_parquet(tmp_path / "packed/train.parquet")
    halves = train[-1:].with_columns(length=pl.lit(32, pl.UInt32))
    names = [halves.with_columns(source=pl.lit(name, pl.Categorical)) for name in ("web", "books")]
    pl.concat([train[:-1], *names]).write_parquet(tmp_path / "packed/train.parquet")
    table, plan, _ = run_plan(tmp_path, files, weights=write_phases(tmp_path, *phases))
    places = table.filter(pl.col("sample") == 160)["place"].unique().to_list()
    if not often:
        assert not places
    else:
        (where,) = [each for each in plan["ranges"] if each["phase"] == "b"]
        assert len(places) == 1 and where["first"] <= places[0] <= where["last"]
    for phase, where in zip(phases, plan["ranges"], strict=True):
        rows = table.filter(pl.col("place").is_between(where["first"], where["last"]))
        sums = dict(rows.group_by(pl.col("source").cast(pl.String)).agg(pl.col("length").sum()).iter_rows())
        for name in ("web", "books"):
            assert abs(sums.get(name, 0) - phase["weights"].get(name, 0) * phase["tokens"]) <= WINDOW / 2


def test_a_table_of_phases_is_the_list(packed, tmp_path):
    rows = [
        {"phase": each["name"], "budget_tokens": each["tokens"], "source": source, "weight": weight}
        for each in (MAIN, END)
        for source, weight in each["weights"].items()
    ]
    (tmp_path / "judged").mkdir()
    pl.DataFrame(rows).write_parquet(tmp_path / "judged/phases.parquet")
    table, plan, _ = run_plan(tmp_path, packed, weights=tmp_path / "judged")
    other, as_list, _ = run_plan(tmp_path, packed, weights=write_phases(tmp_path, MAIN, END))
    assert table.equals(other) and plan == as_list


@pytest.mark.parametrize(
    ("phases", "settings", "message"),
    [
        ([MAIN, {**END, "tokens": None}], {}, "phase 'end' has no budget: say its tokens"),
        ([MAIN, {**END, "weights": {}}], {}, "phase 'end' has no weights"),
        ([MAIN, {**END, "name": "main"}], {}, "'main' is no name for a phase"),
        ([{**END, "name": "validation"}], {}, "'validation' is no name for a phase"),
        ([{**END, "name": "../x"}], {}, "is no name for a phase"),
        ([], {}, "its list of phases is empty"),
        ([MAIN, END], {"tokens": 5}, "have budgets of their own"),
        ([MAIN, END], {"phases": {"a": 1.0}}, "names phases with mixes of their own"),
        ([MAIN, {**END, "tokens": 3000 * WINDOW}], {}, r"'code' would come 8.00 times, above max_epochs = 4"),
        ([{**MAIN, "weights": {"wiki": 1}}], {}, r"weight to sources without a token: \['wiki'\]"),
    ],
)
def test_phases_that_cannot_be_met_are_refused(packed, tmp_path, phases, settings, message):
    with pytest.raises(ValueError, match=message):
        run_plan(tmp_path, packed, weights=write_phases(tmp_path, *phases), **settings)


@given(
    st.dictionaries(st.text(max_size=3), st.floats(0.01, 1), min_size=1, max_size=9), st.integers(0, 10**9)
)
def test_largest_remainders_give_the_whole_and_each_its_share(shares, total):
    found = mixes.apportion(shares, total)
    assert sum(found.values()) == total
    for name, share in shares.items():
        assert abs(found[name] - share / sum(shares.values()) * total) < 1 + 1e-6 * total


def test_the_largest_remainder_gets_what_is_left():
    assert mixes.apportion({"a": 0.22, "b": 0.5, "c": 0.28}, 11) == {"a": 2, "b": 6, "c": 3}


@pytest.mark.parametrize(
    ("weights", "settings", "message"),
    [
        ({"web": 0.5, "wiki": 0.5}, {"tokens": 1000}, r"weight to sources without a token: \['wiki'\]"),
        ({"code": 1.0}, {"tokens": 150 * 64 * 9}, "'code' would come 9.00 times, above max_epochs = 4"),
        ({"code": 1.0}, {}, "names no budget: say how many tokens"),
        (None, {"tokens": 5}, "a budget needs weights"),
    ],
)
def test_a_mix_that_cannot_be_met_is_refused(packed, tmp_path, weights, settings, message):
    path = write_weights(tmp_path, **weights) if weights else None
    with pytest.raises(ValueError, match=message):
        run_plan(tmp_path, packed, weights=path, **settings)
