"""Gate: the layout of pages in the text of Winnow's own recipe: order, indentation, blank lines, headings.

`WINNOW_DATA=... HALF=chosen make gate NAME=layout`. Pages of one half of WCXB's sites (HALF: `chosen`, by
which rules are chosen, or `judged`) that have lists and headings, and code or tables; and pages of Debian's
packages of manuals; none with formulas, which other gates judge. They go through the stages of winnow.toml
before its rules. The truth is what Chromium tells of the raw page (`layout_truth`). Judged are the lines that
are kept:

- `lines`: a line of the text is a line of the page;
- `order`: lines stand in the page's order;
- `indentation`: a line of a `pre` stands to the letter, with what is before it;
- `blank_lines`: between two lines that are neighbors in the page stand as many blank lines as should, where
  the page says it; and no two outside code anywhere;
- `headings`: a heading is a line of its own, with a blank line before and after it;
- `marks`: an item of a list begins with `-`, or with its number;
- `code_whole`: of a `pre` of which half of the lines are kept, so are the others;
- by kind: the lines of code, lists, tables, headings and paragraphs that are right in all of these.

Examples of what is wrong are written to out/gates/layout/wrong.txt.
"""

import hashlib
import os
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import data_pages
import inputs
import layout_truth as truth
from figures import Figures
from layout_align import MARK, Kept, align, cut

from winnow.pipelines.commands import run
from winnow.pipelines.demo import packages, wrap
from winnow.pipelines.engine.disk.documents import read_batches
from winnow.pipelines.spec import groups

FOLDER = Path("out/gates/layout")
HALF = os.environ.get("HALF", "chosen")
RECIPE = Path(groups.__file__).resolve().parent.parent / "recipes/winnow.toml"
FIRST_RULES = '[[stage]]\nname  = "web.filtered"'
MANUALS = {
    "python-doc": r"python3\.\d+-doc",
    "postgresql-doc": r"postgresql-doc-\d+",
    "debmake-doc": "debmake-doc",
}
WITH_TABLES, OF_MANUAL, LEAST_PAGES = 60, 15, 100
FLOOR = 0.98
KINDS = ("code", "lists", "tables", "headings", "paragraphs")
ASPECTS = ("lines", "order", "indentation", "blank_lines", "headings", "marks", "code_whole")


class Page(NamedTuple):
    origin: str
    url: str
    html: bytes


def has(page: bytes, *tags: str) -> bool:
    return all(re.search(rb"<%s[\s>]" % tag.encode(), page, re.I) for tag in tags)


def is_wanted(page: bytes) -> bool:
    formulas = re.search(rb"<math[\s>]|mathjax|katex|math/tex", page, re.I)
    return not formulas and has(page, "li", "h[1-6]") and (has(page, "pre") or has(page, "tr"))


def of_wcxb(data: Path) -> Iterator[Page]:
    """All pages with code, and the first of the others by a hash of their address."""
    pages = [
        page
        for page in data_pages.read_wcxb(data / "web/wcxb-dev.tar.xz")
        if page.url and data_pages.find_half(page.site) == HALF and is_wanted(page.html)
    ]
    pages.sort(key=lambda page: (not has(page.html, "pre"), hashlib.sha256(page.url.encode()).digest()))
    code = sum(has(page.html, "pre") for page in pages)
    for page in pages[: code + WITH_TABLES]:
        yield Page("wcxb", page.url, page.html)


def of_manuals(cache: Path) -> Iterator[Page]:
    for key, pattern in MANUALS.items():
        folder = cache / packages.fetch_deb(key, pattern, cache).files
        files = {
            file.relative_to(folder).as_posix(): file for file in folder.rglob("*.html") if file.is_file()
        }
        found = 0
        for name in sorted(files, key=lambda name: hashlib.sha256(name.encode()).digest()):
            page = files[name].read_bytes()
            if found < OF_MANUAL and is_wanted(page) and has(page, "pre"):
                found += 1
                yield Page(key, f"https://{key}.example/{name}", page)


def make_texts(pages: list[Page]) -> dict[str, str]:
    """The texts by address, before the rules."""
    out, recipe = FOLDER / "run", FOLDER / "winnow.toml"
    for stale in (out, FOLDER / "web"):
        shutil.rmtree(stale, ignore_errors=True)
    (FOLDER / "pages").mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages):
        (FOLDER / f"pages/{number}.html").write_bytes(page.html)
    wrap.wrap_pages([(p.url, FOLDER / f"pages/{n}.html") for n, p in enumerate(pages)], FOLDER / "web/pages")
    text = groups.expand(RECIPE, RECIPE.read_text())[0].partition(FIRST_RULES)[0]
    recipe.write_text(text.replace('"data/web/', f'"{FOLDER}/web/'))
    if code := run.execute(recipe, out, 1, None, "auto", ()):
        raise SystemExit(f"{recipe}: ended with {code}")
    files = sorted((out / "web.filtered.cleaned").glob("*.parquet"))
    return {
        url: text
        for f in files
        for batch in read_batches(f, ["url", "text"])
        for url, text in batch.iter_rows()
    }


class Told(NamedTuple):
    """What was judged: by aspect and by kind, how many lines and how many of them are right."""

    judged: Counter[str]
    right: Counter[str]
    wrong: list[str]


def judge(url: str, kept: list[Kept], lines: list[truth.Line], told: Told) -> None:  # noqa: C901 - an aspect each
    pairs, there = align(kept, lines)
    for some, all_ in count_code(set(pairs.values()), lines):
        told.judged["code_whole"] += all_
        told.right["code_whole"] += some
    heads = {form for line in lines if line.kind == "headings" for form in line.forms if len(form) > 5}
    taken = {form for k in pairs.values() for form in lines[k].forms}
    for j, each in enumerate(kept):
        k, before = pairs.get(j), pairs.get(j - 1)
        line = lines[k] if k is not None else None
        verdicts = {"lines": there[j]}
        if there[j]:
            verdicts["order"] = k is not None
        if line is None:
            squeezed = truth.squeeze(MARK.sub("", each.text))
            if any(h not in taken and (squeezed.startswith(h) or squeezed.endswith(h)) for h in heads):
                verdicts["headings"] = False
        else:
            if line.code is not None:
                verdicts["indentation"] = each.text.rstrip().replace("\u00a0", " ") == line.code
            if line.item and line.code is None:
                verdicts["marks"] = is_marked(each.text, line)
            if line.kind == "headings":
                verdicts["headings"] = stands_alone(j, kept, pairs, lines)
        if j:
            wanted = None
            if k is not None and before is not None and k == before + 1:
                wanted = truth.expect_blanks(lines[before], lines[k])
            same = line is not None and before is not None and in_one_pre(lines[before], line)
            if wanted is not None or (each.blanks > 1 and not same):
                verdicts["blank_lines"] = each.blanks == wanted
        kind = line.kind if line else guess_kind(each, lines)
        for name, right in (*verdicts.items(), (f"kind {kind}", all(verdicts.values()))):
            told.judged[name] += 1
            told.right[name] += right
            if not right and not name.startswith("kind"):
                close = kept[j - 1].text[:90] if j else ""
                told.wrong.append(f"{name}\t{kind}\t{url}\t{close!r}\t{each.blanks}\t{each.text[:160]!r}")


def count_code(taken: set[int], lines: list[truth.Line]) -> Iterator[tuple[int, int]]:
    """Of each `pre` of which half of the lines are taken, how many are, and how many it has."""
    blocks = defaultdict(list)
    for k, line in enumerate(lines):
        if line.code is not None:
            blocks[next(ids for ids, tag in line.path if tag in truth.CODE)].append(k in taken)
    for block in blocks.values():
        if 2 * sum(block) >= len(block):
            yield sum(block), len(block)


def in_one_pre(a: truth.Line, b: truth.Line) -> bool:
    return a.code is not None and a.path == b.path


def is_marked(text: str, line: truth.Line) -> bool:
    mark, item = MARK.match(text), line.item or {}
    if not mark or item["number"] is None or item["set"]:
        return bool(mark)
    return mark[1] == str(item["number"])


def stands_alone(j: int, kept: list[Kept], pairs: dict[int, int], lines: list[truth.Line]) -> bool:
    """Whether a blank line stands before a heading and after it; not asked for in cells and lists."""
    own = lines[pairs[j]].path
    if {tag for _, tag in own} & (truth.CELLS | truth.ITEMS):
        return True
    sides = [(j - 1, kept[j].blanks)] if j else []
    sides += [(j + 1, kept[j + 1].blanks)] if j + 1 < len(kept) else []
    return all(blanks == 1 or (side in pairs and lines[pairs[side]].path == own) for side, blanks in sides)


def guess_kind(each: Kept, lines: list[truth.Line]) -> str:
    """The kind of a line that is none of the page's: that of one which it begins or holds."""
    squeezed = truth.squeeze(MARK.sub("", each.text))
    for line in lines:
        if any(len(form) > 5 and (form in squeezed or squeezed in form) for form in line.forms):
            return line.kind
    return "paragraphs"


def main() -> None:
    data = inputs.find_data("web/wcxb-dev.tar.xz")
    pages = [*of_wcxb(data), *of_manuals(Path("data/cache"))]
    texts = make_texts(pages)
    pages = [page for page in pages if page.url in texts]
    shown = truth.read_pages([page.html.decode("utf-8", "replace") for page in pages], FOLDER)
    told = {origin: Told(Counter(), Counter(), []) for origin in dict.fromkeys(p.origin for p in pages)}
    for page, lines in zip(pages, shown, strict=True):
        judge(page.url, cut(texts[page.url]), lines, told[page.origin])
    (FOLDER / "wrong.txt").write_text("\n".join(line for each in told.values() for line in each.wrong))
    figures = Figures("layout")
    figures.add("pages", len(pages), LEAST_PAGES)
    for name in (*ASPECTS, *(f"kind {kind}" for kind in KINDS)):
        parts = [f"{origin} {each.right[name]}/{each.judged[name]}" for origin, each in told.items()]
        print("  ", ", ".join(parts))
        right, judged = (sum(each[k][name] for each in told.values()) for k in (1, 0))
        figures.add(name.replace("kind ", "lines_of_"), round(right / judged, 4), FLOOR)
    figures.close()


if __name__ == "__main__":
    main()
