"""URLs without what opens doors: users with their passwords, and signatures that a store gives for a time.

The name of an input stands in ids, receipts, ledgers, reports and messages; a signature that is renewed must
not make another input of it, and nobody who may read an output shall read more than that.
"""

import re

_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'<>]*", re.IGNORECASE)
# What stands before the @ is a place and no user for these: a container, a repository.
_USER = re.compile(r"^(?!(?:abfss?|wasbs?|github|git)://)([a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)
_SECRET = re.compile(
    r"x-amz-.*|x-goog-.*|x-oss-.*|signature|sig|token|(access|auth|security|session|id|sas)[_-]?token"
    r"|awsaccesskeyid|googleaccessid|ossaccesskeyid|key-pair-id|expires|api[_-]?key|password|secret",
    re.IGNORECASE,
)
# Of a shared access signature of Azure, and of CloudFront; alone they may be anybody's.
_BESIDE = re.compile(
    r"s[etvrspi]|ss|srt|spr|sdd|sip|sk(oid|tid|t|e|s|v)|saoid|suoid|scid|policy", re.IGNORECASE
)


def redact(url: str) -> str:
    """A URL (or several, chained by `::`) without user, password and signature; a path as it is."""
    return "::".join(_redact(link) for link in url.split("::")) if "://" in url else url


def redact_text(text: str) -> str:
    """A text in which each URL is so."""
    return _URL.sub(lambda found: redact(found[0]), text) if "://" in text else text


def _redact(url: str) -> str:
    url = _USER.sub(r"\1", url)
    bare, mark, fragment = url.partition("#")
    path, asked, query = bare.partition("?")
    if not asked or "://" not in path:
        return url
    given = query.split("&")
    names = [pair.partition("=")[0] for pair in given]
    signed = any(_SECRET.fullmatch(name) for name in names)
    kept = [
        pair
        for name, pair in zip(names, given, strict=True)
        if not (signed and (_SECRET.fullmatch(name) or _BESIDE.fullmatch(name)))
    ]
    return path + (f"?{'&'.join(kept)}" if kept else "") + mark + fragment
