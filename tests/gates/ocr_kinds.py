"""Gate: kinds of documents of known origin.

`make gate NAME=ocr_kinds`. Real ones: vignettes of R packages with an abstract or a bibliography in their
source (articles; fetched by the gate `ocr_papers`; those whose fonts do not name their letters are left
out), the manuals in data/pdf, and the contents pages cut out of both (eight lines of leaders, and no
abstract). Drawn here from real words (of those manuals, and of this machine's list of packages): indexes,
slides, forms, catalogues, letters, in several layouts, fonts and languages. Real documents are in two
halves by a hash of their package or name, drawn ones by their layout: what came of the layouts of `unseen`
was not looked at while the code was written. Drawn documents are plainer than real ones: their recall says
little of scans.
"""

import hashlib
import random
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pymupdf
from figures import Figures
from ocr_papers import fetch, is_legible, is_seen, parse

from winnow.ocr.kind.kinds import judge
from winnow.ocr.layout.assembly import build_page
from winnow.ocr.process.pages import read_pages

FOLDER = Path("out/gates/ocr_kinds")
MANUALS = Path("data/pdf")
FONTS = ("helv", "tiro", "cour")
PAPER = ((595, 842), (612, 792))


class Pen:
    """Puts text onto pages."""

    def __init__(self, size: tuple[float, float], font: str, points: float) -> None:
        self.document = pymupdf.open()
        self.size, self.font, self.points = size, font, points
        self.turn()

    def turn(self) -> None:
        """Begin a page."""
        self.page = self.document.new_page(width=self.size[0], height=self.size[1])
        self.y = 70.0 if self.size[1] > 600 else 40.0

    def put(self, text: str, x: float = 70, points: float = 0, gap: float = 0, *, stay: bool = False) -> None:
        """A line of text at x, on a new line or on the same one."""
        points = points or self.points
        if not stay:
            self.y += points * 1.25 + gap
            if self.y > self.size[1] - 50:
                self.turn()
        self.page.insert_text((x, self.y), text, fontsize=points, fontname=self.font)

    def fill(self, text: str, x: float = 70, width: float = 0) -> None:
        """A paragraph."""
        width = width or self.size[0] - 2 * x
        line = ""
        for word in text.split():
            if pymupdf.get_text_length(f"{line} {word}", self.font, self.points) > width:
                self.put(line, x)
                line = ""
            line = f"{line} {word}".strip()
        self.put(line, x)


def sentences() -> list[str]:
    """Sentences of the manuals, in English, German and French."""
    found = []
    for name in ("debian-faq.en", "debian-faq.de", "debian-faq.fr", "maint-guide.en"):
        with pymupdf.open(MANUALS / f"{name}.pdf") as document:
            text = " ".join(" ".join(page.get_text().split()) for page in document.pages(8, 40))
        text = text.encode("latin-1", "ignore").decode("latin-1")
        found += [s for s in re.findall(r"[A-Z][^.!?]{40,220}[.!?]", text) if ". ." not in s]
    return found


def packages() -> list[tuple[str, str, str]]:
    """Name, version and summary of the packages on this machine."""
    said = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package}\t${Version}\t${binary:Summary}\n"],
        capture_output=True,
        text=True,
    ).stdout
    rows = [line.split("\t") for line in said.encode("latin-1", "ignore").decode("latin-1").splitlines()]
    return [(row[0], row[1], row[2]) for row in rows if len(row) == 3]


def draw_index(chance: random.Random, layout: int) -> Pen:
    """Terms and their pages, in one to three columns."""
    size, points = PAPER[layout % 2], (8, 9, 10, 9.5)[layout]
    pen, words = Pen(size, FONTS[layout % 2], points), set()
    for sentence in chance.sample(SENTENCES, 120):
        words |= {word.strip(",.;:()'\"").lower() for word in sentence.split() if len(word) > 5}
    terms = sorted(word for word in words if word.isalpha())
    columns = (1, 2, 3, 2)[layout]
    if layout != 2:
        pen.put("Index", points=18)
    lines, letter = [], ""
    for term in terms:
        if layout in (0, 1) and term[0] != letter:
            letter = term[0]
            lines.append(letter.upper())
        at = sorted(chance.sample(range(1, 300), chance.choice((1, 1, 2, 3))))
        numbers = ", ".join(str(n) if layout != 3 or n % 4 else f"{n}-{n + 2}" for n in at)
        lines.append(f"{term}{', ' if layout != 2 else '  '}{numbers}")
    high, width = 50, (size[0] - 120) / columns
    lines = lines[: high * columns * 2]
    for start in range(0, len(lines), high * columns):
        for column in range(columns):
            pen.y = 100
            for line in lines[start + column * high : start + (column + 1) * high]:
                pen.put(line, 60 + column * width)
        pen.turn()
    return pen


def draw_slides(chance: random.Random, layout: int) -> Pen:
    """A title and points of a few words, or pictures' captions, on wide pages."""
    size = ((363, 272), (720, 540), (960, 540), (842, 595))[layout]
    points = size[1] / (22, 24, 26, 30)[layout]
    pen = Pen(size, FONTS[layout % 2], points)
    for number in range(chance.randint(6, 20)):
        words = chance.choice(SENTENCES).split()
        pen.put(" ".join(words[:5]), size[0] / 12, points * 1.5)
        pen.y += points
        for sentence in chance.sample(SENTENCES, chance.randint(1, 5)):
            mark = ("\u2022 ", "- ", "", "* ")[layout]
            pen.fill(mark + " ".join(sentence.split()[: chance.randint(4, 14)]), size[0] / 10)
        pen.page.insert_text((size[0] * 0.9, size[1] - 12), str(number + 1), fontsize=points * 0.6)
        pen.turn()
    return pen


LABELS = """Name|First name|Date of birth|Address|City|Postal code|Telephone|E-mail|Signature|Date|Employer
Nationality|Passport number|Account holder|Bank|Amount|Purpose|Reason for request|Number of copies|Department
Name, Vorname|Geburtsdatum|Anschrift|Ort|Postleitzahl|Telefon|Unterschrift|Datum|Beruf|Kontonummer|Betrag
Nom|Prénom|Date de naissance|Adresse|Ville|Code postal|Téléphone|Signature|Profession|Montant|Nationalité"""


def draw_form(chance: random.Random, layout: int) -> Pen:
    """Labels with blanks: underscores, dots, boxes, or fields of an AcroForm."""
    pen = Pen(PAPER[layout % 2], FONTS[layout % 2], (10, 11, 9, 10)[layout])
    labels = chance.choice(LABELS.split("\n")[:2] + LABELS.split("\n")[2:]).split("|")
    pen.put(chance.choice(("Application", "Antrag", "Formulaire", "Order form", "Registration")), points=16)
    for _ in range(chance.randint(1, 3)):
        pen.fill(chance.choice(SENTENCES))
    for label in chance.sample(labels, len(labels)) * chance.randint(1, 3):
        if layout == 0:
            pen.put(f"{label}: {'_' * chance.randint(15, 40)}", gap=6)
        elif layout == 1:
            pen.put(f"{label} {'.' * chance.randint(30, 60)}", gap=6)
        elif layout == 2:
            pen.put(f"[ ] {label}", gap=4)
            pen.put(f"[ ] {chance.choice(labels)}", 300, stay=True)
        else:
            pen.put(f"{label}:", gap=8)
            widget = pymupdf.Widget()
            widget.field_type, widget.field_name = (
                pymupdf.PDF_WIDGET_TYPE_TEXT,
                f"f{pen.y}{label}{len(pen.document)}",
            )
            widget.rect = pymupdf.Rect(200, pen.y - 12, 450, pen.y + 3)
            pen.page.add_widget(widget)
    return pen


def draw_catalogue(chance: random.Random, layout: int) -> Pen:
    """Packages of this machine as lists, tables and price lists."""
    pen = Pen(PAPER[layout % 2], FONTS[layout % 3], (9, 8, 10, 9)[layout])
    start = chance.randrange(max(len(PACKAGES_HERE) - 120, 1))
    pen.put(("Package list", "Price list 2024", "Catalogue", "Inventory")[layout], points=15)
    for number, (name, version, summary) in enumerate(PACKAGES_HERE[start : start + chance.randint(50, 110)]):
        price = f"{chance.randint(1, 900)}.{chance.randint(0, 99):02}"
        if layout == 0:
            pen.put(name[:28])
            pen.put(version[:20], 230, stay=True)
            pen.put(summary[:45], 350, stay=True)
        elif layout == 1:
            pen.put(str(1000 + number))
            pen.put(summary[:50], 120, stay=True)
            pen.put(f"EUR {price}", 450, stay=True)
        elif layout == 2:
            pen.put(f"{name[:30]} {'.' * (60 - len(name[:30]) - len(price))} $ {price}")
        else:
            pen.put(f"{number + 1:04}")
            pen.put(name[:30], 120, stay=True)
            pen.put(str(chance.randint(1, 99)), 350, stay=True)
            pen.put(price, 420, stay=True)
    return pen


LETTERS = [
    ("Dear Mr. Brown,", "Yours sincerely,"),
    ("Sehr geehrte Frau Weber,", "Mit freundlichen Grüßen"),
    ("Madame, Monsieur,", "Veuillez agréer, Madame, Monsieur, mes salutations distinguées."),
    ("Estimados señores:", "Atentamente,"),
    ("Dear colleagues,", "Best regards,"),
    ("Gentile Signora Rossi,", "Cordiali saluti"),
]


def draw_letter(chance: random.Random, layout: int) -> Pen:
    """Sender, date, greeting, paragraphs, closing."""
    pen = Pen(PAPER[layout % 2], FONTS[layout % 3], (11, 12, 10, 11)[layout])
    greeting, closing = LETTERS[chance.randrange(3) + (3 if layout > 1 else 0)]
    right = 350 if layout % 2 else 70
    for line in ("Archive of Parcels", f"Station Road {chance.randint(1, 99)}", "London EC1"):
        pen.put(line, right)
    pen.put(f"{chance.randint(1, 28)} March {chance.randint(1980, 2024)}", right, gap=20)
    if layout > 1:
        pen.put("Re: " + " ".join(chance.choice(SENTENCES).split()[:6]), gap=15)
    pen.put(greeting, gap=20)
    for _ in range(chance.randint(2, 7)):
        pen.y += 8
        pen.fill(" ".join(chance.sample(SENTENCES, chance.randint(2, 4))))
    pen.put(closing, gap=15)
    pen.put(chance.choice(("A. Byron", "J. van der Berg", "M. Curie")), gap=30)
    return pen


DRAWN: dict[str, Callable[[random.Random, int], Pen]] = {
    "index": draw_index,
    "slides": draw_slides,
    "form": draw_form,
    "catalogue": draw_catalogue,
    "letter": draw_letter,
}


def collect() -> Iterator[tuple[str, bool, Path]]:
    """Kind, whether it is of the half that was looked at, and file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    whole = []
    for package, pdf, source in fetch():
        truth = parse(source)
        if truth.abstract or truth.bibliography:
            yield "article", is_seen(package), pdf
        whole.append((pdf, is_seen(package)))
    manuals = sorted(MANUALS.glob("*.pdf"))
    if not manuals:
        print(f"{MANUALS} is missing: `make demo` fetches it; there are no manuals in these figures")
    for pdf in manuals:
        seen = hashlib.sha256(pdf.name.encode()).digest()[0] % 2 == 0
        yield "manual", seen, pdf
        whole.append((pdf, seen))
    for pdf, seen in whole:
        for path in cut_contents(pdf):
            yield "table_of_contents", seen, path
    for kind, draw in DRAWN.items():
        for number in range(28):
            path = FOLDER / f"{kind}-{number}.pdf"
            draw(random.Random(f"{kind}{number}"), number % 4).document.save(path)
            yield kind, number % 4 in (0, 3), path


def cut_contents(pdf: Path) -> list[Path]:
    """The contents pages of a PDF as a PDF of their own."""
    with pymupdf.open(pdf) as document:
        kept = [i for i in range(min(len(document), 14)) if is_contents(document[i])]
        path = FOLDER / f"contents-{pdf.stem}.pdf"
        if kept:
            document.select(kept)
            document.save(path)
    return [path] if kept else []


def is_contents(page: pymupdf.Page) -> bool:
    """Whether leaders take up most of a page: eight at least, and no paragraph beside them."""
    text = page.get_text()
    return text.count(". . . .") >= 8 and not re.search(r"(?i)^\s*abstract\s*$", text, flags=re.M)


def main() -> None:
    figures = Figures("ocr_kinds")
    table: dict[bool, dict[str, Counter[str]]] = {True: defaultdict(Counter), False: defaultdict(Counter)}
    for kind, seen, path in collect():
        answers = read_pages(str(path), page_seconds=20, max_memory_mb=2048, max_pages=300)
        next(answers)
        pages = [build_page(answer) for answer in answers if "lines" in answer]
        if kind == "article" and not is_legible(pages):
            print(f"{path.name} is left out: its fonts do not say which letters they draw")
            continue
        found = judge(pages)
        table[seen][kind][found.name] += 1
        if "-v" in sys.argv and seen and found.name != kind:
            print(path.name, kind, found)
    print(f"{sum(c.total() for half in table.values() for c in half.values())} documents")
    for half, seen in (("seen", True), ("unseen", False)):
        for kind, names in table[seen].items():
            print(f"{half} {kind}: {names[kind]} of {names.total()} {dict(names)}")
        right = sum(names[kind] for kind, names in table[seen].items())
        total = sum(names.total() for names in table[seen].values())
        figures.add(f"{half}_accuracy", round(right / total, 3), 0.9)
        each = [names[kind] / names.total() for kind, names in table[seen].items()]
        figures.add(f"{half}_mean_recall", round(sum(each) / len(each), 3), 0.9)
    figures.close()


if __name__ == "__main__":
    SENTENCES, PACKAGES_HERE = sentences(), packages()
    main()
