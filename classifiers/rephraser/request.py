"""One request to a model over the OpenAI-compatible API, ended whatever the server does.

By aiohttp, whose work for a request is a sixth of httpx2's (7,650 and 1,200 requests a CPU-second, 2 KB
each): at a thousand requests a second the rest of the work must fit into the same core.
"""

import asyncio
import json

import aiohttp

from winnow.classifiers.rephraser.template import Asked, Template
from winnow.llm import (
    CONNECT_SECONDS,
    KEEP_SECONDS,
    SAID,
    Rater,
    Reply,
    hide,
    parse,
    quote,
    read_wait,
)

MAX_ANSWER_BYTES = 4_000_000
WINDOW = ("context length", "context_length", "maximum context", "context window", "too many tokens")


def open_client(model: Rater, in_flight: int) -> aiohttp.ClientSession:
    """A client with at most `in_flight` connections, which sends the model's key, and to nobody else."""
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    return aiohttp.ClientSession(
        headers=headers | ({"Authorization": f"Bearer {model.key}"} if model.key else {}),
        connector=aiohttp.TCPConnector(limit=in_flight, keepalive_timeout=KEEP_SECONDS),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        auto_decompress=False,
        skip_auto_headers=["User-Agent"],
    )


async def ask(
    client: aiohttp.ClientSession, model: Rater, template: Template, asked: Asked, seed: int, seconds: float
) -> Reply:
    """One request, ended after `seconds`, also where the server sends a byte now and then.

    Faults: `unreachable` (no connection), `broken` (the connection ended early, or spoke no HTTP),
    `deadline`, `too_large`, `over_window` (the server says that the request is longer than its model's
    window), `http_503` and its like, `wrong_json` (no JSON, or not of a chat completion). The key stands
    nowhere in what is given back.
    """
    body = write(model.model, template, asked, seed)
    try:
        async with (
            asyncio.timeout(seconds),
            client.post(model.url, data=body, allow_redirects=False) as response,
        ):
            wait = read_wait(response.headers.get("Retry-After", ""))
            said = await _read(response)
    except TimeoutError:
        return Reply("deadline", said=f"no whole answer in {seconds:g} s")
    except aiohttp.ClientConnectorError as error:
        return Reply("unreachable", said=hide(str(error), model.key)[:SAID])
    except (aiohttp.ClientError, ConnectionError, ValueError) as error:
        return Reply("broken", said=hide(str(error) or type(error).__name__, model.key)[:SAID])
    if said is None:
        return Reply("too_large")
    if response.status != 200:
        quoted = quote(said, model.key)
        is_over = response.status in (400, 413, 422) and any(word in quoted.lower() for word in WINDOW)
        return Reply("over_window" if is_over else f"http_{response.status}", said=quoted, wait=wait)
    reply = parse(said, model.key)
    return reply._replace(answer=hide(reply.answer, model.key))


def write(model: str, template: Template, asked: Asked, seed: int) -> bytes:
    """The body of a request."""
    fields = {
        "model": model,
        "messages": asked.messages,
        "temperature": template.temperature,
        "top_p": template.top_p,
        "max_tokens": template.answer_tokens,
        "seed": seed,
    }
    return json.dumps(fields, separators=(",", ":")).encode()


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    """The body, None where it is larger than any answer."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            return None
    return bytes(body)
