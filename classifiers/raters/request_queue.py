"""Questions to served models, in their order, so many at once, within a budget; what is paid for is kept
before it counts."""

import asyncio
import math
import time
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from winnow.budget import Attempt, Budget, Charge, charge
from winnow.llm import Endpoint, Reply, ask, draw_backoff, hide, open_client
from winnow.store import Store

FAULTS = 4  # in one run, of one question
RATE_FAULTS = 20  # the same of "too many requests", which cost nothing
MAX_WAIT_SECONDS = 60.0  # a longer Retry-After is as good as none
SHY_AFTER = 4  # faults in a row after which a server is asked one question at a time
GIVE_UP_AFTER = 10  # after so many it is taken to be down
TEMPLATE_TOKENS = 64  # that a server's chat template adds to a message, by assumption; usage corrects it
PASSING = {"http_408", "http_425", "http_429"}
FREE = {"unreachable", "http_503"}  # with all of 3xx and 4xx: refused before a token was read


def check_limits(timeout: float, **limits: tuple[int, int]) -> None:
    """ValueError where one of several settings, each a value and the least it may be, is too small, or where
    a request may take no time, or all of it."""
    for name, (value, least) in limits.items():
        if value < least:
            raise ValueError(f"{name} is {value}, and at least {least}")
    if not 0 < timeout < math.inf:
        raise ValueError(f"timeout is {timeout}: the seconds that a request may take, above 0")


def bound_tokens(message: str) -> int:
    """The most tokens that a message can be: a token is a byte or more, also of what a tokenizer's
    normalization makes of a text."""
    forms = (message, unicodedata.normalize("NFKC", message))
    return max(len(form.encode()) for form in forms) + TEMPLATE_TOKENS


def sum_costs(attempts: Sequence[Attempt]) -> dict[str, Any]:
    """What attempts did cost, as columns: `tokens_in`, `tokens_out`, `cost`."""
    return {
        "tokens_in": sum(attempt.tokens_in for attempt in attempts),
        "tokens_out": sum(attempt.tokens_out for attempt in attempts),
        "cost": float(sum((Decimal(attempt.cost) for attempt in attempts), Decimal(0))),
    }


@dataclass
class Question:
    """What an endpoint, by its number, is asked; `tokens` are the most that is sent, `max_tokens` those of
    the answer, `past` all attempts, of earlier runs too. A leaf says by a class of its own what is sent, when
    it is done, and what is kept."""

    endpoint: int
    key: bytes
    tokens: int
    max_tokens: int
    past: list[Attempt]

    def write(self) -> dict[str, Any]:
        """The fields of the next request."""
        raise NotImplementedError

    def is_done(self) -> bool:
        """Whether there is an answer, or no other is to be hoped for."""
        return any(not attempt.fault for attempt in self.past)

    def keep(self, reply: Reply, key: str) -> Reply:
        """What is kept of a reply: no key."""
        return reply._replace(answer=hide(reply.answer, key))


def check_room(first: Question, endpoint: Endpoint, budget: Budget, name: str, cure: str = "") -> None:
    """ValueError where a budget, which is called `name`, has no room for the first question."""
    most = charge(endpoint.price, first.tokens, first.max_tokens)
    if most.tokens > budget.max_tokens or most.cost > budget.max_cost:
        raise ValueError(
            f"the {name} of {budget.max_tokens:,} tokens and {budget.max_cost:g} in money has no room for one"
            f" request: the first may take {most.tokens:,} tokens and {most.cost:g}; raise max_tokens or"
            f" max_cost{cure}"
        )


@dataclass
class _Server:
    """What is known of an endpoint: `misses` are faults in a row, those of requests that were under way
    together counted once; `beyond` are tokens in and out that it told beyond what was held."""

    endpoint: Endpoint
    client: Any = None
    running: int = 0
    misses: int = 0
    missed_at: float = 0.0
    ready_at: float = 0.0
    beyond: tuple[int, int] = (0, 0)
    last: Reply | None = None

    def bound(self, question: Question) -> Charge:
        """The most that a question may cost, by what the server told of others."""
        tokens_in, tokens_out = question.tokens + self.beyond[0], question.max_tokens + self.beyond[1]
        return charge(self.endpoint.price, tokens_in, tokens_out)

    def learn(self, question: Question, attempt: Attempt) -> None:
        """Hold more for the next questions where the server told more than was held for one."""
        if attempt.is_told:
            more = (attempt.tokens_in - question.tokens, attempt.tokens_out - attempt.max_tokens)
            self.beyond = (max(self.beyond[0], more[0]), max(self.beyond[1], more[1]))

    def count(self, reply: Reply, sent_at: float) -> None:
        """What an attempt tells of the server: whether it is there, and when it wants to be asked again."""
        now = time.monotonic()
        self.last = reply
        if sent_at >= self.missed_at:
            self.misses, self.missed_at = self.misses + 1, now
            shy = draw_backoff(self.misses - SHY_AFTER + 1) if self.misses >= SHY_AFTER else 0.0
            self.ready_at = max(self.ready_at, now + shy)
        if reply.wait <= MAX_WAIT_SECONDS:
            self.ready_at = max(self.ready_at, now + reply.wait)


class RequestQueue:
    """Asks `endpoints` within a budget: where it has no room for the next question when all that is under way
    is paid, `is_spent` is true and nothing more is asked for the first time, or short texts would be asked
    about more often than long ones."""

    def __init__(
        self, endpoints: Sequence[Endpoint], store: Store, budget: Budget, in_flight: int, timeout: float
    ) -> None:
        self.servers = [_Server(endpoint) for endpoint in endpoints]
        self.store, self.budget, self.in_flight, self.timeout = store, budget, in_flight, timeout
        self.held = 0  # requests that room in the budget is held for
        self.is_spent = False
        self.slots = asyncio.Semaphore(in_flight)
        self.changed = asyncio.Event()

    def learn(self, questions: Iterable[Question]) -> None:
        """What earlier runs know of the endpoints."""
        for question in questions:
            for attempt in question.past:
                self.servers[question.endpoint].learn(question, attempt)

    async def run(self, questions: Iterable[Question]) -> None:
        """Ask until each question is done, or the budget is; attempts are added to their questions' `past`.

        Raises ConnectionError where a server fails again and again, when all that is under way is kept.
        """
        tasks: set[asyncio.Task[None]] = set()
        async with AsyncExitStack() as stack:
            for server in self.servers:
                server.client = await stack.enter_async_context(open_client(server.endpoint, self.in_flight))
            for question in questions:
                await self.slots.acquire()
                for done in (
                    [task for task in tasks if task.done()] if len(tasks) > 2 * self.in_flight else []
                ):
                    tasks.discard(done)
                    done.result()
                server = self.servers[question.endpoint]
                most = None if self._find_down() or self.is_spent else await self._take(server, question)
                if most is None:
                    break
                tasks.add(asyncio.create_task(self._answer(server, question, most)))
            await asyncio.gather(*tasks)
        if down := self._find_down():
            raise ConnectionError(_describe(down))

    def _find_down(self) -> _Server | None:
        return next((server for server in self.servers if server.misses >= GIVE_UP_AFTER), None)

    async def _take(self, server: _Server, question: Question) -> Charge | None:
        """Hold what a request may cost; None where there is no room when all that is under way is paid."""
        while not self.budget.take(most := server.bound(question)):
            if not self.held:
                self.is_spent = True
                return None
            self.changed.clear()
            await self.changed.wait()
        self.held += 1
        return most

    def _record_charge(self, most: Charge, paid: Charge) -> None:
        self.budget.settle(most, paid)
        self.held -= 1
        self.changed.set()

    async def _answer(self, server: _Server, question: Question, most: Charge | None) -> None:
        """Ask until there is an answer, or nothing is to be hoped for."""
        faults = 0
        try:
            while most and await self._wait_turn(server):
                reply, paid = await self._send(server, question, most)
                self._record_charge(most, paid)
                most = None
                if question.is_done():
                    return
                if reply.fault:
                    faults += 1
                    if not _may_repeat(reply, faults):
                        return
                    self.slots.release()  # or a few bad texts would keep all others out
                    await asyncio.sleep(draw_backoff(faults))
                    await self.slots.acquire()
                most = await self._take(server, question)
        finally:
            if most:
                self._record_charge(most, charge(server.endpoint.price, 0, 0))
            self.slots.release()

    async def _wait_turn(self, server: _Server) -> bool:
        """Until a server may be asked, which then counts as being asked; False where one is down."""
        while not self._find_down():
            if server.ready_at > time.monotonic():
                await asyncio.sleep(server.ready_at - time.monotonic())
            elif server.misses >= SHY_AFTER and server.running:
                self.changed.clear()
                await self.changed.wait()
            else:
                server.running += 1
                return True
        return False

    async def _send(self, server: _Server, question: Question, most: Charge) -> tuple[Reply, Charge]:
        """One attempt, and what it cost; that is on the disk before it counts."""
        fields, endpoint = question.write(), server.endpoint
        held = Attempt(most.tokens_in, most.tokens_out, str(most.cost))
        held = held._replace(max_tokens=question.max_tokens, temperature=fields["temperature"])
        try:
            await self.store.announce(question.key, held)
            while server.ready_at > time.monotonic():  # another answer may have put it off meanwhile
                await asyncio.sleep(server.ready_at - time.monotonic())
            sent_at = time.monotonic()
            reply = await ask(server.client, endpoint, fields, self.timeout)
            attempt = question.keep(reply, endpoint.key).note(held)
            is_free = reply.fault in FREE or _is_refused(reply)
            paid = charge(endpoint.price, *(0, 0) if is_free else (attempt.tokens_in, attempt.tokens_out))
            attempt = attempt._replace(
                tokens_in=paid.tokens_in, tokens_out=paid.tokens_out, cost=str(paid.cost)
            )
            await self.store.conclude(question.key, attempt)
        finally:
            server.running -= 1
        question.past.append(attempt)
        server.learn(question, attempt)
        if not attempt.fault or question.is_done():
            server.misses = 0
        else:
            server.count(reply, sent_at)
        return reply, paid


def _may_repeat(reply: Reply, faults: int) -> bool:
    """Whether a question that failed so often is asked again in this run."""
    most = RATE_FAULTS if reply.fault == "http_429" else FAULTS
    is_passing = reply.fault in PASSING or not _is_refused(reply)
    return is_passing and reply.wait <= MAX_WAIT_SECONDS and faults < most


def _is_refused(reply: Reply) -> bool:
    return (reply.fault or "").startswith(("http_3", "http_4"))


def _describe(server: _Server) -> str:
    fault, said = (server.last.fault, server.last.said) if server.last else (None, "")
    return (
        f"{server.endpoint.name}: {server.misses} requests in a row failed, the last with {fault}"
        f"{f' ({said})' if said else ''}; all answers are in the store: mend that, and run the same again"
    )
