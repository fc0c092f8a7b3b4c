"""Which addresses a file on the web may lie at, told by the address that is connected to.

Those of the internet; those of this machine and of private networks only for a host that the recipe names.
The engine writes these hosts into the folder that `ingest.io.connection_limit` counts connections in; without
it the host of the address that was asked for is one.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from winnow.hosts import is_public, name_host
from winnow.ingest.io import connection_limit

FILE = ".named"  # a line for each host with its port


class Private(Exception):
    """A file would be read from this machine or a private network; the message says at which address."""


def is_named(url: str, asked: str) -> bool:
    """Whether the recipe names the host of a URL that was met when another one was asked for."""
    folder = os.environ.get(connection_limit.FOLDER)
    named = Path(folder, FILE) if folder else None
    if named is None or not named.exists():
        return name_host(url) == name_host(asked)
    return name_host(url) in named.read_text(encoding="utf-8").splitlines()


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
