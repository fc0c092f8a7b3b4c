"""Addresses that lead to one page brought to one form: RFC 3986 for paths, IDNA (UTS 46) for hosts."""

from __future__ import annotations

import functools
import ipaddress
import re
import unicodedata
from contextlib import suppress
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import idna
from tldextract import TLDExtract

_PORTS = {"http": 80, "https": 443, "ftp": 21, "": None}
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_STRAY = re.compile("%(?![0-9a-fA-F]{2})")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_SAME = frozenset("-._~!'(),:@")  # unreserved, and what no server reads otherwise where it is escaped
_SAFE = "/%!$&'()*+,;=:@~"
_SESSION = re.compile(r";jsessionid=[^/]*", re.I)
_SLASHES = re.compile("/{2,}")
_INDEX = re.compile(r"/(index|default)\.(html?|php|aspx?)$")
_RESERVED = {"example", "test", "invalid", "localhost", "local", "internal", "onion"}  # RFC 2606, 6761, 6762


def canonicalize(url: str, ignored: re.Pattern[str]) -> str | None:
    """The part of a URL that names its page; None where there is no host.

    Scheme, `www.`, the scheme's own port, user names, slashes at the end or doubled, index files, the order
    of parameters and the `ignored` ones make no difference, nor does a fragment that does not begin with `!`.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = name_host(parts.hostname or ""), parts.port
    except ValueError:
        return None
    if not host:
        return None
    place = host if port in (None, _PORTS.get(parts.scheme, 443)) else f"{host}:{port}"
    path = _SLASHES.sub("/", _SESSION.sub("", normalize_path(parts.path)))
    path = _INDEX.sub("", path).rstrip("/")
    given = parse_qsl(parts.query, keep_blank_values=True)
    query = sorted(pair for pair in given if not ignored.fullmatch(pair[0]))
    part = f"#{normalize_path(parts.fragment)}" if parts.fragment.startswith("!") else ""
    return f"{place}{path}?{urlencode(query, errors='replace')}{part}"


def name_host(host: str) -> str:
    """A host in small letters and ASCII, without `www.` and the root's dot."""
    if ":" in host:
        return f"[{ipaddress.ip_address(host.strip('[]')).compressed}]"
    if not host.isascii():
        host = ".".join(map(_encode, _DOTS.split(host)))
    host = host.lower().rstrip(".")
    bare = host.removeprefix("www.")
    return bare if "." in bare else host


def _encode(label: str) -> str:
    """A label in ASCII; by the older IDNA where the newer has no such signs, as those of emoji."""
    if label.isascii():
        return label
    with suppress(idna.IDNAError):
        return idna.encode(label, uts46=True).decode()
    with suppress(UnicodeError):
        return label.encode("idna").decode()
    return unicodedata.normalize("NFKC", label)


def normalize_path(path: str) -> str:
    """A path with nothing escaped that need not be, all else escaped, and no segments of dots."""
    path = _STRAY.sub("%25", unicodedata.normalize("NFC", path))
    path = _ESCAPE.sub(_unescape, path)
    path = quote(path, safe=_SAFE, errors="replace")
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments[1:]:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    return "/".join([segments[0], *kept, *([""] if segments[-1] in (".", "..") else [])])


def _unescape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return (
        character if character in _SAME or (character.isascii() and character.isalnum()) else match[0].upper()
    )


def list_domains(host: str) -> tuple[str, ...]:
    """A host and all that it is below, but for its last label; an address of a machine is below none."""
    if is_machine(host):
        return (host,)
    names = host.split(".")
    return tuple(".".join(names[start:]) for start in range(len(names) - 1))


def is_machine(host: str) -> bool:
    """Whether a host is an IP address."""
    try:
        return bool(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return False


def is_suffix(host: str) -> bool:
    """Whether sites of others are registered right below a host, by the public suffix list."""
    found = _load_suffixes()(host)
    return bool(found.suffix) and not found.domain


def is_known(host: str) -> bool:
    """Whether a host ends in what the public suffix list has, or in a name that is reserved."""
    last = host.rpartition(".")[2]
    return bool(_load_suffixes()(host).suffix) or last in _RESERVED or is_machine(host)


@functools.cache
def _load_suffixes() -> TLDExtract:
    return TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)
