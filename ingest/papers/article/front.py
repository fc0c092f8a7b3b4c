"""What a JATS article says of itself: title, authors, date, identifiers, license; and what it cites."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from winnow.ingest.licenses.links import name_license
from winnow.ingest.papers.article.inline import Element, name, words

_LINK = "{http://www.w3.org/1999/xlink}href"
_CITATIONS = ("mixed-citation", "citation", "nlm-citation", "element-citation")
_MAX_AUTHORS = 5_000
_BEST_DATES = ("epub", "electronic", "collection", "ppub", "print", "pub")
_WORDS = re.compile(
    r"Creative Commons Attribution((?:[ -]+(?:Non-?\s?Commercial|Share-?\s?Alike|No-?\s?Deriv\w*))*)"
    r"[^.;()]{0,40}?(\d\.\d)?(?=\W)",
    re.IGNORECASE,
)
_PARTS = (("noncommercial", "NC"), ("sharealike", "SA"), ("noderiv", "ND"))
_OPEN = re.compile(r"creative\s*commons|CC[ -]BY|public domain|cc0", re.IGNORECASE)


class Front(NamedTuple):
    """What stands before the text."""

    title: str
    authors: list[str]
    date: str | None
    license: str | None
    told: dict[str, Any]


def read_front(article: Element) -> Front:
    meta = _find(article, "front", "article-meta")
    if meta is None:
        meta = _find(article, "front-stub")
    if meta is None:
        return Front("", [], None, None, {})
    titles = meta.find("title-group")
    title = words(titles.find("article-title")) if titles is not None else ""
    subtitle = words(titles.find("subtitle")) if titles is not None else ""
    ids = {each.get("pub-id-type", ""): words(each) for each in meta.findall("article-id")}
    told = {
        "pmcid": _name_pmc(ids.get("pmc") or ids.get("pmcid") or ids.get("pmcaid")),
        "pmid": ids.get("pmid"),
        "doi": ids.get("doi"),
        "journal": next((words(each) for each in article.iter("journal-title")), None),
        "article_type": article.get("article-type"),
        "subjects": [words(each) for each in meta.iter("subject")][:50],
        "keywords": [words(each) for each in meta.iter("kwd")][:100],
        "copyright": next((words(each)[:300] for each in meta.iter("copyright-statement")), None),
    }
    whole = f"{title}: {subtitle}" if title and subtitle else title or subtitle
    return Front(whole, list(_list_authors(meta)), _find_date(meta), find_license(meta), told)


def _find(node: Element, *path: str) -> Element | None:
    for step in path:
        node = next((child for child in node if name(child) == step), None)
        if node is None:
            return None
    return node


def _name_pmc(said: str | None) -> str | None:
    return None if not said else said if said.startswith("PMC") else f"PMC{said}"


def _list_authors(meta: Element) -> Iterator[str]:
    """Of the contributors those of the type author, or all where none has a type."""
    people = list(meta.iter("contrib"))[:_MAX_AUTHORS]
    authors = [each for each in people if each.get("contrib-type", "author") == "author"]
    for each in authors or people:
        found = next((child for child in each.iter("name", "string-name", "collab")), None)
        if found is not None:
            kind = name(found)
            given, family = words(found.find("given-names")), words(found.find("surname"))
            told = " ".join(filter(None, (given, family, words(found.find("suffix")))))
            if kind == "collab":
                told = words(found)[:200]
            if told or words(found):
                yield told or words(found)


def _find_date(meta: Element) -> str | None:
    """The day of publication, in ISO 8601 as far as it is known; electronic before print."""
    best: tuple[int, int, str] | None = None
    for each in meta.findall("pub-date"):
        kind = each.get("pub-type") or each.get("date-type") or each.get("publication-format") or ""
        said = each.get("iso-8601-date") or _join_date(each)
        if said:
            rank = _BEST_DATES.index(kind) if kind in _BEST_DATES else len(_BEST_DATES)
            if best is None or (-len(said), rank) < best[:2]:
                best = (-len(said), rank, said)
    return best[2] if best else None


def _join_date(node: Element) -> str | None:
    parts = [words(node.find(part)) for part in ("year", "month", "day")]
    if not re.fullmatch(r"\d{4}", parts[0]):
        return None
    out = parts[0]
    for part in parts[1:]:
        if not re.fullmatch(r"\d{1,2}", part):
            break
        out += f"-{int(part):02}"
    return out


def find_license(meta: Element) -> str | None:
    """SPDX where a link or the words name one; else "open-access" or the license's type as it stands."""
    said: list[str] = []
    for each in meta.iter():
        kind = name(each)
        if kind in ("license_ref", "license-ref"):
            said.insert(0, words(each))
        elif kind == "license":
            links = [each, *each.iter("ext-link", "uri")]
            said += [*(link.get(_LINK) or "" for link in links), words(each)]
    said += [words(each) for each in meta.iter("copyright-statement")]  # where older articles say it
    for one in said:
        found = name_license(one) if one and (_OPEN.search(one) or "creativecommons" in one.lower()) else None
        if found and found.startswith("CC"):
            return found
        if spelt := _WORDS.search(one[:2_000]):
            return _spell(spelt)
    kinds = [each.get("license-type") for each in meta.iter("license") if each.get("license-type")]
    return next((kind for kind in kinds if kind), None)


def _spell(found: re.Match[str]) -> str:
    """The SPDX name of a Creative Commons license in words, without a version where none is told."""
    said = re.sub(r"[\s-]", "", found[1]).lower()
    parts = ["CC", "BY", *(short for long, short in _PARTS if long in said)]
    return "-".join([*parts, found[2]] if found[2] else parts)


def read_references(article: Element) -> list[tuple[str, str]]:
    """The entries of the article's own reference lists, by their ids."""
    found: list[tuple[str, str]] = []
    own = [part for part in article if name(part) in ("front", "body", "floats-group", "back")]
    for each in (ref for part in own for ref in part.iter("ref")):
        label = words(each.find("label")).strip(".[]() ")
        text = _write_reference(each)
        if text:
            found.append((each.get("id") or label, text))
    return found


def _write_reference(ref: Element) -> str:
    """A citation as printed, or its parts one behind the other where it has no text between them."""
    node = next((child for child in ref if name(child) in _CITATIONS), None)
    if node is None:
        return words(ref)
    loose = (node.text or "").strip() or any((child.tail or "").strip() for child in node)
    if loose:
        return words(node)
    named = [(words(one.find("surname")), words(one.find("given-names"))) for one in node.iter("name")]
    people = [" ".join(filter(None, both)) for both in named]
    rest = [words(child) for child in node if name(child) not in ("person-group", "name", "pub-id", "etal")]
    return ". ".join(filter(None, [", ".join(people), *rest]))
