"""What is said stands there as it is, on the screen and in the log."""

import re
import time
from collections import Counter

import polars as pl
import pytest

from winnow.pipelines.engine.ledger import failures
from winnow.pipelines.screen import progress
from winnow.pipelines.screen.progress import Progress

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d (.*)")


def read_log(folder):
    lines = (folder / "run.log").read_text().splitlines()
    return [LINE.fullmatch(line)[1] for line in lines]


def test_a_line_is_neither_markup_nor_an_emoji(capsys):
    Progress().say("a:bomb:.txt [red]x[/red] \x1b[2J https://me:pw@host/")
    assert capsys.readouterr().out == "a:bomb:.txt [red]x[/red] \\x1b[2J https://host/\n"


def test_the_log_has_each_line_with_its_time_and_what_ended_the_run(tmp_path, capsys):
    screen = Progress()
    screen.say("early \x1b[2J")
    with pytest.raises(ValueError), screen.open_log(tmp_path, lambda error: (2, f"stopped: {error}")):
        screen.say("two\nlines of https://me:pw@host/")
        screen.note("for the log alone")
        raise ValueError("at https://me:pw@host/")
    lines = [
        "early \\x1b[2J",
        "two",
        "lines of https://host/",
        "for the log alone",
        "stopped: at https://host/",
    ]
    assert read_log(tmp_path) == lines
    assert "alone" not in capsys.readouterr().out
    with Progress().open_log(tmp_path, str):
        pass
    assert read_log(tmp_path) == lines


def write_failed(folder, part, errors):
    (folder / "failed").mkdir(parents=True)
    rows = pl.DataFrame({"error": errors}).with_columns(step=pl.lit("a:b"))
    rows.write_parquet(folder / "failed" / f"{part}.parquet")
    return {"rows_in": 10, "kept": 4, "failed": len(errors), "seconds": 2.0}


def count(folder):
    return failures.count([folder / "web/failed/part-00000.parquet"])


def test_now_and_then_all_that_is_under_way_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(progress, "TELL_SECONDS", 0.05)
    monkeypatch.setattr(progress, "FIRST_SECONDS", 0.05)
    made = write_failed(tmp_path / "web", "part-00000", ["no 1 \x1b[2J", "no 2 \x1b[2J", "other"])
    with Progress() as screen, screen.open_log(tmp_path, str):
        screen.do("listing the sources")
        time.sleep(0.3)
        screen.expect({"web": 2, "later": 1})
        screen.begin("web", 2, {}, Counter())
        screen.sign({"stage": "web", "part": "part-00000"})
        screen.sign({"stage": "web", "part": "part-00000", "compiles": "split", "seconds": 240.0})
        screen.part("web", "part-00000", made, count(tmp_path))
        screen.sign({"stage": "web", "part": "part-00001"})
        time.sleep(0.5)
        screen.lose("web", "part-00001")
        screen.end("web")
    told = capsys.readouterr().out
    assert told.splitlines() == read_log(tmp_path)
    assert "elapsed, listing the sources, 0 s" in told
    assert "stage web: compiling loops, once, about 0:04:00 for those loaded so far\n" in told
    assert re.search(r"elapsed, \d+% of all done, about \d+ s left, 0 of 2 stages done\n", told)
    stage = r"  stage web: 1/2 parts, 10 documents, 40.0% kept, 3 failed, 0.0 MB/s, part-00001 has run 0 s\n"
    assert re.search(stage, told)
    assert told.count("failed most    2 a:b: no … \\x1b[…J\n               1 a:b: other\n") == 1
    assert re.search(r"(?m)^web: 2 parts, 10 documents, 40.0% kept, 3 failed, 0.0 MB/s, in \d s$", told)


def test_parts_that_were_done_before_count_and_their_failures_too(tmp_path):
    made = write_failed(tmp_path / "web", "part-00000", ["a fault"])
    screen = Progress()
    screen.expect({"web": 1})
    screen.begin("web", 1, {"part-00000": made}, count(tmp_path))
    screen.end("web")  # nothing was done in it: no line of its own
    assert screen.list_failures() == ["failed most    1 a:b: a fault"]
    assert screen.work.describe().endswith("100% of all done, about 0 s left, 1 of 1 stages done")


def test_of_a_run_within_a_command_only_how_far_it_is_and_why_it_failed_is_shown(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(progress, "FIRST_SECONDS", 0.05)
    with Progress("tokenizer") as screen, screen.open_log(tmp_path, str):
        screen.say("2 workers")
        time.sleep(0.3)
        screen.fail("more failed than may")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("tokenizer: ") and "elapsed" in lines[0]
    assert lines[1:] == ["more failed than may"]
    assert read_log(tmp_path)[0] == "2 workers"
