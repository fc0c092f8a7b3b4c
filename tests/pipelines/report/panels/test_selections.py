"""A selection solved anew on the page is what a rerun finds."""

import json
import math

import browser
import pytest

from winnow.classifiers import selection
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.report import page as report
from winnow.pipelines.report.panels import selections

BOX = "document.querySelector('[data-selection]')"
FILL = "{ const i = %s; i.value = %s; i.dispatchEvent(new Event('input')) }"
needs_browser = pytest.mark.skipif(not browser.CHROMIUM, reason="no chromium here to open the report in")


def test_a_panel_says_what_was_asked_and_found(run_of_grades):
    (about,) = selections.of_run(run_summary.read(run_of_grades))
    told = json.loads((run_of_grades / "solved/all/selection.json").read_text())
    assert (about["stage"], about["score"], about["by"], about["way"]) == (
        "solved",
        "score_quality",
        ["source"],
        "times",
    )
    assert about["shape"] == {"start": 0.4, "power": 2.0, "max_mean": 4.0, "buckets": 10}
    assert [(group["name"], group["given"]) for group in about["groups"]] == [("books", 1.5), ("pages", 0.8)]
    for group in about["groups"]:
        assert group["expected"] == told["groups"][group["name"]]["expected"]
        assert group["top"] == max(told["groups"][group["name"]]["buckets"])


@pytest.fixture(scope="module")
def page(run_of_grades):
    with browser.opened() as page:
        page.open(report.write(run_of_grades))
        page.unfold()
        assert page.run(f"{BOX}.dataset.ready") == "yes"
        yield page
        assert not page.complaints
        assert all(url.startswith(("file:", "data:")) for url in page.requests)


def ask(page, way, values, **shape):
    """Ask for it with the hands of a user, and give what is found by group, exactly."""
    page.run(f"{BOX}.querySelector('button').click()")
    page.run(FILL % (f"{BOX}.querySelector('select.way')", json.dumps(way)))
    for name, value in shape.items():
        page.run(FILL % (f"{BOX}.querySelector('[data-setting={name}]')", value))
    for i, value in enumerate(values):
        page.run(FILL % (f"{BOX}.querySelectorAll('input.given')[{i}]", value))
    return page.run(f"{BOX}.found")


def text(page, where):
    return page.run(f"{BOX}.querySelector({json.dumps(where)}).textContent")


@needs_browser
def test_what_it_solves_at_first_is_what_the_run_found(page):
    assert page.run(f"{BOX}.querySelector('.wrong').hidden")
    assert page.run(f"{BOX}.querySelector('button').disabled")
    assert page.run(f"{BOX}.querySelector('textarea').value") == ""
    assert page.run(f"{BOX}.querySelectorAll('svg .line').length") == 4


@needs_browser
@pytest.mark.parametrize(
    ("way", "values", "shape"),
    [
        ("times", [0.5, 0.5], {}),
        ("times", [2.0, 0.3], {"power": 1.0, "start": 0.2}),
        ("times", [1.2, 1.2], {"power": 0.0, "max_mean": 9}),
        ("times", [0.9, 0.7], {"start": 0.55, "buckets": 7}),
        ("tokens", [1000, 2500], {"max_mean": 6}),
        ("keep_rate", [0.25, 1.0], {}),
        ("budget", [1000, 2500], {"max_mean": 6}),
        ("budget", [100, 100_000], {"max_mean": 900}),
        ("cut", [0.5, 0.123], {}),
        ("cut", [2.0, -1.0], {}),
    ],
)
def test_other_numbers_are_solved_as_python_solves_them(page, run_of_grades, way, values, shape):
    found = ask(page, way, values, **shape)
    told = json.loads((run_of_grades / "solved/all/selection.json").read_text())["groups"]
    given = {"start": 0.4, "power": 2.0, "max_mean": 4.0, "buckets": 10} | shape
    for one, name, value in zip(found, told, values, strict=True):
        expected = selection.replay(told[name], **{way: value}, **given)
        assert one["rates"] == pytest.approx(expected["rates"], abs=1e-9)
        for key in ("documents", "unique_tokens", "tokens"):
            assert one[key] == pytest.approx(expected["expected"][key], rel=1e-9)
        assert one["cut"] == (expected["cut"] if expected["cut"] is None else pytest.approx(expected["cut"]))
        assert one["top"] == pytest.approx(expected["buckets"][-1], abs=1e-9)
    assert text(page, "[data-group=all] [data-found=documents]") == str(
        math.floor(sum(one["documents"] for one in found) + 0.5)
    )


@needs_browser
def test_a_rerun_with_the_line_for_the_recipe_finds_the_same(page, again, tmp_path):
    found = ask(page, "times", [0.6, 0.45], power=1.0)
    line = page.run(f"{BOX}.querySelector('textarea').value")
    assert line == "times = { books = 0.6, pages = 0.45 }, power = 1"
    out = again(tmp_path, f"{line}, max_mean = 4, buckets = 10")
    (about,) = selections.of_run(run_summary.read(out))
    for one, group in zip(found, about["groups"], strict=True):
        assert one["tokens"] == pytest.approx(group["expected"]["tokens"])
        assert one["top"] == pytest.approx(group["top"])


@needs_browser
def test_what_cannot_be_had_is_refused_with_the_group(page):
    ask(page, "times", [9.0, 0.5])
    assert (
        text(page, ".refused")
        == "books: at most 2.4 times its tokens can be had with this max_mean and start"
    )
    page.run(f"{BOX}.querySelector('button').click()")
    assert text(page, ".refused") == ""
    assert page.run(f"{BOX}.querySelector('button').disabled")


@needs_browser
def test_another_way_begins_at_what_is_selected(page):
    before = ask(page, "times", [1.5, 0.8])
    page.run(FILL % (f"{BOX}.querySelector('select.way')", "'tokens'"))
    after = page.run(f"{BOX}.found")
    for one, other in zip(before, after, strict=True):
        assert other["tokens"] == pytest.approx(one["tokens"], abs=1)


@needs_browser
def test_a_cut_that_is_asked_for_instead_is_a_score_to_its_last_digit(page, run_of_grades):
    ask(page, "keep_rate", [0.25, 0.5])
    page.run(FILL % (f"{BOX}.querySelector('select.way')", "'cut'"))
    told = json.loads((run_of_grades / "solved/all/selection.json").read_text())["groups"]
    for i, group in enumerate(told.values()):
        assert (
            page.run(f"{BOX}.querySelectorAll('input.given')[{i}].valueAsNumber") in group["knots"]["scores"]
        )


@needs_browser
def test_it_fits_on_a_phone(run_of_grades):
    path = report.write(run_of_grades)
    with browser.opened() as page:
        page.size(390, 800)
        page.open(path)
        page.unfold()
        assert page.run("document.documentElement.scrollWidth") <= 390


def test_of_many_groups_those_with_most_tokens_are_shown(run_of_grades, monkeypatch):
    monkeypatch.setattr(selections, "MOST_GROUPS", 1)
    (about,) = selections.of_run(run_summary.read(run_of_grades))
    told = json.loads((run_of_grades / "solved/all/selection.json").read_text())["groups"]
    most, least = sorted(told, key=lambda name: (-told[name]["tokens"], name))
    assert [group["name"] for group in about["groups"]] == [most]
    assert about["others"] == {"groups": 1, "tokens": told[least]["tokens"]}
    assert "1 groups more" in report.write(run_of_grades).read_text()
    monkeypatch.undo()
    report.write(run_of_grades)


@needs_browser
def test_counts_that_were_changed_are_told(run_of_grades, tmp_path):
    text = report.write(run_of_grades).read_text()
    changed = tmp_path / "report.html"
    changed.write_text(
        text.replace('"max_mean": 4.0', '"max_mean": 3.0').replace('"max_mean": 4', '"max_mean": 3')
    )
    with browser.opened() as page:
        page.open(changed)
        page.unfold()
        page.run("new Promise(r => setTimeout(r, 500))")
        assert not page.run(f"{BOX}.querySelector('.wrong').hidden")
