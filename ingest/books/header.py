"""What the header of a Gutenberg file says of its book."""

import re
from collections.abc import Sequence
from datetime import datetime

_FIELD = re.compile(
    r"^(Title|Authors?|Translator|Editor|Illustrator|Language|Release Date|Posting Date|Date|Credits"
    r"|Original publication|Character set encoding)\s*:\s*(.*)$",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"^[\s*]*(?:The )?Project Gutenberg(?:'s|\u2019s)?(?: E-?(?:text|book))?(?: of)?[:,]? +"
    r"(?P<title>.+?)(?:,? by (?P<author>.+?))?[\s*]*$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\[\s*(?:E-?Book|E-?Text)\s*#?\s*(\d+)\s*\]", re.IGNORECASE)
_OLD_DATE = re.compile(r"^\s*([A-Z][a-z]+,? \d{4})\s*\[E-?text", re.IGNORECASE)
_FORMS = ("%B %d, %Y", "%B, %Y", "%B %Y", "%d %B %Y", "%d %b %Y", "%Y-%m-%d", "%b %d, %Y", "%Y")


def read_header(lines: Sequence[str]) -> dict[str, str]:
    """Fields of the header by name, in lower case; `number` and `release` (ISO 8601) where they are told.

    A field may go on in indented lines. The oldest files have none, but title and author in their first line.
    """
    fields: dict[str, str] = {}
    name = ""
    for line in lines:
        found = _FIELD.match(line)
        if found:
            name = found[1].lower()
            fields.setdefault(name, found[2].strip())
        elif name and line.startswith(" ") and line.strip():
            fields[name] += f" {line.strip()}"
        else:
            name = ""
        if number := _NUMBER.search(line):
            fields.setdefault("number", number[1])
        if old := _OLD_DATE.match(line):
            fields.setdefault("release date", old[1])
    first = next((found for line in lines[:40] if (found := _FIRST.match(line))), None)
    for key in ("title", "author") if first else ():
        if first and first[key]:
            fields.setdefault(key, first[key].strip(" *"))
    if "authors" in fields:
        fields.setdefault("author", fields.pop("authors"))
    release = parse_date(fields.get("release date") or fields.get("posting date") or "")
    return fields | ({"release": release} if release else {})


def parse_date(text: str) -> str | None:
    """A date of a header as ISO 8601, to the month or year where it says no more."""
    text = re.split(r"[\[(]|\s{2,}", text)[0].strip().rstrip(",.")
    for form in _FORMS:
        try:
            found = datetime.strptime(text, form)
        except ValueError:
            continue
        return found.strftime("%Y-%m-%d" if "%d" in form else "%Y-%m" if "%B" in form else "%Y")
    return None
