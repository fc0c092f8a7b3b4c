"""The target head learns what documents are like train items, and nothing of a test split."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sklearn.metrics import roc_auc_score

from winnow.classifiers import target
from winnow.classifiers.head import card
from winnow.pipelines.engine.disk.documents import read_batches

SUMS = [
    "apples",
    "dollars",
    "each",
    "total",
    "twice",
    "buys",
    "costs",
    "marbles",
    "how",
    "many",
    "left",
    "half",
]
LEGAL = ["party", "clause", "hereby", "liable", "court", "contract", "shall", "tort", "appeal", "deed"]
NATURE = ["river", "leaf", "cell", "heat", "plant", "energy", "moon", "rock", "water", "animal", "light"]
PLAIN = ["the", "and", "of", "to", "in", "with", "for", "a", "is", "on", "was", "that", "it", "by"]


def write_text(rng: np.random.Generator, words: list[str], size: int) -> str:
    return " ".join(rng.choice(words + PLAIN, size)) + "."


def documents(count: int = 400, share: float = 0.1) -> pl.DataFrame:
    """Legal pages, and among them pages of sums."""
    rng = np.random.default_rng(7)
    rows = []
    for number in range(count):
        source = "sums" if number % round(1 / share) == 0 else "law"
        text = write_text(rng, SUMS if source == "sums" else LEGAL, 60)
        rows.append((f"id{number:05}", source, f"{text} Page\n{number}!"))
    return pl.DataFrame(rows, schema=["id", "source", "text"], orient="row")


def items(words: list[str] = SUMS, count: int = 50, name: str = "sums", seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [(name, write_text(rng, words, 25), str(number), "train") for number in range(count)]
    return pl.DataFrame(rows, schema=["eval", "question", "answer", "split"], orient="row")


def write(folder: Path, docs: pl.DataFrame, parts: int = 2) -> list[Path]:
    files = []
    for number in range(parts):
        files.append(folder / f"part-{number:05}.parquet")
        docs.gather_every(parts, number).write_parquet(files[-1])
    return files


def train(folder: Path, out: str, docs: pl.DataFrame, asked: pl.DataFrame, **changes: object) -> dict:
    files = write(folder, docs)
    asked.write_parquet(folder / "asked.parquet")
    (folder / out).mkdir()
    named: dict = {"items": folder / "asked.parquet", "top": 0.1, "members": ["ngrams"], **changes}
    target.train(files, folder / out, read=read_batches, **named)
    return json.loads((folder / out / "target.json").read_text())


@pytest.fixture(scope="module", autouse=True)
def few_draws() -> Iterator[None]:
    """The intervals on the card are not what is tested here, and they take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(card, "DRAWS", 10)
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("target")
    train(folder, "out", documents(), items())
    return folder / "out"


def test_documents_like_the_items_score_highest(trained: Path) -> None:
    unseen = documents(1000)[400:]
    scored = target.score(unseen, model=trained)
    assert scored["score_target"].dtype == pl.Float32
    assert scored["score_target"].is_between(0, 1).all()
    assert roc_auc_score(unseen["source"] == "sums", scored["score_target"]) > 0.99


def test_what_was_learnt_from_is_told(trained: Path) -> None:
    told = json.loads((trained / "target.json").read_text())
    assert told["items"] == {"sums": {"train": 50, "used": 50}}
    assert (told["documents"], told["targets"]) == (400, 40)
    assert told["targets_by_source"] == {"sums": 40}
    assert len(told["top"]) == 20
    assert all(row["source"] == "sums" and row["item"] and row["likeness"] > 0 for row in told["top"])
    card = json.loads((trained / "card.json").read_text())
    assert card["measured"]["all"]["auc"]["auc"] > 0.95  # the lower half of the targets count as others there
    assert card["heads"]["all"]["by_class"] == {"other": 379.5, "target": 20.5}  # 40 targets, the last hardly


def test_each_eval_brings_as_many_documents_to_the_top(tmp_path: Path) -> None:
    """The evals share the top, though one has ten times the items of the other."""
    rng = np.random.default_rng(3)
    nature = [(f"n{number}", "nature", write_text(rng, NATURE, 60)) for number in range(40)]
    docs = pl.concat([documents(400), pl.DataFrame(nature, schema=["id", "source", "text"], orient="row")])
    asked = pl.concat([items(count=100), items(NATURE, 10, "nature")])
    told = train(tmp_path, "out", docs, asked)
    assert told["targets_by_eval"] == {"nature": 22, "sums": 22}
    assert told["targets_by_source"] == {"nature": 22, "sums": 22}


def test_items_of_other_splits_are_left_out_and_counted(tmp_path: Path) -> None:
    others = [
        items(LEGAL, 30, seed=seed).with_columns(split=pl.lit(s)) for seed, s in ((4, "test"), (5, "dev"))
    ]
    told = train(tmp_path, "out", documents(), pl.concat([items(), *others]))
    assert told["left_out"]["items of the split test"] == told["left_out"]["items of the split dev"] == 30
    assert told["items"] == {"sums": {"train": 50, "used": 50}}
    assert told["targets_by_source"] == {"sums": 40}
    said = json.loads((tmp_path / "out/messages.json").read_text())["says"]
    assert "left out of what the target is learnt from: 30 items of the split test" in said


def test_train_items_like_test_items_are_not_learnt_from(tmp_path: Path) -> None:
    """Three train items are test items with other numbers, in capitals, and with a word changed."""
    test = items(seed=9, count=20).with_columns(
        split=pl.lit("test"), question=pl.format("{} pays 12 for 30 of them", "question")
    )
    copies = test["question"][:3]
    copies = [copies[0].replace("12", "77"), copies[1].upper(), copies[2].replace("pays", "gives")]
    more = pl.DataFrame({"eval": "sums", "question": copies, "answer": "1", "split": "train"})
    (tmp_path / "test").mkdir()
    test.write_parquet(tmp_path / "test/items.parquet")
    told = train(tmp_path, "out", documents(), pl.concat([items(), more]), test_items=tmp_path / "test")
    assert told["left_out"]["train items like a test item"] == 3
    assert told["items"]["sums"]["train"] == 50


def test_documents_that_hold_an_item_are_not_learnt_from(tmp_path: Path) -> None:
    test = items(seed=9, count=20).with_columns(split=pl.lit("test"))
    test.write_ndjson(tmp_path / "test.jsonl")
    quotes = [items()["question"][0], *test["question"][:2]]
    pages = [f"{page} {quote}" for page, quote in zip(documents()["text"][1:4], quotes, strict=True)]
    more = pl.DataFrame({"id": ["x", "y", "z"], "source": "quotes", "text": pages})
    asked = pl.concat([documents(), more])
    told = train(tmp_path, "out", asked, items(), test_items=tmp_path / "test.jsonl")
    assert told["left_out"]["documents that hold an item"] == 3
    assert told["documents"] == 400
    assert "quotes" not in told["targets_by_source"]


def test_most_items_of_an_eval_and_most_documents(tmp_path: Path) -> None:
    told = train(tmp_path, "out", documents(), items(), max_items=7, sample=300)
    assert told["items"] == {"sums": {"train": 50, "used": 7}}
    assert told["documents"] == 300


def test_same_bytes_in_any_order_of_files_and_items(trained: Path, tmp_path: Path) -> None:
    files = write(tmp_path, documents().reverse(), parts=5)
    items().reverse().write_parquet(tmp_path / "asked.parquet")
    (tmp_path / "out").mkdir()
    given: dict = {"items": tmp_path / "asked.parquet", "top": 0.1, "members": ["ngrams"]}
    target.train(files[::-1], tmp_path / "out", read=read_batches, **given)
    for name in ("head/head.npz", "head/head.json", "card.json", "target.json", "messages.json"):
        assert (tmp_path / "out" / name).read_bytes() == (trained / name).read_bytes(), name


TEXTS = st.lists(
    st.none() | st.text(max_size=40) | st.lists(st.sampled_from(SUMS + LEGAL), max_size=30).map(" ".join),
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(a=TEXTS, b=TEXTS)
def test_score_is_a_shard_step(trained: Path, a: list, b: list) -> None:
    def score(texts: list) -> pl.DataFrame:
        return target.score(pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)}), model=trained)

    assert_frame_equal(score(a + b), pl.concat([score(a), score(b)]), abs_tol=1e-6)


def test_texts_without_words_get_nothing_and_columns_have_names(trained: Path) -> None:
    docs = pl.DataFrame({"text": ["", None, "?! --", "many apples"], "score_target": [9.0] * 4})
    scored = target.score(docs, model=trained, column="score_target_sums")
    assert scored["score_target"].to_list() == [9.0] * 4
    assert scored["score_target_sums"].to_list()[:3] == [0, 0, 0]
    assert scored["score_target_sums"][3] > 0
    with pytest.raises(ValueError, match="begins with `score_`"):
        target.score(docs, model=trained, column="text")


def test_a_folder_without_a_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no head"):
        target.score(pl.DataFrame({"text": ["a"]}), model=tmp_path)


@pytest.mark.parametrize(
    ("asked", "changes", "says"),
    [
        (items().with_columns(split=pl.lit("test")), {}, r"no train split, but test \(50 items\)"),
        (items().drop("split"), {}, "does not say which of its items are of the train split"),
        (items().drop("question"), {}, "neither a column `text` nor `question`"),
        (items(), {"top": 0.6}, r"top = 0.6 must be in \(0, 0.5\]"),
        (items(), {"top": 0.01}, "4 targets, and 20 at least"),
        (items(), {"sample": 50}, "5 targets, and 20 at least"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(
    tmp_path: Path, asked: pl.DataFrame, changes: dict, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        train(tmp_path, "out", documents(), asked, **changes)


def test_a_train_split_that_is_the_test_split_is_refused(tmp_path: Path) -> None:
    items().write_parquet(tmp_path / "test.parquet")
    with pytest.raises(ValueError, match="all of its 50 train items stand in"):
        train(tmp_path, "out", documents(), items(), test_items=tmp_path / "test.parquet")
