"""What a step of the mixer says on the screen when its stage is whole."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from winnow.files import write_json

MOST = 5  # sentences on things left out


def tell(out: Path, says: Sequence[str], counts: Mapping[str, int] | None = None, **more: Any) -> None:
    """Write `messages.json`: `counts`, which are added up over a stage, sentences, and what is only kept."""
    told = {"counts": dict(counts or {}), "says": list(says), **more}
    write_json(out / "messages.json", told)


def list_left(left: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for each thing left out, for many of them with a last one that counts the rest."""
    lines = []
    for row in left[:MOST]:
        names = ", ".join(f"{name} {value}" for name, value in row.items() if name not in ("why", "size"))
        lines.append(f"left out: {names}: {row['why']}")
    if len(left) > MOST:
        lines.append(f"left out: {len(left) - MOST} more, see fit.json")
    return lines
