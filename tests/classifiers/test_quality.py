"""The quality classifier learns a difference that is there, measures it, and is the same every time."""

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sklearn.metrics import roc_auc_score

from winnow.classifiers import quality
from winnow.pipelines.engine.disk.documents import read_batches

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
    named: dict = {"positives": ["books"], "negatives": ["web"], **changes}
    if "grades" in changes or "preferences" in changes:
        del named["positives"], named["negatives"]
    quality.train(files, out, read=read_batches, **named)
    return json.loads((out / "card.json").read_text())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quality")
    train(write(folder, documents()), folder / "out")
    return folder / "out"


def test_learns_the_difference_and_measures_it_on_unseen_documents(trained: Path) -> None:
    card = json.loads((trained / "card.json").read_text())
    measured = card["measured"]["all"]
    assert 0.99 < measured["auc"]["low"] <= measured["auc"]["auc"]
    assert card["heads"]["all"]["by_class"] == {"poor": 133, "good": 133}  # the smaller class, twice
    assert sum(row["texts"] for row in measured["calibration"]) == measured["texts"] == 266
    assert "| all | 1.0000" in (trained / "card.md").read_text()


def test_the_figures_on_the_card_are_of_unseen_texts(tmp_path: Path) -> None:
    """Shuffled labels must measure as chance: the card may not see what was trained on."""
    docs = documents(900).with_columns(
        source=pl.Series(np.random.default_rng(1).permutation(["books", "web", "other"] * 300))
    )
    card = train(write(tmp_path, docs), tmp_path / "out", members=["ngrams"])
    assert 0.4 < card["measured"]["all"]["auc"]["auc"] < 0.6


def test_scores_follow_the_classes(trained: Path) -> None:
    docs = documents().filter(pl.col("source") != "other")
    scored = quality.score(docs, model=trained)
    assert scored["score_quality"].dtype == pl.Float32
    assert scored["score_quality"].is_between(0, 1).all()
    assert roc_auc_score(scored["source"] == "books", scored["score_quality"]) > 0.99


def test_same_bytes_every_time_and_in_any_order_of_files(trained: Path, tmp_path: Path) -> None:
    files = write(tmp_path, documents().reverse(), parts=5)
    train(files[::-1], tmp_path / "again")
    for name in ("all/head.npz", "all/head.bin", "all/head.json", "card.json", "card.md"):
        assert (tmp_path / "again" / name).read_bytes() == (trained / name).read_bytes(), name


def test_most_documents_and_balance(tmp_path: Path) -> None:
    card = train(
        write(tmp_path, documents()),
        tmp_path / "out",
        max_documents=50,
        negatives=["web", "other"],
        members=["ngrams"],
    )
    assert card["heads"]["all"]["by_class"] == {"poor": 50, "good": 50}


def test_grades_are_learnt_by_id_and_by_text(tmp_path: Path) -> None:
    docs = documents()
    graded = docs.with_columns(score=pl.col("source").replace_strict({"books": 5, "web": 1, "other": 3}))
    for name in ("id", "text"):
        graded.select(name, "score").write_ndjson(tmp_path / f"{name}.jsonl")
        train(write(tmp_path, docs), tmp_path / name, grades=tmp_path / f"{name}.jsonl", members=["ngrams"])
        means = dict(
            quality.score(docs, model=tmp_path / name)
            .group_by("source")
            .agg(pl.col("score_quality").mean())
            .rows()
        )
        assert means["web"] < 0.25 < 0.4 < means["other"] < 0.6 < 0.75 < means["books"]


def test_preferences_are_learnt(tmp_path: Path) -> None:
    docs = documents()
    drawn = np.random.default_rng(0)
    ids = {name: docs.filter(source=name)["id"].to_list() for name in ("books", "web", "other")}
    pairs = [
        (drawn.choice(ids[better]), drawn.choice(ids[worse]))
        for better, worse in [("books", "other"), ("other", "web"), ("books", "web")] * 300
    ]
    pl.DataFrame(pairs, schema=["better", "worse"], orient="row").write_parquet(tmp_path / "pairs.parquet")
    train(write(tmp_path, docs), tmp_path / "out", preferences=tmp_path / "pairs.parquet", members=["ngrams"])
    scored = (
        quality.score(docs, model=tmp_path / "out").group_by("source").agg(pl.col("score_quality").mean())
    )
    assert scored.sort("score_quality")["source"].to_list() == ["web", "other", "books"]


def test_each_type_has_its_own_head(tmp_path: Path) -> None:
    """What is good of one type is poor of the other: no head of all can know."""
    docs = documents(600).filter(pl.col("source") != "other")
    kind = pl.Series("kind", ["plain", "plain", "turned", "turned"] * docs.height)[: docs.height]
    good = (docs["source"] == "books") ^ (kind == "turned")
    docs = docs.with_columns(kind, score=good.cast(pl.Int64))
    docs.write_parquet(tmp_path / "grades.parquet")
    out = tmp_path / "out"
    card = train(
        write(tmp_path, docs), out, grades=tmp_path / "grades.parquet", by="kind", members=["ngrams"]
    )
    assert set(card["heads"]) == {"all", "plain", "turned"}
    aucs = {name: found["auc"]["auc"] for name, found in card["measured"].items()}
    assert aucs["plain"] > 0.99 and aucs["turned"] > 0.99 and aucs["all"] < 0.7
    scored = quality.score(docs, model=out, by="kind")
    assert roc_auc_score(good, scored["score_quality"]) > 0.99
    rare = docs.with_columns(kind=pl.when(pl.int_range(pl.len()) < 50).then(pl.lit("rare")).otherwise("kind"))
    rare.with_columns(text=pl.when(kind="rare").then(pl.lit("again")).otherwise("text")).write_parquet(
        tmp_path / "rare.parquet"
    )
    card = train(
        write(tmp_path, docs),
        tmp_path / "rare",
        grades=tmp_path / "rare.parquet",
        by="kind",
        members=["ngrams"],
    )
    assert set(card["heads"]) == {"all", "plain", "turned"}  # fifty times one text teach nothing
    unknown = quality.score(docs.with_columns(kind=pl.lit("other")), model=out, by="kind")
    assert_frame_equal(unknown.drop("kind"), quality.score(docs, model=out).drop("kind"))
    with pytest.raises(ValueError, match="no heads by 'source', but by 'kind'"):
        quality.score(docs, model=out, by="source")


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ({"positives": ["nowhere"]}, "no documents of"),
        ({"positives": ["web"]}, "both in positives and negatives"),
        ({"positives": None}, "name one kind of label"),
        ({"max_documents": 5}, "too few texts to learn from"),
    ],
)
def test_nothing_to_train_on_is_an_error(tmp_path: Path, named: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        train(write(tmp_path, documents()), tmp_path / "out", **named)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"text": ["a", "b"], "score": [1.0, float("nan")]}, "1 of 2 scores are no finite numbers"),
        ({"text": ["a", "b"], "score": [1, 1]}, "grades must differ"),
        ({"text": ["a", "b"], "grade": [1, 2]}, "has no column score"),
        ({"score": [1, 2]}, "neither `text` nor `id`"),
        ({"id": ["id00000", "gone"], "score": [1, 2]}, "names 2 documents, of which 1 are the stage's"),
        ({"id": ["id00000", "id00000"], "score": [1, 2]}, "grades 1 documents twice, first 'id00000'"),
        ({"text": ["a b", "b c", "d", "e", "f"], "score": [1, 2, 3, 4, 5]}, "too few texts"),
    ],
)
def test_grades_of_no_use_are_an_error(tmp_path: Path, rows: dict, says: str) -> None:
    pl.DataFrame(rows).write_parquet(tmp_path / "grades.parquet")
    with pytest.raises(ValueError, match=says):
        train(write(tmp_path, documents()), tmp_path / "out", grades=tmp_path / "grades.parquet")


def test_a_model_trained_with_other_signals_is_refused(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "old")
    about = json.loads((tmp_path / "old/all/head.json").read_text())
    about["sample"]["shape"][2] += 0.1
    (tmp_path / "old/all/head.json").write_text(json.dumps(about))
    with pytest.raises(ValueError, match=r"trained with other signals \(short_word_ratio\): train it again"):
        quality.score(documents(), model=tmp_path / "old")
    whole = (tmp_path / "old/all/head.npz").read_bytes()
    for damaged in (b"", b"PK", whole[: len(whole) // 2], whole[:900] + b"x" + whole[901:]):
        (tmp_path / "old/all/head.npz").write_bytes(damaged)
        with pytest.raises(ValueError, match="a damaged one"):  # before there are documents
            quality.score(documents().clear(), model=tmp_path / "old")
    (tmp_path / "old/quality.json").write_text("{}")
    with pytest.raises(ValueError, match="holds no quality heads"):
        quality.score(documents().clear(), model=tmp_path / "old")
    with pytest.raises(ValueError, match="holds no quality heads"):
        quality.score(documents(), model=tmp_path)


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


def test_labels_of_models_are_grades(tmp_path: Path) -> None:
    """The folder that `classifiers.ask:label` leaves: the mean of the raters, by id."""
    docs = documents(200)
    graded = docs.select(
        "id", score=pl.col("source").replace_strict({"books": 5.0, "web": 0.5, "other": 2.5})
    )
    (tmp_path / "labels").mkdir()
    graded.with_columns(raters=2, spread=0.5).write_parquet(tmp_path / "labels/labels_mean.parquet")
    train(write(tmp_path, docs), tmp_path / "out", grades=tmp_path / "labels", members=["ngrams"])
    scored = (
        quality.score(docs, model=tmp_path / "out").group_by("source").agg(pl.col("score_quality").mean())
    )
    assert scored.sort("score_quality")["source"].to_list() == ["web", "other", "books"]


ESSAY = (
    "The first lighthouses were fires on hills. Somebody had to carry wood up there every evening, "
    "and on the worst nights, when ships needed the light most, the rain put it out. So people built "
    "towers around the fire, and later set glass before it. A lamp with a single wick can be seen "
    "from about five miles away. Fresnel's lens, which he first showed in 1822, bends nearly all of "
    "its light into one beam, and is seen from more than twenty. The lens is made of rings, each cut "
    "at another angle, since a single thick lens would have been far too heavy to turn. "
) * 2
MENU = (
    "Home | Shop | Cart (0)\nSign in\nAdd to wishlist\nShare on Facebook\n$19.99 Sale!\nView all\nNext >>\n"
    * 6
)
CODE = '''def merge(left: list[int], right: list[int]) -> list[int]:
    """The numbers of two sorted lists in one sorted list."""
    merged, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        # Equal numbers come from the left first, so that the order of equals stays.
        if left[i] <= right[j]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]
'''
DATA = "static const unsigned char t[] = {" + "0x3f, 0x11, 0xa0, 0x00, 0x7e,\n" * 40 + "};"


def test_the_shipped_heads_know_good_from_poor() -> None:
    docs = pl.DataFrame(
        {"text": [ESSAY, MENU, CODE, DATA], "text_type": ["prose", "listing", "code", "code"]}
    )
    essay, menu, code, data = quality.score(docs, by="text_type")["score_quality"]
    assert essay > 0.6 > 0.4 > menu
    assert code > 0.4 > 0.25 > data
    assert quality.score(docs[:2])["score_quality"].to_list() == [essay, menu]
