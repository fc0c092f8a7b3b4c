"""The report of real runs: sums counted in files, hostile texts escaped, nothing loaded from elsewhere."""

import dataclasses
import json
import re
import shutil
import subprocess
from pathlib import Path

import browser
import numpy as np
import polars as pl
import pytest
from entered import change, enter
from parsed import HOSTILE, Page, page

from winnow.dedup.overlap import panel as hits_panel
from winnow.pipelines.commands import run
from winnow.pipelines.engine.ledger import conservation, run_summary
from winnow.pipelines.report import amounts, charts
from winnow.pipelines.report import page as report
from winnow.pipelines.report.panels import histograms, samples
from winnow.pipelines.report.panels.of_steps import Output
from winnow.pipelines.spec import rules


@pytest.fixture
def out(made, tmp_path) -> Path:
    return shutil.copytree(made, tmp_path / "out")


def test_totals_follow_the_main_line_and_not_what_lies_beside(out):
    account = run_summary.read(out)
    assert [stage.name for stage in run_summary.find_main_line(account)] == ["read", "again"]
    total = run_summary.add_totals(account)
    kept = sum(pl.read_parquet(file).height for file in out.glob("again/part-*.parquet"))
    gone = sum(pl.read_parquet(f).height for name in ("read", "again") for f in out.glob(f"{name}/dropped/*"))
    assert total == {"in": 46, "kept": kept, "dropped": gone, "failed": 2}
    assert kept + gone + 2 == 46


def test_every_check_holds_and_counts_what_is_in_the_files(out):
    account = run_summary.read(out)
    for stage in account.shard_stages():
        checks = conservation.check(stage, account)
        assert all(check["ok"] for check in checks), checks
        assert any("upstream" in check["what"] for check in checks) == bool(stage.upstream)
    assert "Nothing vanished" in page(out).text


@pytest.mark.parametrize("spoil", ["kept", "dropped", "failed", "upstream", "upstream, all"])
def test_rows_that_vanish_are_seen(out, spoil):
    folder = {"kept": "again", "dropped": "again/dropped", "failed": "read/failed"}.get(spoil, "read")
    file = next(file for file in sorted((out / folder).glob("*.parquet")) if pl.read_parquet(file).height)
    pl.read_parquet(file)[: 0 if spoil.endswith("all") else -1].write_parquet(file)
    enter(file)
    account = run_summary.read(out)
    bad = [c for stage in account.shard_stages() for c in conservation.check(stage, account) if not c["ok"]]
    assert bad
    assert "Nothing vanished" not in page(out).text
    assert "The sums do not hold" in page(out).text
    assert "DO NOT ADD UP" in report.summary(out)


def test_a_page_is_written_where_no_text_of_what_was_kept_is_left(out):
    """Whichever documents it draws: a row upstream that is gone takes text and size of a kept one with it."""
    for file in (out / "read").glob("*.parquet"):
        pl.read_parquet(file)[:0].write_parquet(file)
        enter(file)
    assert "The sums do not hold" in page(out).text


def test_hostile_texts_stay_texts(out):
    html = report.write(out).read_text(encoding="utf-8")
    shown = Page(html)
    assert HOSTILE in shown.text  # the failed line's error, as people read it
    assert HOSTILE.upper() not in html
    assert [tag for tag, _ in shown.tags].count("script") == 3
    assert not [tag for tag, _ in shown.tags if tag in ("img", "iframe", "object", "embed", "base", "form")]
    assert not [name for _, attrs in shown.tags for name in attrs if name.startswith("on")]


def test_nothing_is_loaded_from_elsewhere(out):
    shown = page(out)
    addresses = [
        value or "" for _, attrs in shown.tags for name, value in attrs.items() if name in ("src", "href")
    ]
    assert addresses
    assert all(address.startswith(("#", "data:")) or address == "report.json" for address in addresses)
    policy = next(attrs["content"] for tag, attrs in shown.tags if tag == "meta" and "http-equiv" in attrs)
    assert "default-src 'none'" in policy and "unsafe-inline" not in policy.split("style-src")[0]


def test_links_lead_somewhere(out):
    shown = page(out)
    ids = {attrs["id"] for _, attrs in shown.tags if "id" in attrs}
    links = {attrs["href"] for tag, attrs in shown.tags if tag == "a"}
    assert (out / "report.json").exists() and "report.json" in links
    targets = {link[1:] for link in links - {"report.json"}}
    assert targets and targets <= ids


def test_examples_show_the_text_upstream_and_the_threshold_that_was_broken(out):
    account = run_summary.read(out)
    first = samples.sample_dropped(account.stages["read"], account)
    assert [example["text"] for example in first["toy.told_to"]] == [None]
    examples = samples.sample_dropped(account.stages["beside"], account)["toy.too_short"]
    assert len(examples) == samples.PER_REASON
    kept = pl.concat([pl.read_parquet(file) for file in out.glob("read/part-*.parquet")])
    for example in examples:
        assert example["text"] == kept.filter(id=example["id"])["text"].item()
        words = next(signal for signal in example["signals"] if signal["name"] == "toy_words")
        assert words["broke"] == "min_words 30" and words["value"] < 30


def test_cpu_and_memory_of_a_stage_are_those_of_its_parts(out):
    text = page(out).text
    told = json.loads((out / "report.json").read_text())
    for name, stage in run_summary.read(out).stages.items():
        mine = (told["stages"] | told["corpus_stages"])[name]
        parts = stage.parts.values()
        assert mine["cpu_seconds"] == pytest.approx(sum(part["cpu_seconds"] for part in parts), abs=1e-3)
        assert mine["peak_bytes"] == max(part["peak_bytes"] for part in parts) > 50_000_000
        assert amounts.size(mine["peak_bytes"]) in text


def test_failures_are_grouped_with_their_places(out):
    failures = samples.sample_failed(run_summary.read(out).stages["read"])
    assert [(f["step"], f["documents"]) for f in failures] == [("toy:read", 1), ("toy:shout", 1)]
    assert failures[0]["places"][0]["key"] == "line 4"


def test_histograms_count_all_documents_and_know_the_threshold(out):
    account = run_summary.read(out)
    (words,) = histograms.of_stage(account.stages["read"], account)
    assert words["name"] == "toy_words"
    assert words["thresholds"] == {"min_words": 2.0}
    assert sum(words["groups"]["kept"]) == account.stages["read"].total("kept")
    assert sum(words["groups"]["dropped by this rule's module"]) == 1
    assert histograms.of_stage(account.stages["again"], account) == []  # not new there


@pytest.mark.parametrize(
    ("value", "setting", "limit", "broken"),
    [
        (49, "min_words", 50, True),
        (50, "min_words", 50, False),
        (float(np.float32(0.1)), "max_ratio", 0.1, False),  # as it is compared: in float32
        (0.1001, "max_ratio", 0.1, True),
        (1, "drop_marks", True, True),
    ],
)
def test_a_sample_tells_the_threshold_that_its_signal_breaks(value, setting, limit, broken):
    rule = {"signal": "x", "setting": setting, "value": limit}
    assert rules.of_signal("x", [rule, {**rule, "value": False}, {**rule, "value": None}]) == [rule]
    assert rules.breaks(value, rule) == broken


def test_skewed_signals_get_growing_bins_that_hold_all():
    values = np.exp(np.random.default_rng(0).normal(5, 2, 5000))
    edges = histograms._edges(values, whole=False)
    assert (np.diff(edges) > 0).all()
    assert edges[-1] - edges[-2] > 10 * (edges[1] - edges[0])


def test_deduplication_names_losers_and_clusters(make_recipe, deduplicated, tmp_path):
    texts = {
        "a.txt": "same old line\n" * 6 + "new line\n",
        "b.txt": "same old line\nother line\nother line\n",
    }
    out = tmp_path / "out"
    assert run.execute(make_recipe(texts, deduplicated), out, 0, None, "auto", ()) == 0
    single = run_summary.read(out).stages["single"]
    assert [(c["duplicates"], c["removed"], c["text"]) for c in samples.sample_clusters(single)] == [
        (7, {"lines": 6}, "same old line"),
        (2, {"lines": 1}, "other line"),
    ]
    told = "lines loses 70% of its documents as duplicates; most: 6 for "
    assert told in page(out).text and f"duplicates     single: {told}" in report.summary(out)
    set_share(out, 0.8)
    assert "as duplicates" not in page(out).text + report.summary(out)


def set_share(out, share):
    change(out / "run.json", lambda about: about.update(max_duplicates=share))


def test_pages_of_corpus_stages_are_linked(out):
    (out / "count/all/told.html").write_text("<!doctype html><title>Told</title>")
    links = {attrs["href"] for tag, attrs in page(out).tags if tag == "a"}
    assert "count/all/told.html" in links


@pytest.mark.parametrize("hit", [True, False])
def test_contamination_is_shown_with_eval_and_item(make_recipe, tmp_path, hit):
    question = (
        "a train leaves the old station at noon and travels sixty miles every hour until it meets a goat"
    )
    items = pl.DataFrame({"eval": ["gsm8k"], "item": ["test-7"], "question": [question], "answer": ["42"]})
    items.write_parquet(tmp_path / "items.parquet")
    source = f'[[source]]\nname = "evals"\nuris = ["{tmp_path}/items.parquet"]\n'
    stages = """
[[stage]]
name = "index"
after = "evals"
steps = [ { use = "dedup.contamination:index" } ]
[[stage]]
name = "clean"
after = "lines"
steps = [ { use = "dedup.contamination:check", index = "stage:index" } ]
"""
    out = tmp_path / "out"
    riddle = f"Riddle: {question}? Answer: 42\n" * hit
    texts = {"a.txt": f"{riddle}nothing to see here at all\n"}
    assert run.execute(make_recipe(texts, stages, extra=source), out, 0, None, "auto", ()) == 0
    account = run_summary.read(out)
    hits = hits_panel.sample_hits(Output(account.stages["clean"], account))
    if not hit:
        assert "No document holds eval items." in page(out).text and "cannot be shown" not in page(out).text
        return
    assert [(row["contamination_eval"], row["fate"], row["documents"]) for row in hits["table"]] == [
        ("gsm8k", "dropped", 1)
    ]
    assert hits["examples"][0]["contamination_item"] == "test-7"
    assert "1 documents hold eval items" in page(out).text


def test_summary_is_five_lines_with_the_chosen_weights(out):
    chosen = {"weights": {"lines": 0.25, "books": 0.75}, "natural": {"lines": 1.0}}
    (out / "count/all/weights.json").write_text(json.dumps(chosen))
    enter(out / "count/all/weights.json")
    lines = report.summary(out).splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("documents      46 in, ") and "every stage adds up" in lines[0]
    assert lines[1].startswith("tokens before  lines ") and lines[2].startswith("tokens after   lines ")
    assert lines[4] == "weights        books 0.750, lines 0.250"


def test_an_unfinished_run_is_reported_as_such(out):
    change(out / "run.json", lambda about: about.pop("files"))  # which a run writes as it ends
    change(out / "again/stage.json", lambda about: [about.pop(key) for key in ("parts", "done", "seconds")])
    shutil.rmtree(out / "beside")
    assert "not finished" in page(out).text


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no run\.json"):
        report.write(tmp_path)


@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium here")
def test_opens_in_a_browser_without_errors(out):
    address = report.write(out).resolve().as_uri()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    flags += ["--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom"]
    done = subprocess.run(
        [shutil.which("chromium"), *flags, address], capture_output=True, text=True, timeout=120, check=True
    )
    assert 'data-drawn="yes"' in done.stdout
    assert "CONSOLE" not in done.stderr


@pytest.mark.skipif(not browser.CHROMIUM, reason="no chromium here")
def test_contents_fold_and_units_switch_without_scripts(out, tmp_path):
    bare = re.sub(r"<script.*?</script>", "", report.write(out).read_text(), flags=re.DOTALL)
    (tmp_path / "bare.html").write_text(bare)

    def is_seen(what: str) -> bool:
        return bool(page.run(f"document.querySelector({what!r}).offsetParent !== null"))

    with browser.opened() as page:
        page.size(1400, 900)
        page.open(tmp_path / "bare.html")
        assert is_seen("nav .links") and not is_seen("nav label")
        page.size(800, 900)
        assert not is_seen("nav .links")
        page.run("document.querySelector('nav label').click()")
        assert is_seen("nav .links")
        assert is_seen("#funnel-tokens") and not is_seen("#funnel-documents")
        page.run("document.querySelector('label[for=funnel-by-documents]').click()")
        assert is_seen("#funnel-documents") and not is_seen("#funnel-tokens")
        assert is_seen(".wide.documents") and not is_seen(".wide.tokens")
        assert page.run("document.documentElement.scrollWidth") <= 800


def count_open(page) -> int:
    return int(page.run("document.querySelectorAll('details[open]').length"))


@pytest.mark.skipif(not browser.CHROMIUM, reason="no chromium here")
def test_folds_are_shut_at_first_and_a_link_into_one_opens_it(out):
    with browser.opened() as page:
        page.open(report.write(out))
        assert count_open(page) == 0
        page.run("location.hash = '#stage-read'")
        page.run("new Promise((done) => setTimeout(done, 50))")
        assert count_open(page) == 1 and page.run("document.getElementById('stage-read').open")
        page.run("document.querySelector('.every .open').click()")
        assert count_open(page) == page.run("document.querySelectorAll('details.fold').length") > 5
        page.run("document.querySelector('.every .shut').click()")
        assert count_open(page) == 0 and not page.complaints


@pytest.mark.skipif(not browser.CHROMIUM, reason="no chromium here")
def test_bins_tell_what_they_hold_where_the_pointer_rests(out):
    with browser.opened() as page:
        page.open(report.write(out))
        told = page.run("""(() => { const chart = document.querySelector("svg.histogram");
          chart.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
          return [...chart.querySelectorAll("rect title")].map((title) => title.textContent); })()""")
        account = run_summary.read(out)
        (words,) = histograms.of_stage(account.stages["read"], account)
        assert len(told) == len(words["edges"]) - 1
        assert f"kept: {words['groups']['kept'][0]} (" in told[0]


def test_thresholds_beyond_the_axis_are_told(made):
    account = run_summary.read(made)
    stage = account.stages["read"]
    rule = {**stage.rules[0], "value": 999}
    far = dataclasses.replace(stage, rules=[rule])
    (words,) = histograms.of_stage(far, account)
    assert words["thresholds"] == {"min_words": 999} and words["outside"] == {"min_words": "above"}
    assert "min_words →" in charts.draw_histogram(words)
    (near,) = histograms.of_stage(stage, account)
    assert near["outside"] == {} and charts.draw_histogram(near).count('class="threshold"') == 1
