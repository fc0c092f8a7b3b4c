"""The threshold explorer: what it shows for moved thresholds is what a rerun gives."""

import base64
import gzip
import json
import random
import shutil
import tomllib
from pathlib import Path

import browser
import explored
import numpy as np
import polars as pl
import pytest
import small
from judged import CALM, judged

from winnow.pipelines.commands import run
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.report import page as report
from winnow.pipelines.report.panels import explorer
from winnow.pipelines.spec import recipe, rules

DTYPES = {"u1": np.uint8, "u2": np.uint16, "i4": np.int32, "f4": np.float32, "f8": np.float64}
SHORT, QUIET = ("toy:short", "min_words"), ("toy:quiet", "max_marks")
needs_browser = pytest.mark.skipif(not browser.CHROMIUM, reason="no chromium here to open the report in")


def results(out: Path, source: str = "lines") -> tuple[list[int], dict[str, int]]:
    """Documents and tokens kept, and the documents dropped by reason, as the receipts say."""
    stage = run_summary.read(out).stages["judged"]
    kept = run_summary.add_up(stage, "by_source")[source]
    reasons = run_summary.add_up(stage, "reasons")
    figures = [int(kept.get(f"{unit}_kept", 0)) for unit in ("documents", "tokens")]
    return figures, {reason: int(row["documents"]) for reason, row in reasons.items()}


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    return judged(tmp_path_factory.mktemp("explored"))


@pytest.fixture(scope="module")
def calm(tmp_path_factory) -> Path:
    return judged(tmp_path_factory.mktemp("calm"), texts=CALM)


@pytest.fixture(params=["out"])
def page(request):
    with browser.opened() as page:
        page.open(request.getfixturevalue(request.param) / "report.html")
        assert explored.wait(page, "judged") == "yes"
        yield page
        assert not page.complaints
        assert all(url.startswith(("file:", "data:")) for url in page.requests)


@needs_browser
@pytest.mark.parametrize("page", ["calm"], indirect=True)
def test_a_moved_threshold_gives_what_a_rerun_gives(page, tmp_path, write_no_page):
    write_no_page()
    for words, marks in [(2, 1), (1, 1), (3, 1), (2, 0), (1, 5), (9, 0)]:
        explored.move(page, "judged", *SHORT, words)
        explored.move(page, "judged", *QUIET, marks)
        seen = explored.shown(page, "judged")
        figures, reasons = results(judged(tmp_path / f"{words} {marks}", words, marks, CALM))
        assert seen["yields"] == {"lines": figures}
        assert {reason: count for reason, count in seen["order"].items() if count} == reasons
        assert (f"min_words = {words}" in seen["snippet"]) == (words != 2)
        assert (f"max_marks = {marks}" in seen["snippet"]) == (marks != 1)


@needs_browser
def test_what_a_later_step_fails_on_is_not_won_back(page, tmp_path):
    explored.move(page, "judged", *SHORT, 1)
    seen = explored.shown(page, "judged")
    figures, _ = results(judged(tmp_path, words=1))
    assert seen["yields"] == {"lines": figures}
    assert seen["order"][explorer.AFTER] == 1


@needs_browser
def test_alone_counts_all_that_break_a_rule(page, out):
    seen = explored.shown(page, "judged")
    steps = run_summary.add_up(run_summary.read(out).stages["judged"], "steps")
    assert seen["alone"]["toy.too_short"] == steps["toy:short"]["alone"]
    assert seen["alone"]["toy.too_loud"] == steps["toy:quiet"]["alone"] > seen["order"]["toy.too_loud"]


@needs_browser
def test_what_the_reader_drops_stays_dropped(tmp_path):
    out = judged(tmp_path, after="lines")
    with browser.opened() as page:
        page.open(out / "report.html")
        assert explored.wait(page, "judged") == "yes"
        assert explored.shown(page, "judged")["order"][explorer.BEFORE] == 2
        for key in (SHORT, QUIET):
            explored.move(page, "judged", *key, 0 if key == SHORT else 99)
        assert explored.shown(page, "judged")["order"][explorer.BEFORE] == 2


@needs_browser
def test_it_is_used_by_keyboard_and_goes_back(page):
    before = explored.shown(page, "judged")
    value = explored.press(page, "judged", *SHORT, "ArrowRight", 999)
    assert value > 2
    moved = explored.shown(page, "judged")
    assert moved["yields"]["lines"][0] < before["yields"]["lines"][0]
    assert f"min_words = {value:.0f}" in moved["snippet"]
    explored.reset(page, "judged")
    assert explored.shown(page, "judged") == before
    assert explored.thresholds(page, "judged") == {SHORT: 2, QUIET: 1}


@needs_browser
def test_on_a_phone_nothing_is_wider_than_the_screen(page, out):
    page.size(390, 800)
    page.open(out / "report.html")
    explored.wait(page, "judged")
    assert page.run("document.documentElement.scrollWidth") <= 390


SHOWN = """(async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const view = document.querySelector(".moves"), list = (name) =>
    [...view.querySelectorAll(`.${name} .doc`)].map((doc) => doc.querySelector("blockquote").textContent);
  return { hidden: view.hidden, back: list("back"), lost: list("lost"),
    chips: [...view.querySelectorAll(".chips")].map((chip) => chip.textContent) };
})()"""


@needs_browser
@pytest.mark.parametrize("page", ["calm"], indirect=True)
def test_what_a_moved_threshold_brings_back_and_loses_is_shown(page, calm):
    assert page.run(SHOWN)["hidden"]
    explored.move(page, "judged", *SHORT, 1)
    seen = page.run(SHOWN)
    gone = pl.concat([pl.read_parquet(file) for file in calm.glob("judged/dropped/*.parquet")])
    short = gone.filter(reason="toy.too_short", toy_words=1)["id"].to_list()
    before = pl.concat([pl.read_parquet(file) for file in calm.glob("read/part-*.parquet")])
    texts = before.filter(pl.col("id").is_in(short))["text"].to_list()
    assert seen["back"] and not seen["lost"] and set(seen["back"]) <= set(texts)
    assert set(seen["chips"]) == {"toy_words 1"}
    explored.move(page, "judged", *SHORT, 3)
    seen = page.run(SHOWN)
    kept = pl.concat([pl.read_parquet(file) for file in calm.glob("judged/part-*.parquet")])
    assert seen["lost"] and not seen["back"]
    assert set(seen["lost"]) <= set(kept.filter(toy_words=2)["text_here"])
    explored.reset(page, "judged")
    assert page.run(SHOWN)["hidden"]


@needs_browser
def test_the_toml_of_moved_thresholds_is_copied_or_selected(page):
    button, told = "document.querySelector('.explorer .copy')", "document.querySelector('.explorer .copied')"
    assert page.run(f"{button}.disabled")
    explored.move(page, "judged", *SHORT, 7)
    snippet = explored.shown(page, "judged")["snippet"]
    assert tomllib.loads("steps = [\n" + snippet + "\n]")["steps"] == [{"use": "toy:short", "min_words": 7}]
    page.run("navigator.clipboard && Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    for works, words in (("true", "copied"), ("false", "selected: copy it with Ctrl+C")):
        page.run(f"document.execCommand = () => {works}; {button}.click()")
        assert page.run(f"{told}.textContent") == words
    area = "document.querySelector('.explorer textarea')"
    assert page.run(
        f"document.activeElement === {area} && {area}.selectionEnd - {area}.selectionStart"
    ) == len(snippet)


@needs_browser
def test_a_threshold_beyond_the_axis_is_told(page):
    field = "document.querySelector('.explorer [data-setting=min_words]')"
    hidden = f"{field}.closest('td').querySelector('.beyond').hidden"
    assert page.run(hidden)
    explored.move(page, "judged", *SHORT, 9999)
    assert not page.run(hidden)


@needs_browser
def test_files_that_were_changed_are_told(out, tmp_path):
    about = described(out)
    html = report.write(out).read_text().replace(f'"kept": {about["kept"]},', '"kept": 7,')
    (tmp_path / "report.html").write_text(html)
    with browser.opened() as page:
        page.open(tmp_path / "report.html")
        assert explored.wait(page, "judged") == "wrong"
        assert "do not give the run's own yield" in page.run("document.querySelector('.explorer').innerText")


def described(out: Path) -> dict:
    """What the page has of the stage."""
    account = run_summary.read(out)
    return explorer.of_stage(account.stages["judged"], account, explorer.share_out(account)["judged"])


def unpacked(about: dict) -> dict[str, np.ndarray]:
    data = gzip.decompress(base64.b64decode(about["data"]))
    return {
        column["name"]: np.frombuffer(data, DTYPES[column["type"]], about["rows"], column["at"])
        for column in about["columns"]
    }


def test_the_page_holds_the_signals_of_kept_and_dropped_as_they_are(out):
    about = described(out)
    columns = unpacked(about)
    files = [*out.glob("judged/part-*.parquet"), *out.glob("judged/dropped/*.parquet")]
    rows = pl.concat([pl.read_parquet(file) for file in files], how="diagonal_relaxed")
    assert about["rows"] == about["of"] == rows.height
    assert sorted(columns["toy_words"]) == rows["toy_words"].sort().to_list()
    assert np.isnan(columns["toy_marks"]).sum() == rows["toy_marks"].null_count() > 0
    assert columns["tokens"].sum() == rows["token_count"].sum() and about["exact"]
    fixed = [rule["reason"] for rule in about["rules"] if "setting" not in rule]
    assert fixed == ["toy.number", explorer.AFTER]


def test_tokens_of_documents_that_were_not_counted_are_taken_from_their_bytes():
    rows = pl.DataFrame(
        {
            "token_count": [7, 10, None, None],
            "text_bytes": [None, 40, 80, 0],
            "reason": [None, "x", "x", "x"],
        }
    )
    tokens, exact = explorer._tokens(rows)
    assert tokens.to_list() == [7, 10, 20, 0] and not exact
    tokens, exact = explorer._tokens(rows[:2])
    assert tokens.to_list() == [7, 10] and exact
    unknown = rows.with_columns(token_count=pl.Series([None, 10, None, None]))
    assert explorer._tokens(unknown)[0].to_list() == [0, 0, 0, 0]  # of the first not even the bytes are known
    uncounted = rows[1:].with_columns(token_count=pl.lit(None, pl.Int64))
    assert explorer._tokens(uncounted)[0].to_list() == [0, 0, 0]


def test_a_step_whose_signals_a_later_one_wrote_anew_is_not_moved(tmp_path):
    out = judged(tmp_path)
    path = tmp_path / "recipe.toml"
    path.write_text(
        path.read_text().replace("steps = [ {", 'steps = [ { use = "toy:short", min_words = 3 }, {')
    )
    path.write_text(
        path.read_text().replace('{ use = "toy:short", min_words = 3 }, { use = "mixing', '{ use = "mixing')
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[2]))
        patch.setenv("WINNOW_STEPS", str(Path(__file__).parents[2]))
        assert run.execute(path, out, 0, None, "auto", ("judged",)) == 0
    about = described(out)
    assert [(r["step"], r["reason"]) for r in about["rules"] if "setting" in r] == [
        (1, "toy.too_short"),
        (2, "toy.too_loud"),
    ]
    assert (0, "toy.too_short") in [(rule["step"], rule["reason"]) for rule in about["rules"]]
    assert {"use": "toy:short", "settings": {"min_words": 3}} in about["fixed"]


@pytest.mark.parametrize(("bound", "most"), [("MAX_ROWS", 30), ("MAX_CELLS", 120)])
def test_a_sample_is_by_id_and_says_so(out, monkeypatch, bound, most):
    monkeypatch.setattr(explorer, bound, most)  # of two signals, sources and tokens
    stage = run_summary.read(out).stages["judged"]
    about = described(out)
    assert 10 < about["rows"] < 50 < about["of"] == stage.total("kept") + stage.total("dropped")
    assert described(out) == about
    html = report.write(out).read_text()
    assert f"estimated from a sample of {about['rows']} of {about['of']} documents" in html
    monkeypatch.undo()
    assert "estimated from a sample" not in report.write(out).read_text()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pl.Series([0, 255]), "u1"),
        (pl.Series([0, 256]), "u2"),
        (pl.Series([-1, 5]), "i4"),
        (pl.Series([0, 2**40]), "f8"),
        (pl.Series([1, None], dtype=pl.Int64), "f8"),
        (pl.Series([0.1, None], dtype=pl.Float32), "f4"),
        (pl.Series([0.1, 0.2], dtype=pl.Float64), "f8"),
    ],
)
def test_numbers_are_packed_unchanged(values, kind):
    found, array = explorer._read_type(values)
    assert found == kind
    assert [None if np.isnan(x) else x for x in array.tolist()] == values.to_list()


def test_rules_are_those_whose_setting_the_step_has(tmp_path):
    steps = [recipe.Step("toy:quiet", "shard", {"max_marks": 4}), recipe.Step("toy:ends", "shard", {})]
    assert rules.of_steps(steps) == [
        {"step": 0, "reason": "toy.too_loud", "signal": "toy_marks", "setting": "max_marks", "value": 4}
    ]


def test_stage_json_names_the_rules(out):
    about = json.loads((out / "judged/stage.json").read_text())
    assert [(rule["step"], rule["setting"], rule["value"]) for rule in about["rules"]] == [
        (0, "min_words", 2),
        (1, "max_marks", 1),
    ]


C4, FINEWEB, GOPHER, REPETITION = (
    *("filters.c4:document", "filters.fineweb:quality"),
    *("filters.gopher:quality", "filters.repetition:repetition"),
)
SHIPPED = (
    'name = "shipped"\nmax_failed = 1.0\n[[source]]\nname = "prose"\nuris = ["{folder}/in/*.jsonl"]\n'
    'read = {{ use = "ingest.jsonl:read" }}\n[[stage]]\nname = "judged"\nafter = "prose"\nreplayable = true\n'
    "steps = [ {steps} ]\n"
)


def judge_prose(folder: Path, moves: dict[tuple[str, str], float | bool]) -> Path:
    """A run of the published rules over prose, with these thresholds beside their own."""
    steps: dict[str, dict] = {use: {} for use in (REPETITION, GOPHER, C4, FINEWEB)}
    for (use, setting), value in moves.items():
        steps[use][setting] = value
    told = [
        "{ " + ", ".join([f'use = "{use}"', *(f"{k} = {json.dumps(v)}" for k, v in more.items())]) + " }"
        for use, more in steps.items()
    ]
    counted = '{ use = "mixing.count:tokens", only_missing = true }'
    path = folder / "recipe.toml"
    path.write_text(SHIPPED.format(folder=folder, steps=", ".join([*told, counted])))
    assert run.execute(path, folder / "out", 0, None, "auto", ("judged",) * bool(moves)) in (0, 5)
    return folder / "out"


@needs_browser
def test_moved_thresholds_of_the_published_rules_give_what_reruns_give(tmp_path, write_no_page):
    """One and several at once, up and down, by a seed that is told; documents, tokens and reasons."""
    (tmp_path / "in").mkdir()
    texts = [block for text in small.prose() for block in (text, text[:900], *text.split("\n\n")[:4])]
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    (tmp_path / "in/a.jsonl").write_text(lines)
    seed = random.randrange(10**6)
    draw, changed = random.Random(seed), 0
    base, _ = results(judge_prose(tmp_path, {}), "prose")
    write_no_page()
    with browser.opened() as page:
        page.open(shutil.copy(tmp_path / "out/report.html", tmp_path / "report.html"))
        assert explored.wait(page, "judged") == "yes"
        there = explored.thresholds(page, "judged")
        trials = [{(C4, "drop_curly_bracket"): False, (C4, "min_sentences"): 1}, {(GOPHER, "min_words"): 90}]
        for _ in range(6):
            chosen = draw.sample(sorted(there), draw.randint(1, 4))
            trials.append({key: move_value(there[key], draw) for key in chosen})
        for moves in trials:
            explored.reset(page, "judged")
            for (use, setting), value in moves.items():
                explored.move(page, "judged", use, setting, value)
            seen = explored.shown(page, "judged")
            figures, reasons = results(judge_prose(tmp_path, moves), "prose")
            assert seen["yields"] == {"prose": figures}, f"seed {seed}: {moves}"
            assert {why: n for why, n in seen["order"].items() if n} == reasons, f"seed {seed}: {moves}"
            changed += figures != base
    assert changed >= 2, f"seed {seed}: hardly a trial changed what is kept"


def move_value(value: float | bool, draw: random.Random) -> float | bool:
    """Another threshold: a mark turned, a count or a ratio by up to a factor of three."""
    if isinstance(value, bool):
        return not value
    other = value * 3 ** draw.uniform(-1, 1)
    return round(other) if value >= 2 and value == int(value) else min(round(other, 4), 1.0)
