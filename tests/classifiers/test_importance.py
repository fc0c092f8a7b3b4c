"""Traits are what they are named, and importance their weighted sum."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.classifiers import importance
from winnow.mixing.importance import TRAITS, bench


def measure(*texts):
    return importance.measure(pl.DataFrame({"text": list(texts)}))


def test_traits_of_known_texts():
    prose, code = measure("Is it so? It is. He said “No.”\n", "for (x) {\n    y = f(x);\n}").rows(named=True)
    assert prose["trait_sentences"] == 1 and code["trait_sentences"] == 0
    assert code["trait_code"] == 1 and prose["trait_code"] == 0
    assert prose["trait_questions"] == pytest.approx(1 / 8) and code["trait_questions"] == 0
    assert prose["trait_capitals"] == pytest.approx(3 / 8)
    assert prose["trait_different_words"] == pytest.approx(7 / 8**0.8)  # it, It
    assert code["trait_signs"] > prose["trait_signs"]


@given(st.text())
def test_traits_are_numbers_of_any_text(text):
    row = measure(text).drop("text").row(0)
    assert all(value is not None and -20 < value < 1e6 for value in row)


def test_learner_and_scorer_know_the_same_traits():
    assert tuple(TRAITS) == importance.TRAITS and bench.FAR == importance.FAR


def test_score_is_the_weighted_sum_with_far_values_cut(tmp_path):
    table = {name: {"mean": 1.0, "sd": 2.0, "weight": 0.0} for name in importance.TRAITS}
    table["trait_length"]["weight"] = 3.0
    (tmp_path / "importance.json").write_text(json.dumps({"traits": table}))
    docs = measure("a", "b").with_columns(score_quality=pl.lit(None, pl.Float32))
    docs = docs.with_columns(trait_length=pl.Series([2.0, 99.0], dtype=pl.Float32))
    assert importance.score(docs, weights=tmp_path)["score_importance"].to_list() == [1.5, 9.0]


def test_weights_that_are_none_are_refused(tmp_path):
    docs = measure("a").with_columns(score_quality=0.5)
    with pytest.raises(ValueError, match="holds no weights"):
        importance.score(docs, weights=tmp_path)
    (tmp_path / "importance.json").write_text('{"traits": {"trait_length": {}}}')
    with pytest.raises(ValueError, match="has weights of"):
        importance.score(docs, weights=tmp_path)


def test_shipped_weights_put_what_they_are_for_first():
    prose = "Water boils when it is hot enough, and the steam that rises from it carries heat away. " * 3
    code = "def add(a, b):\n    return a + b;\n\nfor x in (1, 2):\n    add(x, x);\n" * 3
    shop = "Buy Now! ONLY $9.99 - Free Shipping | Add To Cart | Terms | Login | Sign Up\n" * 9
    docs = measure(prose, code, shop).with_columns(score_quality=pl.Series([0.7, 0.7, 0.1]))
    found = {
        evals: importance.score(docs, evals=evals)["score_importance"].to_list()
        for evals in ("general", "text", "code")
    }
    assert all(values[0] > values[2] for values in (found["general"], found["text"]))
    assert max(found["code"]) == found["code"][1]
    lead = {evals: values[0] - values[1] for evals, values in found.items()}
    assert lead["text"] > lead["general"] > lead["code"]
