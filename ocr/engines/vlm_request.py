"""A page sent to a vision-language model, and what is known of its server between requests."""

import asyncio
import base64
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from winnow.llm import CONNECT_SECONDS, SECRET, Endpoint, Reply, ask

if TYPE_CHECKING:
    import aiohttp

UNREACHABLE_AFTER = 20  # failures to connect without an answer in between
PROBE_SECONDS = 30.0


@dataclass
class Server:
    """Where requests go, and whether anyone is there."""

    client: "aiohttp.ClientSession"
    endpoint: Endpoint
    prompt: str
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


async def send(
    server: Server, png: bytes, *, temperature: float, seed: int, max_tokens: int, seconds: float
) -> Reply:
    """One request, ended after `seconds`; faults are those of `winnow.llm.ask`. The key stands nowhere in
    what is given back."""
    picture = "data:image/png;base64," + base64.b64encode(png).decode()
    content: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": picture}}]
    if server.prompt:
        content.append({"type": "text", "text": server.prompt})
    fields = {
        "messages": [{"role": "user", "content": content}],
        "temperature": temperature,
        "max_tokens": max_tokens,
        "seed": seed,
    }
    connect = min(CONNECT_SECONDS, seconds / 2)
    reply = await ask(server.client, server.endpoint, fields, seconds, connect)
    server.count(reply.fault)
    key = server.endpoint.key
    return reply._replace(answer=reply.answer.replace(key, "[key]") if len(key) >= SECRET else reply.answer)
