"""A finished run of which a file is missing, empty, cut or garbage: each command that reads it ends with a
sentence that names the file, and a code of docs/running.md; never with a traceback."""

import random
import shutil
from pathlib import Path

import polars as pl
import pytest
import summed
from click.testing import CliRunner

from winnow.pipelines.commands import forget, status, summary, trace, verify
from winnow.pipelines.report import compare, explain, page

CODES = (0, 2, 4)
DAMAGES = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "garbage": lambda path: path.write_bytes(random.Random(5).randbytes(path.stat().st_size)),
}
COMMANDS = {
    "report": (page.main, ["{out}"]),
    "verify": (verify.main, ["{out}"]),
    "explain": (explain.main, ["{out}", "{id}"]),
    "compare": (compare.main, ["{whole}", "{out}", "--out", "{out}-compared"]),
    "status": (status.main, ["{out}"]),
    "trace": (trace.main, ["{out}", "0"]),
    "summary": (summary.main, ["{out}"]),
    "forget": (forget.main, ["{out}", "{list}", "--dry-run", "--share", "1"]),
}
FILES = (
    "run.json",
    "parts.parquet",
    "report.json",
    "{stage}/stage.json",
    "{stage}/receipts/part-00000.json",
    "{stage}/part-00000.parquet",
    "{stage}/dropped/part-00000.parquet",
    "{stage}/failed/part-00000.parquet",
    "shards/stage.json",
    "shards/all/manifest.json",
    "shards/all/data/*.parquet",
)
ALWAYS = [("summary", "parts.parquet", "cut"), ("report", "{stage}/stage.json", "missing")]
MUST_SAY = {"parts.parquet": ("summary",), "{stage}/stage.json": ("report", "explain", "compare", "summary")}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return summed.make(tmp_path_factory.mktemp("damaged"))


def draw() -> list[tuple[str, str, str]]:
    """Each command on each file, damaged in one way; the ways go round."""
    pairs = [(command, file) for file in FILES for command in COMMANDS]
    drawn = [(*pair, list(DAMAGES)[number % len(DAMAGES)]) for number, pair in enumerate(pairs)]
    random.Random(3).shuffle(drawn)
    return [*ALWAYS, *drawn[:40]]


@pytest.mark.parametrize(("command", "file", "how"), draw())
def test_a_damaged_file_is_named(made, tmp_path, command, file, how):
    out = Path(shutil.copytree(made, tmp_path / "out"))
    stage = sorted(out.glob("*/dropped"))[0].parent
    path = sorted(out.glob(file.format(stage=stage.name)))[0]
    identity = pl.read_parquet(stage / "part-00000.parquet")["id"][0]
    (tmp_path / "list.txt").write_text(f"id:{identity}\n")
    names = {"out": out, "whole": made, "id": identity, "list": tmp_path / "list.txt"}
    DAMAGES[how](path)
    main, arguments = COMMANDS[command]
    told = CliRunner().invoke(main, [argument.format(**names) for argument in arguments])
    assert told.exception is None or isinstance(told.exception, SystemExit), told.output
    assert told.exit_code in CODES and "Traceback" not in told.output
    if command in MUST_SAY.get(file, ()):
        assert told.exit_code == 4
    if told.exit_code == 4:
        assert str(path) in told.output, told.output
