"""A recipe with other settings, written into its own text: comments and all else stay as they are."""

import json
import re
import tomllib
from typing import Any

from pipelines.recipe import RecipeError

Place = tuple[str, int]  # a stage's name and the number of a step in it
_HEAD = re.compile(r"^[ \t]*\[\[?[ \t]*([\w.]+)[ \t]*\]\]?", re.MULTILINE)
_NAME = re.compile(r"^[ \t]*name[ \t]*=[ \t]*[\"']([^\"']+)[\"']", re.MULTILINE)


def change(text: str, settings: dict[Place, dict[str, Any]]) -> str:
    """The text with these settings of steps, each put in the place of the one that is there, or behind the
    others. RecipeError where that gives anything else than it should."""
    wanted = tomllib.loads(text)
    stages = {stage["name"]: stage for stage in wanted["stage"]}
    for (stage, step), given in settings.items():
        stages[stage]["steps"][step] |= given
        for key, value in given.items():
            text = _set(text, stage, step, key, value)
    if tomllib.loads(text) != wanted:
        named = ", ".join(f"{stage}: {key}" for (stage, _), given in settings.items() for key in given)
        raise RecipeError(f"the recipe is written in a way that cannot be changed here; set by hand: {named}")
    return text


def _set(text: str, stage: str, step: int, key: str, value: Any) -> str:
    begin, end, inline = _find_step(text, stage, step)
    body = text[begin:end]
    told = json.dumps(value)
    for match in re.finditer(rf"(?<![\w.\"'-]){re.escape(key)}[ \t]*=[ \t]*", body):
        if _depth(body, match.start()) == int(inline):
            stop = _end_of_value(body, match.end())
            return text[:begin] + body[: match.end()] + told + body[stop:] + text[end:]
    if not inline:
        whole = body.rstrip()
        return text[:begin] + f"{whole}\n{key} = {told}" + body[len(whole) :] + text[end:]
    inner = body[:-1].rstrip()
    space = " " if body[:-1] != inner else ""
    return text[:begin] + f"{inner}, {key} = {told}{space}}}" + text[end:]


def _find_step(text: str, stage: str, step: int) -> tuple[int, int, bool]:
    """Where a step stands, and whether in braces."""
    heads = [
        (match.start(), match.end(), match[1]) for match in _HEAD.finditer(text) if not _depth_at(text, match)
    ]
    starts = [i for i, (_, _, name) in enumerate(heads) if name == "stage"]
    for i in starts:
        own = heads[i + 1 :]
        following = next((n for n, head in enumerate(own) if not head[2].startswith("stage.")), len(own))
        stop = own[following][0] if following < len(own) else len(text)
        first = own[0][0] if own and following else stop
        name = _NAME.search(text, heads[i][1], first)
        if not name or name[1] != stage:
            continue
        inner = [head for head in own[:following] if head[2] == "stage.steps"]
        if inner:
            after = [head[0] for head in own if head[0] > inner[step][0]]
            return inner[step][1], min([*after, stop]), False
        at = re.compile(r"^[ \t]*steps[ \t]*=[ \t]*\[", re.MULTILINE).search(text, heads[i][1], stop)
        if at:
            return (*_list_tables(text, at.end())[step], True)
    raise RecipeError(f"the stage {stage!r} is written in a way that cannot be changed here")


def _depth_at(text: str, match: re.Match[str]) -> bool:
    """Whether what looks like a head stands within an array: `[[` of a list of lists."""
    line = text[match.start() : text.find("\n", match.end()) if "\n" in text[match.end() :] else len(text)]
    return not re.fullmatch(r"[ \t]*\[\[?[ \t]*[\w.]+[ \t]*\]\]?[ \t]*(#.*)?\r?", line)


def _walk(text: str, start: int) -> Any:
    """Each sign that counts, with its place: not those in strings and comments."""
    at = start
    while at < len(text):
        sign = text[at]
        if sign == "#":
            at = text.find("\n", at)
            if at < 0:
                return
            continue
        if sign in "\"'":
            at = _end_of_string(text, at)
            continue
        yield at, sign
        at += 1


def _end_of_string(text: str, at: int) -> int:
    mark = text[at] * 3 if text.startswith(text[at] * 3, at) else text[at]
    place = at + len(mark)
    while place < len(text) and not text.startswith(mark, place):
        place += 2 if text[place] == "\\" and mark[0] == '"' else 1
    return place + len(mark)


def _list_tables(text: str, start: int) -> list[tuple[int, int]]:
    """Beginning and end of each `{...}` in the array that begins at `start`."""
    found, depth, begin = [], 0, start
    for at, sign in _walk(text, start):
        if sign in "{[":
            begin = at if depth == 0 else begin
            depth += 1
        elif sign in "}]":
            if depth == 0:
                break
            depth -= 1
            if depth == 0:
                found.append((begin, at + 1))
    return found


def _depth(body: str, place: int) -> int:
    """How deep a place is in braces and brackets; -1 in a string or comment."""
    depth = 0
    for at, sign in _walk(body, 0):
        if at == place:
            return depth
        if at > place:
            return -1
        depth += (sign in "{[") - (sign in "}]")
    return -1


def _end_of_value(body: str, start: int) -> int:
    depth, last = 0, start
    for at, sign in _walk(body, start):
        if depth == 0 and sign in ",}]\n":
            break
        depth += (sign in "{[") - (sign in "}]")
        last = last if sign.isspace() else at + 1
    return last
