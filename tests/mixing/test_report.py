"""The mix report, from a real swarm, fit and optimum over scores whose law is known."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.pipelines import browser
from winnow.mixing import fit, optimize, report, swarm
from winnow.mixing.reporting import charts

SOURCES = {"books": 4_000_000, "code": 2_000_000, "web<script>alert(1)</script>": 10_000_000}
NAMES = list(SOURCES)
NEEDS = {"reading": [3.0, 0.2, 0.5], "coding": [0.2, 4.0, 0.3], "source:books": [2.0, 0.1, 0.1]}


def score(mixes: pl.DataFrame, noise: float = 0.002) -> pl.DataFrame:
    """Bits per byte that fall with what each eval needs."""
    weights, rng = mixes.select(NAMES).to_numpy(), np.random.default_rng(0)
    parts = [
        mixes.select("mix").with_columns(
            pl.lit(name).alias("eval"),
            pl.Series(
                "value", 1.0 + np.exp(0.5 - weights @ np.array(need)) + rng.normal(0, noise, len(weights))
            ),
            *(pl.lit(value).alias(key) for key, value in LABELS.items()),
        )
        for name, need in NEEDS.items()
    ]
    return pl.concat(parts)


LABELS = {
    "unit": "bits per byte",
    "proxy": "toy",
    "seed": 0,
    "size": 0,
    "train_tokens": 1000,
    "items": 5,
    "bytes": 500,
}
SETTINGS: dict[str, Any] = {"max_rise": 0.05, "budget_tokens": 20_000_000}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("mix")
    made = {name: root / name for name in ("counts", "swarm", "scores", "fit", "weights", "confirmed")}
    for folder in made.values():
        folder.mkdir()
    total = sum(SOURCES.values())
    counts = {
        name: {"documents": n // 1000, "tokens": n, "bytes": 4 * n, "natural_weight": n / total}
        for name, n in SOURCES.items()
    }
    (made["counts"] / "counts.json").write_text(json.dumps(counts))
    swarm.sample([], made["swarm"], counts=made["counts"], proxy_tokens=500_000, mixes=24, held_out=6)
    score(pl.read_parquet(made["swarm"] / "swarm.parquet")).write_parquet(made["scores"] / "scores.parquet")
    fit.regress([made["scores"] / "scores.parquet"], made["fit"], swarm=made["swarm"], members=8)
    solve(made, made["weights"], **SETTINGS)
    write_confirmed(made)
    return made


def solve(made: dict[str, Path], out: Path, **settings: Any) -> dict[str, Any]:
    out.mkdir(exist_ok=True)
    found = made["fit"] / "predictions.parquet"
    optimize.solve([found], out, counts=made["counts"], swarm=made["swarm"], **settings)
    solved: dict[str, Any] = json.loads((out / "weights.json").read_text())
    return solved


def write_confirmed(made: dict[str, Path]) -> None:
    """As a confirmation that found half of what was promised and exports natural."""
    solved = json.loads((made["weights"] / "weights.json").read_text())
    evals = {
        name: {
            "value": 1.0,
            "change": row["change"] / 2,
            "low": row["low"] / 2 - 0.01,
            "high": row["high"] / 2 + 0.01,
        }
        for name, row in solved["change"]["chosen"].items()
    }
    chosen = {"gain": {"mean": 0.0123, "low": -0.01, "high": 0.04}, "evals": evals}
    sizes = {
        size: {"seeds": [1, 2, 3], "mixes": {"chosen": chosen}, "natural": {}} for size in ("0", "300000")
    }
    found = {"exported": "natural", "why": "not beyond noise", "sizes": sizes, "confirmed": []}
    (made["confirmed"] / "confirmed.json").write_text(json.dumps(found))
    (made["confirmed"] / "weights.json").write_text(json.dumps(solved | {"weights": solved["natural"]}))


def page(folders: dict[str, Path], out: Path, **changes: Path | None) -> str:
    given = {name: folders[name] for name in ("counts", "swarm", "fit", "weights", "confirmed")}
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


def test_shows_the_weights_changes_and_quality_of_the_files(folders, tmp_path):
    html = page(folders, tmp_path)
    solved = json.loads((folders["weights"] / "weights.json").read_text())
    quality = json.loads((folders["fit"] / "fit.json").read_text())
    for name, weight in solved["weights"].items():
        low, high = solved["intervals"][name].values()
        assert f">{weight:.1%}<" in html and f">{low:.1%} to {high:.1%}<" in html
    for row in solved["change"]["chosen"].values():
        assert f">{row['change']:+.4f}<" in html and f">{row['change'] / 2:+.4f}<" in html
    assert f">{solved['gain']['corrected']:.4f}<" in html
    for name in NEEDS:
        assert f">{quality['evals'][name]['held_out']['r2']:.2f}<" in html


def test_says_what_proxies_of_this_size_see_and_what_the_guard_costs(folders, tmp_path):
    html = page(folders, tmp_path)
    solved = json.loads((folders["weights"] / "weights.json").read_text())
    assert solved["sight"] in html and "your own runs" in solved["sight"]
    free = {"cost": 0.125, "rises": {"reading": 0.3}, "by_eval": {"reading": 0.1}}
    solved["guard"]["free"] = free
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/weights.json").write_text(json.dumps(solved))
    html = page(folders, tmp_path, weights=tmp_path / "weights")
    assert "The guard costs 0.1250 bits per byte of the predicted gain: that of reading 0.1000." in html
    assert "reading 0.3000 bits per byte worse" in html


def test_says_what_is_exported_and_why(folders, tmp_path):
    html = page(folders, tmp_path)
    assert "Exported: natural.</b> not beyond noise" in html
    html = page(folders, tmp_path, confirmed=None)
    assert "what stands here are predictions" in html and "Exported" not in html


def test_what_was_written_stands_beside_what_was_asked_for(folders, tmp_path):
    solved = json.loads((folders["weights"] / "weights.json").read_text())
    first, *others = solved["weights"]
    (tmp_path / "shards").mkdir()
    sources = {first: {"share": 0.1234}} | {name: {"share": 0.8766 / len(others)} for name in others}
    (tmp_path / "shards/manifest.json").write_text(json.dumps({"sources": sources}))
    html = page(folders, tmp_path, shards=tmp_path / "shards")
    assert "<th>in the shards</th>" in html and ">12.3%<" in html
    assert "in the shards" not in page(folders, tmp_path).lower()


def test_scores_without_noise_have_no_ratio_and_the_page_says_its_words(folders, tmp_path):
    solved = json.loads((folders["weights"] / "weights.json").read_text())
    for row in solved["signals"].values():
        row |= {"noise": 0.0, "ratio": None, "seen": True}
    solved["detectable"] = {"gain": 0.0, "seeds": 3, "seeds_for_half": 12}
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/weights.json").write_text(json.dumps(solved))
    html = page(folders, tmp_path, weights=tmp_path / "weights", confirmed=None)
    assert "These scores have no noise" in html and "a gain of 0.0000 is seen" not in html
    assert html.count("<td>none</td>") >= len(solved["signals"])
    assert all(f"<b>{word}</b>" in html for word in ("Take", "Firm", "Free"))


def test_effects_have_the_signs_of_the_law(folders):
    solved = json.loads((folders["weights"] / "weights.json").read_text())
    model = report.load(folders["fit"])
    _, packed = report._rebuild(model, solved)
    effects = report._predict_effects(model, packed, solved, ["reading", "coding"])
    values = {
        (name, source): value
        for name, row in zip(effects["evals"], effects["values"], strict=True)
        for source, value in zip(effects["sources"], row, strict=True)
    }
    assert values["reading", "books"] < 0 < values["reading", "code"]
    assert values["coding", "code"] < 0 < values["coding", "books"]


def test_a_source_at_its_cap_is_marked(folders):
    solved = json.loads((folders["weights"] / "weights.json").read_text())
    counts = json.loads((folders["counts"] / "counts.json").read_text())
    solved["settings"] = {"max_epochs": 1.0, "budget_tokens": 20_000_000}
    solved["weights"] = dict(zip(NAMES, [0.2, 0.1, 0.7], strict=True))
    rows = {row["name"]: row for row in report._list_sources(solved, counts, {}, None)}
    assert [rows[name]["cap"] for name in NAMES] == [0.2, 0.1, 0.5]
    assert rows["books"]["at_cap"] and rows["code"]["at_cap"]


def test_one_wild_eval_does_not_set_the_axis():
    tame = [{"change": 0.01 * k, "low": 0.0, "high": 0.01 * k + 0.01} for k in range(9)]
    wild = {"change": 5.0, "low": 3.0, "high": 7.0}
    assert charts.find_edge(tame) == pytest.approx(0.09)
    assert charts.find_edge([*tame, wild]) < 0.3
    assert charts.find_edge([wild | {"change": 0.0, "low": 0.0, "high": 0.0}]) == 1.0


def test_names_stay_text_and_nothing_is_loaded(folders, tmp_path):
    html = page(folders, tmp_path)
    tags = Tags(html).tags
    assert [tag for tag, _ in tags].count("script") == 2 + 5
    assert "&lt;script&gt;alert(1)" in html
    addresses = [attrs[key] or "" for _, attrs in tags for key in ("src", "href") if key in attrs]
    assert all(address.startswith(("#", "data:")) for address in addresses)
    ids = {attrs["id"] for _, attrs in tags if "id" in attrs}
    found = re.search(r'id="charts">(.*?)</script>', html)
    assert found and {chart["id"] for chart in json.loads(found[1])} <= ids


def test_the_same_input_gives_the_same_page(folders, tmp_path):
    assert page(folders, tmp_path / "a") == page(folders, tmp_path / "b")


needs_browser = pytest.mark.skipif(not browser.CHROMIUM, reason="no chromium here to open the report in")
SET = """(() => {
  const set = asInRun(); %s;
  const { p, best, mix, gain, epsilon, low, high, change, held, ms } = solveWith(set);
  return { mix, gain, low, high, change, held, ms, ranges: measureRanges(p, best, epsilon) };
})()"""
CASES: list[tuple[str, dict[str, Any]]] = [
    ("set", {}),
    ("set.kl = 0.03", {"kl": 0.03}),
    ("set.kl = 0; set.maxRise = null", {"kl": 0.0, "max_rise": np.inf}),
    ("set.maxRise = 0.03; set.own = {coding: 0.2}", {"max_rise": 0.03, "max_rises": {"coding": 0.2}}),
    ("set.omega = [3, 1, 0]", {"evals": {"coding": 3.0, "reading": 1.0}}),
    ("set.upper[1] = 0; set.lower[0] = 0.1", {"most": {"code": 0.0}, "least": {"books": 0.1}}),
    ("set.lower[1] = 0.3; set.maxRise = -0.5", {"least": {"code": 0.3}, "max_rise": -0.5}),
]


@needs_browser
def test_the_page_solves_as_python_does(folders, tmp_path):
    page(folders, tmp_path)
    with browser.opened() as tab:
        tab.open(tmp_path / "mix.html")
        names = tab.run("about.evals")
        for number, (script, settings) in enumerate(CASES):
            solved = solve(folders, tmp_path / str(number), **(SETTINGS | settings))
            found = tab.run(SET % script)
            print(f"{script}: {found['ms']:.0f} ms in the page")
            assert found["held"] == solved["guard"]["held"]
            expected = [list(solved[key].values()) for key in ("weights", "gain")]
            assert np.allclose(found["mix"], expected[0], atol=1e-3)
            assert np.allclose([found["gain"][key] for key in solved["gain"]], expected[1], atol=1e-3)
            for side in ("low", "high"):
                weights = [row[side] for row in solved["intervals"].values()]
                assert np.allclose(found[side], weights, atol=1e-3)
                ranges = [row[side] for row in solved["epsilon"]["ranges"].values()]
                assert np.allclose(found["ranges"][side], ranges, atol=1e-3)
            for name, row in zip(names, found["change"], strict=True):
                assert row == pytest.approx(solved["change"]["chosen"][name], abs=1e-3)


@needs_browser
def test_a_measured_mix_is_shown_until_something_is_changed(folders, tmp_path):
    """No law chose it: solved again as it was, the page has the run's own answer."""
    solved = json.loads((folders["weights"] / "weights.json").read_text())
    taken = dict(zip(NAMES, [0.3, 0.2, 0.5], strict=True))
    solved |= {"finding": "measured", "weights": taken, "verdict": "Take this mix, which was trained."}
    solved["gain"] |= {"corrected": 0.0777}
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/weights.json").write_text(json.dumps(solved))
    page(folders, tmp_path, weights=tmp_path / "weights", confirmed=None)
    shown = "[...document.querySelectorAll('[data-cell=chosen]')].map((one) => one.textContent)"
    with browser.opened() as tab:
        tab.open(tmp_path / "mix.html")
        tab.run("renew()")
        assert sorted(tab.run(shown)) == ["20.0%", "30.0%", "50.0%"]
        assert tab.run("byId('gain').textContent") == "0.0777"
        assert tab.run("byId('verdict').textContent") == solved["verdict"]
        tab.run("byId('kl').value = 0.02; renew()")
        assert sorted(tab.run(shown)) != ["20.0%", "30.0%", "50.0%"]
        assert tab.run("byId('verdict').textContent") != solved["verdict"]
        assert tab.complaints == []


@needs_browser
def test_on_a_phone_nothing_is_wider_than_the_window(folders, tmp_path):
    page(folders, tmp_path)
    with browser.opened() as tab:
        tab.size(390, 844)
        tab.open(tmp_path / "mix.html")
        assert tab.run("document.documentElement.scrollWidth") == 390


@needs_browser
def test_what_is_set_in_the_page_is_shown_and_copied(folders, tmp_path):
    page(folders, tmp_path)
    with browser.opened() as tab:
        tab.open(tmp_path / "mix.html")
        assert tab.run("document.body.dataset.drawn") == "yes"
        assert tab.run("document.querySelectorAll('.main-svg').length") >= 4 + len(NEEDS)
        before = tab.run("byId('verdict').textContent")
        solved = json.loads((folders["weights"] / "weights.json").read_text())
        assert before == solved["verdict"]
        tab.run("renew()")
        assert tab.run("byId('verdict').textContent") == before
        shown = "[...document.querySelectorAll('[data-cell=chosen]')].map((one) => one.textContent)"
        weights = [
            f"{solved['weights'][name]:.1%}" for name in sorted(NAMES, key=lambda name: -SOURCES[name])
        ]
        assert tab.run(shown) == weights
        tab.run("sourceBoxes[1][0].click()")  # drop code
        assert "the guard can not hold" in tab.run("byId('verdict').textContent")
        tab.run("byId('max-rise').value = ''; renew()")
        assert tab.run(shown)[2] == "0.0%"
        assert "code = 0" in tab.run("byId('recipe').textContent")
        tab.run("sourceBoxes.forEach((boxes) => { boxes[0].checked = false }); renew()")
        assert "the caps sum to 0.000, below 1" in tab.run("byId('took').textContent")
        tab.run("byId('reset').click()")
        assert tab.run(shown) == weights
        asked = [address for address in tab.requests if not address.startswith("data:")]
        assert tab.complaints == [] and asked == [(tmp_path / "mix.html").resolve().as_uri()]
