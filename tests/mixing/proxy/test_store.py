import os
import time

import numpy as np
import pytest

from winnow.mixing.proxy import store

WEIGHTS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.zeros(0)}


def test_what_is_kept_is_found(tmp_path):
    assert store.find(tmp_path, "key", "weights") is None
    store.keep(tmp_path, "key", "weights", WEIGHTS, {"seed": 1})
    found = store.find(tmp_path, "key", "weights")
    assert found.keys() == WEIGHTS.keys()
    for name, array in WEIGHTS.items():
        np.testing.assert_array_equal(found[name], array)
    assert store.find(tmp_path, "key", "bits") is None
    assert store.find(tmp_path, "other", "weights") is None


@pytest.mark.parametrize("damage", ["cut", "bit", "empty"])
def test_a_damaged_file_is_as_none(tmp_path, damage):
    store.keep(tmp_path, "key", "weights", WEIGHTS, {})
    path = tmp_path / "key" / "weights.npz"
    whole = bytearray(path.read_bytes())
    if damage == "bit":
        whole[whole.index(WEIGHTS["a"].tobytes()) + 9] ^= 1
    path.write_bytes({"cut": whole[: len(whole) // 2], "bit": whole, "empty": b""}[damage])
    assert store.find(tmp_path, "key", "weights") is None
    store.keep(tmp_path, "key", "weights", WEIGHTS, {})
    assert store.find(tmp_path, "key", "weights") is not None


def test_a_write_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(TypeError):
        store.keep(tmp_path, "key", "weights", {"a": WEIGHTS["a"]}, {"no": object()})
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_was_left_half_written_goes_after_a_day(tmp_path):
    store.keep(tmp_path, "key", "weights", WEIGHTS, {})
    old, new = tmp_path / "key" / ".1234abcd.weights.npz", tmp_path / "key" / ".5678abcd.weights.npz"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * store.STALE,) * 2)
    store.keep(tmp_path, "other", "weights", WEIGHTS, {})
    assert not old.exists() and new.exists()


def test_the_first_file_of_a_name_stays(tmp_path):
    for text in ("first", "second"):
        path = store.keep_first(tmp_path / "new", "words", lambda beside, text=text: beside.write_text(text))
    assert path.read_text() == "first"


def test_a_digest_tells_content_type_and_place_apart():
    one = np.arange(4)
    others = [
        store.digest(one, 1),
        store.digest(1, one),
        store.digest(one.astype(np.int32), 1),
        store.digest(one.reshape(2, 2), 1),
        store.digest(one, "1"),
    ]
    assert len(set(others)) == len(others)
    assert store.digest(np.arange(8)[::2]) == store.digest(np.arange(8)[::2].copy())


def test_comments_and_layout_of_code_are_no_other_content(tmp_path):
    codes = [
        "def f(x):\n    return x + 1\n",
        "# why\n\ndef f( x ):\n    return x+1\n",
        "def f(x): return x + 2",
    ]
    digests = []
    for number, code in enumerate(codes):
        path = tmp_path / f"code{number}.py"
        path.write_text(code)
        digests.append(store.digest(path))
    assert digests[0] == digests[1] != digests[2]
