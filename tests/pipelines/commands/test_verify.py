"""A run proves itself: whatever file of it is deleted, emptied, cut or flipped by a bit, the next run makes
it anew or says so in a line, and `verify` names what is left."""

import hashlib
import json
import os
import pickle
import re
import shutil
import stat
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.pipelines.commands import run, verify
from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.disk import documents, proof, storage
from winnow.pipelines.engine.ledger import spool
from winnow.pipelines.report import explain, page

SMALL = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "toy:shout" }, { use = "toy:short" } ]
[[stage]]
name = "texts"
after = "again"
steps = [ { use = "toy:copy" } ]
[[stage]]
name = "again"
after = "read"
steps = [ { use = "toy:short", min_words = 3 } ]
"""
EXPORTED = """
[[stage]]
name = "shards"
after = "single"
steps = [ { use = "mixing.export:shards" } ]
"""
TEXTS = {
    "a.txt": "one two three\nword\nDROP this line\nFAIL that line\nfour five\nthe same line twice",
    "b.txt": "the same line twice\n" + "\n".join(f"line number {i} of many" for i in range(9)),
}
DAMAGE = {
    "deleted": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "flipped": lambda path: flip(path, int(hashlib.sha256(path.name.encode()).hexdigest(), 16)),
}
TIMED = (
    "stage.json",
    "run.json",
    "report.html",
    "report.json",
)  # and receipts: they say how long something took


def flip(path: Path, place: int) -> None:
    """Turn one bit around."""
    data = bytearray(path.read_bytes())
    data[place // 8 % len(data)] ^= 1 << place % 8
    path.write_bytes(data)


def build(folder: Path, stages: str) -> Path:
    (folder / "in").mkdir(parents=True)
    for name, text in TEXTS.items():
        (folder / "in" / name).write_text(text)
    (folder / "recipe.toml").write_text(
        f'name = "toy"\nmax_failed = 1.0\n[[source]]\nname = "lines"\nuris = ["{folder}/in/*.txt"]\n'
        f'part_bytes = 1\nread = {{ use = "toy:read" }}\n{stages}\n'
    )
    assert run.execute(folder / "recipe.toml", folder / "out", 0, None, "auto", ()) == 0
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return build(tmp_path_factory.mktemp("small"), SMALL)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    hashed = '{ use = "dedup.exact:hash" }'
    stages = f"""
[[stage]]
name = "read"
after = "lines"
steps = [ {hashed} ]
[[stage]]
name = "spread"
after = "read"
by = "part"
steps = [ {{ use = "dedup.exact:partition" }} ]
[[stage]]
name = "ledger"
after = "spread"
by = "bucket"
steps = [ {{ use = "dedup.exact:duplicates" }} ]
[[stage]]
name = "single"
after = "read"
steps = [ {{ use = "dedup.exact:remove", duplicates = "stage:ledger" }} ]
"""
    return build(tmp_path_factory.mktemp("exported"), stages + EXPORTED)


@pytest.fixture
def copy(tmp_path):
    """A run to be damaged: the recipe's path, and the folder."""

    def make(whole: Path) -> tuple[Path, Path]:
        out = tmp_path / "out"
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(whole / "out", out)
        return whole / "recipe.toml", out

    return make


def call(main, *arguments: object) -> tuple[int, str]:
    """Exit code and all that is said; a traceback fails the test."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.output


def again(path: Path, out: Path) -> tuple[int, str]:
    return call(run.main, path, out, "--workers", 0)


def list_files(out: Path) -> list[Path]:
    logs = (".lock", "run.log", "events.jsonl")
    return sorted(p.relative_to(out) for p in out.rglob("*") if p.is_file() and p.name not in logs)


def digests(out: Path) -> dict[str, str]:
    """Of what must be the same to the byte after each run."""
    return {
        str(name): hashlib.sha256((out / name).read_bytes()).hexdigest()
        for name in list_files(out)
        if name.name not in TIMED and name.parent.name != "receipts"
    }


def judge(whole: Path, path: Path, out: Path, name: Path) -> bool:
    """What a user sees after a file was damaged: all is as it was (True), or a line that names the file."""
    code, said = again(path, out)
    proved, lines = call(verify.main, out)
    if proved == 0:
        assert code == 0, said
        assert list_files(out) == list_files(whole / "out")
        assert digests(out) == digests(whole / "out")
        rewritten = name.name in ("report.html", "report.json")
        assert rewritten or str(out / name) in said or name.name == "parts.parquet", said
    else:
        assert proved == 4
        assert any(line.startswith(f"{out / name} ") for line in lines.splitlines()), lines
    return proved == 0


@pytest.mark.parametrize("kind", DAMAGE)
def test_whatever_file_is_damaged_is_made_again_or_named(small, copy, kind):
    names = list_files(small / "out")
    if kind in ("emptied", "cut"):  # which one of several parts, a deleted and a flipped one tell
        names = list({re.sub(r"\d", "", str(name)): name for name in names}.values())
    for name in names:
        path, out = copy(small)
        DAMAGE[kind](out / name)
        assert call(verify.main, out)[0] == 4
        repaired = judge(small, path, out, name)
        if kind != "flipped" and name.name not in ("stage.json", "run.json", "parts.parquet"):
            assert repaired  # a size tells, whoever reads the file


@pytest.mark.parametrize("kind", DAMAGE)
def test_deduplication_is_not_undone_by_a_damaged_ledger(exported, copy, kind):
    """The ledger is damaged, and the stage that reads it is made again."""
    for bucket in (exported / "out/ledger").glob("bucket=*"):
        path, out = copy(exported)
        (damaged,) = [p for p in (out / "ledger" / bucket.name).rglob("*") if p.is_file()]
        DAMAGE[kind](damaged)
        (out / "single/part-00001.parquet").unlink()
        code, said = again(path, out)
        assert code == 0 and str(damaged) in said
        assert digests(out) == digests(exported / "out")
        assert call(verify.main, out)[0] == 0


def test_a_file_too_many_beside_a_ledger_is_not_read(exported, copy):
    path, out = copy(exported)
    ledger = next((out / "ledger").rglob("*.parquet"))
    pl.read_parquet(ledger).clear().write_parquet(ledger.with_name("more.parquet"))
    (out / "single/part-00001.parquet").unlink()
    code, said = again(path, out)
    assert code == 0 and "more.parquet is in no receipt" in said
    assert digests(out) == digests(exported / "out")


def test_one_file_of_each_stage_of_a_run_with_shards_is_damaged(exported, copy):
    chosen = {name.parts[0] + name.suffix: name for name in list_files(exported / "out")}
    for kind in ("cut", "flipped"):
        for name in chosen.values():
            path, out = copy(exported)
            DAMAGE[kind](out / name)
            judge(exported, path, out, name)


def test_a_whole_run_is_proved(small, exported):
    for whole in (small, exported):
        found = verify.verify(whole / "out")
        assert not found.wrong and not found.told
        known = {path.relative_to(whole / "out") for path in found.listed.keys() | found.own}
        assert known == set(list_files(whole / "out"))
    code, said = call(verify.main, small / "out")
    size = sum((small / "out" / name).stat().st_size for name in list_files(small / "out"))
    assert code == 0 and f"{len(list_files(small / 'out'))} files proved, {size:,} bytes" in said


@settings(max_examples=150)
@given(st.data())
def test_any_bit_of_any_file_is_named(small, data):
    out = small / "out"
    path = out / data.draw(st.sampled_from(list_files(out)))
    place = data.draw(st.integers(0, 8 * path.stat().st_size - 1))
    flip(path, place)
    try:
        assert path in verify.verify(out).wrong
    finally:
        flip(path, place)


def test_what_no_run_wrote_is_named(small, copy):
    _, out = copy(small)
    strays = [
        "stray",
        "read/part-00099.parquet",
        "texts/all/.x.tmp",
        "read/receipts/part-00099.json",
        "odd/file",
    ]
    for name in strays:
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text("{}")
    (out / "read/.spool.dead.tmp").mkdir()
    assert sorted(verify.verify(out).wrong) == sorted(
        out / name for name in [*strays, "read/.spool.dead.tmp"]
    )


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("summaries/0001/summary.json", "make summary writes"),
        ("texts/all/datasheet.md", "make summary writes"),
        ("report.json", "make report"),
        ("run.json", "remove it and run again"),
        ("texts/part-00000.parquet", "--redo texts"),
    ],
)
def test_each_file_that_is_damaged_has_its_command(tmp_path, path, advice):
    assert advice in verify._advise(tmp_path, tmp_path / path)


def test_names_of_files_do_not_steer_the_terminal(small, copy):
    _, out = copy(small)
    for name in (b"odd \x1b[2J", b"odd \xff"):
        (out / "read" / os.fsdecode(name)).write_text("x")
    told = CliRunner().invoke(verify.main, [str(out)])
    assert told.exit_code == 4 and r"odd \x1b[2J" in told.output and r"odd \udcff" in told.output


def test_a_report_that_cannot_be_written_is_told(small, copy, monkeypatch):
    _, out = copy(small)
    monkeypatch.setattr(
        storage, "replace", lambda path: (_ for _ in ()).throw(OSError(30, "Read-only", str(path)))
    )
    told = CliRunner().invoke(page.main, [str(out)])
    assert told.exit_code == 2 and "Read-only" in told.output and "report.html" in told.output


def test_a_receipt_that_proves_itself_but_is_another_is_named(small, copy):
    _, out = copy(small)
    path = out / "read/receipts/part-00000.json"
    storage.write_json(path, {**storage.read_json(path), "content": "0" * 32})
    assert list(verify.verify(out).wrong) == [path]


def test_a_stage_that_is_not_whole_is_said(small, copy):
    path, out = copy(small)
    full = path.read_text().replace("toy:copy", "toy:full")
    other = out.parent / "full.toml"
    other.write_text(full)
    shutil.rmtree(out)
    assert again(other, out)[0] == 2
    code, said = call(verify.main, out)
    assert code == 0 and "the run has not ended" in said and "stage texts is not whole" in said
    other.write_text(path.read_text())
    assert again(other, out)[0] == 0  # nothing was made of texts: it begins anew with another step
    assert call(verify.main, out) == (0, call(verify.main, out)[1])
    assert digests(out) == digests(small / "out")


def test_a_folder_without_a_run_is_told(tmp_path):
    code, said = call(verify.main, tmp_path)
    assert code == 2 and "holds no run" in said


def test_nothing_temporary_is_left(small, copy):
    path, out = copy(small)
    for name in (".run.json.dead.tmp", "read/.a.tmp", "texts/all/.b.tmp", "read/dropped/.c.tmp"):
        (out / name).write_text("half")
    for name in (".read.dead.tmp", "read/.spool.dead.tmp", "texts/.all.dead.tmp"):
        (out / name).mkdir()
        (out / name / "half").write_text("half")
    assert again(path, out)[0] == 0
    assert list_files(out) == list_files(small / "out") and not list(out.rglob("*.tmp"))


def test_what_a_dead_worker_left_goes_when_the_run_ends(make_recipe, tmp_path):
    stages = SMALL.replace('{ use = "toy:copy" }', '{ use = "toy:litter" }')
    path, out = make_recipe(TEXTS, stages), tmp_path / "out"
    assert run.execute(path, out, 0, None, "auto", ()) == 0
    assert not list(out.rglob("*.tmp")) and call(verify.main, out)[0] == 0


def test_folders_to_work_in_are_private(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "MAX_ROWS", 1)
    rows = spool.Spool(tmp_path / "stage")
    rows.append(pl.DataFrame({"id": ["a"]}))
    assert stat.S_IMODE(rows.folder.stat().st_mode) == 0o700


def test_folders_of_corpus_steps_are_private_until_they_are_whole(make_recipe, tmp_path):
    stages = SMALL.replace("toy:copy", "toy:modes")
    old = os.umask(0o022)
    try:
        assert run.execute(make_recipe(TEXTS, stages), tmp_path / "out", 0, None, "auto", ()) == 0
    finally:
        os.umask(old)
    assert (tmp_path / "out/texts/all/modes.txt").read_text() == "0o700"
    assert stat.S_IMODE((tmp_path / "out/texts/all").stat().st_mode) == 0o755


def test_readers_refuse_what_is_damaged(small, copy):
    _, out = copy(small)
    flip(out / "read/part-00001.parquet", 99)
    flip(out / "again/dropped/part-00000.parquet", 999)
    flip(out / "texts/all/texts.txt", 9)
    for read in (
        lambda: documents.read(out / "read"),
        lambda: documents.read(out / "again"),  # its texts stand in `read`
        lambda: documents.columns(out / "read/part-00001.parquet"),
        lambda: storage.read_ledger(out / "again/dropped"),
        lambda: proof.prove_folder(out / "texts/all", "any run"),
        lambda: proof.prove(out / "texts/all/texts.txt"),
    ):
        with pytest.raises(proof.Damaged, match="is damaged: its bytes are not those that were written"):
            read()
    for main, arguments in ((page.main, [out]), (explain.main, [out, "0"])):
        code, said = call(main, *arguments)
        assert code and said.count("\n") == 1 and "is damaged" in said


def test_what_a_lost_worker_left_half_written_is_no_output(small, copy):
    _, out = copy(small)
    for left in ("texts/.all.3333cc5c.tmp/all", "read/.part-00000.3333cc5c.tmp"):
        (out / left).mkdir(parents=True)
        (out / left / "half.parquet").write_text("half")
    proof.prove_folder(out / "texts", "a run that reads all groups")
    proof.prove_folder(out / "read", "a run that reads all groups")
    (out / "texts/all/other.txt").write_text("of nobody")
    with pytest.raises(proof.Damaged, match=r"other\.txt is in no receipt of its stage"):
        proof.prove_folder(out / "texts", "a run after it")


def test_a_report_written_anew_is_proved(small, copy):
    _, out = copy(small)
    (out / "report.html").write_text("not this")
    assert call(verify.main, out)[0] == 4
    assert call(page.main, out)[0] == 0
    assert call(verify.main, out)[0] == 0


def test_receipts_say_what_stands_on_disk_and_stage_json_keeps_it(exported):
    for about in (exported / "out").glob("*/stage.json"):
        listed = {}
        for name, receipt in json.loads(about.read_text())["parts"].items():
            assert (
                receipt["files"] == json.loads((about.parent / f"receipts/{name}.json").read_text())["files"]
            )
            listed |= receipt["files"]
        stood = {
            str(path.relative_to(about.parent)): [
                path.stat().st_size,
                hashlib.sha256(path.read_bytes()).hexdigest()[:32],
            ]
            for path in about.parent.rglob("*")
            if path.is_file() and path != about and path.parent.name != "receipts"
        }
        assert listed == stood


def test_pages_of_parquet_have_checksums(exported, copy):
    """A reader that knows nothing of receipts can tell a flipped byte of a page."""
    _, out = copy(exported)
    for path in (out / "read/part-00001.parquet", next((out / "shards/all/data").glob("*.parquet"))):
        column = pq.read_metadata(path).row_group(0).column(0)
        end = column.data_page_offset + column.total_compressed_size
        flip(path, 8 * (end - 2))
        with pytest.raises(OSError, match=r"CRC|checksum"):
            pq.read_table(path, page_checksum_verification=True)


def test_a_file_that_is_damaged_again_and_again_stops_the_run(small, copy, monkeypatch):
    path, out = copy(small)
    flip(out / "read/part-00001.parquet", 99)
    monkeypatch.setattr(proof, "compare", lambda *_: "is damaged")
    code, said = again(path, out)
    assert code == 2 and "again: run again with --redo" in said


def test_damage_is_told_across_processes():
    error = proof.Damaged("/out/read/part-00000.parquet", "is damaged", "do this")
    assert str(pickle.loads(pickle.dumps(error))) == "/out/read/part-00000.parquet is damaged: do this"


@settings(max_examples=30)
@given(st.dictionaries(st.text(), st.recursive(st.none() | st.floats(allow_nan=False) | st.text(), st.lists)))
def test_a_json_file_proves_itself(tmp_path_factory, value):
    value.pop("digest", None)
    path = tmp_path_factory.getbasetemp() / "own.json"
    try:
        storage.write_json(path, value)
    except UnicodeEncodeError:
        return  # a lone surrogate
    assert storage.read_json(path) == value


def test_no_json_file_passes_for_another(small, copy):
    """Each that proves itself copied over each other: that of another name, stage or part proves nothing."""
    _, out = copy(small)
    inner = ("*.json", "*/stage.json", "*/receipts/*.json")
    files = {path: path.read_bytes() for each in inner for path in sorted(out.glob(each))}
    assert len(files) >= 8
    passed = []
    for place, own in files.items():
        for source, data in files.items():
            place.write_bytes(data)
            try:
                storage.read_json(place)
            except storage.Damaged:
                continue
            passed += [(source.name, place.name)] if place != source else []
        place.write_bytes(own)
    assert passed == []


def test_a_report_in_the_place_of_a_run_is_named(small, copy):
    path, out = copy(small)
    shutil.copy(out / "report.json", out / "run.json")
    code, said = call(verify.main, out)
    assert code == 4 and f"{out}/run.json is damaged" in said
    assert again(path, out)[0] == 2
    (out / "run.json").unlink()
    assert again(path, out)[0] == 0 and call(verify.main, out)[0] == 0


def test_a_run_that_begins_again_says_nothing_of_files(small, copy):
    _, out = copy(small)
    manifest.open_run(out)
    found = verify.verify(out)
    assert not found.wrong and found.told == [f"{out}: the run has not ended"]
