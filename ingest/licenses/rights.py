"""Under which licence a page is: what its head, its linked data and its body say, and which of it counts.

Statements are ordered by their place (meta, JSON-LD, `rel=license`, link, text) and region (head, footer,
sidebar, body), those that are sure first. Where they differ, that is told.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from winnow.ingest.licenses.claims import list_claims
from winnow.ingest.licenses.judgement import MAX_TEXT, Claim, clean
from winnow.ingest.licenses.links import list_ids, name_license
from winnow.ingest.licenses.names import RESERVED, find_names, is_same, name_address
from winnow.ingest.licenses.reservations import find_kept
from winnow.ingest.page.blocks import Page

MAX_STATEMENTS = 5
SURE = 0.5  # a statement below it decides nothing
UNKNOWN = 0.4  # terms by an address that names no license
_PLACES = ("meta", "json-ld", "rel", "link", "text")
_REGIONS = ("head", "footer", "sidebar", "header", "body")
_FIRM = 0.7  # statements that are sure stand before those that are not
_MAX_NODES, _MAX_SCRIPTS, _MAX_JSON = 2_000, 4, 500_000

# Things in linked data that are no page's text, by type and by what they are to the page.
_PART_TYPES = frozenset(
    [
        *("ImageObject", "VideoObject", "AudioObject", "MediaObject", "Comment", "Review", "UserReview"),
        *("Dataset", "DataDownload", "Product", "SoftwareApplication", "SoftwareSourceCode"),
        *("MobileApplication", "WebApplication", "Photograph", "MusicRecording", "Person", "Organization"),
        *("Offer", "AggregateRating", "MusicAlbum", "Movie", "VideoGame", "Map", "3DModel", "ItemList"),
        *("BreadcrumbList"),
    ]
)
_PART_KEYS = frozenset(
    [
        *("image", "thumbnail", "thumbnailUrl", "logo", "photo", "video", "audio", "comment", "review"),
        *("hasPart", "associatedMedia", "isBasedOn", "citation", "itemListElement", "publisher", "author"),
        *("creator", "mentions", "about", "workExample", "encoding", "subjectOf", "primaryImageOfPage"),
        *("offers", "aggregateRating", "distribution", "relatedLink", "contributor", "provider"),
        *("sourceOrganization"),
    ]
)
_SPOKEN = (b'license"', b'"copyrightNotice"', b'"usageInfo"')
_KEYS = ("license", "schema:license", "http://schema.org/license", "https://schema.org/license",
         "cc:license", "dct:license", "dcterms:license", "copyrightNotice", "usageInfo")  # fmt: skip
_LINKED = b'application/ld+json"'


def find_rights(
    said: Sequence[tuple[str, str]], linked: Sequence[Any], page: Page | None
) -> tuple[str | None, str | None]:
    """The license of a page (`LicenseRef-all-rights-reserved` where rights are kept), and the evidence as
    JSON.

    `said`: names and values of the head's `meta` and `link` elements that speak of rights; `linked`: its
    linked data. The evidence is a list of `license`, `in`, `region`, `of`, `confidence`, `text` and, where
    statements of the page differ, `conflict`; what decided stands first. None where nothing is said.
    """
    found = [*_read_head(said), *_read_linked(linked, "head")]
    if page is not None:
        found += _read_linked(_list_scripts(page), "body")
        found += list_claims(page)
    if not found:
        return None, None
    license, ordered, odd = _decide(found)
    return license, _write(ordered, odd)


# ---- head and linked data ----------------------------------------------------------------------------------


def _read_head(said: Sequence[tuple[str, str]]) -> Iterator[Claim]:
    for name, value in said:
        words = " ".join(value[: 4 * MAX_TEXT].split())
        place = "rel" if name == "rel=license" else "meta"
        sure = "licen" in name
        for license, known in _name_value(words, any_words=sure):
            confidence = 0.9 if sure and known else 0.8 if known else UNKNOWN
            yield Claim(license, place, "head", clean(f"{name}: {words}"), "page", confidence)


def _name_value(words: str, *, any_words: bool) -> list[tuple[str, bool]]:
    """The license that a value names; with `any_words` the value itself, where it names none: terms of one's
    own, which are told and decide nothing."""
    if found := name_address(words) or list_ids().get(words.lower()):
        return [(found, True)]
    if named := find_names(words):
        return [(named[0].license, True)]
    if find_kept(words):
        return [(RESERVED, True)]
    other = name_license(words) if any_words else None
    return [(other, False)] if other else []


def _read_linked(linked: Sequence[Any], region: str) -> Iterator[Claim]:
    """What linked data says of the page's main thing; of an object its address, breadth first."""
    queue: list[Any] = list(linked)
    for at in range(_MAX_NODES):
        if at >= len(queue):
            return
        node = queue[at]
        if isinstance(node, list):
            queue.extend(node)
        if not isinstance(node, dict):
            continue
        types = node.get("@type")
        if _PART_TYPES.intersection(str(one) for one in (types if isinstance(types, list) else [types])):
            continue
        for key in _KEYS:
            if key in node:
                yield from _name_linked(key, node[key], region)
        queue.extend(
            value for key, value in node.items() if key not in _PART_KEYS and isinstance(value, (dict, list))
        )


def _name_linked(key: str, value: Any, region: str) -> Iterator[Claim]:
    for one in value if isinstance(value, list) else [value]:
        words = (one.get("url") or one.get("@id") or one.get("name")) if isinstance(one, dict) else one
        if isinstance(words, str) and words.strip():
            words = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", words[: 4 * MAX_TEXT])
            for license, known in _name_value(" ".join(words.split()), any_words=key.endswith("license")):
                confidence = 0.9 if known else UNKNOWN
                yield Claim(license, "json-ld", region, clean(f"{key}: {words}"), "page", confidence)


def _list_scripts(page: Page) -> list[Any]:
    """Linked data that stands in the body and speaks of a license."""
    if not page.dated:
        return []
    data, at = page.data.tobytes(), 0
    found: list[Any] = []
    while len(found) < _MAX_SCRIPTS and (at := data.find(_LINKED, at)) >= 0:
        start = data.find(b">", at) + 1
        end = data.find(b"</script", start)
        at = end if end > start else len(data)
        if 0 < start < end <= start + _MAX_JSON and speaks(data[start:end]):
            try:
                found.append(json.loads(data[start:end]))
            except (ValueError, RecursionError):
                continue
    return found


def speaks(script: bytes) -> bool:
    """Whether linked data may say something of rights."""
    return any(word in script for word in _SPOKEN)


# ---- what counts -------------------------------------------------------------------------------------------


def _decide(found: list[Claim]) -> tuple[str | None, list[Claim], set[int]]:
    """The license, the statements with the one that decided first, and the places of those that differ."""
    order = sorted(range(len(found)), key=lambda k: _rank(found[k], k))
    ordered = [found[k] for k in order]
    sure = [k for k, one in enumerate(ordered) if one.of == "page" and one.confidence >= SURE]
    kept = [k for k in sure if ordered[k].license == RESERVED]
    named = [k for k in sure if k not in kept and _is_named(ordered[k].license)]
    rest = [k for k in sure if k not in kept and k not in named]
    if _is_list([ordered[k] for k in named]):
        named = []
    if not named:
        chosen = [*kept, *rest]
        return _lead(ordered, chosen, set())
    first = next((k for k in named if ordered[k].firm or ordered[k].place in _PLACES[:3]), named[0])
    first = named[0] if ordered[named[0]].confidence >= _FIRM else first
    nearest = [k for k in named if ordered[k].own]  # "this article is under" over what is said of the site
    if nearest and ordered[first].place not in _PLACES[:2]:
        first = nearest[0]
    apart = next((k for k in kept if ordered[k].own), None)
    if apart is not None and not ordered[first].own and ordered[first].place not in _PLACES[:2]:
        return _lead(ordered, [apart], {apart, first})
    unlike = {k for k in named if not is_same(ordered[k].license, ordered[first].license)}
    unlike = {k for k in unlike if not _is_joined(ordered[k], ordered[first])}
    odd = {first, *unlike} if unlike else set()
    if kept:
        words = any(ordered[k].firm for k in named)
        if not words:
            odd |= {first, *kept}
        if not words and not any(ordered[k].region == "head" for k in named):
            return _lead(ordered, [kept[0]], odd)
    if choice := _join_choice(ordered, first, named):
        ordered[first] = ordered[first]._replace(license=choice)
        return _lead(ordered, [first], odd - unlike if len(unlike) == 1 else odd)
    license, ordered, odd = _lead(ordered, [first], odd)
    longer = [one.license for k, one in enumerate(ordered) if one.of == "page" and one.confidence >= SURE]
    same = [one for one in longer if license and is_same(one, license)]
    return max(same, key=len, default=license), ordered, odd


def _rank(one: Claim, at: int) -> tuple[bool, bool, int, int, int]:
    return (
        one.of != "page",
        one.confidence < _FIRM,
        _PLACES.index(one.place),
        _REGIONS.index(one.region),
        at,
    )


def _lead(ordered: list[Claim], chosen: list[int], odd: set[int]) -> tuple[str | None, list[Claim], set[int]]:
    """The chosen statement first."""
    if not chosen:
        return None, ordered, set()
    order = [chosen[0], *(k for k in range(len(ordered)) if k != chosen[0])]
    return ordered[chosen[0]].license, [ordered[k] for k in order], {order.index(k) for k in odd}


def _is_named(license: str) -> bool:
    """Whether it is a name, and no address or words."""
    return bool(re.fullmatch(r"[\w.+-]+(?: OR [\w.+-]+)?", license)) and license != RESERVED


def _is_joined(one: Claim, other: Claim) -> bool:
    """Whether one sentence names both: under either, or under both."""
    return one.region == other.region and (one.text[:60] in other.text or other.text[:60] in one.text)


def _is_list(named: list[Claim]) -> bool:
    """Whether marks of three licences and more stand on the page, none in words: of things that it lists."""
    families: list[str] = []
    for one in named:
        if one.firm or one.place in _PLACES[:2]:
            return False
        if not any(is_same(one.license, other) for other in families):
            families.append(one.license)
    weak = all(one.region == "body" and one.confidence < _FIRM and not one.choice for one in named)
    return len(families) >= (2 if weak else 3)


def _join_choice(ordered: list[Claim], first: int, named: list[int]) -> str | None:
    """`A OR B` where one sentence gives both at choice."""
    one = ordered[first]
    others = [other for other in one.choice if _is_named(other) and not is_same(one.license, other)]
    beside = [ordered[k] for k in named if one.license in ordered[k].choice]
    others += [each.license for each in beside if not is_same(one.license, each.license)]
    return " OR ".join(sorted({one.license, others[0]})) if others else None


def _write(ordered: list[Claim], odd: set[int]) -> str:
    told = [
        {
            "license": one.license,
            "in": one.place,
            "region": one.region,
            "of": one.of,
            "confidence": round(one.confidence, 2),
            "text": one.text,
            **({"conflict": True} if k in odd else {}),
        }
        for k, one in enumerate(ordered)
    ]
    first = [one for one in told if "conflict" in one]
    rest = [one for one in told if "conflict" not in one]
    shown = (
        told[:1] + [one for one in first if one is not told[0]] + [one for one in rest if one is not told[0]]
    )
    return json.dumps(shown[:MAX_STATEMENTS], ensure_ascii=False)
