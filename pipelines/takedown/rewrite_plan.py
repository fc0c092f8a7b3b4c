"""Files of a run as they will be without some documents, laid out beside; nothing that stands is changed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from winnow.pipelines.engine.disk import pieces, proof, storage
from winnow.pipelines.engine.ledger.run_summary import RunSummary
from winnow.pipelines.engine.ledger.takedowns import FOLDER

NOTHING = np.empty(0, dtype=np.int64)


@dataclass
class Staging:
    """What a take-down writes: `ids` go, `files` are laid out under `folder` by their names within the run.

    `removed` are by stage and part the rows that go from kept files, ascending.
    """

    account: RunSummary
    ids: pa.Array
    classes: dict[str, str]
    removed: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    receipts: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.account.out / FOLDER / ".staged.tmp"

    def add(self, path: Path) -> Path:
        """Where to write what will stand at a path."""
        self.files.append(path.relative_to(self.account.out).as_posix())
        return self.lay_out(path)

    def lay_out(self, path: Path) -> Path:
        """Where what may come to stand at a path is written."""
        beside = self.folder / path.relative_to(self.account.out)
        beside.parent.mkdir(parents=True, exist_ok=True)
        return beside

    def find(self, path: Path) -> Path:
        """The file as it will be."""
        beside = self.folder / path.relative_to(self.account.out)
        return beside if beside.exists() else path

    def enter(self, stage: str, part: str, receipt: dict[str, Any], written: list[Path]) -> None:
        """Say in the receipt what files are from now on. `content` stays what it was: it says what
        others were made from, and so nothing is made again for what went."""
        folder = self.account.out / stage
        fresh = {path.relative_to(folder).as_posix(): _describe(self.find(path)) for path in written}
        self.receipts.setdefault(stage, {})[part] = renew(receipt, fresh)

    def close(self) -> None:
        """Lay out receipts, `stage.json` and `run.json`."""
        out = self.account.out
        about = storage.read_json(out / "run.json")
        for stage, receipts in self.receipts.items():
            folder = out / stage
            for part, receipt in receipts.items():
                storage.write_json(self.add(folder / "receipts" / f"{part}.json"), receipt)
            path = folder / "stage.json"
            told = storage.read_json(path)
            if pieces.is_whole(told):
                storage.write_json(self.add(path), pieces.renew(folder, told, receipts, self.add))
            if f"{stage}/stage.json" in about.get("files", {}) and pieces.is_whole(told):
                about["files"][f"{stage}/stage.json"] = _describe(self.find(path))
        if "files" in about:
            storage.write_json(self.add(out / "run.json"), about)


def renew(receipt: dict[str, Any], fresh: proof.Files) -> dict[str, Any]:
    """A receipt that says what files are from now on. Of a group of a corpus stage `was` are the digests that
    what follows was made from."""
    told = {**receipt, "files": receipt["files"] | fresh}
    if "bytes_out" in receipt:
        told["bytes_out"] = sum(size for size, _ in told["files"].values())
        told["was"] = {name: receipt["files"][name][1] for name in fresh} | receipt.get("was", {})
    return told


def _describe(path: Path) -> list[Any]:
    return [path.stat().st_size, proof.digest_file(path)]


def list_parts(staging: Staging) -> Iterator[tuple[str, str]]:
    """Stages and parts that lose kept documents."""
    yield from (key for key, rows in staging.removed.items() if len(rows))
