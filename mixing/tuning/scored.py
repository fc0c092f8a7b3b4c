"""What was scored, in a file to which each score is added: a search that was stopped scores nothing again."""

import hashlib
import json
from pathlib import Path
from typing import IO, Any

import numpy as np

from winnow.files import open_plain


class Scored:
    """Values by a digest of all that they hang on; in `path` or, without one, for the time being."""

    def __init__(self, path: Path | None) -> None:
        self.known: dict[str, list[float]] = {}
        self.file: IO[Any] | None = None
        self.made = 0
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = self._read(path) if path.exists() else 0
            self.file = file = open_plain(path, "a", encoding="utf-8")
            file.truncate(whole)  # a line that was half written when the process died

    def _read(self, path: Path) -> int:
        """Take what whole lines say; how many bytes they are."""
        whole = 0
        for line in path.read_bytes().splitlines(keepends=True):
            try:
                key, values = json.loads(line)
            except ValueError:
                break
            if not line.endswith(b"\n"):
                break
            self.known[key] = values
            whole += len(line)
        return whole

    def find(self, key: str) -> np.ndarray | None:
        """The values of a key, if they are known."""
        return np.array(self.known[key]) if key in self.known else None

    def add(self, key: str, values: np.ndarray) -> None:
        """Keep values; they are on disk when this returns."""
        self.known[key] = values.tolist()
        self.made += 1
        if self.file is not None:
            self.file.write(json.dumps([key, self.known[key]]) + "\n")
            self.file.flush()

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


def digest(*parts: bytes | str | np.ndarray) -> str:
    """32 hex digits of what a score hangs on."""
    whole = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part if isinstance(part, bytes) else part.tobytes()
        whole.update(len(data).to_bytes(8, "little") + data)
    return whole.hexdigest()
