"""What commands say at their end, and where nobody watches: for the gate `screens`, `SCREENS=told`.

`explain` and `compare` in a pipe break no line; a part of many PDFs shows its pages in a terminal; a mix's
shares in the shards stand beside those asked for; of a run inside another command only that command's own
result is said, and each file that it names is there; a source of which nothing is kept is named, with the
exit code 5.
"""

import json
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import ends_interrupt
import pymupdf
import runs
from figures import Figures
from recipe_text import source, stage, step, write

OF_A_RUN = re.compile(
    r"(?m)^(?:\d[\d:]*(?: s)? elapsed|stage |\S+: [\d,]+ parts, |documents  .*up|weights  |dropped most)"
)
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
FILE = re.compile(r"/\S+\.(?:html|json|toml|txt|parquet)\b")
Record = Callable[..., tuple[int, str]]


def ask(*command: object, columns: int = 80) -> tuple[int, str]:
    """The exit code of a command in a pipe, and what it said."""
    env = {**os.environ, "PYTHONPATH": str(runs.ROOT), "COLUMNS": str(columns)}
    code, told = runs.ask(*command, cwd=runs.ROOT, env=env, timeout=600)
    print(f"$ winnow {shlex.join(map(str, command))}\n{told}  {code}", flush=True)
    return code, told


def run(recipe: Path, out: Path, *more: str) -> tuple[int, str]:
    return ask("run", recipe, out, "--workers", "1", *more)


def judge_width(figures: Figures, folder: Path, out: Path) -> None:
    """What two commands say in a narrow pipe and in a wide one."""
    long = "a-name-of-a-file-that-is-longer-than-a-line-of-a-terminal-has-room-for-" * 2
    (folder / f"in/{long}.jsonl").write_text('{"text": "a document of its own"}\n')
    compared = ("compare", "--out", folder / "compared", out, out)
    recipe = folder / "recipe.toml"
    run(recipe, out)
    explained = ("explain", out, folder / f"in/{long}.jsonl")
    for name, command in (("explain", explained), ("compare", compared)):
        narrow, wide = (ask(*command, columns=columns) for columns in (40, 400))
        figures.add(f"{name}_breaks_no_line_in_a_pipe", int(narrow == wide and not narrow[0]), 1)
        if name == "explain":
            figures.add("explain_names_the_file_whole", int(long in narrow[1]), 1)


def judge_mix(figures: Figures, folder: Path) -> None:
    """The shares of a mix on the screen."""
    (folder / "mix").mkdir()
    mix = {"weights": {"plain": 0.8, "other": 0.2}, "settings": {"budget_tokens": 20_000}}
    (folder / "mix/weights.json").write_text(json.dumps(mix))
    about = {"weights": folder / "mix", "counts": "stage:counts"}
    write(
        folder / "mix.toml",
        source("plain", folder / "in/[0-3].jsonl", "ingest.jsonl:read"),
        source("other", folder / "in/[4-5].jsonl", "ingest.jsonl:read"),
        stage("counted", ["plain", "other"], "mixing.count:tokens"),
        stage("counts", "counted", "mixing.count:by_source"),
        stage("drawn", "counted", step("mixing.sample:draw", **about)),
        stage("shards", "drawn", step("mixing.export:shards", weights=folder / "mix")),
        max_failed=None,
    )
    code, told = run(folder / "mix.toml", folder / "mixed")
    found = re.search(
        r"(?m)^in shards +plain 0\.\d{3} \(asked 0\.800\), other 0\.\d{3} \(asked 0\.200\)", told
    )
    figures.add("shares_beside_those_asked_for", int(not code and bool(found)), 1)


def judge_inner(figures: Figures, folder: Path, out: Path) -> None:
    """What commands say that run something inside."""
    commands = {
        "tokenizer": ("--write", str(folder / "tokenizer.json"), "--vocabulary", "1000", str(out)),
        "worth": ("--tokens", "20000", "--seeds", "5", str(folder / "mixed"), "drawn"),
    }
    for name, given in commands.items():
        code, told = ask(name, *given)
        lost = [path for path in FILE.findall(told) if not Path(path).exists()]
        figures.add(f"{name}_says_lines_of_an_inner_run", len(OF_A_RUN.findall(told)), 0, most=True)
        figures.add(f"{name}_names_files_that_are_not_there", len(lost), 0, most=True)
        figures.add(f"{name}_says_something", int(bool(told.strip()) and not code), 1)


def judge_pages(figures: Figures, folder: Path, record: Record) -> None:
    """Pages of a part of many PDFs, and a source of which nothing is kept."""
    (folder / "pdf").mkdir()
    for number in range(60):
        with pymupdf.open() as document:
            for page in range(20):
                words = " ".join(f"word {number * page + n} of the page" for n in range(120))
                document.new_page().insert_textbox((50, 50, 550, 800), words)
            document.save(folder / f"pdf/{number:02}.pdf")
    write(
        folder / "pages.toml",
        source("pdf", folder / "pdf/*.pdf", "ocr.pdf:read", part_bytes=64_000_000),
        stage("read", "pdf", "filters.text:nonempty"),
        stage("none", "read", step("filters.gopher:quality", min_words=90_000)),
        max_failed=None,
    )
    recipe, out = folder / "pages.toml", folder / "paged"
    code, told = record(80, "run", recipe, out, "--workers", 1)
    told = " ".join(SEQUENCE.sub("", told).split())
    seen = set(re.findall(r"so far \d+ of 60 files, ([\d,]+) pages", told))
    figures.add("pages_of_a_part_seen", len(seen), 3)
    figures.add(
        "a_source_of_which_nothing_is_kept_is_named", int("stage none keeps none of the 60" in told), 1
    )
    figures.add("its_exit_code_is_5", int(code == 5), 1)


def judge(figures: Figures, folder: Path, record: Record) -> None:
    """All of them; `record` runs a command in a terminal."""
    folder.mkdir(parents=True)
    _, out = ends_interrupt.make_run(folder)
    judge_width(figures, folder, out)
    judge_mix(figures, folder)
    judge_inner(figures, folder, out)
    judge_pages(figures, folder, record)
