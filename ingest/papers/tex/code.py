"""Verbatim text of a paper: blocks of code, and words of code in a line."""

from winnow.ingest.papers.tex.lexer import write
from winnow.ingest.papers.tex.page import COMMANDS, Page, add_block, capture, flush, raw_words, read_form

_WITH_OPTIONS = ("lstlisting", "minted", "Verbatim", "tcblisting", "spverbatim", "BVerbatim", "listing")
_MAX_WORDS = 5_000  # letters of code in a line


def read_code(page: Page, name: str) -> None:
    """Verbatim text: a block of code, to the letter."""
    stream = page.stream
    language = ""
    if name.rstrip("*") in _WITH_OPTIONS:
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
    put_code(page, page.read_code("".join(read_form(page.stream, form)).strip()))


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
                lexer.read_raw(closer, _MAX_WORDS)
        mark = lexer.text[lexer.at : lexer.at + 1]
        lexer.at += 1
        line = lexer.text.find("\n", lexer.at, lexer.at + _MAX_WORDS)
        found = lexer.read_raw("}" if mark == "{" else mark, _MAX_WORDS) if mark else None
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
