"""What is taught: documents by the hash of their ids, grades from 0 to 1, shares of comparisons won."""

from collections import Counter
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from winnow.classifiers.head import labels
from winnow.classifiers.head.texts import hash_id
from winnow.pipelines.engine.disk.documents import read_batches

NAMES = [f"id{number}" for number in range(8)]
PAIR = st.tuples(st.integers(0, 5), st.integers(1, 5)).map(lambda p: (p[0], (p[0] + p[1]) % 6))


def write(folder: Path, sources: list[str], parts: int = 2, texts: list[str] | None = None) -> list[Path]:
    texts = texts or [f"text of id{k}" for k in range(len(sources))]
    rows = [
        (f"id{k}", source, text, "k") for k, (source, text) in enumerate(zip(sources, texts, strict=True))
    ]
    docs = pl.DataFrame(rows, schema=dict.fromkeys(["id", "source", "text", "kind"], pl.String), orient="row")
    for number in range(parts):
        docs.gather_every(parts, number).write_parquet(folder / f"{number}.parquet")
    return [folder / f"{number}.parquet" for number in range(parts)]


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The files of eight documents, in a folder that others may write to."""
    return write(tmp_path_factory.mktemp("eight"), ["a"] * 8)


@settings(max_examples=40, deadline=None)
@given(st.text("abcd", max_size=20), st.integers(1, 6), st.integers(0, 3), st.integers(1, 3))
def test_of_both_classes_those_with_the_smallest_hashes_are_taken(
    tmp_path_factory: pytest.TempPathFactory, sources: str, most: int, seed: int, parts: int
) -> None:
    """Equally many of both, in the order of the hashes, in whichever files they stand; `d` is of neither."""
    files = write(tmp_path_factory.mktemp("part"), list(sources), parts)[::-1]
    ranked = sorted((hash_id(f"id{k}", seed), f"text of id{k}", source) for k, source in enumerate(sources))
    good, poor = ([row for row in ranked if row[2] in names][:most] for names in ("a", "bc"))
    size = min(len(good), len(poor))
    call = (files, read_batches, ["a"], ["b", "c"], most, seed, ["kind"])
    if not size:
        with pytest.raises(ValueError, match=rf"no documents of the sources \['a'\] or .* in {parts} files"):
            labels.from_sources(*call)
        return
    found = labels.from_sources(*call)
    assert found.columns == ["text", "source", "good", "kind"]
    chosen = sorted(good[:size] + poor[:size])
    assert found.rows() == [(text, source, float(source == "a"), "k") for _, text, source in chosen]


def test_nothing_is_learnt_of_a_text_of_white_space(tmp_path: Path) -> None:
    files = write(tmp_path, ["a", "a", "b", "b"], 1, ["one", " \n", "two", ""])
    found = labels.from_sources(files, read_batches, ["a"], ["b"], 9, 0, [])
    assert sorted(found["text"]) == ["one", "two"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(-9, 9) | st.floats(-1e6, 1e6), min_size=2, max_size=8, unique=True), st.booleans()
)
def test_grades_go_from_0_to_1_in_proportion(eight: list[Path], scores: list[float], named: bool) -> None:
    """By the text or by the id of a document; the source of a text without one is the table."""
    path, key = eight[0].parent / f"grades.{'parquet' if named else 'jsonl'}", "id" if named else "text"
    table = pl.DataFrame({key: NAMES[: len(scores)], "score": [float(score) for score in scores]})
    (table.write_parquet if named else table.write_ndjson)(path)
    found = labels.from_grades(eight, read_batches, path, ["kind"] if named else [])
    assert found.columns == ["text", "source", "good", *(["kind"] if named else [])]
    low, width = min(scores), max(scores) - min(scores)
    assert np.allclose(found["good"], [(score - low) / width for score in scores], rtol=1e-12)
    assert found["source"].to_list() == ["a" if named else path.name] * len(scores)
    assert found["text"].to_list() == [f"text of {name}" if named else name for name in table[key]]


def prefer(files: list[Path], pairs: list[tuple[int, int]]) -> dict[int, float]:
    """The shares of documents, by the number in their id."""
    table = pl.DataFrame([(NAMES[a], NAMES[b]) for a, b in pairs], schema=["better", "worse"], orient="row")
    table.write_parquet(path := files[0].parent / "pairs.parquet")
    found = labels.from_preferences(files, read_batches, path, [])
    assert found.columns == ["text", "source", "good"]
    return {int(text[-1]): good for text, good in found.select("text", "good").rows()}


@settings(max_examples=25, deadline=None)
@given(st.lists(PAIR, min_size=1, max_size=12))
def test_shares_are_the_likeliest_of_the_model_of_bradley_and_terry(
    eight: list[Path], pairs: list[tuple[int, int]]
) -> None:
    """A logistic regression without a penalty on the pairs, and a draw of each against an average one."""
    there = sorted({number for pair in pairs for number in pair})
    eye = np.eye(6)[:, there]
    table = np.concatenate([[eye[a] - eye[b] for a, b in pairs], eye[there], eye[there]])
    answer = np.repeat([1, 1, 0], [len(pairs), len(there), len(there)])
    weight = np.repeat([1, 0.5], [len(pairs), 2 * len(there)])
    model = LogisticRegression(C=1e9, fit_intercept=False, solver="newton-cholesky", tol=1e-10)
    model.fit(table, answer, sample_weight=weight)
    found = prefer(eight, pairs)
    assert sorted(found) == there
    assert np.allclose([found[number] for number in there], 1 / (1 + np.exp(-model.coef_[0])), atol=0.005)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.booleans(), min_size=10, max_size=10))
def test_who_wins_more_of_a_tournament_has_the_larger_share(eight: list[Path], first: list[bool]) -> None:
    """Each of five documents against each other once: shares are in the order of wins, alike for as many."""
    games = zip(combinations(range(5), 2), first, strict=True)
    pairs = [(a, b) if won else (b, a) for (a, b), won in games]
    found, wins = prefer(eight, pairs), Counter(a for a, _ in pairs)
    for a, b in permutations(range(5), 2):
        assert wins[a] <= wins[b] or found[a] > found[b] + 0.01
        assert wins[a] != wins[b] or np.isclose(found[a], found[b])


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"better": ["id0", None], "worse": ["id1", "id2"]}, "pairs.jsonl: a null"),
        ({"better": ["id0", "id1"], "worse": ["id0", "id2"]}, "pairs.jsonl: 1 pairs of one and the same"),
        ({"better": ["id0"], "best": ["id1"]}, r"has no column worse; it has \['better', 'best'\]"),
        ({"better": ["id0"], "worse": ["gone"]}, "2 documents, of which 1 are the stage's: is it `after`"),
    ],
)
def test_preferences_of_no_use_are_an_error(tmp_path: Path, rows: dict[str, list[str]], says: str) -> None:
    pl.DataFrame(rows).write_ndjson(tmp_path / "pairs.jsonl")
    with pytest.raises(ValueError, match=says):
        labels.from_preferences(write(tmp_path, ["a"] * 3), read_batches, tmp_path / "pairs.jsonl", [])


def test_a_source_is_not_good_and_poor_at_once_and_grades_are_for_texts_or_ids(tmp_path: Path) -> None:
    files = write(tmp_path, ["a", "b", "c"])
    with pytest.raises(ValueError, match=r"both in positives and negatives: \['b', 'c'\]"):
        labels.from_sources(files, read_batches, ["a", "c", "b"], ["b", "c"], 9, 0, [])
    table = pl.DataFrame({"text": ["x", "y"], "score": [1, 2]})
    table.write_parquet(tmp_path / "labels_mean.parquet")  # a folder, as `classifiers.ask:label` writes it
    assert labels.from_grades(files, read_batches, tmp_path, [])["good"].to_list() == [0, 1]
    with pytest.raises(ValueError, match="has neither `text` nor `id`"):
        labels.from_grades(files, read_batches, tmp_path, ["kind"])


@pytest.mark.parametrize("times", [1, 10, 100, 10_000])
def test_shares_of_two_add_up_however_often_they_met(times):
    shares = labels._rank_by_wins(np.zeros(times, np.int64), np.ones(times, np.int64), 2)
    assert shares.sum() == pytest.approx(1, abs=1e-5)
    # Where the slope is none: the draws pull as much as the wins push.
    better, worse = np.log(shares / (1 - shares))
    assert times / (1 + np.exp(better - worse)) == pytest.approx(shares[0] - 0.5, rel=1e-3)


def test_documents_in_the_middle_are_in_the_middle_after_many_comparisons():
    pairs = [(i, j) for i in range(10) for j in range(i + 1, 10) for _ in range(5)]
    better, worse = np.array(pairs).T
    shares = labels._rank_by_wins(better, worse, 10)
    assert shares + shares[::-1] == pytest.approx(1, abs=1e-4)
    assert (np.diff(shares) < 0).all()


def test_the_best_grade_is_one_and_blank_texts_are_left_out(tmp_path):
    table = pl.DataFrame({"text": ["a", "b", " ", None, "c"], "score": [0, 829, 5, 5, 413]})
    table.write_parquet(tmp_path / "grades.parquet")
    rows = labels.from_grades([], None, tmp_path / "grades.parquet", [])
    assert rows["text"].to_list() == ["a", "b", "c"]
    assert rows["good"].to_list()[:2] == [0.0, 1.0]
