"""What a paper is made of: sections, lists, tables, floats, theorems, notes, citations."""

from collections.abc import Sequence

from ingest.tex import names
from ingest.tex.formulas import read_environment
from ingest.tex.lexer import write
from ingest.tex.page import (
    BREAK,
    Handler,
    Open,
    Page,
    add_block,
    capture,
    end_cell,
    flush,
    nested,
    raw_words,
    read,
    read_form,
)

COMMANDS: dict[str, Handler] = {}
BEGINS: dict[str, Handler] = {}
_MAX_COLUMNS = 200
_RULES = ("\\hline", "\\toprule", "\\midrule", "\\bottomrule")


# ---- sections ----------------------------------------------------------------------------------------------


def read_section(page: Page, level: int) -> None:
    page.stream.read_star()
    page.stream.read_optional()
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
    elif name in stream.verbatim or plain in names.VERBATIM:
        read_form(stream, stream.verbatim.get(name, ""))
        read_code(page, name)
    elif plain in names.MATH:
        with nested(page):
            read_environment(page, name)
    elif plain in names.SILENT:
        skip_environment(page, name)
    elif plain in names.TABLES:
        read_table(page, name)
    elif name in stream.theorems or plain in stream.theorems or plain in names.THEOREMS:
        begin_theorem(page, name)
    elif plain == "abstract" or plain in ("IEEEkeywords", "keywords", "keyword"):
        begin_front(page, name, plain)
    elif plain in names.LISTS:
        flush(page)
        read_form(stream, names.BEGIN_ARGUMENTS.get(name, ""))
        prefix = "" if plain in ("list", "trivlist") else "   " if "enum" in plain else "  "
        page.open.append(Open(name, prefix=prefix))
    else:
        begin_other(page, name, plain)


def begin_other(page: Page, name: str, plain: str) -> None:
    """Floats, quotes and containers."""
    flush(page)
    read_form(page.stream, names.BEGIN_ARGUMENTS.get(name, names.BEGIN_ARGUMENTS.get(plain, "o")))
    page.open.append(Open(name, prefix="> " if plain in names.QUOTES else ""))


def begin_theorem(page: Page, name: str) -> None:
    flush(page)
    plain = name.rstrip("*")
    theorems = page.stream.theorems
    title = theorems.get(name) or theorems.get(plain) or names.THEOREMS[plain]
    note = page.stream.read_optional()
    said = capture(page, note, COMMANDS) if note else ""
    page.parts.append(f"**{title}{f' ({said})' if said else ''}.** ")
    page.open.append(Open(name))


def begin_front(page: Page, name: str, plain: str) -> None:
    """What stands apart from the text: the abstract, the keywords."""
    with nested(page):
        held = page.blocks, page.parts, page.open
        page.blocks, page.parts, page.open = [], [], []
        read(page, COMMANDS, stop=name)
        flush(page)
        text = "\n\n".join(page.blocks)
        page.blocks, page.parts, page.open = held
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


def read_code(page: Page, name: str) -> None:
    """Verbatim text: a block of code, to the letter."""
    stream = page.stream
    language = ""
    if name.rstrip("*") in (
        "lstlisting",
        "minted",
        "Verbatim",
        "tcblisting",
        "spverbatim",
        "BVerbatim",
        "listing",
    ):
        options = write(stream.read_optional() or ())
        if name == "minted":
            language = stream.read_name()
        elif "language=" in options:
            language = options.split("language=")[1].split(",")[0].strip("{}[] ").lower()
    lexer = stream.find_lexer()
    code = lexer.read_raw(f"\\end{{{name}}}") if lexer else None
    if code is None:
        tokens: list[str] = []
        while (token := stream.pull()) is not None:
            if token == "\\end" and stream.read_name() == name:
                break
            tokens.append(token)
        code = raw_words(tokens)
    put_code(page, code, language)


def put_code(page: Page, code: str, language: str = "") -> None:
    flush(page)
    body = "\n".join(line.rstrip() for line in code.expandtabs(4).strip("\n").splitlines()).strip("\n")
    if body.strip():
        fence = "````" if "```" in body else "```"
        add_block(page, f"{fence}{language if language.isalnum() else ''}\n{body}\n{fence}")


def read_code_file(page: Page, form: str) -> None:
    """`\\lstinputlisting{file}`: a file of the paper's as a block of code."""
    asked = ""
    for kind in form:
        if kind == "o":
            page.stream.read_optional()
        else:
            asked = page.stream.read_name()
    put_code(page, page.read_code(asked))


def read_verb(page: Page) -> None:
    """`\\verb|...|`, `\\lstinline{...}`: letters between two marks."""
    lexer = page.stream.find_lexer()
    code = ""
    if lexer is None:
        code = _read_captured_verb(page)
    else:
        while lexer.text[lexer.at : lexer.at + 1] in ("*", "[") and lexer.at < len(lexer.text):
            closer = "]" if lexer.text[lexer.at] == "[" else "*"
            lexer.at += 1
            if closer == "]":
                lexer.read_raw(closer)
        mark = lexer.text[lexer.at : lexer.at + 1]
        lexer.at += 1
        line = lexer.text.find("\n", lexer.at)
        found = lexer.read_raw("}" if mark == "{" else mark) if mark else None
        if found is not None and 0 <= line < lexer.at - 1 and "\n" in found.strip():
            lexer.at -= len(found) + 1
            found = None
        code = found or ""
    put_inline_code(page, code)


def _read_captured_verb(page: Page) -> str:
    """The words of a `\\verb` inside an argument, where they have become tokens."""
    token = page.stream.skip_space()
    if token is None or token[0] in "\\{":
        page.stream.push([token] if token else [])
        return raw_words(page.stream.read_argument())
    page.stream.push([token[1:]] if len(token) > 1 else [])
    return raw_words(page.stream.read_until([token[0]]))


def put_inline_code(page: Page, code: str) -> None:
    if code.strip():
        page.parts.append(f"``{code}``" if "`" in code else f"`{code}`")


# ---- tables ------------------------------------------------------------------------------------------------


def read_table(page: Page, name: str) -> None:
    """A table as Markdown; one of a single column is paragraphs."""
    stream = page.stream
    plain = name.rstrip("*")
    if plain in ("tabularx", "tabulary") or name == "tabular*":
        stream.read_argument()
    stream.read_optional()
    stream.read_argument()
    with nested(page):
        held = page.blocks, page.parts, page.open, page.row, page.rows, page.footnotes
        page.blocks, page.parts, page.open, page.row, page.rows, page.footnotes = [], [], [], [], [], []
        read(page, COMMANDS, stop=name)
        end_row(page)
        rows, blocks, notes = page.rows, page.blocks, page.footnotes
        page.blocks, page.parts, page.open, page.row, page.rows, page.footnotes = held
    page.footnotes += notes
    if page.row is not None:  # a table in a cell
        page.parts.append(" ".join(cell for row in rows for cell in row if cell))
        return
    flush(page)
    for block in blocks:
        page.blocks.append(block)
    if text := write_table(rows):
        add_block(page, text)


def end_row(page: Page) -> None:
    if page.blocks and page.row is not None:  # paragraphs in a cell
        page.parts.insert(0, " ".join(page.blocks) + " ")
        page.blocks.clear()
    end_cell(page)
    if page.row and any(page.row):
        page.rows.append(page.row[:_MAX_COLUMNS])
    page.row = []


def write_table(rows: Sequence[Sequence[str]]) -> str:
    width = max(map(len, rows), default=0)
    if width < 2:
        return "\n".join(" ".join(row) for row in rows)
    lines = [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in [*row, *[""] * (width - len(row))]) + " |"
        for row in rows
    ]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def read_multicolumn(page: Page) -> None:
    """A cell, and empty ones for the other columns that it is wide."""
    count, _, text = page.stream.read_name(), page.stream.read_argument(), page.stream.read_argument()
    page.parts.append(capture(page, text, COMMANDS))
    if page.row is not None and count.isascii() and count.isdigit():
        for _ in range(min(int(count[:3]), _MAX_COLUMNS) - 1):
            end_cell(page)


def read_multirow(page: Page) -> None:
    stream = page.stream
    stream.read_optional()
    stream.read_argument()
    stream.read_optional()
    stream.read_argument()
    stream.read_optional()
    stream.push(["{", *stream.read_argument(), "}"])


# ---- lists, captions, notes --------------------------------------------------------------------------------


def read_item(page: Page) -> None:
    """An item of the innermost list; what stands in brackets is its term."""
    flush(page)
    at = next(
        (i for i in range(len(page.open) - 1, -1, -1) if page.open[i].name.rstrip("*") in names.LISTS), -1
    )
    term = page.stream.read_optional()
    label = capture(page, term, COMMANDS) if term else ""
    if at < 0:
        page.parts.append(f"{label} " if label else "")
        return
    one = page.open[at]
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
    page.stream.read_star()
    page.stream.read_optional()
    text = capture(page, page.stream.read_argument(), COMMANDS)
    kind = next(
        (
            names.FLOATS[name]
            for each in reversed(page.open)
            if (name := each.name.rstrip("*")) in names.FLOATS
        ),
        "",
    )
    flush_row = page.row is not None
    if text and flush_row:  # of a longtable
        page.blocks.append(f"{kind or 'Table'}: {text}")
    elif text:
        flush(page)
        add_block(page, f"{kind}: {text}" if kind else text)


def read_captionof(page: Page) -> None:
    page.stream.read_star()
    kind = page.stream.read_name()
    page.open.append(Open(kind))
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
    page.stream.read_star()
    page.stream.read_optional()
    if key := raw_words(page.stream.read_argument()):
        page.parts.append(f"[{key}]")


def read_link(page: Page) -> None:
    """`\\href{address}{words}`: the words."""
    page.stream.read_optional()
    page.stream.read_argument()
    page.stream.push(["{", *page.stream.read_argument(), "}"])


def read_address(page: Page) -> None:
    lexer = page.stream.find_lexer()
    if lexer and lexer.text[lexer.at : lexer.at + 1] == "{" and (raw := lexer.read_raw("}")) is not None:
        page.parts.append("".join(raw[1:].split()))
        return
    page.parts.append(raw_words(page.stream.read_argument()))


def read_code_words(page: Page) -> None:
    """`\\texttt`: code where it is words alone, else its text."""
    text = capture(page, page.stream.read_argument(), COMMANDS)
    put_inline_code(page, text) if text and "$" not in text else page.parts.append(text)


def read_control_word(page: Page) -> None:
    """ltxdoc's `\\cmd\\name` and `\\cs{name}`: the name of a command, which is not run."""
    put_inline_code(page, "\\" + write(page.stream.read_argument()).strip().lstrip("\\"))


def read_meta(page: Page, around: str = "") -> None:
    """doc's `\\meta{words}`, and in braces or brackets."""
    text = capture(page, page.stream.read_argument(), COMMANDS)
    page.parts.append(f"{around[:1]}⟨{text}⟩{around[1:]}")
