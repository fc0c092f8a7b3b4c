"""What a paper is made of: sections, lists, tables, floats, theorems, notes, citations."""

from winnow.ingest.papers.tex import environments
from winnow.ingest.papers.tex.code import read_code
from winnow.ingest.papers.tex.formulas import read_environment
from winnow.ingest.papers.tex.page import (
    BEGINS,
    BREAK,
    COMMANDS,
    OpenEnvironment,
    Page,
    add_block,
    capture,
    flush,
    nested,
    raw_words,
    read,
    read_form,
)
from winnow.ingest.papers.tex.tables import end_row, read_table

# ---- sections ----------------------------------------------------------------------------------------------


def read_section(page: Page, level: int) -> None:
    read_form(page.stream, "so")
    title = capture(page, page.stream.read_argument(), COMMANDS)
    flush(page)
    page.chapters = page.chapters or level == 0
    depth = max(1, level + (2 if page.chapters else 1))
    if title:
        page.blocks.append(f"{'#' * min(depth, 6)} {title}")


def read_break(page: Page) -> None:
    """`\\\\`, with a star and a length behind it: a row's end in a table, a line's end elsewhere."""
    page.stream.read_star()
    if page.row is None:
        token = page.stream.pull()
        page.stream.push([token] if token is not None else [])
        if token == "[":
            page.stream.read_optional()
        page.parts.append(BREAK)
        return
    page.stream.read_optional()
    end_row(page)


# ---- environments ------------------------------------------------------------------------------------------


def begin(page: Page) -> None:
    stream = page.stream
    name = stream.read_name()
    plain = name.rstrip("*")
    if found := stream.begins.get(name):
        stream.expand(f"\\begin{{{name}}}", found[0])
    elif handler := BEGINS.get(name):
        handler(page)
    elif name in stream.verbatim or plain in environments.VERBATIM:
        read_form(stream, stream.verbatim.get(name, ""))
        read_code(page, name)
    elif plain in environments.MATH:
        with nested(page):
            read_environment(page, name)
    elif plain in environments.SILENT:
        skip_environment(page, name)
    elif plain in environments.TABLES:
        read_table(page, name)
    elif name in stream.theorems or plain in stream.theorems or plain in environments.THEOREMS:
        begin_theorem(page, name)
    elif plain == "abstract" or plain in ("IEEEkeywords", "keywords", "keyword"):
        begin_front(page, name, plain)
    elif plain in environments.LISTS:
        flush(page)
        read_form(stream, environments.BEGIN_ARGUMENTS.get(name, ""))
        prefix = "" if plain in ("list", "trivlist") else "   " if "enum" in plain else "  "
        page.open.append(OpenEnvironment(name, prefix=prefix))
    else:
        begin_other(page, name, plain)


def begin_other(page: Page, name: str, plain: str) -> None:
    """Floats, quotes and containers."""
    flush(page)
    read_form(
        page.stream, environments.BEGIN_ARGUMENTS.get(name, environments.BEGIN_ARGUMENTS.get(plain, "o"))
    )
    page.open.append(OpenEnvironment(name, prefix="> " if plain in environments.QUOTES else ""))


def begin_theorem(page: Page, name: str) -> None:
    flush(page)
    plain = name.rstrip("*")
    theorems = page.stream.theorems
    title = theorems.get(name) or theorems.get(plain) or environments.THEOREMS[plain]
    note = page.stream.read_optional()
    said = capture(page, note, COMMANDS) if note else ""
    page.parts.append(f"**{title}{f' ({said})' if said else ''}.** ")
    page.open.append(OpenEnvironment(name))


def begin_front(page: Page, name: str, plain: str) -> None:
    """What stands apart from the text: the abstract, the keywords."""
    with nested(page, "blocks", "parts", "open"):
        read(page, COMMANDS, stop=name)
        flush(page)
        text = "\n\n".join(page.blocks)
    page.front.setdefault("abstract" if plain == "abstract" else "keywords", []).append(text)


def skip_environment(page: Page, name: str) -> None:
    """A drawing, or what is commented out."""
    page.drawings += name not in ("comment", "filecontents", "filecontents*", "CCSXML")
    lexer = page.stream.find_lexer()
    if lexer and lexer.read_raw(f"\\end{{{name}}}") is not None:
        return
    depth = 0
    while (token := page.stream.pull()) is not None:
        if token in ("\\begin", "\\end") and page.stream.read_name() == name:
            depth += 1 if token == "\\begin" else -1
            if depth < 0:
                return


# ---- lists, captions, notes --------------------------------------------------------------------------------


def read_item(page: Page) -> None:
    """An item of the innermost list; what stands in brackets is its term."""
    flush(page)
    term = page.stream.read_optional()
    label = capture(page, term, COMMANDS) if term else ""
    one = next((each for each in reversed(page.open) if each.name.rstrip("*") in environments.LISTS), None)
    if one is None:
        page.parts.append(f"{label} " if label else "")
        return
    one.count += 1
    kind = one.name
    if "enum" in kind and not label:
        one.item = f"{one.count}. "
    elif kind.startswith(("list", "trivlist")):
        one.item = ""
    else:
        one.item = "- "
    if label:
        page.parts.append(f"**{label}** " if "desc" in kind or "labeling" in kind else f"{label} ")


def read_caption(page: Page) -> None:
    """A paragraph of its own, under the name of what it stands under."""
    read_form(page.stream, "so")
    text = capture(page, page.stream.read_argument(), COMMANDS)
    names = [each.name.rstrip("*") for each in reversed(page.open)]
    kind = next((environments.FLOATS[name] for name in names if name in environments.FLOATS), "")
    if text and page.row is not None:  # of a longtable
        page.blocks.append(f"{kind or 'Table'}: {text}")
    elif text:
        flush(page)
        add_block(page, f"{kind}: {text}" if kind else text)


def read_captionof(page: Page) -> None:
    page.stream.read_star()
    kind = page.stream.read_name()
    page.open.append(OpenEnvironment(kind))
    read_caption(page)
    page.open.pop()


def read_footnote(page: Page) -> None:
    page.stream.read_optional()
    text = capture(page, page.stream.read_argument(), COMMANDS)
    if text:
        page.notes += 1
        page.parts.append(f"[^{page.notes}]")
        page.footnotes.append(f"[^{page.notes}]: {text}")


def read_footnotetext(page: Page) -> None:
    read_footnote(page)
    if page.parts and page.parts[-1].startswith("[^"):
        page.parts.pop()


def read_par(page: Page) -> None:
    if page.row is None:
        flush(page)
    else:
        page.parts.append(" ")


# ---- what is told by its key -------------------------------------------------------------------------------


def read_cite(page: Page, name: str = "") -> None:
    """`[@key; @other]`, with the notes before and behind (as Pandoc writes it)."""
    stream = page.stream
    stream.read_star()
    first, second = stream.read_optional(), stream.read_optional()
    keys = [key.strip() for key in raw_words(stream.read_argument()).split(",") if key.strip()]
    before, behind = (first, second) if second is not None else (None, first)
    said = "; ".join(f"@{key}" for key in keys)
    if before:
        said = f"{capture(page, before, COMMANDS)} {said}"
    if behind:
        said = f"{said}, {capture(page, behind, COMMANDS)}"
    stream.cited |= dict.fromkeys(keys)
    if keys and name != "\\nocite":
        page.parts.append(f"[{said}]")


def read_reference(page: Page) -> None:
    read_form(page.stream, "so")
    if key := raw_words(page.stream.read_argument()):
        page.parts.append(f"[{key}]")


def read_address(page: Page) -> None:
    lexer = page.stream.find_lexer()
    if lexer and lexer.text[lexer.at : lexer.at + 1] == "{" and (raw := lexer.read_raw("}")) is not None:
        page.parts.append("".join(raw[1:].split()))
        return
    page.parts.append(raw_words(page.stream.read_argument()))
