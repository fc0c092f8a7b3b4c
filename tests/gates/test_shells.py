"""Commands of the docs, as the gate runs them: how each ended, and how long it said nothing."""

import io

import pytest
import shells


def test_each_command_has_its_code_its_seconds_and_its_silence(tmp_path):
    text = "#\necho one; sleep 1.2; echo two\nfalse\nif true; then\n  echo three\nfi\nexit 3\necho never\n"
    commands = shells.split_commands(text)
    assert len(commands) == 5
    log = io.BytesIO()
    found, cpu = shells.run_commands(commands, tmp_path, log)
    assert [each["code"] for each in found] == [0, 1, 0, None, None]
    assert 1.2 <= found[0]["seconds"] < 20 and 1.1 <= found[0]["silence"] <= found[0]["seconds"]
    assert log.getvalue() == b"one\ntwo\nthree\n" and cpu >= 0


@pytest.mark.parametrize(("heard", "silence"), [([], 9), ([4.0], 6), ([1.5, 2, 9], 7), ([0, 11], 9)])
def test_silence_is_the_longest_time_without_a_word(heard, silence):
    assert shells.measure_silence(heard, 1, 10) == silence
