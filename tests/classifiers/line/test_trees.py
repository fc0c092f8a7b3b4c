"""The trees say what sklearn's say, and a model of other signals is refused."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from winnow.classifiers.line import context, fit, trees
from winnow.classifiers.line.signals import WIDTH
from winnow.trees import take


@pytest.fixture(scope="module")
def model() -> tuple[dict[str, np.ndarray], list[HistGradientBoostingClassifier], np.ndarray]:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(700, context.COUNT)).astype(np.float32)
    noise = rows[:, 3] * rows[:, 7] + rows[:, 1] > 0.3
    settings = {**fit.SETTINGS, "max_iter": 9, "max_features": 0.9}
    members = [HistGradientBoostingClassifier(**settings, random_state=k).fit(rows, noise) for k in range(2)]
    return fit.flatten(members), members, rows


def test_as_sklearn_has_it(model) -> None:
    arrays, members, rows = model
    logits = np.mean([member.decision_function(rows) for member in members], axis=0)
    logits -= trees.CAUTION * (rows[:, WIDTH] - 5)
    found = trees.predict(take(arrays), rows)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-logits)), atol=1e-5)
    assert len(trees.predict(take(arrays), rows[:0])) == 0
    assert np.array_equal(trees.predict(take(arrays), rows[300:310]), found[300:310])


def save(folder: Path, arrays: dict[str, np.ndarray], **changes: np.ndarray) -> Path:
    np.savez_compressed(folder / trees.FILE, **(arrays | {"limit": np.float64(0.4)} | changes))
    return folder


def test_what_is_saved_is_loaded(model, tmp_path: Path) -> None:
    arrays, _, rows = model
    loaded = trees.load(save(tmp_path, arrays))
    assert loaded.limit == 0.4
    assert np.array_equal(trees.predict(loaded, rows), trees.predict(take(arrays), rows))


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
