"""Questions to raters, in their order, within a budget; what is paid for is kept before it counts."""

import asyncio
import heapq
import time
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from winnow import budget
from winnow.budget import Charge, Purse
from winnow.classifiers.raters import store
from winnow.classifiers.raters.answer import judge, keep
from winnow.classifiers.raters.prompt import Prompt
from winnow.classifiers.raters.store import Attempt
from winnow.llm import Endpoint, Reply, ask, draw_backoff, is_free, is_passing, open_client

if TYPE_CHECKING:
    import aiohttp

TEMPERATURES = (0.0, 0.5, 0.8)  # after no, one and two bad answers: at 0 a model would say the same again
ANSWERS = len(TEMPERATURES)  # bad ones after which a rater is not asked again about a document
FAULTS = 4  # in one run, of one question
RATE_FAULTS = 20  # the same of "too many requests", which cost nothing
MAX_WAIT_SECONDS = 60.0  # a longer Retry-After is as good as none
SHY_AFTER = 4  # faults in a row after which a rater is asked one question at a time
GIVE_UP_AFTER = 10  # after so many it is taken to be down


class Limits(NamedTuple):
    """Requests at once, seconds for each, tokens for its answer."""

    in_flight: int
    timeout: float
    answer_tokens: int


@dataclass
class Question:
    """A document for a rater: what is sent, where it is kept, and all attempts at it, of earlier runs too."""

    number: int
    rater: int
    message: str
    file: Path
    past: list[Attempt]
    faults: int = 0
    is_fresh: bool = True

    def __lt__(self, other: "Question") -> bool:
        return self.number < other.number


@dataclass
class Line:
    """The questions that wait for a rater, and what is known of it: `misses` are faults in a row, those of
    requests that were under way together counted once."""

    rater: Endpoint
    client: "aiohttp.ClientSession"
    waiting: list[Question] = field(default_factory=list)
    running: int = 0
    misses: int = 0
    missed_at: float = 0.0
    ready_at: float = 0.0
    beyond: tuple[int, int] = (0, 0)  # tokens in and out that the server told beyond what was held
    last: Reply | None = None

    def may_send(self, now: float) -> bool:
        """Whether it is time for another question."""
        return now >= self.ready_at and (self.misses < SHY_AFTER or not self.running)

    def bound(self, question: Question, answer_tokens: int) -> Charge:
        """The most that a question may cost, by what the server told of others."""
        most = budget.bound_tokens(question.message) + self.beyond[0]
        return budget.charge(self.rater.price, most, answer_tokens + self.beyond[1])


def is_done(question: Question, prompt: Prompt, answer_tokens: int) -> bool:
    """Whether a question has a good answer, or as many bad ones as it may have."""
    heat = count_bad(question, answer_tokens)
    return heat >= ANSWERS or any(
        not attempt.fault and judge(attempt.answer, attempt.finish, prompt)[1] is None
        for attempt in question.past
    )


def count_bad(question: Question, answer_tokens: int) -> int:
    """Answers so far; one that was truncated at fewer tokens than it may have today is none."""
    return sum(
        not attempt.fault and (attempt.finish != "length" or attempt.max_tokens >= answer_tokens)
        for attempt in question.past
    )


def pay_past(purse: Purse, questions: Iterable[Question]) -> None:
    """Spend what all earlier attempts at the questions did cost."""
    for question in questions:
        for past in question.past:
            purse.spend(Charge(past.tokens_in, past.tokens_out, Decimal(past.cost)))


async def ask_all(
    questions: Sequence[Question], raters: Sequence[Endpoint], prompt: Prompt, purse: Purse, limits: Limits
) -> None:
    """Ask until each question is done, or the budget is; attempts are added to their questions' `past`.

    Raises ConnectionError where a rater fails again and again, when all that is under way is kept.
    """
    async with AsyncExitStack() as stack:
        lines = [Line(r, await stack.enter_async_context(open_client(r, limits.in_flight))) for r in raters]
        for question in questions:
            line = lines[question.rater]
            for past in question.past:
                _learn(line, question, past)
            if not is_done(question, prompt, limits.answer_tokens):
                heapq.heappush(line.waiting, question)
        await _Desk(lines, prompt, purse, limits).run()


class _Desk:
    """Sends what may be sent, in the order of the questions, and takes in what comes back."""

    def __init__(self, lines: list[Line], prompt: Prompt, purse: Purse, limits: Limits) -> None:
        self.lines, self.prompt, self.purse, self.limits = lines, prompt, purse, limits
        self.running: set[asyncio.Task[None]] = set()
        self.later: list[tuple[float, Question]] = []

    async def run(self) -> None:
        """Until nothing waits and nothing is under way."""
        while True:
            down = next((line for line in self.lines if line.misses >= GIVE_UP_AFTER), None)
            if down is None and self._send_next():
                continue
            if self.running:
                await self._collect()
            elif down:
                raise ConnectionError(_describe(down))
            elif self.later or any(line.waiting for line in self.lines):
                await asyncio.sleep(max(0.0, (self._find_wake() or 0.0) - time.monotonic()))
            else:
                return

    def _send_next(self) -> bool:
        """Send the first question that may be sent; False where none may be, or only when others are paid."""
        now = time.monotonic()
        while self.later and self.later[0][0] <= now:
            question = heapq.heappop(self.later)[1]
            heapq.heappush(self.lines[question.rater].waiting, question)
        ready = [line for line in self.lines if line.waiting and line.may_send(now)]
        if not ready or len(self.running) >= self.limits.in_flight:
            return False
        line = min(ready, key=lambda line: line.waiting[0].number)
        ahead = line.waiting[0].number - self._find_lowest()
        if ahead >= self.limits.in_flight * len(self.lines):
            return False  # or a rater that is held back would find the budget spent on the others
        most = line.bound(line.waiting[0], self.limits.answer_tokens)
        if self.purse.take(most):
            question = heapq.heappop(line.waiting)
            line.running += 1
            self.running.add(asyncio.create_task(self._send(line, question, most)))
            return True
        if self.running or ahead:
            return False
        self._leave_out(line)
        return True

    def _find_lowest(self) -> int:
        """The number of the first question that waits, also of a rater that is held back."""
        heads = [line.waiting[0] for line in self.lines if line.waiting]
        return min(question.number for question in [*heads, *(later for _, later in self.later)])

    def _leave_out(self, line: Line) -> None:
        """The budget has no room for the next question: nor is another one asked for the first time, or
        short documents would be labelled more often than long ones."""
        heapq.heappop(line.waiting)
        for each in self.lines:
            each.waiting = [question for question in each.waiting if not question.is_fresh]
            heapq.heapify(each.waiting)

    async def _collect(self) -> None:
        """Wait for an answer, or until something else may be sent."""
        wake_at = self._find_wake()
        seconds = max(0.0, wake_at - time.monotonic()) if wake_at else None
        if len(self.running) >= self.limits.in_flight:
            seconds = None
        done, self.running = await asyncio.wait(
            self.running, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            task.result()

    def _find_wake(self) -> float | None:
        now = time.monotonic()
        times = [line.ready_at for line in self.lines if line.waiting and line.ready_at > now]
        return min(times + [when for when, _ in self.later[:1]], default=None)

    async def _send(self, line: Line, question: Question, most: Charge) -> None:
        """One attempt; what it cost is on the disk before it counts."""
        heat = count_bad(question, self.limits.answer_tokens)
        question.is_fresh = False
        held = Attempt(heat, self.limits.answer_tokens, most.tokens_in, most.tokens_out, str(most.cost))
        await asyncio.to_thread(store.announce, question.file, held)  # a disk may take its time
        sent_at = time.monotonic()
        reply = await ask(
            line.client,
            line.rater,
            write(question.message, heat, self.limits.answer_tokens),
            self.limits.timeout,
        )
        paid = charge_reply(line.rater, reply, most)
        kept = keep(reply.answer, reply.finish, self.prompt, line.rater.key)
        attempt = _note(held, reply._replace(answer=kept), paid)
        await asyncio.to_thread(store.conclude, question.file, attempt)
        self.purse.settle(most, paid)
        question.past.append(attempt)
        line.running -= 1
        _learn(line, question, attempt)
        self._go_on(line, question, reply, sent_at)

    def _go_on(self, line: Line, question: Question, reply: Reply, sent_at: float) -> None:
        """Put a question back that is not done, for when it may be asked again."""
        now = time.monotonic()
        if not reply.fault:
            line.misses = 0
            if not is_done(question, self.prompt, self.limits.answer_tokens):
                heapq.heappush(line.waiting, question)
            return
        question.faults += 1
        line.last = reply
        if sent_at >= line.missed_at:
            line.misses, line.missed_at = line.misses + 1, now
            shy = draw_backoff(line.misses - SHY_AFTER + 1) if line.misses >= SHY_AFTER else 0.0
            line.ready_at = max(line.ready_at, now + shy)
        if reply.wait <= MAX_WAIT_SECONDS:
            line.ready_at = max(line.ready_at, now + reply.wait)
        if not is_passing(reply.fault) or reply.wait > MAX_WAIT_SECONDS:
            return
        if question.faults >= (RATE_FAULTS if reply.fault == "http_429" else FAULTS):
            return
        heapq.heappush(self.later, (now + draw_backoff(question.faults), question))


def write(message: str, heat: int, max_tokens: int) -> dict[str, Any]:
    """The fields of a request, hotter with each bad answer."""
    return {
        "messages": [{"role": "user", "content": message}],
        "temperature": TEMPERATURES[min(heat, len(TEMPERATURES) - 1)],
        "max_tokens": max_tokens,
        "seed": heat,
    }


def charge_reply(rater: Endpoint, reply: Reply, most: Charge) -> Charge:
    """What a request cost: by the server where it says so, nothing where it refused, else the most."""
    if is_free(reply.fault):
        return budget.charge(rater.price, 0, 0)
    tokens_in = most.tokens_in if reply.tokens_in is None else reply.tokens_in
    tokens_out = most.tokens_out if reply.tokens_out is None else reply.tokens_out
    return budget.charge(rater.price, tokens_in, tokens_out)


def _note(held: Attempt, reply: Reply, paid: Charge) -> Attempt:
    return held._replace(
        tokens_in=paid.tokens_in,
        tokens_out=paid.tokens_out,
        cost=str(paid.cost),
        is_told=None not in (reply.tokens_in, reply.tokens_out),
        fault=reply.fault,
        answer=reply.answer,
        finish=reply.finish,
        said=reply.said,
    )


def _learn(line: Line, question: Question, attempt: Attempt) -> None:
    """Hold more for a rater's next questions where its server told more than was held for one."""
    if attempt.is_told:
        more = attempt.tokens_in - budget.bound_tokens(question.message)
        out = attempt.tokens_out - attempt.max_tokens
        line.beyond = (max(line.beyond[0], more), max(line.beyond[1], out))


def _describe(line: Line) -> str:
    fault, said = (line.last.fault, line.last.said) if line.last else (None, "")
    return (
        f"rater {line.rater.name}: {line.misses} requests in a row failed, the last with {fault}"
        f"{f' ({said})' if said else ''}; all answers are in the store: mend that, and run the same again"
    )
