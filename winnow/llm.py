"""One request to a rater over the OpenAI-compatible API, ended whatever the server does."""

import asyncio
import json
import math
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpx2

from winnow.budget import Price

NEEDED = ("url", "model", "price_in", "price_out")
OPTIONAL = ("name", "key_env")
CONNECT_SECONDS = 10.0
KEEP_SECONDS = 4.0  # below the 5 s after which uvicorn, and so vLLM, closes a connection that waits
MAX_ANSWER_BYTES = 1_000_000
SAID = 300
SECRET = 8  # letters from which a key is hidden: shorter ones are words ("none", "test") for a server without
TEMPERATURES = (0.0, 0.5, 0.8)  # after no, one and two bad answers: at 0 a model would say the same again


class Rater(NamedTuple):
    """A model that rates: where it is asked, as what, with which key, at which price."""

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


def read_key(name: str) -> str:
    """The key in a variable of the environment; ValueError where that holds none."""
    key = os.environ.get(name, "").strip() if name else ""
    if name and not (key and key.isascii() and key.isprintable()):
        raise ValueError(f"the environment variable {name} holds no API key: set it, or leave key_env out")
    return key


def check_url(url: str, what: str = "raters") -> str:
    """The address of chat completions under a base URL; ValueError where it is none."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError) as error:
        raise ValueError(f"{what}: url: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        raise ValueError(f"{what}: url: name the address of the API alone, as http://localhost:8000/v1")
    if "?" in url or "#" in url:  # not quoted: a key may stand there
        raise ValueError(
            f"{what}: url: it may have no query (?...) and no fragment (#...): name the address of the API"
            " alone, as http://localhost:8000/v1, and a key by key_env"
        )
    return url.rstrip("/") + "/chat/completions"


def check_rater(rater: Mapping[str, Any], what: str = "raters") -> Rater:
    """A rater of its settings, or ValueError, which names them as `what`."""
    if missing := [name for name in NEEDED if name not in rater]:
        raise ValueError(f"{what}: {missing} must be given (prices are 0 for a server of your own)")
    if unknown := sorted(set(rater) - {*NEEDED, *OPTIONAL}):
        raise ValueError(f"{what}: no such settings: {unknown}; there are {[*NEEDED, *OPTIONAL]}")
    words = {name: rater.get(name, rater["model"]) for name in ("url", "model", "name")}
    words["key_env"] = rater.get("key_env", "")
    if wrong := [n for n, word in words.items() if not isinstance(word, str) or not (word or n == "key_env")]:
        raise ValueError(f"{what}: {wrong[0]} must be text, and not empty")
    prices = [rater["price_in"], rater["price_out"]]
    if not all(type(price) in (int, float) and 0 <= price < math.inf for price in prices):
        raise ValueError(
            f"{what}: price_in and price_out are {prices}: money for a million tokens, 0 or more"
        )
    price = Price(*(Decimal(str(price)) for price in prices))
    return Rater(
        words["name"], check_url(words["url"], what), words["model"], read_key(words["key_env"]), price
    )


def open_client(rater: Rater, in_flight: int) -> httpx2.AsyncClient:
    """A client that sends the rater's key, and to nobody else: it follows no redirects."""
    return httpx2.AsyncClient(
        headers={"Authorization": f"Bearer {rater.key}"} if rater.key else {},
        limits=httpx2.Limits(max_connections=in_flight, keepalive_expiry=KEEP_SECONDS),
        follow_redirects=False,
    )


async def ask(
    client: httpx2.AsyncClient, rater: Rater, message: str, *, heat: int, max_tokens: int, seconds: float
) -> Reply:
    """One request, ended after `seconds`.

    Faults: `unreachable` (no connection), `broken` (the connection ended early, or spoke no HTTP),
    `deadline`, `too_large`, `http_503` and its like, `wrong_json` (no JSON, or not of a chat completion).
    The key stands nowhere in what is given back but in `answer`, which is as it came (`answer.keep`).
    """
    timeout = httpx2.Timeout(None, connect=min(CONNECT_SECONDS, seconds))
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    body = _write(rater.model, message, heat, max_tokens)
    wait = 0.0
    try:
        async with (
            asyncio.timeout(seconds),
            client.stream("POST", rater.url, content=body, timeout=timeout, headers=headers) as response,
        ):
            wait = read_wait(response.headers.get("Retry-After", ""))
            said = await _read(response)
        if said is None:
            return Reply("too_large")
        if response.status_code != 200:
            return Reply(f"http_{response.status_code}", said=quote(said, rater.key), wait=wait)
        return parse(said, rater.key)
    except TimeoutError:
        return Reply("deadline", said=f"no whole answer in {seconds:g} s")
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        return Reply("unreachable", said=hide(str(error), rater.key)[:SAID])
    except httpx2.RequestError as error:
        return Reply("broken", said=hide(str(error) or type(error).__name__, rater.key)[:SAID])


def _write(model: str, message: str, heat: int, max_tokens: int) -> bytes:
    asked = {
        "model": model,
        "messages": [{"role": "user", "content": message}],
        "temperature": TEMPERATURES[min(heat, len(TEMPERATURES) - 1)],
        "max_tokens": max_tokens,
        "seed": heat,
    }
    return json.dumps(asked, separators=(",", ":")).encode()


async def _read(response: httpx2.Response) -> bytes | None:
    """The body as it comes, None where it is larger than any answer: what nobody asked to be packed is not
    unpacked."""
    body = bytearray()
    async for chunk in response.aiter_raw():
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
    try:
        return float(value) if value.strip().isdigit() else _read_date(value)
    except (ValueError, OverflowError):
        return 0.0


def _read_date(value: str) -> float:
    when = parsedate_to_datetime(value)
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
