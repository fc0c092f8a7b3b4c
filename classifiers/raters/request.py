"""One request to a rater over the OpenAI-compatible API, ended whatever the server does."""

import asyncio
import json
import os
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpx2

from classifiers.raters.budget import Price

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


def check_url(url: str) -> str:
    """The address of chat completions under a base URL; ValueError where it is none."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError) as error:
        raise ValueError(f"raters: url: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        raise ValueError("raters: url: name the address of the API alone, as http://localhost:8000/v1")
    if "?" in url or "#" in url:  # not quoted: a key may stand there
        raise ValueError(
            "raters: url: it may have no query (?...) and no fragment (#...): name the address of the API"
            " alone, as http://localhost:8000/v1, and a key by key_env"
        )
    return url.rstrip("/") + "/chat/completions"


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
            wait = _read_wait(response.headers.get("Retry-After", ""))
            said = await _read(response)
        if said is None:
            return Reply("too_large")
        if response.status_code != 200:
            return Reply(f"http_{response.status_code}", said=_quote(said, rater.key), wait=wait)
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
        return Reply("wrong_json", "", None, _quote(body, key), *tokens)
    if not isinstance(answer, str | None) or not isinstance(finish, str | None):
        return Reply("wrong_json", "", None, _quote(body, key), *tokens)
    return Reply(None, answer or "", hide(finish, key)[:40] if finish else None, "", *tokens)


def _read_usage(usage: Any) -> tuple[int | None, int | None]:
    told = usage if isinstance(usage, dict) else {}
    found = [told.get(name) for name in ("prompt_tokens", "completion_tokens")]
    known = [type(value) is int and 0 <= value < 2**31 for value in found]
    return found[0] if known[0] else None, found[1] if known[1] else None


def _quote(body: bytes, key: str) -> str:
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


def _read_wait(value: str) -> float:
    """The seconds of a Retry-After: a number or a date; 0 where it is neither."""
    try:
        return float(value) if value.strip().isdigit() else _read_date(value)
    except (ValueError, OverflowError):
        return 0.0


def _read_date(value: str) -> float:
    when = parsedate_to_datetime(value)
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
