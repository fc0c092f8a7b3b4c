"""The part `ONLY=planted` of the gate `licenses`: a credit or formula planted in each of 460 invented pages.

How they were made and labelled: golds/licenses_planted. Their digests are checked before they are judged.
`half=odd` takes the pages of odd numbers, which may be read while building (`errors` lists what is wrong on
those alone); of the even half only sums are shown. Beside: the first `rel=license`, trafilatura's metadata,
and `ask_lines`, a rule of a dozen lines. Writes out/gates/licenses_planted.json.
"""

import hashlib
import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from figures import Figures
from licenses import KEPT, Answer, ask_ours, ask_rel, ask_trafilatura, is_right
from licenses_pages import Page

from winnow.filters.licenses import policies
from winnow.ingest.licenses.names import name_address
from winnow.ingest.licenses.reservations import find_kept

GOLD = Path(__file__).parent / "golds/licenses_planted"
# The words for a text in the languages of the pages; the baseline's alone.
_CONTENT = re.compile(
    r"\b(?:tekst|text|texto|testo|metin|artik|article|articolo|artícul|artigo|artykuł|článe|makale|inhalt|content|conten[ui]|"
    r"conteúdo|inhoud|treś|innehåll|indhold|sisäl|içeri|obsah|work|werk|œuvre|obra|opera|utw[óo]r|verk|værk|teos|eser|dílo|"
    r"текст|содерж|материал|матеріал|стат|вміст)|本文|文章|作品|記事|内容|サイト|本站",
    re.IGNORECASE,
)


def read_planted() -> Iterator[Page]:
    """The pages in the order of their numbers; `group` is the language."""
    lines = (GOLD / "labels.jsonl").read_bytes()
    with tarfile.open(GOLD / "pages.tar.xz") as packed:
        htmls = {
            Path(each.name).name: packed.extractfile(each).read()  # type: ignore[union-attr]
            for each in packed
            if each.name.endswith(".html")
        }
    digests = sorted(hashlib.sha256(html).hexdigest() for html in htmls.values())
    found = (
        hashlib.sha256(lines).hexdigest(),
        hashlib.sha256(("\n".join(digests) + "\n").encode()).hexdigest(),
    )
    wanted = re.findall(r"^[0-9a-f]{64}", (GOLD / "SHA256").read_text(), re.MULTILINE)
    if list(found) != wanted:
        raise ValueError(f"{GOLD}: pages or labels are not those of SHA256")
    for row in map(json.loads, lines.decode().splitlines()):
        half = "odd" if int(row["page"][:3]) % 2 else "even"
        truth = {"none": None, "PDM": "CC-PDM-1.0"}.get(row["truth"], row["truth"])
        yield Page(row["page"], row["kind"], half, truth, htmls[row["page"]].decode(), row["language"])


def ask_lines(pages: list[Page]) -> list[Answer]:
    """A rule of a dozen lines: the head's or the linked data's licence, else the first licence linked behind
    a word for the text in its block; else the formulas by which rights are kept."""
    import lxml.html

    permit, found = policies.load("open_definition", None), []
    for page in pages:
        tree = lxml.html.document_fromstring(page.html)
        said = tree.xpath("//link[@rel='license']/@href | //meta[contains(@name,'rights')]/@content")
        for script in tree.xpath("//script[@type='application/ld+json']/text()"):
            said += re.findall(r'"license": ?"([^"]*)"', script) if "Article" in script else []
        for link in tree.xpath("//a[contains(@href,'creativecommons.org')]"):
            around = link.xpath(
                "ancestor::*[self::p or self::li or self::div or self::td or self::footer][1]"
            )
            words = around[0].text_content().partition(link.text_content() or "\0")[0] if around else ""
            said += [link.get("href")] if _CONTENT.search(words) else []
        name = next(filter(None, map(name_address, said)), None)
        if name is None and find_kept(tree.text_content()):
            name = KEPT
        found.append(Answer(name, bool(name and name != KEPT and permit(name))))
    return found


def count(pages: list[Page], answers: list[Answer]) -> dict[str, Any]:
    """Precision and recall of pages that are open and of those that keep all rights; names that are right."""
    permit = policies.load("open_definition", None)
    opened = [bool(page.license and page.license != KEPT and permit(page.license)) for page in pages]
    told = [one.open for one in answers]
    both = sum(a and b for a, b in zip(opened, told, strict=True))
    kept, said = [page.license == KEPT for page in pages], [one.license == KEPT for one in answers]
    kept_both = sum(a and b for a, b in zip(kept, said, strict=True))
    right = sum(is_right(one.license, page) for one, page in zip(answers, pages, strict=True))
    return {
        "pages": len(pages),
        "wrongly_open": sum(told) - both,
        "open": sum(opened),
        "open_precision": both / sum(told) if any(told) else 1.0,
        "open_recall": both / sum(opened) if any(opened) else 1.0,
        "kept": sum(kept),
        "kept_precision": kept_both / sum(said) if any(said) else 1.0,
        "kept_recall": kept_both / sum(kept) if any(kept) else 1.0,
        "right": right / len(pages),
    }


def show(name: str, told: dict[str, Any]) -> None:
    """A line of figures."""
    print(
        f"  {name:24} wrongly open {told['wrongly_open']:3} of {told['pages']}  open: precision"
        f" {told['open_precision']:.3f} recall {told['open_recall']:.3f} of {told['open']}  all rights"
        f" reserved: {told['kept_precision']:.3f}, {told['kept_recall']:.3f} of {told['kept']}"
        f"  right {told['right']:.3f}"
    )


def main(asked: dict[str, str]) -> int:
    """Print each figure with its floor; exits with 1 where one is short."""
    pages = [page for page in read_planted() if asked.get("half", page.half) == page.half]
    sides = {
        "ours": ask_ours(pages),
        "a dozen lines": ask_lines(pages),
        "trafilatura's metadata": ask_trafilatura(pages),
        "rel=license alone": ask_rel(pages),
    }
    figures = Figures("licenses_planted")
    out: dict[str, dict[str, Any]] = {}
    languages = sorted({page.group for page in pages})
    for group in ("all", "odd", "even", "credit", "formula", "control", *languages):
        chosen = [k for k, page in enumerate(pages) if group in ("all", page.half, page.kind, page.group)]
        print(f"{group}: {len(chosen)} pages")
        for name, answers in sides.items():
            if answers is None or not chosen or (group in languages and name != "ours"):
                continue
            out[f"{group}: {name}"] = count([pages[k] for k in chosen], [answers[k] for k in chosen])
            show(name, out[f"{group}: {name}"])
    if "errors" in asked:
        for page, one in zip(pages, sides["ours"] or [], strict=True):
            if page.half == "odd" and not is_right(one.license, page):
                opened = "WRONGLY OPEN " if one.open else ""
                print(
                    f"  {page.name} [{page.kind} {page.group}] {opened}{one.license}, labelled {page.license}"
                )
    path = Path("out/gates/licenses_planted_told.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(out, indent=1, ensure_ascii=False))
    figures.add("wrongly open", out["all: ours"]["wrongly_open"], 0, most=True)
    figures.add("controls: recall of open", round(out["control: ours"]["open_recall"], 4), 0.96)
    figures.close()
    return 0
