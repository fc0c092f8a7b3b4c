"""Gate: what is read of born-digital PDFs, against the same documents as text, and against pages drawn here.

`make gate NAME=ocr_layout`. Documents: the manuals whose PDFs are in `data/pdf`, from the Debian packages
that ship each also as plain text (made from its XML or RST, not from the PDF); fetched with apt-get, or the
gate says so and stops. Pages in columns, and tables: `drawn_columns.py` and `drawn_tables.py`.
"""

import gzip
import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

sys.path.sort(key=str(Path(__file__).resolve().parent).__eq__)  # no gate shadows a package

import polars as pl
from drawn_columns import clean_paragraphs, draw_columns
from drawn_tables import draw_tables, read_rows
from figures import Figures
from rapidfuzz.distance import LCSseq

from ocr.pdf import read

FOLDER = Path("out/gates/ocr_layout")
HISTORY, FAQ = "usr/share/doc/debian-history/docs/project-history", "usr/share/doc/debian/FAQ/debian-faq"
DOCUMENTS = [  # language, package, PDF, text
    *((code, "debian-history", f"{HISTORY}.{code}.pdf", f"{HISTORY}.{code}.txt.gz") for code in ("en", "de")),
    *((code, "debian-history", f"{HISTORY}.{code}.pdf", f"{HISTORY}.{code}.txt.gz") for code in ("fr", "ru")),
    ("ja", "debian-history", f"{HISTORY}.ja.pdf", f"{HISTORY}.ja.txt.gz"),
    ("en", "debian-faq", f"{FAQ}.en.pdf.gz", f"{FAQ}.en.txt.gz"),
    *((code, f"debian-faq-{code}", f"{FAQ}.{code}.pdf.gz", f"{FAQ}.{code}.txt.gz") for code in ("de", "fr")),
    ("ru", "debian-faq-ru", f"{FAQ}.ru.pdf.gz", f"{FAQ}.ru.txt.gz"),
    (
        "en",
        "debian-policy",
        "usr/share/doc/debian-policy/policy.pdf.gz",
        "usr/share/doc/debian-policy/policy.txt.gz",
    ),
    (
        "en",
        "maint-guide",
        "usr/share/doc/maint-guide/maint-guide.en.pdf",
        "usr/share/doc/maint-guide/maint-guide.en.txt.gz",
    ),
    *(
        (
            code,
            "debmake-doc",
            f"usr/share/doc/debmake-doc/debmake-doc.{code}.pdf",
            f"usr/share/doc/debmake-doc/debmake-doc.{code}.txt.gz",
        )
        for code in ("ja", "ru", "de")
    ),
]
RULES = """Left out on both sides, as differences of the formats:
- what stands before the last heading "1.1" (title, license, contents: the PDF's has numbers of pages);
- URLs (printed as footnotes here, in brackets there), and numbers alone in brackets (marks of notes);
- titles in quotes behind the number of a section, and whole footnotes (at a chapter's end there);
- marks of lists, headings and tables; case; letters of compatibility (ligatures, wide forms)."""
URL = re.compile(r"[<(]?\b(?:https?|ftp|git|mailto|irc)://\S*(?:(?<=[/_.=?&-])\s+[\w~.%+-]*[/.]\S*)*")
OPENING, CLOSING = '\u201c\u201e\u00ab"\u300c', '\u201c\u201d\u00bb"\u300d'
REFERENCE = re.compile(f"(?<=[0-9]), [{OPENING}][^{CLOSING}]*[{CLOSING}]")
HYPHENED = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
PAGES, TABLES = 75, 84
HEADING = re.compile(r"^[\W_]*1\.1\.?\s+(\S.*)$", re.MULTILINE)


def main() -> None:
    figures = Figures("ocr_layout")
    print(RULES)
    compare_documents(figures)
    compare_columns(figures)
    compare_tables(figures)
    figures.close()


def fetch(package: str) -> Path:
    """The folder with the package's files."""
    folder = FOLDER / package
    if not folder.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["apt-get", "download", "-qq", package], cwd=FOLDER, capture_output=True, check=False
        )
        found = sorted(FOLDER.glob(f"{package}_*.deb"))
        if done.returncode or not found:
            raise SystemExit(f"apt-get cannot fetch {package}: {done.stderr[-300:]!r}")
        subprocess.run(["dpkg-deb", "-x", found[-1].name, package], cwd=FOLDER, check=True)
    return folder


def convert(path: Path) -> tuple[str, int]:
    """The text of a PDF, chapters in order, and its number of pages."""
    body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(body)
        file.flush()
        frame = pl.concat(list(read(file.name)))
    texts, notes = frame["text"].drop_nulls().to_list(), frame["metadata"].drop_nulls()
    return "\n\n".join(texts), json.loads(notes[0])["page_count"]


def find_title(text: str) -> str:
    """The letters of the title of section 1.1."""
    found = HEADING.search(text)
    return re.sub(r"\W", "", found[1]) if found else ""


def find_notes(text: str) -> list[list[str]]:
    """Words of each footnote of a plain text, which stand there at a chapter's end."""
    found = re.findall(r"^ *\^?\[\d+\] +(\S.*(?:\n(?! *\^?\[\d+\]| *\n).*)*)", text, re.MULTILINE)
    return [words for words in map(split_all, found) if len(words) > 2]


def split_all(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", URL.sub(" ", unicodedata.normalize("NFKC", text).lower()))


def split_words(text: str, title: str, notes: list[list[str]], language: str) -> list[str]:
    """Words to compare, by RULES; Japanese by its letters."""
    headings = [found for found in HEADING.finditer(text) if re.sub(r"\W", "", found[1]) == title]
    text = text[headings[-1].start() if headings else 0 :]
    words = split_all(REFERENCE.sub(" ", re.sub(r"\^?\[\d+\]", " ", text)))
    for note in notes:
        for at in range(len(words)):
            if words[at + 1 : at + 3] == note[1:3] and words[at].endswith(note[0]):
                del words[at - words[at - 1].isdigit() : at + len(note)]
                break
    return list("".join(words)) if language == "ja" else words


def compare_documents(figures: Figures) -> None:
    """Words found, words that are there, and their order, for each language."""
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for language, package, pdf, txt in DOCUMENTS:
        folder = fetch(package)
        raw = gzip.decompress((folder / txt).read_bytes()).decode()
        title, notes = find_title(raw), find_notes(raw)
        text = convert(folder / pdf)[0]
        check_words(text, raw, sums[language])
        ours, theirs = (split_words(one, title, notes, language) for one in (text, raw))
        both = sum((Counter(ours) & Counter(theirs)).values())
        order = LCSseq.similarity(ours, theirs)
        print(
            f"{Path(pdf).name}: {len(theirs)} words, found {both / len(theirs):.4f}, "
            f"there {both / len(ours):.4f}, in order {order / len(theirs):.4f}",
            flush=True,
        )
        sums[language] += Counter(ours=len(ours), theirs=len(theirs), both=both, order=order)
    for language, count in sums.items():
        figures.add(f"words_found_{language}", round(count["both"] / count["theirs"], 4), 0.99)
        figures.add(f"words_there_{language}", round(count["both"] / count["ours"], 4), 0.99)
        figures.add(f"words_in_order_{language}", round(count["order"] / count["theirs"], 4), 0.98)
    total = sum(count["ours"] for language, count in sums.items() if language != "ja")
    figures.add(
        "hyphens_wrong", round(sum(count["hyphen"] for count in sums.values()) / total, 5), 0.001, most=True
    )
    figures.add("running_heads_left", sum(count["heads"] for count in sums.values()), 20, most=True)


def check_words(ours: str, theirs: str, count: Counter[str]) -> None:
    """Hyphens of line ends resolved wrongly, and lines that stand on page after page but not in the text."""
    known = set(HYPHENED.findall(theirs.lower()))
    bare = {word.replace("-", "") for word in known if "-" in word}
    for word in HYPHENED.findall(ours.lower()):
        if word not in known:
            count["hyphen"] += word in bare if "-" not in word else word.replace("-", "") in known
    text = " ".join(split_all(theirs))
    lines = Counter(
        " ".join(split_all(line)) for line in ours.split("\n") if 6 < len(line) < 90 and line[0] != "|"
    )
    count["heads"] += sum(n - text.count(line) for line, n in lines.items() if n > text.count(line) + 2)


def compare_columns(figures: Figures) -> None:
    """Words in order on pages set here."""
    scores: defaultdict[str, list[float]] = defaultdict(list)
    tables = 0
    for drawn in draw_columns(read_paragraphs() * 3, PAGES):
        text = read_bytes(drawn.body)
        ours, theirs = split_all(text), split_all(" ".join(drawn.words))
        scores[drawn.style].append(LCSseq.similarity(ours, theirs) / max(len(ours), len(theirs)))
        tables += text.count("\n|---")
    for style, values in sorted(scores.items()):
        print(f"columns {style}: {len(values)} pages, {sum(values) / len(values):.4f}")
    for columns in "123":
        values = [value for style, some in scores.items() if style[0] == columns for value in some]
        figures.add(f"order_{columns}_columns", round(sum(values) / len(values), 4), 0.97)
    figures.add("tables_found_in_columns", tables / PAGES, 0.01, most=True)


def compare_tables(figures: Figures) -> None:
    """Rows of drawn tables that come back whole, by style; tables found in manuals that have none."""
    scores: defaultdict[str, list[bool]] = defaultdict(list)
    for table in draw_tables(read_paragraphs(), TABLES):
        rows = read_rows(read_bytes(table.body))
        found = [row in rows for row in table.cells]
        scores[table.style] += found
        scores[f"with {table.content}"] += found
    for style, values in sorted(scores.items()):
        print(f"tables {style}: {len(values)} rows, whole {sum(values) / len(values):.4f}")
    styles = [value for name, values in scores.items() if not name.startswith("with") for value in values]
    figures.add("table_rows_whole", round(sum(styles) / len(styles), 4), 0.85)
    pages = wrong = 0
    for _, package, pdf, _ in DOCUMENTS:
        if package.startswith("debian-faq"):  # their HTML has tables for navigation alone
            text, count = convert(fetch(package) / pdf)
            pages += count
            wrong += text.count("\n|---")
    figures.add("tables_found_in_prose", round(wrong / pages, 4), 0.01, most=True)
    figures.add("prose_pages", pages, 100)


def read_paragraphs() -> list[str]:
    """Paragraphs of the policy manual."""
    path = fetch("debian-policy") / "usr/share/doc/debian-policy/policy.txt.gz"
    return clean_paragraphs(gzip.decompress(path.read_bytes()).decode())


def read_bytes(body: bytes) -> str:
    """The text of a PDF of few pages."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(body)
        file.flush()
        return "\n\n".join(pl.concat(list(read(file.name)))["text"].drop_nulls().to_list())


if __name__ == "__main__":
    main()
