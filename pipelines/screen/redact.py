"""URLs without what opens doors: users with their passwords, and signatures that a store gives for a time.

The name of an input stands in ids, receipts, ledgers, reports and messages; a signature that is renewed must
not make another input of it, and nobody who may read an output shall read more than that.
"""

import re
from typing import Any

# What an apostrophe stands before where it ends a quotation; elsewhere it is a letter of a URL as any other.
_INSIDE = r"'(?![,:;.\s)\]}]|$)"
_LETTERS = rf"(?:[^\s\"'<>\\]|{_INSIDE})"
_URL = re.compile(rf"[a-z][a-z0-9+.-]*://{_LETTERS}*", re.IGNORECASE)
# What stands before the @ is a place and no user for these: a container, a repository.
_PLACE = r"(?!(?:abfss?|wasbs?|github|git)://)(?<![a-z0-9+.-])"
_BEFORE = rf"(?:[^\s\"'<>\\/?#]|{_INSIDE})*@"
# A password with a slash of its own, which should be encoded: what follows the colon is no port.
_SLASHED = rf"[^\s\"'<>\\/?#@:\[]+:(?![0-9]*(?:[/?#]|$)){_LETTERS}*@"
_NETWORK = r"(?:https?|s?ftp|ssh|smb|webdavs?|webhdfs)://"
_USER = re.compile(rf"{_PLACE}(?:([a-z][a-z0-9+.-]*://){_BEFORE}|({_NETWORK}){_SLASHED})", re.IGNORECASE)
_UNENCODED = r"[^\s/?#@:\[]+:(?![0-9]*(?:[/?#]|$))[^@]*[/?#@\s][^@]*@|[^/?#@]*[\s\"<>\\^`{|}][^/?#]*@"
_MEANT = re.compile(rf"(?:\w+::)*{_NETWORK}(?:{_UNENCODED})", re.IGNORECASE)
_BARE_USER = re.compile(rf"(?<![:\w/])(//)[^\s\"'<>\\/?#:@]+:{_BEFORE}")
_ENCODED_USER = re.compile(
    r"(%(?:25)*3A%(?:25)*2F%(?:25)*2F)(?:(?!%(?:25)*(?:2F|3F|23))[^\s\"<>\\/?#&])*%(?:25)*40", re.IGNORECASE
)
_NAMES = (
    r"x-(?:amz|goog|oss)-[\w-]*|[\w-]*(?:signature|secret|passwords?)|passwd|pwd|sig|sas|auth|authorization|jwt"
    r"|(?:(?:access|auth|security|session|id|sas|private|refresh|bearer|csrf)[_-]?)?token"
    r"|(?:aws|google|oss)access(?:key)?id|key-pair-id|expires|credentials?"
    r"|(?:x-)?(?:api|account|access|shared[_-]?access|secret|subscription|private|storage)[_-]?key"
)
_SECRET = re.compile(_NAMES, re.IGNORECASE)
# Of a shared access signature of Azure, and of CloudFront; alone they may be anybody's.
_BESIDE = re.compile(
    r"s[etvrspi]|ss|srt|spr|sdd|sip|sk(oid|tid|t|e|s|v)|saoid|suoid|scid|policy", re.IGNORECASE
)
# In an address within an address the value goes, and the name stays.
_ENCODED = re.compile(
    rf"(%(?:25)*(?:3F|26|23)(?:{_NAMES})%(?:25)*3D)(?:(?!%(?:25)*(?:26|23))[^\s\"<>\\&#])*", re.IGNORECASE
)
_WITHIN = re.compile(rf"([?&;](?:{_NAMES})=)[^&;#]*", re.IGNORECASE)
_GIVEN = re.compile(rf"((?<![\w.-])[\"']?(?:{_NAMES})[\"']?\s*=\s*)(\"[^\"\n]+\"|'[^'\n]+')", re.IGNORECASE)
MAY_HOLD = (
    r"(?i)//[^/?#]*@|//[^/?#@:\[]+:[^@]*@|%(?:25)*2F%(?:25)*2F"
    rf"|(?:[?&;#]|%(?:25)*(?:3F|26|23))(?:{_NAMES})(?:=|%(?:25)*3D)"
)
"""A pattern, also for polars, that a text has where `redact` or `redact_text` would change it."""
REDACTED = "redacted"


def redact(url: str) -> str:
    """A URL (or several, chained by `::`) without user, password and signature; a path as it is.

    So are URLs within it, also percent-encoded ones.
    """
    if "//" not in url and "%2f" not in url.lower():
        return url
    url = _take_user(url)
    for pattern in (_ENCODED_USER, _ENCODED):
        url = pattern.sub(r"\1", url)
    return "::".join(_take_signature(link) for link in url.split("::"))


def redact_text(text: str) -> str:
    """A text in which each URL is so."""
    if "//" not in text:
        return text
    return _URL.sub(_redact_found, _take_user(text))


def _redact_found(found: re.Match[str]) -> str:
    bare = found[0].rstrip(":,;.)]}")  # of the sentence, not of the URL
    return redact(bare) + found[0][len(bare) :]


def redact_recipe(text: str) -> str:
    """The text of a recipe in which each URL is so, without the values of settings named as secrets."""
    return _GIVEN.sub(rf'\1"{REDACTED}"', redact_text(text))


def redact_settings(value: Any, name: str = "") -> Any:
    """Settings of a step in which each text is so, and each that is named as a secret."""
    if isinstance(value, dict):
        return {key: redact_settings(inner, key) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redact_settings(inner, name) for inner in value]
    if isinstance(value, str):
        return REDACTED if value and is_secret(name) else redact_text(value)
    return value


def is_secret(name: str) -> bool:
    """Whether what is named so opens doors."""
    return _SECRET.fullmatch(name) is not None


def has_open_password(url: str) -> bool:
    """Whether a password has a letter that must be percent-encoded: nobody reads such a URL as meant."""
    return _MEANT.match(url) is not None


def _take_user(text: str) -> str:
    return _BARE_USER.sub(r"\1", _USER.sub(r"\1\2", text))


def _take_signature(url: str) -> str:
    bare, mark, fragment = url.partition("#")
    path, asked, query = bare.partition("?")
    if "//" not in path:
        return url
    if "=" in fragment:
        fragment = _keep_open(fragment)
        mark = mark if fragment else ""
    if asked and query:
        kept = _WITHIN.sub(r"\1", _keep_open(query))
        path += f"?{kept}" if kept else ""
    return path + ("" if query else asked) + mark + fragment


def _keep_open(query: str) -> str:
    """The pairs of a query that open no door."""
    given = query.split("&")
    names = [pair.partition("=")[0] for pair in given]
    signed = any(_SECRET.fullmatch(name) for name in names)
    return "&".join(
        pair
        for name, pair in zip(names, given, strict=True)
        if not (signed and (_SECRET.fullmatch(name) or _BESIDE.fullmatch(name)))
    )
