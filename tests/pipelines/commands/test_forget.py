"""What a list names leaves every file of a run, with its near duplicates; nothing else changes."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from winnow import shuffle
from winnow.pipelines.commands import forget, run, verify
from winnow.pipelines.engine.disk import documents, storage
from winnow.pipelines.engine.ledger import run_summary, takedowns
from winnow.pipelines.report import explain, page
from winnow.pipelines.takedown import commit

WORDS = (Path(__file__).parent.parent.parent.parent / "docs/architecture.md").read_text().split()
STAGES = """
[[stage]]
name = "read"
after = "lines"
replayable = true
steps = [ { use = "toy:short", min_words = 3 }, { use = "toy:quiet", max_marks = 5 } ]
[[stage]]
name = "counted"
after = "read"
steps = [ { use = "mixing.count:tokens" } ]
[[stage]]
name = "cut"
after = "counted"
steps = [ { use = "toy:first" } ]
[[stage]]
name = "dedup"
after = "cut"
use = "groups/minhash.toml"
[[stage]]
name = "texts"
after = "dedup"
steps = [ { use = "toy:copy" } ]
[[stage]]
name = "shards"
after = "dedup"
steps = [ { use = "mixing.export:shards", shard_bytes = 4000 } ]
"""


def text(number: int, changed: int = 0) -> str:
    """Sixty words of a page, of which some are others."""
    words = [*WORDS[number * 60 : number * 60 + 60], f"number{number}"]
    return " ".join("other" if place in range(20, 20 + changed) else word for place, word in enumerate(words))


TEXTS = {
    "a.txt": "\n".join(
        [text(1), "DROP " + text(2), "FAIL " + text(3), "two words", text(4), text(5) + " CUT here"]
    ),
    "b.txt": "\n".join([text(6), text(1, changed=1), text(7), text(1), text(8)]),
    "c.txt": "\n".join(text(n) for n in range(9, 17)),
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A recipe, and a finished run of it; neither is to be changed."""
    folder = tmp_path_factory.mktemp("forget")
    (folder / "in").mkdir()
    for name, lines in TEXTS.items():
        (folder / "in" / name).write_text(lines)
    path = folder / "recipe.toml"
    path.write_text(write_recipe(folder / "in", STAGES))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent.parent))
        assert run.execute(path, folder / "out", 0, None, "auto", ()) == 0
    return path, folder / "out"


def write_recipe(folder: Path, stages: str) -> str:
    return (
        f'name = "toy"\nmax_failed = 1.0\n[[source]]\nname = "lines"\nuris = ["{folder}/*.txt"]\n'
        f'part_bytes = 1\nread = {{ use = "toy:read" }}\n{stages}'
    )


@pytest.fixture
def made(finished, tmp_path):
    """The recipe, and a copy of the run."""
    path, out = finished
    return path, shutil.copytree(out, tmp_path / "out")


@pytest.fixture(scope="module")
def taken(finished, tmp_path_factory):
    """A list of one document, and a copy of the run from which it is taken; neither is to be changed."""
    folder = tmp_path_factory.mktemp("taken")
    out = shutil.copytree(finished[1], folder / "out")
    (listed,) = find_ids(out, "a.txt", 1)
    path = write_list(folder, f"id:{listed[:12]}")
    code, told = take(out, path, "--reason", "case 7")
    assert code == 0 and "nothing is left to do" not in told, told
    assert "2 near_duplicate" in told
    return path, out


def find_ids(out: Path, name: str, *lines: int) -> list[str]:
    """Ids of lines of a file."""
    files = [*out.glob("read/part-*.parquet"), *out.glob("read/*/part-*.parquet")]
    rows = pl.concat(pl.read_parquet(file, columns=["id", "uri", "key"], glob=False) for file in files).rows()
    found = {key: identity for identity, uri, key in rows if uri and uri.endswith(name)}
    return [found[f"line {line}"] for line in lines]


def take(out: Path, path: Path, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(forget.main, ["--share", "0.5", *more, "--", str(out), str(path)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def write_list(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "list.txt"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def read_everything(out: Path) -> dict[str, str]:
    """What stands in each file of a run, decoded."""
    found = {}
    for path in sorted(p for p in out.rglob("*") if p.is_file() and takedowns.FOLDER not in p.parts):
        if path.suffix == ".parquet":
            found[str(path.relative_to(out))] = repr(pl.read_parquet(path, glob=False).rows())
        elif shuffle.is_shuffle(path):
            frames = [frame.rows() for frame in shuffle.Reader(0, 1)(path)]
            found[str(path.relative_to(out))] = repr(frames)
        else:
            found[str(path.relative_to(out))] = path.read_bytes().decode("utf-8", "replace")
    return found


def digests(out: Path) -> dict[str, str]:
    files = (p for p in out.rglob("*") if p.is_file())
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def check_sums(out: Path) -> None:
    assert page.find_broken(run_summary.read(out)) == []
    assert verify.verify(out).wrong == {}


def check_conserved(out: Path, listed: int = 1) -> None:
    """All that came is accounted for, and so many that a list named among it."""
    check_sums(out)
    total = run_summary.add_totals(run_summary.read(out))
    assert total["in"] == total["kept"] + total["dropped"] + total["failed"] == 19
    reasons = run_summary.add_up(run_summary.read(out).stages["read"], "reasons")
    assert reasons["takedowns.listed"]["documents"] == listed


def test_it_and_its_near_duplicates_leave_every_file(finished, taken):
    whole, out = finished[1], taken[1]
    (listed,) = find_ids(whole, "a.txt", 1)
    near = find_ids(whole, "b.txt", 2, 4)
    before = digests(whole)
    for name, said in read_everything(out).items():
        assert not any(one in said for one in (listed, *near)), name
        assert " ".join(text(1).split()[30:45]) not in said, name
    check_conserved(out)
    (entry,) = takedowns.read(out)
    assert {row["id"]: row["class"] for row in entry["documents"]} == {
        listed: "listed",
        near[0]: "near_duplicate",
        near[1]: "near_duplicate",
    }
    assert entry["reason"] == "case 7"
    touched = {*entry["files"], *(f"{stage}/{name}" for stage, _, name in entry["pages"])}
    touched |= {"report.html", "report.json", "run.json"}
    after = digests(out)
    changed = {name for name in before if after.get(name) != before[name]}
    assert changed <= touched
    assert entry["files"].keys() <= changed | {"run.json", "run.log"}
    assert "counted/part-00002.parquet" not in changed  # c.txt has none of it


def test_addresses_follow_the_documents_that_move_up(taken):
    """What a bucket reads of bands and links after it is of the documents that are left, and of no other."""
    out = taken[1]
    firsts, keys = {}, {}
    for path in sorted((out / "dedup.signed").glob("part-*.parquet")):
        rows = pl.read_parquet(path, columns=["minhash_band_keys"], glob=False)
        first = shuffle.first_address(int(path.stem[5:]))
        firsts |= {first + row: found for row, found in enumerate(rows["minhash_band_keys"].to_list())}
    for path in (out / "dedup.partitioned").rglob("*.shuffle"):
        for frame in shuffle.Reader(0, 1)(path, ["doc", "key"]):
            for doc, key in frame.iter_rows():
                keys.setdefault(doc, set()).add(key)
    assert keys == {doc: set(found) for doc, found in firsts.items() if found}
    links = [*(out / "dedup.paired").rglob("*.shuffle"), *(out / "dedup.joined").rglob("*.shuffle")]
    for path in links:
        for frame in shuffle.Reader(0, 1)(path):
            assert {*frame["node"], *frame["other"]} <= keys.keys()


def test_other_documents_stay_as_they_were(made, tmp_path):
    _, out = made
    listed = find_ids(out, "a.txt", 1, 6)
    before = {stage: documents.read(out / stage) for stage in ("read", "counted", "cut", "dedup")}
    shards = pl.read_parquet(sorted((out / "shards/all/data").glob("*.parquet")))
    assert take(out, write_list(tmp_path, *listed), "--share", "1")[0] == 0
    check_conserved(out, listed=2)
    gone = [row["id"] for row in takedowns.read(out)[0]["documents"]]
    for stage, rows in before.items():
        left = rows.filter(~pl.col("id").is_in(gone))
        names = [name for name in left.columns if not name.startswith("dedup_")]
        assert documents.read(out / stage).select(names).equals(left.select(names)), stage
    fresh = pl.read_parquet(sorted((out / "shards/all/data").glob("*.parquet")))
    assert fresh.equals(shards.filter(~pl.col("id").is_in(gone)))
    manifest = json.loads((out / "shards/all/manifest.json").read_text())
    assert manifest["totals"]["documents"] == fresh.height
    assert manifest["totals"]["bytes"] == fresh["text"].str.len_bytes().sum()
    assert f"{fresh.height:,} documents in" in (out / "shards/all/README.md").read_text()


@pytest.mark.parametrize("line", [2, 3, 4])
def test_conservation_holds_whatever_became_of_it(made, tmp_path, line):
    """Dropped or failed as it was read, or dropped by a step; what was kept, or cut, stands above."""
    _, out = made
    (listed,) = find_ids(out, "a.txt", line)
    assert take(out, write_list(tmp_path, listed), "--share", "1")[0] == 0
    check_conserved(out)


def test_a_resumed_run_neither_makes_it_again_nor_brings_it_back(made, tmp_path, capsys):
    path, out = made
    (listed,) = find_ids(out, "c.txt", 3)
    assert take(out, write_list(tmp_path, listed))[0] == 0
    before = digests(out)
    assert run.execute(path, out, 0, None, "auto", ()) == 0
    same = [name for name in before if name.endswith(".parquet") or "/receipts/" in name]
    after = digests(out)
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert run.execute(path, out, 0, None, "auto", ("read",)) == 0
    for name, said in read_everything(out).items():
        assert listed not in said and " ".join(text(11).split()[10:25]) not in said, name
    check_sums(out)
    shutil.copytree(out / takedowns.FOLDER, tmp_path / "fresh" / takedowns.FOLDER)
    assert run.execute(path, tmp_path / "fresh", 0, None, "auto", ()) == 0
    assert listed not in repr(read_everything(tmp_path / "fresh"))


def test_a_run_from_raw_with_the_list_brings_none_back(made, tmp_path):
    recipe, out = made
    quoted = write_list(
        tmp_path, "text:" + json.dumps(" ".join(text(1).split()[5:55])), find_ids(out, "c.txt", 3)[0]
    )
    assert take(out, quoted, "--share", "1")[0] == 0
    step = f'{{ use = "dedup.takedowns:drop", list = "{quoted}", marks = "{out / takedowns.FOLDER}" }}, '
    stages = STAGES.replace('steps = [ { use = "toy:short"', f'steps = [ {step}{{ use = "toy:short"', 1)
    fresh = tmp_path / "fresh"
    path = tmp_path / "recipe.toml"
    path.write_text(write_recipe(recipe.parent / "in", stages))
    assert run.execute(path, fresh, 0, None, "auto", ()) == 0
    for name, said in read_everything(fresh).items():
        assert " ".join(text(1).split()[30:45]) not in said, name
        assert " ".join(text(11).split()[10:25]) not in said, name
    check_sums(fresh)


@pytest.mark.parametrize("where", ["renamed", "half", "paged", "told"])
def test_whenever_it_is_killed_the_same_command_completes_it(made, taken, monkeypatch, where):
    _, out = made
    path, whole = taken

    class Killed(BaseException):
        pass

    def kill(*_):
        raise Killed

    with monkeypatch.context() as patch:
        if where == "half":
            real, count = Path.replace, []

            def some(self, target):
                if ".staged.tmp" in str(self):
                    count.append(1)
                    if len(count) > 5:
                        raise Killed
                return real(self, target)

            patch.setattr(Path, "replace", some)
        places = {
            "renamed": (commit.parts, "withdraw"),
            "paged": (commit.report, "write"),
            "told": (takedowns, "append"),
        }
        if where in places:
            patch.setattr(*places[where], kill)
        with pytest.raises(Killed):
            forget.forget(out, path, share=0.5)
    code, told = take(out, path)
    assert code == 0, told
    check_sums(out)
    assert len(takedowns.read(out)) == 1
    timed = ("report", "run.json", takedowns.FOLDER, "run.log", "events")
    ours, theirs = ({n: d for n, d in digests(o).items() if not n.startswith(timed)} for o in (out, whole))
    assert ours == theirs


def test_a_run_waits_for_a_take_down_that_is_half_done(made, tmp_path, monkeypatch):
    path, out = made
    with monkeypatch.context() as patch:
        patch.setattr(commit, "finish", lambda *_: None)
        with pytest.raises(AssertionError):
            forget.forget(out, write_list(tmp_path, *find_ids(out, "a.txt", 1)), share=0.5)
    with pytest.raises(Exception, match="half done"):
        run.execute(path, out, 0, None, "auto", ())
    assert any("half done" in line for line in verify.verify(out).wrong.values())


def test_the_same_list_again_is_said_to_be_done(taken, tmp_path):
    path, out = taken[0], shutil.copytree(taken[1], tmp_path / "out")
    before = digests(out)
    code, told = take(out, path)
    assert code == 0 and "nothing is left to do" in told
    assert digests(out) == before


def test_the_chain_shows_a_changed_entry(taken, tmp_path):
    out = shutil.copytree(taken[1], tmp_path / "out")
    assert take(out, write_list(tmp_path, *find_ids(out, "a.txt", 5)), "--share", "1")[0] == 0
    second = takedowns.read(out)[-1]
    assert second["number"] == 2 and second["previous"]
    ledger = out / takedowns.FOLDER / takedowns.LEDGER
    whole = ledger.read_bytes()
    for changed in (
        whole.replace(b'"reason": "case 7"', b'"reason": "x"', 1),
        whole.splitlines(keepends=True)[0],
        b"",
    ):
        assert changed != whole
        ledger.write_bytes(changed)
        assert ledger in verify.verify(out).wrong
    for right, wrong in ((b'"reason": "case 7"', b'"reason": "x"'), (b'"number": 2', b'"number": 3')):
        assert right in whole
        ledger.write_bytes(whole.replace(right, wrong, 1))
        with pytest.raises(storage.Damaged, match=r"is damaged at entry"):
            takedowns.read(out)
    ledger.write_bytes(whole)
    assert verify.verify(out).wrong == {}


def test_explain_tells_when_it_was_taken_down(finished, taken):
    (listed,) = find_ids(finished[1], "a.txt", 1)
    out = taken[1]
    result = CliRunner().invoke(explain.main, [str(out), listed[:10]])
    assert "taken down" in result.output and "case 7" in result.output


def test_lists_that_name_nothing_too_much_or_no_sense(made, tmp_path):
    _, out = made
    before = digests(out)
    code, told = take(out, write_list(tmp_path, "# nobody", "https://nowhere.example/", "deadbeefdeadbeef"))
    assert code == 2 and "lines 2, 3 match no document" in told
    everything = [
        one for name in TEXTS for one in find_ids(out, name, *range(1, TEXTS[name].count("\n") + 2))
    ]
    code, told = take(out, write_list(tmp_path, *everything))
    assert code == 2 and "every document" in told and "SHARE=1" in told
    for line, said in {
        "what is this": "none of",
        "id:xyz": "no id",
        "text:no json": "JSON",
        'text:"two words"': "fewer than",
    }.items():
        code, told = take(out, write_list(tmp_path, "# first", line))
        assert code == 2 and "line 2" in told and said in told
    code, told = take(out, write_list(tmp_path, "# nothing"))
    assert code == 2 and "names nothing" in told
    (tmp_path / "list.txt").write_bytes(b"example.org\n\xff\xfe\n")
    assert "line 2: it is no UTF-8" in take(out, tmp_path / "list.txt")[1]
    assert take(out, tmp_path / "not there")[0] == 2
    (tmp_path / "empty").mkdir()
    code, told = take(tmp_path / "empty", write_list(tmp_path, "example.org"))
    assert code == 2 and "holds no run" in told
    assert {n: d for n, d in digests(out).items() if n != ".lock"} == {
        n: d for n, d in before.items() if n != ".lock"
    }


def test_a_line_that_names_nothing_is_said_and_the_others_go(made, tmp_path):
    _, out = made
    code, told = take(out, write_list(tmp_path, *find_ids(out, "a.txt", 1), "nowhere.example"))
    assert code == 0 and "warning: line 2 of" in told


def test_a_dry_run_changes_nothing(made, tmp_path):
    _, out = made
    before = digests(out)
    code, told = take(out, write_list(tmp_path, *find_ids(out, "a.txt", 1)), "--dry-run")
    assert code == 0 and "2 near_duplicate" in told
    assert digests(out) == before


def test_all_may_go_where_that_is_said(made, tmp_path):
    _, out = made
    everything = [
        one for name in TEXTS for one in find_ids(out, name, *range(1, TEXTS[name].count("\n") + 2))
    ]
    code, told = take(out, write_list(tmp_path, *everything), "--share", "1")
    assert code == 0, told
    check_sums(out)
    assert pl.read_parquet(sorted((out / "shards/all/data").glob("*.parquet"))).height == 0


def test_a_run_under_way_is_left_alone(made, tmp_path):
    _, out = made
    code = (
        "from winnow.pipelines.engine.disk import lock; import sys, time, pathlib\n"
        "with lock.hold(pathlib.Path(sys.argv[1])): print(1, flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(out)], stdout=subprocess.PIPE)
    try:
        holder.stdout.readline()
        exit_code, told = take(out, write_list(tmp_path, *find_ids(out, "a.txt", 1)))
    finally:
        holder.kill()
        holder.wait()
    assert exit_code == 2 and "another run is under way" in told


def test_a_run_that_has_not_ended_can_forget(made, tmp_path):
    _, out = made
    shutil.rmtree(out / "shards")
    listed = find_ids(out, "a.txt", 1)
    about = json.loads((out / "run.json").read_text())
    del about["files"], about["digest"]
    storage.write_json(out / "run.json", about)
    assert take(out, write_list(tmp_path, *listed))[0] == 0
    assert listed[0] not in repr(read_everything(out))
