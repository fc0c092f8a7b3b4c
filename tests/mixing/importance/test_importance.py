"""Weights are learnt for evals, judged by sites and items that did not teach them, and scored by."""

import json

import numpy as np
import polars as pl
import pytest

from winnow.classifiers import importance as shown
from winnow.mixing import importance, proxies
from winnow.pipelines.engine.disk import documents

WORDS = "the cat sat on a mat and dog lay by it as they had all day long in sun of an old house"
NAMES = "find_it load_x add(y) run(a) [0] == x_1; return while {i} (n) += 2; def print(z); for_each"


def compose(random, kind, words):
    """Prose in sentences, or code in lines."""
    drawn = random.choice((WORDS if kind == "prose" else NAMES).split(), words).tolist()
    ends = ". " if kind == "prose" else ";\n    "
    return ends.join(" ".join(drawn[at : at + 9]) for at in range(0, words, 9)) + ends.strip()


def write(folder, sites=30):
    """Pages of prose and of code, each site with both."""
    random = np.random.default_rng(5)
    rows = [
        (f"{site}-{kind}", f"https://{site}.example/{kind}", compose(random, kind, 120), 0.5)
        for site in range(sites)
        for kind in ("prose", "code")
    ]
    docs = pl.DataFrame(rows, schema=["id", "url", "text", "score_quality"], orient="row")
    docs = shown.measure(docs.with_columns(source=pl.lit("web")))
    docs.write_parquet(folder / "docs.parquet")
    items = [
        (kind, str(at), compose(random, kind, 18), " " + compose(random, kind, 18))
        for kind in ("prose", "code")
        for at in range(8)
    ]
    items = pl.DataFrame(items, schema=["eval", "item", "prompt", "answer"], orient="row")
    (folder / "items").mkdir()
    items.write_parquet(folder / "items/items.parquet")
    (folder / "data").mkdir()
    proxies.prepare(
        [folder / "docs.parquet"], folder / "data", read=documents.read_batches, items=folder / "items",
        held_out_bytes=0, vocabulary=300,
    )  # fmt: skip
    return docs


@pytest.fixture(scope="module")
def laid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("importance")
    return folder, write(folder)


def learn(folder, name, **settings):
    out = folder / name
    out.mkdir()
    importance.learn(
        [folder / "docs.parquet"], out, read=documents.read_batches, data=folder / "data", draws=12, folds=3,
        **settings,
    )  # fmt: skip
    return out, json.loads((out / "importance.json").read_text())


@pytest.mark.parametrize("wanted", ["prose", "code"])
def test_what_serves_the_evals_comes_first(laid, wanted):
    folder, docs = laid
    out, told = learn(folder, wanted, evals={wanted: 1.0})
    scored = shown.score(docs, weights=out).sort("score_importance", descending=True)
    assert scored["id"].head(30).str.ends_with(wanted).mean() > 0.9
    assert told["evals"] == {"code": float(wanted == "code"), "prose": float(wanted == "prose")}
    row = next(row for row in told["gains"] if row["share"] == 0.3)
    assert row["mean"]["high"] < 0 and told["said"] == "helps"
    assert {row["share"] for row in told["gains"]} == {0.1, 0.15, 0.25, 0.3, 0.5, 0.75, 1.0}
    assert told["gains"][-1]["mean"]["mean"] == pytest.approx(0, abs=1e-9)  # all is all
    assert (out / "messages.json").read_text().count("beside as many at random: helps") == 1


def test_the_same_bytes_again(laid):
    folder, _ = laid
    first, second = (learn(folder, name)[0] for name in ("once", "twice"))
    assert (first / "importance.json").read_bytes() == (second / "importance.json").read_bytes()


def test_own_traits(laid):
    folder, _ = laid
    _, told = learn(folder, "own", traits=["trait_code"], evals={"code": 1.0})
    assert list(told["traits"]) == ["trait_code"] and told["traits"]["trait_code"]["weight"] > 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"evals": {"runes": 1.0}}, "none of the evals is weighed"), ({"max_documents": 9}, "9 documents")],
)
def test_what_cannot_be_learnt_is_refused(laid, settings, message):
    folder, _ = laid
    with pytest.raises(ValueError, match=message):
        learn(folder, f"refused {message}", **settings)
