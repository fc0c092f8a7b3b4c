"""The trees say what sklearn's say, and a model of other signals is refused."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from winnow.classifiers.line import context, fit, trees
from winnow.classifiers.line.signals import LETTERS, UPPERS, WIDTH
from winnow.trees import flatten


@pytest.fixture(scope="module")
def model() -> tuple[dict[str, np.ndarray], list[HistGradientBoostingClassifier], np.ndarray]:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(700, context.COUNT)).astype(np.float32)
    noise = rows[:, 3] * rows[:, 7] + rows[:, 1] > 0.3
    settings = {**fit.SETTINGS, "max_iter": 9, "max_features": 0.9}
    members = [HistGradientBoostingClassifier(**settings, random_state=k).fit(rows, noise) for k in range(2)]
    cased = flatten(members)
    caseless = {trees.CASELESS + name: array for name, array in flatten(members[1:]).items()}
    said = {"names": np.array(context.NAMES), "stamp": np.array(trees.stamp())}
    return cased | caseless | said, members, rows


def judge(model, rows: np.ndarray) -> np.ndarray:
    return trees.predict(model, rows, np.array([0, len(rows)]))


def test_as_sklearn_has_it(model) -> None:
    arrays, members, rows = model
    for upper, own in ((0.5, members), (-1.0, members[1:])):  # letters that have case, and that have none
        pages = rows.copy()
        pages[:, LETTERS], pages[:, UPPERS] = 5, upper
        logits = np.mean([member.decision_function(pages) for member in own], axis=0)
        logits -= trees.CAUTION * (pages[:, WIDTH] - 5)
        found = judge(trees.take_both(arrays), pages)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, 1 / (1 + np.exp(-logits)), atol=1e-5)
        assert len(trees.predict(trees.take_both(arrays), pages[:0], np.zeros(1, np.int64))) == 0
        assert np.array_equal(judge(trees.take_both(arrays), pages[300:310]), found[300:310])


def test_each_page_has_the_trees_of_its_letters(model) -> None:
    """Half of a page's lines that have letters, and more, tell."""
    arrays, _, rows = model
    pages = rows[:8].copy()
    pages[:, LETTERS] = [5, 5, 5, 5, 5, 5, 5, 0]
    pages[:, UPPERS] = [0.5, -1, -1, 0.5, 0.5, -1, -1, -1]
    both = trees.take_both(arrays)
    found = trees.predict(both, pages, np.array([0, 3, 6, 8]))
    kinds = [both.caseless] * 3 + [both.cased] * 3 + [both.caseless] * 2
    wanted = [trees.judge_rows(kind, pages[k : k + 1])[0] for k, kind in enumerate(kinds)]
    np.testing.assert_array_equal(found, np.array(wanted, np.float32))


def save(folder: Path, arrays: dict[str, np.ndarray], **changes: np.ndarray) -> Path:
    np.savez_compressed(folder / trees.FILE, **(arrays | {"limit": np.float64(0.4)} | changes))
    return folder


def test_what_is_saved_is_loaded(model, tmp_path: Path) -> None:
    arrays, _, rows = model
    loaded = trees.load(save(tmp_path, arrays))
    assert loaded.limit == 0.4
    assert np.array_equal(judge(loaded, rows), judge(trees.take_both(arrays), rows))


def test_other_signals_are_refused(model, tmp_path: Path) -> None:
    arrays = model[0]
    names = np.array([*context.NAMES[:-1], "weather"])
    with pytest.raises(ValueError, match=r"trained with other signals: .*weather.*: train it again"):
        trees.load(save(tmp_path, arrays, names=names))
    with pytest.raises(ValueError, match=r"trained with other signals: .*other values.*: train it again"):
        trees.load(save(tmp_path, arrays, stamp=np.array("0123")))
    names = np.array([*context.NAMES[1:], context.NAMES[0]])
    with pytest.raises(ValueError, match=r"trained with other signals: in another order: train it again"):
        trees.load(save(tmp_path, arrays, names=names))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("nodes", lambda nodes: nodes + np.array([context.COUNT, 0], np.int32)),
        ("nodes", lambda nodes: nodes - np.array([0, 9], np.int32)),
        ("nodes", lambda nodes: nodes + np.array([0, 9], np.int32)),
        ("nodes", lambda nodes: nodes.astype(np.int64)),
        ("trees", lambda roots: roots + np.array([100_000, 0], np.int32)),
        ("trees", lambda roots: roots.ravel()),
        ("values", lambda values: values * np.float32(np.nan)),
        ("values", lambda values: values[:-1]),
        ("thresholds", lambda thresholds: thresholds[:-1]),
    ],
)
def test_a_walk_out_of_the_arrays_is_refused(model, tmp_path: Path, name: str, change) -> None:
    arrays = model[0]
    with pytest.raises(ValueError, match="no trees that can be walked through"):
        trees.load(save(tmp_path, arrays, **{name: change(arrays[name])}))


def test_a_file_with_a_changed_byte_is_refused(model, tmp_path: Path) -> None:
    """Anywhere in the file: what zip, deflate and numpy's headers raise differs from place to place."""
    few = {name: values[:3] for name, values in model[0].items() if values.ndim}
    whole = (save(tmp_path, model[0] | few) / trees.FILE).read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 7
        (tmp_path / trees.FILE).write_bytes(damaged)
        with pytest.raises(ValueError, match="train it again"):
            trees.load(tmp_path)


def test_no_model(model, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no model of lines, or a damaged one"):
        trees.load(tmp_path)
    (tmp_path / trees.FILE).write_bytes(b"PK\x03\x04 of old")
    with pytest.raises(ValueError, match="holds no model of lines, or a damaged one"):
        trees.load(tmp_path)
    np.savez(tmp_path / trees.FILE, nodes=model[0]["nodes"])
    with pytest.raises(ValueError, match="holds no model of lines, or a damaged one"):
        trees.load(tmp_path)
