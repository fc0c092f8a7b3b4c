"""Documents of two runs, of which the files changed between them: each is matched with itself."""

import json
import shutil
import zlib

import pytest
from click.testing import CliRunner

from winnow.pipelines.commands import run
from winnow.pipelines.engine.ledger import matches, run_summary
from winnow.pipelines.report import explain

RECIPE = """
name = "mine"
max_failed = 1.0
[[source]]
name = "mine"
uris = ["{folder}/*.jsonl"]
read = {{ use = "ingest.jsonl:read", fields = {fields} }}
[[stage]]
name = "first"
after = "mine"
steps = [ {{ use = "filters.gopher:quality", min_words = 12, min_stop_words = 0 }} ]
[[stage]]
name = "shards"
after = "first"
use = "groups/shards.toml"
"""
FIELDS = {
    "text": '{ text = "text" }',
    "key": '{ text = "text", key = "number" }',
    "url": '{ text = "text", url = "url" }',
}
ROWS = [
    {"text": f"Line {n} " + f"of words w{n} " * (n % 9), "number": f"n{n}", "url": f"https://a.example/{n}"}
    for n in range(40)
]
NEW = {"text": "Another line in front of all the others.", "number": "new", "url": "https://a.example/new"}


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Runs of a folder of one file, one for each content: a user edits it in place."""
    home, made = tmp_path_factory.mktemp("matches"), {}

    def go(rows, by, file="a"):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        name = f"{by}-{file}-{zlib.crc32(text.encode())}"
        if name not in made:
            shutil.rmtree(home / "in", ignore_errors=True)
            (home / "in").mkdir()
            (home / f"in/{file}.jsonl").write_text(text)
            path = home / f"{name}.toml"
            path.write_text(RECIPE.format(folder=home / "in", fields=FIELDS[by]))
            assert run.execute(path, home / name, 0, None, "auto", ()) == 0
            made[name] = run_summary.read(home / name)
        return made[name]

    return go


def match(a, b, folder):
    """Rows of pairs, and of documents that only one run has; no document stands twice."""
    folder.mkdir()
    rows = [row for frame in matches.match(a, b, folder) for row in frame.to_dicts()]
    for side in "ab":
        ids = [row[f"{side}_id"] for row in rows if row[f"{side}_id"]]
        assert len(ids) == len(set(ids))
    return [row for row in rows if row["by"]], [row for row in rows if not row["by"]]


EDITS = {
    "out": (ROWS[:7] + ROWS[8:], "a"),
    "front": ([NEW, *ROWS], "a"),
    "renamed": (ROWS, "b"),
    "all": ([NEW, *ROWS[:7], *ROWS[8:]], "b"),
}


@pytest.mark.parametrize(
    ("by", "edit"), [*(("text", edit) for edit in EDITS), ("key", "all"), ("url", "all")]
)
def test_each_document_is_matched_with_itself(by, edit, make, tmp_path):
    rows, file = EDITS[edit]
    a, b = make(ROWS, by), make(rows, by, file)
    pairs, alone = match(a, b, tmp_path / "waiting")
    assert len(pairs) == len(ROWS) - ("out" in edit or edit == "all")
    assert all(row["a_digest"] == row["b_digest"] for row in pairs)
    assert {row["by"] for row in pairs} <= {"id", by}
    gone, fresh = [row for row in alone if row["a_id"]], [row for row in alone if row["b_id"]]
    assert len(gone) == (edit in ("out", "all")) and len(fresh) == (edit in ("front", "all"))


def test_a_bounded_number_at_a_time_matches_the_same(make, tmp_path, monkeypatch):
    rows, file = EDITS["all"]
    a, b = make(ROWS, "text"), make(rows, "text", file)
    whole, _ = match(a, b, tmp_path / "waiting")
    monkeypatch.setattr(matches, "BUCKET_ROWS", 9)
    some, alone = match(a, b, tmp_path / "some")
    assert {row["a_id"]: row["b_id"] for row in some} == {row["a_id"]: row["b_id"] for row in whole}
    assert len(alone) == 2


def test_an_edited_document_is_known_by_its_key_or_else_its_place(make, tmp_path):
    rows = [*ROWS[:5], {**ROWS[5], "text": "Edited."}, *ROWS[6:]]
    for by, expected in (("key", "key"), ("text", "id")):
        a, b = make(ROWS, by), make(rows, by)
        pairs, alone = match(a, b, tmp_path / by)
        other = [row for row in pairs if row["a_digest"] != row["b_digest"]]
        assert len(pairs) == len(ROWS) and not alone
        assert [row["by"] for row in other] == [expected]


def test_of_copies_as_many_are_matched_as_both_have(make, tmp_path):
    a = make([*ROWS, ROWS[8], ROWS[8]], "text")
    b = make([ROWS[8], *ROWS], "text", "b")
    pairs, alone = match(a, b, tmp_path / "waiting")
    assert len(pairs) == len(ROWS) + 1 and len(alone) == 1


def test_explain_finds_the_document_of_another_run(make, tmp_path):
    rows, file = EDITS["all"]
    a, b = make(ROWS, "text"), make(rows, "text", file)
    pairs, alone = match(a, b, tmp_path / "waiting")
    ask = CliRunner().invoke
    for row in pairs[::5]:
        told = ask(explain.main, [str(b.out), row["a_id"], "--of", str(a.out)])
        assert told.exit_code == 0 and row["b_id"] in told.output and "matched by text" in told.output
        assert ask(explain.main, [str(b.out), row["a_digest"]]).output in told.output
        assert ("in the shards of shards: " in told.output) == (row["b_fate"] == "kept")
        assert ("not in the shards of shards" in told.output) == (row["b_fate"] == "dropped")
    (gone,) = [row for row in alone if row["a_id"]]
    told = ask(explain.main, [str(b.out), gone["a_id"], "--of", str(a.out)])
    assert told.exit_code == 2 and "NOT MATCHED" in told.output
