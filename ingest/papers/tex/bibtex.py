"""References where BibTeX has not run: what is cited of a .bib, and the entries of biber's .bbl."""

import re
from collections.abc import Iterable, Iterator

_ENTRY = re.compile(r"(?<!\w)@(\w+)\s*[{(]\s*([^\s,{}@]+)\s*,")
_FIELD = re.compile(r"[\s,]*([\w\-]+)\s*=\s*")
_STRING = re.compile(r"@string\s*\{\s*(\w+)\s*=\s*[\"{]([^\"{}]*)[\"}]", re.IGNORECASE)
_ORDER_NAMES = """
author editor title booktitle journal journaltitle series volume number pages edition publisher organization
institution school howpublished address location note year date doi eprint url
"""
_ORDER = _ORDER_NAMES.split()
_MAX_ENTRY = 20_000  # characters
_BIBER = re.compile(r"\\entry\{([^{}]+)\}\{[^{}]*\}")
_BIBER_FIELD = re.compile(r"\\(?:field|list|strng)\{(\w+)\}")
_PERSON = re.compile(r"\b(family|given|prefix|suffix)=(?=\{)")


def read_entries(text: str, wanted: Iterable[str]) -> dict[str, dict[str, str]]:
    """The fields of the wanted entries of a .bib, by key; `*` wants them all."""
    keys = set(wanted)
    strings = {name.lower(): value for name, value in _STRING.findall(text)}
    found: dict[str, dict[str, str]] = {}
    following = _ENTRY.search(text)
    while match := following:
        following = _ENTRY.search(text, match.end())
        if (match[2] in keys or "*" in keys) and match[2] not in found:
            end = min(match.end() + _MAX_ENTRY, following.start() if following else len(text))
            found[match[2]] = dict(_read_fields(text[match.end() : end], strings))
    return found


def _read_fields(text: str, strings: dict[str, str]) -> Iterator[tuple[str, str]]:
    at = 0
    while match := _FIELD.match(text, at):
        parts, at = [], match.end()
        while True:
            value, at = _read_value(text, at, strings)
            parts.append(value)
            more = re.compile(r"\s*#\s*").match(text, at)
            if not more:
                break
            at = more.end()
        yield match[1].lower(), " ".join("".join(parts).split())


def _read_value(text: str, at: int, strings: dict[str, str]) -> tuple[str, int]:
    mark = text[at : at + 1]
    if mark not in ("{", '"'):
        word = re.compile(r"[^\s,}#]*").match(text, at)
        said = word[0] if word else ""
        return strings.get(said.lower(), said), at + len(said)
    depth, begun = 0, at + 1
    at += mark == '"'
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            at += 1
        elif letter == "{":
            depth += 1
        elif letter == "}":
            depth -= 1
            if depth <= 0 and mark == "{":
                return text[begun:at], at + 1
        elif letter == '"' and mark == '"' and not depth:
            return text[begun:at], at + 1
        at += 1
    return text[begun:], len(text)


def write_entry(fields: dict[str, str]) -> str:
    """An entry as TeX, in the order of a usual list: names, title, where, when."""
    said = [fields[name] for name in _ORDER if fields.get(name)]
    return ". ".join(part.strip().rstrip(".") for part in said) + "." if said else ""


def is_biber(text: str) -> bool:
    """Whether a .bbl was written by biber, for biblatex."""
    return "\\entry{" in text and "\\begin{thebibliography}" not in text


def read_biber(text: str) -> dict[str, dict[str, str]]:
    """The fields of all entries of biber's .bbl, by key."""
    heads = list(_BIBER.finditer(text))
    found: dict[str, dict[str, str]] = {}
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : following.start() if following else len(text)][:_MAX_ENTRY]
        fields: dict[str, str] = {}
        for name, value in _read_values(_BIBER_FIELD, body):
            fields.setdefault(name, " ".join(value.split()))
        people = _read_values(_PERSON, body.split("\\strng", 1)[0])
        fields["author"] = ", ".join(_join_people(people))
        found[head[1]] = fields
    return found


def _read_values(names: re.Pattern[str], text: str) -> Iterator[tuple[str, str]]:
    """Names, and what stands in the braces behind each; the next is looked for behind them."""
    at = 0
    while match := names.search(text, at):
        begun = text.find("{", match.end())
        value, at = _read_value(text, begun, {}) if begun >= 0 else ("", len(text))
        yield match[1], value


def _join_people(parts: Iterable[tuple[str, str]]) -> list[str]:
    people: list[dict[str, str]] = []
    for kind, value in parts:
        if kind == "family" or not people:
            people.append({})
        people[-1].setdefault(kind, value.replace("\\bibinitperiod", ".").replace("\\bibinitdelim", " "))
    return [
        " ".join(one[kind] for kind in ("given", "prefix", "family", "suffix") if kind in one)
        for one in people
    ]
