"""A crawl with captures of robots.txt of two dates: which pages go by which policy, and what that costs."""

import io
import json
import re
from pathlib import Path

import polars as pl
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from winnow.pipelines.commands import run
from winnow.pipelines.engine.schedule import Stopped

PROSE = "The river ran on to the sea, and that was where they would have to go with all of them. " * 8
RECIPE = """name = "optouts"
max_failed = 0.5

[[source]]
name = "robots"
uris = ["{folder}/robots-*.warc.gz"]
read = {{ use = "ingest.robots:read" }}

[[source]]
name = "pages"
uris = ["{folder}/pages-*.warc.gz"]
read = {{ use = "ingest.warc:read" }}

[[stage]]
name  = "captures"
after = "robots"
use   = "groups/captures.toml"
buckets = 4

[[stage]]
name  = "pages.read"
after = "pages"
steps = [ {{ use = "ingest.html:extract" }} ]

[[stage]]
name  = "permitted"
after = "pages.read"
use   = "groups/optouts.toml"
as_of = "{as_of}"
"""
OPEN, CLOSED = (
    b"User-agent: *\nDisallow: /private/\n",
    b"User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n",
)
SIGNAL = b"User-Agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n"
SITES = {  # what each site answered in the spring, and in the autumn
    "always.example": ((200, OPEN), (200, OPEN)),
    "later.example": ((200, OPEN), (200, CLOSED)),
    "opened.example": ((200, CLOSED), (200, OPEN)),
    "signal.example": ((404, b"no"), (200, SIGNAL)),
    "down.example": ((503, b""), (503, b"")),
    "soft.example": ((200, b"<html><body><p>Not found</p></body></html>"),) * 2,
    "moved.example": ((301, b"https://www.moved.example/robots.txt"),) * 2,
    "www.moved.example": ((200, CLOSED), (200, CLOSED)),
}
SPRING, AUTUMN = "2024-04-01T00:00:00Z", "2024-10-01T00:00:00Z"
PAGES = {
    "always.example/private/a": SPRING,
    **{f"{site}/a": SPRING for site in SITES},
    "later.example/b": AUTUMN,
    "opened.example/b": AUTUMN,
    "unasked.example/a": SPRING,
    "early.example/a": SPRING,
    "header.example/a": SPRING,
}


def add(
    writer: WARCWriter, url: str, body: bytes, date: str, status: int = 200, *headers: tuple[str, str]
) -> None:
    http = StatusAndHeaders(f"{status} Said", list(headers), protocol="HTTP/1.1")
    record = writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=http)
    record.rec_headers.replace_header("WARC-Date", date)
    writer.write_record(record)


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crawl")
    for number, date in enumerate((SPRING, AUTUMN)):
        with (folder / f"robots-{number}.warc.gz").open("wb") as out:
            writer = WARCWriter(out, gzip=True)
            for site, answers in SITES.items():
                status, body = answers[number]
                moved = [("Location", body.decode())] if status == 301 else []
                add(writer, f"https://{site}/robots.txt", body, date, status, *moved)
            if number:
                add(writer, "https://early.example/robots.txt", CLOSED, date)
    with (folder / "pages-0.warc.gz").open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for page, date in PAGES.items():
            said = [("X-Robots-Tag", "noindex, noai")] if page.startswith("header") else []
            body = f"<html><body><h1>{page}</h1><p>{PROSE}</p></body></html>".encode()
            add(
                writer,
                f"https://{page}",
                body,
                date.replace("T00", "T01"),
                200,
                ("Content-Type", "text/html"),
                *said,
            )
    return folder


def execute(crawl: Path, out: Path, as_of: str) -> tuple[dict[str, str], dict[str, str]]:
    """Which pages stay, with their states, and for which reasons the others go."""
    path = out.parent / f"{as_of}.toml"
    path.write_text(RECIPE.format(folder=crawl, as_of=as_of))
    assert run.execute(path, out, 0, None, "auto", ()) == 0
    kept = pl.read_parquet(out / "permitted/part-*.parquet")
    dropped = pl.read_parquet(out / "permitted/dropped/*.parquet")
    return (
        {url[8:]: state for url, state in kept.select("url", "optouts_state").iter_rows()},
        {url[8:]: reason for url, reason in dropped.select("url", "reason").iter_rows()},
    )


def test_pages_go_by_what_held_when_they_were_fetched(crawl: Path, tmp_path: Path) -> None:
    kept, dropped = execute(crawl, tmp_path / "out", "fetch")
    assert dropped == {
        "always.example/private/a": "optouts.robots",
        "later.example/b": "optouts.robots",
        "opened.example/a": "optouts.robots",
        "moved.example/a": "optouts.robots",
        "www.moved.example/a": "optouts.robots",
        "header.example/a": "optouts.noai",
    }
    assert kept == {
        "always.example/a": "found",
        "later.example/a": "found",
        "opened.example/b": "found",
        "signal.example/a": "missing",
        "down.example/a": "unreachable",
        "soft.example/a": "unparsable",
        "unasked.example/a": "no_capture",
        "early.example/a": "before_first",
    }


def test_pages_go_by_what_is_said_today(crawl: Path, tmp_path: Path) -> None:
    kept, dropped = execute(crawl, tmp_path / "out", "latest")
    assert dropped["later.example/a"] == "optouts.robots" and "opened.example/a" in kept
    assert dropped["signal.example/a"] == "optouts.content_signal"
    assert dropped["early.example/a"] == "optouts.robots"


def test_the_evidence_and_the_costs_are_told(crawl: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _, dropped = execute(crawl, out, "fetch")
    rows = pl.read_parquet(out / "permitted/dropped/*.parquet")
    [later] = rows.filter(pl.col("url").str.contains("later")).iter_rows(named=True)
    [entry] = json.loads(later["optouts_evidence"])
    assert entry == {
        "signal": "robots",
        "value": "disallowed",
        "agents": ["ccbot", "gptbot"],
        "date": AUTUMN,
        "url": "https://later.example/robots.txt",
        "line": 3,
        "text": "Disallow: /",
    }
    assert later["optouts_agent_gptbot"] == 1 and later["optouts_agent_diffbot"] == 0
    page = next(out.glob("permitted.costs/**/optouts.md")).read_text()
    assert re.search(r"\| as judged \| noai \| any agent \| 1 \| [\d,]+ \| 7\.\d\d% \|", page), page
    costs = json.loads(next(out.glob("permitted.costs/**/optouts.json")).read_text())["rows"]
    lost = {(row["policy"], row["signal"], row["agent"]): row for row in costs}
    judged, here = lost["as judged", "all", "all"], lost["as judged", "any signal", "any agent"]
    assert judged["documents"] == len(PAGES) and here["documents"] == len(dropped)
    assert here == lost["fetch", "any signal", "any agent"] | {"policy": "as judged"}
    assert here["bytes"] == rows["text_bytes"].sum() and here["tokens"] >= here["bytes"] // 4
    assert lost["latest", "any signal", "any agent"]["documents"] == len(dropped) + 2
    assert lost["as judged", "robots", "gptbot"]["documents"] == 5
    assert lost["as judged", "noai", "any agent"]["documents"] == 1


def test_a_date_before_all_captures_is_told(crawl: Path, tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE.format(folder=crawl, as_of="2019-01-01"))
    with pytest.raises(Stopped, match="lies before all captures, of which the first is of 2024-04-01"):
        run.execute(path, tmp_path / "out", 0, None, "auto", ())
