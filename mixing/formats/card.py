"""What stands beside the shards: the dataset card."""

import json
from typing import Any

from winnow.markdown import draw_table, escape

SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"))


def write_card(title: str, manifest: dict[str, Any]) -> str:
    """A README.md with the YAML head that `datasets.load_dataset` and the Hub read."""
    totals, about = manifest["totals"], "≈" if manifest["token_count"] != "counted" else ""
    body = [
        "",
        f"# {escape(title)}",
        "",
        f"{totals['documents']:,} documents in {totals['rows']:,} rows of {len(manifest['files'])} Parquet"
        " files: a document that comes more than once has one row per `epoch`. The documents hold"
        f" {_say(totals['unique_tokens'], about)} tokens and {totals['unique_bytes']:,} bytes of text;"
        f" the rows, with repeats, {_say(totals['tokens'], about)} tokens and {totals['bytes']:,} bytes."
        " The order of rows is shuffled over all files.",
        *(["", "Tokens are estimated (≈): UTF-8 bytes / 4."] if about else []),
        *_draw_sources(manifest, about),
        *_draw_licenses(manifest["sources"]),
        "",
        "## Summary and datasheet",
        "",
        "`make summary` writes beside this card the public summary of training content (`summary.html`,"
        " [summary.md](summary.md), `summary.json`), a datasheet ([datasheet.md](datasheet.md)), and"
        " Croissant's description (`croissant.json`).",
        "",
        "## Columns",
        "",
        *draw_table(["column", "type"], manifest["schema"].items()),
        "",
    ]
    return "\n".join(_write_head(title, totals["rows"]) + body)


def _draw_sources(manifest: dict[str, Any], about: str) -> list[str]:
    names = ("source", "documents", "rows", "tokens", "tokens with repeats", "epochs", "share of tokens")
    cells = (_list_cells(name, row, manifest["weights"], about) for name, row in manifest["sources"].items())
    lines = ["", "## Sources", "", *draw_table([*names, "aimed at"], cells, right=7)]
    if mix := manifest["mix"]:
        lines += ["", f"The mix is the {mix['exported']} one: {escape(mix['why'])}."]
    return lines


def _draw_licenses(sources: dict[str, dict[str, Any]]) -> list[str]:
    rows = (
        [name, license_ or "not stated", f"{count:,}"]
        for name, row in sources.items()
        for license_, count in row["licenses"].items()
    )
    return [
        "",
        "## Licences",
        "",
        "Each document keeps the licence it came with (column `license`). Documents by source and licence:",
        "",
        *draw_table(["source", "licence", "documents"], rows, right=1),
    ]


def _write_head(title: str, rows: int) -> list[str]:
    return [
        "---",
        f"pretty_name: {json.dumps(title)}",
        "license: other",
        "task_categories:",
        "- text-generation",
        "size_categories:",
        f"- {next((name for limit, name in SIZES if rows < limit), 'n>1M')}",
        "configs:",
        "- config_name: default",
        "  data_files:",
        "  - split: train",
        "    path: data/train-*.parquet",
        "---",
    ]


def _list_cells(name: str, row: dict[str, Any], weights: dict[str, float] | None, about: str) -> list[str]:
    return [
        name,
        f"{row['documents']:,}",
        f"{row['rows']:,}",
        _say(row["unique_tokens"], about),
        _say(row["tokens"], about),
        "" if row["epochs"] is None else f"{row['epochs']:.2f}",
        "" if row["share"] is None else f"{row['share']:.4f}",
        f"{weights.get(name, 0.0):.4f}" if weights else "",
    ]


def _say(number: int | None, about: str) -> str:
    return "uncounted" if number is None else f"{about}{number:,}"
