"""Which addresses a file on the web may lie at, told by the address that is connected to.

Those of the internet; those of this machine and of private networks only for a host that the recipe names.
The engine writes these hosts into the folder that `ingest.io.slots` counts connections in; without it the
host of the address that was asked for is one.
"""

import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from winnow.ingest.io import slots

FILE = ".named"  # a line for each host with its port
PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Private(Exception):
    """A file would be read from this machine or a private network; the message says at which address."""


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


def is_named(url: str, asked: str) -> bool:
    """Whether the recipe names the host of a URL that was met when another one was asked for."""
    folder = os.environ.get(slots.FOLDER)
    named = Path(folder, FILE) if folder else None
    if named is None or not named.exists():
        return _name_host(url) == _name_host(asked)
    return _name_host(url) in named.read_text(encoding="utf-8").splitlines()


def _name_host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if ":" in host:
            host = ipaddress.ip_address(host).compressed
        return f"{host}:{parts.port or PORTS.get(parts.scheme)}"
    except ValueError:  # no port
        return ""


def watch(host: str, streams: list[Any], *, named: bool) -> Callable[[str, dict[str, Any]], None]:
    """What httpx2 tells of a request (its extension `trace`): the connection is added to `streams`.

    Private is raised before anything is sent over one that must not be. Where a proxy is between, what that
    connects to is its own to judge.
    """
    connects_to = ""

    def trace(event: str, about: dict[str, Any]) -> None:
        nonlocal connects_to
        if event.endswith("connect_tcp.started"):
            connects_to = about["host"]
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            stream = about["return_value"]
            streams.append(stream)
            address = stream.get_extra_info("server_addr")[0]
            if not named and connects_to == host and not is_public(address):
                stream.close()
                where = f"{host} is {address}, of this machine or a private network"
                raise Private(f"{where}; what the recipe does not name itself is not read from there")

    return trace
