import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from winnow.mixing import confirm

SOURCES = ["code", "web"]
MIXES = {
    "natural": [0.1, 0.9],
    "chosen": [0.4, 0.6],
    "uniform": [0.5, 0.5],
    "unimax": [0.3, 0.7],
    "best": [0.2, 0.8],
}
TARGETS = {"coding": 0.5, "reading": 0.5}


def lay_out(folder: Path, seeds: int = 3, **settings: Any) -> Path:
    """A folder as `mixing.optimize:solve` writes it."""
    solved = folder / "solved"
    solved.mkdir()
    for number, (name, weights) in enumerate(MIXES.items(), start=50):
        for seed in range(seeds):
            row = {"mix": number, "role": name, "seed": 100 + seed, "round": 0}
            pl.DataFrame([row | dict(zip(SOURCES, weights, strict=True))]).write_parquet(
                solved / f"mix={name}-{seed}.parquet"
            )
    found = {
        "weights": dict(zip(SOURCES, MIXES["chosen"], strict=True)),
        "natural": dict(zip(SOURCES, MIXES["natural"], strict=True)),
        "tokens": {"code": 100, "web": 900},
        "targets": TARGETS,
        "predicted": {name: dict.fromkeys([*TARGETS, "source:web"], 2.0) for name in MIXES},
        "promise": {"naive": 0.06, "corrected": 0.05, "low": 0.03, "high": 0.07},
        "mixes": {name: 50 + number for number, name in enumerate(MIXES)},
        "settings": {"confidence": 0.9, "max_rise": 0.02, "max_rises": None, "budget_tokens": 1000}
        | {"max_epochs": None, "least": None, "most": None, "groups": None}
        | settings,
    }
    (solved / "weights.json").write_text(json.dumps(found))
    return solved


def write_scores(
    folder: Path, changes: dict[str, tuple[float, float]], size: int = 300_000, noise: float = 0.002
) -> Path:
    """Scores of all mixes: `changes` in bits of the two targets; seeds shift all mixes alike."""
    drawn = np.random.default_rng(size)
    rows = []
    shifts: dict[tuple[int, str], float] = {}
    for path in sorted((folder / "solved").glob("mix=*.parquet")):
        mix = pl.read_parquet(path).row(0, named=True)
        change = dict(zip(TARGETS, changes.get(mix["role"], (0.0, 0.0)), strict=True))
        for name in [*TARGETS, "source:web"]:
            shift = shifts.setdefault((mix["seed"], name), float(drawn.normal(0, 0.1)))
            value = 2.0 + shift + change.get(name, 0.0) + float(drawn.normal(0, noise))
            rows.append((mix["mix"], mix["seed"], name, value, "bits per byte", size, "transformer"))
    names = ["mix", "seed", "eval", "value", "unit", "size", "proxy"]
    (folder / str(size)).mkdir(exist_ok=True)
    path = folder / str(size) / "scores.parquet"
    pl.DataFrame(rows, schema=names, orient="row").write_parquet(path)
    return path


def judge(folder: Path, files: list[Path], **settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    out = folder / "judged"
    out.mkdir(exist_ok=True)
    confirm.judge(files, out, weights=folder / "solved", **settings)
    return tuple(json.loads((out / name).read_text()) for name in ("confirmed.json", "weights.json"))  # type: ignore[return-value]


def test_a_mix_that_gains_beyond_noise_is_exported(tmp_path: Path) -> None:
    lay_out(tmp_path)
    gains = {"chosen": (-0.08, -0.02)}
    files = [write_scores(tmp_path, gains), write_scores(tmp_path, gains, 1_000_000)]
    report, weights = judge(tmp_path, files)
    assert report["exported"] == weights["exported"] == "chosen"
    assert weights["weights"] == {"code": 0.4, "web": 0.6}
    assert weights["epochs"] == pytest.approx({"code": 4.0, "web": 0.6 / 0.9})
    assert set(report["sizes"]) == {"300000", "1000000"} and report["sizes"]["300000"]["seeds"] == [
        100,
        101,
        102,
    ]
    gain = report["sizes"]["300000"]["mixes"]["chosen"]["gain"]
    assert gain["low"] < 0.05 < gain["high"] and gain["mean"] == pytest.approx(0.05, abs=0.01)
    assert report["promise"]["held"]
    assert "confirmed" in report["why"]


def test_a_gain_within_noise_exports_natural_or_the_best_that_is_confirmed(tmp_path: Path) -> None:
    lay_out(tmp_path)
    report, weights = judge(tmp_path, [write_scores(tmp_path, {"chosen": (-0.001, 0.001)})])
    assert weights["exported"] == "natural" and weights["weights"] == {"code": 0.1, "web": 0.9}
    assert "not beyond noise" in report["why"] and not report["promise"]["held"]
    told = json.loads((tmp_path / "judged/messages.json").read_text())["says"]
    assert told[0].startswith("exported: natural: the chosen mix") and "did not hold" in told[1]
    better = {"unimax": (-0.05, -0.05), "best": (-0.03, -0.03)}
    report, weights = judge(tmp_path, [write_scores(tmp_path, better)])
    assert weights["exported"] == "unimax" and report["confirmed"] == ["best", "unimax"]
    report, weights = judge(tmp_path, [write_scores(tmp_path, better)], export="chosen")
    assert weights["exported"] == "chosen" and "all the same" in report["why"]


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        ({"max_epochs": 4.5}, "code 5.00 times, max_epochs = 4.5"),
        ({"most": {"code": 0.45}}, "code 0.500, where 0 to 0.45 is asked"),
        ({"groups": {"written": {"sources": ["web"], "least": 0.55}}}, "written 0.500, where 0.55 to 1 is"),
    ],
)
def test_no_mix_outside_the_bounds_of_the_run_is_exported(tmp_path: Path, bounds: Any, says: str) -> None:
    """Uniform gains most, but knows of no bound: the export would be refused, or a promise broken."""
    lay_out(tmp_path, **bounds)
    better = {"uniform": (-0.07, -0.07), "unimax": (-0.05, -0.05)}
    report, weights = judge(tmp_path, [write_scores(tmp_path, better)])
    assert weights["exported"] == "unimax" and report["confirmed"] == ["unimax"]
    assert list(report["outside"]) == ["uniform"] and says in report["why"]


@pytest.mark.parametrize(("most", "outside"), [(0.5 - 1e-9, False), (0.499, True)])
def test_a_bound_is_kept_to_its_rounding(most: float, outside: bool) -> None:
    """A solver ends beside a bound by the last bits of a number, not by a thousandth."""
    asked = {"least": None, "most": {"code": most}, "groups": None, "max_epochs": None, "budget_tokens": 1}
    solved: Any = {"settings": asked, "tokens": {"web": 1, "code": 1}}
    assert bool(confirm._find_outside({"web": 0.5, "code": 0.5}, solved)) == outside


def test_a_mix_that_one_size_lacks_is_not_confirmed(tmp_path: Path) -> None:
    lay_out(tmp_path)
    better = {"chosen": (-0.03, -0.03), "uniform": (-0.07, -0.07)}
    small, large = write_scores(tmp_path, better), write_scores(tmp_path, better, 1_000_000)
    pl.read_parquet(large).filter(pl.col("mix") != 52).write_parquet(large)
    report, _ = judge(tmp_path, [small, large])
    assert report["exported"] == "chosen" and "uniform" not in report["confirmed"]
    assert {"size": 1_000_000, "mix": "uniform"} in report["left_out"]


def test_a_gain_at_one_size_alone_is_none(tmp_path: Path) -> None:
    lay_out(tmp_path)
    files = [
        write_scores(tmp_path, {"chosen": (-0.05, -0.05)}),
        write_scores(tmp_path, {"chosen": (0.0, 0.001)}, 1_000_000),
    ]
    report, _ = judge(tmp_path, files)
    assert report["exported"] == "natural"
    assert "+0.05" in report["why"] and "1M parameters" in report["why"]


def test_the_best_confirmed_is_exported_before_the_chosen(tmp_path: Path) -> None:
    lay_out(tmp_path)
    better = {"chosen": (-0.03, -0.03), "unimax": (-0.06, -0.06), "best": (-0.02, -0.02)}
    report, weights = judge(tmp_path, [write_scores(tmp_path, better)])
    assert weights["exported"] == "unimax" and report["confirmed"] == ["best", "chosen", "unimax"]
    assert "confirmed, and bettered by unimax, which gains +0.06" in report["why"]


def test_a_rise_within_the_noise_of_the_runs_breaks_no_guard(tmp_path: Path) -> None:
    """The mean is over the bound; so is that of many a mix that changes nothing."""
    lay_out(tmp_path, seeds=3)
    file = write_scores(tmp_path, {"chosen": (-0.9, 0.05)}, noise=0.02)
    report, weights = judge(tmp_path, [file])
    over = report["sizes"]["300000"]["mixes"]["chosen"]["evals"]["reading"]
    assert over["least"] < 0.02 < over["change"] and over["low"] < over["least"]
    assert weights["exported"] == "chosen" and report["broken"]["chosen"] == {}
    assert list(report["unsure"]["chosen"]) == ["reading"]
    assert "within the noise of the runs: reading by 0.0" in report["why"]


def test_what_an_earlier_proof_confirmed_goes_out_where_a_further_round_confirms_nothing(
    tmp_path: Path,
) -> None:
    lay_out(tmp_path)
    judge(tmp_path, [write_scores(tmp_path, {"unimax": (-0.06, -0.06)})])
    (tmp_path / "judged").rename(tmp_path / "earlier")
    file = write_scores(tmp_path, {}, 400_000)
    report, weights = judge(tmp_path, [file], before=tmp_path / "earlier")
    assert report["exported"] == weights["exported"] == "unimax" and "300000" in report["sizes"]
    assert "a further round confirmed no mix" in weights["why"] and report["further"]["exported"] == "natural"
    file = write_scores(tmp_path, {"chosen": (-0.09, -0.09)}, 400_000)
    assert judge(tmp_path, [file], before=tmp_path / "earlier")[0]["exported"] == "chosen"


def test_where_scores_have_no_noise_what_came_lies_within_the_promise(tmp_path: Path) -> None:
    lay_out(tmp_path)
    for change, held in ((-0.069, True), (-0.071, False)):  # of a promise of .03 to .07
        report, _ = judge(tmp_path, [write_scores(tmp_path, {"chosen": (change, change)}, noise=0.0)])
        assert report["promise"]["held"] == held and report["promise"]["narrow"]


def test_an_eval_that_gets_worse_breaks_the_guard(tmp_path: Path) -> None:
    lay_out(tmp_path)
    file = write_scores(tmp_path, {"chosen": (-0.3, 0.05)})
    report, weights = judge(tmp_path, [file])
    assert weights["exported"] == "natural" and "guard allows: reading by 0.0" in report["why"]
    assert report["broken"]["chosen"] == pytest.approx({"reading": 0.05}, abs=0.01)
    solved = json.loads((tmp_path / "solved" / "weights.json").read_text())
    solved["settings"]["max_rises"] = {"reading": 0.1}
    (tmp_path / "solved" / "weights.json").write_text(json.dumps(solved))
    assert judge(tmp_path, [file])[0]["exported"] == "chosen"


def test_seeds_without_all_scores_are_left_out_and_told(tmp_path: Path) -> None:
    lay_out(tmp_path)
    file = write_scores(tmp_path, {"chosen": (-0.05, -0.05)})
    scores = pl.read_parquet(file)
    lost = (pl.col("seed") == 101) & (pl.col("eval") == "coding") & (pl.col("mix") == scores["mix"].min())
    first = scores.with_columns(value=pl.when(lost).then(float("nan")).otherwise("value"))
    first.write_parquet(file)
    report, _ = judge(tmp_path, [file])
    assert report["left_out"] == [{"size": 300_000, "seed": 101}]
    assert report["sizes"]["300000"]["seeds"] == [100, 102]
    first.filter(pl.col("seed") < 102).write_parquet(file)
    with pytest.raises(ValueError, match=r"1 of the seeds \[100, 101\]"):
        judge(tmp_path, [file])


def test_a_mix_of_which_nothing_came_back_is_told(tmp_path: Path) -> None:
    lay_out(tmp_path)
    file = write_scores(tmp_path, {"chosen": (-0.05, -0.05)})
    pl.read_parquet(file).filter(pl.col("mix") != 53).write_parquet(file)
    report, _ = judge(tmp_path, [file])
    assert report["left_out"] == [{"size": 300_000, "mix": "unimax"}] and report["exported"] == "chosen"


def test_where_natural_was_chosen_nothing_is_to_be_confirmed(tmp_path: Path) -> None:
    solved = lay_out(tmp_path)
    found = json.loads((solved / "weights.json").read_text())
    found |= {"verdict": "no mix beats natural", "weights": found["natural"]}
    found["mixes"]["chosen"] = found["mixes"]["natural"]
    (solved / "weights.json").write_text(json.dumps(found))
    report, weights = judge(tmp_path, [])
    assert (report["exported"], report["why"]) == ("natural", "no mix beats natural")
    assert weights["weights"] == found["natural"]


def test_a_mix_that_was_not_trained_is_named(tmp_path: Path) -> None:
    solved = lay_out(tmp_path)
    file = write_scores(tmp_path, {})
    for path in solved.glob("mix=chosen*"):
        path.unlink()
    with pytest.raises(ValueError, match="the chosen mix was not trained"):
        judge(tmp_path, [file])
