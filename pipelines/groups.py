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
`may_be_empty` of an entry is one of each stage of the group.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from pipelines.lines import suggest
from pipelines.recipe import RecipeError

INPUT = "in"
EMPTY = "may_be_empty"
FOLDER = Path(__file__).parent / "recipes"
OWN = {"name", "after", "use", EMPTY}  # keys of an entry that are no settings
_HEAD = re.compile(r"^\s*\[\[?\s*([\w.]+)\s*\]\]?", re.MULTILINE)
_OPTIONAL = re.compile(r',\s*\w+\s*=\s*"\$(\w+)\?"')

Place = tuple[Path, int]


def expand(path: Path, text: str) -> tuple[str, list[Place]]:
    """The recipe with the stages of its groups in their entries' places, and where each of its lines is from.

    Groups are looked for beside the recipe, then among those that are shipped. RecipeError where one is not
    there or is no group, or an entry names a setting that it has not; what is wrong with a stage is found
    where recipes are checked.
    """
    table = _parse(path, text)
    lines = text.splitlines()
    spans = _find_stages(text)
    out: list[str] = []
    places: list[Place] = []
    at = 0
    for entry, (first, end) in zip(table.get("stage", []), spans, strict=False):
        if not isinstance(entry, dict) or not isinstance(entry.get("use"), str):
            continue
        out += lines[at:first]
        places += [(path, number + 1) for number in range(at, first)]
        written, of = _write_group(path, first + 1, entry)
        out += written
        places += of
        at = end
    out += lines[at:]
    places += [(path, number + 1) for number in range(at, len(lines))]
    return "\n".join(out) + "\n" * text.endswith("\n"), places


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}: {error}") from None


def _find_stages(text: str) -> list[tuple[int, int]]:
    """From which line and before which one each `[[stage]]` stands; comments behind it belong to the next."""
    lines = text.splitlines()
    heads = [(text.count("\n", 0, match.start(1)), match[1]) for match in _HEAD.finditer(text)]
    spans = []
    for i, (first, name) in enumerate(heads):
        if name != "stage" or not lines[first].lstrip().startswith("[["):
            continue
        later = [line for line, other in heads[i + 1 :] if not other.startswith("stage.")]
        end = later[0] if later else len(lines)
        while end > first + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
            end -= 1
        spans.append((first, end))
    return spans


def _write_group(path: Path, line: int, entry: dict[str, Any]) -> tuple[list[str], list[Place]]:
    """The group's stages as the entry has them, and where they are from."""
    where = f"{path}:{line}: group {entry['use']!r}"
    file = next(
        (folder / entry["use"] for folder in (path.parent, FOLDER) if (folder / entry["use"]).is_file()), None
    )
    if file is None:
        shipped = [str(found.relative_to(FOLDER)) for found in FOLDER.glob("groups/*.toml")]
        near = suggest(entry["use"], shipped) if entry["use"].startswith("groups/") else ""
        raise RecipeError(f"{where} is not there: neither in {path.parent} nor in {FOLDER}{near}")
    text = file.read_text(encoding="utf-8")
    group = _parse(file, text)
    names = [stage.get("name") for stage in group.get("stage", [])]
    if not names or set(group) - {"settings", "stage"} or INPUT in names or None in names:
        raise RecipeError(
            f"{file}: a group has `[settings]` and `[[stage]]` with names, none of them {INPUT!r}"
        )
    defaults = group.get("settings", {})
    given = {key: value for key, value in entry.items() if key not in OWN}
    known = [*defaults, *dict.fromkeys(_OPTIONAL.findall(text))]
    if unknown := sorted(set(given) - set(known)):
        raise RecipeError(
            f"{where} has no setting {', '.join(unknown)}; its settings: {', '.join(known) or 'none'}"
            f"{suggest(unknown[0], known)}"
        )
    if not isinstance(entry.get("name"), str) or "after" not in entry:
        raise RecipeError(f"{where} needs `name` and `after`")
    renamed = {name: f"{entry['name']}.{name}" for name in names[:-1]} | {names[-1]: entry["name"]}
    written, places = [], []
    for first, end in _find_stages(text):
        for number in range(first, end):
            written.append(_fill(text.splitlines()[number], entry["after"], renamed, defaults | given))
            places.append((file, number + 1))
        if EMPTY in entry:
            written.insert(len(written) - (end - first) + 1, f"{EMPTY} = {_to_toml(entry[EMPTY])}")
            places.insert(len(places) - (end - first) + 1, (path, line))
        written.append("")
        places.append((file, end))
    return written[:-1], places[:-1]


def _fill(line: str, after: Any, renamed: dict[str, str], settings: dict[str, Any]) -> str:
    """A line of a group with the names and settings of an entry."""
    if match := re.match(r"(\s*after\s*=\s*)(.+)$", line):
        names = tomllib.loads(f"x = {match[2]}")["x"]
        known = {INPUT: after} | {f"${key}": value for key, value in settings.items()} | renamed
        own = [known.get(name, name) for name in ([names] if isinstance(names, str) else names)]
        flat = [each for given in own for each in (given if isinstance(given, list) else [given])]
        return match[1] + _to_toml(flat[0] if len(flat) == 1 else flat)
    if match := re.match(r"(\s*name\s*=\s*)\"([^\"]+)\"(.*)$", line):
        return f'{match[1]}"{renamed.get(match[2], match[2])}"{match[3]}'
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
        return "{ " + ", ".join(f"{json.dumps(key)} = {_to_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_to_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)  # a string, number or truth is written alike in both
