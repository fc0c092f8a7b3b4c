"""Recipes as users get them wrong: shipped ones with a mistake in them, drawn from a seed.

`mutate` makes one change to the text, or three; what comes out may be no TOML at all, a recipe that is refused, or
one that is as good as before.
"""

# ruff: noqa: E501 - tables of values and changes

import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

VALUES = (
    '"yes"', "true", "[]", "{}", "0", "-1", "60", "1e400", "inf", "nan", "99999999999999999999", "9" * 5000, "1979-05-27",
    "07:32:00", "1979-05-27T07:32:00Z", '""', '"\\u0000"', '"\\u007f"', '"\\u001b[31m"', '"\u2028"', '"\U0001f4a9"', "[[[]]]",
    "[1, \"a\"]", "{ a = 1979-05-27 }", '{ use = "x" }', '[{ use = "filters.gopher:quality" }]', '"stage:none"', '"in"',
    '"groups/pii.toml"', '"filters.gopher:quality"', '"../../../etc/passwd"', '"/"', '"{0}"', '"{source}"', '"' + "x" * 5000 + '"',
    '"s3://[::1"', '"http://a:b@[/"', '"$x"', "0x10", "1_000", '["en", 3]', "'''a\nb'''", '"x:y:z"', '":"', '"os:system"',
)  # fmt: skip
LINES = (
    "[stage]", "[source]", "[[stage]]", "[[source]]", "[settings]", "x = 1", "[stage.where]", '"\\u007f" = 1', "\u00e9 = 1",
    '"" = ""', "name = 'x'", "replayable = 'yes'", "optional = 'no'", "date = 1979-05-27", "\u2028", "# \x7f", "\x00", "\ufeff",
    '[[stage]]\nname = "again"\nafter = "again"\nsteps = [ { use = "filters.gopher:quality" } ]',
    '[[stage]]\nname = "g"\nafter = 1979-05-27\nuse = "groups/pii.toml"',
    '[[stage]]\nname = "g\\u007f"\nafter = "\\u007f"\nuse = "groups/pii.toml"',
    '[[stage]]\nname = "g"\nafter = ["in"]\nuse = "groups/minhash.toml"\nbands = "x"',
)  # fmt: skip
_VALUE = re.compile(r"(?<==) *(\"[^\"\n]*\"|-?[\d._]+|true|false|\[[^\[\]\n{}]*\])")
_KEY = re.compile(r"[A-Za-z_]+(?= *=)")
_NAME = re.compile(r'"[^"\n]{2,}"')
Draw = random.Random


def _swap(pattern: re.Pattern[str], make: Callable[[str, Draw], str]) -> Callable[[str, Draw], str]:
    def change(text: str, draw: Draw) -> str:
        found = list(pattern.finditer(text))
        if not found:
            return text
        match = draw.choice(found)
        return text[: match.start()] + make(match[0], draw) + text[match.end() :]

    return change


def _misspell(word: str, draw: Draw) -> str:
    at = draw.randrange(1, len(word))
    return draw.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at - 1] + word[at:],
            word[:at] + "\u00e9" + word[at:],
            word.upper(),
        ]
    )


def _each_line(make: Callable[[list[str], int, Draw], list[str]]) -> Callable[[str, Draw], str]:
    def change(text: str, draw: Draw) -> str:
        lines = text.split("\n")
        return "\n".join(make(lines, draw.randrange(len(lines)), draw))

    return change


CHANGES: dict[str, Callable[[str, Draw], str]] = {
    "another value": _swap(_VALUE, lambda _, draw: " " + draw.choice(VALUES)),
    "a key misspelt": _swap(_KEY, lambda word, draw: _misspell(word, draw) if len(word) > 1 else word),
    "a key of another": _swap(_KEY, lambda _, draw: draw.choice(["name", "use", "after", "steps", "read", "uris", "where", "by", "model", "languages"])),
    "a string misspelt": _swap(_NAME, lambda word, draw: f'"{_misspell(word[1:-1], draw)}"'),
    "another's string": _swap(_NAME, lambda _, draw: draw.choice(VALUES)),
    "a line gone": _each_line(lambda lines, at, _: lines[:at] + lines[at + 1 :]),
    "a line twice": _each_line(lambda lines, at, _: [*lines[:at], lines[at], *lines[at:]]),
    "a line of another": _each_line(lambda lines, at, draw: [*lines[:at], draw.choice(LINES), *lines[at:]]),
    "two lines exchanged": _each_line(lambda lines, at, draw: [lines[draw.randrange(len(lines))] if n == at else line for n, line in enumerate(lines)]),
    "cut off": lambda text, draw: text[: draw.randrange(len(text))],
    "a letter gone": lambda text, draw: text[: (at := draw.randrange(len(text)))] + text[at + 1 :],
    "a letter more": lambda text, draw: text[: (at := draw.randrange(len(text)))] + draw.choice("\"'[]{}=,.#\\\n\x00\x7f\u2028\u0085\ufeff") + text[at:],
    "a BOM": lambda text, _: "\ufeff" + text,
    "CRLF": lambda text, _: text.replace("\n", "\r\n"),
    "CR": lambda text, _: text.replace("\n", "\r"),
    "nested deeply": lambda text, draw: text + f"\nx = {'[' * (n := draw.choice([50, 5000]))}{']' * n}\n",
    "one bracket": lambda text, draw: text.replace(draw.choice(["[[stage]]", "[[source]]"]), "[stage]"),
}  # fmt: skip


def mutate(text: str, draw: Draw) -> tuple[str, str]:
    """What was changed, and the text with it."""
    names = draw.choices(list(CHANGES), k=draw.choice([1, 1, 3]))
    for name in names:
        text = CHANGES[name](text, draw) if text else text
    return ", ".join(names), text


GROUP = """name = "grouped"
[[source]]
name = "given"
uris = ["data/given.jsonl"]
read = { use = "ingest.jsonl:read" }
[[stage]]
name = "kept"
after = "given"
use = "mine.toml"
"""


def make(folder: Path, shipped: list[Path], seed: int) -> Iterator[tuple[str, Path]]:
    """What was changed in which file, and the recipe with it, over and over in the same folder."""
    draw = random.Random(seed)
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        path, recipe = draw.choice(shipped), folder / "recipe.toml"
        is_group = path.parent.name == "groups"
        what, text = mutate(give_input(path.read_text(), folder), draw)
        target = folder / "mine.toml" if is_group else recipe
        target.write_bytes(text.encode("utf-8", "surrogatepass"))
        if is_group:
            recipe.write_text(give_input(GROUP, folder))
        yield f"{path.name}: {what}", recipe


def give_input(text: str, folder: Path) -> str:
    """The recipe with an input that is there for each of its sources."""
    numbers = iter(range(100))

    def give(_: re.Match[str]) -> str:
        path = folder / f"{next(numbers)}.jsonl"
        path.write_text('{"text": "a line"}\n')
        return f'uris = ["{path}"]'

    return re.sub(r"(?m)^uris *= *\[[^\]]*\]", give, text)


def judge(code: int, told: str) -> str:
    """What is wrong with how a check of such a recipe ended; nothing where all is well."""
    wrong = [] if code in (0, 2) else [f"code {code}"]
    wrong += ["a traceback"] if "Traceback" in told or "internal error" in told else []
    wrong += ["no file and line"] if code == 2 and not re.search(r"\.toml:\d+: ", told) else []
    return "; ".join(wrong)
