"""Files and JSON of a run changed by hand, and entered as if the run itself had written them so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from winnow.pipelines.engine.disk import proof, storage


def enter(path: Path) -> None:
    """The receipt of a file's part, and `stage.json`, say from now on what the file is."""
    place = proof.locate(path)
    assert place is not None
    folder, name = place
    receipt = folder / "receipts" / f"{name}.json"

    def tell(about: dict[str, Any]) -> None:
        about["files"] |= proof.describe(folder, [path])

    change(receipt, tell)
    change(folder / "stage.json", lambda about: tell(about["parts"][name]))


def change(path: Path, how: Callable[[dict[str, Any]], Any]) -> None:
    """Change what a JSON file of a run says."""
    about = storage.read_json(path)
    how(about)
    storage.write_json(path, about)
