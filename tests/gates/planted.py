"""Eval items as they leak: changed in the ways that a check must see through, planted in real documents."""

# ruff: noqa: E501, RUF001, SIM905 - lists of words and templates

import html
import json
import random
import re
import textwrap
from collections.abc import Callable
from typing import Any, NamedTuple

Item = dict[str, Any]
Edit = Callable[[random.Random, Item], str]


class Case(NamedTuple):
    variant: str
    eval: str
    item: str
    graded: tuple[str, ...]  # the classes that are right
    text: str
    start: int  # bytes of the question within the text
    end: int


NAMES = (
    "Aroha Bashir Chidi Dmitri Eilidh Farouk Giulia Hiroshi Ingrid Joaquin Kofi Leilani Mehmet Nadia Oluwaseun "
    "Priya Quentin Rosalind Svetlana Tariq Ulrike Vikram Wanjiru Xiomara Yusuf Zdenek"
).split()
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_CONFUSED = {
    "rn": "m", "m": "rn", "l": "1", "O": "0", "o": "0", "I": "l", "e": "c", "cl": "d", "h": "b", "S": "5",
    "vv": "w", "w": "vv", "i": "l", "t": "f", "u": "ii", "a": "o", "n": "ri",
}  # fmt: skip
_LOOKALIKE = str.maketrans("aceopxyiABEHKMOPTX", "асеорхуіАВЕНКМОРТХ")
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
_UNITS += " seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_COMMON = {
    "The", "How", "What", "If", "She", "He", "They", "It", "In", "On", "At", "For", "After", "Each", "There", "When",
    "His", "Her", "A", "An", "One", "Two", "Three", "Every", "Their", "This", "I", "Then", "By", "And", "But", "To",
    "All", "Of", "Some", "While", "During", "However", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Its",
    "Saturday", "Sunday", "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December", "Which", "Given", "As", "From", "Assuming", "Find", "Calculate", "With",
}  # fmt: skip


def one_number(draw: random.Random, text: str) -> str:
    found = draw.choice(list(_NUMBER.finditer(text)))
    return text[: found.start()] + _other(draw, found) + text[found.end() :]


def all_numbers(draw: random.Random, text: str) -> str:
    return _NUMBER.sub(lambda found: _other(draw, found), text)


def _other(draw: random.Random, found: re.Match[str]) -> str:
    digits = len(re.sub(r"\D", "", found[0]))
    low = 10 ** max(0, digits - 1) + 1
    while (new := str(draw.randrange(low, low * 12))) == found[0]:
        pass
    return new


def names_in(text: str) -> list[str]:
    """Words that are always written with a capital and are no common ones."""
    found = set(re.findall(r"\b[A-Z][a-z]{2,}\b", text)) - _COMMON
    return sorted(name for name in found if not re.search(rf"\b{name.lower()}\b", text))


def renamed(draw: random.Random, text: str) -> str:
    names = names_in(text)
    new = dict(zip(names, draw.sample(NAMES, len(names)), strict=True))
    return re.sub(r"\b[A-Z][a-z]{2,}\b", lambda found: new.get(found[0], found[0]), all_numbers(draw, text))


def dropped(draw: random.Random, text: str) -> str:
    words = text.split(" ")
    gone = set(draw.sample(range(len(words)), max(1, len(words) // 10)))
    return " ".join(word for place, word in enumerate(words) if place not in gone)


def noise(draw: random.Random, text: str) -> str:
    """Four characters in a hundred read wrongly, some words cut or joined."""
    out, place = [], 0
    while place < len(text):
        two, one = text[place : place + 2], text[place]
        size, new = 1, one
        if draw.random() < 0.04 and not one.isspace():
            size = 2 if two in _CONFUSED else 1
            new = _CONFUSED.get(two) or _CONFUSED.get(one, one)
        elif one == " " and draw.random() < 0.01:
            new = ""
        elif one.isalpha() and draw.random() < 0.003:
            new = one + " "
        out.append(new)
        place += size
    return "".join(out)


def other_words(draw: random.Random, text: str, vocabulary: list[str]) -> str:
    """Another word for one in five: harder than synonyms, which at times share letters."""
    words = text.split(" ")
    places = [place for place, word in enumerate(words) if word.isalpha() and len(word) > 2]
    for place in draw.sample(places, min(len(places), max(1, len(words) // 5))):
        words[place] = draw.choice(vocabulary)
    return " ".join(words)


def in_words(text: str) -> str:
    """Numbers below a hundred in words."""

    def spoken(found: re.Match[str]) -> str:
        number = int(found[0])
        if number < 20:
            return _UNITS.split()[number]
        tens, unit = divmod(number, 10)
        return _TENS[tens - 2] + ("-" + _UNITS.split()[unit] if unit else "")

    return re.sub(r"(?<![\d.,/])\d{1,2}(?![\d/]|[.,]\d)", spoken, text)


def zero_width(draw: random.Random, text: str) -> str:
    mark = draw.choice(["\u200b", "\u200c", "\u2060", "\u00ad", "\ufeff"])
    return "".join(c + mark if c.isalpha() and draw.random() < 0.3 else c for c in text)


def homoglyphs(draw: random.Random, text: str) -> str:
    return "".join(c.translate(_LOOKALIKE) if draw.random() < 0.4 else c for c in text)


def cut_lines(draw: random.Random, text: str) -> str:
    """Hyphens at the ends of lines."""
    width = draw.randrange(30, 60)
    out, column = [], 0
    for word in text.split():
        if column + len(word) > width and len(word) > 6 and word.isalpha():
            out.append(word[:3] + "-\n" + word[3:])
            column = len(word) - 3
        else:
            out.append(("\n" if column + len(word) > width else " ") + word)
            column = len(word) if column + len(word) > width else column + len(word) + 1
    return "".join(out).strip()


def with_choices(draw: random.Random, item: Item) -> str:
    """A question with its choices, relabelled and in another order."""
    choices = list(item["choices"])
    draw.shuffle(choices)
    labels = draw.choice(
        [["A.", "B.", "C.", "D.", "E."], ["1)", "2)", "3)", "4)", "5)"], ["-"] * 5, ["*"] * 5]
    )
    lines = [f"{label} {choice}" for label, choice in zip(labels, choices, strict=False)]
    return item["question"] + "\n" + draw.choice(["\n", "\n\n", " "]).join(lines)


def reformatted(draw: random.Random, item: Item) -> str:
    text = item["question"]
    if len(item["choices"] or []) > 1 and draw.random() < 0.4:
        text = with_choices(draw, item)
    forms: list[Callable[[str], str]] = [
        str.upper,
        str.lower,
        str.title,
        lambda t: textwrap.fill(t, draw.randrange(20, 60)),
        lambda t: textwrap.indent(textwrap.fill(t, 50), draw.choice(["> ", "# ", "// ", "    ", " * "])),
        lambda t: json.dumps({"id": 7, "question": t, "meta": None}),
        lambda t: "| n | question |\n|---|---|\n| 7 | " + t.replace("\n", " ") + " |",
        lambda t: " ".join(f"**{w}**" if draw.random() < 0.2 else w for w in t.split(" ")),
        lambda t: "".join(c for c in t if c.isalnum() or c.isspace()),
        lambda t: html.escape(t).replace("'", "&rsquo;").replace('"', "&quot;"),
        lambda t: t.replace("'", "\u2019").replace('"', "\u201d").replace(" ", "\u00a0"),
        lambda t: cut_lines(draw, t),
        lambda t: re.sub(r"\$?(\d+)", r"$\\text{ }\1$", t),
        in_words,
    ]
    return draw.choice(forms)(text)


def renamed_code(draw: random.Random, item: Item) -> str:
    """The prompt of a function with other identifiers."""
    text = item["question"]
    own = set(re.findall(r"def (\w+)\(", text))
    for arguments in re.findall(r"def \w+\((.*?)\)", text, re.DOTALL):
        own |= set(re.findall(r"(\w+)\s*(?=[:,=)]|$)", re.sub(r":[^,]+", "", arguments)))
    new = {
        name: draw.choice(["foo", "run", "calc", "my", "do"]) + f"_{draw.randrange(99)}"
        for name in sorted(own)
    }
    return re.sub(r"\b\w+\b", lambda found: new.get(found[0], found[0]), text)


def commented(draw: random.Random, item: Item) -> str:
    """The docstring of a function, of several the last, as another language's comment."""
    found = re.findall(r'("""|\'\'\')(.*?)\1', item["question"], re.DOTALL)
    prose = found[-1][1] if found else item["question"]
    lines = [line.strip() for line in prose.strip().splitlines()]
    if draw.random() < 0.5:
        return "/**\n" + "\n".join(f" * {line}" for line in lines)
    return "\n".join(f"// {line}" for line in lines)


def plant(
    draw: random.Random, variant: str, item: Item, graded: str, text: str, hosts: list[str], more: str = ""
) -> Case:
    """The text alone, or between two halves of a document, followed by `more`."""
    before, after = "", ""
    if draw.random() < 0.75:
        host = draw.choice(hosts)
        half = host.find("\n", len(host) // draw.randrange(2, 6))
        before, after = (host[:half] + "\n\n", "\n\n" + host[half:]) if half >= 0 else (host + "\n\n", "")
    start = len(before.encode())
    return Case(
        variant, item["eval"], item["item"], tuple(graded.split("|")), before + text + more + after, start,
        start + len(text.encode()),
    )  # fmt: skip


def words(text: str) -> int:
    return len(text.split())


def cases(items: list[Item], hosts: list[str], vocabulary: list[str], seed: int, count: int) -> list[Case]:
    """`count` cases of each variant for which the items do, `count` at most of one eval's."""
    draw = random.Random(seed)
    long = [item for item in items if words(item["question"]) >= 13]
    prose = [item for item in long if item["kind"] != "code"]
    numbers = [
        item
        for item in prose
        if item["eval"].startswith("gsm8k") and len(_NUMBER.findall(item["question"])) > 1
    ]
    named = [item for item in numbers if names_in(item["question"])]
    short = [item for item in items if words(item["question"]) < 13 and words(item["answer"]) > 0]
    functions = [item for item in items if item["kind"] == "code" and "def " in item["question"]]
    code = [item for item in items if item["kind"] == "code" and item["eval"] in ("humaneval", "mbpp")]

    def of(pool: list[Item], variant: str, graded: str, edit: Edit, more: Edit | None = None) -> list[Case]:
        chosen = [draw.choice(pool) for _ in range(count)] if pool else []
        return [
            plant(draw, variant, item, graded, edit(draw, item), hosts, more(draw, item) if more else "")
            for item in chosen
        ]

    def answered(draw: random.Random, item: Item) -> str:
        return draw.choice(["\nAnswer: ", "\n\n", " ", "\nA: ", "\n#### "]) + item["answer"]

    def on(edit: Callable[[random.Random, str], str]) -> Edit:
        return lambda draw, item: edit(draw, item["question"])

    def listed(draw: random.Random, item: Item) -> str:
        choices = list(item["choices"])
        draw.shuffle(choices)
        return "\n" + "\n".join(f"{'ABCDEFGH'[k % 8]}) {choice}" for k, choice in enumerate(choices))

    same: Edit = lambda draw, item: item["question"]  # noqa: E731
    return [
        *of(long, "verbatim", "verbatim", same),
        *of(long, "verbatim_answer", "verbatim", same, answered),
        *of(prose, "reformatted", "reformatted|verbatim", reformatted),
        *of(numbers, "one_number", "numbers_changed", on(one_number)),
        *of(numbers, "all_numbers", "numbers_changed", on(all_numbers)),
        *of(named, "renamed", "renamed", on(renamed)),
        *of(prose, "dropped", "partial|reformatted", on(dropped)),
        *of(prose, "ocr", "partial|reformatted", on(noise)),
        *of(long, "zero_width", "reformatted", on(zero_width)),
        *of(long, "homoglyphs", "reformatted", on(homoglyphs)),
        *of(prose, "synonyms", "partial|renamed", on(lambda draw, text: other_words(draw, text, vocabulary))),
        *of(short, "short_answer", "verbatim|reformatted", same, answered),
        *of(
            [i for i in short if len(i["choices"] or []) > 1],
            "short_choices",
            "verbatim|reformatted",
            same,
            listed,
        ),
        *of(functions, "code_renamed", "renamed", renamed_code),
        *of(
            code,
            "code_commented",
            "verbatim|partial|reformatted|renamed",
            commented,
            lambda draw, item: "\n */\npublic static Object solve(Object input) {",
        ),
    ]
