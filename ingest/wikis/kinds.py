"""What a page of a wiki is: a redirect, a list of what goes by one name, a stub, or an article."""

import re
from collections.abc import Iterable

from winnow.ingest.wikis.templates import TABLE

# Prefixes of links to files and categories, in any language; a dump says its own beside them.
HIDDEN = frozenset(TABLE["hidden"]["names"])
_DISAMBIGUATION = frozenset(TABLE["kinds"]["disambiguation"])
_STUB = frozenset(TABLE["kinds"]["stub"])
_STUB_SUFFIXES = ("-stub", " stub", "-taslak", "-ciot", "-stubb")
_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|\w+")
_MAGIC_WORD = "__DISAMBIG__"
_REDIRECT = re.compile(
    rf"\s*#\s*(?:{'|'.join(map(re.escape, TABLE['hidden']['redirects']))})\s*:?\s*\[\[:?([^\[\]|#]+)",
    re.IGNORECASE,
)


def count_words(text: str) -> int:
    """Words of a text, and signs of scripts that part none."""
    return len(_WORD.findall(text))


def find_redirect(wikitext: str) -> str | None:
    """Where a page leads that is nothing but a redirect, in the words of any language known here."""
    found = _REDIRECT.match(wikitext)
    return found[1].strip() if found else None


def detect_kind(wikitext: str, templates: Iterable[str]) -> str | None:
    """`disambiguation` or `stub`, by its magic word or the names of its templates; None for an article."""
    names = set(templates)
    if _MAGIC_WORD in wikitext or names & _DISAMBIGUATION:
        return "disambiguation"
    return "stub" if names & _STUB or any(name.endswith(_STUB_SUFFIXES) for name in names) else None
