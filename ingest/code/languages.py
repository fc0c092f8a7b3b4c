"""The programming language of a file, by name and contents, as GitHub's Linguist tells it.

`enry` is go-enry, the port of Linguist that The Stack v2 and StarCoder2 were made with; languages have
Linguist's names.
"""

import enry

HEAD_BYTES = 1 << 14  # Linguist itself looks at 50 KiB, which costs three times as much and tells no more


def detect_language(path: str, data: bytes) -> str | None:
    """Linguist's name of the language, or None where neither name nor contents tell one."""
    return enry.get_language(path.encode("utf-8", "replace").decode(), data[:HEAD_BYTES]) or None
