"""Requests in their order, so many at once, within a budget; what is paid for is kept before it counts."""

import asyncio
import time
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from winnow import budget
from winnow.budget import Charge, Purse
from winnow.classifiers.raters.asking import (
    FAULTS,
    MAX_WAIT_SECONDS,
    RATE_FAULTS,
    charge_reply,
)
from winnow.classifiers.rephraser.log import Log
from winnow.classifiers.rephraser.template import Asked, Question, Template
from winnow.llm import Endpoint, Reply, ask, draw_backoff, hide, is_passing, open_client

if TYPE_CHECKING:
    import aiohttp

GIVE_UP_AFTER = 10  # faults in a row, of requests that were not under way together
WINDOW = ("context length", "context_length", "maximum context", "context window", "too many tokens")
SETTLED = ("over_window",)  # faults that no later run mends


def write(template: Template, asked: Asked, seed: int) -> dict[str, Any]:
    """The fields of a request."""
    return {
        "messages": asked.messages,
        "temperature": template.temperature,
        "top_p": template.top_p,
        "max_tokens": template.answer_tokens,
        "seed": seed,
    }


def keep(reply: Reply, key: str) -> Reply:
    """What is kept of a reply: its answer without the key; `over_window` where the server says that the
    request is longer than its model's window."""
    is_refused = reply.fault in ("http_400", "http_413", "http_422")
    if is_refused and any(word in reply.said.lower() for word in WINDOW):
        return reply._replace(fault="over_window", wait=0.0)
    return reply._replace(answer=hide(reply.answer, key))


class Desk:
    """Sends requests to one model.

    `most` is how many were under way at once at most. Where the purse has no room for the next one,
    `is_spent` is true and nothing more is asked for the first time.
    """

    def __init__(
        self, model: Endpoint, log: Log, purse: Purse, in_flight: int, timeout: float, seed: int
    ) -> None:
        self.model, self.log, self.purse = model, log, purse
        self.in_flight, self.timeout, self.seed = in_flight, timeout, seed
        self.running = self.most = self.misses = 0
        self.beyond = (0, 0)  # tokens in and out that the server told beyond what was held
        self.missed_at = self.ready_at = 0.0
        self.is_spent = False
        self.last: Reply | None = None
        self.slots = asyncio.Semaphore(in_flight)
        self.changed = asyncio.Event()

    async def run(self, questions: Iterable[Question]) -> None:
        """Ask until nothing is left, or the budget has no room.

        Raises ConnectionError where the server fails again and again, when all that is under way is kept.
        """
        tasks: set[asyncio.Task[None]] = set()
        async with open_client(self.model, self.in_flight) as client:
            for question in questions:
                await self.slots.acquire()
                if self.is_spent or self.misses >= GIVE_UP_AFTER:
                    break
                task = asyncio.create_task(self._answer(client, question))
                tasks.add(task)
                for done in [one for one in tasks if one.done()] if len(tasks) > 2 * self.in_flight else []:
                    tasks.discard(done)
                    done.result()
            for task in tasks:
                await task
        if self.misses >= GIVE_UP_AFTER:
            raise ConnectionError(self._describe())

    async def _answer(self, client: "aiohttp.ClientSession", question: Question) -> None:
        """Ask until there is an answer, or nothing is to be hoped for."""
        try:
            for faults in range(1, RATE_FAULTS + 1):
                await self._wait_turn()
                held = self._bound(question)
                if self.misses >= GIVE_UP_AFTER or not await self._take(held):
                    return
                reply = await self._send(client, question, held)
                if not reply.fault or reply.fault in SETTLED or not is_passing(reply.fault):
                    return
                if reply.wait > MAX_WAIT_SECONDS or (faults >= FAULTS and reply.fault != "http_429"):
                    return
                await asyncio.sleep(draw_backoff(faults))
        finally:
            self.slots.release()
            self.changed.set()

    async def _wait_turn(self) -> None:
        while self.ready_at > time.monotonic() and self.misses < GIVE_UP_AFTER:
            await asyncio.sleep(self.ready_at - time.monotonic())

    def _bound(self, question: Question) -> Charge:
        tokens_in, tokens_out = question.tokens + self.beyond[0], question.template.answer_tokens
        return budget.charge(self.model.price, tokens_in, tokens_out + self.beyond[1])

    async def _take(self, held: Charge) -> bool:
        """Hold what a request may cost; False where there is no room when all that is under way is paid."""
        while not self.purse.take(held):
            if not self.running or self.is_spent:
                self.is_spent = True
                return False
            self.changed.clear()
            await self.changed.wait()
        self.running += 1
        self.most = max(self.most, self.running)
        return True

    async def _send(self, client: "aiohttp.ClientSession", question: Question, held: Charge) -> Reply:
        """One attempt; what it cost is on the disk before it counts."""
        key = question.asked.key
        try:
            await self.log.announce(key, held.tokens_in, held.tokens_out, held.cost)
            await self._wait_turn()  # which another answer may have put off meanwhile
            sent_at = time.monotonic()
            fields = write(question.template, question.asked, self.seed)
            reply = keep(await ask(client, self.model, fields, self.timeout), self.model.key)
            paid = charge_reply(self.model, reply, held)
            if reply.fault in SETTLED:
                paid = Charge(0, 0, Decimal(0))
            said = reply.said if reply.fault else reply.answer
            await self.log.conclude(key, (*paid[:2], paid.cost), reply.fault, said, reply.finish)
        finally:
            self.running -= 1
        self.purse.settle(held, paid)
        self._learn(question, reply)
        self._count(reply, sent_at)
        self.changed.set()
        return reply

    def _learn(self, question: Question, reply: Reply) -> None:
        """Hold more for the next requests where the server told more than was held for one."""
        more = (reply.tokens_in or 0) - question.tokens
        out = (reply.tokens_out or 0) - question.template.answer_tokens
        self.beyond = (max(self.beyond[0], more), max(self.beyond[1], out))

    def _count(self, reply: Reply, sent_at: float) -> None:
        """What an attempt tells of the server: whether it is there, and when it wants to be asked again."""
        now = time.monotonic()
        if not reply.fault or reply.fault in SETTLED:
            self.misses = 0
            return
        self.last = reply
        if reply.wait <= MAX_WAIT_SECONDS:
            self.ready_at = max(self.ready_at, now + reply.wait)
        if sent_at >= self.missed_at:
            self.misses, self.missed_at = self.misses + 1, now

    def _describe(self) -> str:
        fault, said = (self.last.fault, self.last.said) if self.last else (None, "")
        return (
            f"{self.model.url}: {self.misses} requests in a row failed, the last with {fault}"
            f"{f' ({said})' if said else ''}; all answers are in the store: mend that, and run the same again"
        )
