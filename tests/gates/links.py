"""URLs as pages link to them, judged by both sides' lists, which are drawn from the URLs themselves."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pages
import polars as pl
from datatrove.data import Document
from datatrove.pipeline.filters import URLFilter
from tldextract import TLDExtract

from winnow.filters import urls

LINK = re.compile(rb"""href=["'](https?://[^"'<>\s]{4,300})["']""")
PLACE = TLDExtract(suffix_list_urls=())  # by the list it brings: no download
REASONS = {  # both a listed host and a listed domain above it are the domain's fault
    "domain": "domain",
    "subdomain": "domain",
    "url": "url",
    "hard_blacklisted": "hard_word",
    "soft_blacklisted": "soft_words",
    "blacklisted_subword": "substring",
}


def found(cache: Path, most: int) -> list[str]:
    """Different URLs in the packages' pages, in the order of a hash."""
    seen: set[str] = set()
    for _, key, _ in pages.wanted():
        paths = sorted((cache / key / "files").rglob("*.html"), key=lambda p: pages.order(p.name))
        for path in paths[:60]:
            if path.is_file():
                seen.update(link.decode("utf-8", "replace") for link in LINK.findall(path.read_bytes()))
    return sorted(seen, key=pages.order)[:most]


def lists(links: list[str]) -> dict[str, list[str]]:
    """Some of the domains, hosts, URLs and words that occur, each of a few."""
    places = [PLACE(link) for link in links]
    domains = sorted({p.top_domain_under_public_suffix for p in places} - {""}, key=pages.order)
    hosts = sorted({p.fqdn for p in places} - {""}, key=pages.order)
    words = sorted(
        {w.lower() for link in links for w in re.findall("[a-zA-Z0-9]{4,}", link)}, key=pages.order
    )
    return {
        "domains": domains[::25] + hosts[::40],
        "urls": links[::50],
        "hard_words": words[::200],
        "soft_words": words[1::8],
        "substrings": words[2::400],
    }


def verdicts(links: list[str], folder: Path) -> Iterator[tuple[str, str | None, str | None]]:
    """(URL, our reason, datatrove's reason)."""
    named = lists(links)
    for name, entries in named.items():
        (folder / name).write_text("".join(f"{entry}\n" for entry in entries), "utf-8")
    files: dict[str, Any] = {name: folder / name for name in named}
    judged = urls.block(pl.DataFrame({"url": links}), **files)
    theirs = URLFilter(
        extra_domains=named["domains"],
        extra_urls=named["urls"],
        banned_words=named["hard_words"],
        soft_banned_words=named["soft_words"],
        banned_subwords=named["substrings"],
        use_integrated_lists=False,
    )
    theirs.tldextractor = PLACE
    for link, reason in zip(links, judged["drop_reason"], strict=True):
        verdict = theirs.filter(Document(text="", id="", metadata={"url": link}))
        ours = reason and reason.partition(".")[2]
        yield link, "domain" if ours == "host" else ours, None if verdict is True else REASONS[verdict[1]]
