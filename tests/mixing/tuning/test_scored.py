"""Scores stay in a file, as far as they were written."""

import numpy as np

from winnow.mixing.tuning.scored import Scored, digest


def test_what_was_added_is_known_again_to_the_last_bit_and_a_torn_line_is_not(tmp_path):
    path = tmp_path / "deep/scored.jsonl"
    values = {f"{i}": np.random.default_rng(i).random(3) / 3 for i in range(5)}
    first = Scored(path)
    for key, value in values.items():
        assert first.find(key) is None
        first.add(key, value)
    first.close()
    whole = path.read_bytes()
    for torn in (b"", b'["7", [0.1', b'["7", [0.1]]', b"\xff\n"):
        path.write_bytes(whole + torn)
        again = Scored(path)
        assert {key: again.find(key).tolist() for key in values} == {k: v.tolist() for k, v in values.items()}
        assert again.find("7") is None
        again.add("7", np.array([0.5]))
        again.close()
        assert path.read_bytes() == whole + b'["7", [0.5]]\n'


def test_without_a_file_it_is_kept_for_the_time_being():
    scored = Scored(None)
    scored.add("a", np.array([1.0]))
    assert scored.find("a").tolist() == [1.0] and scored.made == 1
    scored.close()


def test_a_digest_knows_where_a_part_ends():
    assert digest("ab", "c") != digest("a", "bc") != digest("abc")
    assert digest(np.array([1, 2])) != digest(np.array([2, 1]))
