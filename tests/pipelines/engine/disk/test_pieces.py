"""Receipts of a stage of many parts stand in pieces; whoever reads them sees no difference."""

import pytest

from winnow.pipelines.commands import status, verify
from winnow.pipelines.commands.run import execute
from winnow.pipelines.engine.disk import pieces, proof, storage
from winnow.pipelines.engine.ledger import run_summary

STAGES = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "toy:short" } ]

[[stage]]
name = "counted"
after = "read"
by = "part"
steps = [ { use = "toy:total" } ]

[[stage]]
name = "again"
after = "read"
steps = [ { use = "toy:shout" } ]
"""
TEXTS = {f"{number}.txt": f"a line\nof file {number}\nDROP\nshort\n" for number in range(7)}


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(pieces, "MOST", 3)


def summarize(out):
    """What others than the engine see of a run."""
    account = run_summary.read(out)
    told = {name: [stage.done, len(stage.parts), *stage.parts] for name, stage in account.stages.items()}
    sums = {name: run_summary.add_up(stage, "by_source") for name, stage in account.stages.items()}
    return told, sums, run_summary.add_totals(account), account.stages["again"].total("rows_in")


def test_all_that_reads_a_run_sees_the_same(make_recipe, tmp_path, monkeypatch):
    path = make_recipe(TEXTS, STAGES)
    assert execute(path, tmp_path / "one", 0, None, "auto", ()) == 0
    monkeypatch.setattr(pieces, "MOST", 3)
    out = tmp_path / "two"
    assert execute(path, out, 0, None, "auto", ()) == 0
    about = storage.read_json(out / "read/stage.json")
    assert [entry[:2] for entry in about["pieces"]] == [
        ["part-00000", 3],
        ["part-00003", 3],
        ["part-00006", 1],
    ]
    assert "parts" not in about and about["done"]
    assert summarize(tmp_path / "one")[:3] == summarize(out)[:3]
    assert not verify.verify(out).wrong
    assert [line for line in status.describe(out) if "read: 7 parts, 28 documents" in line]
    parts = run_summary.read(out).stages["read"].parts
    for name in parts:
        assert parts[name] == storage.read_json(out / f"read/receipts/{name}.json")
    assert "part-00007" not in parts and len(parts) == 7


def test_a_run_goes_on_where_parts_come_and_go(few, make_recipe, tmp_path, capsys):
    path = make_recipe(TEXTS, STAGES)
    out = tmp_path / "out"
    assert execute(path, out, 0, None, "auto", ()) == 0
    changed = {file: file.stat().st_mtime_ns for file in out.glob("*/receipts/whole/*.json")}
    assert len(changed) == 9
    capsys.readouterr()
    assert execute(path, out, 0, None, "auto", ()) == 0  # nothing to do: nothing is written
    assert changed == {file: file.stat().st_mtime_ns for file in out.glob("*/receipts/whole/*.json")}
    for number in range(2, 7):
        (tmp_path / f"in/{number}.txt").unlink()
    assert execute(path, out, 0, None, "auto", ()) == 0
    assert not list(out.glob("*/receipts/whole/*")) and not verify.verify(out).wrong
    assert run_summary.add_totals(run_summary.read(out))["in"] == 8


def test_a_piece_that_is_damaged_missing_or_another_is_told(few, make_recipe, tmp_path):
    out = tmp_path / "out"
    assert execute(make_recipe(TEXTS, STAGES), out, 0, None, "auto", ()) == 0
    piece = pieces.find_piece(out / "read", 1)
    written = piece.read_bytes()
    piece.write_bytes(written.replace(b"part-00004", b"part-00005"))
    assert "digest" in verify.verify(out).wrong[piece]
    other = pieces.find_piece(out / "again", 1).read_bytes()
    for wrong in (other, None):
        piece.unlink()
        if wrong:
            piece.write_bytes(wrong)
        assert "--redo read" in verify.verify(out).wrong[piece]
        with pytest.raises(proof.Damaged):
            list(run_summary.read(out).stages["read"].parts.items())
    storage.write_json(piece, {"parts": {}})  # it proves itself, and is not what the stage has
    assert "another than stage.json says" in verify.verify(out).wrong[piece]
    piece.write_bytes(written)
    assert not verify.verify(out).wrong


def test_receipts_of_a_stage_that_is_whole_are_renewed_in_their_piece(few, make_recipe, tmp_path):
    out = tmp_path / "out"
    assert execute(make_recipe(TEXTS, STAGES), out, 0, None, "auto", ()) == 0
    folder = out / "read"
    about, others = storage.read_json(folder / "stage.json"), pieces.find_piece(folder, 0).read_bytes()
    receipt = dict(run_summary.read(out).stages["read"].parts["part-00004"]) | {"kept": 99}
    storage.write_json(folder / "stage.json", pieces.renew(folder, about, {"part-00004": receipt}))
    parts = run_summary.read(out).stages["read"].parts
    assert parts["part-00004"]["kept"] == 99 and parts["part-00003"]["kept"] != 99
    assert pieces.find_piece(folder, 0).read_bytes() == others


def test_a_run_in_a_folder_called_whole_may_move(tmp_path):
    (tmp_path / "whole").mkdir()
    storage.write_json(tmp_path / "whole/run.json", {"recipe": "some"})
    (tmp_path / "whole").rename(tmp_path / "moved")
    assert storage.read_json(tmp_path / "moved/run.json") == {"recipe": "some"}
