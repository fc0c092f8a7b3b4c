"""What stands beside the shards: the dataset card."""

import json
from typing import Any

SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"))


def write_card(title: str, manifest: dict[str, Any]) -> str:
    """A README.md with the YAML head that `datasets.load_dataset` and the Hub read."""
    totals = manifest["totals"]
    body = [
        "",
        f"# {title}",
        "",
        f"{totals['rows']:,} rows in {len(manifest['files'])} Parquet files, {totals['tokens']:,} tokens,"
        f" {totals['bytes']:,} bytes of text; {totals['documents']:,} documents. A document that comes more"
        " than once has one row per `epoch`. The order of rows is shuffled over all files.",
        "",
        "## Sources",
        "",
        "| source | documents | rows | tokens | share of tokens | aimed at |",
        "|---|---:|---:|---:|---:|---:|",
        *(_write_source(name, row, manifest["weights"]) for name, row in manifest["sources"].items()),
        "",
        "## Licences",
        "",
        "Each document keeps the licence it came with (column `license`). Documents by source and licence:",
        "",
        "| source | licence | documents |",
        "|---|---|---:|",
        *(
            f"| {_escape_cell(name)} | {_escape_cell(license_ or 'not stated')} | {count:,} |"
            for name, row in manifest["sources"].items()
            for license_, count in row["licenses"].items()
        ),
        "",
        "## Columns",
        "",
        "| column | type |",
        "|---|---|",
        *(f"| `{name}` | {kind} |" for name, kind in manifest["schema"].items()),
        "",
    ]
    return "\n".join(_write_head(title, totals["rows"]) + body)


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


def _write_source(name: str, row: dict[str, Any], weights: dict[str, float] | None) -> str:
    aim = f"{weights.get(name, 0.0):.4f}" if weights else ""
    numbers = f"{row['documents']:,} | {row['rows']:,} | {row['tokens']:,} | {row['share']:.4f}"
    return f"| {_escape_cell(name)} | {numbers} | {aim} |"


def _escape_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
