import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.mixing.sample import draw, rehydrate


def write(folder, weights, tokens, budget):
    place = folder / "solved"
    place.mkdir()
    (place / "weights.json").write_text(
        json.dumps({"weights": weights, "settings": {"budget_tokens": budget}})
    )
    (place / "counts.json").write_text(json.dumps({name: {"tokens": n} for name, n in tokens.items()}))
    return {"weights": place, "counts": place}


def corpus(rows, sources):
    ids = [f"{i:032x}" for i in range(rows)]
    lengths = [1 + (i * 7919) % 997 for i in range(rows)]
    names = [sources[i % len(sources)] for i in range(rows)]
    return pl.DataFrame({"id": ids, "source": names, "token_count": lengths, "text": ["a"] * rows})


def tokens_by_source(docs):
    return dict(docs.group_by("source").agg(pl.col("token_count").sum()).iter_rows())


def test_tokens_come_in_the_shares_of_the_mix(tmp_path):
    docs = corpus(40_000, ["code", "web", "maths"])
    have = tokens_by_source(docs)
    weights = {"code": 0.5, "web": 0.1, "maths": 0.4}
    budget = sum(have.values())
    drawn = draw(docs, **write(tmp_path, weights, have, budget))
    came = tokens_by_source(drawn.with_columns(token_count=pl.col("token_count") * pl.col("repeats")))
    for name, weight in weights.items():
        assert came[name] / budget == pytest.approx(weight, rel=0.03)
    assert drawn["repeats"].dtype == pl.Int32
    assert set(drawn.filter(pl.col("source") == "code")["repeats"]) == {1, 2}
    assert set(drawn.filter(pl.col("source") == "web")["repeats"]) == {0, 1}
    assert (drawn["drop_reason"].is_not_null() == (drawn["repeats"] == 0)).all()
    assert set(drawn["drop_reason"].drop_nulls()) == {"sample.not_drawn"}


@settings(max_examples=30, deadline=None)
@given(cut=st.integers(0, 60), seed=st.integers(-5, 2**40))
def test_the_law_of_shard_steps(tmp_path_factory, cut, seed):
    docs = corpus(60, ["code", "web"])
    folder = write(tmp_path_factory.mktemp("law"), {"code": 0.3, "web": 0.7}, tokens_by_source(docs), 20_000)
    whole = draw(docs, **folder, seed=seed)
    halves = [draw(docs[:cut], **folder, seed=seed), draw(docs[cut:], **folder, seed=seed)]
    assert whole.equals(pl.concat(halves))
    assert whole.select(docs.columns).equals(docs)


def test_a_seed_draws_others_and_a_larger_rate_keeps_those_drawn(tmp_path):
    docs = corpus(2000, ["web"])
    have = tokens_by_source(docs)
    folder = write(tmp_path, {"web": 1.0}, have, have["web"] // 2)
    first, second = draw(docs, **folder), draw(docs, **folder, seed=2)
    assert 0.4 < (first["repeats"] == second["repeats"]).mean() < 0.6
    more = draw(docs, **folder, tokens=int(have["web"] * 0.8))
    assert (more["repeats"] >= first["repeats"]).all()


def test_refusals(tmp_path):
    docs = corpus(10, ["web"])
    folder = write(tmp_path, {"web": 1.0}, {"web": 1000}, 5000)
    with pytest.raises(ValueError, match=r"'web' would come 5\.00 times"):
        draw(docs, **folder)
    with pytest.raises(ValueError, match="no counts for the sources"):
        draw(docs.with_columns(source=pl.lit("forum")), **folder, max_epochs=5.0)
    with pytest.raises(ValueError, match="have `repeats` already"):
        draw(docs.with_columns(repeats=pl.lit(2, pl.Int32)), **folder, max_epochs=5.0)


FINEWEB2 = {1: 1, 2: 2, 3: 3, 4: 3, 5: 5, 99: 5, 100: 8, 999: 8, 1000: 1, 40_000: 1}  # as its README has it


def test_what_had_copies_comes_as_often_as_fineweb2_has_it():
    docs = pl.DataFrame({"id": map(str, FINEWEB2), "duplicates": pl.Series(list(FINEWEB2), dtype=pl.UInt32)})
    found = rehydrate(docs)
    assert dict(found["duplicates", "repeats"].iter_rows()) == FINEWEB2
    assert found["repeats"].dtype == pl.Int32 and found.select(docs.columns).equals(docs)
    assert rehydrate(docs.with_columns(duplicates=pl.lit(None)))["repeats"].to_list() == [1] * 10
    assert rehydrate(docs, times={"30": 4, "1": 2})["repeats"].to_list() == [2] * 5 + [4] * 5
    assert rehydrate(docs[:0])["repeats"].dtype == pl.Int32


@pytest.mark.parametrize("times", [{}, {"2": 1}, {"0": 1}, {"1": 0}, {"1": 1, "two": 2}, {"1": 1, "2.5": 2}])
def test_a_table_without_sense_is_refused(times):
    with pytest.raises(ValueError, match="times: sizes of clusters"):
        rehydrate(pl.DataFrame({"duplicates": [1]}), times=times)


def test_a_later_phase_reads_first_what_an_earlier_one_did_not(tmp_path):
    docs = corpus(4000, ["code", "web"])
    have = tokens_by_source(docs)
    total = sum(have.values())
    first = write(tmp_path, {"code": 0.3, "web": 0.7}, have, total // 2)
    solved = {"weights": {"code": 0.9, "web": 0.1}, "settings": {"budget_tokens": total}}
    (tmp_path / "last.json").write_text(json.dumps(solved))
    about = {"counts": first["counts"], "weights": tmp_path / "last.json"}
    main, last = draw(docs, **first), draw(docs, **about, before=first["weights"])
    came = tokens_by_source(last.with_columns(token_count=pl.col("token_count") * pl.col("repeats")))
    assert came["code"] / total == pytest.approx(0.9, rel=0.05)
    both = docs.select("source", repeats=main["repeats"] + last["repeats"])
    # .3 and 1.8 times of code are 2.1, .7 and .2 of web .9: each to the next whole number, over both phases
    assert set(both.filter(source="code")["repeats"]) == {2, 3}
    assert set(both.filter(source="web")["repeats"]) == {0, 1}
    assert last.filter(source="web", repeats=1).height > 300
    with pytest.raises(ValueError, match=r"'code' would come 2\.10 times, above max_epochs = 2"):
        draw(docs, **about, before=first["weights"], max_epochs=2.0)
