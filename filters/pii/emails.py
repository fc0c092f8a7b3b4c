"""Addresses of mail, and which of them an institution publishes."""

# ruff: noqa: E501 - expressions and sentences that would be worse in pieces
import re

from winnow.filters.pii.profile import Profile

_LOCAL = re.compile(rb"[A-Za-z0-9\x80-\xff_][A-Za-z0-9\x80-\xff._%+'&/=~-]{0,63}$")
_DOMAIN = re.compile(
    rb"(?:[A-Za-z0-9\x80-\xff](?:[A-Za-z0-9\x80-\xff-]{0,61}[A-Za-z0-9\x80-\xff])?\.){1,8}(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,59})"
    rb"(?![A-Za-z0-9_]|-[A-Za-z0-9])"
)
_FILES = frozenset(
    b"png jpg jpeg gif svg webp css js json py rb html htm xml txt pdf service target socket timer mount so dll exe zip "
    b"gz tar md yml yaml toml java cpp hpp".split()
)
_FREE = frozenset(
    b"gmail.com googlemail.com yahoo.com hotmail.com outlook.com live.com aol.com icloud.com me.com gmx.de gmx.net web.de "
    b"mail.ru yandex.ru qq.com 163.com protonmail.com proton.me".split()
)
_WORD = re.compile(r"[a-z]{2,30}")
_MAX_DOMAIN = 255


def find_email(data: bytes, first: int, at: int, last: int) -> tuple[int, int] | None:
    """The bounds of the address about the `@` at `at`, within `first` and `last`; None where there is none."""
    local = _LOCAL.search(data[max(first, at - 65) : at])
    domain = _DOMAIN.match(data, at + 1, min(last, at + 1 + _MAX_DOMAIN + 2))
    if local is None or domain is None:
        return None
    top = domain[0].rpartition(b".")[2].lower()
    name = local[0]
    if top in _FILES or b".." in name or name.endswith(b"."):
        return None
    return at - len(_trim(name)), domain.end()


def _trim(name: bytes) -> bytes:
    """A local part without what is glued before it: a path, an entry of a URL, a quote, dashes, full-width signs."""
    name = re.split(
        rb"[/=&']|%[0-9A-Fa-f]{2}|\xe3\x80[\x80-\xbf]|\xef\xbc[\x80-\xbf]|\xe2\x80[\x80-\xbf]|\xc2[\xa0-\xbf]",
        name,
    )[-1]
    return name.lstrip(b".-~")


def is_published(address: bytes, host: str | None, profile: Profile) -> bool:
    """Whether an institution publishes this address for all to write to."""
    local, _, domain = address.decode("utf-8", "replace").lower().rpartition("@")
    if domain.encode() in _FREE:
        return False
    if local in profile.roles or (
        profile.roles and (domain.startswith("lists.") or domain == "googlegroups.com")
    ):
        return True
    own = profile.own_host and host is not None and (host == domain or host.endswith("." + domain))
    return bool(own and _WORD.fullmatch(local))
