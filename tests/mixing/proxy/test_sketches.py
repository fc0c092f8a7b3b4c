import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.mixing.proxy import sketches


def draw(seed, letters, texts=40):
    """Texts of random words of some letters."""
    rng = np.random.default_rng(seed)
    return [" ".join("".join(rng.choice(list(letters), 4)) for _ in range(50)) for _ in range(texts)]


@given(st.lists(st.text(), min_size=1, max_size=6), st.lists(st.text(), min_size=1, max_size=6))
def test_a_text_is_nowhere_from_itself_and_no_farther_than_1_from_another(one, other):
    one, other = sketches.sketch(one), sketches.sketch(other)
    assert sketches.measure_apart(one, one) == 0
    apart = sketches.measure_apart(one, other)
    assert 0 <= apart <= 1 and apart == pytest.approx(sketches.measure_apart(other, one))


def test_what_samples_of_one_text_differ_by_is_taken_off():
    apart = [
        sketches.measure_apart(
            sketches.sketch(draw(seed, "abcdefgh")), sketches.sketch(draw(seed + 50, "abcdefgh"))
        )
        for seed in range(20)
    ]
    shares = sketches.share_buckets(np.stack([sketches.sketch(draw(s, "abcdefgh")) for s in (0, 50)]))
    raw = 0.5 * np.abs(shares[0] - shares[1]).sum()
    assert np.mean(apart) < raw / 3


def test_texts_of_other_letters_are_as_far_as_they_share():
    old, new = draw(0, "abcd"), draw(1, "wxyz")
    far = [
        sketches.measure_apart(sketches.sketch(old), sketches.sketch(new[:count] + old[count:]))
        for count in (4, 20, 40)
    ]
    assert far == pytest.approx([0.1, 0.5, 1.0], abs=0.05)


def test_a_single_text_has_two_halves():
    counts = sketches.sketch(["abab" * 100])
    assert counts.shape == (2, sketches.BUCKETS) and (counts.sum(axis=1) == 199).all()


def test_what_is_saved_is_read_back_and_its_lack_is_said(tmp_path):
    (tmp_path / "data").mkdir()
    sketches.save({"b": ["bb"], "a": ["aa"]}, {"e": ["q", "a"]}, {"context": 3}, tmp_path / "data")
    found = sketches.load(tmp_path / "data")
    assert list(found.sources) == ["b", "a"] and found.reading == {"context": 3}
    assert (found.sketches[0] == sketches.sketch(["bb"])).all()
    assert found.evals == {"e": sketches.digest(["q", "a"])} != {"e": sketches.digest(["qa"])}
    (tmp_path / "data/sketches.npy").unlink()
    with pytest.raises(ValueError, match=r"has no sketches.npy.*run that stage again"):
        sketches.load(tmp_path / "data")


def test_prepare_leaves_sketches_of_every_source_and_eval(prepared):
    found, facts = sketches.load(prepared), json.loads((prepared / "prepared.json").read_text())
    assert list(found.sources) == list(facts["sources"]) and sorted(found.evals) == facts["evals"]
    assert found.sketches.shape == (2, 2, sketches.BUCKETS)
    assert sketches.measure_apart(*found.sketches) > 0.2  # code and prose
