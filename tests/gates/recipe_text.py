"""Recipes of gates: a line for each source and stage."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def encode(value: Any) -> str:
    """A value as TOML has it."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(name)} = {encode(one)}' for name, one in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(encode, value))}]"
    told = json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
    return told.replace("\x7f", "\\u007f")


def step(use: str, **settings: Any) -> dict[str, Any]:
    return {"use": use, **settings}


def source(name: str, uris: object, read: str | dict[str, Any] = "", **more: Any) -> str:
    """A source of one pattern or several; `read` is a step, none where files say what they are."""
    block: dict[str, Any] = {"name": name, "uris": uris if isinstance(uris, list) else [str(uris)]}
    block |= {"read": step(read) if isinstance(read, str) else read} if read else {}
    return _write("source", block | more)


def stage(name: str, after: str | Iterable[str], *steps: str | dict[str, Any], **more: Any) -> str:
    """A stage of steps, or of a group, which `use` names with its settings beside."""
    block: dict[str, Any] = {"name": name, "after": after if isinstance(after, str) else list(after)} | more
    done = [step(one) if isinstance(one, str) else one for one in steps]
    return _write("stage", block | ({"steps": done} if done else {}))


def write(path: Path, *blocks: str, max_failed: float | None = 1.0, name: str = "") -> Path:
    """A recipe, of the file's name unless it has another."""
    head = f"name = {encode(name or path.stem)}\n"
    head += f"max_failed = {max_failed}\n" if max_failed is not None else ""
    path.write_text(head + "".join(blocks), encoding="utf-8")
    return path


def _write(kind: str, block: dict[str, Any]) -> str:
    return f"[[{kind}]]\n" + "".join(f"{name} = {encode(one)}\n" for name, one in block.items())


ENGLISH = step("classifiers.language:keep", languages=["en"], min_score=0.65)
LANGUAGE = ("classifiers.language:identify", ENGLISH)
RULES = (
    "filters.repetition:repetition",
    "filters.gopher:quality",
    "filters.c4:document",
    "filters.fineweb:quality",
)
