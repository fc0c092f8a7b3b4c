"""The quality classifier learns a difference that is there, measures it, and is the same every time."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sklearn.metrics import roc_auc_score

from classifiers import quality
from pipelines.disk.documents import read_batches

RECIPE = ["stir", "flour", "oven", "sugar", "butter", "bake", "bowl", "whisk", "salt", "dough"]
LEGAL = ["party", "clause", "hereby", "liable", "court", "contract", "shall", "tort", "appeal", "deed"]
PLAIN = ["the", "and", "of", "to", "in", "with", "for", "a", "is", "on"]


def documents(count: int = 400) -> pl.DataFrame:
    rng = np.random.default_rng(7)
    rows = []
    for number in range(count):
        source = ["books", "web", "other"][number % 3]
        words = {"books": RECIPE, "web": LEGAL, "other": PLAIN}[source]
        text = " ".join(rng.choice(words + PLAIN, 40)) + f". Document\n{number}!"
        rows.append((f"id{number:05}", source, text))
    return pl.DataFrame(rows, schema=["id", "source", "text"], orient="row")


def write(folder: Path, docs: pl.DataFrame, parts: int = 2) -> list[Path]:
    files = []
    for number in range(parts):
        files.append(folder / f"part-{number:05}.parquet")
        docs.gather_every(parts, number).write_parquet(files[-1])
    return files


def train(files: list[Path], out: Path, **changes: object) -> dict:
    out.mkdir()
    named: dict = {"positives": ["books"], "negatives": ["web"], "held_out": 0.3, "epochs": 20, **changes}
    quality.train(files, out, read=read_batches, **named)
    return json.loads((out / "card.json").read_text())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quality")
    train(write(folder, documents()), folder / "out")
    return folder / "out"


def test_learns_the_difference_and_measures_it_on_unseen_documents(trained: Path) -> None:
    card = json.loads((trained / "card.json").read_text())
    measured = card["measured"]
    assert measured["auc"] > 0.99
    assert measured["accuracy"] > 0.95
    assert set(card["training"]["positive"]) == {"books"}
    assert set(card["training"]["negative"]) == {"web"}
    counted = [sum(part.values()) for split in ("training", "held_out") for part in card[split].values()]
    assert sum(counted) + card["held_out_seen_in_training"] == 2 * 133  # the smaller class, twice
    assert sum(row["documents"] for row in measured["calibration"]) == measured["documents"]
    assert measured["documents"] == sum(counted[2:])
    assert (trained / "model.bin").stat().st_size == card["model_bytes"] < 30_000_000


def test_the_figures_on_the_card_are_those_of_the_scores(trained: Path, tmp_path: Path) -> None:
    """Shuffled labels must measure as chance: the card may not see what was trained on."""
    docs = documents(1200).with_columns(
        source=pl.Series(np.random.default_rng(1).permutation(["books", "web"] * 600))
    )
    card = train(write(tmp_path, docs), tmp_path / "out")
    assert 0.35 < card["measured"]["auc"] < 0.65


def test_scores_follow_the_classes(trained: Path) -> None:
    docs = documents().filter(pl.col("source") != "other")
    scored = quality.score(docs, model=trained)
    assert scored["score_quality"].dtype == pl.Float32
    assert scored["score_quality"].is_between(0, 1).all()
    assert roc_auc_score(scored["source"] == "books", scored["score_quality"]) > 0.99


def test_same_bytes_every_time_and_in_any_order_of_files(trained: Path, tmp_path: Path) -> None:
    files = write(tmp_path, documents().reverse(), parts=5)
    train(files[::-1], tmp_path / "again")
    for name in ("model.bin", "card.json", "card.md"):
        assert (tmp_path / "again" / name).read_bytes() == (trained / name).read_bytes(), name


def test_another_seed_is_another_model(trained: Path, tmp_path: Path) -> None:
    train(write(tmp_path, documents()), tmp_path / "out", seed=1)
    assert (tmp_path / "out" / "model.bin").read_bytes() != (trained / "model.bin").read_bytes()


def test_most_documents_and_balance(tmp_path: Path) -> None:
    card = train(write(tmp_path, documents()), tmp_path / "out", max_documents=50, negatives=["web", "other"])
    for label in ("positive", "negative"):
        assert sum(card["training"][label].values()) + sum(card["held_out"][label].values()) == 50


def test_copies_of_trained_texts_are_not_measured(tmp_path: Path) -> None:
    docs = documents().with_columns(text=pl.col("source") + " words", id="x" + pl.col("id"))
    card = train(write(tmp_path, docs), tmp_path / "out")
    assert card["measured"]["documents"] == 0
    assert card["measured"]["auc"] is None
    assert card["held_out_seen_in_training"] > 20
    assert "not measured" in (tmp_path / "out" / "card.md").read_text()


@pytest.mark.parametrize("named", [{"positives": ["nowhere"]}, {"positives": ["web"]}, {"held_out": 1.0}])
def test_nothing_to_train_on_is_an_error(tmp_path: Path, named: dict) -> None:
    with pytest.raises(ValueError, match=r"no documents of|both in positives and negatives"):
        train(write(tmp_path, documents()), tmp_path / "out", **named)


texts = st.lists(
    st.text(max_size=30) | st.sampled_from(["Whisk butter\nin a bowl", "</s> __label__positive"]), max_size=4
)


@settings(deadline=None, max_examples=40)
@given(texts, texts)
def test_law_of_shard_steps(trained: Path, a: list[str], b: list[str]) -> None:
    def both(lines: list[str]) -> pl.DataFrame:
        docs = pl.DataFrame({"text": lines}, schema={"text": pl.String})
        return quality.keep(quality.score(docs, model=trained), min_score=0.5)

    assert_frame_equal(both(a + b), pl.concat([both(a), both(b)]))


def test_keep_drops_below_the_score() -> None:
    docs = pl.DataFrame({"score_quality": [0.1, 0.5, 0.9]}, schema={"score_quality": pl.Float32})
    assert quality.keep(docs, min_score=0.5)["drop_reason"].to_list() == ["quality.low_score", None, None]


def test_only_punctuation_scores_nothing(trained: Path) -> None:
    scored = quality.score(pl.DataFrame({"text": ["", " \n", "whisk the dough"]}), model=trained)
    assert scored["score_quality"][:2].to_list() == [0.0, 0.0]
    assert scored["score_quality"][2] > 0.5
