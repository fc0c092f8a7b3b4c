"""Receipts in the memory of a run: packed; as objects of Python they are seven to ten times as large."""

import json
import sys
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

Receipt = dict[str, Any]
FOLLOWED = {"shard": ("content", "kept"), "corpus": ("content", "files", "was")}
"""What of a receipt the stages read that come after, by the kind of its stage."""


class Packed(MutableMapping[str, Receipt]):
    """Receipts by the names of their parts or groups, each as JSON can write it."""

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}

    def __setitem__(self, name: str, receipt: Receipt) -> None:
        """Keep a receipt; what is changed in it afterwards is not seen here."""
        told = json.dumps(receipt, separators=(",", ":")).encode()
        self._packed[sys.intern(name)] = zlib.compress(told, 1)

    def __getitem__(self, name: str) -> Receipt:
        """A receipt, made anew with each call."""
        made: Receipt = json.loads(zlib.decompress(self._packed[name]))
        return made

    def __delitem__(self, name: str) -> None:
        """Forget one."""
        del self._packed[name]

    def __iter__(self) -> Iterator[str]:
        """Their names, in the order in which they came."""
        return iter(self._packed)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._packed)

    def __or__(self, others: Mapping[str, Receipt]) -> "Packed":
        """These and others, which go before."""
        made = self.pick(self)
        if isinstance(others, Packed):
            made._packed |= others._packed
        else:
            made.update(others)
        return made

    def pick(self, names: Iterable[str]) -> "Packed":
        """Those with these names."""
        made = Packed()
        made._packed = {name: self._packed[name] for name in names}
        return made

    def reduce(self, kept: Collection[str]) -> None:
        """Keep these fields alone: the others stand on disk."""
        for name, receipt in self.items():
            self[name] = {field: receipt[field] for field in kept if field in receipt}
