"""What `make tune` found, told: OUT/tune/tune.json, tune.md, and the recipe with what was chosen."""

import textwrap
from pathlib import Path
from typing import Any

import polars as pl

from winnow.markdown import draw_table, escape
from winnow.pipelines.engine.ledger import replay
from winnow.pipelines.engine.ledger.replay import Option, TunableThreshold
from winnow.pipelines.engine.ledger.run_summary import Stage
from winnow.pipelines.spec import recipe_edit

FOLDER = "tune"  # in that of the run
Told = dict[str, Any]


def tell(
    stage: Stage,
    thresholds: list[TunableThreshold],
    left: list[str],
    found: Told,
    rows: pl.DataFrame,
    fixed: pl.Series,
    sizes: dict[str, int],
) -> Told:
    """What `tune.json` says: what was found, with the rules and what of the drawn documents is kept."""
    chosen = find_chosen(thresholds, found["chosen"])
    kept = ~fixed
    for threshold, option in zip(thresholds, chosen, strict=True):
        kept &= ~replay.find_broken(threshold, option, rows)
    said = [
        {
            "rule": threshold.name,
            "step": threshold.step,
            "use": threshold.use,
            "setting": threshold.setting,
            "was": threshold.base.value,
            "now": option.value,
            "kind": option.kind,
        }
        for threshold, option in zip(thresholds, chosen, strict=True)
    ]
    bytes_ = rows["text_bytes"].fill_null(0)
    amounts = {
        "drawn": rows.height,
        "kept_before": int(rows["kept"].sum()),
        "kept_now": int(kept.sum()),
        "bytes_before": int(bytes_.filter(rows["kept"]).sum()),
        "bytes_now": int(bytes_.filter(kept).sum()),
    }
    return {
        "stage": stage.name,
        "rules": said,
        "left_alone": left,
        "amounts": amounts,
        "sizes": sizes,
        **found,
    }


def find_chosen(thresholds: list[TunableThreshold], columns: list[str | None]) -> list[Option]:
    """The option of each rule that has the column."""
    return [
        next(option for option in (threshold.base, *threshold.options) if option.column == column)
        for threshold, column in zip(thresholds, columns, strict=True)
    ]


def write(text: str, stage: Stage, thresholds: list[TunableThreshold], told: Told) -> str:
    """The recipe with what was chosen, and at its head what was changed and whether it held."""
    settings: dict[tuple[str, int], dict[str, Any]] = {}
    for row in told["rules"]:
        if row["kind"] != "base":
            settings.setdefault((stage.name, row["step"]), {})[row["setting"]] = row["now"]
    lines = ["Tuned by `make tune`.", say_verdict(told), *list_changed(told)]
    head = "".join(f"# {part}\n" for line in lines for part in textwrap.wrap(line, 110))
    return head + recipe_edit.change(text, settings)


def list_changed(told: Told) -> list[str]:
    """A line for each rule that is set otherwise."""
    return [
        f"{row['rule']}: {row['setting']} {number(row['was'])} -> {number(row['now'])}"
        + (" (off)" if row["kind"] == "off" else "")
        for row in told["rules"]
        if row["kind"] != "base"
    ]


def say_verdict(told: Told) -> str:
    """A sentence: what was claimed, and whether it held on other documents and items."""
    verdict = told["verdict"]
    if verdict is None:
        return "Nothing was seen to be better than the thresholds as they are: none is changed."
    figures = (
        f"{percent(verdict)} bits per byte (95% interval, {verdict['seeds']} fresh seeds, items not chosen"
        f" by), {verdict['text']:+.1%} text"
    )
    if verdict["harmed"]:
        figures += f"; seen to be worse: {', '.join(verdict['harmed'])}"
    if verdict["held"]:
        what = "it helps" if verdict["claim"] == "helps" else "more text, and no more than 1% worse"
        return f"HELD: {what}: {figures}."
    if verdict["said"] == "harms" or (verdict["harmed"] and verdict["claim"] != "helps"):
        return f"DID NOT HOLD: it was seen to harm: {figures}."
    return f"DID NOT HOLD: what was claimed ({verdict['claim']}) was not seen again: {figures}."


def say_unseen(told: Told) -> str:
    """A sentence: how many changes were seen to do something, and what an effect must be to be seen."""
    alone = told["alone"]
    said = {
        what: sum(row["said"] == what for row in alone) for what in ("helps", "harms", "not seen", "same")
    }
    wide = sorted((row["high"] - row["low"]) / 2 for row in alone if row["said"] == "not seen")
    middle = f", which for half of them means below {wide[len(wide) // 2]:.2%}" if wide else ""
    return (
        f"Of {len(alone)} changes alone {said['helps']} were seen to help, {said['harms']} to harm, of"
        f" {said['not seen']} no effect was seen{middle}, and with {said['same']} the same was learned."
        " `not seen` is not `no effect`."
    )


def percent(row: Told) -> str:
    """`-1.2% [-2.0, -0.4]`"""
    return f"{row['mean']:+.2%} [{100 * row['low']:+.2f}, {100 * row['high']:+.2f}]"


def number(value: Any) -> str:
    """As TOML has it."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if value < 1e6 else f"{value:.0e}"


def describe(told: Told, path: Path) -> str:
    """The page `tune.md`: the verdict first, then what was chosen, how, and what could not be seen."""
    lines = [
        f"# Thresholds of {escape(told['stage'])}",
        "",
        f"**{say_verdict(told)}**",
        "",
        _say_sizes(told, path),
        "",
    ]
    if changed := list_changed(told):
        lines += ["## What was chosen", "", *(f"* {line}" for line in changed), ""]
    if told["verdict"]:
        rows = told["verdict"]["evals"].items()
        table = [[name, f"{percent(row)} {row['said']}"] for name, row in rows]
        lines += [*draw_table(["eval, items not chosen by", "change in bits"], table), ""]
    if told["joined"]:
        table = [
            [
                *(row["name"], row["pass"], row["why"], f"{row['text']:+.1%}", percent(row)),
                f"{'taken' if row['taken'] else 'not taken'}{_say_harmed(row)}",
            ]
            for row in told["joined"]
        ]
        lines += ["## What was joined", ""]
        lines += [*draw_table(["change", "pass", "why", "text", "change in bits", ""], table), ""]
    table = [
        [
            *(row["name"], row["seeds"], f"{row['text']:+.1%}", percent(row)),
            f"{row['said']}{_say_harmed(row)}",
        ]
        for row in sorted(told["alone"], key=lambda row: row["mean"])
    ]
    lines += [
        "## Each change alone",
        "",
        *draw_table(["change", "seeds", "text", "change in bits", ""], table),
    ]
    lines += ["", say_unseen(told), ""]
    lines += [f"* not asked, keeps too little: {name}" for name in told["too_strict"]]
    lines += [f"* not asked: {line}" for line in told["left_alone"]]
    return "\n".join(lines) + "\n"


def _say_sizes(told: Told, path: Path) -> str:
    amounts = told["amounts"]
    orders = f"{told['orders']} of each seed in other orders, " if told["orders"] > 1 else ""
    return (
        f"Below 0 is better. Proxies of {told['tokens']:,} tokens, {orders}{told['seeds']} seeds to choose"
        f" and as many to judge, of {told['documents']:,} distinct texts. Of {amounts['drawn']:,} drawn"
        f" the stage kept {amounts['kept_before']:,} ({amounts['bytes_before'] / 1e6:.2f} MB); now it keeps"
        f" {amounts['kept_now']:,} ({amounts['bytes_now'] / 1e6:.2f} MB). The recipe: `{path}`."
    )


def _say_harmed(row: Told) -> str:
    """` (worse: mmlu)`, where evals are seen to be, each for itself."""
    worse = [name for name, each in row["evals"].items() if each["said"] == "harms"]
    return f" (worse: {', '.join(worse)})" if worse else ""
