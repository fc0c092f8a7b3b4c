"""Gate: what `winnow_languages.toml` keeps in six languages, beside FineWeb2's settings.

`WINNOW_DATA=... make gate NAME=languages`. Pages: `languages_pages.py`; packages are kept in
out/gates/languages. HALF is the half of the pages, by a hash of their names: `chosen` for choosing rules,
`judged` (default) for the figures that are told. Beside ours stand FineWeb2's settings for the same extracted
texts, by our `filters.fineweb2:quality` and by datatrove's own filters (not for Japanese and Chinese, of
which no segmenter is installed).
Kept means: not dropped by a rule; duplicates are another matter. Writes out/gates/languages/HALF.parquet.
"""

import functools
import os
import re
import shutil
import sys
from collections import Counter
from pathlib import Path

import inputs
import languages_pages as pages
import polars as pl
from datatrove.data import Document
from datatrove.pipeline.filters import FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.pipeline.filters.base_filter import BaseFilter
from figures import Figures

from winnow.classifiers import language
from winnow.filters import fineweb2
from winnow.pipelines.commands import run
from winnow.pipelines.demo import wrap
from winnow.pipelines.engine.disk import documents, storage

HALF = os.environ.get("HALF", "judged")
FOLDER = Path("out/gates/languages")
RECIPE = Path("pipelines/recipes/winnow_languages.toml")
DATATROVE = ("de", "es", "fr", "ru")
SIDES = ("ours", "fineweb2", "datatrove")
FLOORS = {"de": "good", "es": "good", "fr": "prose", "ru": "prose"}
READ = Path(__file__).parent / "golds/languages_read.tsv"


def run_pages(docs: pl.DataFrame) -> pl.DataFrame:
    """What the recipe makes of pages with `html`."""
    place = FOLDER / HALF / "pages"
    (place / "html").mkdir(parents=True)
    files = []
    for number, (name, html) in enumerate(docs["id", "html"].iter_rows()):
        path = place / "html" / f"{number}.html"
        path.write_text(html, encoding="utf-8")
        files.append((make_url(name), path))
    wrap.wrap_pages(files, place / "web/pages", max_bytes=8_000_000)
    text = RECIPE.read_text().replace('"data/web/', f'"{place}/web/')
    return follow(docs.drop("html"), text, place)


def run_lines(docs: pl.DataFrame) -> pl.DataFrame:
    """The same of texts without HTML: without what reads HTML, and each page of a site of its own."""
    place = FOLDER / HALF / "lines"
    place.mkdir(parents=True)
    url = docs["id"].map_elements(make_url, pl.String)
    docs.select("text", url).rename({"id": "url"}).write_parquet(place / "lines.parquet")
    text = RECIPE.read_text().replace('"data/web/*.warc.gz"', f'"{place}/lines.parquet"')
    text = text.replace('"ingest.warc:read"', '"ingest.parquet:read", fields = { url = "url" }')
    text = re.sub(r".*classifiers.types:sign_pages.*\n", "", text)
    lone = '{ use = "classifiers.types:label", model = "classifiers/models/pages_text", into = "page_type" }'
    text = text.replace('{ use = "classifiers.types:label_pages" }', lone)
    return follow(docs.drop("text"), text.replace("ingest.html:extract", "filters.text:nonempty"), place)


def make_url(name: str) -> str:
    """An address; a package in a language is a site, and each of TurkuNLP's pages."""
    site, _, rest = name.partition("/")
    return f"https://{rest.replace('/', '-') if site == 'turku' else site}.example/{rest}"


def follow(docs: pl.DataFrame, recipe: str, place: Path) -> pl.DataFrame:
    """The documents with `ours` (the reason, null: kept), `extracted`, and what was judged."""
    path = place / "recipe.toml"
    path.write_text(recipe)
    if code := run.execute(path, place / "run", 1, None, "auto", ()):
        sys.exit(f"{path}: ended with {code}")
    ledgers = [
        place / "run" / stage / "dropped" for stage in ("web.extracted", "web.cleaned", "web.filtered")
    ]
    gone = pl.concat(
        [
            storage.read_ledger(ledger).select("url", ours="reason")
            for ledger in ledgers
            if any(ledger.glob("*.parquet"))
        ]
    )
    extracted = documents.read(place / "run/web.extracted", ["url", "text"]).rename({"text": "extracted"})
    judged = documents.read(place / "run/web.cleaned", ["url", "text", "page_type", "language_score"])
    found = docs.with_columns(url=docs["id"].map_elements(make_url, pl.String))
    for side in (gone, extracted, judged):
        found = found.join(side, on="url", how="left")
    return found.drop("url")


def judge_by_fineweb2(docs: pl.DataFrame) -> pl.DataFrame:
    """FineWeb2's settings for the extracted texts; the score of the language is that of ours."""
    told = language.identify(docs.select(pl.col("extracted").fill_null("").alias("text")))
    told = told.with_columns(wanted=docs["language"])
    found = fineweb2.quality(told)["drop_reason"]
    theirs = pl.Series(
        [judge_by_datatrove(*row) for row in docs["extracted", "language"].iter_rows()], dtype=pl.String
    )
    known = (told["language"] == told["wanted"]) & (told["language_score"] >= 0.65)
    other = pl.when(~known).then(pl.lit("language"))
    return docs.with_columns(
        pl.select(fineweb2=other.otherwise(found), datatrove=other.otherwise(theirs)).get_columns()
    )


def judge_by_datatrove(text: str | None, code: str) -> str | None:
    """The reason by datatrove's filters with the language's settings, as FineWeb2's own script sets them."""
    if text is None or code not in DATATROVE:
        return "none" if text is None else None
    for filter_ in make_filters(code):
        found = filter_.filter(Document(text=text, id=""))
        if found is not True:
            return found[1] if isinstance(found, tuple) else "dropped"
    return None


@functools.cache
def make_filters(code: str) -> list[BaseFilter]:
    row = fineweb2.read_table(fineweb2.TABLE)[code]
    number = {name: float(value) for name, value in row.items() if name.startswith(("min_", "max_"))}
    name = row["language"]
    return [
        GopherRepetitionFilter(
            language=name,
            dup_para_frac=0,
            dup_line_char_frac=0,
            dup_para_char_frac=0,
            dup_line_frac=number["max_duplicate_line_ratio"],
            top_n_grams=tuple((n, number[f"max_top_{n}gram_char_ratio"]) for n in (2, 3, 4)),
            dup_n_grams=tuple((n, number[f"max_duplicate_{n}gram_char_ratio"]) for n in range(5, 11)),
        ),
        FineWebQualityFilter(
            language=name,
            short_line_thr=999,
            char_duplicates_ratio=0.1,
            line_punct_thr=number["min_terminal_line_ratio"],
            new_line_ratio=number["max_newline_ratio"],
        ),
        GopherQualityFilter(
            language=name,
            min_avg_word_length=number["min_mean_word_length"],
            max_avg_word_length=number["max_mean_word_length"],
            max_non_alpha_words_ratio=number["min_alphabetic_word_ratio"],
            stop_words=row["stop_words"].split(" "),
            min_stop_words=2,
        ),
    ]


def show(found: pl.DataFrame, figures: Figures) -> None:
    """Print pages and bytes kept, by language and kind, for each side; hold what is good text to floors."""
    size = pl.col("extracted").str.len_bytes().fill_null(0)
    rows = []
    for (code, kind), part in found.group_by("language", "kind"):
        row = {"language": code, "kind": kind, "pages": part.height}
        for side in SIDES:
            kept = pl.col(side).is_null()
            shares = part.select(
                kept.mean().alias("pages"), (size.filter(kept).sum() / size.sum()).alias("bytes")
            )
            judged = side != "datatrove" or code in DATATROVE
            row |= {f"{side}_{what}": shares[what].item() if judged else None for what in shares.columns}
        rows.append(row)
    table = pl.DataFrame(rows, infer_schema_length=None).sort("language", "kind")
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=160, float_precision=3):
        print(table)
    for row in table.iter_rows(named=True):
        if row["kind"] == FLOORS.get(row["language"]):
            figures.add(f"{row['language']}.{row['kind']}.pages_kept", round(row["ours_pages"], 3), 0.95)
            figures.add(f"{row['language']}.{row['kind']}.bytes_kept", round(row["ours_bytes"], 3), 0.95)


def show_lines(found: pl.DataFrame) -> None:
    """Print of TurkuNLP's lines the share of text that stays and of noise that goes, for each side."""
    for (code,), part in (
        found.filter(pl.col("source") == "turku").sort("language").group_by("language", maintain_order=True)
    ):
        for side in SIDES:
            counts = {False: [0, 0], True: [0, 0]}  # noise: lines, of them kept
            for row in part.iter_rows(named=True):
                left = Counter((row["text"] if side == "ours" else row["extracted"]).split("\n"))
                for line, noise in zip(row["lines"], row["noise"], strict=True):
                    counts[noise][0] += 1
                    if row[side] is None and left[line] > 0:
                        left[line] -= 1
                        counts[noise][1] += 1
            (texts, kept), (noises, stay) = counts[False], counts[True]
            print(f"{code} {side}: {kept / texts:.3f} of {texts} text lines kept, ", end="")
            print(f"{1 - stay / noises:.3f} of {noises} noise lines dropped")


def show_readings(found: pl.DataFrame) -> None:
    """Print how many of the pages read are good text, by what became of them: the strata drawn from."""
    read = pl.read_csv(READ, separator="\t", quote_char=None).select("id", "verdict")
    read = read.join(found, on="id", how="inner")
    ours, theirs = pl.col("ours").is_not_null(), pl.col("fineweb2").is_not_null()
    strata = {"dropped by ours": ours, "dropped by FineWeb2's settings alone": ~ours & theirs}
    strata["kept by both"] = ~ours & ~theirs
    for (code,), part in read.sort("language").group_by("language", maintain_order=True):
        for name, stratum in strata.items():
            mine, all_ = part.filter(stratum), found.filter(stratum, language=code).height
            print(
                f"{code}, {name}: {mine.filter(verdict='good').height} good of {mine.height} read, of {all_}"
            )


def main() -> None:
    data = inputs.find_data("quality/turku/*/train.json.gz")
    shutil.rmtree(FOLDER / HALF, ignore_errors=True)
    cache = FOLDER / "packages"
    cache.mkdir(parents=True, exist_ok=True)
    html = pl.concat([pages.read_manuals(cache), pages.read_web(cache)])
    lined = pages.read_turku(data)
    mine = [
        docs.filter(docs["id"].map_elements(pages.find_half, pl.String) == HALF) for docs in (html, lined)
    ]
    found = pl.concat([run_pages(mine[0]), run_lines(mine[1])], how="diagonal_relaxed")
    found = judge_by_fineweb2(found)
    found.write_parquet(FOLDER / f"{HALF}.parquet")
    figures = Figures("languages")
    show(found, figures)
    show_lines(found)
    if READ.exists():
        show_readings(found)
    figures.close()


if __name__ == "__main__":
    main()
