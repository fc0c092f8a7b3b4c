"""The same text laid out otherwise: what a judgement of its quality should not hang on."""

# ruff: noqa: RUF001 - the unusual characters are meant
import re
import textwrap
from collections.abc import Callable

COLUMNS = 72
_BULLET = re.compile(r"^([^\S\n]*)([-*•])(?=\s)", re.MULTILINE)
_OTHER = {"-": "•", "*": "-", "•": "-"}
_OPENING = re.compile(r'(?<![^\s(\[])"(?=\S)')
_HEADING = re.compile(r"^(?=.*[^\W\d_])[^\s#>|*•-][^\n]{1,58}[^\s.!?,:;\"')]$(?=\n+.{60})", re.MULTILINE)


def wrap(text: str) -> str:
    """Lines broken after at most 72 characters."""
    lines = text.split("\n")
    return "\n".join(
        textwrap.fill(line, COLUMNS, break_long_words=False, break_on_hyphens=False)
        if len(line) > COLUMNS
        else line
        for line in lines
    )


def bend_quotes(text: str) -> str:
    """Straight quotes bent; where there are none, bent ones made straight."""
    if '"' not in text:
        return text.replace("“", '"').replace("”", '"').replace("’", "'")
    return re.sub(r"(?<=\w)'(?=\w)", "’", _OPENING.sub("“", text).replace('"', "”"))


def change_bullets(text: str) -> str:
    """Each bullet drawn as another one."""
    return _BULLET.sub(lambda found: found[1] + _OTHER[found[2]], text)


def mark_up(text: str) -> str:
    """What looks like a heading marked as in Markdown, the first word of other lines in bold."""
    marked = _HEADING.sub(lambda found: "## " + found[0], text)
    return re.sub(r"^(\w{4,})(?= .{60})", r"**\1**", marked, flags=re.MULTILINE)


def raise_headings(text: str) -> str:
    """What looks like a heading in capitals."""
    return _HEADING.sub(lambda found: found[0].upper(), text)


WAYS: dict[str, Callable[[str], str]] = {
    "wrapped": wrap,
    "quotes": bend_quotes,
    "bullets": change_bullets,
    "Markdown": mark_up,
    "headings": raise_headings,
}
