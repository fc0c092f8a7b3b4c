"""What is printed: nothing that data say may steer the terminal that shows it."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rich.console

_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
UNWRAPPED = 1_000_000  # columns
shown: dict[str, str] = {}
"""Folders that stand for something else, and what is shown in their place."""


def make_safe(text: object) -> str:
    """A text in which characters that steer a terminal, but line break and tab, are spelt out (`\\x1b`).

    So are those that turn the direction of writing, and halves of characters, which no terminal can encode.
    Folders in `shown` go by their other names.
    """
    said = str(text)
    for folder, name in shown.items():
        said = said.replace(folder, name)
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], said)


def open_console() -> "rich.console.Console":
    """A console that wraps lines at the edge of a terminal and, where there is none, nowhere."""
    import rich.console  # which what is only made safe need not wait for

    console = rich.console.Console()
    return console if console.is_terminal else rich.console.Console(width=UNWRAPPED)
