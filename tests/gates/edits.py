"""Controlled edits of real texts, one or more toward each reason of the rules, as strong as a draw says.

Real pages break some rules once in ten thousand; an edit takes a text to the threshold and past it.
"""

import random
import re
from collections.abc import Callable, Iterator

import polars as pl

Edit = Callable[[str, random.Random], str]
STOPS = r"\b(the|be|to|of|and|that|have|with)\b"
SOURCES = ("postgresql-doc", "anarchism", "debian-history", "python-doc", "sqlite3-doc", "debian-handbook")
LOREM = "Lorem ipsum dolor sit amet, consectetur adipiscing elit."
POLICY = ("We use cookies.", "See our Privacy Policy for more.", "Read the terms of use here.")
BREAKS = ("\r\n", "\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\u2028", "\u2029")


def words(edit: Callable[[list[str], random.Random], list[str]]) -> Edit:
    """An edit of the words, which leaves the white space between them."""

    def apply(text: str, draw: random.Random) -> str:
        parts = re.split(r"(\s+)", text)
        parts[::2] = edit(parts[::2], draw)
        return "".join(parts)

    return apply


def lines(edit: Callable[[list[str], random.Random], list[str]]) -> Edit:
    """An edit of the lines that are not blank; blank ones go."""
    return lambda text, draw: "\n".join(edit([row for row in text.split("\n") if row.strip()], draw))


def some(low: float, high: float, change: Callable[[str], str]) -> Callable[..., list[str]]:
    """Change a share of the items, drawn between `low` and `high`."""

    def apply(items: list[str], draw: random.Random) -> list[str]:
        share = draw.uniform(low, high)
        return [change(item) if item and draw.random() < share else item for item in items]

    return apply


def cut(low: int, high: int) -> Edit:
    def apply(text: str, draw: random.Random) -> str:
        found = list(re.finditer(r"\S+", text))[: draw.randint(low, high)]
        return text[: found[-1].end()] if found else text

    return apply


def repeated(unit: str, low: float, high: float) -> Edit:
    """Units of the text come again until they are a share of all, drawn between `low` and `high`."""

    def apply(text: str, draw: random.Random) -> str:
        units = re.split(unit, text)
        joiner = {r"\n{2,}": "\n\n", r"\n+": "\n"}.get(unit, " ")
        share = draw.uniform(low, high)
        once = units[: max(1, round(len(units) * (1 - share)))]
        few = draw.sample(once, min(len(once), draw.randint(1, 12)))
        more = [draw.choice(few) for _ in range(round(len(once) * share / (1 - share)))]
        both = [*once, *more]
        draw.shuffle(both)
        return joiner.join(both)

    return apply


def phrase(size: int, low: float, high: float) -> Edit:
    """A run of the text's own words, put in again and again."""

    def apply(text: str, draw: random.Random) -> str:
        parts = text.split(" ")
        at = draw.randrange(max(1, len(parts) - size))
        run = " ".join(parts[at : at + size])
        share = draw.uniform(low, high) / size
        return " ".join(p + " " + run if draw.random() < share else p for p in parts)

    return apply


def inserted(*what: str, most: int = 3) -> Edit:
    """Some of the lines given, put between the text's lines, or behind one."""

    def apply(text: str, draw: random.Random) -> str:
        rows = text.split("\n")
        for _ in range(draw.randint(1, most)):
            at = draw.randrange(len(rows))
            piece = draw.choice(what)
            if draw.random() < 0.5:
                rows.insert(at, piece)
            else:
                rows[at] = f"{rows[at]} {piece}"
        return "\n".join(rows)

    return apply


def wrapped(low: int, high: int) -> Edit:
    def apply(text: str, draw: random.Random) -> str:
        size, all_words = draw.randint(low, high), text.split()
        return "\n".join(" ".join(all_words[i : i + size]) for i in range(0, len(all_words), size))

    return apply


def other_breaks(text: str, draw: random.Random) -> str:
    mark, share = draw.choice(BREAKS), draw.uniform(0.1, 1)
    return "".join(mark if c == "\n" and draw.random() < share else c for c in text)


EDITS: dict[str, Edit] = {
    "few_words": cut(35, 60),
    "short_words": words(some(0.75, 1, lambda w: w[:2])),
    "long_words": lambda text, draw: re.sub(
        r" ", lambda m: "" if draw.random() < share else " ", text
    ) if (share := draw.uniform(0.3, 0.65)) else text,
    "hashes": words(some(0.05, 0.2, lambda w: f"#{w}")),
    "ellipses": words(some(0.05, 0.2, lambda w: f"{w}...")),
    "one_sign_ellipses": words(some(0.05, 0.2, lambda w: f"{w}…")),
    "bullets": lines(some(0.85, 1, lambda row: f"• {row}")),
    "dashes": lines(some(0.85, 1, lambda row: f"- {row}")),
    "ellipsis_lines": lines(some(0.2, 0.7, lambda row: f"{row}...")),
    "numbers": words(some(0.02, 0.3, lambda w: str(len(w)))),
    "symbols": words(some(0.02, 0.3, lambda w: "|" if len(w) % 2 else "→")),
    "no_stop_words": lambda text, draw: re.sub(STOPS, "", text, flags=re.I, count=draw.randint(0, 2) * 10**6)
    + draw.choice(["", " the", " the of", " The", " and The"]),
    "capitals": lambda text, draw: text.upper(),
    "repeated_paragraphs": repeated(r"\n{2,}", 0.1, 0.5),
    "repeated_lines": repeated(r"\n+", 0.1, 0.5),
    "one_repeated_line": repeated(r"\n+", 0.005, 0.06),
    "repeated_sentences": repeated(r"(?<=[.!?])\s+", 0.05, 0.3),
    **{f"top_{n}": phrase(n, 0.12, 0.35) for n in range(2, 5)},
    **{f"runs_{n}": phrase(n, 0.08, 0.25) for n in range(5, 11)},
    "no_line_ends": lines(some(0.5, 1, lambda row: row.rstrip(".!?\"' "))),
    "wrapped": wrapped(2, 9),
    "one_line": lambda text, draw: " ".join(text.split()),
    "few_sentences": lambda text, draw: " ".join(re.split(r"(?<=[.!?])\s+", text)[: draw.randint(3, 7)]),
    "lorem_ipsum": inserted(LOREM, LOREM.lower(), LOREM.upper()),
    "curly_brackets": inserted("{", "Call f{x}.", "Use the {name} in this line."),
    "javascript": inserted("Please enable JavaScript to see this page.", "It is written in javascript."),
    "policy": inserted(*POLICY),
    "citations": inserted("As was said [12].", "[edit]", "So it [citation needed] is [3] not.", most=6),
    "long_tokens": inserted("a" * 1000, "b" * 1001 + " is a word.", "A word is " + "c" * 1001 + "."),
    "other_breaks": other_breaks,
}  # fmt: skip


def edited(texts: pl.DataFrame, each: int) -> pl.DataFrame:
    """`each` texts for every edit, in the order they come, and a few texts of about 100,000 words."""
    rows, pool = [], texts.filter(pl.col("text").str.len_chars().is_between(500, 8_000))
    for number, (name, edit) in enumerate(EDITS.items()):
        for k in range(min(each, len(pool))):
            doc = pool.row((number * each + k) % len(pool), named=True)
            draw = random.Random(f"{name} {k}")
            rows.append(
                {
                    "id": f"{name} {k} of {doc['id']}",
                    "source": f"edit: {name}",
                    "text": edit(doc["text"], draw),
                }
            )
    rows += [{"id": f"long {n}", "source": "edit: long", "text": long(pool["text"], n)} for n in range(4)]
    return pl.DataFrame(rows).filter(pl.col("text").str.strip_chars() != "")


def long(texts: pl.Series, number: int) -> str:
    """Texts in a row until there are about 100,000 words, counted roughly."""

    def taken() -> Iterator[str]:
        room = (90_000, 98_000, 106_000, 120_000)[number]
        for text in texts:
            yield text
            room -= len(re.findall(r"\w[\w.'-]*", text))
            if room < 0:
                return

    return "\n".join(taken())
