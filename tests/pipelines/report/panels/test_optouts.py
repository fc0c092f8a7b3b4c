"""What the report says of opt-outs: sums of the table, and what was said, in words that cannot run."""

import json
from pathlib import Path

import polars as pl
import pytest
from optouts_judged import write_answers

from winnow.pipelines.commands import run
from winnow.pipelines.engine import exit_codes
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.report import page
from winnow.pipelines.report.panels import optouts

DATE, LATER = "2024-04-01T00:00:00Z", "2024-10-01T00:00:00Z"
HOSTILE = "/<script>alert(1)</script>"
RECIPE = """name = "optouts"
max_failed = 1.0
[[source]]
name = "robots"
uris = ["{folder}/robots.warc.gz"]
read = {{ use = "ingest.robots:read" }}
[[source]]
name = "prose"
uris = ["{folder}/prose.jsonl"]
read = {{ use = "ingest.jsonl:read", fields = {{ url = "url", date = "date" }} }}
[[source]]
name = "code"
uris = ["{folder}/code.jsonl"]
read = {{ use = "ingest.jsonl:read", fields = {{ url = "url", date = "date" }} }}
[[stage]]
name = "captures"
after = "robots"
use = "groups/captures.toml"
buckets = 1
[[stage]]
name = "read"
after = ["prose", "code"]
steps = [ {{ use = "mixing.count:tokens" }} ]
[[stage]]
name = "permitted"
after = "read"
use = "groups/optouts.toml"
"""
ROBOTS = {
    "open.example": (b"User-agent: *\nDisallow: /x\n",) * 2,
    "shut.example": (f"User-agent: GPTBot\nDisallow: {HOSTILE}\nDisallow: /\n".encode(),) * 2,
    "later.example": (b"User-agent: *\nAllow: /\n", b"User-agent: CCBot\nDisallow: /\n"),
    "used.example": (b"User-agent: *\nContent-Signal: ai-train=no\nAllow: /\n",) * 2,
}


def make(folder: Path, robots: dict[str, tuple[bytes, bytes]], day: str = "2024-05-01") -> Path:
    folder.mkdir(exist_ok=True)
    answers = [
        (f"https://{site}/robots.txt", date, 200, body, {})
        for site, bodies in robots.items()
        for date, body in zip((DATE, LATER), bodies, strict=True)
    ]
    write_answers(folder / "robots.warc.gz", answers)
    for source, start in (("prose", 0), ("code", 100)):
        lines = [
            {"text": "word " * (20 + number + start), "url": f"https://{site}{path}", "date": day}
            for number, site in enumerate([*ROBOTS, "unasked.example"])
            for path in ("/a", HOSTILE)
        ]
        (folder / f"{source}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (folder / "recipe.toml").write_text(RECIPE.format(folder=folder))
    assert run.execute(folder / "recipe.toml", folder / "out", 0, None, "auto", ()) in (
        exit_codes.DONE,
        exit_codes.EMPTY,
    )
    return folder / "out"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("optouts"), ROBOTS)


def test_what_is_lost_is_what_the_files_of_documents_say(made: Path) -> None:
    (found,) = optouts.of_run(run_summary.read(made))
    rows = pl.read_parquet(sorted((made / "permitted.judged").glob("part-*.parquet")))
    assert found["judged"]["documents"] == rows.height == 20
    assert found["judged"]["tokens"] == rows["token_count"].sum()
    for policy, column in (("as judged", "disallowed"), ("fetch", "by_fetch"), ("latest", "by_latest")):
        gone = rows.filter(pl.col(f"optouts_{column}") > 0)
        assert found["policies"][policy]["documents"] == gone.height
        assert found["policies"][policy]["tokens"] == gone["token_count"].sum()
    for signal, row in found["signals"].items():
        assert row["tokens"] == rows.filter(pl.col(f"optouts_{signal}") > 0)["token_count"].sum()
    assert set(found["signals"]) == {"robots", "content_signal"}
    gone = rows.filter(pl.col("optouts_agent_gptbot") > 0)
    assert found["agents"]["gptbot"]["any signal"] == gone["token_count"].sum()
    assert next(iter(found["agents"])) == "any agent"
    assert {name: row["documents"] for name, row in found["states"].items()} == {"found": 16, "no_capture": 4}
    lost = rows.filter(pl.col("optouts_disallowed") > 0)
    assert {name: row["documents"] for name, row in found["sources"].items()} == dict(
        lost.group_by("source").len().iter_rows()
    )


def test_what_was_said_is_shown_and_cannot_run(made: Path) -> None:
    text = page.write(made).read_text()
    assert text.count('id="optouts"><summary><h3>Opt-outs</h3>') == 1
    assert "https://shut.example/robots.txt, line 2" in text or "robots.txt, line 3" in text
    assert "&lt;script&gt;alert(1)" in text and "<script>alert(1)" not in text
    (told,) = storage.read_json(made / "report.json")["optouts"]
    (found,) = optouts.of_run(run_summary.read(made))
    assert told == {name: each for name, each in found.items() if name != "shown"}
    (entry,) = found["shown"]["content_signal"]
    assert (entry["where"], entry["line"]) == ("https://used.example/robots.txt", 2)
    assert entry["agents"].startswith("*, ") and entry["agents"].endswith(" more")
    assert {each["where"] for each in found["shown"]["robots"]} == {"https://shut.example/robots.txt"}


def test_the_terminal_says_it_too(made: Path) -> None:
    (line,) = [each for each in page.summary(made).splitlines() if each.startswith("opt-outs")]
    assert "permitted.costs: " in line and "content_signal" in line and "4 no_capture" in line
    assert "Look at these first" not in page.write(made).read_text()


@pytest.mark.parametrize(
    ("robots", "said"), [({}, "20 no_capture"), (ROBOTS, "16 before_first, 4 no_capture")]
)
def test_where_no_capture_counts_that_is_said_first(
    tmp_path: Path, robots: dict[str, tuple[bytes, bytes]], said: str
) -> None:
    out = make(tmp_path, robots, day="2023-05-01")
    text = page.write(out).read_text()
    assert f"no capture of robots.txt counts for any of 20 documents: {said}" in text
    assert said in page.summary(out)
    assert '<a href="#stage-permitted.judged">permitted.judged</a>: no capture' in text


def test_a_run_without_such_a_table_has_no_panel(made_without: Path) -> None:
    assert optouts.of_run(run_summary.read(made_without)) == []
    assert "Opt-outs" not in page.write(made_without).read_text()


@pytest.fixture
def made_without(tmp_path: Path) -> Path:
    (tmp_path / "a.jsonl").write_text('{"text": "a text"}')
    recipe = f"""name = "plain"
[[source]]
name = "a"
uris = ["{tmp_path}/a.jsonl"]
read = {{ use = "ingest.jsonl:read" }}
[[stage]]
name = "read"
after = "a"
steps = [ {{ use = "mixing.count:tokens" }} ]
"""
    (tmp_path / "recipe.toml").write_text(recipe)
    assert run.execute(tmp_path / "recipe.toml", tmp_path / "out", 0, None, "auto", ()) in (
        exit_codes.DONE,
        exit_codes.EMPTY,
    )
    return tmp_path / "out"
