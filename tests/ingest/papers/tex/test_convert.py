# ruff: noqa: E501  (tables of sources and what becomes of them)
"""A paper's TeX as Markdown: what a reader of the printed paper finds, and what no paper may do to us."""

from contextlib import suppress
from itertools import islice, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.ingest.papers.tex.convert import Paper, convert
from winnow.ingest.papers.tex.files import find_main
from winnow.ingest.papers.tex.stream import TexError

PREAMBLE = r"""\documentclass{article}
\newcommand{\R}{\mathbb{R}}
\newcommand{\norm}[2][2]{\lVert #2 \rVert_{#1}}
\def\pair#1,#2.{\langle #1 \mid #2 \rangle}
\DeclareMathOperator*{\argmin}{arg\,min}
\newtheorem{thm}{Theorem}
\newif\ifdraft \draftfalse
\begin{document}
"""


def read(body: str, **files: str) -> Paper:
    texts = {name.replace("__", "/").replace("_", "."): text.encode() for name, text in files.items()}
    return convert({"main.tex": f"{PREAMBLE}{body}\n\\end{{document}} behind".encode(), **texts})


@pytest.mark.parametrize(
    ("tex", "markdown"),
    [
        (r"In $\R^n$, $\norm{x}$ and $\norm[1]{x}$.", r"In $\mathbb{R}^n$, $\lVert x \rVert_{2}$ and $\lVert x \rVert_{1}$."),
        (r"$\pair a,b.$", r"$\langle a \mid b \rangle$"),
        (r"$\argmin_x f$", r"$\operatorname*{arg\,min}_x f$"),
        ("\\begin{align*}\n a &= b \\\\ % why\n c &= d \\label{x}\n\\end{align*}", r"$$\begin{align*} a &= b \\ c &= d \label{x} \end{align*}$$"),
        (r"\[ x = \text{if $y$} \]", r"$$x = \text{if $y$}$$"),
        (r"It costs 5\$ and $5$.", r"It costs 5\$ and $5$."),
        ("one % cut\n two\n\n% gone\nthree", "one two\n\nthree"),
        (r"Erd\H{o}s, na\"ive, \'{\i}, \ss, ``so''---yes", "Erdős, naïve, í, ß, “so”—yes"),
        (r"\emph{One} {\bf two} \textcolor{red}{three}", "One two three"),
        (r"as \citep[see][p.~3]{a, b} and \ref{sec:x}", "as [see @a; @b, p. 3] and [sec:x]"),
        (r"\begin{thm}[Euler] It is. \end{thm}", "**Theorem (Euler).** It is."),
        (r"\begin{itemize}\item a \item b\begin{enumerate}\item c\end{enumerate}\end{itemize}", "- a\n- b\n\n  1. c"),
        (r"\begin{tabular}{l|r} A & B \\ \hline $x$ & 2 \\ \end{tabular}", "| A | B |\n| --- | --- |\n| $x$ | 2 |"),
        (r"\begin{tabular}{lr} A|B & $|x|$ \\ $\|y\|$ \\ \end{tabular}", "| A\\|B | $\\vert x\\vert $ |\n| --- | --- |\n| $\\Vert y\\Vert $ |  |"),
        (r"\begin{tabular}{ccc} \multicolumn{2}{c}{wide} & z \\ a & b & c \end{tabular}", "| wide |  | z |\n| --- | --- | --- |\n| a | b | c |"),
        (r"\begin{figure}\includegraphics[width=1cm]{f.pdf}\caption{A cat.}\end{figure}", "Figure: A cat."),
        (r"Text\footnote{A note with $x$.} on.", "Text[^1] on.\n\n[^1]: A note with $x$."),
        ("\\begin{verbatim}\n\\foo{ $1\n  %x\n\\end{verbatim}", "```\n\\foo{ $1\n  %x\n```"),
        (r"call \verb|a_b %| now", "call `a_b %` now"),
        (r"\ifdraft hidden \else shown \fi \iffalse gone \ifx a b c \fi d \fi end", "shown end"),
        (r"\section{One}\section*{Two $x$}\subsection[short]{Three}", "## One\n\n## Two $x$\n\n### Three"),
        (r"\begin{tikzpicture}\node{gone};\end{tikzpicture}kept", "kept"),
        (r"\let\old\alpha \renewcommand{\alpha}{\old_0} $\alpha$", r"$\alpha_0$"),
        (r"\newenvironment{eq}{\begin{equation}}{\end{equation}}\begin{eq}a\end{eq}", "$$a$$"),
        (r"\NewDocumentCommand{\f}{O{z} m}{#1:#2}\f{a} \f[b]{c}", "z:a b:c"),
        (r"\begin{algorithm}\begin{algorithmic}\If{$x$}\State go\EndIf\end{algorithmic}\end{algorithm}", "if $x$ then\ngo\nend if"),
        (r"an \unknowncommand{inner} word", "an inner word"),
        (r"\catcode`\@=11 \newdimen\x \font\big=cmr12 scaled\magstep1 \chardef\y=1 text", "text"),
        ("costs $5 and\n\nmore", "costs \\$5 and\n\nmore"),
    ],
)  # fmt: skip
def test_what_stands_in_the_text(tex: str, markdown: str) -> None:
    assert read(tex).body == markdown


def test_the_front_is_told_apart() -> None:
    paper = read(
        r"""\title{On \emph{Cats} \\ and $x^2$}\author{Ann B. Smith\thanks{A grant.} \and Bo Li$^{1}$ \\ University of X}
        \orcid{0000-1} \maketitle\begin{abstract}We do $\R$.\end{abstract}\section{Start}"""
    )
    assert (paper.title, paper.authors) == ("On Cats and $x^2$", ["Ann B. Smith", "Bo Li"])
    assert paper.told["notes"] == ["0000-1"]
    assert (paper.abstract, paper.body) == (r"We do $\mathbb{R}$.", "## Start")


def test_references_are_told_apart_by_key() -> None:
    paper = read(
        r"\cite{k}\bibliography{x}",
        main_bbl=r"\begin{thebibliography}{9}\bibitem[A(1)]{k} A. \newblock {\em T}, 1.\end{thebibliography}",
    )
    assert (paper.body, paper.references) == ("[@k]", [("k", "A. T, 1.")])


def test_without_bibtex_the_cited_entries_of_a_bib_are_read() -> None:
    bib = '@string{jx = "J. X"}\n@article{k, author={A {\\"O}}, title = "T", journal=jx, year=2001}\n@misc{other, title={No}}'
    assert read(r"\cite{k}\bibliography{r}", r_bib=bib).references == [("k", "A Ö. T. J. X. 2001.")]


def test_files_are_read_where_they_are_asked_for() -> None:
    body = r"a \input{parts/one} d \input parts/two.tex e \include{nowhere} \input{../../etc/passwd} \input{/etc/passwd}"
    paper = read(body, parts__one_tex="b \\input{parts/two}", parts__two_tex="c")
    assert " ".join(paper.body.split()) == "a b c d c e"
    assert paper.told["missing"] == ["nowhere"] and paper.told["outside"] == [
        "../../etc/passwd",
        "/etc/passwd",
    ]


def test_a_file_in_itself_is_told_and_read_once() -> None:
    paper = read(r"\input{a} end", a_tex=r"x \input{b}", b_tex=r"y \input{a}\input{main}")
    assert " ".join(paper.body.split()) == "x y end" and paper.told["recursive"] == ["a.tex", "main.tex"]


def test_macros_of_the_papers_own_style_are_known() -> None:
    paper = convert(
        {
            "main.tex": rb"\documentclass{article}\usepackage{amsmath,own}\begin{document}$\mat A$\end{document}",
            "own.sty": rb"\ProvidesPackage{own}\newcommand\mat[1]{\mathbf{#1}}\newcommand\section[1]{}text",
        }
    )
    assert paper.body == r"$\mathbf{A}$"


@pytest.mark.parametrize(
    "macros",
    [
        r"\def\a{\a}\a", r"\def\a{x\a}\a", r"\def\a{\b\b}\def\b{\a\a}$\a$", r"\def\a#1{\a{#1#1}}\a{x}",
        r"\newenvironment{e}{\begin{e}}{}\begin{e}", r"\def\a#1.{\a #1.}\a x.",
    ],
)  # fmt: skip
def test_macros_that_never_end_are_told(macros: str) -> None:
    with pytest.raises(TexError, match=r"never end|does not come to an end|more than"):
        read(macros)


@pytest.mark.parametrize(
    "piece",
    [
        "{",
        "}",
        "$",
        "\\[",
        "\\begin{e}",
        "\\footnote{",
        "\\cite[",
        "\\iffalse ",
        "\\else ",
        "\\item[",
        "\\verb",
        "&",
        "\\def",
        "\\end{x}",
    ],
)
def test_what_is_never_closed_comes_to_an_end(piece: str) -> None:
    with suppress(TexError):
        read(piece * 3_000)


@pytest.mark.usefixtures("ends")
@pytest.mark.parametrize(
    "source",
    [
        "\\edef\\a{x}" + "\\edef\\a{\\a\\a}" * 60,
        "".join(
            f"\\providecommand\\{''.join(name)}{{}}"
            for name in islice(product("abcdefghi", repeat=6), 100_000)
        ),
        "x" + " " * 20_000_000 + "x",
        "\\author{" + "[]" * 160_000 + "}",
        "\\author{" + "[x" * 240_000 + "}",
        "\\verb|a|" * 200_000 + "x" * 20_000_000,
        "\\input" + " " * 400_000 + "\n%",
        "\\documentclass[\n" * 400_000 + "\\begin{document}",
    ],
    ids=["edef", "providecommand", "spaces", "marks", "brackets", "verb", "input", "class"],
)
def test_what_a_paper_repeats_takes_time_in_proportion(source: str) -> None:
    texts = {"main.tex": f"{'' if 'class' in source else PREAMBLE}{source}".encode()}
    assert find_main(texts) == "main.tex"
    with suppress(TexError):
        convert(texts, "main.tex")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(["{", "}", "$", "$$", "\\begin{tabular}{c}", "\\end{tabular}", "\\begin{align}", "\\end{align}", "&", "\\\\", "\\item", "a ", "\\footnote", "\\def\\x#1{", "\\x", "[", "]", "\\iftrue", "\\else", "\\fi", "\n\n", "%", "\\section", "\\verb|", "|", "\\csname", "\\endcsname", "\\caption", "\\expandafter", "\\let", "\\'", "#1", "^", "~"]), max_size=40))  # fmt: skip
def test_any_tokens_give_a_paper_or_a_verdict(pieces: list[str]) -> None:
    with suppress(TexError):
        assert isinstance(read("".join(pieces)).body, str)
