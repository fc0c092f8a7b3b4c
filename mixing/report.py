"""The report of a mix: one HTML page that needs nothing but itself, and solves again when it is asked to."""

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

from winnow.mixing.proxy.windows import HELD_OUT
from winnow.mixing.regression.model import load
from winnow.mixing.reporting import charts
from winnow.mixing.solver import members as fits
from winnow.mixing.solver.embed import embed_problem
from winnow.mixing.solver.observed import take_one_size
from winnow.mixing.solver.problem import build
from winnow.mixing.solver.verdict import aim, format_cost

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = ("laws.js", "solve.js", "page.js", "draw.js")
SHIFT = 0.05  # share of the mix that is given to one source to see what it does

Table = dict[str, Any]


def write(
    files: Annotated[Sequence[Path], ()],
    out: Path,
    *,
    counts: Path,
    swarm: Path,
    fit: Path,
    weights: Path,
    confirmed: Path | None = None,
    shards: Path | None = None,
) -> None:
    """Write `mix.html`: the mixes and how sure their weights are, what the chosen one promises of each eval,
    what came of it, and why to believe it.

    The settings are the folders of `mixing.count:by_source`, `mixing.swarm:sample`, `mixing.fit:regress`,
    `mixing.optimize:solve` and, where the mixes were trained, `mixing.confirm:judge`; `files` is not
    read. With the folder of `mixing.export:shards` as `shards`, each source's share of the tokens that were
    written stands beside the weight that was asked for.
    Changes are against the natural mix, in the scores' unit, lower is better. In the page, weights of evals,
    bounds, the pull to natural and the guard can be changed, and the mix is solved again by the same steps on
    the same members as in Python. The same input gives the same page. ValueError for a mix of a later phase.
    """
    solved, model = _read_json(weights / "weights.json"), load(fit)
    if "before" in solved["settings"]:
        raise ValueError("this mix is of a later phase: mixing.phases:judge writes the page of both")
    came = _read_json(confirmed / "confirmed.json") if confirmed else None
    exported = _read_json(confirmed / "weights.json")["weights"] if confirmed else None
    quality, drawn = _read_json(fit / "fit.json"), _read_json(swarm / "swarm.json")
    predictions = pl.read_parquet(fit / "predictions.parquet", glob=False).sort("eval", "mix")
    table = pl.read_parquet(swarm / "swarm.parquet", glob=False)
    names = _order_evals(solved)
    written = _read_json(shards / "manifest.json")["sources"] if shards else None
    sources = _list_sources(solved, _read_json(counts / "counts.json"), drawn, exported, written)
    rows = _list_changes(solved, came, names)
    problem, packed = _rebuild(model, solved)
    effects = _predict_effects(model, packed, solved, names)
    figures = [
        charts.draw_weights(sources, exported is not None),
        charts.draw_changes(rows),
        charts.draw_effects(effects),
        charts.draw_rounds(_list_rounds(predictions, table, solved)),
        *charts.draw_scatters(predictions, names),
    ]
    context = {
        **{"solved": solved, "came": came, "quality": quality, "unit": model["unit"]},
        **{"sources": sources, "rows": rows, "names": names, "shift": SHIFT},
        **{"swarm": drawn, "roles": _count_roles(table)},
        **{"charts": figures, "scatters": [figure["id"] for figure in figures[4:]]},
        "written": written,
        "cost": " ".join(format_cost(solved["guard"], model["unit"])),
        "problem": embed_problem(model, problem, packed, solved["settings"]) | _embed_answer(solved),
    }
    (out / "mix.html").write_text(_render(context), encoding="utf-8")


def _embed_answer(solved: Table) -> Table:
    """What the page shows of the settings as they were: the verdict, and a mix that no law chose."""
    by_laws = solved["finding"] in ("gain", "noise", "natural")
    return {
        "verdict": solved["verdict"],
        "taken": None if by_laws else {"weights": solved["weights"], "gain": solved["gain"]},
    }


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _rebuild(model: Table, solved: Table) -> tuple[Table, fits.Pack]:
    """The problem as it was solved, and the arrays of all evals."""
    settings = dict(solved["settings"])
    for name in ("max_rise", "decay"):  # null: no limit
        settings[name] = np.inf if settings[name] is None else settings[name]
    rises = settings["max_rises"] or {}
    settings["max_rises"] = {name: np.inf if value is None else value for name, value in rises.items()}
    tokens = np.array([solved["tokens"][source] for source in model["sources"]])
    packed = fits.pack(model, settings["budget_tokens"] / tokens, settings["decay"])
    problem = build(model, tokens, settings)
    return problem | aim(problem, solved["unseen"]), packed


def _order_evals(solved: Table) -> list[str]:
    """Those that were aimed at first, the sources' own held-out text last."""
    targets = solved["targets"]
    names = solved["predicted"]["natural"]
    return sorted(names, key=lambda name: (not targets.get(name), name.startswith(HELD_OUT), name))


def _list_sources(
    solved: Table, counts: Table, swarm: Table, exported: Table | None, written: Table | None = None
) -> list[Table]:
    """A row per source, the largest first: tokens, shares in each mix and in the shards, how sure, repetition
    and caps."""
    settings, rows = solved["settings"], []
    for name, weight in solved["weights"].items():
        tokens = solved["tokens"][name]
        cap = min(1.0, settings["max_epochs"] * tokens / settings["budget_tokens"])
        rows.append(
            {
                **{"name": name, "documents": counts[name]["documents"], "tokens": int(tokens)},
                **{mix: solved[mix][name] for mix in ("natural", "uniform", "unimax")},
                **{"chosen": weight, "epochs": solved["epochs"][name], **solved["intervals"][name]},
                "range": solved["epsilon"]["ranges"][name],
                "firm": name in solved["firm"],
                "exported": exported[name] if exported else None,
                "written": (written or {}).get(name, {"share": 0.0})["share"],
                "cap": cap,
                "at_cap": weight >= cap - 1e-3 and cap < 1,
                "proxy_cap": swarm.get("caps", {}).get(name),
            }
        )
    return sorted(rows, key=lambda row: (-row["tokens"], row["name"]))


def _list_changes(solved: Table, came: Table | None, names: list[str]) -> list[Table]:
    """A row per eval: what is promised of it, and what came, by size; and how well it is seen at all."""
    rows = []
    for name in names:
        sizes = came["sizes"] if came else {}
        realised = {size: found["mixes"]["chosen"]["evals"][name] for size, found in sizes.items()}
        rows.append(
            {
                **{"name": name, "weight": solved["targets"].get(name, 0.0)},
                **{"predicted": solved["change"]["chosen"][name], "realised": realised},
                "value": {mix: row[name] for mix, row in solved["predicted"].items()},
                "signal": solved["signals"][name],
            }
        )
    return rows


def _predict_effects(model: Table, packed: fits.Pack, solved: Table, names: list[str]) -> Table:
    """What giving each source SHIFT more of the chosen mix would do to each eval, by the fitted laws.

    `values[eval][source]` in the scores' unit, negative is better; `sure` where at least 95% of the
    refits agree in the sign.
    """
    sources = model["sources"]
    chosen = np.array([solved["weights"][source] for source in sources])
    shifted = (1 - SHIFT) * chosen + SHIFT * np.eye(len(sources))
    found = fits.predict(packed, np.vstack([chosen, shifted]))
    changes = found[..., 1:] - found[..., :1]
    order = [list(model["evals"]).index(name) for name in names]
    agree = (np.sign(changes[1:]) == np.sign(changes[0])).mean(axis=0) >= 0.95
    return {
        **{"sources": sources, "evals": names, "unit": model["unit"]},
        **{"values": changes[0][order].tolist(), "sure": agree[order].tolist()},
    }


def _list_rounds(predictions: pl.DataFrame, table: pl.DataFrame, solved: Table) -> list[Table]:
    """Of every mix that was trained: its round, role, and the weighted change from natural as it came."""
    omega = pl.DataFrame(
        {"eval": list(solved["targets"]), "omega": list(solved["targets"].values())},
        schema={"eval": pl.String, "omega": pl.Float64},
    )
    rounds = table.select("mix", pl.col("round") if "round" in table.columns else pl.lit(0).alias("round"))
    rows = (
        take_one_size(predictions)
        .join(omega, on="eval")
        .group_by("mix", "role")
        .agg(score=(pl.col("value") * pl.col("omega")).sum())
        .join(rounds.unique("mix"), on="mix")
        .sort("round", "mix")
    )
    natural = rows.filter(pl.col("role").is_in(["natural", "repeat"]))["score"].mean() or 0.0
    return rows.with_columns(change=pl.col("score") - natural).to_dicts()


def _count_roles(table: pl.DataFrame) -> list[Table]:
    by = ["round", "role"] if "round" in table.columns else ["role"]
    return table.group_by(by).len().sort(by).to_dicts()


def _render(context: Table) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["figure"] = format_figure
    environment.filters["signed"] = lambda value: "-" if value is None else f"{value:+.4f}"
    scripts = [get_plotlyjs(), *((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS)]
    # Only these scripts may run, and nothing may be loaded, whatever a name smuggles in.
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    )
    return environment.get_template("mix.html.jinja").render(
        **context,
        policy=f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:",
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        scripts=[Markup(script) for script in scripts],
    )


def format_figure(value: float | None, digits: int = 3) -> str:
    """A number with so many decimals; a dash for none."""
    return "-" if value is None else f"{value:.{digits}f}"
