"""What is printed: nothing that data say may steer the terminal that shows it."""

import re

_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def make_safe(text: object) -> str:
    """A text in which characters that steer a terminal, but line break and tab, are spelt out (`\\x1b`).

    So are those that turn the direction of writing, and halves of characters, which no terminal can encode.
    """
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], str(text))
