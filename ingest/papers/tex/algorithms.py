"""Pseudocode of the algorithmic packages: a line for each statement, with the words that are printed."""

from functools import partial

from winnow.ingest.papers.tex.page import BREAK, COMMANDS, Handler, Page, capture

# For each command what is printed before and behind its argument; one without words takes no argument.
_STATEMENTS = {
    "if": ("if ", " then"),
    "elsif": ("else if ", " then"),
    "for": ("for ", " do"),
    "forall": ("for all ", " do"),
    "while": ("while ", " do"),
    "until": ("until ", ""),
    "else": ("else",),
    "endif": ("end if",),
    "endfor": ("end for",),
    "endwhile": ("end while",),
    "repeat": ("repeat",),
    "loop": ("loop",),
    "endloop": ("end loop",),
    "state": ("",),
    "statex": ("",),
    "require": ("Require: ",),
    "ensure": ("Ensure: ",),
    "input": ("Input: ",),
    "output": ("Output: ",),
    "endprocedure": ("end procedure",),
    "endfunction": ("end function",),
}


def read_statement(page: Page, words: tuple[str, ...], name: str) -> None:
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


def _spellings(name: str) -> set[str]:
    camel = {
        "elsif": "ElsIf",
        "forall": "ForAll",
        "endif": "EndIf",
        "endfor": "EndFor",
        "endwhile": "EndWhile",
    }
    camel |= {"endloop": "EndLoop", "endprocedure": "EndProcedure", "endfunction": "EndFunction"}
    return {f"\\{camel.get(name, name.capitalize())}", f"\\{name.upper()}"}


HANDLERS: dict[str, Handler] = {
    spelling: partial(read_statement, words=words, name=name)
    for name, words in _STATEMENTS.items()
    for spelling in _spellings(name)
}
HANDLERS |= {
    "\\Procedure": partial(read_procedure, word="procedure"),
    "\\Function": partial(read_procedure, word="function"),
}
HANDLERS |= {"\\Comment": read_comment, "\\COMMENT": read_comment}
