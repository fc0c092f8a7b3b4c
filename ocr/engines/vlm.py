"""Pictures of pages read by a vision-language model over the OpenAI-compatible API, as vLLM serves it."""

import asyncio
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, nullcontext, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from winnow.budget import Attempt, Price
from winnow.llm import Endpoint, check_url, draw_backoff, open_client, read_key
from winnow.ocr.engines.vlm_answer import Judged, judge
from winnow.ocr.engines.vlm_request import Server, send
from winnow.store import Store, make_key, open_store

TEMPERATURES = (0.0, 0.2, 0.5, 0.8)
REQUEST_SHARE = 0.5  # of a page's seconds that one request may take, so that a hang is not the end of it
LEAST_SHARE = 0.01  # of those seconds: with less left nothing is asked
ATTEMPTS = 4  # for a page, unless told otherwise
# What says nothing of the page: such attempts are kept, but a later run does not count them.
OF_SERVER = {"unreachable", *(f"http_{status}" for status in (401, 403, 404, 429, 502, 503, 504))}
PASSING = {"unreachable", "broken", "http_408", "http_425", "http_429"}  # with all of 5xx


class Picture(NamedTuple):
    """A page to read; `words` are what Tesseract read on it, in order, to check the answer against."""

    key: str
    png: bytes
    words: tuple[str, ...]


class Transcript(NamedTuple):
    """What became of a page: `text`, or None and the `reason`.

    `attempts` and their `seconds` are those of all runs. `detail` holds `finish_reason`, `tokens`, `recall`,
    `precision` and `repetition` of the last answer (see `vlm_answer.Judged`), `temperature`, and `said`: the
    beginning of what the server said instead of an answer.
    """

    key: str
    text: str | None
    reason: str | None
    attempts: int
    seconds: float
    detail: dict[str, Any]


class _Limits(NamedTuple):
    page_seconds: float
    attempts: int
    max_tokens: int


class _Page(NamedTuple):
    picture: Picture
    key: bytes
    past: list[Attempt]


def transcribe(
    pages: Iterable[Picture],
    *,
    url: str,
    model: str,
    prompt: Path,
    store: Path | None,
    in_flight: int = 8,
    page_seconds: float = 120,
    attempts: int = ATTEMPTS,
    max_tokens: int = 6000,
    key_env: str = "",
) -> Iterator[Transcript]:
    """A transcript for each page, as they get done: not in the order of `pages`, which is read `in_flight`
    ahead.

    `url` is what OpenAI's clients call base URL: `http://localhost:8000/v1`. `prompt` names a file of text,
    which may be empty; `key_env` names the variable of the environment that holds the API key. A page is
    asked for up to `attempts` times within `page_seconds`, hotter after each bad answer; a picture, model
    and prompt that `store` has a good answer of are not asked for again, and attempts that it has are not
    repeated. An answer that was truncated at fewer tokens than `max_tokens` is no attempt of today.

    Reasons, each of the last attempt: those of `vlm_answer.judge` and of `winnow.llm.ask`. After many
    failures to connect in a row all pages are `unreachable`, but one each half minute, with which the
    server is tried again. What the disk raises (OSError) ends it; ValueError where a setting is wrong.
    """
    text = prompt.read_text(encoding="utf-8").strip()
    price = Price(Decimal(0), Decimal(0))
    endpoint = Endpoint("vlm", check_url(url, "vlm"), model, read_key(key_env), price)
    if in_flight < 1 or attempts < 1 or page_seconds <= 0:
        raise ValueError("in_flight, attempts and page_seconds must be above 0")
    limits = _Limits(page_seconds, attempts, max_tokens)
    waiting: dict[Future[Transcript], bytes] = {}
    with (
        open_store(store, alone=False) if store else nullcontext() as kept,
        _run_loop(endpoint, in_flight, text) as (loop, server),
    ):
        for picture in pages:
            page = _find_answer(picture, kept, model, text)
            while kept and page.key in waiting.values():  # the same picture: one answer for both
                yield from _collect(waiting)
                page = _find_answer(picture, kept, model, text)
            done = _conclude(page, limits)
            if done:
                yield done
            else:
                asked = asyncio.run_coroutine_threadsafe(_read(server, page, limits, kept), loop)
                waiting[asked] = page.key
            while len(waiting) >= in_flight:
                yield from _collect(waiting)
        while waiting:
            yield from _collect(waiting)


@contextmanager
def _run_loop(
    endpoint: Endpoint, in_flight: int, prompt: str
) -> Iterator[tuple[asyncio.AbstractEventLoop, Server]]:
    """A loop in a thread of its own; at the end what still runs in it is given up, and connections closed."""

    async def start() -> Server:
        return Server(open_client(endpoint, in_flight), endpoint, prompt)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="vlm", daemon=True)
    thread.start()
    started = asyncio.run_coroutine_threadsafe(start(), loop)
    try:
        yield loop, started.result()
    finally:
        if not sys.is_finalizing():  # then the thread is gone already, and nobody would answer
            if not started.exception():
                asyncio.run_coroutine_threadsafe(_give_up(started.result()), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


async def _give_up(server: Server) -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await server.client.close()


def _find_answer(picture: Picture, store: Store | None, model: str, prompt: str) -> _Page:
    key = make_key(picture.png, model, prompt)
    return _Page(picture, key, store.read(key) if store else [])


def _collect(waiting: dict[Future[Transcript], bytes]) -> Iterator[Transcript]:
    """Those that are done, at least one."""
    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
        del waiting[future]
        yield future.result()


def _counts(attempt: Attempt, limits: _Limits) -> bool:
    """Whether an attempt of an earlier run is one of today's."""
    if attempt.finish == "length" or attempt.fault == "http_400":
        return attempt.max_tokens >= limits.max_tokens
    return attempt.fault not in OF_SERVER


def _is_passing(fault: str | None) -> bool:
    """Whether the same request may do better after a while."""
    return fault in PASSING or (fault or "").startswith("http_5")


def _is_final(fault: str | None) -> bool:
    """Whether the server will say the same again: it understood, and refuses."""
    return (fault or "").startswith("http_") and not _is_passing(fault)


def _judge(page: _Page, attempt: Attempt) -> Judged:
    if attempt.fault:
        return Judged(None, attempt.fault)
    return judge(attempt.answer, attempt.finish, page.picture.words)


def _conclude(page: _Page, limits: _Limits) -> Transcript | None:
    """What earlier runs make of a page; None where it is to be asked for."""
    for attempt in page.past:
        judged = _judge(page, attempt)
        if not judged.reason:
            return _describe(page, page.past, attempt, judged)
    tried = [attempt for attempt in page.past if _counts(attempt, limits)]
    left = limits.page_seconds - sum(attempt.seconds for attempt in tried)
    if tried and (_is_final(tried[-1].fault) or len(tried) >= limits.attempts or left < _least(limits)):
        return _describe(page, page.past, tried[-1], _judge(page, tried[-1]))
    return None


def _least(limits: _Limits) -> float:
    return LEAST_SHARE * limits.page_seconds


async def _read(server: Server, page: _Page, limits: _Limits, store: Store | None) -> Transcript:
    """Ask until the answer is good, or attempts or time are used up."""
    tried = [attempt for attempt in page.past if _counts(attempt, limits)]
    since = time.monotonic()
    deadline = since + limits.page_seconds - sum(attempt.seconds for attempt in tried)
    faults, seen = 0, list(page.past)
    while server.may_ask():
        heat = sum(not _is_passing(attempt.fault) for attempt in tried)
        temperature = TEMPERATURES[min(heat, len(TEMPERATURES) - 1)]
        reply = await send(
            server,
            page.picture.png,
            temperature=temperature,
            seed=heat,
            max_tokens=limits.max_tokens,
            seconds=min(deadline - time.monotonic(), REQUEST_SHARE * limits.page_seconds),
        )
        # with the wait before it, so that the seconds of a page's attempts are those of the page
        seconds, since = round(time.monotonic() - since, 3), time.monotonic()
        held = Attempt(max_tokens=limits.max_tokens, temperature=temperature, seconds=seconds)
        attempt = reply.note(held)._replace(is_told=reply.tokens_out is not None)
        tried.append(attempt)
        seen.append(attempt)
        if store:
            await store.conclude(page.key, attempt)
        judged = _judge(page, attempt)
        if not judged.reason or _is_final(attempt.fault) or len(tried) >= limits.attempts:
            return _describe(page, seen, attempt, judged)
        faults += _is_passing(attempt.fault)
        pause = max(reply.wait, draw_backoff(faults)) if _is_passing(attempt.fault) else 0.0
        if deadline - time.monotonic() - pause < _least(limits):
            return _describe(page, seen, attempt, judged)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await server.down.wait()
    return _describe(page, seen, None, Judged(None, "unreachable"))


def _describe(page: _Page, seen: list[Attempt], last: Attempt | None, judged: Judged) -> Transcript:
    detail = {
        "finish_reason": last and last.finish,
        "tokens": last and (last.tokens_out if last.is_told else None),
        "temperature": last and last.temperature,
        "said": last.said if last else "",
        "recall": judged.recall,
        "precision": judged.precision,
        "repetition": judged.repetition,
    }
    seconds = round(sum(attempt.seconds for attempt in seen), 3)
    return Transcript(page.picture.key, judged.text, judged.reason, len(seen), seconds, detail)
