"""Stages that belong together, written once: a recipe takes them by name, and gives settings of its own.

A group is a TOML file of `[[stage]]` tables behind a table `[settings]` with their defaults. In a recipe

    [[stage]]
    name  = "distinct"
    after = "filtered"
    use   = "groups/minhash.toml"
    bands = 26

stands for its stages: `after = "in"` in the group is what the entry is after, the last stage of the group has
the name of the entry, the others stand below it (`distinct.paired`), and `"$bands"` is the setting `bands`,
also in `after`. `tokenizer = "$tokenizer?"` is left out where the entry does not give that setting.
`may_be_empty` and `resources` of an entry are those of each stage of the group, whatever that says itself.
"""

import datetime
import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from winnow import earlier
from winnow.pipelines.spec.lines import Lines, Place, split, suggest
from winnow.pipelines.spec.recipe import RecipeError

INPUT = "in"
EACH = ("may_be_empty", "resources")
FOLDER = Path(__file__).resolve().parent.parent / "recipes"
OWN = {"name", "after", "use", *EACH}  # keys of an entry that are no settings
_OPTIONAL = re.compile(r',\s*\w+\s*=\s*"\$(\w+)\?"')
_FILLED = re.compile(r'(\w+)\s*=\s*"\$(\w+)\??"')


def expand(path: Path, text: str) -> tuple[str, list[Place]]:
    """The recipe with the stages of its groups in their entries' places, and where each of its lines is from.

    Groups are looked for beside the recipe, then among those that are shipped. RecipeError where one is not
    there or is no group, or an entry names a setting that it has not; what is wrong with a stage is found
    where recipes are checked.
    """
    source = Lines(path, text)
    entries = parse(source).get("stage")
    lines = split(text)
    out: list[str] = []
    places: list[Place] = []
    at = 0
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict) or not isinstance(entry.get("use"), str):
            continue
        first, end = _find_stage(source, lines, number)
        out += lines[at:first]
        places += [Place(path, line + 1) for line in range(at, first)]
        written, of = _write_group(source, number, entry)
        out += written
        places += of
        at = end
    out += lines[at:]
    places += [Place(path, line + 1) for line in range(at, len(lines))]
    return "\n".join(out) + "\n" * text.endswith("\n"), places


def parse(lines: Lines) -> dict[str, Any]:
    """The table of a recipe's text; RecipeError, with the line, where it is no TOML or holds what no recipe
    may: dates, numbers that are none or too large, characters that end a string."""
    try:
        table = tomllib.loads(lines.text)
    except (ValueError, RecursionError) as error:  # also of numbers with too many digits
        told = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", told)
        number = int(found[1] or len(split(lines.text))) if found else 1
        raise RecipeError(
            f"{lines.where(number)}: no TOML: {told[: found.start()] if found else told}"
        ) from None
    for place, value in _walk(table):
        if wrong := _refuse(value):
            raise RecipeError(f"{lines.of(*place)}: {'.'.join(map(str, place))}: {wrong}")
    return table


def _walk(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield place, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from _walk(one, (*place, name))


def _refuse(value: Any) -> str | None:
    """Why no recipe has a value; else None."""
    if isinstance(value, dict) and any("\0" in key for key in value):
        return "a key with the character NUL"
    if isinstance(value, str):
        return "a string with the character NUL" if "\0" in value else None
    if isinstance(value, datetime.date | datetime.time):
        return f'a date or time is written as a string: "{value}"'
    if isinstance(value, int) and abs(value) >= 2**63:
        return "a whole number has at most 63 bits"
    return "nan is no number to compare with" if isinstance(value, float) and math.isnan(value) else None


def _find_stage(source: Lines, lines: list[str], number: int) -> tuple[int, int]:
    """From which line and before which one a `[[stage]]` stands; comments behind it belong to the next."""
    first, end = source.number("stage", number) - 1, source.find_end("stage", number)
    while end > first + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return first, end


def _write_group(source: Lines, number: int, entry: dict[str, Any]) -> tuple[list[str], list[Place]]:
    """The group's stages as the entry has them, and where they are from."""
    use, after = entry["use"], entry.get("after")
    where = f"{source.of('stage', number, 'use')}: group {use!r}"
    group = _read(source.path, use, where)
    table, text = parse(group), group.text
    names = _list_names(table, group)
    defaults = table.get("settings", {})
    given = {key: value for key, value in entry.items() if key not in OWN}
    known = [*defaults, *dict.fromkeys(_OPTIONAL.findall(text))]
    _refuse_unknown(given, known, use, lambda key: source.of("stage", number, key))
    if not isinstance(entry.get("name"), str) or not _is_after(after):
        raise RecipeError(f"{where} needs `name`, a string, and `after`, one name or several")
    renamed = {name: f"{entry['name']}.{name}" for name in names[:-1]} | {names[-1]: entry["name"]}
    asked = {key: Place(source.path, source.number("stage", number, key)) for key in entry}
    given_each = [key for key in EACH if key in entry]
    written, places = [], []
    for at in range(len(names)):
        first, end = _find_stage(group, split(text), at)
        for line in range(first, end):
            old = split(text)[line]
            if _names(old, given_each):
                continue
            filled = {key: asked[name] for key, name in _FILLED.findall(old) if name in asked}
            filled |= {key: asked[key] for key in _names(old, ("name", "after"))}
            try:
                written.append(_fill(old, after, renamed, defaults | given))
            except (RecipeError, ValueError) as error:
                raise RecipeError(f"{group.where(line + 1)}: {error}") from None
            places.append(Place(group.path, line + 1, filled))
            for key in given_each if line == first else ():
                written.append(f"{key} = {_to_toml(entry[key])}")
                places.append(asked[key])
        written.append("")
        places.append(Place(group.path, end))
    return written[:-1], places[:-1]


def _names(line: str, keys: Iterable[str]) -> list[str]:
    """Which of these keys a line gives."""
    return [key for key in keys if re.match(rf"\s*{key}\s*=", line)]


def _refuse_unknown(given: Iterable[str], known: list[str], use: str, where: Callable[[str], str]) -> None:
    """RecipeError where the group `use` has no such setting."""
    if unknown := next((key for key in given if key not in known), None):
        told = (
            f" has no setting {unknown}; its settings: {', '.join(known) or 'none'}{suggest(unknown, known)}"
        )
        if now := earlier.tell(use, unknown):
            told = f": {unknown} {now}"
        raise RecipeError(f"{where(unknown)}: group {use!r}{told}")


def _read(path: Path, use: str, where: str) -> Lines:
    """A group's text; RecipeError where there is none."""
    if ":" in use:
        raise RecipeError(f"{where} is a step, which belongs into a stage: steps = [ {{ use = {use!r} }} ]")
    try:
        files = [folder / use for folder in (path.parent, FOLDER) if (folder / use).is_file()]
        text = files[0].read_text(encoding="utf-8-sig") if files else ""
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{where} cannot be read: {error}") from None
    if not files:
        shipped = [str(found.relative_to(FOLDER)) for found in FOLDER.glob("groups/*.toml")]
        if now := earlier.tell(use):
            raise RecipeError(f"{where} {now}")
        near = suggest(use, shipped) if use.startswith("groups/") else ""
        raise RecipeError(f"{where} is not there: neither in {path.parent} nor in {FOLDER}{near}")
    return Lines(files[0], text)


def _list_names(table: dict[str, Any], group: Lines) -> list[str]:
    """The names of a group's stages; RecipeError, with the line, where it is no group."""
    stages = table.get("stage")
    entries = stages if isinstance(stages, list) else []
    names = [one.get("name") if isinstance(one, dict) else None for one in entries]
    wrong = [(key,) for key in table if key not in ("settings", "stage")]
    wrong += [("settings",)] * (not isinstance(table.get("settings", {}), dict)) + [("stage",)] * (not names)
    places: list[tuple[str | int, ...]] = [*wrong]
    places += [
        ("stage", n, "name") for n, name in enumerate(names) if not isinstance(name, str) or name == INPUT
    ]
    if places:
        told = f"a group has `[settings]` and `[[stage]]` with names, none of them {INPUT!r}"
        raise RecipeError(f"{group.of(*places[0])}: {told}")
    return [str(name) for name in names]


def _is_after(after: Any) -> bool:
    return isinstance(after, str) or (isinstance(after, list) and all(isinstance(one, str) for one in after))


def _fill(line: str, after: Any, renamed: dict[str, str], settings: dict[str, Any]) -> str:
    """A line of a group with the names and settings of an entry."""
    if match := re.match(r"(\s*after\s*=\s*)(.+)$", line):
        names = tomllib.loads(f"x = {match[2]}")["x"]
        if not _is_after(names):
            raise RecipeError("`after` is a name, or several on one line")
        known = {INPUT: after} | {f"${key}": value for key, value in settings.items()} | renamed
        own = [known.get(name, name) for name in ([names] if isinstance(names, str) else names)]
        flat = [each for given in own for each in (given if isinstance(given, list) else [given])]
        return match[1] + _to_toml(flat[0] if len(flat) == 1 else flat)
    if match := re.match(r"(\s*name\s*=\s*)\"([^\"]+)\"(.*)$", line):
        return f"{match[1]}{_to_toml(renamed.get(match[2], match[2]))}{match[3]}"
    line = re.sub(r'"stage:([^"/]+)', lambda found: f'"stage:{renamed.get(found[1], found[1])}', line)
    line = _OPTIONAL.sub(lambda found: found[0].replace("?", "") if found[1] in settings else "", line)
    return re.sub(r'"\$(\w+)"', lambda found: _write(settings, found), line)


def _write(settings: dict[str, Any], found: re.Match[str]) -> str:
    """A setting as TOML writes it."""
    if found[1] not in settings:
        raise RecipeError(f"the group names {found[0]}, which `[settings]` lacks")
    return _to_toml(settings[found[1]])


def _to_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_to_toml(key)} = {_to_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_to_toml, value)) + "]"
    if isinstance(value, float) and math.isinf(value):
        return str(value)
    # A string, number or truth is written alike in both, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
