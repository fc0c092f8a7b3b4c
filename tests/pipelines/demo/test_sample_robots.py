"""What the demo's hosts are made to say of the use of their pages, heard as a run hears it."""

import json
from pathlib import Path

import polars as pl
import pytest
from fastwarc.warc import ArchiveIterator

from winnow import shuffle
from winnow.filters import optouts
from winnow.ingest import robots
from winnow.pipelines.demo import sample_robots
from winnow.pipelines.engine.disk.documents import read_batches

FIRST, LATER = 1_500_000_000, 1_600_000_000
HOSTS = {key: f"{key}.debian.example" for key in (*sample_robots.SAID, "unknown")}
FETCHED = "2018-01-01T00:00:00Z"  # between the two


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reserved")
    sample_robots.write_captures(HOSTS, (FIRST, LATER), folder)
    for name in ("made-first", "made-later"):
        docs = pl.concat(robots.read(str(folder / f"{name}.warc.gz")))
        assert docs["error"].is_null().all()
        docs.filter(pl.col("drop_reason").is_null()).write_parquet(folder / f"{name}.parquet")
    (folder / "gathered").mkdir()
    optouts.gather(sorted(folder.glob("*.parquet")), folder / "gathered", read=read_batches)
    (folder / "table").mkdir()
    optouts.merge(sorted((folder / "gathered").iterdir()), folder / "table", read_bucket=shuffle.Reader(0, 1))
    return folder


def judge(captures: Path, as_of: str, *urls: str) -> list[dict[str, object]]:
    docs = pl.DataFrame({"url": urls, "date": [FETCHED] * len(urls)})
    return optouts.judge(docs, captures=captures / "table", as_of=as_of).to_dicts()


@pytest.mark.parametrize(
    ("key", "path", "state", "signal"),
    [
        ("anarchism", "/append131.html", "found", "robots"),
        ("anarchism", "/secA1.html", "found", None),
        ("python-doc", "/faq/general.html", "found", "content_usage"),
        ("python-doc", "/tutorial/index.html", "found", None),
        ("debian-faq", "/kernel.en.html", "found", "content_signal"),
        ("postgresql-doc", "/release-17.html", "found", "tdm"),
        ("postgresql-doc", "/app-psql.html", "found", None),
        ("debian-history", "/intro.en.html", "missing", None),
        ("debian-reference-en", "/ch01.en.html", "unreachable", None),
        ("debian-faq-de", "/index.de.html", "unparsable", None),
        ("debian-faq-ru", "/index.ru.html", "refused", None),
        ("unknown", "/", "no_capture", None),
    ],
)
def test_each_host_says_later_what_it_was_made_to_say(
    captures: Path, key: str, path: str, state: str, signal: str | None
) -> None:
    (row,) = judge(captures, "latest", f"https://{HOSTS[key]}{path}")
    assert row["optouts_state"] == state
    said = {name for name in optouts.SIGNALS if row[f"optouts_{name}"]}
    assert said == ({signal} if signal else set())
    if signal == "robots":
        entries = json.loads(str(row["optouts_evidence"]))
        (no,) = [entry for entry in entries if entry["value"] == "disallowed"]
        assert (sorted(no["agents"]), no["text"]) == (["ccbot", "gptbot"], "Disallow: /append13")


def test_at_the_fetch_nobody_had_said_no(captures: Path) -> None:
    urls = [
        f"https://{host}{path}"
        for host in HOSTS.values()
        for path in ("/append131.html", "/faq/a.html", "/release-17.html")
    ]
    early, late = judge(captures, "fetch", *urls), judge(captures, "latest", *urls)
    assert not any(row["optouts_disallowed"] for row in early)
    assert sum(bool(row["optouts_disallowed"]) for row in late) >= 4
    assert [row["optouts_by_fetch"] for row in late] == [0] * len(urls)


def test_the_files_say_that_they_are_made(captures: Path) -> None:
    for name in ("made-first", "made-later"):
        with (captures / f"{name}.warc.gz").open("rb") as stream:
            first, *others = [record.reader.read() for record in ArchiveIterator(stream)]
        assert sample_robots.MADE.encode() in first
        bodies = [body for body in others if not body.startswith((b"<", b"["))]
        assert len(bodies) > 6 and all(sample_robots.MADE.encode() in body for body in bodies)


def test_a_page_is_sent_with_the_header_of_its_name_alone() -> None:
    urls = ["https://a.example/manifesto.en.html", "https://a.example/intro.en.html"]
    assert sample_robots.list_fields("debian-history", urls) == {urls[0]: "X-Robots-Tag: noai"}
    assert sample_robots.list_fields("anarchism", urls) == {}
