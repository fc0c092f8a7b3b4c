"""Parents of planted rewrites: paragraphs of Wikipedia, manuals and mathematics, cut into sentences.

Wikipedia is read by `ingest.mediawiki:read`; manuals are `<p>` of the HTML of Debian's packages; mathematics
are PARI's TeX sources and, where WINNOW_DATA is set, GSM8K's training problems with their solutions.
"""

# ruff: noqa: RUF001 - patterns that would be worse in pieces, and typographic quotes in them
import gzip
import json
import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from faker.providers.person.en_US import Provider
from lxml import html

from winnow.ingest.mediawiki import read

DATA = Path("data")
WORDS = (60, 250)
PROBLEMS = 8  # one in so many of GSM8K, so that PARI is half of maths
MANUALS = [
    "debian-faq", "debian-policy", "developers-reference", "maint-guide", "debian-history", "debmake-doc",
    "debian-reference-en", "postgresql-doc", "python-doc", "flask", "gensim",
]  # fmt: skip
_LEFT = re.compile(
    r"_sources|genindex|/search|release-|changelog|whatsnew|\.(?!en\.)[a-z]{2}(?:-[a-z]{2})?\.html$"
)
_SHORT = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|St|Prof|Gen|Col|Lt|Sgt|Capt|Rev|Jr|Sr|No|Nos|vs|vol|Vol|pp|ca|c|cf|cit|Op|Fig|fig|Mt|Ft|"
    r"Inc|Ltd|Co|Corp|etc|al|ed|eds|e\.g|i\.e|viz|resp|Sec|Ch|approx|est)|\b[A-Za-z]|[A-Z]\.[A-Z])\.[\"')\]]*$"
)
_END = re.compile(r"(?<=[.!?])[\"'”’)\]]* +(?=[\"'“(\[]?[A-Z0-9])")
_MACRO = re.compile(r"\\(?:kbd|emph|var|tet|idx|teb|sidx|b|typ|fun|text|kbdsidx|bidx)\{([^{}]*)\}")


GIVEN = frozenset(Provider.first_names) | {"Natalia", "Isabella", "Raphael", "Gustav", "Otto", "Friedrich"}


class Parent(NamedTuple):
    """A paragraph and its sentences; `kind` is wikipedia, manuals or maths."""

    kind: str
    text: str
    sentences: list[str]


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph; an abbreviation ends none."""
    out: list[str] = []
    start = 0
    for found in _END.finditer(text):
        end = found.end()
        if not _SHORT.search(text[start : found.start()]):
            out.append(text[start:end].strip())
            start = end
    return [*out, text[start:].strip()]


def parents() -> Iterator[Parent]:
    """Every paragraph that can be a parent, each text once, in the order of the files."""
    seen: set[str] = set()
    for kind, source in (("wikipedia", _wikipedia), ("manuals", _manuals), ("maths", _maths)):
        for text in source():
            text = " ".join(re.sub(r"\[\d+\]", "", text).split())
            cut = sentences(text)
            if text not in seen and _fits(text, cut):
                seen.add(text)
                yield Parent(kind, text, cut)


def _fits(text: str, cut: list[str]) -> bool:
    low, high = WORDS
    whole = low <= len(text.split()) <= high and text[0].isupper() and text[-1] in ".?!" and len(cut) >= 3
    pairs = (
        text.count("(") == text.count(")") and text.count('"') % 2 == 0 and text.count("“") == text.count("”")
    )
    inside = all(s.count('"') % 2 == 0 and s.count("(") == s.count(")") for s in cut)
    return whole and pairs and inside and not re.search(r"[|¶]|::|\.\.\.|>>>|^[-*#]", text)


def _wikipedia() -> Iterator[str]:
    for frame in read(str(DATA / "wikipedia/enwiki-articles.xml.bz2")):
        for text in frame["text"].to_list() if "text" in frame.columns else []:
            yield from re.split(r"\n\s*\n", text or "")


def _manuals() -> Iterator[str]:
    for name in MANUALS:
        for path in sorted((DATA / "cache" / name).rglob("*.html")):
            if path.is_file() and not _LEFT.search(str(path)):
                for node in html.fromstring(path.read_bytes()).iter("p"):
                    yield str(node.text_content())


def _maths() -> Iterator[str]:
    folder = os.environ.get("WINNOW_DATA")
    if folder:
        with gzip.open(Path(folder) / "evals/gsm8k_train.jsonl.gz", "rt") as file:
            for line in islice(file, 0, None, PROBLEMS):
                item = json.loads(line)
                steps, _, value = re.sub(r"<<.*?>>", "", item["answer"]).partition("####")
                worked = " ".join(
                    s if s[-1] in ".!?" else f"{s}." for s in steps.strip().split("\n") if s.strip()
                )
                yield f"{item['question'].strip()} {worked} The answer is {value.strip()}."
    for path in sorted((DATA / "maths").glob("*.tex")):
        for text in re.split(
            r"\n\s*\n|\\bprog.*?@eprog|\\(?:small|med|big)skip", path.read_text(errors="replace")
        ):
            yield from _untex(text)


def _untex(text: str) -> Iterator[str]:
    """The paragraph with macros of fonts undone; nothing where other macros stand outside formulas."""
    if re.search(r"(?m)^%", text):
        return
    for _ in range(2):
        text = _MACRO.sub(r"\1", text)
    text = (
        re.sub(r"\{\\(?:it|bf|tt|em)\s+([^{}]*)\}", r"\1", text).replace("~", " ").replace("\\noindent", "")
    )
    text = text.replace("``", '"').replace("''", '"').replace("\\dots", "…")
    outside = re.sub(r"\$[^$]*\$", "", text)
    if not re.search(r"[\\{}$@&]", outside):
        yield text
