"""What the commonest templates of the wikis show, by the table beside this file (`templates.toml`).

A wiki's own templates are pages of the dump, in a language of their own; what follows here are the few that
stand inside sentences. All others show nothing.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mwparserfromhell.nodes import Template

TABLE: dict[str, Any] = tomllib.loads((Path(__file__).parent / "templates.toml").read_text("utf-8"))
_PLACE = re.compile(r"\{([^{}]+)\}")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_RANGES = {"to", "-", "–", "and", "or", "by", "x", "×", "/", "&", "to(-)", "+/-", "±"}  # noqa: RUF001
_UNITS = {"C": "°C", "F": "°F", "C-change": "°C", "F-change": "°F", "foot": "ft", "e6acre": "million acres"}
_WHOLE_LISTS = frozenset({"plainlist", "plain list", "flatlist", "flat list"})  # of one argument, a list
_LISTS = frozenset({"bulleted list", "unordered list", "ordered list", "ubl", "unbulleted list", "ublist"})
_INLINE_LISTS = frozenset({"hlist", "cslist", "comma separated entries"})

Read = Callable[[Any], str]  # text of a piece of wikitext


def _invert(table: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: pattern for pattern, names in table.items() for name in names}


SHOWN = _invert(TABLE["shown"])
_CODES, _OTHERS = frozenset(TABLE["languages"]["codes"]), frozenset(TABLE["languages"]["others"])
_OF_LANGUAGE = {language: _invert(table) for language, table in TABLE["language"].items()}


def name_template(node: Template) -> str:
    """The template's name as the table has it."""
    name = str(node.name)
    if "<" in name:
        name = _COMMENT.sub("", name)
    return name.strip().replace("_", " ").lower()


def show(node: Template, name: str, language: str, read: Read) -> str:
    """The text that a template shows, `read` being what reads its arguments; most show none."""
    if name in ("convert", "cvt", "mra"):
        return _convert(node, read)
    if name == "val":
        return _show_value(node, read)
    if name in ("frac", "sfrac", "fraction"):
        return _show_fraction(node, read)
    if name in ("chem", "chem2"):
        return "".join(read(each.value).strip() for each in node.params if not each.showkey)
    if name in _LISTS | _WHOLE_LISTS | _INLINE_LISTS:
        return _show_list(node, name, read)
    function, colon, _ = name.partition(":")
    if colon and function in ("formatnum", "lc", "uc", "lcfirst", "ucfirst"):
        written = read(node.name).strip().partition(":")[2]
        return {"lc": written.lower(), "uc": written.upper()}.get(function, written)
    pattern = _OF_LANGUAGE.get(language, {}).get(name) or SHOWN.get(name)
    if pattern is None:
        kind, _, code = name.partition("-")
        pattern = "{text|1}" if code in _CODES and kind not in _OTHERS else ""
    return _fill(pattern, node, read)


def _fill(pattern: str, node: Template, read: Read) -> str:
    """A pattern with the arguments in their places; nothing where it has places and all are empty."""
    found: list[str] = []

    def take(place: re.Match[str]) -> str:
        value = next(filter(None, (_read(node, name, read) for name in place[1].split("|"))), "")
        found.append(value)
        return value

    text = _PLACE.sub(take, pattern)
    return text.strip() if any(found) else "" if found else text


def _read(node: Template, name: str, read: Read) -> str:
    return read(node.get(name).value).strip() if node.has(name) else ""


def _convert(node: Template, read: Read) -> str:
    """`{{convert|5|to|10|km|mi}}` shows, first of all, `5 to 10 km`."""
    values = [read(each.value).strip() for each in node.params if not each.showkey]
    text = values[0] if values else ""
    for at in range(1, len(values)):
        part = values[at]
        if part.lower() in _RANGES:
            sign = "×" if part in ("x", "×", "by") else part  # noqa: RUF001
            text += sign if part in ("-", "–") else f" {sign} "  # noqa: RUF001
        elif at % 2 == 0 and values[at - 1].lower() in _RANGES:
            text += part
        else:
            return f"{text} {_UNITS.get(part, part)}".strip()
    return text


def _show_value(node: Template, read: Read) -> str:
    text = _read(node, "1", read)
    if power := _read(node, "e", read):
        text += f"×10^{power}"  # noqa: RUF001
    unit = _read(node, "u", read) or _read(node, "ul", read)
    return f"{text} {unit}".strip()


def _show_fraction(node: Template, read: Read) -> str:
    parts = [read(each.value).strip() for each in node.params if not each.showkey]
    if len(parts) == 3:
        return f"{parts[0]} {parts[1]}/{parts[2]}"
    return "/".join(parts) if len(parts) == 2 else f"1/{parts[0]}" if parts else ""


def _show_list(node: Template, name: str, read: Read) -> str:
    items = [read(each.value).strip() for each in node.params if not each.showkey]
    if name in _WHOLE_LISTS:
        return "".join(f"\n{item}\n" for item in items[:1])
    if name in _INLINE_LISTS:
        return ", ".join(filter(None, items))
    return "\n" + "".join(f"\ufdd0{item}\n" for item in items if item)
