"""Two texts beside each other: what they share, and what stands in each other's place."""

import difflib

from rich.console import Console
from rich.table import Table
from rich.text import Text

from winnow.pipelines.screen.terminal import make_safe

MOST_WORDS = 5_000  # of each text; the comparison takes the square of it at worst
ELIDED = 40  # words of a longer shared stretch that are shown


def show(texts: dict[str, str], console: Console) -> None:
    """Print two texts, by their titles: side by side on a terminal, else one below the other in lines that
    nothing wraps. `=` marks what they share."""
    rows = cut_stretches(*texts.values())
    if console.is_terminal:
        table = Table(show_lines=False)
        for title in ("", *texts):
            table.add_column(Text(make_safe(title)))
        for shared, a, b in rows:
            style = "green" if shared else "bold red"
            table.add_row("=" if shared else "", *(Text(make_safe(elide(s, shared)), style) for s in (a, b)))
        console.print(table)
    else:
        lines = [f"{mark} {title}" for mark, title in zip("-+", texts, strict=True)]
        for shared, *both in rows:
            lines += [f"= {elide(both[0], shared)}"] if shared else []
            lines += [f"{mark} {text}" for mark, text in zip("-+", both, strict=True) if text and not shared]
        console.print(Text(make_safe("\n".join(lines))), soft_wrap=True)
    if max(len(each.split()) for each in texts.values()) > MOST_WORDS:
        console.print(f"compared are the first {MOST_WORDS:,} words of each; what follows is not shown")


def cut_stretches(left: str, right: str) -> list[tuple[bool, str, str]]:
    """Both texts in order, cut to stretches that are shared, up to white space, or not."""
    a, b = left.split()[:MOST_WORDS], right.split()[:MOST_WORDS]
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    codes = matcher.get_opcodes()
    return [(kind == "equal", " ".join(a[i:j]), " ".join(b[k:m])) for kind, i, j, k, m in codes]


def elide(text: str, shared: bool) -> str:
    """A long shared stretch by its ends."""
    words = text.split()
    if not shared or len(words) <= ELIDED:
        return text
    half = ELIDED // 2
    return " ".join([*words[:half], f"[... {len(words) - ELIDED} words ...]", *words[-half:]])


def list_facts(left: str, right: str, most: int = 24) -> list[tuple[str, str]]:
    """Short stretches of both texts that stand in each other's place."""
    rows = cut_stretches(left, right)
    return [
        (a, b)
        for place, (shared, a, b) in enumerate(rows)
        if not shared
        and a
        and b
        and 0 < place < len(rows) - 1
        and max(len(a.split()), len(b.split())) <= most
    ]
