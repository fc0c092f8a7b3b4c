"""Pairs of parent and rewrite, faithful ones and ones with a planted error, for the gate of faithfulness.

`PLANTER="python -P tests/gates/rewrite_pairs.py" make gate NAME=synthetic ONLY=faithful`. Rows are {id,
set, kind, parent, rewrite, label, error, source, twin}: `error` is number, unit, name, negation, hedge,
date, order, invented or null; `twin` the faithful row from which a planted one of the second set differs by
its error alone. The sets are of two hands that knew neither the checks nor each other: the first by script
(750 faithful, 1,120 planted), the second by script and, where the kind begins with `by hand`, written (70
rewrites, 1,160 errors).

`golds/rewrites.jsonl.xz` holds no parent's text, since not all licenses allow that: of each the first
twelve digits of its SHA-256, and of a rewrite its own words and the places of those it has from its parent
(from its twin, where it has one). Parents are looked up in `data/` (the demo's and `make sources`'), in
manual pages of this machine and, where WINNOW_DATA is set, in GSM8K's training problems and WCXB's
articles; rows whose parent is not there are counted on the screen and left out. Environment: WINNOW_DATA,
SET (first or second).
"""

import gzip
import hashlib
import json
import lzma
import os
import re
import sys
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lxml import html

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from winnow.ingest.books import gutenberg, r_packages  # noqa: E402
from winnow.ingest.papers import jats  # noqa: E402
from winnow.ingest.wikis import mediawiki  # noqa: E402

PAIRS = Path(__file__).parent / "golds/rewrites.jsonl.xz"
DATA = ROOT / "data"
MANUALS = [
    "anarchism", "debian-faq", "debian-history", "debian-policy", "debian-reference-en", "debmake-doc",
    "developers-reference", "flask", "gensim", "maint-guide", "postgresql-doc", "python-doc",
]  # fmt: skip
_TRANSLATED = re.compile(r"\.(?!en\.)[a-z]{2}(?:-[a-z]{2})?\.html$")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]?$")
_MACRO = re.compile(r"\\(?:kbd|emph|var|tet|idx|teb|sidx|b|typ|fun|text|kbdsidx|bidx)\{([^{}]*)\}")
Row = dict[str, Any]
Edits = list[str | list[int]]


def key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def apply(text: str, edits: Edits) -> str:
    """The rewrite: its own words, and pieces of `text` from one character to another."""
    return "".join(edit if isinstance(edit, str) else text[edit[0] : edit[1]] for edit in edits)


def read_rows() -> list[Row]:
    with lzma.open(PAIRS, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def complete(rows: list[Row], texts: dict[str, str]) -> Iterator[Row]:
    """The rows with their texts; a row whose parent is not among `texts` is left out."""
    rewrites: dict[str, str] = {}
    for row in rows:
        if row["parent"] in texts:
            parent = texts[row["parent"]]
            rewrites[row["id"]] = apply(rewrites[row["twin"]] if row["twin"] else parent, row["rewrite"])
            label = "planted" if row["error"] else "faithful"
            yield row | {"parent": parent, "rewrite": rewrites[row["id"]], "label": label}


def find_parents(wanted: set[str]) -> dict[str, str]:
    return {found: text for text in passages() if (found := key(text)) in wanted}


def passages() -> Iterator[str]:
    """All texts that may be a parent: paragraphs in the first set, in the second some of prose together."""
    for texts in (_wikipedia, _manuals, _man, _maths, _books, _papers, _problems, _articles):
        for paragraphs, is_alone in texts():
            yield from _clean(paragraphs) if is_alone else _join(paragraphs)


def _clean(paragraphs: list[str]) -> Iterator[str]:
    for text in paragraphs:
        yield " ".join(re.sub(r"\[\d+\]", "", text).split())


def _join(paragraphs: list[str]) -> Iterator[str]:
    held: list[str] = []
    for paragraph in [*(" ".join(p.split()) for p in paragraphs), ""]:
        words = len(paragraph.split())
        held_words = sum(len(p.split()) for p in held)
        if held and (not _is_prose(paragraph) or held_words + words > 260 or held_words > 110):
            if 80 <= held_words <= 400:
                yield "\n\n".join(held)
            held = []
        if _is_prose(paragraph):
            held.append(paragraph)


def _is_prose(paragraph: str) -> bool:
    words = paragraph.split()
    if len(words) < 12 or not _SENTENCE_END.search(paragraph) or not paragraph[0].isalpha():
        return False
    plain = sum(word.strip(".,;:()\"'").isalpha() for word in words)
    return plain > 0.72 * len(words) and not re.search(r"[|{}\\_=<>]{1}|\[\d|\.\.\.|https?:|``", paragraph)


Texts = Iterator[tuple[list[str], bool]]


def _both(text: str) -> Texts:
    yield re.split(r"\n\s*\n", text), True
    yield _lines(text), False


def _lines(text: str) -> list[str]:
    return re.split(r"\n\s*\n|\n(?=[#*-] )", text)


def _read(reader: Callable[..., Any], paths: list[Path]) -> Iterator[str]:
    for path in paths:
        for frame in reader(str(path)):
            yield from frame["text"].drop_nulls().to_list() if "text" in frame.columns else []


def _wikipedia() -> Texts:
    for text in _read(mediawiki.read, sorted(DATA.glob("wikipedia/*.xml.bz2"))):
        yield from _both(text)


def _books() -> Texts:
    for text in _read(r_packages.read, sorted(DATA.glob("books/*.rdb"))):
        yield _lines(text), False
    for text in _read(gutenberg.read, sorted(DATA.glob("sources/gutenberg/gutenberg-10001.txt"))):
        yield _lines(text), False


def _papers() -> Texts:
    for text in _read(jats.read, sorted(DATA.glob("sources/jats/*.nxml"))):
        yield _lines(text), False


def _manuals() -> Texts:
    for name in MANUALS:
        for path in sorted((DATA / "cache" / name).rglob("*.html")):
            if path.is_file() and not _TRANSLATED.search(path.name):
                tree = html.fromstring(path.read_bytes())
                yield [str(node.text_content()) for node in tree.iter("p")], True
                yield (
                    [str(n.text_content()).replace("¶", "") for n in tree.iter("p", "pre", "h1", "h2")],
                    False,
                )


def _man() -> Texts:
    for path in sorted(Path("/usr/share/man").glob("man[1578]/*.gz")):
        page = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        page = re.sub(r"^\.(?:[PLI]P|TP|SH|SS|Pp|br|sp|nf|fi|RS|RE).*$", "\n", page, flags=re.M)
        page = re.sub(r"^\.\\\".*$|^'.*$", "", page, flags=re.M)
        page = re.sub(r"^\.(?:[BI]|BR|IR|RB|BI|IB|RI) ", "", page, flags=re.M)
        page = re.sub(r"^\..*$", "\n\n", page, flags=re.M)
        page = re.sub(r"\\f(?:\([A-Z]{2}|[A-Z])|\\&|\\c|\\/|\\,", "", page)
        yield _lines(page.replace("\\-", "-").replace("\\(aq", "'").replace("\\ ", " ")), False


def _maths() -> Texts:
    for path in sorted(DATA.glob("maths/*.tex")):
        cuts = r"\n\s*\n|\\bprog.*?@eprog|\\(?:small|med|big)skip"
        yield [_untex(text) for text in re.split(cuts, path.read_text(errors="replace"))], True
        page = re.sub(r"(?<!\\)%.*", "", path.read_text("latin-1"))
        page = re.sub(r"\\(?:kbd|tet|idx|emph|var|secref|text)\{([^{}]*)\}", r"\1", page)
        page = re.sub(r"\\(?:sl|bf|it|noindent|smallskip|medskip|bigskip)\b", "", page)
        yield _lines(page.replace("~", " ").replace("$", "").replace("``", '"').replace("''", '"')), False


def _untex(text: str) -> str:
    text = _MACRO.sub(r"\1", _MACRO.sub(r"\1", text))
    text = (
        re.sub(r"\{\\(?:it|bf|tt|em)\s+([^{}]*)\}", r"\1", text).replace("~", " ").replace("\\noindent", "")
    )
    return text.replace("``", '"').replace("''", '"').replace("\\dots", "…")


def _problems() -> Texts:
    if folder := os.environ.get("WINNOW_DATA"):
        with gzip.open(Path(folder) / "evals/gsm8k_train.jsonl.gz", "rt") as file:
            for item in map(json.loads, file):
                steps, _, value = re.sub(r"<<.*?>>", "", item["answer"]).partition("####")
                lines = [s for s in steps.strip().split("\n") if s.strip()]
                worked = " ".join(s if s[-1] in ".!?" else f"{s}." for s in lines)
                yield [f"{item['question'].strip()} {worked} The answer is {value.strip()}."], True


def _articles() -> Texts:
    if folder := os.environ.get("WINNOW_DATA"):
        with tarfile.open(Path(folder) / "web/wcxb-dev.tar.xz") as pages:
            for member in pages:
                if "ground-truth/" in member.name and (file := pages.extractfile(member)):
                    yield _lines(json.load(file)["ground_truth"].get("main_content") or ""), False


def main() -> None:
    rows = [row for row in read_rows() if os.environ.get("SET", row["set"]) == row["set"]]
    made = list(complete(rows, find_parents({row["parent"] for row in rows})))
    for row in made:
        print(json.dumps(row, ensure_ascii=False))
    left = Counter(row["source"] for row in rows) - Counter(row["source"] for row in made)
    print(f"{len(made)} of {len(rows)} rows; without their parent: {dict(left) or 'none'}", file=sys.stderr)


if __name__ == "__main__":
    main()
