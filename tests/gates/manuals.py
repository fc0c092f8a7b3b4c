"""Manuals as PDF and as their makers' plain text, and how the words of both are held beside each other."""

import re
import subprocess
import unicodedata
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from rapidfuzz.distance import Indel, LCSseq

FOLDER = Path("out/gates/ocr_layout")
DOC = "usr/share/doc"
HISTORY, FAQ = f"{DOC}/debian-history/docs/project-history", f"{DOC}/debian/FAQ/debian-faq"
GUIDE, REFERENCE = f"{DOC}/debmake-doc/debmake-doc", "usr/share/developers-reference"
Manual = tuple[str, str, str, str]  # language, package, PDF, text
SEEN: list[Manual] = [
    *(
        (code, "debian-history", f"{HISTORY}.{code}.pdf", f"{HISTORY}.{code}.txt.gz")
        for code in ("en", "de", "fr", "ru", "ja")
    ),
    ("en", "debian-faq", f"{FAQ}.en.pdf.gz", f"{FAQ}.en.txt.gz"),
    *(
        (code, f"debian-faq-{code}", f"{FAQ}.{code}.pdf.gz", f"{FAQ}.{code}.txt.gz")
        for code in ("de", "fr", "ru")
    ),
    ("en", "debian-policy", f"{DOC}/debian-policy/policy.pdf.gz", f"{DOC}/debian-policy/policy.txt.gz"),
    (
        "en",
        "maint-guide",
        f"{DOC}/maint-guide/maint-guide.en.pdf",
        f"{DOC}/maint-guide/maint-guide.en.txt.gz",
    ),
    *((code, "debmake-doc", f"{GUIDE}.{code}.pdf", f"{GUIDE}.{code}.txt.gz") for code in ("ja", "ru", "de")),
]
UNSEEN: list[Manual] = [  # nobody looked at what these give while the code was written
    (
        "en",
        "developers-reference",
        f"{REFERENCE}/developers-reference.pdf",
        f"{REFERENCE}/developers-reference.txt.gz",
    ),
    *(
        (
            code,
            f"developers-reference-{code}",
            f"{REFERENCE}/{code}/developers-reference.pdf",
            f"{REFERENCE}/{code}/developers-reference.txt.gz",
        )
        for code in ("de", "fr", "ja")  # the Russian PDF is one broken page as its makers built it
    ),
]
RULES = """Left out on both sides, as differences of the formats:
- what stands before the heading of the first section "N.1" (title, license, contents: the PDF's has numbers
  of pages);
- URLs (printed as footnotes or behind their words in the one, in brackets or not at all in the other), and
  numbers alone in brackets (marks of notes);
- the title of a section where the text refers to it, behind its number or in quotes (the PDFs print the
  number alone);
- the word above a boxed note (LABELS: the texts have a picture's name there, or nothing), as a running head;
- marks of lists, headings and tables; case; letters of compatibility (ligatures, wide forms);
- the "b''" that one maker's PDFs print around each Cyrillic letter of code (the letters count).
Footnotes stand at a page's end here and at a chapter's end there: their words count, each note's in its own
order, but not the place of the note."""
LABELS = {"замечание", "предостережение", "внимание", "подсказка", "注意", "ティップ"}
# Behind a line's end only what looks like more of the address: no word of the text.
URL = re.compile(r"[<(\[]?\b(?:https?|ftp|git|mailto|irc)://\S*(?:(?<=[/_.=?&-])\s+[\w~.%+-]*[/.]\S*)*")
QUOTES = "\u201c\u201d\u201e\u00ab\u00bb\"'\u2018\u2019\u300c\u300d\u300e\u300f"
SECTION = re.compile(r"^[\W_]*(\d+(?:\.\d+)*)\.?[^\S\n]+(\S.*)$", re.MULTILINE)
NOTE = re.compile(r"(?:\A|\n[ \t]*\n)([ \t]*)\^?\[(\d+)\][ \t]+(?=\S)")
MARK = re.compile(r"\^?\[\d+(?:, ?\d+)*\]")


class Score(NamedTuple):
    """Words of both sides, those that both have, and those in one order."""

    ours: int
    theirs: int
    both: int
    order: int


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


def compare(ours: str, theirs: str, language: str) -> Score:
    """The words of a text that was read beside its maker's, by RULES; Japanese by its letters."""
    theirs, notes = take_notes(theirs.replace("\u00a0", " "))
    ours, theirs = cut_front(ours, theirs)
    titles = find_titles(theirs)
    read = split_words(MARK.sub(" ", drop_titles(re.sub("b[\u2019']{2}", "", ours), titles)))
    main = split_words(MARK.sub(" ", drop_titles(theirs, titles)))
    said = [words for words in (split_words(MARK.sub(" ", drop_titles(n, titles))) for n in notes) if words]
    rest, in_notes = drop_notes(read, said)
    everything = [*main, *(word for words in said for word in words)]
    if language == "ja":
        read, rest, main, everything = (list("".join(words)) for words in (read, rest, main, everything))
        in_notes = [letter for word in in_notes for letter in word]
    return Score(
        len(read),
        len(everything),
        sum((Counter(read) & Counter(everything)).values()),
        LCSseq.similarity(rest, main) + len(in_notes),
    )


def split_words(text: str) -> list[str]:
    """Letters and digits in runs, lower case, less URLs."""
    return re.findall(r"[^\W_]+", URL.sub(" ", unicodedata.normalize("NFKC", text).lower()))


def take_notes(text: str) -> tuple[str, list[str]]:
    """A plain text less its footnotes, and these; paragraphs of a note that follow it stand in."""
    notes, rest, end = [], [], 0
    for match in NOTE.finditer(text):
        if match.start() < end - 2:
            continue
        after = r"(?:\n[ \t]*\n[ \t]{3,}\S.*(?:\n[ \t]{3,}\S.*)*)*" if not match[1] else ""
        whole = re.compile(rf".*(?:\n(?![ \t]*\^?\[\d+\][ \t])[ \t]*\S.*)*{after}").match(text, match.end())
        assert whole
        rest.append(text[end : match.start()])
        notes.append(whole[0])
        end = whole.end()
    return "".join([*rest, text[end:]]), notes


def cut_front(ours: str, theirs: str) -> tuple[str, str]:
    """Both texts from the first section N.1 on that both have, at its last heading (the first is in the
    contents) and before the middle."""
    for match in SECTION.finditer(theirs):
        number, title = match[1], squeeze(match[2])
        if re.fullmatch(r"\d+\.1", number) and title:
            places = [
                [m.start() for m in SECTION.finditer(text) if m[1] == number and squeeze(m[2]) == title]
                for text in (ours, theirs)
            ]
            if all(places) and all(
                2 * found[-1] < len(text) for found, text in zip(places, (ours, theirs), strict=True)
            ):
                return ours[places[0][-1] :], theirs[places[1][-1] :]
    return ours, theirs


def squeeze(title: str) -> str:
    """Letters and digits alone."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", title)).lower()


def find_titles(text: str) -> set[str]:
    """Titles of numbered chapters and sections, as words of a line; a title goes on over lines."""
    found = set()
    for match in re.finditer(r"(?m)^.*?\d\.[ \t]+(\S.*(?:\n[ \t]*\S.*){0,2})$", text):
        lines = match[1].split("\n")
        found |= {" ".join(" ".join(lines[:count]).split()) for count in range(1, len(lines) + 1)}
    return {title for title in found if any(map(str.isalpha, title)) and len(title) < 200}


def drop_titles(text: str, titles: set[str]) -> str:
    """A text without titles behind the number of a section ("9.5, “Title”"), and known ones in quotes."""
    flat, pieces, at = " ".join(text.split()), [], 0
    for match in re.finditer(rf"(?<=\d)[{QUOTES}]?,\s([{QUOTES}\s]*)|[{QUOTES}]", flat):
        if match.start() < at:
            continue
        behind = flat[match.end() : match.end() + 210].lstrip()
        known = [title for title in titles if behind.startswith(title)]
        if not match[0].strip(QUOTES):
            known = [title for title in known if behind[len(title) : len(title) + 1] in QUOTES]
        elif match[1] and (quoted := re.match(rf"[^{QUOTES}]+(?=[{QUOTES}])", behind)):
            known.append(quoted[0])
        if known:
            pieces.append(flat[at : match.start()])
            at = len(flat) - len(flat[match.end() :].lstrip()) + len(max(known, key=len))
    return " ".join([*pieces, flat[at:]])


def drop_notes(words: list[str], notes: list[list[str]]) -> tuple[list[str], list[str]]:
    """Words without those of the notes, which stand anywhere among them; and those, in each note's order."""
    gone: set[int] = set()
    found: list[str] = []
    for note in notes:
        same = max(
            (find_same(words, note, place) for place in find_places(words, note, gone)), key=len, default=[]
        )
        gone.update(same)
        found += [words[at] for at in same]
        if same and same[0] and words[same[0] - 1].isdigit():
            gone.add(same[0] - 1)  # the note's mark
    return [word for at, word in enumerate(words) if at not in gone], found


def find_places(words: list[str], note: list[str], gone: set[int]) -> list[int]:
    """The three places where a note most likely begins; its mark may be written with its first word."""
    start = note[1:3]
    found = [
        at
        for at in range(len(words) - len(start))
        if at not in gone and words[at + 1 : at + 1 + len(start)] == start and words[at].endswith(note[0])
    ]
    agrees = {at: sum(a == b for a, b in zip(words[at : at + 12], note, strict=False)) for at in found}
    return sorted(found, key=lambda at: -agrees[at])[:3]


def find_same(words: list[str], note: list[str], place: int) -> list[int]:
    """The places of a note's words in their order, of those from `place` on."""
    window = [note[0], *words[place + 1 : place + len(note) + 20]]
    blocks = [block for block in Indel.opcodes(window, note) if block.tag == "equal"]
    return [place + at for block in blocks for at in range(block.src_start, block.src_end)]
