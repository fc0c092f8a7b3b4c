"""Labels by language models: raters judge documents by a rubric, within a budget, and are compared first."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from winnow.budget import open_budget
from winnow.classifiers.raters import prompt as rubric
from winnow.classifiers.raters import sample, tables
from winnow.classifiers.raters.asking import Rating
from winnow.classifiers.raters.prompt import Prompt
from winnow.classifiers.raters.request_queue import RequestQueue, bound_tokens, check_limits, check_room
from winnow.classifiers.raters.tables import Rated
from winnow.llm import Endpoint, check_endpoint
from winnow.store import Store, make_key, open_store

LEAST_CHARS = 30  # of a document


def _list_strata(settings: Mapping[str, Any]) -> list[str]:
    """What `by` names."""
    return list(settings.get("by") or ())


def label(
    files: Annotated[Sequence[Path], "id", "text", _list_strata],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    raters: list[dict[str, Any]],
    prompt: Path,
    store: str,
    documents: PositiveInt,
    max_tokens: PositiveInt,
    max_cost: NonNegativeFloat,
    by: list[str] | None = None,
    max_chars: PositiveInt = 6000,
    answer_tokens: PositiveInt = 256,
    in_flight: PositiveInt = 8,
    timeout: PositiveFloat = 60,
    seed: NonNegativeInt = 0,
) -> Annotated[
    None,
    *("id", "rater", "score", "label", "answer", "tokens_in", "tokens_out", "cost", "error"),
    *("raters", "spread"),
]:
    """Have documents judged by two models or more over the OpenAI-compatible API, and say how far they
    agree.

    `prompt` is a file (`classifiers/raters/prompts/` has four): its first line declares the answer,
    `score: quality 0-5` or `labels: kind prose|code`, the rest is what is asked, with `{text}` where the
    document goes, and asks for JSON with that field. A document of more than `max_chars` characters is
    shown in three windows, at its begin, middle and end, a third of them each. It stands between marks
    that no text can know, with the word that it is no instruction.

    `raters` have `url` (with /v1), `model`, `price_in` and `price_out` (money for a million tokens, in
    one currency; 0 for a server of your own) and, if wanted, `name` (by default the model's) and
    `key_env` (the variable of the environment that holds the API key; the key, if it has 8 letters
    or more, is in no file). `documents` of them are judged, those with the lowest hashes of id and `seed`;
    with `by`, columns, equally many of each stratum. They are asked about in one order, of each all raters:
    while one is held back (Retry-After), the others go ahead by about `in_flight` documents at most.

    `max_tokens` (sent and answered, all raters together) and `max_cost` are the budget of these labels,
    whichever run paid for them. A request is sent only where there is room for the most that it can cost:
    a token for each byte of the message, 64 for the server's template, and `answer_tokens`. It is charged
    by the server's `usage`; where that is not told, and after a hang, a cut or a 5xx, by that most;
    nothing where it was refused (3xx, 4xx, 503, no connection). A server that tells more than that most
    is held to more from then on: those in flight by then are all that can go beyond. Where the budget
    ends, no further document is asked about.

    `store` is a folder outside of the run's: every answer is on the disk there before it counts, by
    rater, model, prompt and text, and is never asked for again. A process that is killed has paid for at
    most `in_flight` requests without an answer: they are asked again, and stay charged at the most. A bad
    answer is asked for again up to twice, hotter; a passing fault up to three times, after a wait
    (Retry-After, else doubled), and again in a later run.

    Written: `labels.parquet`, a row for each document and rater: `id`, `rater`, `score` (Float64) or
    `label` (String), null where `error` says why (`answer.judge`, `winnow.llm.ask`, `budget`: not asked,
    `no_text`, `lost`: in flight when a run was killed), `answer` as it came, or what the server said
    instead, `tokens_in`, `tokens_out` (Int64) and `cost` (Float64) of all attempts; a text that stands
    twice is paid for at the first. `labels_mean.parquet`, a row for each document with a label: `id`,
    `score` (the mean) or `label` (what most said; left out where two are said as often), `raters` (Int64:
    how many judged it), `spread` (Float64: highest less lowest score; share of the other labels).
    `agreement.json`: for each pair of raters `n`, `kappa` (of scores weighted by squares), `rho`
    (Spearman's), `equal`; labels, failures by reason and cost of each rater. `messages.json`: the same in
    sentences, which a run prints.

    Errors: ValueError for a wrong setting or prompt, less than two raters, a key that is not set, and a
    budget without room for one request. ConnectionError where a rater fails ten times in a row: the run
    ends, and the same command goes on.
    """
    least = {"documents": (documents, 1), "max_chars": (max_chars, LEAST_CHARS)}
    check_limits(timeout, **least, answer_tokens=(answer_tokens, 1), in_flight=(in_flight, 1))
    asked, wanted = _check_raters(raters), rubric.load(prompt)
    budget = open_budget(max_tokens, max_cost)
    if not store:
        raise ValueError("store: name a folder in which answers are kept, or they are paid for twice")
    chosen = sample.choose(files, documents, by or [], seed)
    texts = sample.read_texts(files, read, chosen)
    with open_store(Path(store), alone=True) as kept:
        rated = _pose(texts, asked, wanted, kept, max_chars, answer_tokens)
        questions = [each.question for each in rated if each.question and each.is_first]
        budget.spend_past(attempt for question in questions for attempt in question.past)
        if questions and not any(question.past for question in questions):
            first = asked[questions[0].endpoint]
            check_room(questions[0], first, budget, "budget", ", or lower max_chars")
        queue = RequestQueue(_name(asked), kept, budget, in_flight, timeout)
        queue.learn(questions)
        asyncio.run(queue.run(question for question in questions if not question.is_done()))
    tables.write(out, rated, asked, wanted, budget)


def _name(raters: Sequence[Endpoint]) -> list[Endpoint]:
    """The raters as messages name them."""
    return [rater._replace(name=f"rater {rater.name}") for rater in raters]


def _check_raters(raters: Sequence[Mapping[str, Any]]) -> list[Endpoint]:
    found = [check_endpoint(rater) for rater in raters]
    if len(found) < 2:
        raise ValueError(
            f"raters: {len(found)} given: name two or more, or nobody knows what a label is worth"
        )
    for what, keys in (
        ("name", [rater.name for rater in found]),
        ("url and model", [(rater.url, rater.model) for rater in found]),
    ):
        if len(set(keys)) < len(keys):
            raise ValueError(f"raters: two have the same {what}: one that is asked twice agrees with itself")
    return found


def _pose(
    texts: Sequence[tuple[str, str]],
    raters: Sequence[Endpoint],
    prompt: Prompt,
    store: Store,
    max_chars: int,
    answer_tokens: int,
) -> list[Rated]:
    """A question for each document and rater, the same for the same text."""
    posed: dict[bytes, Rating] = {}
    rated = []
    for id_, text in texts:
        message = rubric.render(prompt, text, max_chars) if text.strip() else None
        for number, rater in enumerate(raters):
            if message is None:
                rated.append(Rated(id_, rater.name, None, True))
                continue
            key = make_key(rater.name, rater.model, message)
            is_first = key not in posed
            if is_first:
                tokens = bound_tokens(message)
                posed[key] = Rating(number, key, tokens, answer_tokens, store.read(key), message, prompt)
            rated.append(Rated(id_, rater.name, posed[key], is_first))
    return rated
