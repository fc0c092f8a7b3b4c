"""Hosts: the one definition of a document's site, and which addresses are of the internet."""

import ipaddress
from urllib.parse import urlsplit

import polars as pl

PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_HOST = r"^(?i:(?:[a-z][a-z0-9+.\-]*:)?//)(?:[^/?#@]*@)?([^/?#:]+)"


def find_site(url: pl.Expr) -> pl.Expr:
    """The host of each URL in lower case without `www.`, null where there is none (String)."""
    return url.cast(pl.String).str.extract(_HOST).str.to_lowercase().str.strip_prefix("www.")


def name_host(url: str) -> str:
    """The host of an address on the web with its port; "" where it is none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if ":" in host:
            host = ipaddress.ip_address(host).compressed
        return f"{host}:{parts.port or PORTS[parts.scheme]}"
    except (KeyError, ValueError):  # of another scheme, or no port
        return ""


def is_public(address: str) -> bool:
    """Whether an address is one of the internet, however an older one is written within a newer one."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.is_site_local:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved)
