"""The settings of a step, checked against its signature: names, types and ranges."""

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any

import pydantic

from winnow import earlier
from winnow.pipelines.spec.address import options
from winnow.pipelines.spec.lines import OUTSIDE, describe_problem, first_problem, suggest, walk

_SAID = {"extra_forbidden": "no such setting", "missing": "this setting must be given"}
_BOUNDS = {"ge": "from {}", "gt": "above {}", "le": "to {}", "lt": "below {}"}


class SettingError(ValueError):
    """A setting is refused; `path` leads to it in the step's table, and is empty where it is not there."""

    def __init__(self, told: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(told)
        self.path = path


def check(function: Callable[..., Any], given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The settings with their defaults, and the names of those that are paths; SettingError says what is
    wrong, and where."""
    hints = typing.get_type_hints(function, include_extras=True)
    known = options(function)
    fields: dict[str, Any] = {
        p.name: (_plain(hints[p.name]), ... if p.default is p.empty else p.default) for p in known
    }
    config = pydantic.ConfigDict(extra="forbid", strict=True, protected_namespaces=())
    try:
        checked = pydantic.create_model("settings", __config__=config, **fields).model_validate(given)
    except pydantic.ValidationError as error:
        use = f"{function.__module__.removeprefix('winnow.')}:{function.__name__}"
        raise _refuse(use, first_problem(error), given, hints, [p.name for p in known]) from None
    paths = tuple(p.name for p in known if _is_path(hints[p.name]))
    settings = {p.name: getattr(checked, p.name) for p in known}
    for name, least in settings.items():
        most = settings.get(f"max_{name[4:]}") if name.startswith("min_") else None
        if most is not None and least is not None and least > most:
            key = name if name in given else f"max_{name[4:]}"
            other = f"max_{name[4:]} = {most}"
            raise SettingError(f"{name} = {least} is above {other}: no document is between", (key,))
    return {name: str(v) if name in paths and v is not None else v for name, v in settings.items()}, paths


def _refuse(
    use: str, problem: Any, given: Mapping[str, Any], hints: Mapping[str, Any], names: list[str]
) -> SettingError:
    place, kind, value = problem["loc"], problem["type"], problem["input"]
    key = str(place[0])
    path = walk(given, place)
    if kind == "extra_forbidden" and key not in names:
        told = f"no such setting; its settings: {', '.join(names) or 'none'}{suggest(key, names)}"
        told = earlier.tell(use, key) or told
    elif kind in _SAID:  # also of a table inside a setting
        key, told = ".".join(map(str, place)), _SAID[kind]
    elif kind in OUTSIDE:
        words = next(_list_ranges(hints[key]), "")
        is_percent = words.endswith(" to 1") and 1 < value <= 100
        told = f"{value!r} is outside its range, {words}"
        told += f"; {value:g}% is written {value / 100:g}" if is_percent else ""
    else:
        told = describe_problem(problem)
    return SettingError(f"{key}: {told}", path)


def describe_type(hint: Any) -> str:
    """A setting's type and range as the page of all steps has them: `float from 0 to 1 \\| None`."""
    if typing.get_origin(hint) is Annotated:
        own, *notes = typing.get_args(hint)
        said = [f"({note.description})" for note in notes if getattr(note, "description", None)]
        return " ".join([describe_type(own), *filter(None, [_describe_range(notes)]), *said])
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, UnionType):
        return " \\| ".join(map(describe_type, inner))
    if origin in (list, dict):
        return f"{origin.__name__}[{', '.join(map(describe_type, inner))}]"
    return (
        "None"
        if hint is type(None)
        else inspect.formatannotation(hint).split("pathlib.")[-1].replace("typing.", "")
    )


def _list_ranges(hint: Any) -> Iterator[str]:
    """The ranges that stand anywhere in a type."""
    if typing.get_origin(hint) is Annotated and (found := _describe_range(hint.__metadata__)):
        yield found
    for inner in typing.get_args(hint):
        yield from _list_ranges(inner)


def _describe_range(notes: Any) -> str:
    """`from 0 to 1`, of what stands beside a type."""
    single = [one for note in notes for one in getattr(note, "metadata", [note])]
    found = [
        words.format(f"{getattr(one, name):g}")
        for one in single
        for name, words in _BOUNDS.items()
        if hasattr(one, name)
    ]
    return " ".join(found) if found != ["from 0"] else "0 or more"


def _is_path(hint: Any) -> bool:
    return hint is Path or Path in typing.get_args(hint)


def _plain(hint: Any) -> Any:
    """A path is written as a string in a recipe."""
    if hint is Path:
        return str
    return str | None if _is_path(hint) else hint
