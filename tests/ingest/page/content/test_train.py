import json
from pathlib import Path

import numpy as np
import pytest
from resiliparse.parse.html import HTMLTree
from sklearn.ensemble import HistGradientBoostingClassifier

from winnow.ingest.page.content import classifier, features
from winnow.ingest.page.content.gold import read
from winnow.ingest.page.content.labels import MARK, drop_repeats, measure_coverage
from winnow.ingest.page.content.train import SETTINGS, export, make_example, score_words
from winnow.ingest.page.reader import blocks_of

LEDE = "The harbour was quiet when the boats came in."
BODY = "Nobody had seen the pilot since the storm on Sunday night."
REFRAIN = "Example: read the whole line before you go on."


def keep(texts: list[str], gold: str) -> list[bool]:
    return (drop_repeats(texts, measure_coverage(texts, gold), gold) >= 0.5).tolist()


def test_of_a_teaser_and_its_text_one_is_content():
    assert keep([LEDE, "Weather", "Menu", LEDE, BODY], f"{LEDE} {BODY}") == [False, False, False, True, True]


def test_what_the_text_itself_repeats_is_content():
    texts = [LEDE, REFRAIN, BODY, REFRAIN]
    assert keep(texts, " ".join(texts)) == [True] * 4


def test_marked_pages_are_labeled_by_place(tmp_path):
    html = (
        f"<body><nav><a href=/>Example</a></nav><main><p>{MARK}Example</p><p>{MARK}"
        f"{LEDE}</p><img class=math alt='{MARK}x^2'><pre>{MARK}a = 1\n</pre></main><footer>Example</footer>"
    )
    file = tmp_path / "docs.json"
    page = {"name": "a", "site": "a", "html": html, "text": f"Example {LEDE} a = 1"}
    file.write_text(json.dumps([page]), "utf-8")
    (example,) = map(make_example, read(file))
    assert example.labels.tolist() == [False, True, True, True, True, False]
    plain = blocks_of(HTMLTree.parse(html.replace(MARK, "")))
    assert np.array_equal(example.page.blocks, plain.blocks)


def test_trees_for_other_features_are_refused(tmp_path):
    assert (
        len(set(features.FEATURES)) == features.COUNT
        and classifier.load_trees().nodes[:, 0].max() < features.COUNT
    )
    with np.load(Path(classifier.__file__).with_name("content.npz")) as shipped:
        arrays = dict(shipped)
    np.savez(tmp_path / "other.npz", **{**arrays, "layout": np.array("0123456789abcdef")})
    with pytest.raises(ValueError, match=r"other features \(0123456789abcdef\).*train them anew"):
        classifier.load(tmp_path / "other.npz")
    del arrays["layout"]
    np.savez(tmp_path / "old.npz", **arrays)
    with pytest.raises(ValueError, match="no layout"):
        classifier.load(tmp_path / "old.npz")


def test_trained_trees_name_their_features(tmp_path):
    rows = np.random.default_rng(0).random((200, features.COUNT), np.float32)
    model = HistGradientBoostingClassifier(**{**SETTINGS, "max_iter": 2}).fit(rows, rows[:, 0] > 0.5)
    np.savez(tmp_path / "new.npz", **export(model))
    assert len(classifier.load(tmp_path / "new.npz").trees) == 2


def test_words_are_scored_with_repeats():
    assert score_words("a b b", "B a c") == pytest.approx(2 / 3)
    assert score_words("a", "") == 0.0
