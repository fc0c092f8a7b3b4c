"""Keys, tokens and private keys, found by Kingfisher's rules (MongoDB, Apache-2.0), in this process.

Its 488 rules (Betterleaks' and Veles') come with the package, with bounds on entropy, lists of examples that
are none, and check digits where a token has them; nothing is sent anywhere. Compiled rules are kept in the
user's cache folder. What they take for half of a pair, in few contexts or not at all is in `credentials`.
"""

import functools
import re
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.extras import format_install
from winnow.filters.pii.masked import panel as panel
from winnow.filters.secrets import manifests, values
from winnow.filters.verdict import judge_by_rules
from winnow.words.split import from_utf8, utf8

TELLS = {"measure": "private", "masks": {"secrets_count": ""}, "hides": ["mask", "drop"]}

RULES = (("secrets.found", "secrets_count", "max_secrets"),)
NEEDS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("kingfisher_sdk", "mask", {}),
    ("kingfisher_sdk", "drop", {}),
)
_OWN = Path(__file__).parent / "rules.yml"
_NO_SECRET = re.compile(
    r"(?i)^(?:pass(?:word|wd|phrase)?|pwd|secret|postgres|mysql|root|admin|user(?:name)?|guest|test(?:ing)?|foo|bar|"
    r"hunter2|change_?me|token|key|x+|\*+|\.+|<.*|\$.*|%.*|\{.*)$|example|placeholder|your[-_]"
)
_KEY = b"PRIVATE KEY"
_SEARCH = re.compile(rb"(?i)docsearch|algoliasearch|search[-_ ]?only|indexName")  # by keys that a page shows
_BROAD = ("named", "password", "drawn")  # rules of ours whose findings `values` judges
_SETTING = re.compile(r"([A-Za-z_][\w.-]{0,40})=([^=].*)")
_REST = re.compile(rb"(?:[A-Za-z0-9_+/~=-]|%[0-9A-Fa-f]{2}|\.(?=[A-Za-z0-9_-]{6}))*")
_BEFORE = re.compile(rb"(?i)(?:\b(?:api|access|secret|private|license|client|service) )?[\w.-]*$")


def mask(
    docs: Annotated[pl.DataFrame, "text"], *, max_secrets: NonNegativeInt | None = None
) -> Annotated[pl.DataFrame, "text", "secrets_count", "secrets_kinds"]:
    """Put `<SECRET>` for keys, tokens and private keys (`<PRIVATE_KEY>`); `max_secrets` drops what has more.

    Found are published forms, what a name says is a secret and looks drawn, passwords behind their name or in
    a command, and values of Kubernetes' secrets. Placeholders and published examples (`AKIAIOSFODNN7EXAMPLE`)
    stay. Signal: `secrets_count`; `secrets_kinds` names the rule of each (`github-pat, github-pat`), null
    where there is none.
    Needs the package kingfisher-secret-scanner (the extra `secrets`).
    """
    data, offsets = utf8(docs["text"])
    whole = data.tobytes()
    pieces, where, counts = [], np.zeros(len(offsets), np.int64), np.zeros(docs.height, np.int64)
    kinds: list[str | None] = []
    for doc in range(docs.height):
        text = whole[offsets[doc] : offsets[doc + 1]]
        at, size = 0, 0
        spans = _find(text)
        kinds.append(", ".join(kind for _, _, kind in spans) or None)
        for start, end, _ in spans:
            token = b"<PRIVATE_KEY>" if _KEY in text[start:end] else b"<SECRET>"
            pieces += [text[at:start], token]
            size += start - at + len(token)
            at = end
            counts[doc] += 1
        pieces.append(text[at:])
        where[doc + 1] = where[doc] + size + len(text) - at
    texts = from_utf8("text", np.frombuffer(b"".join(pieces), np.uint8), where)
    masked = docs.with_columns(texts, pl.Series("secrets_kinds", kinds, dtype=pl.String))
    return judge_by_rules(masked, {"secrets_count": counts}, RULES, locals())


def drop(
    docs: Annotated[pl.DataFrame, "text"], *, max_secrets: NonNegativeInt = 0
) -> Annotated[pl.DataFrame, "secrets_count"]:
    """Drop documents with more than `max_secrets` secrets, as `mask` finds them (`secrets.found`)."""
    texts = docs["text"].fill_null("").to_list()
    counts = np.array([len(_find(text.encode())) for text in texts], np.int64)
    return judge_by_rules(docs, {"secrets_count": counts}, RULES, locals())


def _find(text: bytes) -> list[tuple[int, int, str]]:
    """Where the secrets of a text stand, in bytes, in order, those that overlap as one; the rule of each."""
    if not text:
        return []
    shift = 3 if text.startswith(b"\xef\xbb\xbf") else 0  # the scanner leaves a mark of order out
    spans = list(manifests.find_values(text))
    for finding in _load().scan(text[shift:]):
        place = finding.location
        start, end = place["start_offset"] + shift, place["end_offset"] + shift
        if _is_meant(finding, text, start, end):
            rest = _REST.match(text, end)  # of a token a rule may have taken the begin
            spans.append((start, rest.end() if rest else end, finding.rule_id.partition(".")[2]))
    merged: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(spans, key=lambda span: (span[0], span[2].startswith(_BROAD), span)):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1]), merged[-1][2]
        else:
            merged.append((start, end, kind))
    return merged


def _is_meant(finding: Any, text: bytes, start: int, end: int) -> bool:
    """Whether a finding is a secret; of our broad rules by what it is called and how it looks."""
    kind, value = finding.rule_id.removeprefix("winnow."), finding.secret
    if not finding.visible or _NO_SECRET.search(value) or values.is_published(value):
        return False
    if not kind.startswith(_BROAD):
        return True
    if text[end : end + 1] in (b"(", b"[") or _SEARCH.search(text[max(0, start - 150) : end + 150]):
        return False
    name, link = finding.captures.get("NAME", ""), finding.captures.get("LINK", "")
    if name:
        at = start - len((name + link).encode())
        before = _BEFORE.search(text[max(0, at - 40) : at])
        name = (before[0].decode("utf-8", "replace") if before else "") + name
    if kind.startswith("password"):
        return values.is_password(name, link, value)
    inner = _SETTING.match(value)
    if inner and kind == "named":  # of `key=$KEY&token=...` the rule takes `token=` along
        name, link, value = inner[1], "=", inner[2]
    return values.is_named(name, link, value) if name and kind != "named.answer" else values.is_drawn(value)


@functools.cache
def _load() -> Any:
    """The scanner with all rules, compiled once in a process."""
    try:
        from kingfisher_sdk import Rules, Scanner
    except ImportError:
        raise ModuleNotFoundError(
            f"filters.secrets needs kingfisher-secret-scanner: `{format_install(['kingfisher_sdk'])}`",
            name="kingfisher_sdk",
        ) from None
    return Scanner(Rules([str(_OWN)]))
