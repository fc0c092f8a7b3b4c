"""Gate: on any machine the same bytes, or a true cause in one line. `make gate NAME=machine`.

Two small recipes, one of readers that work in child processes (PDFs with a scan, office documents, mail, a 7z
archive of posts, a git bundle) and one of rules (language, quality, masks, duplicates, tokens), run under
`ulimit -t`, `-d` and `-n`, wide and tight, umask 0 and 077, and with a TMPDIR that is full, that may not be
written, and that is not there. Whoever runs the gate may raise no bound, also as root. A run that ends with 0
has each kept and each dropped row as without bounds, or else failed rows of which each names the bound; one
that does not ends with a line that names what stood in the way. With umask 077 nobody else may read a file.
ONLY=readers or rules: one recipe. Where mounting is not allowed, a full and a read-only TMPDIR are short.
Writes under out/gates/machine/.
"""

# ruff: noqa: E501 - inputs and recipes

import ctypes
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import docx
import polars as pl
import py7zr
import pymupdf
import runs
import sections
import small
from ends_made import may_mount, mounted
from figures import Figures
from recipe_text import source, stage, step, write

FOLDER = Path("out/gates/machine").resolve()
PR_CAPBSET_DROP, CAP_SYS_RESOURCE = 24, 24
READERS = {
    "office": ("office/*", "ingest.office.documents:read"),
    "pdf": ("pdf/*", "ocr.pdf:read"),
    "posts": ("posts/*", step("ingest.talk.stackexchange:read", site="cooking.stackexchange.com")),
    "code": ("code/*", "ingest.code.repository:read"),
    "mail": ("mail/*", "ingest.talk.mail:read"),
}
RULES = (
    "classifiers.language:identify",
    step("filters.gopher:quality", min_words=20),
    "filters.pii:mask",
    "dedup.exact:hash",
)


class Machine(NamedTuple):
    """What a run has to do with: bounds of `resource`, umask, the state of TMPDIR, and what it may say of it."""

    bounds: dict[str, int] = {}  # noqa: RUF012 - nobody adds to it
    umask: int = 0o022
    tmpdir: str = ""
    cause: str = "nothing may be wrong here"


MB = 1 << 20
TIME, MEMORY = r"ulimit -t|CPU time|processor time", r"ulimit -[dv]|memory|MemoryError|allocate"
MACHINES = {
    "time, wide": Machine({"CPU": 900}),
    "time, tight": Machine({"CPU": 25}, cause=TIME),
    "time, far too tight": Machine({"CPU": 4}, cause=TIME),
    "memory, wide": Machine({"DATA": 6000 * MB}),
    "memory, tight": Machine({"DATA": 1200 * MB}, cause=MEMORY),
    "memory, far too tight": Machine({"DATA": 150 * MB}, cause=MEMORY),
    "files, 1024": Machine({"NOFILE": 1024}),
    "files, 256": Machine({"NOFILE": 256}, cause=r"ulimit -n|[Tt]oo many open files"),
    "files, 32": Machine({"NOFILE": 32}, cause=r"ulimit -n|[Tt]oo many open files"),
    "umask 0": Machine(umask=0),
    "umask 077": Machine(umask=0o077),
    "TMPDIR full": Machine(tmpdir="full", cause=r"TMPDIR|No space left|temporary"),
    "TMPDIR read-only": Machine(tmpdir="ro", cause=r"TMPDIR|Read-only|temporary"),
    "TMPDIR not there": Machine(tmpdir="none", cause=r"TMPDIR|temporary"),
}


def lay_out() -> dict[str, Path]:
    """Small true files, and a recipe of readers and one of rules over them."""
    texts = small.prose()
    for name in (*READERS, "prose"):
        (FOLDER / "in" / name).mkdir(parents=True)
    for number, text in enumerate(texts[:12]):
        document = docx.Document()
        for line in text.split("\n\n"):
            document.add_paragraph(line)
        document.save(str(FOLDER / f"in/office/{number}.docx"))
        (FOLDER / f"in/office/{number}.rtf").write_text("{\\rtf1 " + text.replace("\n\n", "\\par ") + "}")
        _draw(text, number).save(FOLDER / f"in/pdf/{number}.pdf")
        mail = f"From x@example.org Thu Jan  1 00:00:00 2026\nFrom: Ann <ann{number}@example.org>\nSubject: s{number}\n\n{text}\n\n"
        (FOLDER / f"in/mail/{number}.mbox").write_text(mail)
    rows = "".join(
        f'  <row Id="{n}" PostTypeId="1" Score="3" CreationDate="2016-01-21T20:26:05.383" Title="T {n}" Body="{text[:900].translate({34: None, 38: None, 60: None, 62: None})}" />\n'
        for n, text in enumerate(texts[:40])
    )
    with py7zr.SevenZipFile(FOLDER / "in/posts/Posts.7z", "w") as archive:
        archive.writestr(f'<?xml version="1.0" encoding="utf-8"?>\n<posts>\n{rows}</posts>', "Posts.xml")
    _bundle(texts)
    lines = [json.dumps({"text": text}) for text in (*texts, *texts[::3])]
    (FOLDER / "in/prose/a.jsonl").write_text("\n".join(lines) + "\n")
    read = []
    for name, (pattern, use) in READERS.items():
        read.append(source(name, FOLDER / "in" / pattern, use))
        read.append(stage(f"{name}.read", name, "dedup.exact:hash"))
    remove = step("dedup.exact:remove", duplicates="stage:found")
    rules = (
        source("prose", FOLDER / "in/prose/*", "ingest.jsonl:read"),
        stage("judged", "prose", *RULES),
        stage("spread", "judged", "dedup.exact:partition", by="part"),
        stage("found", "spread", "dedup.exact:duplicates", by="bucket", buckets=4),
        stage("kept", "judged", remove, "mixing.count:tokens"),
    )
    found = {"readers": read, "rules": rules}
    return {name: write(FOLDER / f"{name}.toml", *found[name]) for name in sections.choose(found)}


def _draw(text: str, number: int) -> pymupdf.Document:
    """A PDF of a text, and of one page more that is a picture."""
    document = pymupdf.open()
    for _ in range(2):
        document.new_page().insert_textbox((72, 72, 520, 760), text[:2500], fontsize=11)
    if number % 4 == 0:
        picture = document[0].get_pixmap(dpi=150).tobytes("png")
        document.new_page().insert_image((0, 0, 595, 842), stream=picture)
    return document


def _bundle(texts: list[str]) -> None:
    work = FOLDER / "work"
    work.mkdir()
    for number, text in enumerate(texts[:5]):
        (work / f"module_{number}.py").write_text(f'"""{text[:400]}"""\n\nprint({number})\n')
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *command], cwd=work, check=True)
    subprocess.run(
        [*git, "bundle", "create", "-q", str(FOLDER / "in/code/a.bundle"), "main"], cwd=work, check=True
    )


def go(recipe: Path, out: Path, machine: Machine, tmpdir: Path | None) -> tuple[int, str, float]:
    """Exit code, output and seconds of a run under a machine's bounds."""

    def enter() -> None:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE, 0, 0, 0)
        os.umask(machine.umask)
        for name, value in machine.bounds.items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))

    env = {**os.environ, "PYTHONPATH": str(runs.ROOT), **({"TMPDIR": str(tmpdir)} if tmpdir else {})}
    words = ("run", recipe, out, "--workers", "1", "--memory", "4GB")
    begun = time.monotonic()
    code, told = runs.ask(*words, cwd=runs.ROOT, env=env, preexec_fn=enter, timeout=900)
    return code, told, time.monotonic() - begun


def digest(out: Path) -> dict[str, str]:
    """Of the rows that a run kept and dropped."""
    files = runs.digest(out, "part-*.parquet")
    return {name: one for name, one in files.items() if re.match(r"[^/.][^/]*/(dropped/)?part-", name)}


def list_errors(out: Path) -> list[str]:
    files = sorted(out.glob("*/failed/part-*.parquet"))
    return [error for file in files for error in pl.read_parquet(file, glob=False)["error"].to_list()]


def judge(name: str, machine: Machine, out: Path, whole: Any, code: int, told: str) -> str:
    """What is wrong with how a run ended; nothing where all is well."""
    errors = list_errors(out) if out.exists() else []
    if odd := [error for error in errors if not re.search(machine.cause, error)]:
        return f"failed for another cause: {odd[0][:200]}"
    if "Traceback" in told or code == 70:
        return f"code {code}, a traceback: {told[-300:]}"
    if machine.umask == 0o077 and (bare := [p for p in out.rglob("*") if p.stat().st_mode & 0o077]):
        return f"others may read {bare[0]}"
    if code == 0 and not errors:
        return "" if digest(out) == whole else "other bytes"
    if code == 0:
        return ""  # each failed row names the cause
    last = told.strip().splitlines()[-3:] or ["no word"]
    return "" if code > 0 and re.search(machine.cause, "\n".join(last)) else f"code {code}: {last[-1][:300]}"


def make_tmpdir(stack: ExitStack, state: str, name: str) -> Path | None:
    """A folder for temporary files in a state; None where that cannot be made."""
    folder = FOLDER / "tmp" / name
    if not state:
        return None
    if state == "none":
        return folder
    stack.enter_context(
        mounted(folder, "-t", "tmpfs", "-o", "size=64k" if state == "full" else "ro", "tmpfs")
    )
    if state == "full":
        with (folder / "full").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
    return folder


def main() -> None:
    figures = Figures("machine", FOLDER)
    mountable, count, short = may_mount(), 0, 0
    for recipe in lay_out().values():
        plain = FOLDER / f"{recipe.stem}-plain"
        code, told, seconds = go(recipe, plain, Machine(), None)
        whole = digest(plain) if not code else {}
        print(f"{recipe.stem}: code {code}, {len(whole)} files, {seconds:.0f} s", flush=True)
        if code or list_errors(plain):
            sys.exit(f"without bounds: {told[-2000:]} {list_errors(plain)[:3]}")
        for name, machine in MACHINES.items():
            if machine.tmpdir in ("full", "ro") and not mountable:
                print(f"{recipe.stem}, {name}: nothing may be mounted here", flush=True)
                short += 1
                continue
            out = FOLDER / f"{recipe.stem}-{name.replace(' ', '-').replace(',', '')}"
            with ExitStack() as stack:
                tmpdir = make_tmpdir(stack, machine.tmpdir, f"{recipe.stem}-{machine.tmpdir}")
                code, told, seconds = go(recipe, out, machine, tmpdir)
            out.with_suffix(".log").write_text(told)
            wrong = judge(name, machine, out, whole, code, told)
            same = code == 0 and digest(out) == whole
            last = told.strip().splitlines()[-1][:160] if told.strip() else ""
            print(
                f"{recipe.stem}, {name}: code {code}, {'same bytes' if same else last}, {seconds:.0f} s",
                flush=True,
            )
            if wrong:
                print(f"  SHORT: {wrong}", flush=True)
            count, short = count + 1, short + bool(wrong)
            shutil.rmtree(out, ignore_errors=True)
    figures.add("runs", count, 1 if sections.read_words() else 2 * len(MACHINES))
    figures.add("runs_without_the_same_bytes_or_a_true_cause", short, 0, most=True)
    figures.close()


if __name__ == "__main__":
    main()
