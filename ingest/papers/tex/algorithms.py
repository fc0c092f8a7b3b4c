"""Pseudocode of the algorithmic packages: a line for each statement, with the words that are printed."""

import re
from functools import partial

from winnow.ingest.papers.tex.commands import STATEMENTS
from winnow.ingest.papers.tex.page import BREAK, COMMANDS, Handler, Page, capture


def read_statement(page: Page, words: list[str], name: str) -> None:
    if not any(each.name.startswith("algorithm") for each in page.open):
        return
    page.parts.append(BREAK + words[0])
    if len(words) > 1:
        page.parts.append(capture(page, page.stream.read_argument(), COMMANDS) + words[1])
    elif name == "state":
        page.stream.read_optional()


def read_procedure(page: Page, word: str) -> None:
    name, arguments = (capture(page, page.stream.read_argument(), COMMANDS) for _ in range(2))
    page.parts.append(f"{BREAK}{word} {name}({arguments})")


def read_comment(page: Page) -> None:
    page.stream.read_optional()
    page.parts.append(f" // {capture(page, page.stream.read_argument(), COMMANDS)}")


def _spell(name: str) -> tuple[str, str]:
    """A command as algorithmicx writes it (`EndFor`, `ForAll`) and as algorithmic does."""
    parts = re.fullmatch(r"(end|els(?=if)|for(?=all))(.+)", name)
    camel = parts[1].capitalize() + parts[2].capitalize() if parts else name.capitalize()
    return f"\\{camel}", f"\\{name.upper()}"


HANDLERS: dict[str, Handler] = {
    spelling: partial(read_statement, words=words, name=name)
    for name, words in STATEMENTS.items()
    for spelling in _spell(name)
}
HANDLERS |= {
    "\\Procedure": partial(read_procedure, word="procedure"),
    "\\Function": partial(read_procedure, word="function"),
}
HANDLERS |= {"\\Comment": read_comment, "\\COMMENT": read_comment}
