"""fastText models, measured before they are opened.

Their library opens them as they come: of one that is cut it reads on without end and takes all the memory
there is, or takes what is missing for zeros.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Any

_MAGIC, _NEWEST = 793_712_314, 12
_ARGUMENTS = 12 * 4 + 8
_CENTROIDS = 256  # of each subspace of a product quantizer


def load(path: Path) -> Any:
    """A fastText model; ValueError, with what to do, where the file is none, or is not whole."""
    # Imported here: who uses no such model need not have the package.
    import fasttext

    try:
        wanted, found = _measure(path), path.stat().st_size
    except (struct.error, ValueError):  # of an empty file, too
        raise ValueError(
            f"{path} is no fastText model, or not a whole one: fetch or train it again"
        ) from None
    except OSError as error:
        raise ValueError(f"{path} is no fastText model: {error.strerror or error}") from None
    if wanted != found:
        raise ValueError(
            f"{path} is a damaged fastText model: it has {found:,} bytes and says that it has {wanted:,}; "
            "fetch or train it again"
        )
    return fasttext.load_model(str(path))


def _measure(path: Path) -> int:
    """The bytes that a model has by what its own header says, as `fasttext/src` 0.9.2 writes them."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        magic, version = struct.unpack_from("<ii", data, 0)
        if magic != _MAGIC or not 0 < version <= _NEWEST:
            raise ValueError("another format")
        at = 8 + _ARGUMENTS
        size, _, _, _, pruned = struct.unpack_from("<iiiqq", data, at)
        at += 28
        for _ in range(size):
            at = data.find(b"\0", at) + 10
            if at < 10:
                raise ValueError("a word without an end")
        at += 8 * max(pruned, 0)
        (quantized,) = struct.unpack_from("<?", data, at)
        at = _skip_matrix(data, at + 1, quantized=quantized)
        (output,) = struct.unpack_from("<?", data, at)
        return _skip_matrix(data, at + 1, quantized=quantized and output)


def _skip_matrix(data: mmap.mmap, at: int, *, quantized: bool) -> int:
    """Where what follows a matrix begins."""
    if not quantized:
        rows, columns = struct.unpack_from("<qq", data, at)
        return at + 16 + 4 * int(rows) * int(columns)
    normed, rows, _, codes = struct.unpack_from("<?qqi", data, at)
    at = _skip_quantizer(data, at + 21 + codes)
    return _skip_quantizer(data, at + int(rows)) if normed else at


def _skip_quantizer(data: mmap.mmap, at: int) -> int:
    (dimensions,) = struct.unpack_from("<i", data, at)
    return at + 16 + 4 * _CENTROIDS * int(dimensions)
