"""What the report says of PDFs, of a real run over small ones: counts, holes, pictures, nothing that runs."""

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path

import browser
import pages
import polars as pl
import pytest
from entered import enter as entered

from winnow.ocr.panel import pdfs
from winnow.ocr.panel.pages import sample_pages
from winnow.pipelines.commands import run
from winnow.pipelines.engine.ledger import run_summary, timings
from winnow.pipelines.report import page as report
from winnow.pipelines.report.panels.of_steps import Output

STAGE = """
[[stage]]
name = "read"
after = ["pdf", "bad"]
steps = [ { use = "filters.text:nonempty" } ]
[[stage]]
name = "after"
after = "read"
steps = [ { use = "filters.text:nonempty" } ]
"""


def write_recipe(folder: Path) -> Path:
    """Small PDFs, and one whose second page nobody reads to its end."""
    pages.lay_out(folder / "in")
    pages.scan([]).save(folder / "in/white.pdf")  # it has no text: dropped
    (folder / "bad").mkdir()
    pages.add_endless_page(pages.write(pages.PROSE)).save(folder / "bad/endless.pdf")
    sources = "".join(
        f'[[source]]\nname = "{name}"\nuris = ["{folder}/{of}/*.pdf"]\n'
        f'read = {{ use = "ocr.pdf:read", page_seconds = {seconds} }}\n'
        for name, of, seconds in (("pdf", "in", 300), ("bad", "bad", 2))
    )
    (folder / "recipe.toml").write_text(f'name = "pages"\nmax_failed = 1.0\n{sources}{STAGE}')
    return folder / "recipe.toml"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pdfs")
    path = write_recipe(folder)
    assert run.execute(path, folder / "out", 0, None, "auto", ()) == 0
    return folder / "out"


@pytest.fixture
def out(made, tmp_path):
    return shutil.copytree(made, tmp_path / "out")


def read_stage(out, name="read"):
    account = run_summary.read(out)
    return Output(account.stages[name], account)


class Images(HTMLParser):
    """The sources of pictures."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found += [dict(attrs)] if tag == "img" else []


def test_pages_are_counted_by_route_those_of_dropped_documents_too(made):
    shown = pdfs.count(read_stage(made))
    assert {row["name"]: row["count"] for row in shown["routes"]} == {
        "text: good": 2,
        "ocr: no_text": 2,
        "ocr: hidden_layer_worse": 2,
        "blank: blank": 1,
        "failed: page": 1,
    }
    assert shown["pages"] == 8
    recognized = next(row for row in shown["engines"] if row["name"] == "tesseract eng")
    assert recognized["count"] == 4 and recognized["seconds"] > 0
    assert sum(row["pages"] for row in shown["expected"]) == 4
    assert pdfs.count(read_stage(made, "after")) is None  # it read no PDF


def test_times_are_in_receipts_and_in_no_document(made):
    receipts = [json.loads(path.read_text()) for path in sorted(made.glob("read/receipts/*.json"))]
    assert any(
        receipt["work"]["pdf"]["engine"]["tesseract eng"][1] > 0
        for receipt in receipts
        if "pdf" in receipt["work"]
    )
    for file in made.glob("read/**/*.parquet"):
        held = pl.read_parquet(file)
        assert "_work" not in held.columns and '"seconds"' not in str(held.to_dicts())


def test_the_same_bytes_twice(made, tmp_path):
    recipe = made.parent / "recipe.toml"
    assert run.execute(recipe, tmp_path / "again", 0, None, "auto", ()) == 0
    files = sorted(path.relative_to(made) for path in made.glob("read/**/*.parquet"))
    assert files and all(
        (made / file).read_bytes() == (tmp_path / "again" / file).read_bytes() for file in files
    )


def test_holes_are_named_with_file_page_and_reason(made):
    shown = pdfs.count(read_stage(made))
    assert shown["holes"]["counts"] == {"kept documents": 1, "kept pages": 1}
    (row,) = shown["holes"]["shown"]
    assert row["place"]["uri"].endswith("endless.pdf") and row["pages"] == 1
    (hole,) = row["holes"]
    assert (hole["first"], hole["last"]) == (2, 2) and "took longer than 2 s" in hole["why"]
    assert "1 pages of PDFs could not be read, of 8" in pdfs.list_alarms(shown)


def test_examples_stand_beside_layer_recognized_and_chosen_text(made):
    shown = pdfs.count(read_stage(made))["examples"]
    assert sorted(shown) == ["ocr: hidden_layer_worse", "ocr: no_text"]
    (scan,) = shown["ocr: no_text"]
    assert scan["picture"].startswith("data:image/jpeg;base64,/9j/") and scan["layer"] == ""
    assert scan["ocr"].split()[:3] == scan["chosen"].split()[:3]
    hidden = shown["ocr: hidden_layer_worse"]
    assert len(hidden) == 2
    for page in hidden:
        assert "The keeper of the archive" in page["ocr"] and "The keeper" in page["chosen"]
        assert "The keeper" not in page["layer"]


def test_hostile_layers_stay_texts_and_only_pictures_are_shown(made):
    html = report.write(made).read_text(encoding="utf-8")
    images = Images(html).found
    assert len(images) == 3
    assert all(image["src"].startswith("data:image/jpeg;base64,") for image in images)
    assert not [name for image in images for name in image if name.startswith("on")]
    assert "<script>alert(1)" not in html and "&lt;script&gt;alert(1)" in html
    assert "PDFs, page by page" in html


def test_a_file_that_is_gone_is_told_and_its_text_still_stands(out):
    for file in out.glob("read/part-*.parquet"):
        held = pl.read_parquet(file).with_columns(uri=pl.lit("gone.pdf"))
        held.write_parquet(file)
        entered(file)
    (page,) = sample_pages(read_stage(out), ["ocr: no_text"])["ocr: no_text"]
    assert page["picture"] is None and "no file gone.pdf" in page["why"] and page["chosen"]


def test_what_a_reader_gives_must_be_a_picture(out, monkeypatch):
    import winnow.ocr.pdf

    said = {"picture": '"><script>alert(3)</script>', "layer": "", "ocr": ""}
    monkeypatch.setattr(winnow.ocr.pdf, "show_pages", lambda uri, numbers, settings: {numbers[0]: said})
    (page,) = sample_pages(read_stage(out), ["ocr: no_text"])["ocr: no_text"]
    assert page["picture"] is None and page["why"] == "what its reader gave is no picture"


def test_a_text_that_another_step_changed_is_not_cut_by_the_old_places(out):
    for file in out.glob("read/part-*.parquet"):
        held = pl.read_parquet(file).with_columns(pl.col("text").str.to_uppercase() + "!")
        held.write_parquet(file)
        entered(file)
    (page,) = sample_pages(read_stage(out), ["ocr: no_text"])["ocr: no_text"]
    assert page["chosen"] is None and page["picture"]


def test_the_measurement_is_there():
    rows = pdfs.read_measured()
    assert len(rows) >= 19 and "book scan" in {row["worn"] for row in rows}
    assert all(0 <= row["expected"] <= 1 and row["error"] >= 0 for row in rows)


def test_a_step_that_tells_its_work_in_another_form_breaks_the_contract():
    frame = pl.DataFrame({"source": ["a"], "_work": ["[1]"]})
    with pytest.raises(timings.ContractError, match="mine:read gives a '_work'"):
        timings.take(frame, "mine:read", timings.start())


@pytest.mark.skipif(not browser.CHROMIUM, reason="no chromium here")
def test_opens_in_a_browser_with_pictures_and_plots(made):
    address = report.write(made)
    with browser.opened() as tab:
        tab.open(address)
        assert tab.run("document.body.dataset.drawn") == "yes"
        wide = tab.run("[...document.images].map((image) => image.naturalWidth)")
        assert len(wide) == 3 and min(wide) > 100
        tab.unfold()
        assert tab.run("document.querySelectorAll('#stage-read svg circle').length") >= 100
        assert not tab.complaints
        assert all(asked.startswith(("file:", "data:")) for asked in tab.requests)
