"""One request to a server of a vision-language model, and what is known of the server between requests."""

import asyncio
import base64
import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from winnow.ocr.engines.vlm_store import Attempt

CONNECT_SECONDS = 10.0
KEEP_SECONDS = 4.0  # below the 5 s after which uvicorn, and so vLLM, closes a connection that waits
MAX_ANSWER_BYTES = 2_000_000
SAID = 300
SECRET = 8  # letters from which a key is one; `EMPTY` and its like are words of pages
UNREACHABLE_AFTER = 20  # failures to connect without an answer in between
PROBE_SECONDS = 30.0


@dataclass
class Server:
    """Where requests go, and whether anyone is there."""

    client: httpx2.AsyncClient
    url: str
    model: str
    prompt: str
    key: str
    misses: int = 0
    probe_at: float = 0.0
    down: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self, fault: str | None) -> None:
        """Take an attempt's end into account: many failures to connect in a row and the server is down."""
        if fault == "unreachable":
            self.misses += 1
            if self.misses >= UNREACHABLE_AFTER:
                self.probe_at = time.monotonic() + PROBE_SECONDS
                self.down.set()
        elif fault != "deadline":
            self.misses = 0
            self.down = asyncio.Event() if self.down.is_set() else self.down

    def may_ask(self) -> bool:
        """Whether to ask: always while the server is there, else one page each `PROBE_SECONDS`."""
        if not self.down.is_set():
            return True
        if time.monotonic() < self.probe_at:
            return False
        self.probe_at = time.monotonic() + PROBE_SECONDS
        return True


def open_client(key: str, in_flight: int) -> httpx2.AsyncClient:
    """A client that sends `key` and holds at most `in_flight` connections; each request has its deadline."""
    return httpx2.AsyncClient(
        headers={"Authorization": f"Bearer {key}"} if key else {},
        limits=httpx2.Limits(max_connections=in_flight, keepalive_expiry=KEEP_SECONDS),
    )


async def ask(
    server: Server, png: bytes, *, temperature: float, seed: int, max_tokens: int, seconds: float
) -> tuple[Attempt, float]:
    """One request, ended after `seconds` whatever the server does; gives also the seconds it asks to wait.

    Faults: `unreachable` (no connection), `broken` (the connection ended early, or spoke no HTTP),
    `deadline`, `too_large`, `http_503` and its like, `wrong_json` (no JSON, or not of a chat completion).
    """
    fields: dict[str, Any] = {}
    wait = 0.0
    body = _write(server, png, temperature, seed, max_tokens)
    timeout = httpx2.Timeout(None, connect=min(CONNECT_SECONDS, seconds / 2))
    try:
        async with asyncio.timeout(seconds):
            async with server.client.stream(
                "POST",
                server.url,
                content=body,
                timeout=timeout,
                headers={"Content-Type": "application/json", "Accept-Encoding": "identity"},
            ) as response:
                wait = _read_wait(response.headers.get("Retry-After", ""))
                said = await _read(response)
        if said is None:
            fields["fault"] = "too_large"
        elif response.status_code != 200:
            fields = {"fault": f"http_{response.status_code}", "said": _hide(_decode(said), server.key)}
        else:
            fields = parse(said, server.key)
    except TimeoutError:
        fields = {"fault": "deadline"}
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        fields = {"fault": "unreachable", "said": _hide(str(error), server.key)}
    except httpx2.RequestError as error:
        fields = {"fault": "broken", "said": _hide(str(error) or type(error).__name__, server.key)}
    server.count(fields.get("fault"))
    return Attempt(temperature, max_tokens, **fields), wait


def _write(server: Server, png: bytes, temperature: float, seed: int, max_tokens: int) -> bytes:
    picture = "data:image/png;base64," + base64.b64encode(png).decode()
    content: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": picture}}]
    if server.prompt:
        content.append({"type": "text", "text": server.prompt})
    asked = {
        "model": server.model,
        "messages": [{"role": "user", "content": content}],
        "temperature": temperature,
        "max_tokens": max_tokens,
        "seed": seed,
    }
    return json.dumps(asked, separators=(",", ":")).encode()


async def _read(response: httpx2.Response) -> bytes | None:
    """The body as it comes, None where it is larger than any page: what nobody asked to be packed is not
    unpacked."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            return None
    return bytes(body)


def parse(body: bytes, key: str = "") -> dict[str, Any]:
    """What a chat completion says, as fields of an `Attempt`."""
    try:
        said = json.loads(body)
        choice = said["choices"][0]
        answer, finish = choice["message"]["content"], choice.get("finish_reason")
        usage = said.get("usage")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {"fault": "wrong_json", "said": _hide(_decode(body), key)}
    if not isinstance(answer, str | None) or not isinstance(finish, str | None):
        return {"fault": "wrong_json", "said": _hide(_decode(body), key)}
    tokens = usage.get("completion_tokens") if isinstance(usage, dict) else None
    answer = answer or ""
    return {
        "answer": answer.replace(key, "[key]") if len(key) >= SECRET else answer,
        "finish_reason": _hide(finish.encode("ascii", "replace").decode(), key)[:40] if finish else None,
        "tokens": tokens if isinstance(tokens, int) and 0 <= tokens < 2**31 else None,
    }


def _decode(body: bytes) -> str:
    return body[: 10 * SAID].decode("utf-8", "replace")


def _hide(text: str, key: str) -> str:
    """The beginning of what a server said, without the key that it may have said back."""
    text = text.replace("\\/", "/")
    if len(key) >= SECRET:  # by its beginning, as its end may be cut off
        text = re.sub(rf"{re.escape(key[:SECRET])}\S*", "[key]", text)
    return " ".join(text.split())[:SAID]


def _read_wait(value: str) -> float:
    """The seconds of a Retry-After: a number or a date; 0 where it is neither."""
    try:
        return max(0.0, float(value)) if value.strip().isdigit() else _read_date(value)
    except (ValueError, OverflowError):
        return 0.0


def _read_date(value: str) -> float:
    when = parsedate_to_datetime(value)
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
