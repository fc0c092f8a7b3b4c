"""The report of a mix: one HTML page that needs nothing but itself."""

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import jinja2
import numpy as np
import polars as pl
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from mixing import charts
from mixing.fit import load, predict
from mixing.optimize import jackknife
from mixing.proxy.windows import HELD_OUT

TEMPLATES = Path(__file__).parent / "templates"
MIXES = ("natural", "uniform", "chosen")
SHIFT = 0.05  # share of the mix that is given to one source to see what it does


def write(
    files: Annotated[Sequence[Path], ()],
    out: Path,
    *,
    counts: Path,
    swarm: Path,
    fit: Path,
    weights: Path,
    realised: Path | None = None,
) -> None:
    """Write `mix.html`: the natural, uniform and chosen mix, what was promised of them and what came.

    The settings are the folders of `mixing.count:by_source`, `mixing.swarm:sample`, `mixing.fit:regress`,
    `mixing.optimize:solve` and, where the three mixes were trained, `mixing.optimize:compare`; `files` is
    not read. Scores are bits per byte, lower is better; effects are in standard deviations of the score over
    the training mixes. The same input gives the same page.
    """
    solved = _read_json(weights / "weights.json")
    came = _read_json(realised / "realised.json") if realised else None
    quality = _read_json(fit / "fit.json")
    predictions = pl.read_parquet(fit / "predictions.parquet", glob=False).sort("eval", "mix")
    model = load(fit)
    drawn = _read_json(swarm / "swarm.json")
    roles = pl.read_parquet(swarm / "swarm.parquet", glob=False)["role"].value_counts().sort("role")
    names = _order_evals(solved)
    sources = _list_sources(solved, _read_json(counts / "counts.json"), drawn)
    effects = _predict_effects(model, solved, names)
    figures = [
        charts.draw_weights(sources),
        charts.draw_gains(_list_gains(solved, came, names)),
        charts.draw_effects(effects),
        *charts.draw_scatters(predictions, names),
    ]
    context = {
        **{"sources": sources, "scores": _list_scores(solved, came, names), "names": names},
        **{"came": came, "verdict": _judge(solved, came), "quality": quality},
        "objective": solved["objective"],
        "gain": solved["uncertainty"]["gain_over_natural"],
        **{"effects": effects, "shift": SHIFT},
        **{"swarm": drawn, "roles": roles.to_dicts()},
        "settings": solved["settings"],
        "charts": figures,
        "scatters": [figure["id"] for figure in figures[3:]],
    }
    (out / "mix.html").write_text(_render(context), encoding="utf-8")


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _order_evals(solved: dict[str, Any]) -> list[str]:
    """Those that were aimed at first, the sources' own held-out text last."""
    standard = solved["standard"]
    return sorted(standard, key=lambda name: (standard[name]["weight"] == 0, name.startswith(HELD_OUT), name))


def _list_sources(
    solved: dict[str, Any], counts: dict[str, Any], swarm: dict[str, Any]
) -> list[dict[str, Any]]:
    """A row per source, the largest first: its tokens, its share in each mix, repetition and caps."""
    settings = solved["settings"]
    rows = []
    for name, weight in solved["weights"].items():
        tokens = counts[name]["tokens"]
        cap = min(1.0, settings["max_epochs"] * tokens / settings["budget_tokens"])
        rows.append(
            {
                "name": name,
                "documents": counts[name]["documents"],
                "tokens": tokens,
                "natural": solved["natural"][name],
                "uniform": solved["uniform"][name],
                "chosen": weight,
                "error": solved["uncertainty"]["weights"][name],
                "epochs": solved["epochs"][name],
                "cap": cap,
                "at_cap": weight >= cap - 1e-3 and cap < 1,
                "proxy_cap": swarm["caps"].get(name),
            }
        )
    return sorted(rows, key=lambda row: -row["tokens"])


def _list_scores(
    solved: dict[str, Any], came: dict[str, Any] | None, names: list[str]
) -> list[dict[str, Any]]:
    """A row per eval with the predicted and, where measured, the realised bits per byte of each mix."""
    rows = []
    for name in names:
        predicted = {mix: solved["predicted"][mix][name] for mix in MIXES}
        realised = {mix: came["mixes"][mix]["evals"][name]["realised"] for mix in MIXES} if came else {}
        rows.append(
            {
                "name": name,
                "weight": solved["standard"][name]["weight"],
                "predicted": predicted,
                "realised": realised,
                "best_predicted": min(predicted, key=lambda mix: predicted[mix]),
                "best_realised": min(realised, key=lambda mix: realised[mix], default=None),
            }
        )
    return rows


def _list_gains(
    solved: dict[str, Any], came: dict[str, Any] | None, names: list[str]
) -> list[dict[str, Any]]:
    """How much better the chosen mix is than the natural one, in standard deviations."""
    rows = []
    for name in names:
        sd = solved["standard"][name]["sd"] or 1.0
        predicted = solved["predicted"]["natural"][name] - solved["predicted"]["chosen"][name]
        row = {"name": name, "predicted": predicted / sd, "realised": None}
        if came:
            measured = {mix: came["mixes"][mix]["evals"][name]["realised"] for mix in ("natural", "chosen")}
            row["realised"] = (measured["natural"] - measured["chosen"]) / sd
        rows.append(row)
    return rows


def _predict_effects(model: dict[str, Any], solved: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """What giving each source SHIFT more of the chosen mix would do to each eval, by the fitted laws.

    `values[eval][source]` in standard deviations, negative is better; `sure` where the effect is beyond
    two jackknife standard errors over the fit's folds.
    """
    sources = model["sources"]
    chosen = np.array([solved["weights"][source] for source in sources])
    shifted = (1 - SHIFT) * chosen + SHIFT * np.eye(len(sources))
    rows = np.vstack([chosen, shifted])
    values, sure = [], []
    for name in names:
        fitted = model["evals"][name]
        versions = [predict(fitted, rows, version) for version in range(len(fitted["versions"]))]
        changes = np.array([(found[1:] - found[0]) / (fitted["sd"] or 1.0) for found in versions])
        error = jackknife(changes[1:])
        values.append(changes[0].tolist())
        sure.append((np.abs(changes[0]) > 2 * error).tolist())
    return {"sources": sources, "evals": names, "values": values, "sure": sure}


def _judge(solved: dict[str, Any], came: dict[str, Any] | None) -> dict[str, Any]:
    """Whether what came agrees with what was promised: in words, and good or not."""
    if came is None:
        return {"good": None, "text": "The three mixes were not trained: what stands here are predictions."}
    first = came["order"]["realised"][0]
    score = {mix: came["mixes"][mix]["score"]["realised"] for mix in MIXES}
    lead = abs(score["chosen"] - min(score["natural"], score["uniform"]))
    text = (
        "the chosen mix is the best of the three"
        if first == "chosen"
        else f"the {first} mix is better than the chosen one: the prediction did not hold"
    )
    return {
        "good": first == "chosen",
        "text": f"Trained once each and measured, {text}; {lead:.2f} SD lie between them.",
    }


def _render(context: dict[str, Any]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["figure"] = format_figure
    scripts = [get_plotlyjs(), (TEMPLATES / "draw.js").read_text(encoding="utf-8")]
    # Only these two scripts may run, and nothing may be loaded, whatever a name smuggles in.
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    )
    return environment.get_template("mix.html.jinja").render(
        **context,
        policy=f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:",
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        plotly=Markup(scripts[0]),
        draw=Markup(scripts[1]),
    )


def format_figure(value: float | None, digits: int = 3) -> str:
    """A number with so many decimals; a dash for none."""
    return "-" if value is None else f"{value:.{digits}f}"
