"""A step that judges some documents only: the others pass it untouched, in their places."""

import re
from pathlib import Path

import browser
import explored
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.pipelines.commands import run
from winnow.pipelines.engine import schedule
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.ledger import conservation, run_summary
from winnow.pipelines.engine.manifest import StaleStage
from winnow.pipelines.spec import row_filter, toml
from winnow.pipelines.spec.recipe import RecipeError

RECIPE = """
name = "some"
max_failed = 1.0
[[source]]
name = "lines"
uris = ["{folder}/in/*.txt"]
read = {{ use = "toy:read" }}
[[stage]]
name = "named"
after = "lines"
steps = [ {{ use = "toy:grade" }} ]
[[stage]]
name = "judged"
after = "named"
replayable = {replayable}
steps = [
  {{ use = "toy:short", where = {{ toy_kind = ["prose"] }}, min_words = {prose} }},
  {{ use = "toy:short", where = {{ toy_kind = ["code", "none"] }}, min_words = {code} }},
]
"""
WORDS = {"prose": (3, 6, 9), "code": (2, 4, 8), "odd": (1, 5), "list": (1, 2)}


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent))


def made(folder: Path, *, prose: int = 5, code: int = 3, replayable: str = "true") -> Path:
    (folder / "in").mkdir(parents=True, exist_ok=True)
    lines = [" ".join([kind, *["x"] * (n - 1)]) for kind, counts in WORDS.items() for n in counts]
    (folder / "in/a.txt").write_text("\n".join(lines) + "\n")
    path = folder / "recipe.toml"
    path.write_text(RECIPE.format(folder=folder, prose=prose, code=code, replayable=replayable))
    return path


def expected(prose: int, code: int) -> list[tuple[str, int]]:
    least = {"prose": prose, "code": code, "odd": code, "list": 0}
    return sorted((kind, n) for kind, counts in WORDS.items() for n in counts if n >= least[kind])


def kept(out: Path) -> list[tuple[str, int]]:
    (file,) = (out / "judged").glob("*.parquet")
    (before,) = (out / "named").glob("*.parquet")
    texts = pl.read_parquet(before).join(pl.read_parquet(file).select("id"), on="id")["text"]
    return sorted((text.split()[0], len(text.split())) for text in texts)


@pytest.mark.parametrize("replayable", ["true", "false"])
def test_each_kind_is_judged_by_its_own_threshold_and_others_by_none(tmp_path, replayable):
    assert run.execute(made(tmp_path, replayable=replayable), tmp_path / "out", 0, None, "auto", ()) == 0
    assert kept(tmp_path / "out") == expected(5, 3)
    rows = pl.read_parquet(next((tmp_path / "out/judged").glob("*.parquet")))
    by_kind = dict(rows.select("toy_kind", "toy_words").filter(toy_kind="list").iter_rows())
    assert by_kind == {"list": None}
    dropped = storage.read_ledger(tmp_path / "out/judged/dropped")
    assert set(dropped["reason"]) == {"toy.too_short"} and dropped["toy_words"].null_count() == 0
    assert conservation.check(
        run_summary.read(tmp_path / "out").stages["judged"], run_summary.read(tmp_path / "out")
    )


def test_a_step_that_judges_nothing_is_told_first(tmp_path):
    path = made(tmp_path)
    path.write_text(path.read_text().replace('["code", "none"]', '["coed"]'))
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    text = (tmp_path / "out/report.html").read_text()
    assert text.count("toy:short judged none of 10 documents looked at: toy_kind is coed") == 1
    assert "toy_kind is prose</li>" not in text


def test_another_where_is_another_stage(tmp_path, capsys):
    path = made(tmp_path)
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    path.write_text(path.read_text().replace('["prose"]', '["prose", "list"]'))
    with pytest.raises(StaleStage, match=r"toy:short: where: was \{'toy_kind': \['prose'\]\}, is"):
        run.execute(path, tmp_path / "out", 0, None, "auto", ())


def test_a_step_that_loses_some_of_its_documents_stops_the_run(tmp_path):
    path = made(tmp_path, replayable="false")
    path.write_text(
        re.sub(r'"toy:short", (where = [^}]*}), min_words = 5', r'"toy:lose", \1', path.read_text())
    )
    with pytest.raises(schedule.Stopped, match="removed, added or reordered"):
        run.execute(path, tmp_path / "out", 0, None, "auto", ())


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('where = ["prose"]', r"recipe.toml:17: toy:short: where: it names columns and their values"),
        ("where = {}", "it names columns"),
        ('where = { toy_kind = "prose" }', "toy_kind: it is a list of strings"),
        ("where = { toy_kind = [] }", "toy_kind: it is a list of strings"),
        ("where = { toy_kind = [1] }", "toy_kind: it is a list of strings"),
        ('where = { toy_knd = ["prose"] }', "needs the column 'toy_knd'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(tmp_path, said, message):
    path = made(tmp_path)
    path.write_text(path.read_text().replace('where = { toy_kind = ["prose"] }', said))
    if "column" in message:  # toys declare no columns; a step that does is held to it
        path.write_text(path.read_text().replace('"toy:grade"', '"filters.text:nonempty"'))
        path.write_text(path.read_text().replace('"toy:read"', '"ingest.files:read"'))
    with pytest.raises(RecipeError, match=message):
        toml.load(path)


def test_it_is_for_shard_steps(tmp_path):
    path = made(tmp_path)
    path.write_text(path.read_text().replace('"toy:read"', '"toy:read", where = { a = ["b"] }'))
    with pytest.raises(RecipeError, match="where: it is for shard steps"):
        toml.load(path)


@pytest.mark.skipif(not browser.CHROMIUM, reason="no chromium here to open the report in")
def test_its_thresholds_move_in_the_report_as_a_rerun_would(tmp_path):
    assert run.execute(made(tmp_path / "one"), tmp_path / "one/out", 0, None, "auto", ()) == 0
    with browser.opened() as page:
        page.open(tmp_path / "one/out/report.html")
        assert explored.wait(page, "judged") == "yes"
        assert "is code or none" in re.sub(r"\s+", " ", page.run("document.body.textContent"))
        for place, (prose, code) in enumerate([(9, 3), (9, 8), (1, 1)]):
            boxes = "document.querySelectorAll('#thresholds-judged .explorer input.value')"
            for n, value in enumerate((prose, code)):
                page.run(
                    f"{{ const i = {boxes}[{n}]; i.value = {value}; i.dispatchEvent(new Event('input')) }}"
                )
            page.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            seen = explored.shown(page, "judged")
            rerun = tmp_path / f"again{place}"
            assert run.execute(made(rerun, prose=prose, code=code), rerun / "out", 0, None, "auto", ()) == 0
            assert kept(rerun / "out") == expected(prose, code)
            assert seen["yields"]["lines"][0] == len(expected(prose, code))


ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 9)), max_size=20)


@given(ROWS, st.lists(st.sampled_from(["a", "b", "none"]), min_size=1, max_size=3))
def test_documents_keep_their_places(rows, values):
    kind, number = ([row[i] for row in rows] for i in (0, 1))
    frame = pl.DataFrame({"kind": kind, "number": number}, schema={"kind": pl.String, "number": pl.Int64})
    done = row_filter.apply(
        frame, {"kind": values}, lambda docs: docs.with_columns(twice=2 * pl.col("number"))
    )
    assert done.select("kind", "number").equals(frame)
    if "twice" in done.columns:
        wanted = [2 * n if (k or "none") in values else None for k, n in zip(kind, number, strict=True)]
        assert done["twice"].to_list() == wanted
    else:
        assert not any((k or "none") in values for k in kind)


def test_two_are_apart_where_no_value_is_in_both():
    assert row_filter.are_apart({"a": ["x"]}, {"a": ["y"], "b": ["z"]})
    assert not row_filter.are_apart({"a": ["x", "y"]}, {"a": ["y"]})
    assert not row_filter.are_apart({"a": ["x"]}, {"b": ["y"]})
    assert not row_filter.are_apart(None, {"a": ["x"]})


def test_one_document_is_judged_as_its_row_in_a_frame_is():
    given = {"kind": ["article", "none"], "form": ["a"]}
    rows = [{"kind": kind, "form": form} for kind in ("article", "forum", None) for form in ("a", "b", None)]
    frame = pl.DataFrame(rows)
    assert [row_filter.holds(row, given) for row in rows] == row_filter.select(frame, given).to_list()
    assert row_filter.holds({}, None)
