"""Personal data: what a scan can be sure of by form, check digits and the words beside it.

Candidates come from one pass over the bytes (`filters.pii.scan`); only they are looked at in Python.
Identity numbers are checked by python-stdnum. Names are not found: that takes a model, not a scan.
"""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import polars as pl

from winnow.filters.pii.masked import panel as panel
from winnow.filters.pii.profile import KINDS, load
from winnow.filters.verdict import judge
from winnow.hosts import find_site
from winnow.words.split import from_utf8, utf8

TELLS = {
    "measure": "private",
    "masks": {"pii_*": "", "pii_published": "left, an institution's own"},
    "hides": ["mask"],
}

if TYPE_CHECKING:
    from winnow.filters.pii.spans import Span

SIGNALS = (*(f"pii_{kind}" for kind in KINDS), "pii_published")


class _Masked(NamedTuple):
    """A batch with placeholders, and what was found in each document."""

    text: pl.Series
    counts: np.ndarray


def mask(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    profile: str = "web",
    profile_file: Path | None = None,
    consistent: bool = False,
) -> Annotated[pl.DataFrame, "text", SIGNALS]:
    """Put typed placeholders such as `<EMAIL_ADDRESS>` for personal data.

    Kinds: addresses of mail, phone numbers, public IP addresses, IBANs (mod 97), cards (issuer and Luhn), US
    Social Security, identity numbers of persons in 35 countries by their own check digits, and postal
    addresses where street, code and town stand together.

    `profile` names what stays and how sure each kind must be: `web`, `law`, `medicine`, `finance`, `mail`;
    `profile_file` is one of your own. With `consistent` the same entity has the same number within a document
    (`<EMAIL_ADDRESS_1>`), however it is written. No document is dropped. Counts: `pii_<kind>`, masked, and
    `pii_published` of what an institution publishes (`info@`, an office at the page's own host).
    """
    from winnow.filters.pii import scan  # here: these compile a hundred patterns
    from winnow.filters.pii.spans import find_spans

    rules = load(profile, profile_file)
    data, offsets = utf8(docs["text"])
    hosts = docs.select(find_site(pl.col("url"))).to_series().to_list() if "url" in docs.columns else None
    spans, published = find_spans(data.tobytes(), offsets, scan.find(data, offsets), hosts, rules)
    counts = np.zeros((docs.height, len(SIGNALS)), np.int64)
    for span in spans:
        counts[span.doc, span.kind] += 1
    counts[:, -1] = published
    signals = {name: counts[:, k] for k, name in enumerate(SIGNALS)}
    return judge(docs.with_columns(_write(data.tobytes(), offsets, spans, consistent)), signals, [])


def _write(data: bytes, offsets: np.ndarray, spans: "list[Span]", consistent: bool) -> pl.Series:
    """The texts with placeholders for their spans, which are in order and do not overlap."""
    pieces, change, at = [], np.zeros(len(offsets), np.int64), int(offsets[0])
    numbers: dict[tuple[int, str], int] = {}
    many = Counter[int]()
    names, doc = list(KINDS.values()), -1
    for span in spans:
        if span.doc != doc:
            numbers, many, doc = {}, Counter(), span.doc
        name = names[span.kind]
        if consistent:
            key = (span.kind, span.entity)
            if key not in numbers:
                many[span.kind] += 1
                numbers[key] = many[span.kind]
            name = f"{name}_{numbers[key]}"
        token = f"<{name}>".encode()
        pieces += [data[at : span.start], token]
        change[span.doc + 1] += len(token) - (span.end - span.start)
        at = span.end
    pieces.append(data[at : int(offsets[-1])])
    where = offsets - offsets[0] + np.cumsum(change)
    return from_utf8("text", np.frombuffer(b"".join(pieces) or b"", np.uint8), where)
