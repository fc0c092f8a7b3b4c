"""What notebooks call: documents read, judged, a recipe run, what went wrong as exceptions."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

import winnow

TEXTS = ["one two three", "one two three four five", "six"]
RECIPE = """
name = "small"
[[source]]
name = "mine"
uris = ["{folder}/*.jsonl"]
read = {{ use = "ingest.jsonl:read" }}
[[stage]]
name = "kept"
after = "mine"
steps = [{{ use = "{step}" }}]
{more}
"""
SLOW = """
import pathlib, time
def wait(docs):
    if docs.height:
        pathlib.Path("{folder}/begun").touch()
        time.sleep({seconds})
    return docs
"""
SCRIPT = """
import pathlib, sys, time
import winnow
if __name__ == "__main__":
    try:
        winnow.run("slow.toml", "out", workers=int(sys.argv[1]), steps=["steps"])
    except KeyboardInterrupt:
        print("interrupted")
    import psutil
    alive = [one for one in psutil.Process().children(recursive=True) if "tracker" not in str(one.cmdline())]
    print("alive", len(alive))
    pathlib.Path("steps/slow.py").write_text(pathlib.Path("steps/slow.py").read_text().replace("60", "0"))
"""


def write(folder, step="filters.text:nonempty", more=""):
    lines = [f'{{"text": "{text}"}}\n' for text in TEXTS]
    (folder / "a.jsonl").write_text("".join(lines))
    (folder / "small.toml").write_text(RECIPE.format(folder=folder, step=step, more=more))
    return folder / "small.toml"


def test_a_file_is_read_by_a_step_and_a_stage_by_its_folder(tmp_path):
    recipe = write(tmp_path)
    docs = pl.concat(winnow.read(tmp_path / "a.jsonl", "ingest.jsonl:read"))
    assert docs["text"].to_list() == TEXTS and docs["error"].null_count() == 3
    out = winnow.run(recipe, tmp_path / "out", workers=0)
    assert pl.concat(winnow.read(out / "kept"))["text"].to_list() == TEXTS
    assert pl.concat(winnow.read(out / "kept/part-00000.parquet")).height == 3
    with pytest.raises(FileNotFoundError, match="its stages are kept: name one"):
        winnow.read(out)


def test_steps_judge_what_no_step_before_them_dropped():
    docs = pl.DataFrame({"text": ["", *TEXTS], "mine": [1, 2, 3, 4]})
    steps = ["filters.text:nonempty", {"use": "filters.gopher:quality", "min_words": 4}]
    judged = winnow.apply(docs, *steps)
    assert judged["mine"].to_list() == [1, 2, 3, 4] and judged["text"].to_list() == ["", *TEXTS]
    reasons = judged["drop_reason"].to_list()
    assert reasons[0] == "text.empty" and reasons[1] == reasons[3] == "gopher.too_few_words"
    one = winnow.apply(docs[2:3], *steps)
    assert one["drop_reason"].to_list() == reasons[2:3]
    assert winnow.apply(judged, "filters.text:nonempty")["drop_reason"].to_list() == reasons


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda docs: winnow.apply(docs, "filters.gopher:qality"), "did you mean 'quality'"),
        (lambda docs: winnow.apply(docs, {"use": "filters.gopher:quality", "min_wrds": 3}), "min_words"),
        (lambda docs: winnow.apply(docs, "ingest.jsonl:read"), "is a source step; a shard step"),
        (lambda docs: winnow.apply(docs, {"use": "filters.text:nonempty", "where": {}}), "where: it names"),
        (lambda docs: winnow.apply(docs.rename({"text": "texts"}), "filters.text:nonempty"), "column `text`"),
        (lambda docs: winnow.read("a", "filters.text:nonempty"), "is a shard step; a source step"),
        (lambda docs: winnow.read("a", fields={}), "without `use`"),
    ],
)
def test_what_is_wrong_is_told_at_once(call, said):
    with pytest.raises(ValueError, match=said):
        call(pl.DataFrame({"text": TEXTS}))


@pytest.mark.parametrize(
    ("step", "more", "code", "said"),
    [
        ("filters.gopher:qality", "", 2, r"small.toml:10: .*did you mean 'quality'"),
        ("filters.gopher:quality", "", 5, "ended with code 5: .*run.log"),
    ],
)
def test_a_run_that_does_not_end_well_raises(tmp_path, step, more, code, said):
    with pytest.raises(winnow.RunError, match=said) as told:
        winnow.run(write(tmp_path, step, more), tmp_path / "out", workers=0)
    assert told.value.code == code and told.value.out == tmp_path / "out"


@pytest.mark.parametrize("workers", ["0", "1"])
def test_an_interrupt_is_pythons_own_and_leaves_no_worker(tmp_path, workers):
    """As a notebook's server sends it: to the whole group of processes."""
    write(tmp_path, "slow:wait")
    (tmp_path / "small.toml").rename(tmp_path / "slow.toml")
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/slow.py").write_text(SLOW.format(folder=tmp_path, seconds=60))
    (tmp_path / "script.py").write_text(SCRIPT)
    path = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}

    def start():
        return subprocess.Popen(
            [sys.executable, "script.py", workers],
            cwd=tmp_path,
            env=path,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    process = start()
    until = time.monotonic() + 120
    while not (tmp_path / "begun").exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and "interrupted\nalive 0\n" in told and "Traceback" not in told, told
    told, _ = start().communicate(timeout=120)
    assert "interrupted" not in told and "every stage adds up" in told, told


def test_a_step_that_was_edited_after_it_was_loaded_is_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv("WINNOW_STEPS", "")
    recipe, step = write(tmp_path, "edited_later:look"), tmp_path / "edited_later.py"
    step.write_text("def look(docs):\n    return docs\n")
    out = winnow.run(recipe, tmp_path / "out", workers=0, steps=[tmp_path])
    step.write_text("def look(docs):\n    return docs  # once more\n")
    with pytest.raises(winnow.RunError, match=f"{step} was changed after this process loaded it"):
        winnow.run(recipe, out, workers=0, steps=[tmp_path])
    with pytest.raises(ValueError, match="start a new one"):
        winnow.apply(pl.DataFrame({"text": TEXTS}), "edited_later:look")
