"""Documents said anew by a language model: asked for within a budget, put in the place of their parents."""

import asyncio
import fnmatch
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import polars as pl
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from winnow.budget import Budget, open_budget
from winnow.classifiers.raters import sample
from winnow.classifiers.raters.request_queue import (
    RequestQueue,
    bound_tokens,
    check_limits,
    check_room,
    sum_costs,
)
from winnow.classifiers.rephraser import tables, template
from winnow.classifiers.rephraser.asking import Rewriting
from winnow.classifiers.rephraser.template import RewriteRequest, Template
from winnow.files import find_files
from winnow.llm import Endpoint, check_endpoint
from winnow.store import Store, open_store

Reader = Callable[..., Iterator[pl.DataFrame]]
REWRITES = tuple(tables.REWRITES)


class Job(NamedTuple):
    """What is asked of whom: the prompts, one of which a document gets by its id."""

    model: Endpoint
    templates: tuple[Template, ...]
    max_chars: int
    seed: int

    def pose(self, id_: str, text: str) -> tuple[Template, RewriteRequest]:
        """The request for a document."""
        draw = int.from_bytes(tables.draw(id_, self.seed)) % len(self.templates)
        chosen = self.templates[draw]
        return chosen, template.render(chosen, id_, text, self.model.model, self.seed)


def write(
    files: Annotated[Sequence[Path], "id", "text"],
    out: Path,
    *,
    read: Reader,
    service: dict[str, Any],
    prompts: Path,
    store: str,
    documents: PositiveInt,
    max_tokens: PositiveInt,
    max_cost: NonNegativeFloat,
    names: list[str] | None = None,
    dropped: Path | None = None,
    reasons: list[str] | None = None,
    by: list[str] | None = None,
    max_chars: PositiveInt = 8_000,
    in_flight: PositiveInt = 64,
    timeout: PositiveFloat = 120,
    seed: NonNegativeInt = 0,
) -> Annotated[None, REWRITES]:
    """Have a model say documents anew over the OpenAI-compatible API (vLLM, SGLang, any service).

    `prompts` are files (`classifiers/rephraser/prompts/` has seven); each document gets one of them, and
    one of its examples, by a hash of its id and `seed`: a model that sees one example writes like it.
    `documents` of them are asked about, those with the lowest hashes; with `by`, columns, equally many of
    each stratum. With `dropped`, the folder of a stage (`stage:NAME`) that follows the same input as this
    one, those are taken that the stage has dropped for one of `reasons` (`gopher.*`): these must be
    named, as what was dropped for its license, an opt-out or a person's data must not come back in other
    words. A text of more than `max_chars` characters is not asked about (`too_long`): a part of it would
    be no whole.

    `service` has `url` (with /v1), `model`, `price_in` and `price_out` (money for a million tokens, in
    one currency; 0 for a server of your own) and, if wanted, `key_env` (the variable of the environment
    with the API key, which is in no file). `max_tokens` (sent and answered) and `max_cost` cap what these
    documents cost, whichever run paid for them: a request is sent only where there is room for the most
    that it can cost, a token for each byte sent, 64 for the server's template, and the prompt's
    `answer_tokens`. It is charged by the server's `usage`; where that is not told, and after a hang, a
    cut or a 5xx, by that most; nothing where it was refused (3xx, 4xx, 503, no connection).

    `store` is a folder outside of the run's: every answer is on the disk there before it counts, by
    model, prompt and text, and is never asked for again, whatever becomes of the process. At most
    `in_flight` requests are under way, each for `timeout` seconds at most; a passing fault is sent again,
    up to three times, after a wait (Retry-After, else doubled with jitter), and again in a later run.

    Written: `rewrites.parquet`, a row for each document in their order: `id`, `text` (null where `error`
    says why: `truncated` (`finish_reason` is `length`), `refused` (`content_filter`), `unfinished`
    (another one than `stop`), `empty`, `remnant` (eight words in a row of the prompt), `too_long`,
    `no_text`, `budget` (not asked), a fault of `winnow.llm.ask`), `said` (what came in its place,
    or the remnant), `prompt` (its name), `prompt_digest`, `example` (Int16, -1: none), `model`,
    `settings` (JSON), `tokens_in`, `tokens_out` (Int64) and `cost` (Float64) of all attempts.
    `messages.json`: what a run prints.

    Errors: ValueError for a wrong setting or prompt (with its line), a key that is not set, and a cap
    without room for one request. ConnectionError where ten requests in a row fail: the same command goes
    on.
    """
    model = check_endpoint(service, "service")
    loaded = template.load_all(prompts, names)
    check_limits(timeout, documents=(documents, 1), max_chars=(max_chars, 1), in_flight=(in_flight, 1))
    budget = open_budget(max_tokens, max_cost)
    if not store:
        raise ValueError("store: name a folder in which answers are kept, or they are paid for twice")
    wanted = None if dropped is None else _list_dropped(dropped, reasons)
    chosen = sample.choose(files, documents, by or [], seed, among=wanted)
    job = Job(model, loaded, max_chars, seed)
    with open_store(Path(store), alone=True) as kept:
        requests = _spend_past(_read(files, read, chosen), job, kept, budget)
        first = next(_list_questions(_read(files, read, chosen), job, kept), None)
        if first and not budget.tokens:  # else something was asked before
            check_room(first, model, budget, "cap")
        named = model._replace(name=model.url)  # in messages
        queue = RequestQueue([named], kept, budget, in_flight, timeout)
        asyncio.run(queue.run(_list_questions(_read(files, read, chosen), job, kept)))
        tables.write(out, _make_rows(_read(files, read, chosen), job, kept), requests, budget)


def _list_dropped(folder: Path, reasons: list[str] | None) -> set[str]:
    """Ids that a stage has dropped for one of the reasons."""
    if not reasons:
        raise ValueError(
            "reasons: name those for which a dropped document may be said anew, as gopher.*: what was"
            " dropped for its license, an opt-out or personal data must not come back in other words"
        )
    found: set[str] = set()
    for file in find_files(folder / "dropped", "part-*.parquet"):
        rows = pl.read_parquet(file, columns=["id", "reason"], glob=False)
        fits = [any(fnmatch.fnmatchcase(why, pattern) for pattern in reasons) for why in rows["reason"]]
        found.update(rows["id"].filter(pl.Series(fits, dtype=pl.Boolean)))
    return found


def _read(files: Sequence[Path], read: Reader, chosen: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Id and text of each chosen document, in the order of the files: a batch of them is held."""
    for number, file in enumerate(files):
        rows = chosen.filter(file=number)["row"].sort().to_list()
        for batch in read(file, ["id", "text"], rows) if rows else ():
            yield from batch.select("id", pl.col("text").fill_null("")).iter_rows()


def _is_askable(text: str, job: Job) -> bool:
    return bool(text.strip()) and len(text) <= job.max_chars


def _spend_past(docs: Iterator[tuple[str, str]], job: Job, store: Store, budget: Budget) -> int:
    """Spend what earlier attempts at these documents did cost; how many requests there are, each once."""
    keys: set[bytes] = set()
    for id_, text in docs:
        if _is_askable(text, job):
            key = job.pose(id_, text)[1].key
            budget.spend_past(store.read(key) if key not in keys else ())
            keys.add(key)
    return len(keys)


def _list_questions(docs: Iterator[tuple[str, str]], job: Job, store: Store) -> Iterator[Rewriting]:
    """What has no answer yet, each request once."""
    seen: set[bytes] = set()
    for id_, text in docs:
        if not _is_askable(text, job):
            continue
        template, asked = job.pose(id_, text)
        if asked.key in seen:
            continue
        seen.add(asked.key)
        sent = "\n".join(message["content"] for message in asked.messages)
        tokens, past = bound_tokens(sent) + 8 * len(asked.messages), store.read(asked.key)
        question = Rewriting(0, asked.key, tokens, template.answer_tokens, past, asked, template, job.seed)
        if not question.is_done():
            yield question


def _make_rows(docs: Iterator[tuple[str, str]], job: Job, store: Store) -> Iterator[dict[str, Any]]:
    """A row of `rewrites.parquet` for each document."""
    paid: set[bytes] = set()
    for id_, text in docs:
        chosen, asked = job.pose(id_, text)
        row = tables.begin(id_, chosen, asked, job.model.model, job.seed)
        if not _is_askable(text, job):
            yield row | {"error": "too_long" if text.strip() else "no_text"}
            continue
        past = store.read(asked.key)
        if asked.key not in paid:
            row |= sum_costs(past)
            paid.add(asked.key)
        answered = [attempt for attempt in past if not attempt.fault]
        if answered:
            yield row | tables.judge(answered[-1], chosen, asked, text)
        elif past:
            yield row | {"error": past[-1].fault, "said": past[-1].said or None}
        else:
            yield row | {"error": "budget"}


def choose(
    docs: Annotated[pl.DataFrame, "id"], *, rewrites: Path
) -> Annotated[pl.DataFrame, {"rephrase_error": pl.String()}]:
    """Keep the documents that a model was asked to say anew: those that `take` copies.

    `rewrites` is the folder that `write` wrote. Dropped: `rephrase.not_asked`, and what was chosen and not
    asked about: `rephrase.too_long`, `rephrase.no_text`, `rephrase.budget`; `rephrase_error` says which.
    """
    found = docs.select("id").join(
        tables.find(rewrites, docs["id"]), on="id", how="left", maintain_order="left"
    )
    is_unasked = pl.col("prompt").is_null() | pl.col("error").is_in(tables.UNASKED)
    columns = found.select(rephrase_error="error", drop_reason=pl.when(is_unasked).then(tables.name_reason()))
    return docs.with_columns(*columns.get_columns())


def take(
    docs: Annotated[pl.DataFrame, "parent_id", "parent_source", "text", "[license]", "metadata"],
    *,
    rewrites: Path,
) -> Annotated[pl.DataFrame, tables.TAKEN]:
    """Put what `write` wrote in the place of the text of each copy, in a stage with `copy_as`.

    `rewrites` is the folder that `write` wrote. Columns: `text` (the rewrite), `parent_text`,
    `parent_license` (what the parent's text is under: a rewrite of it is no less), and `rephrase_prompt`,
    `rephrase_prompt_digest`, `rephrase_example`, `rephrase_model`, `rephrase_settings`. What was counted of
    the parent (`token_count`) is null, and `language` must be found anew.

    Dropped: `rephrase.not_asked` (not chosen), `rephrase.truncated`, `rephrase.refused`,
    `rephrase.unfinished`, `rephrase.empty`, `rephrase.remnant`, `rephrase.too_long`, `rephrase.no_text`,
    `rephrase.over_window`, `rephrase.budget`, and `rephrase.failed` for every other fault;
    `rephrase_error` says which.
    """
    found = tables.find(rewrites, docs["parent_id"])
    joined = docs.select(id="parent_id", text="text").join(
        found.rename({"text": "rewrite"}), on="id", how="left", maintain_order="left"
    )
    columns = joined.select(
        text=pl.coalesce("rewrite", "text"),
        parent_text="text",
        **{f"rephrase_{name}": pl.col(name) for name in tables.ABOUT},
        rephrase_error="error",
        drop_reason=tables.name_reason(),
    )
    docs = docs.with_columns(
        *columns.get_columns(), parent_license="license", token_count=pl.lit(None, pl.Int64)
    )
    about = docs.select("parent_id", "parent_source", "parent_license", pl.col("^rephrase_.*$"))
    metadata = [tables.note(*each) for each in zip(docs["metadata"], about.rows(named=True), strict=True)]
    return docs.with_columns(metadata=pl.Series(metadata, dtype=pl.String))
