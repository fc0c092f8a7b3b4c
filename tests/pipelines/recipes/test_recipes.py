"""The published recipes: each as a whole on a few pages, and their settings against what was published."""

# ruff: noqa: RUF001 - texts in Russian and Japanese
import bz2
import inspect
import io
import json
import re
import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy
import polars as pl
import pymupdf
import pytest
import small
import sympy
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
    LanguageFilter,
    URLFilter,
)
from published import FOLDER, GERMAN, GOOD, NAMES, OTHER, PAGES, html, lay_out, shrink
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from winnow.pipelines.commands import run
from winnow.pipelines.demo import wrap
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.spec import toml

REASONS = {  # what each recipe says of each page; None: it stays, or its copy does
    "gopher": {"short": "language.|gopher.", "german": "language.", "again": "repetition."},
    "c4": {"short": "language.|c4.", "german": "language.", "code": "c4.curly_bracket"},
    "fineweb": {
        "short": "language.|repetition.|gopher.",
        "german": "language.",
        "again": "repetition.",
        "code": "c4.curly_bracket",
        "shop": "fineweb.",
        "casino": "urls.hard_word",
    },
    "dclm": {
        "short": "language.|dclm.",
        "german": "language.",
        "again": "repetition.",
        "shop": "boilerplate.too_many_words",
        "casino": "urls.hard_word",
    },
    "dolma3": {
        "short": "dclm.",
        "german": "dclm.|language.",
        "again": "repetition.",
        "shop": "boilerplate.too_many_words",
        "spam": "madlad.questionable_sentences",
        "casino": "urls.hard_word",
    },
    # Of a page whose lines come again and again, one stays; code stays.
    "winnow": {"short": "language.|dclm.", "german": "language.", "again": "dclm.too_few_words"},
}


def make_pdf(text: str) -> bytes:
    document = pymupdf.open()
    page = document.new_page()
    for number, line in enumerate(text.split("\n")):
        page.insert_text((50, 60 + 13 * number), line, fontsize=9)
    return document.tobytes()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recipes")
    lay_out(folder)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_each_recipe_loads_as_it_is(name):
    checked = toml.load(FOLDER / f"{name}.toml")
    rules = checked.stages["web.filtered"]
    assert checked.name == name and rules.replayable
    assert list(checked.stages)[-1] == "shards"
    assert len((FOLDER / f"{name}.toml").read_text().splitlines()) <= 50


@pytest.mark.parametrize("name", NAMES)
def test_each_recipe_runs_and_drops_what_it_should(name, data):
    out = data / "out" / name
    assert run.execute(shrink(name, data), out, 0, None, "auto", ()) == 0
    rows = pl.read_parquet(sorted((out / "shards/all/data").glob("*.parquet")), columns=["url", "text"])
    kept = {url.split("//")[1].split(".")[0] for url in rows["url"]}
    reasons = {}
    for folder in sorted(out.glob("web.*/dropped")):
        for row in storage.read_ledger(folder).iter_rows(named=True):
            reasons[row["url"].split("//")[1].split(".")[0]] = row["reason"]
    assert kept | set(reasons) == set(PAGES) and not kept & set(reasons)
    copies = {"good", "copy"} & set(reasons)
    # Both where the recipe sees that another site's page, `spam`, has that text among other words.
    assert len(copies) == (2 if name == "winnow" else 1)
    assert {reasons.pop(copy) for copy in copies} <= {"exact.duplicate", "minhash.near_duplicate"}
    expected = REASONS[name]
    near = {"code", "casino", "other", "shop", "spam"} - set(expected)  # made of the same sentences
    duplicates = {page for page, reason in reasons.items() if reason.startswith(("exact.", "minhash."))}
    assert duplicates <= near
    assert set(reasons) - duplicates == set(expected), reasons
    for page, reason in expected.items():
        assert re.match(reason, reasons[page]), (page, reasons[page])
    assert (out / "report.html").read_text().rstrip().endswith("</html>")


def effective(name: str, use: str) -> dict:
    """All settings of a step of a recipe, defaults among them."""
    (step,) = {
        str(step.settings): step
        for stage in toml.load(FOLDER / f"{name}.toml").stages.values()
        for step in stage.steps
        if step.use == use
    }.values() or [None]
    assert step is not None, f"{use} is not in {name}"
    return step.settings


def test_fineweb_has_the_settings_of_its_own_code():
    """datatrove's defaults, as examples/fineweb.py takes them, but for C4's terminal punctuation."""
    gopher, ours = GopherQualityFilter(), effective("fineweb", "filters.gopher:quality")
    pairs = {
        "min_words": gopher.min_doc_words,
        "max_words": gopher.max_doc_words,
        "min_mean_word_length": gopher.min_avg_word_length,
        "max_mean_word_length": gopher.max_avg_word_length,
        "max_hash_ratio": gopher.max_symbol_word_ratio,
        "max_ellipsis_ratio": gopher.max_symbol_word_ratio,
        "max_bullet_line_ratio": gopher.max_bullet_lines_ratio,
        "max_ellipsis_line_ratio": gopher.max_ellipsis_lines_ratio,
        "min_alphabetic_word_ratio": gopher.max_non_alpha_words_ratio,
        "min_stop_words": gopher.min_stop_words,
    }
    assert {key: ours[key] for key in pairs} == pairs
    assert set(ours["stop_words"]) == gopher.stop_words and ours["count_unique_stop_words"]
    again, ours = GopherRepetitionFilter(), effective("fineweb", "filters.repetition:repetition")
    assert ours["max_duplicate_line_ratio"] == again.dup_line_frac
    assert ours["max_duplicate_line_char_ratio"] == again.dup_line_char_frac
    assert ours["max_duplicate_paragraph_ratio"] == again.dup_para_frac
    assert ours["max_duplicate_paragraph_char_ratio"] == again.dup_para_char_frac
    assert tuple((n, ours[f"max_top_{n}gram_char_ratio"]) for n in (2, 3, 4)) == again.top_n_grams
    assert tuple((n, ours[f"max_duplicate_{n}gram_char_ratio"]) for n in range(5, 11)) == again.dup_n_grams
    c4, lines, page = (
        C4QualityFilter(),
        effective("fineweb", "filters.c4:lines"),
        effective("fineweb", "filters.c4:document"),
    )
    assert not lines["require_terminal_punctuation"]
    assert (
        lines["min_words_per_line"] == c4.min_words_per_line
        and lines["max_word_length"] == c4.max_word_length
    )
    assert (
        page["min_sentences"] == c4.min_num_sentences
        and page["drop_curly_bracket"]
        and page["drop_lorem_ipsum"]
    )
    own, ours = FineWebQualityFilter(), effective("fineweb", "filters.fineweb:quality")
    assert ours["min_terminal_line_ratio"] == own.line_punct_thr
    assert ours["max_short_line_ratio"] == own.short_line_threshold
    assert ours["max_short_line_length"] == own.short_line_length
    assert ours["max_duplicate_char_ratio"] == own.char_duplicates_ratio
    assert ours["max_newline_ratio"] == own.new_line_ratio
    hashes, ours = MinhashConfig(), effective("fineweb", "dedup.minhash:sign")
    assert (ours["ngram"], ours["bands"], ours["rows"]) == (
        hashes.n_grams,
        hashes.num_buckets,
        hashes.hashes_per_bucket,
    )
    assert (
        effective("fineweb", "classifiers.language:keep")["min_score"]
        == inspect.signature(LanguageFilter.__init__).parameters["language_threshold"].default
    )
    soft = re.search(r"max_soft_words = (\d+)", (FOLDER / "fineweb.toml").read_text())
    assert int(soft[1]) + 1 == URLFilter(use_integrated_lists=False).soft_word_threshold


PUBLISHED = {
    ("gopher", "dedup.minhash:sign"): {"ngram": 13},
    ("gopher", "dedup.minhash:pairs"): {"min_similarity": 0.8},
    # tensorflow_datasets, text/c4_utils.py
    ("c4", "filters.c4:lines"): {
        "min_words_per_line": 5,
        "max_word_length": 1000,
        "require_terminal_punctuation": True,
    },
    ("c4", "filters.c4:document"): {"min_sentences": 3},
    # dclm_baseline_refinedweb.yaml
    ("dclm", "classifiers.language:keep"): {"languages": ["en"], "min_score": 0.65},
    ("dclm", "filters.dclm:quality"): {
        "min_words": 50,
        "max_words": 100000,
        "min_mean_word_length": 3,
        "max_mean_word_length": 10,
        "max_symbol_ratio": 0.1,
        "max_bullet_line_ratio": 0.9,
        "max_ellipsis_line_ratio": 0.3,
        "min_alphabetic_word_ratio": 0.8,
        "min_stop_words": 2,
    },
    ("dclm", "filters.boilerplate:tidy"): {"max_newlines": 2},
    ("dclm", "filters.boilerplate:lines"): {
        "max_upper_case_ratio": 0.5,
        "min_words_per_line": 2,
        "max_phrase_line_words": 10,
        "max_removed_word_ratio": 0.05,
    },
    # all_dressed_config.yaml, and the README of the pool
    ("dolma3", "classifiers.language:keep"): {"languages": ["en"], "min_score": 0.65},
    ("dolma3", "filters.dclm:quality"): {"min_words": 50, "min_alphabetic_word_ratio": 0.8},
    ("dolma3", "filters.boilerplate:lines"): {"max_upper_case_ratio": 0.5, "max_removed_word_ratio": 0.05},
    ("dolma3", "filters.madlad:sentences"): {
        "min_sentences": 5,
        "rules": ["list_case", "cursed"],
        "min_list_words": 12,
        "max_capital_ratio": 0.5,
        "max_questionable_ratio": pytest.approx(0.2, abs=1e-3),
    },
    ("dolma3", "dedup.minhash:sign"): {"ngram": 5, "bands": 26, "rows": 11},
    ("dolma3", "dedup.minhash:pairs"): {"min_similarity": 0.8},
    ("dolma3", "dedup.exact:hash"): {"ignore_case": False, "ignore_space": False},
}


@pytest.mark.parametrize(("name", "use"), PUBLISHED)
def test_the_others_have_the_published_numbers(name, use):
    settings = effective(name, use)
    assert {key: settings[key] for key in PUBLISHED[name, use]} == PUBLISHED[name, use]


def test_the_recipe_of_pdfs_takes_files_a_list_and_an_archive_to_shards(tmp_path):
    """A manual, its copy in the list of papers, and one in an archive; the index has no sentences."""
    (tmp_path / "data/pdf").mkdir(parents=True)
    (tmp_path / "data/papers").mkdir()
    (tmp_path / "data/pdf/manual.pdf").write_bytes(make_pdf(GOOD))
    index = "\n".join(f"{word} . . . . . . . . . . {n}" for n, word in enumerate(OTHER.split(), 3))
    (tmp_path / "data/pdf/index.pdf").write_bytes(make_pdf("Index\n" + index))
    (tmp_path / "data/papers/paper.pdf").write_bytes(make_pdf(GOOD))
    (tmp_path / "data/papers/list.jsonl").write_text('{"id": "1", "path": "paper.pdf", "license": "MIT"}\n')
    (tmp_path / "data/crawl").mkdir()
    with (tmp_path / "data/crawl/few.warc.gz").open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        headers = StatusAndHeaders("200 OK", [("Content-Type", "application/pdf")], protocol="HTTP/1.1")
        body = io.BytesIO(make_pdf(OTHER))
        writer.write_record(
            writer.create_warc_record(
                "https://a.example/b.pdf", "response", payload=body, http_headers=headers
            )
        )
    text = (FOLDER / "pdf.toml").read_text().replace('"data/', f'"{tmp_path}/data/')
    (tmp_path / "pdf.toml").write_text(text)
    assert run.execute(tmp_path / "pdf.toml", tmp_path / "out", 0, None, "auto", ()) == 5  # both of `pdf` go
    rows = pl.read_parquet(sorted((tmp_path / "out/shards/all/data").glob("*.parquet")))
    assert sorted(rows["source"]) == ["crawl", "papers"]
    reasons = {}
    for folder in sorted(tmp_path.glob("out/*/dropped")):
        for row in storage.read_ledger(folder).iter_rows(named=True):
            reasons[Path(row["uri"]).stem] = row["reason"]
    assert reasons["index"] == "pdf.document_type", reasons
    assert reasons["manual"] in ("exact.duplicate", "minhash.near_duplicate")


FRENCH = """Le phare se dresse sur le dernier rocher avant la pleine mer, et il y est depuis deux cents ans.
Le premier hiver, le gardien a écrit dans son livre que les vagues passaient par-dessus le toit de la maison.
Il a monté les marches avec une nouvelle lampe à la main, l'a allumée, et a attendu la fin de la tempête.
Personne à terre n'en a rien su avant que le bateau ne revienne au printemps avec les lettres.
Depuis lors, chaque gardien a lu cette page la première nuit, et il a écrit en dessous une ligne de sa main.
Le livre est maintenant au musée de la ville, où les enfants peuvent en tourner les pages."""
RUSSIAN = """Маяк стоит на последней скале перед открытым морем, и стоит он там уже двести лет.
В первую зиму смотритель записал в своей книге, что волны шли через крышу.
Он поднялся по лестнице с новой лампой в руке, зажёг её и до утра ждал, когда кончится буря.
Никто на берегу не знал об этом, пока весной не пришла лодка с письмами, мукой и маслом для ламп.
С тех пор каждый смотритель в первую ночь читал эту страницу и писал под ней строку от себя.
Теперь книга лежит в музее города, где дети могут переворачивать её страницы деревянной ложкой.
А лампа всё так же стоит на своём месте, и тот, кто поднимется к ней, увидит на стекле след от дыма."""
JAPANESE = """灯台は外海の手前の最後の岩の上に立っていて、もう二百年もそこにある。
最初の冬、灯台守は波が屋根を越えて火を消したと自分の帳面に書いた。
彼は新しいランプを手に階段を上り、それに火をともし、嵐が終わるのを朝まで待った。
春になって船が手紙と小麦粉と油を持って戻るまで、陸の人々は誰もそのことを知らなかった。
それからというもの、どの灯台守も最初の夜にその頁を読み、その下に自分の一行を書き加えてきた。
帳面はいま町の博物館に置かれていて、子供たちは木の匙でその頁をめくることができる。"""
GERMAN_END = """Seither hat jeder Wärter diese Seite in der ersten Nacht gelesen und beantwortet.
Das Buch liegt heute im Museum der Stadt, wo die Kinder seine Seiten mit einem Löffel aus Holz umblättern.
Die Lampe aber steht noch immer an ihrem Platz, und wer zu ihr hinaufsteigt, sieht den Ruß auf dem Glas."""


def test_the_recipe_of_other_languages_keeps_each_of_them(tmp_path):
    """Prose of four languages stays, of a page whose line comes again one is left; English goes."""
    menu = "ホーム\nニュース\n地図\n東京\n大阪\n会社"
    again = "この行は同じページに何度も何度も現れる。\n" * 30
    german = f"{GERMAN}\n{GERMAN_END}"
    texts = {"de": german + "\n" + german.split("\n")[0], "fr": FRENCH, "ru": RUSSIAN, "ja": JAPANESE}
    texts |= {"english": GOOD, "menu": menu, "again": again, "copy": FRENCH}
    pages = []
    for name, text in texts.items():
        (tmp_path / name).write_text(html(text), encoding="utf-8")
        pages.append((f"https://{name}.example/{name}.html", tmp_path / name))
    wrap.wrap_pages(pages, tmp_path / "data/web/few", max_bytes=1_000_000)
    recipe = shrink("winnow_languages", tmp_path)
    assert run.execute(recipe, tmp_path / "out", 0, None, "auto", ()) == 0
    rows = pl.read_parquet(sorted((tmp_path / "out/shards/all/data").glob("*.parquet")))
    kept = {url.split("//")[1].split(".")[0]: text for url, text in rows["url", "text"].iter_rows()}
    assert len(kept.keys() & {"fr", "copy"}) == 1 and kept.keys() >= {"de", "ru", "ja"}
    assert not kept.keys() & {"english", "menu", "again"}
    assert kept["de"].strip().count(GERMAN.split("\n")[0]) == 1
    reasons = {}
    for folder in sorted((tmp_path / "out").glob("web.*/dropped")):
        for row in storage.read_ledger(folder).iter_rows(named=True):
            reasons[row["url"].split("//")[1].split(".")[0]] = row["reason"]
    assert reasons["english"] == "language.not_wanted" and reasons["again"] == "dclm.too_few_words"


def test_quality_judges_aims_selects_and_audits(tmp_path):
    small.lay_out(tmp_path / "data")
    (tmp_path / "data/wikipedia/small.xml.bz2").unlink()
    texts = small.docstrings(numpy, sympy)[:80]
    (tmp_path / "data/wikipedia/more.xml.bz2").write_bytes(bz2.compress(small.dump(texts).encode()))
    text = (FOLDER / "quality.toml").read_text().replace('"data/', f'"{tmp_path}/data/')
    text = re.sub(r"evals = \[[^\]]*\]", 'evals = ["gsm8k"]', text)
    aim = 'items = "stage:train.items", test_items'
    text = text.replace(aim, aim.replace(", ", ", top = 0.4, "))  # few documents
    text = text.replace("budget_tokens = 200_000", "budget_tokens = 80_000")  # each source has more
    (tmp_path / "quality.toml").write_text(text)
    out = tmp_path / "out"
    assert run.execute(tmp_path / "quality.toml", out, 0, None, "auto", ()) == 0
    aimed = pl.concat([pl.read_parquet(file) for file in sorted(out.glob("aimed/part-*.parquet"))])
    learnt = ["text_type", "page_type", "score_quality", "adult_score", "machine_score", "lines_removed"]
    learnt.append("score_target")
    web = aimed.filter(source="web")
    assert web.height > 4 and web.select(learnt).null_count().sum_horizontal()[0] == 0
    assert (out / "audit/all/audit.html").exists() and (out / "selection/all/selection.json").exists()
    learnt = json.loads((out / "importance/all/importance.json").read_text())
    assert learnt["evals"] == {"gsm8k": 1.0} and learnt["said"] in ("helps", "harms", "not seen", "same")
    budget = pl.concat([pl.read_parquet(file) for file in sorted(out.glob("budget/part-*.parquet"))])
    assert budget["score_importance"].null_count() == 0 and (budget["repeats"] == 1).all()
    came = dict(budget.group_by("source").agg(pl.col("token_count").sum()).iter_rows())
    assert 40_000 < came["web"] < 70_000 and 15_000 < came["wikipedia"] < 32_000
    report = (out / "report.html").read_text()
    for shown in (
        "audit/all/audit.html",
        'data-selection="selection-1"',
        "<code>text_type</code> of",
        "Importance of documents",
        "budget.not_drawn",
    ):
        assert shown in report


class Rater(BaseHTTPRequestHandler):
    """A model that likes axes, and knows two topics and two formats; the second one is harder to please."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = asked["messages"][0]["content"]
        answer = {"quality": 4 if "axis" in text else 1 + (asked["model"] == "first")}
        if '{"topic": ' in text:
            answer = {"topic": "Software Development" if "axis" in text else "Science & Technology"}
        elif '{"format": ' in text:
            answer = {"format": "Tutorial" if "axis" in text else "Documentation"}
        usage = {"prompt_tokens": 50, "completion_tokens": 5}
        choice = {"index": 0, "message": {"content": json.dumps(answer)}, "finish_reason": "stop"}
        body = json.dumps({"choices": [choice], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def rater(monkeypatch):
    """The address of a server of the OpenAI-compatible API."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Rater)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()


def test_labels_of_models_are_learnt_and_name_the_domains_of_a_mix(tmp_path, rater):
    small.evals(tmp_path / "data")
    texts = small.docstrings(numpy, sympy)[:100]
    pages = []
    for number, text in enumerate(texts):
        page = tmp_path / f"{number}.html"
        page.write_text(f"<html><body><main><pre>{escape(text)}</pre></main></body></html>")
        pages.append((f"https://docs.example/{number}.html", page))
    wrap.wrap_pages(pages, tmp_path / "data/web/few", max_bytes=10_000_000)
    text = (FOLDER / "labels.toml").read_text().replace('"data/', f'"{tmp_path}/data/')
    text = re.sub(r"http://localhost:800\d/v1", rater, text).replace("out/labels.store", f"{tmp_path}/store")
    (tmp_path / "labels.toml").write_text(text)
    out = tmp_path / "out"
    assert run.execute(tmp_path / "labels.toml", out, 0, None, "auto", ()) == 0
    judged = pl.concat([pl.read_parquet(file) for file in sorted(out.glob("judged/part-*.parquet"))])
    assert judged["score_quality"].n_unique() > 10
    assert set(judged["topic"]) == {"Software Development", "Science & Technology"}
    assert set(judged["domain"]) <= {
        f"{topic}/{format}" for topic, format in judged["topic", "format"].iter_rows()
    }
    counts = json.loads((out / "counts/all/counts.json").read_text())
    assert set(counts) == set(judged["domain"])
    agreed = json.loads((out / "topic.labels/all/agreement.json").read_text())
    assert agreed["pairs"][0]["equal"] == 1.0
