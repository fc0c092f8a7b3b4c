"""The files of a paper: which one is its main file, and what the others are asked for by."""

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from winnow.ingest.io.charset import decode
from winnow.ingest.papers.tex import bibtex
from winnow.ingest.papers.tex.stream import Stream

_ENDINGS = "tex ltx latex bbl sty cls tikz inc def clo txt json yaml bib pgf code py c r m dat csv xxx"
TEXTS = tuple(f".{ending}" for ending in _ENDINGS.split())
_HEAD = re.compile(rb"^[^%\n]*?\\document(?:class|style)\b", re.MULTILINE)
_BEGIN = re.compile(rb"^[^%\n]*?\\begin\s*\{document\}", re.MULTILINE)
_CLASS = re.compile(rb"\s*(?:\[[^\]]*\]\s*)?\{([^}]*)\}")  # behind a head
_PLAIN = re.compile(
    rb"^[^%\n]*?(?:\\bye\b|\\end\s*$|\\input\s+(?:amstex|harvmac|phyzzx|amsppt|lanlmac)\b|\\magnification\b)",
    re.MULTILINE,
)
_ASKED = re.compile(rb"\\(?:input|include|subfile)\s*(?:\{\s*)?([\w./\-]+)")
_PARTIAL = (b"standalone", b"subfiles", b"beamer", b"letter")
_USUAL = ("main", "ms", "paper", "article", "manuscript", "root", "draft", "arxiv")


@dataclass
class Files:
    """Texts by their path, the main one, and what was asked for in vain."""

    texts: Mapping[str, bytes]
    main: str = ""
    told: dict[str, list[str]] = field(default_factory=dict)
    bibs: list[str] = field(default_factory=list)  # that biblatex is told of
    entries: list[tuple[str, str]] = field(default_factory=list)  # of them, as TeX
    listed: bool = False  # whether the references were asked for

    def tell(self, what: str, name: str) -> None:
        said = self.told.setdefault(what, [])
        if name[:200] not in said and len(said) < 20:
            said.append(name[:200])


def find_main(texts: Mapping[str, bytes]) -> str:
    """The path of the main file, "" where none is one."""
    if (named := _read_listing(texts)) in texts:
        return named
    endings = (".tex", ".ltx", ".latex", ".txt")
    found = [name for name in texts if name.lower().endswith(endings) or "." not in posixpath.basename(name)]
    heads = [name for name in found if _HEAD.search(texts[name])]
    whole = [name for name in heads if _BEGIN.search(texts[name])] or heads
    if not whole:
        whole = [name for name in found if _PLAIN.search(texts[name])]
    asked = {
        posixpath.splitext(posixpath.basename(name.decode("latin-1")))[0]
        for one in whole
        for name in _ASKED.findall(texts[one])
    }
    stems = {posixpath.splitext(name)[0] for name in texts if name.endswith(".bbl")}

    def rank(name: str) -> tuple[bool, bool, int, bool, bool, int, str]:
        stem = posixpath.splitext(name)[0]
        head = _HEAD.search(texts[name])
        kind = _CLASS.match(texts[name], head.end()) if head else None
        base = posixpath.basename(stem).lower()
        partial, named = bool(kind and kind[1].strip() in _PARTIAL), posixpath.basename(stem) in asked
        return partial, named, name.count("/"), stem not in stems, base not in _USUAL, -len(texts[name]), name

    return min(whole, key=rank, default="")


def _read_listing(texts: Mapping[str, bytes]) -> str:
    """What arXiv's 00README says is the top: JSON since 2024, lines before."""
    for name in texts:
        if posixpath.basename(name).lower().startswith("00readme"):
            data = texts[name].decode("utf-8", "replace")
            if name.lower().endswith(".json"):
                try:
                    sources = json.loads(data).get("sources", [])
                    tops = [str(one.get("filename", "")) for one in sources if one.get("usage") == "toplevel"]
                except (ValueError, AttributeError, RecursionError, TypeError):
                    continue
            else:
                tops = [
                    line.split()[0] for line in data.splitlines() if line.split()[1:2] == ["toplevelfile"]
                ]
            if tops:
                return tops[0]
    return ""


def find(files: Files, asked: str, endings: tuple[str, ...], folder: str = "") -> str | None:
    """The path of a file that is asked for; what is not there, or lies outside, is told."""
    asked = asked.strip().strip('"').strip()
    if not asked:
        return None
    main_folder = posixpath.dirname(files.main)
    for base in dict.fromkeys((main_folder, folder, posixpath.join(main_folder, folder), "")):
        path = posixpath.normpath(posixpath.join(base, asked))
        for ending in endings:
            if path + ending in files.texts:
                return path + ending
    outside = asked.startswith(("/", "~")) or posixpath.normpath(
        posixpath.join(main_folder, asked)
    ).startswith("..")
    files.tell("outside" if outside else "missing", asked)
    return None


def read_text(files: Files, name: str) -> str:
    text, _ = decode(files.texts[name])
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def read_code_file(asked: str, files: Files) -> str:
    """A file that is shown as code, "" where it is not there."""
    name = find(files, asked, ("", ".tex"))
    return read_text(files, name) if name else ""


# ---- commands ----------------------------------------------------------------------------------------------


def open_file(stream: Stream, files: Files, asked: str, endings: tuple[str, ...], folder: str = "") -> bool:
    """The file comes next; one that is open already is told, and left out."""
    name = find(files, asked, endings, folder)
    if name is None:
        return False
    if name in stream.seen:
        files.tell("recursive", name)
        return False
    style = name.endswith((".sty", ".cls", ".def", ".clo"))
    if style and not stream.style:
        stream.style = name
    stream.open(read_text(files, name), name, letter_at=style)
    return True


def run_input(stream: Stream, files: Files) -> None:
    """`\\input{name}`, `\\input name`, `\\include{name}`."""
    token = stream.skip_space()
    if token is None:
        return
    if token == "{":
        asked = "".join(expand_name(stream, stream.read_group()))
    else:
        asked, _, rest = token.partition(" ")
        while not rest and (token := stream.pull()) is not None:
            if token.isspace() or token[0] in "\\{}$%":
                stream.push([token])
                break
            more, mark, rest = token.partition(" ")
            asked += more
            if mark:
                break
        stream.push([rest] if rest else [])
    open_file(stream, files, asked, (".tex", "", ".ltx", ".tikz", ".bbl", ".sty"))


def expand_name(stream: Stream, tokens: list[str]) -> list[str]:
    with stream.set_apart(tokens):
        return [token for token in iter(stream.next, None) if token not in "{}"]


def run_import(stream: Stream, files: Files) -> None:
    stream.read_star()
    folder, name = stream.read_name(), stream.read_name()
    open_file(stream, files, name, (".tex", ""), folder)


def run_input_if_exists(stream: Stream, files: Files) -> None:
    asked, then, other = stream.read_name(), stream.read_argument(), stream.read_argument()
    stem = [name for ending in (".tex", "") if (name := asked + ending) in files.texts]
    stream.push(then if stem else other)
    if stem:
        open_file(stream, files, asked, (".tex", ""))


def run_package(stream: Stream, files: Files) -> None:
    """Of the paper's own styles the macros are taken; others are no files of the paper."""
    stream.read_optional()
    asked = stream.read_name()
    stream.read_optional()
    for name in reversed([part.strip() for part in asked.split(",") if part.strip()]):
        styles = (f"{name}.sty", f"{posixpath.basename(name)}.sty")
        if any(posixpath.basename(path) in styles for path in files.texts):
            open_file(stream, files, name, (".sty",))


def run_class(stream: Stream, files: Files) -> None:
    stream.read_optional()
    name = stream.read_name()
    if f"{name}.cls" in files.texts:
        open_file(stream, files, name, (".cls",))


def run_references(stream: Stream, files: Files) -> None:
    """`\\bibliography{...}`: the .bbl that BibTeX made, beside the main file, under its name or any."""
    stream.read_optional()
    token = stream.skip_space()
    asked = "".join(stream.read_group()) if token == "{" else ""
    if token not in ("{", None):
        stream.push([token])
    add_references(stream, files, asked)


def run_resource(stream: Stream, files: Files) -> None:
    """biblatex's `\\addbibresource{file}`."""
    stream.read_optional()
    files.bibs.append(stream.read_name())


def add_references(stream: Stream, files: Files, asked: str = "") -> None:
    if files.listed:
        return
    files.listed = True
    stem = posixpath.splitext(files.main)[0]
    made = [name for name in files.texts if name.endswith(".bbl")]
    alone = made[0] if len(made) == 1 else ""
    best = next((name for name in made if posixpath.splitext(name)[0] == stem), alone)
    entries: dict[str, dict[str, str]] = {}
    if best:
        text = read_text(files, best)
        if not bibtex.is_biber(text):
            stream.open(text, best, letter_at=True)
            return
        entries = bibtex.read_biber(text)
    for name in [*asked.split(","), *files.bibs] if not best else []:
        if name.strip() and (path := find(files, name, (".bib", ""))):
            entries |= bibtex.read_entries(read_text(files, path), stream.cited)
    order = {key: at for at, key in enumerate(stream.cited)}
    for key in sorted(entries, key=lambda key: order.get(key, len(order))):
        files.entries.append((key, bibtex.write_entry(entries[key])))
