"""A paper's expanded tokens as Markdown: one walk, in the order of the source."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from winnow.ingest.papers.tex.commands import HIDDEN, SHOWN
from winnow.ingest.papers.tex.letters import ACCENTS, LETTERS
from winnow.ingest.papers.tex.lexer import PAR, write
from winnow.ingest.papers.tex.stream import Stream, TexError

MAX_NESTED = 60
BREAK = "\v"  # the end of a line inside a paragraph
_SPACES = re.compile(r"[ \t\n\r\f]+")
_QUOTES = {"---": "\u2014", "--": "\u2013", "``": "\u201c", "''": "\u201d", "`": "\u2018"}
_QUOTES |= {"?\u2018": "\u00bf", "!\u2018": "\u00a1"}


@dataclass
class OpenEnvironment:
    """An environment that is open: what its `\\end` does, and how the lines inside begin."""

    name: str
    close: Callable[["Page"], None] | None = None
    prefix: str = ""
    item: str = ""  # how the next paragraph begins, in place of the prefix
    count: int = 0
    label: str = ""


@dataclass
class Page:
    """What has been read: `blocks` of Markdown, the `parts` of the paragraph, and what is told apart."""

    stream: Stream
    blocks: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    open: list[OpenEnvironment] = field(default_factory=list)
    footnotes: list[str] = field(default_factory=list)
    notes: int = 0
    front: dict[str, list[str]] = field(default_factory=dict)
    references: list[tuple[str, str]] = field(default_factory=list)
    chapters: bool = False
    depth: int = 0
    row: list[str] | None = None  # the cells of the table's row that is read
    rows: list[list[str]] = field(default_factory=list)
    drawings: int = 0
    formulas: int = 0
    read_code: Callable[[str], str] = field(default=lambda name: "")  # a file of the paper's, to the letter
    begun: bool = False
    done: bool = False


Handler = Callable[[Page], None]
COMMANDS: dict[str, Handler] = {}  # what is done at a command
BEGINS: dict[str, Handler] = {}  # what is done at the beginning of an environment


def read(page: Page, commands: dict[str, Handler], stop: str = "") -> None:
    """Read on to the end, or to the `\\end` of the environment `stop`."""
    stream = page.stream
    last = ""
    while not page.done and (token := stream.next()) is not None:
        first = token[0]
        if first == "\\":
            if token == "\\end":
                name = stream.read_name()
                if name == stop:
                    return
                close(page, name)
            else:
                read_command(page, token, commands)
        elif first == "$":
            commands["$"](page) if len(token) == 1 else commands["$$"](page)
        elif first == "&" and page.row is not None:
            end_cell(page)
        elif first == "~":
            page.parts.append(" ")
        elif first not in "{}":
            page.parts.append(spell(token))
        elif token == "{" and last == "}":  # arguments of a command that is not known
            page.parts.append(" ")
        last = token


def read_command(page: Page, token: str, commands: dict[str, Handler]) -> None:
    if handler := commands.get(token):
        handler(page)
    elif (sign := LETTERS.get(token)) is not None:
        page.parts.append(sign)
    elif token in ACCENTS:
        page.parts.append(put_accent(capture(page, page.stream.read_argument(), commands), ACCENTS[token]))
    elif (form := HIDDEN.get(token)) is not None:
        read_form(page.stream, form)
    elif form := SHOWN.get(token):
        page.stream.push(["{", *read_form(page.stream, form), "}"])


def read_form(stream: Stream, form: str) -> list[str]:
    """The arguments of a command by their form, of which the one that is shown is handed back."""
    shown: list[str] = []
    for kind in form:
        if kind == "s":
            stream.read_star()
        elif kind == "o":
            stream.read_optional()
        elif kind == "m":
            stream.read_argument()
        elif kind == "M":
            shown = stream.read_argument()
        elif kind == "d":
            skip_dimension(stream)
    return shown


def skip_dimension(stream: Stream) -> None:
    """`= 12pt plus 1fil`, or what stands in its place."""
    token = stream.skip_space()
    if token is None:
        return
    if token == "{" or token[0] == "\\":
        stream.push([token])
        if token == "{":
            stream.read_argument()
        return
    left = re.sub(
        r"^\s*(?:by\s*)?=?\s*[-+]?[\d.,]*\s*(?:true)?(?:(?:pt|cm|mm|in|em|ex|sp|pc|bp|fill?l?)\b)?"
        r"(?:\s*(?:plus|minus)\s*[-\d.]+\s*(?:pt|cm|mm|in|em|ex|fill?l?)\b)*",
        "",
        token,
        count=1,
    )
    if left:
        stream.push([left])


def spell(text: str) -> str:
    """Plain letters, with the dashes and quotes that TeX makes of them."""
    if "-" in text or "`" in text or "'" in text:
        for marks, sign in _QUOTES.items():
            text = text.replace(marks, sign)
    return text


def put_accent(text: str, mark: str) -> str:
    text = text.strip().replace("\u0131", "i").replace("\u0237", "j")
    return unicodedata.normalize("NFC", text[:1] + mark + text[1:]) if text else mark


# ---- blocks ------------------------------------------------------------------------------------------------


def flush(page: Page) -> None:
    """End the paragraph."""
    text = join(page.parts)
    page.parts.clear()
    if text:
        add_block(page, text)
    page.blocks += page.footnotes
    page.footnotes.clear()


def join(parts: Sequence[str]) -> str:
    """A paragraph's parts as one line, or as many as it breaks into."""
    lines = _SPACES.sub(" ", "".join(parts)).split(BREAK)
    return "\n".join(line for each in lines if (line := each.strip()))


def add_block(page: Page, text: str) -> None:
    """A block under the marks of the lists and quotes that are open."""
    first, rest = "", ""
    for each in page.open:
        first += each.item or each.prefix
        rest += each.prefix
        each.item = ""
    tight = page.open and page.blocks and first.lstrip()[:1] in ("-", "1") and first != rest
    lines = text.split("\n")
    block = "\n".join([first + lines[0], *(rest + line if line else rest.rstrip() for line in lines[1:])])
    if tight and page.open[-1].count > 1 and page.blocks:
        page.blocks[-1] += "\n" + block
    else:
        page.blocks.append(block)


def end_cell(page: Page) -> None:
    if page.row is not None:
        page.row.append(join(page.parts).replace("\n", " "))
        page.parts.clear()


def close(page: Page, name: str) -> None:
    """The end of an environment: of the last one of that name, and of all that are open in it."""
    stream = page.stream
    if found := stream.begins.get(name):
        stream.push(found[1])
        return
    at = next((i for i in range(len(page.open) - 1, -1, -1) if page.open[i].name == name), -1)
    if at < 0:
        if name == "document":
            page.done = True
        return
    flush(page)
    for each in reversed(page.open[at:]):
        if each.close:
            each.close(page)
    del page.open[at:]


# ---- parts of a page read by themselves --------------------------------------------------------------------


@contextmanager
def nested(page: Page, *aside: str) -> Iterator[None]:
    """What is read within is one deeper, and begins without what the page has `aside`."""
    page.depth += 1
    if page.depth > MAX_NESTED:
        raise TexError(f"arguments and environments nest more than {MAX_NESTED} deep")
    held = {name: getattr(page, name) for name in aside}
    vars(page).update({name: None if name == "row" else [] for name in aside})
    try:
        yield
    finally:
        vars(page).update(held)
        page.depth -= 1


def capture(page: Page, tokens: Sequence[str], commands: dict[str, Handler], *, whole: bool = False) -> str:
    """What some tokens give by themselves: one line, or (`whole`) Markdown of several blocks."""
    if len(tokens) == 1 and tokens[0][0] not in "\\$~&{}#":
        return spell(tokens[0]) if not whole else spell(tokens[0]).strip()
    with nested(page, "blocks", "parts", "open", "row", "footnotes"), page.stream.set_apart(tokens):
        read(page, commands)
        close_all(page)
        text = ("\n\n" if whole else " ").join(page.blocks)
    return text if whole else text.replace("\n", " ")


def close_all(page: Page) -> None:
    """The end of what was never ended."""
    flush(page)
    for each in reversed(page.open):
        if each.close:
            each.close(page)
    page.open.clear()


def raw_words(tokens: Sequence[str]) -> str:
    """Tokens as letters, for what is no prose: keys, addresses, code."""
    return write(tokens).replace("\n\n" if PAR in tokens else "\0", "\n").strip()
