"""What a dry run says that reading PDFs would take, and whether its intervals hold what they say."""

import re
import shutil
from pathlib import Path

import click.testing
import numpy as np
import pages
import pytest

from winnow.pipelines.commands import check
from winnow.pipelines.engine.parts import forecast
from winnow.pipelines.engine.parts.forecast import SampledFile, choose, estimate
from winnow.pipelines.engine.parts.listing import File, list_sources
from winnow.pipelines.spec import toml

STAGE = '[[stage]]\nname = "read"\nafter = "pdf"\nsteps = [ { use = "filters.text:nonempty" } ]\n'


def write_recipe(folder: Path, more: str = "") -> Path:
    read = f'read = {{ use = "ocr.pdf:read", page_seconds = 300{more} }}'
    source = f'[[source]]\nname = "pdf"\nuris = ["{folder}/in/*.pdf"]\n{read}\n'
    (folder / "recipe.toml").write_text(f'name = "pages"\n{source}{STAGE}')
    return folder / "recipe.toml"


def dry_run(path, out, *more):
    told = click.testing.CliRunner().invoke(check.main, [str(path), str(out), "--dry-run", *more])
    return told.exit_code, told.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("forecast")
    pages.lay_out(made / "in")
    return made


def test_a_dry_run_tells_pages_by_route_and_hours_and_writes_nothing(folder, tmp_path):
    code, said = dry_run(write_recipe(folder), tmp_path / "out")
    assert code == 0, said
    assert not (tmp_path / "out").exists()
    assert "trying 3 pages each of 4 of 4 files" in said and "5 pages were tried" in said
    counts = dict(re.findall(r"pages  (\S.*?)  +(\d+)\n", said))
    assert counts == {"all": "5", "ocr: no_text": "2", "ocr: hidden_layer_worse": "2", "text: good": "1"}
    hours = {name.strip(): float(value) for name, value in re.findall(r"CPU hours  (.{27})  (\S+)\n", said)}
    assert hours["pages recognized"] > hours["pages read from their layer"] > 0
    parts = sum(value for name, value in hours.items() if name != "all")
    assert parts == pytest.approx(hours["all"], rel=0.02)
    assert "requests" not in said


@pytest.fixture(scope="module")
def asking(folder, tmp_path_factory):
    """A recipe that asks a model for what is on a page, with a file more, which is none."""
    made = tmp_path_factory.mktemp("asking")
    shutil.copytree(folder / "in", made / "in")
    (made / "in/bad.pdf").write_bytes(b"no PDF at all")
    return write_recipe(made, ', vlm = { url = "http://127.0.0.1:9/v1", model = "eye", attempts = 3 }')


@pytest.fixture(scope="module")
def told(asking):
    """What a dry run of it says."""
    code, said = dry_run(asking, asking.parent / "out", "--vlm-pages-per-hour", "8")
    assert code == 0
    return said


def test_requests_are_counted_and_gpu_hours_need_a_rate(asking, told):
    counted = "requests to the model: 4, where it errs up to 3 times as many"
    assert f"{counted}; GPU hours, by your rate: 0.5\n" in told
    checked = toml.load(asking)
    scans = [file for file in list_sources(checked)["pdf"] if file.name.endswith("scan.pdf")]
    said = list(forecast.describe(checked.sources["pdf"], scans, None))
    assert "requests to the model: 2, where it errs up to 3 times as many" in said[-1]
    assert "GPU hours: unknown" in said[-1]


def test_files_that_cannot_be_read_are_named(told):
    assert re.search(r"1 of these files cannot be read, such as \S*bad.pdf: not a", told)


def test_a_source_of_something_else_has_no_forecast_of_pages(make_recipe, tmp_path):
    path = make_recipe({"a.txt": "one two"}, STAGE.replace('"pdf"', '"lines"'))
    code, said = dry_run(path, tmp_path / "out")
    assert code == 0 and "trying" not in said and "source lines: 1 files or ranges" in said
    assert re.search(r"stage +core-hours .*\n  read +\S+ ", said) and not (tmp_path / "out").exists()


def test_the_sample_is_of_all_sizes_and_always_the_same():
    files = [File(f"{n}.pdf", f"{n}.pdf", size=1000 * n, state="") for n in range(100)]
    chosen = choose(files, 4)
    assert [file.name for file in chosen] == ["12.pdf", "37.pdf", "62.pdf", "87.pdf"]
    assert choose(files[::-1], 4) == chosen
    assert choose(files[:3], 4) == files[:3] and choose([], 4) == []


def test_what_was_tried_whole_has_no_doubt():
    whole = [
        SampledFile(2, [("ocr: no_text", 3.0), ("text: good", 1.0)], 0.5),
        SampledFile(1, [("text: good", 1.0)], 0.5),
    ]
    assert estimate(whole, 2, lambda route, seconds: seconds, once=True) == (6.0, 6.0, 6.0)
    one = [SampledFile(4, [("text: good", 1.0)], 0.0)]
    assert estimate(one, 1, lambda route, seconds: 1.0) == (4.0, None, None)
    assert estimate(one, 9, lambda route, seconds: 1.0) == (36.0, None, None)


@pytest.mark.parametrize(
    ("files", "share", "spread", "least"),
    [
        (300, [0.6, 0.3, 0.1], 1.0, 0.84),
        (1000, [0.3, 0.6, 0.1], 0.5, 0.84),
        (1000, [0.9, 0.08, 0.02], 1.0, 0.72),  # so few are scanned that a sample has two or three of them
    ],
)
def test_intervals_hold_the_sum_as_often_as_they_say(files, share, spread, least):
    """Files of very different length (lognormal): of each so many pages on average; `share` of them born
    digital, scanned, half scanned. Their bytes tell their length a little."""
    rng = np.random.default_rng(5)
    held = []
    for _ in range(300):
        lengths = np.maximum(1, rng.lognormal(2.5, spread, files)).astype(int)
        part, ends = rng.choice([0, 1, 0.5], files, p=share), np.cumsum(lengths)
        scanned = rng.random(ends[-1]) < np.repeat(part, lengths)  # all pages of all files
        listed = [
            File(str(n), str(n), size=int(1000 * size), state="")
            for n, size in enumerate(lengths * rng.lognormal(0, 1, files))
        ]
        found = []
        for file in choose(listed, forecast.FILES):
            end, length = ends[int(file.name)], lengths[int(file.name)]
            pages_of = scanned[end - length : end]
            count = min(forecast.PAGES, len(pages_of))
            tried = [pages_of[(2 * n + 1) * len(pages_of) // (2 * count)] for n in range(count)]
            found.append(
                SampledFile(len(pages_of), [("ocr: x" if one else "text: y", 1.0) for one in tried], 0.0)
            )
        _, lower, upper = estimate(found, files, lambda route, seconds: float(route == "ocr: x"))
        held.append(lower <= scanned.sum() <= upper)
    print(f"{files} files, {share}: {np.mean(held):.3f} held")
    assert least <= np.mean(held) <= 0.96
