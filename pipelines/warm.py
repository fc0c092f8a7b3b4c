"""Compile what is compiled once: `python -m pipelines.warm`, at set-up, so that no worker's first batch pays.

Every shard step of the shipped recipes that needs no model or table of a run is called on two documents.
"""

import time
import tomllib
from pathlib import Path

import polars as pl

from pipelines import groups, schema
from pipelines.address import resolve

TEXT = "A first sentence, with some words. A second one isn't long!\n\nAnd a paragraph: three words. "


def main() -> None:
    """Call the steps; says how long it took."""
    begun = time.perf_counter()
    row = {"id": ["a", "b"], "text": [TEXT * 20, "Ein kurzer Text über nichts."]}
    docs = schema.complete(pl.DataFrame(row))
    called = set()
    for path in sorted((Path(__file__).parent / "recipes").glob("*.toml")):
        text, _ = groups.expand(path, path.read_text(encoding="utf-8"))
        for stage in tomllib.loads(text)["stage"]:
            for step in stage["steps"]:
                settings = {name: value for name, value in step.items() if name not in ("use", "where")}
                paths = any(
                    isinstance(value, str) and value.startswith(("stage:", "data/"))
                    for value in settings.values()
                )
                function = resolve(step["use"])
                if function.__code__.co_varnames[0] == "docs" and not paths and step["use"] not in called:
                    try:
                        function(docs, **settings)
                    except pl.exceptions.ColumnNotFoundError:
                        continue  # it judges by a column that a step with a model adds, and has no kernel
                    except ModuleNotFoundError:
                        continue  # what `make extras` brings is not there yet, and has no kernel
                    called.add(step["use"])
    print(f"compiled the kernels of {len(called)} steps in {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
