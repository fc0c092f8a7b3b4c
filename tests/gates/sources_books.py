"""Gate: wikis and books, on true dumps and books from packages, beside the obvious tools.

`make gate NAME=sources_books`. Of each input: records by a count of its own (the standard
library's XML and ZIP readers, file names), what came of them, license, speed on one core and peak
memory. Then of the English dump what is left of markup, formulas and headings, beside WikiExtractor and
mwparserfromhell's `strip_code` in the same run; of the EPUBs the words that ebooklib with BeautifulSoup
and pandoc find. Where the other tools cannot be had their lines are left out, and the gate says so. CACHE
(out/cache/sources_books) is where packages are unpacked. (Killed inside a dump: the gate `large`.)
"""

import bz2
import html
import json
import os
import re
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import books_input
import environments
import polars as pl
import source_table
from figures import Figures

from winnow.ingest.books import epub, gutenberg
from winnow.ingest.wikis import mediawiki

LEFT = {
    "template": r"\{\{(?=[^{}]*\|)",
    "link": r"\[\[|\]\]",
    "quotes": r"'{2,}",
    "tag": r"</?(?:ref|div|span|br|small|table|td|tr|center|gallery)\b",
    "entity": r"&(?:[a-z]+|#\d+);",
    "file": r"\b(?:File|Image|Datei|Файл):\S",
    "empty brackets": r"\( ?[,;]? ?\)",
}
RIGHT = r"\$[^$\n]*\$|```.*?```"  # formulas and code may hold any of these


def count_pages(path: Path) -> int:
    data = bz2.decompress(path.read_bytes())
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    return len(re.findall(r"<page>", text))


def count_texts(path: Path) -> int:
    """Texts in the spine, by the standard library."""
    with zipfile.ZipFile(path) as file:
        name = next(each for each in file.namelist() if each.endswith(".opf"))
        return sum(1 for _ in ET.fromstring(file.read(name)).iter("{http://www.idpf.org/2007/opf}itemref"))


def add_row(
    figures: Figures, rows: list[dict[str, Any]], name: str, step: str, path: Path, records: int, **how: Any
) -> None:
    found = source_table.read(step, str(path), **how)
    found |= {"source": name, "input": path.name, "records": records, "mb": path.stat().st_size / 1e6}
    rows.append(found)
    speed = found["text_bytes"] / 1e6 / max(found["seconds"], 1e-6)
    print(
        f"  {name}: {records} records, {found['rows']} rows, kept {found['kept']}, {found['reasons']}", end=""
    )
    print(f", license {found.get('license', 0)}, {speed:.2f} MB of text/s, peak {found['peak_mb']:.0f} MB")
    if records:
        figures.add(f"{name}.rows_per_record", found["rows"] / records, 1)
        figures.add(f"{name}.rows_per_record.most", found["rows"] / records, 1, most=True)
    figures.add(f"{name}.failed", found["failed"], 0, most=True)


def read_pages(path: Path) -> Iterator[tuple[str, str]]:
    """Title and wikitext of the articles, by the standard library."""
    for block in re.findall(r"<page>.*?</page>", bz2.decompress(path.read_bytes()).decode(), re.DOTALL):
        if "<ns>0</ns>" in block and "<redirect" not in block:
            text = re.search(r"<text[^>]*>(.*?)</text>", block, re.DOTALL)
            title = re.search(r"<title>(.*?)</title>", block)
            if text and title:
                yield html.unescape(title[1]), html.unescape(text[1])


def count_left(texts: dict[str, str]) -> Counter[str]:
    """What is left of markup, by class."""
    left: Counter[str] = Counter()
    for text in texts.values():
        bare = re.sub(RIGHT, " ", text, flags=re.DOTALL)
        for name, pattern in LEFT.items():
            left[name] += len(re.findall(pattern, bare))
    return left


def judge_wiki(figures: Figures, path: Path) -> None:
    wikitext = dict(read_pages(path))
    frame = pl.concat(mediawiki.read(str(path))).filter(pl.col("text").is_not_null())
    titles = [json.loads(each)["title"] for each in frame["metadata"]]
    ours = dict(zip(titles, frame["text"], strict=True))
    left = count_left(ours)
    for name in LEFT:
        figures.add(
            f"wiki.en.left.{name}", left[name], {"link": 4, "empty brackets": 1}.get(name, 0), most=True
        )
    formulas = found = heads = headed = ordered = 0
    for title, text in ours.items():
        source = re.sub(r"<!--.*?-->|<ref\b[^<>]*(?<!/)>.*?</ref>", "", wikitext[title], flags=re.DOTALL)
        squeezed = re.sub(r"\s", "", text)
        places = []
        for tex in re.findall(r"<math[^<>/]*>(.+?)</math>", source, re.DOTALL):
            formulas += 1
            found += re.sub(r"\s", "", html.unescape(tex)) in squeezed
        for line in re.findall(r"^(==+)\s*([A-Za-z0-9 ,()-]+?)\s*\1\s*$", source, re.MULTILINE):
            at = text.find(f"\n{'#' * len(line[0])} {line[1]}\n")
            headed += at >= 0
            heads += 1
            places += [at] * (at >= 0)
        ordered += places == sorted(places)
    figures.add("wiki.en.formulas_found", found / formulas, 0.99)
    figures.add(
        "wiki.en.headings_found", headed / heads, 0.7
    )  # the others head lists of links and references
    figures.add("wiki.en.pages_in_order", ordered / len(ours), 1)
    figures.add("wiki.en.pages_with_tables", sum("\n| --- |" in text for text in ours.values()), 25)
    print(
        f"  ours: {sum(map(len, ours.values()))} characters of {len(ours)} pages, left of markup {dict(left)}"
    )
    for name, texts, seconds in books_input.read_wiki_peers(path, wikitext):
        both = {title: text for title, text in texts.items() if title in ours}
        chars = sum(map(len, both.values()))
        print(f"  {name}: {chars} characters of {len(both)} pages, left of markup {dict(count_left(both))}, "
              f"{seconds:.1f} s", flush=True)  # fmt: skip


def judge_books(figures: Figures, paths: list[Path]) -> None:
    """Words of our text among those of the peers, and theirs in ours."""
    for path in [path for path in paths if "live-manual" not in path.name][:6]:  # which no peer can open
        ours = Counter(re.findall(r"\w+", pl.concat(epub.read(str(path)))["text"][0]))
        for name, text, seconds in books_input.read_book_peers(path):
            theirs = Counter(re.findall(r"\w+", text))
            found = sum((ours & theirs).values()) / max(1, sum(theirs.values()))
            extra = 1 - sum((ours & theirs).values()) / max(1, sum(ours.values()))
            print(f"  {path.name}, {name}: {found:.3f} of its words in ours, {seconds:.2f} s")
            print(f"    {extra:.3f} of our words not in it", flush=True)
            if name == "ebooklib":
                figures.add(
                    f"epub.{path.stem}.{path.parent.name}.words_not_in_ebooklib", extra, 0.02, most=True
                )


def judge_gutenberg(figures: Figures, paths: list[Path]) -> None:
    told = re.compile(r"gutenberg|small print|\betext|ebook #|trademark", re.IGNORECASE)
    whole = [pl.concat(gutenberg.read(str(path))).row(0, named=True) for path in paths]
    figures.add(
        "gutenberg.license_lines_left", sum(len(told.findall(row["text"])) for row in whole), 0, most=True
    )
    for name in ("author", "date", "thread", "license"):
        figures.add(f"gutenberg.{name}", sum(bool(row[name]) for row in whole) / len(whole), 1)
    kept = []
    for path, row in zip(paths, whole, strict=True):
        raw = path.read_bytes().decode("latin-1")
        body = raw[raw.index("***", raw.index("*** START OF") + 4) : raw.index("*** END OF")]
        theirs, ours = Counter(re.findall(r"\w+", body)), Counter(re.findall(r"\w+", row["text"]))
        kept.append(sum((theirs & ours).values()) / sum(theirs.values()))
    figures.add("gutenberg.words_kept_between_the_marks", min(kept), 0.97)
    for name, texts in books_input.read_gutenberg_peers(paths):
        print(f"  {name}: {sum(len(told.findall(text)) for text in texts)} lines of the license left")


def main() -> None:
    environments.enter("peers")
    figures = Figures("sources_books")
    cache = Path(os.environ.get("CACHE", "out/cache/sources_books"))
    inputs = books_input.fetch(cache)
    rows: list[dict[str, Any]] = []
    for name in ("en", "bg", "ltg"):
        path = inputs[name][0]
        add_row(
            figures,
            rows,
            f"wiki.{name}",
            "ingest.wikis.mediawiki:read",
            path,
            count_pages(path),
            license="CC-BY-SA-4.0",
        )
    snapshot, articles = books_input.make_snapshot(cache, inputs["en"][0], read_pages)
    add_row(figures, rows, "enterprise.made", "ingest.wikis.enterprise:read", snapshot, articles)
    for path in inputs["gutenberg"]:
        add_row(figures, rows, f"gutenberg.{path.stem}", "ingest.books.gutenberg:read", path, 1)
    for path in inputs["epub"]:
        name = f"epub.{path.parent.name}.{path.stem}"
        add_row(figures, rows, name, "ingest.books.epub:read", path, 1)
        print(f"    {count_texts(path)} texts in the spine")
    judge_wiki(figures, inputs["en"][0])
    judge_gutenberg(figures, inputs["gutenberg"])
    judge_books(figures, inputs["epub"])
    Path("out/gates").mkdir(parents=True, exist_ok=True)
    Path("out/gates/sources_books_table.json").write_text(json.dumps(rows, indent=1) + "\n")
    figures.close()


if __name__ == "__main__":
    main()
