"""Two runs side by side: `make compare A=... B=...`.

winnow compare A B [--out DIR]

Writes a page, its figures as JSON, and as Parquet every document whose verdict changed, and every one that
only one of the runs has.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.command import Command, RunFolder, refuse
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.identity import code
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.engine.ledger.run_summary import RunSummary
from winnow.pipelines.report import tokens as measures
from winnow.pipelines.report.amounts import count, size, tokens
from winnow.pipelines.report.page import make_environment
from winnow.pipelines.report.panels import changes
from winnow.pipelines.report.tokens import Amount
from winnow.pipelines.screen.terminal import make_safe

PAGE, DATA, CHANGED, ALONE = "compare.html", "compare.json", "changed.parquet", "unmatched.parquet"
SHOWN = 8  # lines of a kind on the terminal


def compare(a: RunSummary, b: RunSummary, out: Path) -> dict[str, Any]:
    """All that the page says of two runs; changed documents are written to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    found = changes.find(a, b, out / CHANGED, out / ALONE)
    amounts = [measures.of_run(account, measures.measure(account)) for account in (a, b)]
    return {
        "runs": [_describe(account, each) for account, each in zip((a, b), amounts, strict=True)],
        "settings": _differ(a, b),
        "code": _differ_code(a, b),
        "sources": _list_sources(a, b, amounts),
        "stages": _list_stages(a, b),
        "reasons": _list_reasons(a, b),
        "changes": found,
    }


def _describe(account: RunSummary, amounts: measures.Amounts) -> dict[str, Any]:
    return {
        "folder": str(account.out),
        "recipe": account.recipe,
        "started": account.origin.get("started"),
        "seconds": account.seconds,
        "done": all(stage.done for stage in account.stages.values()),
        "documents": run_summary.add_totals(account),
        "text": measures.total(amounts),
    }


def _read_stages(account: RunSummary) -> dict[str, dict[str, Any]]:
    return {name: storage.read_json(stage.folder / "stage.json") for name, stage in account.stages.items()}


def _differ(a: RunSummary, b: RunSummary) -> list[dict[str, Any]]:
    """Of each stage what its recipe has otherwise: `stage`, `lines`."""
    old, new = _read_stages(a), _read_stages(b)
    found = []
    for name in dict.fromkeys((*old, *new)):
        if name not in new or name not in old:
            found.append({"stage": name, "lines": [f"only in {'A' if name in old else 'B'}"]})
        elif lines := manifest.differences(old[name], new[name]):
            found.append({"stage": name, "lines": lines})
    return found


def _differ_code(a: RunSummary, b: RunSummary) -> list[str]:
    """How the code of steps that both run, and the packages, differ, a line each."""
    codes: list[code.Code] = []
    versions: list[dict[str, str]] = []
    for account in (a, b):
        stages = _read_stages(account).values()
        codes.append({use: about for stage in stages for use, about in stage.get("code", {}).items()})
        versions.append({name: told for stage in stages for name, told in stage.get("versions", {}).items()})
    shared = codes[0].keys() & codes[1].keys()
    lines = code.differences(*({use: each[use] for use in shared} for each in codes))
    was, now = versions
    return lines + [
        f"{name}: was {was.get(name, 'absent')}, is {now.get(name, 'absent')}"
        for name in sorted({*was, *now})
        if was.get(name) != now.get(name)
    ]


def _list_sources(a: RunSummary, b: RunSummary, amounts: list[measures.Amounts]) -> list[dict[str, Any]]:
    """Each source, and at last all: `documents` and `text`, by fate, as (A, B)."""

    def row(
        name: str, documents: Sequence[Mapping[str, Any]], texts: list[dict[str, Amount]]
    ) -> dict[str, Any]:
        return {
            "name": name,
            "documents": {fate: [int(each.get(fate, 0)) for each in documents] for fate in ("in", "kept")},
            "text": {fate: [each.get(fate, Amount()) for each in texts] for fate in ("in", "kept")},
        }

    documents = [run_summary.count_by_source(account) for account in (a, b)]
    rows = [
        row(source, [each.get(source, {}) for each in documents], [each.get(source, {}) for each in amounts])
        for source in dict.fromkeys((*documents[0], *documents[1]))
    ]
    totals = [run_summary.add_totals(account) for account in (a, b)]
    whole = row("all", totals, [measures.total(each) for each in amounts])
    return [*rows, whole] if len(rows) > 1 else rows


def _list_stages(a: RunSummary, b: RunSummary) -> list[dict[str, Any]]:
    """Each stage that documents flow through: its rows by fate, as (A, B); None where a run has it not."""
    sides = [{stage.name: stage for stage in account.shard_stages()} for account in (a, b)]
    fates = ("rows_in", "kept", "dropped", "failed")
    return [
        {"name": name}
        | {fate: [side[name].total(fate) if name in side else None for side in sides] for fate in fates}
        for name in dict.fromkeys((*sides[0], *sides[1]))
    ]


def _list_reasons(a: RunSummary, b: RunSummary) -> list[dict[str, Any]]:
    """Each reason of the main line: `documents` and `bytes` as (A, B), the greatest difference first."""
    sides = [run_summary.add_reasons(account) for account in (a, b)]
    rows = [
        {"reason": reason}
        | {
            unit: [int(side.get(reason, {}).get(unit, 0)) for side in sides]
            for unit in ("documents", "bytes")
        }
        for reason in {**sides[0], **sides[1]}
    ]
    return sorted(rows, key=lambda row: (-abs(row["documents"][1] - row["documents"][0]), row["reason"]))


def summarize(told: dict[str, Any]) -> str:
    """The lines for a terminal."""
    a, b = (run["documents"]["kept"] for run in told["runs"])
    texts = [run["text"]["kept"] for run in told["runs"]]
    counted = None not in (texts[0].tokens, texts[1].tokens)
    amounts = " and ".join(tokens(text) if counted else size(text.bytes) for text in texts)
    found = told["changes"]
    unit = " tokens" if counted else " of text"
    kinds = [f"  {count(kind['documents']):>11}  {kind['a']} -> {kind['b']}" for kind in found["kinds"]]
    settings = [f"{row['stage']}: {line}" for row in told["settings"] for line in row["lines"]]
    return "\n".join(
        [
            f"kept           {count(a)} and {count(b)} documents ({b - a:+,}), {amounts}{unit}",
            *_shorten([f"settings       {line}" for line in settings]),
            *_shorten([f"code           {line}" for line in told["code"]]),
            f"documents      {describe_matched(found)}",
            *_shorten([f"NOT MATCHED    {line}" for line in list_unmatched(found)]),
            f"verdicts       {count(found['changed'])} changed, {count(found['length'])} {changes.LENGTH}",
            *_shorten(kinds),
        ]
    )


def describe_matched(found: dict[str, Any]) -> str:
    """How many documents both runs have, and by what they were matched."""
    ways = ", ".join(f"{count(number)} by {way}" for way, number in found["by"].items())
    told = f"{count(found['both'])} in both{f': {ways}' if ways else ''}"
    return told + (
        f"; {count(found['other_text'])} of these came with another text" if found["other_text"] else ""
    )


def list_unmatched(found: dict[str, Any]) -> list[str]:
    """What could not be compared, and why, in lines."""
    lines = []
    for side, other in ("ab", "ba"):
        if sources := found["alone"][side]:
            named = ", ".join(f"{count(number)} of {source}" for source, number in sources.items())
            lines.append(
                f"{count(found[f'only_{side}'])} of {side.upper()} ({named}): nothing in {other.upper()} has"
                " their place, key, URL or text"
            )
    for side in found["blind"]:
        lines.append(
            f"{side} is of a version that kept no digests of texts: no document was matched by its text"
        )
    return lines


def _shorten(lines: list[str]) -> list[str]:
    return lines if len(lines) <= SHOWN else [*lines[:SHOWN], f"  and {len(lines) - SHOWN} more, on the page"]


def write(a: Path, b: Path, out: Path) -> str:
    """Write the page, its JSON and the Parquet of changed documents into `out`; the lines for a terminal.

    FileNotFoundError where one is no run, Damaged where one is not what was written.
    """
    told = compare(run_summary.read(a), run_summary.read(b), out)
    storage.write_json(out / DATA, told)
    lines = {"matched": describe_matched(told["changes"]), "unmatched": list_unmatched(told["changes"])}
    template = make_environment().get_template("compare.html.jinja")
    storage.write(out / PAGE, template.render(**told, **lines, file=CHANGED, alone=ALONE, data=DATA))
    return f"{summarize(told)}\npage           {out / PAGE}"


@click.command(cls=Command)
@click.argument("a", type=RunFolder())
@click.argument("b", type=RunFolder())
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default="out/compare", show_default=True
)
@refuse()
def main(a: Path, b: Path, out: Path) -> None:
    """Compare the runs in the folders A and B: yields, tokens, reasons, settings that differ, and the
    documents whose verdict changed."""
    click.echo(make_safe(write(a.resolve(), b.resolve(), out)))


if __name__ == "__main__":
    main()
