"""Gate: papers taken apart, held against the LaTeX they were made from.

`make gate NAME=ocr_papers`. Vignettes of R packages: Debian's r-cran-* carry the PDF and, beside it, its
source (.Rnw). They are fetched with `apt-get download` into out/gates/ocr_papers; a package that cannot be
had is named, and fewer than 30 papers are too few. Titles, authors and abstracts must be equal after NFKC,
runs of white space as one space, quotes as one quote, upper case as lower (classes set names in capitals),
hyphens, dashes and bullets away; formulas, citations, cross-references, values that R fills in and signs
that another file defines (`\\RR{}`) may be anything (they are no text of the source), and keywords inside an
abstract are cut. Headings that hold such are left out, and so are papers whose fonts do not say which letters
they draw (each is named). References
are cut right where the first line is the bibliography's heading and the last one stands before the next
heading of the source, or at the file's end; papers without one must have none.

Packages are in two halves by a hash of their names: code was developed on `seen`, `unseen` is the figure.
`plain` figures are without the PDF's own bookmarks and title.
"""

import hashlib
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any, NamedTuple

from figures import Figures

from winnow.ocr.layout.assembly import build_page
from winnow.ocr.layout.lines import Page
from winnow.ocr.process.pages import read_pages
from winnow.ocr.scholar import Paper, outline

FOLDER = Path("out/gates/ocr_papers")
PACKAGES = """aer clue coin colorspace desolve e1071 effects flexmix gmm kernlab lme4 lmtest multcomp mvtnorm
party partykit plm pscl quantreg sandwich seriation spacetime strucchange surveillance tm tsp vcd zoo"""
GAP = "\0"
ACCENTS = {'"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "=": "\u0304"}
ACCENTS |= {"c": "\u0327", "v": "\u030c", "H": "\u030b", "u": "\u0306", "r": "\u030a", "k": "\u0328"}
SIGNS = {"o": "ø", "O": "Ø", "ss": "ß", "ae": "æ", "AE": "Æ", "aa": "å", "AA": "Å", "l": "ł", "L": "Ł"}
SIGNS |= {"LaTeX": "LaTeX", "TeX": "TeX", "ldots": "...", "dots": "...", "i": "\u0131", "textbackslash": "\\"}
BIBLIOGRAPHY = re.compile(
    r"\\bibliography\s*\{|\\begin\{thebibliography\}|\\printbibliography"
    r"|\\(?:(?:sub)?section\*?\{|textbf\{|bf|[lL]arge)[^\n]{0,20}\b(?:References|Bibliography)\b"
)


class Truth(NamedTuple):
    """What the source says: `authors` as often as it names them, `after`, the heading behind the
    bibliography, None where there is none."""

    title: str
    authors: list[list[str]]
    abstract: str | None
    headings: list[str]
    bibliography: bool
    after: str | None


def fetch() -> list[tuple[str, Path, Path]]:
    """Package, PDF and source of each paper."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES.split():
        out = FOLDER / name
        if out.is_dir():
            continue
        got = subprocess.run(
            ["apt-get", "download", f"r-cran-{name}"], cwd=FOLDER, capture_output=True, text=True
        )
        debs = sorted(FOLDER.glob(f"r-cran-{name}_*.deb"))
        if got.returncode or not debs:
            print(f"r-cran-{name} is missing: {got.stderr.strip()[-200:]} (run `apt-get update` first?)")
            continue
        subprocess.run(["dpkg-deb", "-x", str(debs[-1]), str(out)], check=True)
    papers = []
    for name in PACKAGES.split():
        for pdf in sorted((FOLDER / name).glob("usr/lib/R/site-library/*/doc/*.pdf")):
            papers += [(name, pdf, source) for source in pdf.parent.glob(f"{pdf.stem}.[Rr]nw")]
    if len(papers) < 30:
        raise SystemExit(f"{len(papers)} papers with source: too few for a figure, see what is missing above")
    return papers


def is_seen(package: str) -> bool:
    """Whether a package is of the half that was looked at while the code was written."""
    return hashlib.sha256(package.encode()).digest()[0] % 2 == 0


def parse(path: Path) -> Truth:
    """What a vignette's LaTeX says of itself."""
    data = path.read_bytes()
    try:
        tex = data.decode("utf-8")
    except UnicodeDecodeError:
        tex = data.decode("latin-1")
    tex = re.sub(r"(?m)^<<.*?>>=.*?^@.*?$", "", tex, flags=re.S)
    tex = re.sub(r"(?m)(?<!\\)%.*\n?[ \t]*", "", tex)
    tex = re.sub(
        r"\\begin\{(S?verbatim|Verbatim|Sinput|Scode|Soutput|lstlisting)\}.*?\\end\{\1\}", "", tex, flags=re.S
    )
    tex = expand(tex)
    cut = re.search(BIBLIOGRAPHY, tex)
    found = [
        (match.start(), plain(group(tex, match.end())))
        for match in re.finditer(r"\\(?:sub){0,2}section\*?\s*(?:\[[^\]]*\]\s*)?(?=\{)", tex)
    ]
    behind = [name for at, name in found if cut and at > cut.start()]
    return Truth(
        normal(plain(without(argument(tex, "title") or "", r"\\fbox"))),
        find_authors(tex),
        find_abstract(tex),
        [
            normal(name)
            for _, name in found
            if not {GAP, "#"} & set(name) and normal(name) not in ("", "references", "bibliography")
        ],
        bool(cut),
        normal(behind[0]) if behind else None,
    )


def expand(tex: str) -> str:
    """The author's own macros without or with one argument, put in."""
    macros = {}
    for match in re.finditer(r"\\(?:re)?newcommand\*?\s*\{?\\([A-Za-z]+)\}?\s*(?:\[(\d)\])?\s*(?=\{)", tex):
        macros[match[1]] = (int(match[2] or 0), group(tex, match.end()))
    tex = re.sub(r"\\(?:re)?newcommand\*?\s*\{?\\[A-Za-z]+\}?\s*(?:\[\d\])*", "", tex)
    for name, (count, body) in macros.items():
        if count == 1:
            tex = expand_one(tex, name, body)
        elif count == 0:
            tex = re.sub(rf"\\{name}(?![A-Za-z])\s*(\{{\}})?", lambda _, b=body: b, tex)  # type: ignore[misc]
    return tex


def expand_one(tex: str, name: str, body: str) -> str:
    """A macro with one argument, put in wherever it stands."""
    pieces, at = [], 0
    for match in re.finditer(rf"\\{name}(?![A-Za-z])\s*(?=\{{)", tex):
        if match.start() >= at:
            said = group(tex, match.end())
            pieces += [tex[at : match.start()], body.replace("#1", said)]
            at = match.end() + len(said) + 2
    return "".join([*pieces, tex[at:]])


def argument(tex: str, name: str) -> str | None:
    """The last argument that a command is given."""
    return next(reversed(arguments(tex, name)), None)


def arguments(tex: str, name: str) -> list[str]:
    """The arguments that a command is given, where it stands several times."""
    found = [group(tex, m.end()) for m in re.finditer(rf"\\{name}\s*(?:\[[^\]]*\]\s*)?(?=\{{)", tex)]
    return [text for text in found if text.strip()]


def group(tex: str, at: int) -> str:
    """What stands in the braces that open at a place."""
    depth = 0
    for place in range(at, len(tex)):
        if tex[place] in "{}" and tex[place - 1] != "\\":
            depth += 1 if tex[place] == "{" else -1
            if not depth:
                return tex[at + 1 : place]
    return ""


def without(tex: str, commands: str) -> str:
    """LaTeX less some commands and what they are given."""
    while match := re.search(rf"{commands}\s*(\[[^\]]*\]\s*)*(?=\{{)", tex):
        tex = tex[: match.start()] + tex[match.end() + len(group(tex, match.end())) + 2 :]
    return tex


def plain(tex: str) -> str:
    """LaTeX as its reader sees it; GAP for what only LaTeX, BibTeX or R know."""
    tex = without(
        tex,
        r"\\(thanks|footnote(text|mark)?|label|index|email|includegraphics|textsuperscript|font(series|family|shape)|color)",
    )
    tex = re.sub(r"\\[A-Za-z]*(cite|ref)[A-Za-z]*\*?\s*(\[[^\]]*\]\s*)*\{[^{}]*\}", GAP, tex)
    tex = re.sub(r"\\Sexpr\{[^{}]*\}", GAP, tex)
    tex = re.sub(r"(?<!\\)\$\$?.+?(?<!\\)\$\$?|\\\(.+?\\\)|\\\[.+?\\\]", GAP, tex, flags=re.S)
    tex = re.sub(
        r"\\begin\{(equation|eqnarray|align|displaymath)\*?\}.*?\\end\{\1\*?\}", GAP, tex, flags=re.S
    )
    tex = re.sub(r"\\href\s*\{[^{}]*\}", "", tex)
    tex = re.sub(r"\\verb\*?([^A-Za-z\s])(.*?)\1", lambda m: re.sub(r"([\\{}])", r"\\\1", m[2]), tex)
    tex = re.sub(r"""\\([cvHurk])\{(\w)\}|\\(["'`^~=])\s*\{?(\\?\w)\}?""", put_accent, tex)
    tex = re.sub(r"\\(begin|end)\{[^{}]*\}(\[[^\]]*\])?|\\[vh]space\*?\{[^{}]*\}", " ", tex)
    tex = re.sub(r"\\\\(\[[^\]]*\])?", " ", tex).replace("~", " ").replace("\\,", " ").replace("\\-", "")
    tex = re.sub(r"\\([A-Za-z]+)\{\}", lambda m: SIGNS.get(m[1], GAP), tex)  # a macro of another file
    tex = re.sub(r"\\([A-Za-z]+)(\{\})?[ \t]*", lambda m: SIGNS.get(m[1], ""), tex)
    tex = re.sub(r"\\(.)", r"\1", tex)
    return tex.replace("{", "").replace("}", "")


def put_accent(match: re.Match[str]) -> str:
    """A letter with the accent that LaTeX names."""
    mark, letter = match[1] or match[3], (match[2] or match[4]).removeprefix("\\")
    return unicodedata.normalize("NFC", letter + ACCENTS[mark])


def normal(text: str) -> str:
    """Text as it is compared."""
    text = unicodedata.normalize("NFKC", text.replace("\u00a0", " "))
    text = re.sub("``|''|[\u2018\u2019\u201c\u201d`\"\u00b4]", "'", text)
    text = re.sub("[\u2022\u25e6]", "", text.replace("''", "'"))
    text = re.sub(r"\. ?\. ?\. ?", "...", text)
    text = re.sub("[-\u00ad\u2010-\u2015\u2212]", "", text)
    return " ".join(text.casefold().split())


def find_authors(tex: str) -> list[list[str]]:
    """The names by \\Plainauthor, for the PDF's own data, and by \\author, which is printed: where both
    stand, they may differ in order and form."""
    found = []
    if said := argument(tex, "Plainauthor"):
        found.append(re.split(r",|\band\b|\\and\b", said))
    if said := r" \and ".join(arguments(tex, "author")):
        said = re.sub(r"\$.*?\$", "", without(said, r"\\(thanks|footnote|includegraphics)"), flags=re.S)
        each = re.split(
            r"\\(?:And|AND|and)\b|\\q?quad|\\hfill|\\hspace\{[^{}]*\}", re.sub(r"^(\s|\\\\)+", "", said)
        )
        ends = r"(?<![,&])(?<!\band)\s*\\\\(?!\s*(?:and\b|&))"  # up to the first address
        lists = [re.split(ends, one)[0].replace("\\\\", " ") for one in each]
        found.append([name for one in lists for name in re.split(r",|\band\b|\\?&", one)])
    cleaned = [list(filter(None, map(clean_name, names))) for names in found]
    return [names for names in cleaned if names]


def clean_name(name: str) -> str:
    """A name as it is compared, without marks of its notes."""
    return normal(re.sub(r"\d", "", plain(name))).strip(" *';\\").removeprefix("by ")


def find_abstract(tex: str) -> str | None:
    """The abstract, or None."""
    match = re.search(r"\\begin\{abstract\}(.*?)\\end\{abstract\}", tex, flags=re.S)
    said = match[1] if match else argument(tex, "Abstract")
    return normal(re.sub(r"(?s)\s*key ?words:.*", "", plain(said), flags=re.I)) if said else None


def equals(truth: str, found: str) -> bool:
    """Whether a text is the source's, with anything in its gaps."""
    pieces = [re.escape(piece.strip()) for piece in truth.split(GAP)]
    return bool(re.fullmatch(r".{0,200}?".join(pieces), normal(found)))


def share_in_order(truth: list[str], found: list[str]) -> tuple[int, int]:
    """How many headings are found in the source's order, and how many there are."""
    row = [0] * (len(found) + 1)
    for name in truth:
        last, row = row, [0]
        for index, other in enumerate(found):
            row.append(last[index] + 1 if name == other else max(row[-1], last[index + 1]))
    return row[-1], len(truth)


def is_cut_right(truth: Truth, paper: Paper, pages: list[Page]) -> bool:
    """Whether the references begin and end where the source says."""
    if not truth.bibliography or not paper.references:
        return truth.bibliography == bool(paper.references)
    lines = [line for page in pages for line in page.lines]
    texts = [normal(line.text) for line in lines]
    heads = [
        i for i, text in enumerate(texts) if re.fullmatch(r"([\da-z.]+ )?(references|bibliography)", text)
    ]
    first, last = paper.references
    if not heads or first != heads[-1]:
        return False
    if truth.after is None:
        return is_end(texts[last + 1 :])
    after = ".{1,20}".join(map(re.escape, truth.after.split(GAP)))
    return last + 1 < len(texts) and bool(re.fullmatch(rf"([\da-z.]+ )?{after}", texts[last + 1]))


def is_end(rest: list[str]) -> bool:
    """Whether only what a class sets by itself (affiliations, the journal's foot) stands there."""
    return not rest or rest[0].startswith("affiliation")


def compare(papers: list[tuple[str, Path, Path]], bookmarks: bool) -> dict[str, list[bool]]:
    """For each kind of figure what was right, a value a paper or (headings) a heading."""
    right: dict[str, list[bool]] = {
        name: [] for name in ("titles", "authors", "abstracts", "headings", "cuts")
    }
    for _, pdf, source in papers:
        truth = parse(source)
        head, pages = load(pdf)
        if not is_legible(pages):
            print(f"{pdf.name} is left out: its fonts do not say which letters they draw")
            continue
        paper = outline(
            pages, head["title"] if bookmarks else "", bookmarks=head["outline"] if bookmarks else ()
        )
        wrong = []
        if truth.title:
            right["titles"].append(equals(truth.title, paper.title))
            wrong += [] if right["titles"][-1] else [f"title {paper.title!r} for {truth.title!r}"]
        if truth.authors:
            right["authors"].append([normal(name) for name in paper.authors] in truth.authors)
            wrong += [] if right["authors"][-1] else [f"authors {paper.authors} for {truth.authors}"]
        if truth.abstract:
            right["abstracts"].append(equals(truth.abstract, paper.abstract))
            wrong += (
                []
                if right["abstracts"][-1]
                else [f"abstract {normal(paper.abstract)!r}\n      for {truth.abstract!r}"]
            )
        found = [re.sub(r"^(\d+(\.\d+)*|[a-z](\.\d+)*)\.? ", "", normal(s.heading)) for s in paper.sections]
        good, count = share_in_order(truth.headings, found)
        right["headings"] += [True] * good + [False] * (count - good)
        wrong += [] if good == count else [f"headings {good} of {count}: {found} for {truth.headings}"]
        right["cuts"].append(is_cut_right(truth, paper, pages))
        wrong += (
            []
            if right["cuts"][-1]
            else [f"references {paper.references}, {truth.bibliography} {truth.after!r}"]
        )
        if wrong and "-v" in sys.argv:
            print(pdf.parent.parent.name, pdf.name, *wrong, sep="\n   ")
    return right


def load(pdf: Path) -> tuple[dict[str, Any], list[Page]]:
    """A PDF's head and pages as the reader's child gives them."""
    answers = read_pages(str(pdf), page_seconds=20, max_memory_mb=2048, max_pages=5000)
    head = next(answers)
    return head, [build_page(answer) for answer in answers if "lines" in answer]


def is_legible(pages: list[Page]) -> bool:
    """Whether most of what the first page says is letters (TeX's bitmap fonts have no names for theirs)."""
    text = "".join(line.text for line in pages[0].lines)
    return sum(c.isalpha() for c in text) > 0.6 * sum(not c.isspace() for c in text)


def main() -> None:
    figures = Figures("ocr_papers")
    papers = fetch()
    halves = {
        "seen": [p for p in papers if is_seen(p[0])],
        "unseen": [p for p in papers if not is_seen(p[0])],
    }
    floors = {"titles": 0.9, "authors": 0.9, "abstracts": 0.9, "headings": 0.95, "cuts": 0.95}
    only = [name for name in halves if name in sys.argv] or list(halves)
    for half in only:
        for way in ("", "plain_"):
            right = compare(halves[half], bookmarks=not way)
            for name, values in right.items():
                print(f"{half} {way}{name}: {sum(values)} of {len(values)}")
                figures.add(f"{half}_{way}{name}", round(sum(values) / len(values), 3), floors[name])
    figures.close()


if __name__ == "__main__":
    main()
