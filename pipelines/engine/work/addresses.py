"""Which hosts a recipe names, and what keeps fsspec from all others of this machine and of private networks.

An address is judged when it is connected to, also on redirects. `ingest.io.addresses` does the same for what
it fetches itself; it finds the hosts in the folder of connections.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

from winnow.hosts import PORTS, is_public, name_host

if TYPE_CHECKING:
    from winnow.pipelines.spec.recipe import Recipe, Source

_ADDRESS = re.compile(r"https?://[^\s\"'<>,]+")
_named: frozenset[str] | None = None  # where nothing was guarded yet, all are


def find_hosts(recipe: "Recipe") -> list[str]:
    """The hosts, with their ports, of all addresses on the web in a recipe."""
    named = (address for source in recipe.sources.values() for address in list_addresses(source))
    return _find_hosts("\n".join([recipe.text, *named]))


def list_addresses(source: "Source") -> tuple[str, ...]:
    """What a source names itself: its files, its lists, and the root of what stands there."""
    lists = source.lists
    return source.uris if lists is None else (*source.uris, *lists.uris, lists.root)


def _find_hosts(text: str) -> list[str]:
    found = (name_host(url) for url in _ADDRESS.findall(text))
    return sorted({host for host in found if host})


def guard(addresses: Iterable[str]) -> None:
    """Have what fsspec opens on the web in this process lie at the hosts of these, or on the internet."""
    guard_hosts(_find_hosts("\n".join(addresses)))


def guard_hosts(hosts: Iterable[str]) -> None:
    """As `guard`, where the hosts are known."""
    global _named
    from fsspec.config import conf

    _named = frozenset(hosts)
    for protocol in PORTS:
        conf.setdefault(protocol, {})["get_client"] = open_client


def forget_hosts() -> None:
    """Guard no more: the run is over."""
    global _named
    _named = None


async def open_client(**settings: Any) -> Any:
    """A client of aiohttp that connects to no other address; it raises InvalidUrlClientError.

    Where it takes proxies from the environment (`trust_env`), what these connect to is theirs to judge.
    """
    import aiohttp  # here: few runs need it

    proxies = {name_host(url) for url in getproxies().values()} if settings.get("trust_env") else set()

    class Connector(aiohttp.TCPConnector):
        async def _resolve_host(self, host: str, port: int, traces: Any = None) -> Any:
            found = await super()._resolve_host(host, port, traces=traces)
            private = [each["host"] for each in found if not is_public(each["host"])]
            if private and _named is not None and f"{host}:{port}" not in _named | proxies:
                where = f"{private[0]} is of this machine or a private network"
                why = f"{where}; what the recipe does not name itself is not read from there"
                raise aiohttp.InvalidUrlClientError(f"{host}:{port}", why)
            return found

    headers = {"Accept-Encoding": "identity", "User-Agent": "winnow", **settings.pop("headers", {})}
    return aiohttp.ClientSession(connector=Connector(), headers=headers, **settings)
