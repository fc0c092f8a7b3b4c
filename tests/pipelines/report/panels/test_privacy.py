"""What was masked and under which licences documents stand: real runs, counted by hand; no value is shown."""

import json
from pathlib import Path

import pytest

from winnow.filters.pii import masked as privacy
from winnow.pipelines.commands import run
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.report import page
from winnow.pipelines.report.panels import rights
from winnow.pipelines.report.panels.of_steps import Output

VALUES = [
    "anna.berg@mail.org",
    "jo.blake@post.net",
    "+49 89 123456-78",
    "ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gH6",
]
TEXTS = {
    "pages/a.txt": f"Write to {VALUES[0]} or {VALUES[1]}, call {VALUES[2]}.",
    "pages/b.txt": "Nobody stands here.",
    "pages/c.txt": "info@museum.org",
    "code/d.txt": f"token: {VALUES[3]}\n",
    "code/e.txt": "\n".join(f"token: {VALUES[3][:-2]}{i}" for i in range(10, 32)),
}
RECIPE = """
name = "law"
[[source]]
name = "pages"
uris = ["{folder}/pages/*"]
read = {{ use = "ingest.files:read", license = "CC-BY-4.0" }}
[[source]]
name = "code"
uris = ["{folder}/code/*"]
read = {{ use = "ingest.files:read" }}
[[stage]]
name = "begun"
after = ["pages", "code"]
steps = [ {{ use = "mixing.count:tokens" }} ]
[[stage]]
name = "masked"
after = "begun"
steps = [ {{ use = "filters.pii:mask" }}, {{ use = "filters.secrets:mask", max_secrets = 20 }} ]
[[stage]]
name = "licensed"
after = "masked"
steps = [ {{ use = "licenses:keep" }} ]
"""
STEP = '''
from typing import Annotated
import polars as pl

def keep(docs: Annotated[pl.DataFrame, "text"]) -> Annotated[pl.DataFrame, "license_evidence"]:
    """Keep what has a license; say where it stood."""
    gone = pl.when(pl.col("text").str.contains("Nobody")).then(pl.lit("licenses.not_open"))
    told = pl.lit('[{"in": "text", "region": "footer", "text": "All <b>CC</b>"}]')
    said = pl.when(pl.col("license").is_not_null()).then(told)
    return docs.with_columns(drop_reason=gone, license_evidence=said)
'''


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Path:
    pytest.importorskip("kingfisher_sdk")
    folder = tmp_path_factory.mktemp("law")
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "steps").mkdir()
    (folder / "steps/licenses.py").write_text(STEP)
    (folder / "recipe.toml").write_text(RECIPE.format(folder=folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder / "steps"))
        patch.setenv("WINNOW_STEPS", str(folder / "steps"))
        assert run.execute(folder / "recipe.toml", folder / "out", 0, None, "auto", ()) == 0
    return folder / "out"


def test_masks_are_counted_by_kind_and_source(ran):
    account = run_summary.read(ran)
    found = privacy.count(Output(account.stages["masked"], account))
    kinds = {row["name"]: row for row in found["kinds"]}
    assert found["sources"] == ["pages", "code"]
    assert {name: (row["masks"], row["documents"], row["by_source"]) for name, row in kinds.items()} == {
        "pii_email": (2, 1, [2, 0]),
        "pii_phone": (1, 1, [1, 0]),
        "pii_published": (1, 1, [1, 0]),
        "secrets_count": (1, 1, [0, 1]),
    }
    assert (found["documents"], found["touched"], found["secrets"]) == (4, 3, {"github-pat": 1})
    assert {each["before"] for each in found["examples"]} == {
        "Write to █████ or █████, call █████.",
        "token: █████\n",
    }
    assert {each["after"] for each in found["examples"]} == {
        "Write to <EMAIL_ADDRESS> or <EMAIL_ADDRESS>, call <PHONE_NUMBER>.",
        "token: <SECRET>\n",
    }


def test_documents_that_went_for_secrets_are_counted(ran):
    account = run_summary.read(ran)
    found = privacy.count(Output(account.stages["masked"], account))
    assert found["dropped"] == [{"reason": "secrets.found", "source": "code", "documents": 1}]
    assert privacy.count(Output(account.stages["begun"], account)) is None


def test_the_page_shows_no_value_from_the_stage_on_that_masks_it(ran):
    html = page.write(ran).read_text()
    masked = html.partition('<details class="fold" id="stage-masked">')[2].partition(
        "<h3>How it was made</h3>"
    )[0]
    assert "<h4>Personal data and secrets</h4>" in masked and "&lt;EMAIL_ADDRESS&gt;" in masked
    assert not any(value in masked for value in VALUES)
    assert "secrets.found" in masked and VALUES[3][:-2] not in masked
    told = json.loads((ran / "report.json").read_text())
    assert told["stages"]["masked"]["masks"]["secrets"] == {"github-pat": 1}
    assert not any(value in json.dumps(told["stages"]["masked"]) for value in VALUES)


def test_licences_are_counted_with_their_evidence(ran):
    found = rights.of_run(run_summary.read(ran))
    rows = {row["license"]: row for row in found["rows"]}
    assert {name: (row["documents"], row["evidence"], row["by_source"]) for name, row in rows.items()} == {
        "CC-BY-4.0": (2, 2, [2, 0]),
        "(none)": (1, 0, [0, 1]),
    }
    assert (
        rows["CC-BY-4.0"]["tokens"] > 0 and not rows["CC-BY-4.0"]["exact"]
    )  # of what masks changed: estimated
    assert rows["(none)"]["tokens"] is None
    (gone,) = found["dropped"]
    assert (gone["reason"], gone["source"], gone["documents"]) == ("licenses.not_open", "pages", 1)
    assert gone["exact"] and gone["tokens"] == pytest.approx(5, abs=3)
    assert gone["bytes"] == len(TEXTS["pages/b.txt"])
    html = page.write(ran).read_text()
    assert (
        'id="licences"><summary>' in html and "footer, text: All &lt;b&gt;CC" in html and "<b>CC" not in html
    )


def test_a_run_without_licences_has_no_panel(run_of_grades):
    assert rights.of_run(run_summary.read(run_of_grades)) is None
