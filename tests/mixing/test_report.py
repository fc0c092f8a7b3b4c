"""The mix report, from a real swarm, fit and optimum over scores whose law is known."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mixing import fit, optimize, report, swarm

SOURCES = {"books": 4_000_000, "code": 2_000_000, "web<script>alert(1)</script>": 10_000_000}
NAMES = list(SOURCES)
NEEDS = {"reading": [3.0, 0.2, 0.5], "coding": [0.2, 4.0, 0.3], "source:books": [2.0, 0.1, 0.1]}


def scores(mixes: pl.DataFrame) -> pl.DataFrame:
    """Bits per byte that fall with what each eval needs."""
    weights = mixes.select(NAMES).to_numpy()
    parts = [
        mixes.select("mix").with_columns(
            pl.lit(name).alias("eval"),
            pl.Series("bits_per_byte", 1.0 + np.exp(0.5 - weights @ np.array(need))),
            pl.lit("toy").alias("proxy"),
        )
        for name, need in NEEDS.items()
    ]
    return pl.concat(parts)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("mix")
    made = {
        name: root / name for name in ("counts", "swarm", "scores", "fit", "weights", "after", "realised")
    }
    for folder in made.values():
        folder.mkdir()
    total = sum(SOURCES.values())
    counts = {
        name: {"documents": n // 1000, "tokens": n, "bytes": 4 * n, "natural_weight": n / total}
        for name, n in SOURCES.items()
    }
    (made["counts"] / "counts.json").write_text(json.dumps(counts))
    swarm.sample([], made["swarm"], counts=made["counts"], proxy_tokens=500_000, mixes=16, held_out=6)
    scores(pl.read_parquet(made["swarm"] / "swarm.parquet")).write_parquet(made["scores"] / "scores.parquet")
    fit.regress([made["scores"] / "scores.parquet"], made["fit"], swarm=made["swarm"])
    found = made["fit"] / "predictions.parquet"
    optimize.solve([found], made["weights"], counts=made["counts"], swarm=made["swarm"])
    mixes = pl.concat([pl.read_parquet(file) for file in sorted(made["weights"].glob("mix=*.parquet"))])
    scores(mixes).write_parquet(made["after"] / "scores.parquet")
    optimize.compare([made["after"] / "scores.parquet"], made["realised"], weights=made["weights"])
    return made


def page(folders: dict[str, Path], out: Path, **changes: Path | None) -> str:
    given = {name: folders[name] for name in ("counts", "swarm", "fit", "weights", "realised")}
    out.mkdir(exist_ok=True)
    report.write([], out, **(given | changes))  # type: ignore[arg-type]
    return (out / "mix.html").read_text(encoding="utf-8")


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_shows_the_weights_scores_and_quality_of_the_files(folders, tmp_path):
    html = page(folders, tmp_path)
    solved = json.loads((folders["weights"] / "weights.json").read_text())
    came = json.loads((folders["realised"] / "realised.json").read_text())
    quality = json.loads((folders["fit"] / "fit.json").read_text())
    for weight in solved["weights"].values():
        assert f">{weight:.1%}<" in html
    for mix in ("natural", "uniform", "chosen"):
        for row in came["mixes"][mix]["evals"].values():
            assert f">{row['predicted']:.3f}<" in html
            assert f">{row['realised']:.3f}<" in html
    for name in NEEDS:
        assert f">{quality['evals'][name]['held_out']['r2']:.2f}<" in html


def test_effects_have_the_signs_of_the_law(folders):
    solved = json.loads((folders["weights"] / "weights.json").read_text())
    effects = report._predict_effects(fit.load(folders["fit"]), solved, ["reading", "coding"])
    values = {
        (name, source): value
        for name, row in zip(effects["evals"], effects["values"], strict=True)
        for source, value in zip(effects["sources"], row, strict=True)
    }
    assert values["reading", "books"] < 0 < values["reading", "code"]
    assert values["coding", "code"] < 0 < values["coding", "books"]


def test_gains_compare_chosen_with_natural(folders):
    solved = json.loads((folders["weights"] / "weights.json").read_text())
    came = json.loads((folders["realised"] / "realised.json").read_text())
    rows = report._list_gains(solved, came, ["coding"])
    natural, chosen = (came["mixes"][mix]["evals"]["coding"]["realised"] for mix in ("natural", "chosen"))
    assert rows[0]["realised"] == pytest.approx((natural - chosen) / solved["standard"]["coding"]["sd"])
    assert report._list_gains(solved, None, ["coding"])[0]["realised"] is None


def test_a_prediction_that_did_not_hold_is_said(folders, tmp_path):
    assert "the chosen mix is the best of the three" in page(folders, tmp_path)
    came = json.loads((folders["realised"] / "realised.json").read_text())
    came["order"]["realised"] = ["uniform", "chosen", "natural"]
    came["mixes"]["uniform"]["score"]["realised"] = came["mixes"]["chosen"]["score"]["realised"] - 0.5
    other = tmp_path / "other"
    other.mkdir()
    (other / "realised.json").write_text(json.dumps(came))
    html = page(folders, tmp_path, realised=other)
    assert "the uniform mix is better than the chosen one" in html and "0.50 SD" in html
    assert 'class="verdict bad"' in html


def test_without_realised_scores_the_page_says_so(folders, tmp_path):
    html = page(folders, tmp_path, realised=None)
    assert "what stands here are predictions" in html
    assert "realised bits per byte" not in html


def test_a_source_at_its_cap_is_marked(folders):
    solved = json.loads((folders["weights"] / "weights.json").read_text())
    counts = json.loads((folders["counts"] / "counts.json").read_text())
    drawn = json.loads((folders["swarm"] / "swarm.json").read_text())
    solved["settings"] = {"max_epochs": 1.0, "budget_tokens": 20_000_000, "kl": 0.05}
    solved["weights"] = dict(zip(NAMES, [0.2, 0.1, 0.7], strict=True))
    rows = {row["name"]: row for row in report._list_sources(solved, counts, drawn)}
    assert [rows[name]["cap"] for name in NAMES] == [0.2, 0.1, 0.5]
    assert rows["books"]["at_cap"] and rows["code"]["at_cap"]


def test_names_stay_text_and_nothing_is_loaded(folders, tmp_path):
    html = page(folders, tmp_path)
    tags = Tags(html).tags
    assert [tag for tag, _ in tags].count("script") == 3
    assert "&lt;script&gt;alert(1)" in html
    addresses = [attrs[key] or "" for _, attrs in tags for key in ("src", "href") if key in attrs]
    assert all(address.startswith(("#", "data:")) for address in addresses)
    ids = {attrs["id"] for _, attrs in tags if "id" in attrs}
    found = re.search(r'id="charts">(.*?)</script>', html)
    assert found and {chart["id"] for chart in json.loads(found[1])} <= ids


def test_the_same_input_gives_the_same_page(folders, tmp_path):
    assert page(folders, tmp_path / "a") == page(folders, tmp_path / "b")


@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium here")
def test_opens_in_a_browser_without_errors(folders, tmp_path):
    page(folders, tmp_path)
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    flags += ["--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom"]
    command = ["chromium", *flags, (tmp_path / "mix.html").resolve().as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert 'data-drawn="yes"' in done.stdout
    assert done.stdout.count('class="main-svg"') >= 3 + len(NEEDS)
    assert "CONSOLE" not in done.stderr
