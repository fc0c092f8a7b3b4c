"""A paper's TeX files as one Markdown document."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from winnow.ingest.papers.tex import (
    algorithms,
    code,
    commands,
    environments,
    formulas,
    front,
    registers,
    structure,
    tables,
)
from winnow.ingest.papers.tex import files as sources
from winnow.ingest.papers.tex.files import Files, find_main
from winnow.ingest.papers.tex.lexer import tokenize
from winnow.ingest.papers.tex.macros import PRIMITIVES
from winnow.ingest.papers.tex.page import BEGINS, COMMANDS, Page, capture, close_all, raw_words, read
from winnow.ingest.papers.tex.stream import Stream


class Paper(NamedTuple):
    """What a paper's TeX says."""

    title: str
    authors: list[str]
    abstract: str
    keywords: str
    body: str
    references: list[tuple[str, str]]
    told: dict[str, Any]


def convert(texts: Mapping[str, bytes], main: str = "") -> Paper:
    """Read a paper from its files by name; `main`, or what `find_main` finds, is read first.

    Raises Broken where its macros do not end or it nests too deep, LookupError where no file is a main one.
    """
    main = main or find_main(texts)
    if not main:
        raise LookupError("no file is a main file")
    files = Files(texts, main)
    stream = Stream(_bind(files), PROTECTED)
    page = Page(stream)
    page.read_code = partial(sources.read_code_file, files=files)
    text = sources.read_text(files, main)
    stream.open(text, main)
    read(page, COMMANDS)
    close_all(page)
    page.done = False
    for key, entry in files.entries:
        if said := capture(page, tokenize(entry), COMMANDS):
            page.references.append((key, said))
    return _gather(page, files)


def _bind(files: Files) -> dict[str, Any]:
    primitives = registers.PRIMITIVES | PRIMITIVES
    runs = {
        **dict.fromkeys(("\\input", "\\include", "\\subfile"), sources.run_input),
        **dict.fromkeys(("\\import", "\\subimport"), sources.run_import),
        "\\InputIfFileExists": sources.run_input_if_exists,
        **dict.fromkeys(("\\usepackage", "\\RequirePackage"), sources.run_package),
        **dict.fromkeys(("\\documentclass", "\\LoadClass", "\\documentstyle"), sources.run_class),
        **dict.fromkeys(("\\bibliography", "\\printbibliography"), sources.run_references),
        "\\addbibresource": sources.run_resource,
    }
    return primitives | {name: partial(run, files=files) for name, run in runs.items()}


def _gather(page: Page, files: Files) -> Paper:
    said = page.front
    title = " ".join(said.get("title", said.get("icmltitle", []))[:1]).replace("\n", " ")
    told: dict[str, Any] = {"main_file": files.main, **files.told, "drawings": page.drawings}
    told |= {"formulas": page.formulas, "keywords": " ".join(said.get("keywords", []))}
    fields = ("affiliation", "address", "institute", "affil")
    told["affiliations"] = [text for name in fields for text in said.get(name, [])]
    told["notes"] = said.get("notes", [])
    return Paper(
        title,
        list(dict.fromkeys(said.get("authors", []))),
        "\n\n".join(said.get("abstract", [])),
        told["keywords"],
        "\n\n".join(page.blocks),
        page.references,
        {key: value for key, value in told.items() if value},
    )


def _read_short_verb(page: Page, *, on: bool) -> None:
    """doc's and listings' `\\MakeShortVerb{\\|}`."""
    page.stream.read_star()
    page.stream.read_optional()
    mark = raw_words(page.stream.read_argument()).lstrip("\\")[:1]
    if mark and not mark.isalnum():
        (page.stream.short.add if on else page.stream.short.discard)(mark)


BEGINS |= {"thebibliography": front.read_bibliography, "document": front.begin_document}
BEGINS["frontmatter"] = front.begin_frontmatter
COMMANDS |= {name: partial(structure.read_section, level=level) for name, level in commands.LEVELS.items()}
COMMANDS |= algorithms.HANDLERS
COMMANDS |= dict.fromkeys(commands.CITES, structure.read_cite)
COMMANDS["\\nocite"] = partial(structure.read_cite, name="\\nocite")
COMMANDS |= dict.fromkeys(commands.REFERENCES, structure.read_reference)
COMMANDS |= {f"\\{name}": partial(front.read_front, name=name) for name in commands.FRONT}
COMMANDS |= {
    **{mark: partial(formulas.read_between, opener=mark, shown=False) for mark in ("$", "\\(")},
    **{mark: partial(formulas.read_between, opener=mark, shown=True) for mark in ("$$", "\\[")},
    "\\ensuremath": formulas.read_ensured,
    "\\begin": structure.begin,
    "\\par": structure.read_par,
    **dict.fromkeys(("\\\\", "\\newline", "\\tabularnewline", "\\cr"), structure.read_break),
    **dict.fromkeys(("\\verb", "\\lstinline", "\\path"), code.read_verb),
    "\\item": structure.read_item,
    "\\verbatiminput": partial(code.read_code_file, form="M"),
    **dict.fromkeys(("\\VerbatimInput", "\\lstinputlisting"), partial(code.read_code_file, form="oM")),
    "\\inputminted": partial(code.read_code_file, form="omM"),
    "\\caption": structure.read_caption,
    "\\captionof": structure.read_captionof,
    **dict.fromkeys(("\\footnote", "\\thanks"), structure.read_footnote),
    "\\footnotetext": structure.read_footnotetext,
    "\\multicolumn": tables.read_multicolumn,
    **dict.fromkeys(("\\url", "\\nolinkurl"), structure.read_address),
    "\\texttt": code.read_code_words,
    "\\bibitem": front.read_bibitem,
    "\\maketitle": front.end_front,
    **dict.fromkeys(("\\cmd", "\\cs", "\\cmdname", "\\csname@", "\\DescribeMacro"), code.read_control_word),
    "\\meta": code.read_meta,
    "\\marg": partial(code.read_meta, around="{}"),
    "\\oarg": partial(code.read_meta, around="[]"),
    "\\parg": partial(code.read_meta, around="()"),
    **dict.fromkeys(("\\MakeShortVerb", "\\lstMakeShortInline"), partial(_read_short_verb, on=True)),
    "\\DeleteShortVerb": partial(_read_short_verb, on=False),
}
_KEPT = "end emph includegraphics label input include bibliography multirow href bibinfo bibfield"
_KEPT_ENVIRONMENTS = {"document", "abstract", "thebibliography", "figure", "table", "verbatim"}
_KEPT_ENVIRONMENTS |= environments.MATH | environments.TABLES | environments.LISTS
PROTECTED = frozenset(COMMANDS) - {"\\path", "\\par", "\\item"} | {f"\\{name}" for name in _KEPT.split()}
PROTECTED |= {f"\\begin{{{name}}}" for name in _KEPT_ENVIRONMENTS}
