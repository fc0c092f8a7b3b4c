"""A small finished run whose every kind of figure is known: a crawl, two forums of one domain, shards."""

import io
import json
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from winnow.pipelines.commands import run

TITLE = "Nine <script>alert(1)</script> & | *more*"
RECIPE = """name = "summed"
max_failed = 1.0
[[source]]
name = "web"
uris = ["{folder}/*.warc.gz"]
read = {{ use = "ingest.warc:read" }}
[[source]]
name = "mine"
domain = "forum"
uris = ["{folder}/mine/*.jsonl"]
part_bytes = 1
read = {{ use = "ingest.jsonl:read", fields = {{ text = "text", license = "license", date = "date" }} }}
[[source]]
name = "yours"
domain = "forum"
uris = ["{folder}/yours/*.jsonl"]
read = {{ use = "ingest.jsonl:read", fields = {{ text = "text" }} }}
[[stage]]
name = "pages"
after = "web"
steps = [
  {{ use = "ingest.html:extract" }},
  {{ use = "filters.optouts:judge" }},
  {{ use = "filters.optouts:keep" }},
]
[[stage]]
name = "judged"
after = ["pages", "mine", "yours"]
steps = [
  {{ use = "filters.text:nonempty" }},
  {{ use = "filters.urls:block", hard_words = "{folder}/words.txt" }},
  {{ use = "classifiers.language:identify" }},
  {{ use = "classifiers.types:label" }},
  {{ use = "filters.pii:mask" }},
  {count}
  {{ use = "dedup.exact:hash" }},
]
[[stage]]
name = "spread"
after = "judged"
by = "part"
steps = [ {{ use = "dedup.exact:partition" }} ]
[[stage]]
name = "ledger"
after = "spread"
by = "bucket"
steps = [ {{ use = "dedup.exact:duplicates" }} ]
[[stage]]
name = "single"
after = "judged"
steps = [ {{ use = "dedup.exact:remove", duplicates = "stage:ledger" }}, {{ use = "toy:twice" }} ]
[[stage]]
name = "shards"
after = "single"
steps = [ {{ use = "mixing.export:shards", title = "{title}", shard_bytes = {shard_bytes} }} ]
"""
PROSE = "The river ran on to the sea, and number {0} was where they would have to go with all of them. " * 4
GERMAN = "Der Fluss lief weiter bis zum Meer, und Nummer {0} war der Ort, an den sie alle gehen mussten. " * 4
SITES = ("a.example.co.uk", "b.example.co.uk", "www.other.org", "10.0.0.7", "third.net")
# Not in the Union, with one source that nobody speaks of.
ABOUT = """
[provider]
name = "Rivers & <script>alert(2)</script> Ltd."
contact = "rivers@example.org"
small = true

[models]
versions = ["River 1"]
depends_on = "not applicable"
placed_on_market = 2026-08-02

[dataset]
license = "https://example.org/license"
published = 2026-08-01
version = "1.0.0"

[sources.web]
crawler = "Riverbot"
content = ["press"]

[sources.mine]
kind = "licensed"
description = "Letters of a river company."

[datasheet]
purpose = "To follow rivers."
"""


def write_inputs(folder: Path) -> None:
    """Pages of six sites, one of which says noai, one with a bad word in its address; posts, some twice."""
    (folder / "mine").mkdir(parents=True)
    (folder / "yours").mkdir()
    (folder / "words.txt").write_text("gambling\n")
    with (folder / "pages.warc.gz").open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for number, site in enumerate(SITES * 2):
            body = f"<html><body><main><p>{PROSE.format(number) * (1 + number)}</p></main></body></html>"
            _add(writer, f"https://{site}/{number}", body, number)
        _add(writer, "https://closed.example/1", body, 20, ("X-Robots-Tag", "noai"))
        _add(writer, "https://third.net/gambling", body, 21)
    mine = [
        {
            "text": PROSE.format(f"{n} of info{n}@mail.example.com"),
            "license": ("CC0-1.0", None)[n % 2],
            "date": f"20{n:02}",
        }
        for n in range(30, 40)
    ]
    mine[0]["date"] = "2030-05-01"
    _write(folder / "mine/1.jsonl", mine)
    _write(folder / "mine/2.jsonl", mine[:2])
    _write(folder / "yours/1.jsonl", [{"text": GERMAN.format(n)} for n in range(7)] + [{"text": ""}])


def _add(writer: WARCWriter, url: str, body: str, day: int, *headers: tuple[str, str]) -> None:
    http = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), *headers], protocol="HTTP/1.1")
    record = writer.create_warc_record(url, "response", io.BytesIO(body.encode()), http_headers=http)
    record.rec_headers.replace_header("WARC-Date", f"2026-01-{day + 1:02}T00:00:00Z")
    writer.write_record(record)


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def make(folder: Path, *, counted: bool = True) -> Path:
    """The run's folder; `counted`: a step counts tokens."""
    write_inputs(folder / "in")
    path = folder / "recipe.toml"
    count = '{ use = "mixing.count:tokens" },' if counted else ""
    path.write_text(RECIPE.format(folder=folder / "in", title=TITLE, shard_bytes=9000, count=count))
    assert run.execute(path, folder / "out", 0, None, "auto", ()) == 0
    return folder / "out"
