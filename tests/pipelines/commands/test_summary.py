"""The summary of a finished run: its order, its figures beside plain counts, its versions, its refusals."""

import contextlib
import hashlib
import io
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
import summed
from click.testing import CliRunner

from winnow.pipelines.commands import summary, verify
from winnow.pipelines.engine.disk import proof
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.law import counts, facts, template, versions
from winnow.pipelines.law.general import find_range
from winnow.pipelines.report import context

ORDER = ["1.1", "1.2", "1.3", "2.1", "2.2.1", "2.2.2", "2.3", "2.4", "2.5", "2.6", "3.1", "3.2", "3.3"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return summed.make(tmp_path_factory.mktemp("summed"))


@pytest.fixture
def out(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "out"))


@pytest.fixture
def about(tmp_path):
    path = tmp_path / "about.toml"
    path.write_text(summed.ABOUT)
    return path


def ask(*arguments):
    told = CliRunner().invoke(summary.main, [str(one) for one in arguments])
    return told.exit_code, told.output


def read(out):
    return json.loads((out / "shards/all/summary.json").read_text())


def find(told, key):
    (fact,) = [fact for section in told["summary"] for fact in section["fields"] if fact["key"] == key]
    return fact


def count_again(out, code):
    with contextlib.chdir(out), contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, {})
    return json.loads(printed.getvalue())


def has_number(value):
    if isinstance(value, list | dict):
        return any(has_number(one) for one in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, int | float) and not isinstance(value, bool)


@pytest.mark.parametrize("counted", [True, False])
def test_every_figure_is_counted_again_by_its_own_lines(made, about, tmp_path, counted):
    out = shutil.copytree(made, tmp_path / "out") if counted else summed.make(tmp_path, counted=False)
    assert ask(out, "--about", about)[0] == 0
    told = [fact for section in read(out)["summary"] for fact in section["fields"]]
    figures = [fact for fact in told if has_number(fact["value"])]
    assert {fact["key"] for fact in figures} >= {
        "text.documents", "text.rows", "text.unique_bytes", "text.types", "languages", "licenses", "lacking",
        "licensed.sources", "untold.sources", "crawled.sources", "crawled.domains", "crawled.top",
        "crawled.bare", "crawled.period", "dates", "optouts.dropped", "illegal.dropped", "private.masked",
        "duplicates.dropped", "quality.dropped", "flow",
    }  # fmt: skip
    for fact in told:
        if fact["from"] != "about.toml" and (has_number(fact["value"]) or "recompute" in fact):
            assert count_again(out, fact["recompute"]) == fact["value"], fact["key"]
    assert ("text.unique_tokens" in {fact["key"] for fact in figures}) is counted
    sizes = "documents were not counted" if not counted else "each document was counted"
    assert find(read(out), "text.method")["value"][0] == sizes


def test_figures_are_those_of_the_inputs(out, about):
    """Beside what was put in: nine pages of four domains, eight posts of `mine`, six of `yours` twice."""
    ask(out, "--about", about)
    told = read(out)
    pages = [n for n in range(10) if n != 3]  # one of number 3 is not drawn
    domains = Counter(
        ("example.co.uk", "example.co.uk", "other.org", "10.0.0.7", "third.net")[n % 5] for n in pages
    )
    assert find(told, "crawled.domains")["value"] == len(domains) == 4
    (first,) = find(told, "crawled.top")["value"]  # of four: one, 5% rounded up
    assert (first["domain"], first["documents"]) == ("example.co.uk", domains["example.co.uk"])
    assert find(told, "crawled.period")["value"] == [
        {"source": "web", "first": "2026-01-01", "last": "2026-01-10", "dated": 9}
    ]
    rows = {
        row["source"]: row["documents"]
        for kind in ("crawled", "licensed", "untold")
        for row in find(told, f"{kind}.sources")["value"]
    }
    assert rows == {"web": 9, "mine": 10, "yours": 6 + 1}
    assert find(told, "text.documents")["value"] == 9 + 10 + 7
    assert find(told, "text.rows")["value"] == 9 + 10 + 7 * 2
    assert find(told, "optouts.dropped")["value"] == [
        {"stage": "pages", "reason": "optouts.noai", "documents": 1}
    ]
    assert find(told, "illegal.dropped")["value"] == [
        {"stage": "judged", "reason": "urls.hard_word", "documents": 1}
    ]
    assert find(told, "duplicates.dropped")["value"] == [
        {"stage": "single", "reason": "exact.duplicate", "documents": 2}
    ]
    assert find(told, "protocols")["value"][0].endswith("(as of fetch)")
    languages = {row["language"]: row["documents"] for row in find(told, "languages")["value"]}
    assert languages == {"en": 19, "de": 7}
    licenses = {row["license"]: row["documents"] for row in find(told, "licenses")["value"]}
    assert licenses == {"CC0-1.0": 5, None: 21}


def test_the_order_is_the_templates_and_nothing_is_invented(out):
    ask(out)
    told = read(out)
    assert [section["number"] for section in told["summary"]] == ORDER
    for section in told["summary"]:
        assert section["fields"], section["number"]
    assert find(told, "provider.name")["said"] == "not known: say it in about.toml: provider.name"
    assert find(told, "synthetic.sources")["said"].startswith("not known: no source is said to be synthetic")
    assert find(told, "image")["said"] == "not applicable: the shards hold text alone"
    assert find(told, "contamination.steps")["said"].startswith("none: ")
    assert "about.toml" not in {
        fact["from"] for s in told["summary"] for fact in s["fields"] if fact["value"]
    }
    kinds = dict.fromkeys(("mine", "yours"), "other")
    text = "".join(f'[sources.{name}]\nkind = "{kind}"\n' for name, kind in kinds.items())
    path = out.parent / "kinds.toml"
    path.write_text(text)
    ask(out, "--about", path)
    assert find(read(out), "synthetic.sources")["said"].startswith(
        "not applicable: no source of the run is synth"
    )


def test_pages_escape_what_data_and_persons_say(out, about):
    ask(out, "--about", about)
    for name in ("summary.html", "summary.md", "datasheet.md"):
        text = (out / "shards/all" / name).read_text()
        assert "<script" not in text.lower(), name
        assert "&lt;script&gt;alert" in text, name
    page = (out / "shards/all/summary.html").read_text()
    assert "Rivers &amp; &lt;script&gt;alert(2)&lt;/script&gt; Ltd." in page
    assert "default-src 'none'" in page and not re.search(r"(src|href)=[\"']?(https?:)?//", page)
    assert r"&amp; \| \*more\*" in (out / "shards/all/summary.md").read_text()


def test_versions_are_kept_and_compared(out, about, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1785542400")
    assert "version    1 of 2026-08-01, new" in ask(out, "--about", about)[1]
    first = {name: (out / "shards/all" / name).read_bytes() for name in versions.FILES}
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1785628800")
    code, said = ask(out, "--about", about)
    assert code == 0 and "version    1 of 2026-08-01, as it was" in said
    assert {name: (out / "shards/all" / name).read_bytes() for name in versions.FILES} == first
    assert sorted(path.name for path in (out / "summaries").iterdir()) == ["0001", "versions.json"]
    about.write_text(summed.ABOUT.replace("River 1", "River 2").replace("To follow", "To swim in"))
    code, said = ask(out, "--about", about)
    assert "version    2 of 2026-08-02, new" in said and "1.2 models.versions: River 1 -> River 2" in said
    told = read(out)
    assert told["version"]["earlier"] == 1
    assert told["version"]["changes"] == [
        {"field": "1.2 models.versions", "was": "River 1", "is": "River 2"},
        {"field": "datasheet purpose", "was": "To follow rivers.", "is": "To swim in rivers."},
    ]
    page = (out / "shards/all/summary.html").read_text()
    assert "Changes since version 1" in page and "<td" in page.split("Changes since version 1</h2>")[1]
    assert '<td class="text">River 1</td><td class="text">River 2</td>' in page
    assert "## Changes since version 1" in (out / "shards/all/summary.md").read_text()
    assert {name: (out / "summaries/0001" / name).read_bytes() for name in versions.FILES} == first


def test_every_row_of_a_table_is_compared():
    rows = [{"stage": "a", "reason": "x", "documents": 1}, {"stage": "a", "reason": "y", "documents": 2}]
    steps = [{"stage": "a", "step": "s", "settings": one} for one in ("{}", "{1}")]
    found = dict(facts.flatten({"dropped": rows, "steps": steps, "texts": ["m", "n"], "none": []}))
    assert found == {
        "dropped[a x].documents": 1,
        "dropped[a y].documents": 2,
        "steps[a s].settings": "{}",
        "steps[a s 2].settings": "{1}",
        "texts": "m, n",
        "none": "",
    }


def test_a_version_that_is_damaged_is_not_compared_with(out, about):
    ask(out)
    (out / "summaries/0001/summary.json").write_text("{}")
    code, said = ask(out, "--about", about)
    assert code == 4 and "summaries/0001/summary.json is damaged" in said and len(said.splitlines()) == 1
    (out / "summaries/versions.json").write_text("{}")
    code, said = ask(out, "--about", about)
    assert code == 4 and f"or remove {out}/summaries: make summary begins anew" in said


def test_verify_knows_all_versions_and_misses_what_is_damaged(out, about):
    ask(out)
    ask(out, "--about", about)
    assert not verify.verify(out).wrong
    proof.prove_folder(out / "shards", "a run that reads the shards")
    assert {"public summary", "datasheet"} <= {link["what"] for link in context._links(run_summary.read(out))}
    for name in versions.FILES:  # a card that was made anew has nothing beside it
        (out / "shards/all" / name).unlink()
    assert not verify.verify(out).wrong
    ask(out, "--about", about)
    assert not verify.verify(out).wrong
    (out / "summaries/0001/summary.md").write_text("other")
    (out / "shards/all/croissant.json").write_text("{}")
    assert {str(path.relative_to(out)) for path in verify.verify(out).wrong} == {
        "summaries/0001/summary.md",
        "shards/all/croissant.json",
    }


def test_croissant_says_what_the_files_are(out, about):
    ask(out, "--about", about)
    told = json.loads((out / "shards/all/croissant.json").read_text())
    assert told["@type"] == "sc:Dataset" and told["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert (told["license"], told["version"]) == ("https://example.org/license", "1.0.0")
    assert told["datePublished"] == "2026-08-01" and told["name"] == summed.TITLE
    files = [one for one in told["distribution"] if one["@type"] == "cr:FileObject"]
    there = sorted((out / "shards/all/data").iterdir())
    assert [one["contentUrl"] for one in files] == [f"data/{path.name}" for path in there] and len(there) > 1
    for one, path in zip(files, there, strict=True):
        assert one["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert one["contentSize"] == f"{path.stat().st_size} B"
    (records,) = told["recordSet"]
    schema = pq.read_schema(there[0])
    assert [field["source"]["extract"]["column"] for field in records["field"]] == schema.names
    kinds = {field["source"]["extract"]["column"]: field["dataType"] for field in records["field"]}
    assert (kinds["text"], kinds["token_count"], kinds["language_score"]) == (
        "sc:Text",
        "sc:Integer",
        "sc:Float",
    )
    assert {field["source"]["fileSet"]["@id"] for field in records["field"]} == {"shards"}
    ask(out)
    told = json.loads((out / "shards/all/croissant.json").read_text())
    assert told["license"] == ["CC0-1.0", "not stated"] and "version" not in told


def test_what_is_no_finished_run_is_refused(out, tmp_path):
    (tmp_path / "none").mkdir()
    assert ask(tmp_path / "none") == (2, f"{tmp_path}/none holds no run: there is no run.json in it\n")
    assert ask(out, "--stage", "single") == (2, f"{out}: 'single' wrote no shards; shards did\n")
    shutil.rmtree(out / "shards")
    code, said = ask(out)
    assert code == 4 and f"{out}/shards/stage.json is missing: run again" in said
    assert len(said.splitlines()) == 1


def test_shards_that_are_damaged_are_refused(out):
    path = sorted((out / "shards/all/data").iterdir())[0]
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    code, said = ask(out)
    assert code == 4 and f"{path} is damaged" in said and len(said.splitlines()) == 1


def test_a_run_without_shards_is_refused(make_recipe, tmp_path):
    from winnow.pipelines.commands import run

    stage = '[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [ { use = "toy:shout" } ]'
    path = make_recipe({"a.txt": "one two"}, stage)
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    code, said = ask(tmp_path / "out")
    assert code == 2 and said.endswith("no stage of the run wrote shards: end it with mixing.export:shards\n")


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (0, "less than 1 billion tokens"),
        (10**9 - 1, "less than 1 billion tokens"),
        (10**9, "1 billion to 10 trillion tokens"),
        (10**13 - 1, "1 billion to 10 trillion tokens"),
        (10**13, "more than 10 trillion tokens"),
    ],
)
def test_ranges(tokens, told):
    assert find_range(tokens) == told


def test_domains_by_the_public_suffix_list():
    urls = [
        "https://a.b.co.uk/x",
        "http://B.co.uk:80",
        "//user@x.github.io/",
        "https://[2001:db8::1]/",
        None,
        "x y",
    ]
    rows = pl.LazyFrame({"url": urls, "token_count": [1] * 6, "text_bytes": [1] * 6})
    found = dict(counts.find_domains(rows).select("domain", "documents").iter_rows())
    assert found == {"b.co.uk": 2, "github.io": 1, "[2001:db8::1]": 1, None: 2}


def test_small_providers_list_fewer_domains():
    assert (template.TOP, template.TOP_SMALL, template.MOST_SMALL) == (10, 20, 1000)
