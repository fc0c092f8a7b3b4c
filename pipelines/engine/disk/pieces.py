"""The receipts of a stage that is whole: in `stage.json`, or, where they are many, in pieces beside it.

A piece is a JSON file of so many receipts, in the order of their names. `stage.json` says of each (`pieces`)
which part is its first, how many it has, and its digest.
"""

import bisect
import functools
import shutil
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from winnow.pipelines.engine.disk import proof, storage

Receipt = dict[str, Any]
MOST = 1000
"""Receipts of a piece, and of a `stage.json` that has them all."""
FOLDER = "receipts/whole"


class Pieces(Mapping[str, Receipt]):
    """Receipts by name, of which two pieces are in memory at a time; Damaged where one is not as written."""

    def __init__(self, folder: Path, listed: list[list[Any]]) -> None:
        self.folder, self.listed = folder, listed
        self.first: list[str] = [first for first, _, _ in listed]
        self.count: int = sum(count for _, count, _ in listed)
        self.read: Callable[[int], dict[str, Receipt]] = functools.lru_cache(2)(self._read_piece)
        self._names: dict[str, None] = {}

    def _read_piece(self, number: int) -> dict[str, Receipt]:
        path = find_piece(self.folder, number)
        told = proof.read_json(path)
        if told is None or proof.digest_file(path) != self.listed[number][2]:
            what = "is missing" if told is None else "is another than stage.json says"
            raise proof.Damaged(str(path), what, proof.advise(self.folder / "stage.json"))
        parts: dict[str, Receipt] = told["parts"]
        return parts

    def find(self, name: str) -> int:
        """The number of the piece that has a part, if any has."""
        number: int = bisect.bisect(self.first, name) - 1
        return max(number, 0)

    def __getitem__(self, name: str) -> Receipt:
        """The receipt of a part or group."""
        return self.read(self.find(name))[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a part."""
        return name in self._list_names()

    def __iter__(self) -> Iterator[str]:
        """The names, in order."""
        return iter(self._list_names())

    def __len__(self) -> int:
        """How many there are."""
        return self.count

    def _list_names(self) -> dict[str, None]:
        if not self._names:
            self._names = {name: None for number in range(len(self.listed)) for name in self.read(number)}
        return self._names


def find_piece(folder: Path, number: int) -> Path:
    """Where a piece of a stage stands."""
    return folder / FOLDER / f"{number:05d}.json"


def write(folder: Path, receipts: Mapping[str, Receipt]) -> dict[str, Any]:
    """What `stage.json` says of the receipts of a stage that is whole: these, or their pieces, which stand on
    disk from then on."""
    names = sorted(receipts)
    remove(folder)
    if len(names) <= MOST:
        return {"parts": {name: receipts[name] for name in names}}
    listed = []
    for number, start in enumerate(range(0, len(names), MOST)):
        parts = {name: receipts[name] for name in islice(names, start, start + MOST)}
        path = find_piece(folder, number)
        storage.write_json(path, {"parts": parts})
        listed.append([names[start], len(parts), proof.digest_file(path)])
    return {"pieces": listed}


def read(folder: Path, about: dict[str, Any]) -> Mapping[str, Receipt] | None:
    """The receipts of a stage that is whole, of which `stage.json` says this; None where it is not whole."""
    if "pieces" in about:
        return Pieces(folder, about["pieces"])
    return about.get("parts")


def renew(
    folder: Path, about: dict[str, Any], fresh: Mapping[str, Receipt], place: Callable[[Path], Path] = Path
) -> dict[str, Any]:
    """What `stage.json` of a whole stage says once parts of it have other receipts; its pieces are written to
    where their `place` is."""
    if "pieces" not in about:
        return {**about, "parts": about["parts"] | fresh}
    known, listed = Pieces(folder, about["pieces"]), [list(piece) for piece in about["pieces"]]
    for number in sorted({known.find(name) for name in fresh}):
        parts = known.read(number)
        path = place(find_piece(folder, number))
        storage.write_json(path, {"parts": {name: fresh.get(name, parts[name]) for name in parts}})
        listed[number][2] = proof.digest_file(path)
    return {**about, "pieces": listed}


def is_whole(about: dict[str, Any]) -> bool:
    """Whether `stage.json` says so of its stage."""
    return "pieces" in about or "parts" in about


def drop(about: dict[str, Any]) -> dict[str, Any]:
    """What `stage.json` says of a stage that is no longer whole."""
    return {key: value for key, value in about.items() if key not in ("done", "parts", "pieces")}


def remove(folder: Path) -> None:
    """Take the pieces of a stage away."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
