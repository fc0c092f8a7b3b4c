"""How a gate reports: a line per figure on the screen, the same in out/gates/NAME.json."""

import json
import shutil
import sys
from pathlib import Path


def say_figure(name: str, value: float, floor: float, *, most: bool = False) -> str:
    """Print a figure with its floor and verdict, the line that `make gates` reads; the verdict."""
    verdict = "ok" if (value <= floor if most else value >= floor) else "short"
    print(f"{name} {value:g} {floor:g} {verdict}", flush=True)
    return verdict


class Figures:
    """Figures of one gate, whose folder, if it has one, is made anew.

    `floor` is the least that will do, or the most where `most` is set.
    """

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self.name = name
        self.rows: list[dict[str, object]] = []
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)

    def add(self, name: str, value: float, floor: float, *, most: bool = False) -> None:
        """Print and keep a figure."""
        verdict = say_figure(name, value, floor, most=most)
        self.rows.append({"name": name, "value": value, "floor": floor, "most": most, "verdict": verdict})

    def close(self) -> None:
        """Write the JSON and exit: 0 when no figure falls short."""
        path = Path("out/gates") / f"{self.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.rows, indent=1) + "\n")
        sys.exit(any(row["verdict"] == "short" for row in self.rows))
