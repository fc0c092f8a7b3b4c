"""Pieces of files of the shuffle, from the store of a run where the file is not here."""

from pathlib import Path

from winnow import shuffle
from winnow.pipelines.engine.disk import mirror


class Ranges(shuffle.Disk):
    """As files on a disk; of one that only stands in a store no more is fetched than is asked for."""

    def size(self, file: Path) -> int:
        """Its bytes."""
        found = mirror.find_absent(file)
        return super().size(file) if found is None else found.find_size(file)

    def read(self, file: Path, start: int, size: int) -> bytes:
        """So many bytes from a place on."""
        found = mirror.find_absent(file)
        if found is None:
            return super().read(file, start, size)
        return found.store.read_range(found.name(file), start, size) if size else b""
