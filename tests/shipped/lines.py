"""Train the model of lines that is shipped: `python -m tests.shipped.lines DATA [--out FOLDER]`.

DATA is the folder of the project's real data: read is `quality/turku/*/train.json.gz` alone, TurkuNLP's pages
labelled line by line (1 is text, 0 is noise; CC-BY-SA). The figures on the card are out of fold by site.
"""

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import click

from winnow.classifiers import lines

MODEL = Path("classifiers/models/lines")


@click.command(help=__doc__)
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=click.Path(path_type=Path), default=MODEL)
def main(data: Path, out: Path) -> None:
    """Write the tables that the step reads, train, print the card's figures."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        write_tables(data, Path(folder))
        lines.train([], out, table=Path(folder))
    card = json.loads((out / "card.json").read_text(encoding="utf-8"))
    print(json.dumps(card["out_of_fold"], indent=1))


def write_tables(data: Path, folder: Path) -> list[Path]:
    """A table of each language, as `classifiers.lines:train` reads them."""
    files = sorted(data.glob("quality/turku/*/train.json.gz"))
    if not files:
        raise click.ClickException(f"{data} has no quality/turku/*/train.json.gz")
    tables = []
    for file in files:
        tables.append(folder / f"{file.parent.name}.jsonl")
        with gzip.open(file, "rt", encoding="utf-8") as handle:
            pages = json.load(handle)
        rows = [json.dumps(turn(page, file.parent.name)) for page in pages]
        tables[-1].write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tables


def turn(page: dict[str, Any], language: str) -> dict[str, Any]:
    """A page as a row of a table."""
    noise = [int(label == "0") for label in page["labels"]]
    return {"lines": page["text"], "noise": noise, "language": language}


if __name__ == "__main__":
    main()
