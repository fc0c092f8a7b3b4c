"""One client of served models: a request of the OpenAI-compatible API, ended whatever the server does.

By aiohttp, whose work for a request is a sixth of httpx2's (7,650 and 1,200 requests a CPU-second, 2 KB
each): at a thousand requests a second the rest of the work must fit into the same core. It is imported when
a client is opened, as it takes a fifth of a second.
"""

import asyncio
import json
import math
import os
import random
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from winnow.budget import Attempt, Price

if TYPE_CHECKING:
    import aiohttp

NEEDED = ("url", "model", "price_in", "price_out")
OPTIONAL = ("name", "key_env")
CONNECT_SECONDS = 10.0
KEEP_SECONDS = 4.0  # below the 5 s after which uvicorn, and so vLLM, closes a connection that waits
MAX_ANSWER_BYTES = 2_000_000
SAID = 300
SECRET = 8  # letters from which a key is hidden: shorter ones are words ("none", "test") for a server without
BACKOFF_SECONDS = 0.5  # doubled with each fault, with jitter
MAX_BACKOFF_SECONDS = 20.0


class Endpoint(NamedTuple):
    """A served model: where it is asked, as what, with which key, at which price."""

    name: str
    url: str
    model: str
    key: str
    price: Price


class Reply(NamedTuple):
    """What came of a request: an answer or a `fault`; tokens where the server told them; `wait`, the seconds
    after which it wants to be asked again."""

    fault: str | None = None
    answer: str = ""
    finish: str | None = None
    said: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    wait: float = 0.0

    def note(self, held: Attempt) -> Attempt:
        """What is kept of it, with the most that was held for it where the server told no tokens."""
        told = {name: value for name, value in self._asdict().items() if name != "wait" and value is not None}
        return held._replace(**told, is_told=None not in (self.tokens_in, self.tokens_out))


def read_key(name: str) -> str:
    """The key in a variable of the environment; ValueError where that holds none."""
    key = os.environ.get(name, "").strip() if name else ""
    if name and not (key and key.isascii() and key.isprintable()):
        raise ValueError(f"the environment variable {name} holds no API key: set it, or leave key_env out")
    return key


def check_url(url: str, what: str = "raters") -> str:
    """The address of chat completions under a base URL; ValueError where it is none."""
    try:
        parsed = urlsplit(url)
        host, _ = (parsed.hostname or "").encode("idna"), parsed.port
        if not url.isprintable() or " " in url:
            raise ValueError("it holds a blank or a character that cannot be printed")
    except (ValueError, TypeError, AttributeError) as error:
        said = "not quoted, as it may hold a key" if "@" in str(url) else error
        raise ValueError(f"{what}: url: {said}") from None
    if parsed.scheme not in ("http", "https") or not host or "@" in parsed.netloc:
        raise ValueError(f"{what}: url: name the address of the API alone, as http://localhost:8000/v1")
    if "?" in url or "#" in url:  # not quoted: a key may stand there
        raise ValueError(
            f"{what}: url: it may have no query (?...) and no fragment (#...): name the address of the API"
            " alone, as http://localhost:8000/v1, and a key by key_env"
        )
    return url.rstrip("/") + "/chat/completions"


def check_endpoint(settings: Mapping[str, Any], what: str = "raters") -> Endpoint:
    """A served model of its settings, or ValueError, which names them as `what`."""
    if missing := [name for name in NEEDED if name not in settings]:
        raise ValueError(f"{what}: {missing} must be given (prices are 0 for a server of your own)")
    if unknown := sorted(set(settings) - {*NEEDED, *OPTIONAL}):
        raise ValueError(f"{what}: no such settings: {unknown}; there are {[*NEEDED, *OPTIONAL]}")
    words = {name: settings.get(name, settings["model"]) for name in ("url", "model", "name")}
    words["key_env"] = settings.get("key_env", "")
    if wrong := [n for n, word in words.items() if not isinstance(word, str) or not (word or n == "key_env")]:
        raise ValueError(f"{what}: {wrong[0]} must be text, and not empty")
    prices = [settings["price_in"], settings["price_out"]]
    if not all(type(price) in (int, float) and 0 <= price < math.inf for price in prices):
        raise ValueError(
            f"{what}: price_in and price_out are {prices}: money for a million tokens, 0 or more"
        )
    price = Price(*(Decimal(str(price)) for price in prices))
    return Endpoint(
        words["name"], check_url(words["url"], what), words["model"], read_key(words["key_env"]), price
    )


def open_client(endpoint: Endpoint, in_flight: int) -> "aiohttp.ClientSession":
    """A client with at most `in_flight` connections, which sends the endpoint's key, and to nobody else: it
    follows no redirects, and takes from the environment the proxy alone."""
    import aiohttp

    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    return aiohttp.ClientSession(
        headers=headers | ({"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}),
        connector=aiohttp.TCPConnector(limit=in_flight, keepalive_timeout=KEEP_SECONDS),
        proxy=find_proxy(endpoint.url),
        auto_decompress=False,
        skip_auto_headers=["User-Agent"],
    )


def find_proxy(url: str) -> str | None:
    """The proxy that the environment names for an address; none for one of this machine, and of those that
    NO_PROXY lists, by name or as a network. ValueError for a proxy of another kind than HTTP's."""
    parts, proxies = urlsplit(url), getproxies()
    host = parts.hostname or ""
    if _is_near(host, proxies.get("no", "")) or proxy_bypass(parts.netloc):
        return None
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or "://" not in proxy:
        return f"http://{proxy}" if proxy else None
    if (kind := proxy.partition("://")[0]) not in ("http", "https"):
        raise ValueError(f"the environment's proxy for {host} is one of {kind}: name one of http")
    return proxy


def _is_near(host: str, listed: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    for one in listed.split(",") if "/" in listed else ():
        with suppress(ValueError):  # of a name, or of nothing that is known
            if address in ip_network(one.strip(), strict=False):
                return True
    return address.is_loopback


async def ask(
    client: "aiohttp.ClientSession",
    endpoint: Endpoint,
    fields: Mapping[str, Any],
    seconds: float,
    connect: float = CONNECT_SECONDS,
) -> Reply:
    """One request, ended after `seconds`, also where the server sends a byte now and then; `fields` are those
    of its body beside the model.

    Faults: `unreachable` (no connection within `connect` seconds), `broken` (the connection ended early, or
    spoke no HTTP), `deadline`, `too_large`, `http_503` and its like, `wrong_json` (no JSON, or not of a chat
    completion). The key stands nowhere in what is given back but in `answer`, which is as it came.
    """
    import aiohttp

    body = json.dumps({"model": endpoint.model, **fields}, separators=(",", ":")).encode()
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=min(connect, seconds))
    unreachable = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
    try:
        async with (
            asyncio.timeout(seconds),
            client.post(endpoint.url, data=body, timeout=timeout, allow_redirects=False) as response,
        ):
            wait = read_wait(response.headers.get("Retry-After", ""))
            said = await _read(response)
    except unreachable as error:
        return Reply("unreachable", said=hide(str(error), endpoint.key)[:SAID])
    except TimeoutError:
        return Reply("deadline", said=f"no whole answer in {seconds:g} s")
    except (aiohttp.ClientError, ConnectionError, ValueError) as error:
        return Reply("broken", said=hide(str(error) or type(error).__name__, endpoint.key)[:SAID])
    if said is None:
        return Reply("too_large")
    if response.status != 200:
        return Reply(f"http_{response.status}", said=quote(said, endpoint.key), wait=wait)
    return parse(said, endpoint.key)


async def _read(response: "aiohttp.ClientResponse") -> bytes | None:
    """The body as it comes, None where it is larger than any answer: what nobody asked to be packed is not
    unpacked."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            return None
    return bytes(body)


def parse(body: bytes, key: str = "") -> Reply:
    """What a chat completion says."""
    tokens: tuple[int | None, int | None] = (None, None)
    try:
        said = json.loads(body)
        tokens = _read_usage(said.get("usage"))
        choice = said["choices"][0]
        answer, finish = choice["message"]["content"], choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Reply("wrong_json", "", None, quote(body, key), *tokens)
    if not isinstance(answer, str | None) or not isinstance(finish, str | None):
        return Reply("wrong_json", "", None, quote(body, key), *tokens)
    return Reply(None, answer or "", hide(finish, key)[:40] if finish else None, "", *tokens)


def _read_usage(usage: Any) -> tuple[int | None, int | None]:
    told = usage if isinstance(usage, dict) else {}
    found = [told.get(name) for name in ("prompt_tokens", "completion_tokens")]
    known = [type(value) is int and 0 <= value < 2**31 for value in found]
    return found[0] if known[0] else None, found[1] if known[1] else None


def quote(body: bytes, key: str) -> str:
    """The beginning of what a server said, on one line."""
    text = body.decode("utf-8", "replace")
    try:  # so that no escape hides a key
        text = json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        text = text.replace("\\/", "/")
    return " ".join(hide(text, key).split())[:SAID]


def hide(text: str, key: str) -> str:
    """A text without the key that it may say back, and sound in UTF-8."""
    text = text.encode("utf-8", "replace").decode()
    if len(key) >= SECRET:
        text = text.replace(key, "[key]")  # and by its beginning, as its end may be cut off
        text = re.sub(rf"{re.escape(key[:SECRET])}[\w.~+/=-]*", "[key]", text)
    return text


def read_wait(value: str) -> float:
    """The seconds of a Retry-After: a number or a date; 0 where it is neither."""
    with suppress(ValueError, OverflowError):
        if value.strip().isdigit():
            return float(value)
        when = parsedate_to_datetime(value)
        return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    return 0.0


def draw_backoff(faults: int) -> float:
    """Seconds until what has failed so often is sent again."""
    longest: float = min(MAX_BACKOFF_SECONDS, BACKOFF_SECONDS * 2 ** (faults - 1))
    return longest * random.uniform(0.5, 1.0)
