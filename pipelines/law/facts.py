"""A fact as a summary tells it: its value, where that is from, and lines of Python that count it again.

The lines run in the folder of the run, with polars and the standard library (and tldextract, for domains);
they print the value as JSON.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ABOUT = "about.toml"
NOT_KNOWN, NOT_APPLICABLE = "not known", "not applicable"


@dataclass(frozen=True)
class Fact:
    """`value` is text, a number, a list of texts or of rows; None where `said` says why there is none."""

    key: str
    label: str
    value: Any
    origin: str
    recompute: str | None = None
    said: str | None = None

    def describe(self) -> dict[str, Any]:
        """As JSON has it."""
        more = {"recompute": self.recompute, "said": self.said}
        told = {"key": self.key, "label": self.label, "value": self.value, "from": self.origin}
        return told | {name: text for name, text in more.items() if text is not None}

    def is_open(self) -> bool:
        """Whether a person has yet to say it."""
        return self.said is not None and self.said.startswith(NOT_KNOWN)


@dataclass(frozen=True)
class Section:
    """A numbered section of the template."""

    number: str
    title: str
    facts: list[Fact]

    def describe(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "number": self.number,
            "title": self.title,
            "fields": [fact.describe() for fact in self.facts],
        }


def tell(key: str, label: str, value: Any, path: str = "") -> Fact:
    """What a person says under `path` in about.toml, by default the key, or that it is to be said there."""
    if value is None or value == "" or value == []:
        return Fact(key, label, None, ABOUT, said=f"{NOT_KNOWN}: say it in {ABOUT}: {path or key}")
    if value == NOT_APPLICABLE:
        return Fact(key, label, None, ABOUT, said=NOT_APPLICABLE)
    return Fact(key, label, value, ABOUT)


def tell_inapplicable(key: str, label: str, why: str, origin: str) -> Fact:
    """A field that does not apply, and why."""
    return Fact(key, label, None, origin, said=f"{NOT_APPLICABLE}: {why}")


def tell_none(key: str, label: str, why: str, origin: str) -> Fact:
    """What was not done, or did not occur: it would have applied."""
    return Fact(key, label, None, origin, said=f"none: {why}")


def count(key: str, label: str, value: Any, origin: str, *lines: str, result: str) -> Fact:
    """What the files say: `lines` of Python, and the expression whose value they print."""
    code = "\n".join(["import json", "import polars as pl", *lines, f"print(json.dumps({result}))"])
    return Fact(key, label, value, origin, code)


def flatten(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every text and number by its path; rows of a table by their texts, or all of these but the last."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from flatten(one, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        names: dict[str, int] = {}
        for row in value:
            figures = {key: one for key, one in row.items() if isinstance(one, int | float)}
            rest = figures or dict([list(row.items())[-1]])
            name = " ".join(str(one) for key, one in row.items() if key not in rest)
            names[name] = number = names.get(name, 0) + 1
            yield from flatten(rest, f"{path}[{name}{f' {number}' if number > 1 else ''}]")
    elif isinstance(value, list):
        yield path, ", ".join(str(one) for one in value)
    else:
        yield path, value


def digest(value: Any) -> str:
    """32 hex digits of a value that JSON can write."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
