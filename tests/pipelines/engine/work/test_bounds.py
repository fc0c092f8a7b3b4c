"""Readers in child processes under a shell's bounds: the same text, or what ended them."""

import json
import subprocess

import py7zr
import pymupdf
import pytest
from shell import run_under

OFFICE = """
import json, sys
from winnow.ingest.office.process import read_apart
asked = dict(comments=False, hidden=False, max_cells=9, max_unpacked_bytes=10**7)
for word in sys.argv[1:]:
    data = b"{\\\\rtf1 " + word.encode() + b"}"
    print(json.dumps(read_apart(data, max_memory_mb=1024, max_seconds=60, **asked)))
"""
PDFS = """
import json, sys
from winnow.ocr.process.pages import read_pages
for path in sys.argv[1:]:
    found = list(read_pages(path, page_seconds=60, max_memory_mb=1024, max_pages=9))
    print(json.dumps([each.get("error") or [line[8] for line in each.get("lines", ())] for each in found]))
"""
STEPS = """
import json, sys
import polars as pl
from winnow.pipelines.spec import schema
from winnow.pipelines.engine.identity import code
from winnow.pipelines.engine.work.child import Child
use = "filters.text:nonempty"
child = Child(2 << 30, code.digests(code.of_steps([use])))
for word in sys.argv[1:]:
    docs = schema.complete(pl.DataFrame({"id": ["a"], "text": [word]}))
    try:
        print(json.dumps(child.apply(use, {}, docs)["text"].to_list()))
    except Exception as error:
        print(json.dumps(f"{type(error).__name__}: {error}"))
child.stop()
"""
ACTS = """
import os, signal, sys, time
def spin(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until: pass
def act(word):
    if "spin" in word: spin(600)
    if "burn" in word: spin(0.9)
    if "eat" in word: bytearray(600_000_000)
    if "speak" in word: os.write(2, b"odd\\nit broke\\n"); os._exit(7)
    if "crash" in word: os.write(2, b"corrupted\\n"); os.kill(os.getpid(), signal.SIGSEGV)
    if "linger" in word: os.closerange(3, 20); os.closerange(0, 2); time.sleep(0.5); os._exit(5)
"""
IN_OFFICE = """
if "winnow.ingest.office.child" in sys.orig_argv:
    import winnow.ingest.office.kinds as kinds
    read = kinds.read_document
    kinds.read_document = lambda data, **asked: act(data.decode()) or read(data, **asked)
"""
IN_PDFS = """
if "winnow.ocr.process.child" in sys.orig_argv:
    import winnow.ocr.process.scan, winnow.ocr.layer.text as text
    read = text.read_lines
    def look(page, blocks, rulings):
        found = read(page, blocks, rulings)
        act(str(found["lines"]))
        return found
    text.read_lines = look
"""
IN_STEPS = """
if "winnow.pipelines.engine.work.child" in sys.orig_argv:
    import winnow.filters.text
    nonempty = winnow.filters.text.nonempty
    winnow.filters.text.nonempty = lambda docs: act(docs["text"][0]) or nonempty(docs)
"""


def read_office(folder, bounds, *words):
    done = run_under(bounds, OFFICE, *words, patch=ACTS + IN_OFFICE, folder=folder)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [answer.get("text") or answer["error"] for answer in answers]


def read_pdfs(folder, bounds, *words):
    for word in words:
        document = pymupdf.open()
        for line in word.split():
            document.new_page().insert_text((72, 72), line)
        document.save(folder / f"{word}.pdf")
    paths = [folder / f"{word}.pdf" for word in words]
    done = run_under(bounds, PDFS, *paths, patch=ACTS + IN_PDFS, folder=folder)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line)[1:] for line in done.stdout.splitlines()]
    return [" ".join(each if isinstance(each, str) else "".join(each) for each in pages) for pages in answers]


def apply_steps(folder, bounds, *words):
    done = run_under(bounds, STEPS, *words, patch=ACTS + IN_STEPS, folder=folder)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [answer if isinstance(answer, str) else answer[0] for answer in answers]


KINDS = pytest.mark.parametrize("read", [read_office, read_pdfs, apply_steps])


@KINDS
def test_bounds_that_are_wide_enough_change_nothing(tmp_path, read):
    words = ("plain", "words")
    assert read(tmp_path, {"CPU": 600, "DATA": 900 << 20}, *words) == list(words)


@KINDS
def test_what_spends_the_shells_time_alone_is_told_so_and_what_others_spent_is_not_held_against_it(
    tmp_path, read
):
    """What ends behind another is asked once more, alone; no child has the time for all those that burn."""
    words = [f"burn{number}" for number in range(5)]
    first, told, *others = read(tmp_path, {"CPU": 5}, "plain", "spin", *words)
    assert "this shell's bound on processor time (ulimit -t 5)" in told
    assert [first, *others] == ["plain", *words]


def test_pages_of_one_file_that_spend_the_shells_time_are_all_read(tmp_path):
    pages = [f"burn{number}" for number in range(5)]
    assert read_pdfs(tmp_path, {"CPU": 5}, " ".join(pages)) == [" ".join(pages)]


@pytest.mark.parametrize("read", [read_office, read_pdfs])
def test_what_the_shells_bound_on_memory_ends_is_told_so(tmp_path, read):
    (told,) = read(tmp_path, {"DATA": 500 << 20}, "eat")
    assert "more memory needed than this shell allows (ulimit -d 512000): raise that" in told
    (told,) = read(tmp_path, {}, "eat eat")
    assert "more memory needed than max_memory_mb allows: raise it" in told or "eat eat" in told


@pytest.mark.parametrize("read", [read_office, read_pdfs])
def test_how_a_child_died_and_its_last_words_are_told(tmp_path, read):
    told = read(tmp_path, {}, "speak", "crash", "linger", "plain", "words")
    assert "exit code 7: it broke" in told[0] and "signal 11: corrupted" in told[1]
    assert "exit code 5" in told[2] and told[3:] == ["plain", "words"]


@pytest.mark.parametrize(
    ("read", "module"), [(read_office, "winnow.ingest.office.kinds"), (read_pdfs, "winnow.ocr.layer.judge")]
)
def test_a_reader_that_cannot_start_says_why_and_no_file_is_at_fault(tmp_path, read, module):
    patch = f"""
import sys
if "winnow.ingest.office.child" in sys.orig_argv or "winnow.ocr.process.child" in sys.orig_argv:
    sys.modules["{module}"] = None
"""
    program = OFFICE if read is read_office else PDFS
    done = run_under({}, program, "a", patch=patch, folder=tmp_path)
    last = done.stderr.strip().splitlines()[-1]
    assert "cannot start (exit code 1: " in last and f"import of {module} halted" in last
    assert last.startswith("ImportError")


SEVENZIP = """
import sys
from winnow.ingest.archive.sevenzip import unpack_member
pieces = list(unpack_member(sys.argv[1], "a.xml", 8192))
print([piece.damage for piece in pieces if piece.damage] or b"".join(piece.data for piece in pieces).decode())
"""
BUNDLE = """
import sys
from winnow.ingest.code.bundles import open_bundle
with open(sys.argv[1], "rb") as raw, open_bundle(raw) as git:
    tree = git.find_tree()
    print([member.data for member in git.walk(tree, lambda path, size: True)][0].decode())
"""


def test_archives_and_bundles_are_unpacked_under_bounds_lower_than_ours(tmp_path):
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as archive:
        archive.writestr("words", "a.xml")
    (tmp_path / "work").mkdir()
    (tmp_path / "work/a.txt").write_text("words")
    git = ["git", "-C", str(tmp_path / "work"), "-c", "user.name=a", "-c", "user.email=a@b.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *command], check=True)
    subprocess.run([*git, "bundle", "create", "-q", tmp_path / "a.bundle", "HEAD"], check=True)
    bounds = {"CPU": 600, "AS": 4000 << 20, "FSIZE": 100 << 20}
    for program, name in ((SEVENZIP, "a.7z"), (BUNDLE, "a.bundle")):
        done = run_under(bounds, program, tmp_path / name, folder=tmp_path)
        assert done.stdout.strip() == "words", done.stderr


def test_an_archive_that_the_shells_bound_ends_is_not_called_damaged(tmp_path):
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as archive:
        archive.writestr("words", "a.xml")
    patch = (
        ACTS
        + """
if "winnow.ingest.archive.sevenzip" in sys.orig_argv:
    import py7zr
    py7zr.SevenZipFile = lambda *_: spin(600)
"""
    )
    done = run_under({"CPU": 3}, SEVENZIP, tmp_path / "a.7z", patch=patch, folder=tmp_path)
    told = "this shell's bound on processor time (ulimit -t 3) ended its unpacking"
    assert told in done.stderr.strip().splitlines()[-1]
