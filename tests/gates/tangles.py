"""Pathological pages, wikitext, URLs and texts of `tangles.toml`: of each class one of about `size` bytes."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

Make = Callable[[int], str]
WORDS = (
    "The committee of the town met on Monday to hear what had become of the old bridge, which was closed "
    "after the flood of last spring and will be built anew in stone. "
)
PARAGRAPH = f"<p class=text>{WORDS * 3}<a href=/more>More</a></p>\n"


def page(size: int) -> str:
    """An ordinary page."""
    nav = "".join(f"<li><a href=/{i}>Part {i}</a></li>" for i in range(20))
    body = PARAGRAPH * max(1, size // len(PARAGRAPH))
    head = "<html><head><title>A bridge</title></head>"
    return f"{head}<body><ul>{nav}</ul><div id=main>{body}</div></body></html>"


def repeat(unit: str, count: int) -> str:
    """A unit over and over; `#` in it is its number."""
    return "".join(unit.replace("#", str(i)) for i in range(count)) if "#" in unit else unit * count


def fill(unit: str, before: str = "", behind: str = "") -> Make:
    """As many of a unit as there is room for."""
    return lambda size: before + repeat(unit, max(1, (size - len(before)) // len(unit))) + behind


def halves(first: str, second: str, before: str = "", between: str = "", behind: str = "") -> Make:
    """Half of one unit, then half of another."""
    return lambda size: before + fill(first)(size // 2) + between + fill(second)(size // 2) + behind


def nest(open: str, close: str, each: int) -> Make:
    return lambda size: open * (size // each) + close * (size // each)


def _spell(text: Any) -> str:
    if isinstance(text, str):
        return text.replace("%PARAGRAPH%", PARAGRAPH).replace("%WORDS%", WORDS)
    return "".join(repeat(*part) if isinstance(part, list) else _spell(part) for part in text)


def _read(entry: Any) -> Make:
    if isinstance(entry, dict):
        told = {name: value if name == "each" else _spell(value) for name, value in entry.items()}
        return nest(**told) if "open" in told else halves(**told)
    return fill(*map(_spell, [entry] if isinstance(entry, str) else entry))


_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
PAGES, WIKITEXT, URLS, TEXTS = (
    {name: _read(entry) for name, entry in _TABLES[kind].items()}
    for kind in ("pages", "wikitext", "urls", "texts")
)
