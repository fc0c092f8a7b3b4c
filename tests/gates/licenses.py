"""Gate: licences of pages. `make gate NAME=licenses`; how labels were made: tests/gates/golds/licenses.

Real pages are in archives below WINNOW_DATA and in packages, which are fetched. Pages on which two fair
readers could differ are counted apart. Precision: of the pages for which a licence is named, those that have
it; recall: of those that have one, those for which it is named; wrongly open: pages that the policy
`open_definition` keeps (it drops what is in conflict) and by their label would not. Two names are one licence
where they differ only in the country of a port, in -only and -or-later or in invariants, where the label has
no version, or where the label accepts both; the figures with names compared letter by letter stand beside.
Beside: the licence in trafilatura's metadata, and the first `rel=license` alone. Writes
out/gates/licenses.json and, in full, licenses_told.json. `half=judged`, `list=real` narrow it, `errors`
shows what is wrong (so that who mends asks for `half=chosen errors`). ONLY=fresh judges a third list alone,
pages of other sites that were labelled later, with sure and ambiguous ones apart; its figures go to
licenses_fresh.json and are told of their first look. ONLY=planted judges credits and formulas planted in
invented pages (`licenses_planted.py`).
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import sections
from figures import Figures
from licenses_pages import GOLDS, Page, read_golds

from winnow.filters import licenses
from winnow.filters.licenses import policies
from winnow.filters.licenses.expressions import RESERVED, strip
from winnow.ingest import html
from winnow.ingest.licenses.links import name_license

KEPT = "all-rights-reserved"
MIN_PRECISION, MIN_RECALL, MAX_OPEN, MIN_KEPT = 0.97, 0.92, 1, 0.85
_VERSION = re.compile(r"-\d[\d.]*(?:-[A-Z]{2,3})?(?=-|$)", re.IGNORECASE)


class Answer(NamedTuple):
    """What is said of a page, and whether it would be taken for open."""

    license: str | None
    open: bool


# ---- who answers -------------------------------------------------------------------------------------------


def ask_ours(pages: list[Page]) -> list[Answer]:
    """The column `license`, and whether the policy keeps the page."""
    docs = pl.DataFrame({"text": [page.html for page in pages]}).with_columns(
        license=pl.lit(None, pl.String), metadata=pl.lit(None, pl.String)
    )
    found = html.extract(docs).drop("drop_reason")
    judged = licenses.keep(licenses.judge(found))
    return [
        Answer(KEPT if name == RESERVED else name, reason is None)
        for name, reason in judged.select("license", "drop_reason").rows()
    ]


def ask_trafilatura(pages: list[Page]) -> list[Answer] | None:
    """The licence in its metadata, by our names of licences; None where it is not installed."""
    try:
        from trafilatura.metadata import extract_metadata
    except ImportError:
        return None
    return [_take(getattr(extract_metadata(page.html), "license", None)) for page in pages]


def ask_rel(pages: list[Page]) -> list[Answer]:
    """The first link marked rel=license."""
    import lxml.html

    found = []
    for page in pages:
        tree = lxml.html.fromstring(
            page.html.encode() or b"<p>", parser=lxml.html.HTMLParser(encoding="utf-8")
        )
        links = tree.xpath("//*[contains(concat(' ', normalize-space(@rel), ' '), ' license ')]/@href")
        found.append(_take(links[0] if links else None))
    return found


def _take(said: str | None) -> Answer:
    name = name_license(said)
    return Answer(name, bool(name and policies.load("open_definition", None)(name)))


# ---- figures -----------------------------------------------------------------------------------------------


def is_right(told: str | None, page: Page) -> bool:
    """Whether a name is the page's licence, or one that its label takes, too."""
    return any(is_same(told, label) for label in (page.license, *page.accept))


def is_same(told: str | None, label: str | None) -> bool:
    """Whether two names are one licence (see above)."""
    if told is None or label is None:
        return told is label
    one, other = strip(told), strip(label)
    no_parts = [re.sub(r"-(?:no-)?invariants", "", each) for each in (one, other)]
    if one == other or no_parts[0] == no_parts[1]:
        return True
    return not re.search(r"\d", label) and _VERSION.sub("", told).lower() == label.lower()


def is_name(license: str | None) -> bool:
    """Whether it names a licence, and is no address, words or kept rights."""
    return (
        bool(license)
        and license != KEPT
        and bool(re.fullmatch(r"[\w.+()-]+(?: \w+ [\w.+()-]+)*", license or ""))
    )


def count(
    pages: list[Page], answers: list[Answer], right_of: Callable[[str | None, Page], bool]
) -> dict[str, Any]:
    """The figures of one who answers."""
    permit = policies.load("open_definition", None)
    named = [k for k, one in enumerate(answers) if is_name(one.license)]
    have = [k for k, page in enumerate(pages) if is_name(page.license)]
    right = [k for k in have if right_of(answers[k].license, pages[k])]
    kept = [k for k, page in enumerate(pages) if page.license == KEPT]
    told = [k for k, one in enumerate(answers) if one.license == KEPT]
    wrong = [
        pages[k].name
        for k, one in enumerate(answers)
        if one.open
        and not any(is_name(label) and permit(str(label)) for label in (pages[k].license, *pages[k].accept))
    ]
    both = len(set(kept) & set(told))
    return {
        "pages": len(pages),
        "named": len(named),
        "have": len(have),
        "precision": len(right) / len(named) if named else 1.0,
        "recall": len(right) / len(have) if have else 1.0,
        "wrongly_open": len(wrong),
        "wrongly_open_pages": wrong,
        "kept_told": both / len(kept) if kept else 1.0,
        "kept": len(kept),
        "kept_wrongly_told": len(told) - both,
    }


def show(name: str, told: dict[str, Any]) -> None:
    """A line of figures."""
    print(
        f"  {name:28} precision {told['precision']:.3f} ({told['named']} named)  recall {told['recall']:.3f}"
        f" ({told['have']} have one)  wrongly open {told['wrongly_open']}  all rights reserved told"
        f" {told['kept_told']:.3f} of {told['kept']} ({told['kept_wrongly_told']} wrongly)"
    )


def name_group(page: Page) -> str:
    return "ambiguous" if page.ambiguous else f"{page.group}, {page.half}"


def main(argv: Iterable[str] = ()) -> int:
    """Print each figure with its floor; 1 where one is short. `half=judged`, `list=real`, `errors` narrow
    and show."""
    asked = dict(each.partition("=")[::2] for each in argv)
    only = sections.choose(("fresh", "planted"), ())
    if "planted" in only:
        import licenses_planted

        return licenses_planted.main(asked)
    fresh = "fresh" in only
    pages = [
        page
        for page in read_golds(fresh)
        if asked.get("half", page.half) == page.half and asked.get("list", page.group) == page.group
    ]
    figures = Figures("licenses_fresh" if fresh else "licenses")
    if not pages:
        print(f"no labelled pages in {GOLDS}: there is nothing to judge")
        return 1
    ours = ask_ours(pages)
    sides = {
        "ours": ours,
        "trafilatura's metadata": ask_trafilatura(pages),
        "rel=license alone": ask_rel(pages),
    }
    groups = ["all", *sorted({name_group(page) for page in pages})]
    out: dict[str, Any] = {}
    for group in groups:
        chosen = [
            k
            for k, page in enumerate(pages)
            if group == name_group(page) or (group == "all" and not page.ambiguous)
        ]
        print(f"{group}: {len(chosen)} pages")
        for name, answers in sides.items():
            if answers is None:
                print(f"  {name:28} absent: make extras")
                continue
            told = count([pages[k] for k in chosen], [answers[k] for k in chosen], is_right)
            out[f"{group}: {name}"] = told
            show(name, told)
        exact = count(
            [pages[k] for k in chosen], [ours[k] for k in chosen], lambda told, page: told == page.license
        )
        out[f"{group}: ours, letter by letter"] = exact
        show("ours, letter by letter", exact)
    kinds = Counter(page.kind for page in pages)
    wrong = [k for k, page in enumerate(pages) if not page.ambiguous and not is_right(ours[k].license, page)]
    print(
        "wrong by kind:",
        dict(Counter(pages[k].kind for k in wrong).most_common()),
        "of",
        dict(kinds.most_common()),
    )
    if "errors" in asked:
        for k in wrong:
            print(f"  {pages[k].name} [{pages[k].kind}]: {ours[k].license}, labelled {pages[k].license}")
    for name, told in out.items():
        if name.endswith(": ours") and "ambiguous" not in name:
            group = name.removesuffix(": ours")
            figures.add(f"{group}: precision", round(told["precision"], 4), MIN_PRECISION)
            figures.add(f"{group}: recall", round(told["recall"], 4), MIN_RECALL)
            figures.add(f"{group}: wrongly open", told["wrongly_open"], MAX_OPEN, most=True)
            figures.add(f"{group}: all rights reserved told", round(told["kept_told"], 4), MIN_KEPT)
    path = Path(f"out/gates/{'licenses_fresh' if fresh else 'licenses'}_told.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(out, indent=1, ensure_ascii=False))
    figures.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
