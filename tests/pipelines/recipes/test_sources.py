"""All kinds of sources in one recipe, on small files in the forms that each has."""

import bz2
import gzip
import io
import json
import tarfile
from html import escape
from pathlib import Path

import book_inputs
import polars as pl
import pytest
from crawl_server import Page, lay_out

from winnow.pipelines.commands import run

RECIPE = Path(run.__file__).resolve().parent.parent / "recipes/sources.toml"
LINES = [
    "The {0} stands on the last rock before the open sea, and has stood there for two hundred years.",
    "In the first winter the keeper of the {0} wrote that the waves came over the roof and put out the fire.",
    "He climbed the stairs with a new lamp in his hand, and waited until the morning for the storm to end.",
    "Nobody on land knew of the {0} until the boat came back with the letters, the flour and the oil.",
    "Since then all that have been to the {0} have read that page, and wrote a line of their own below.",
    "The book of the {0} is now kept in the museum of the town, where children may turn the pages.",
]
ANSWER = (
    "Most ships that call there are small, so ask at the office by the pier which of them will wait for you."
)
CODE = '''"""Count what stands in a file."""


def count(path):
    """How many lines the file has."""
    with open(path) as lines:
        return sum(1 for line in lines)
'''
APP = """from count import count


def main(path):
    print(count(path))
"""
SOURCES = ["pages", "wikipedia", "gutenberg", "stackexchange", "mail", "code", "arxiv", "jats", "office"]
SOURCES += ["crawl", "chats", "corpora", "reddit", "enterprise", "decisions", "patents", "issues"]


def tell(thing: str) -> str:
    """Prose about a thing, other words for each, so that no two are near duplicates."""
    return " ".join(line.format(f"{thing} {number} of {thing}") for number, line in enumerate(LINES))


def write(folder: Path, name: str, data: bytes | str) -> None:
    path = folder / "data/sources" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def page(text: str) -> str:
    return f"<html><head><title>A page</title></head><body><main><p>{text}</p></main></body></html>"


def write_posts(folder: Path) -> None:
    about = 'CreationDate="2020-01-01T00:00:00.000" Score="3" OwnerUserId="1"'
    ask, say = (escape(f"<p>{text}</p>") for text in (tell("harbor"), ANSWER))
    posts = f'<row Id="1" PostTypeId="1" Title="Which?" AcceptedAnswerId="2" Body="{ask}" {about} />'
    posts += f'<row Id="2" PostTypeId="2" ParentId="1" Body="{say}" {about} />'
    write(folder, "stackexchange/a.stackexchange.com.Posts.xml", f"<posts>\n{posts}\n</posts>")
    head = "From a@b.example Mon Jan  1 00:00:00 2024\nFrom: A <a@b.example>\n"
    head += "Date: Mon, 1 Jan 2024 00:00:00 +0000\nSubject: News\n"
    write(folder, "mail/list.mbox", f"{head}Message-ID: <1@b.example>\n\n{tell('letter')}\n")
    post = {"name": "t3_a", "id": "a", "title": "Seen", "selftext": tell("ferry"), "subreddit": "sea"}
    post |= {"created_utc": 1_000_000_000, "permalink": "/r/sea/a", "score": 5, "over_18": False}
    answer = {
        "request": {"uri": "https://oauth.reddit.com/r/sea?raw_json=1"},
        "response": {
            "headers": {"Content-Type": ["application/json"]},
            "body": {"string": json.dumps({"kind": "t3", "data": post})},
        },
    }
    write(folder, "reddit/session.json", json.dumps({"http_interactions": [answer]}))


def write_papers(folder: Path) -> None:
    tex = rf"\documentclass{{article}}\begin{{document}}\section{{On it}}{tell('theorem')}\end{{document}}"
    write(folder, "arxiv/2301.00001.gz", gzip.compress(tex.encode()))
    jats = "<article><front><article-meta><article-id pub-id-type='doi'>10.1/x</article-id>"
    jats += f"</article-meta></front><body><p>{tell('enzyme')}</p></body></article>"
    write(folder, "jats/a.nxml", jats)


def write_code(folder: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        files = {"top/app.py": APP, "top/count.py": CODE, "top/package-lock.json": "{}"}
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    write(folder, "code/top.tar.gz", data.getvalue())


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the recipe on a file of each source."""
    folder = tmp_path_factory.mktemp("sources")
    pages = [Page(f"http://{name}.example/", page(tell(name)).encode()) for name in ("island", "bridge")]
    lay_out(folder / "data/sources/crawl", pages)
    write(folder, "pages/a.html", page(tell("garden")))
    article = f"<title>Tower</title><ns>0</ns><id>1</id><revision><text>{tell('tower')}</text></revision>"
    wiki = f"<mediawiki><page>{article}</page></mediawiki>"
    write(folder, "wikipedia/few.xml.bz2", bz2.compress(wiki.encode()))
    mark = "*** {} OF THE PROJECT GUTENBERG EBOOK THE LAMP ***"
    book = (
        f"Title: The Lamp\n\n{mark.format('START')}\n\n\nCHAPTER I.\n\n{tell('lamp')}\n\n{mark.format('END')}"
    )
    write(folder, "gutenberg/1.txt", f"{book}\n\nThe license of Project Gutenberg.\n")
    write_posts(folder)
    write_papers(folder)
    write_code(folder)
    write(folder, "office/a.rtf", rf"{{\rtf1 {tell('contract')}\par}}")
    article = book_inputs.ARTICLE | {"article_body": {"html": page(tell("cliff"))}}
    write(folder, "enterprise/a.tar.gz", book_inputs.pack_articles([article]))
    opinion = {"id": 1, "case_name": "A v. B", "type": "010combined", "plain_text": tell("court")}
    write(folder, "decisions/a.jsonl", json.dumps(opinion))
    write(folder, "patents/a.xml", book_inputs.GRANT.replace("It sows.", tell("planter")))
    url = "https://github.com/o/r/issues/1"
    write(folder, "issues/a.jsonl", json.dumps({"number": 1, "title": tell("bug"), "html_url": url}))
    chat = {"instruction": "Tell of the mill.", "input": "", "output": tell("mill")}
    write(folder, "chats/a.jsonl", json.dumps(chat))
    write(folder, "corpora/a.jsonl", json.dumps({"text": tell("quarry"), "meta": {"pile_set_name": "x"}}))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run.execute(RECIPE, folder / "out", 0, None, "auto", ()) == 0
    return folder / "out"


def test_each_source_is_read_and_exported(out: Path) -> None:
    shards = pl.read_parquet(sorted((out / "shards/all/data").glob("*.parquet")))
    assert sorted(set(shards["source"])) == sorted(SOURCES)
    text = dict(shards.select("source", "text").iter_rows())
    assert text["stackexchange"].index("harbor 0") < text["stackexchange"].index(ANSWER)
    assert (
        text["code"] == f"# count.py\n{CODE}\n\n# app.py\n{APP}" and text["gutenberg"].count("license") == 0
    )
    assert shards.filter(source="stackexchange")["license"].to_list() == ["CC-BY-SA-4.0"]


def test_every_input_is_accounted_for(out: Path) -> None:
    dropped = pl.concat(pl.read_parquet(path, columns=["reason"]) for path in out.glob("*/dropped/*.parquet"))
    assert {"threads.joined", "code.lock_file"} <= set(dropped["reason"])
    assert not [path for path in out.glob("*/failed/*.parquet") if pl.read_parquet(path).height]


def test_a_source_without_files_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path / "data/sources/crawl", [Page("http://a.example/", page(tell("well")).encode())])
    monkeypatch.chdir(tmp_path)
    assert run.execute(RECIPE, tmp_path / "out", 0, None, "auto", ()) == 0
    assert pl.read_parquet(sorted((tmp_path / "out/shards/all/data").glob("*.parquet"))).height == 1
