"""Sets of instructions, dialogues and reasoning, as plain text without the marks of any template."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import PositiveInt

from winnow.ingest import corpora
from winnow.ingest.chat.fields import FIELDS
from winnow.ingest.chat.forms import Chat, read_chat
from winnow.ingest.chat.marks import ASSISTANT, REASONING, SYSTEM, TOOL_CALL, TOOL_RESULT, USER, Piece
from winnow.ingest.io.batches import PLACED, Row, frames
from winnow.ingest.io.mapping import write_json
from winnow.ingest.io.presence import require_fields
from winnow.ingest.io.uris import open_uri

Role = Literal["system", "user", "assistant", "reasoning", "tool_call", "tool_result"]
_SPOKEN = (SYSTEM, USER, ASSISTANT, REASONING, TOOL_CALL, TOOL_RESULT)
_TEMPLATES = {**dict.fromkeys(_SPOKEN, "{text}"), "final": "The answer is {text}."}
_COUNTS = {
    "chats_turns": (USER, ASSISTANT),
    "chats_system_turns": (SYSTEM,),
    "chats_reasoning_turns": (REASONING,),
    "chats_tool_turns": (TOOL_CALL, TOOL_RESULT),
}
_SAID = ("reference", "finish_reason", "threads_post", "threads_parent")
COLUMNS: dict[str, pl.DataType] = {
    **dict.fromkeys(("questions", "answers"), pl.List(pl.String())),
    **dict.fromkeys(_SAID, pl.String()),
    **dict.fromkeys((*_COUNTS, "chats_marks", "chats_other_parts", "chats_other_replies"), pl.Int64()),
}
_SCHEMA = pl.Schema({**PLACED, "license": pl.String(), "thread": pl.String(), **COLUMNS})
can_split = corpora.can_split


def read(
    uri: str,
    *,
    fields: dict[str, str] = {},  # noqa: B006 - never changed
    roles: dict[str, str] = {},  # noqa: B006 - never changed
    keep: list[Role] = ["user", "assistant", "reasoning"],  # noqa: B006 - never changed
    templates: dict[str, str] = {},  # noqa: B006 - never changed
    between: str = "\n\n",
    license: str | None = None,
    max_record_bytes: PositiveInt = 50_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", "date", "thread", "license", "metadata", COLUMNS]:
    """One chat per record of a file of any form (as `ingest.corpora:read` has them), as plain text.

    Known are lists of messages (`role` and `content`, also in parts, or `from` and `value`), Alpaca, Dolly,
    prompt and response, question with reasoning and answer, chosen answers, trees and messages of OASST, and
    texts that marks part into turns. `fields` names others: `{ question = "q", answer = "best" }`; there are
    `messages`, `text`, `system`, `question`, `input`, `reasoning`, `answer`, `reference`, `finish_reason`,
    `thread`, `date`, `license`, `key`. `roles` says which role an unknown one is: `{ narrator = "user" }`.

    Marks of chat templates (`<|im_start|>`, `[INST]`, `<|user|>`, `### Instruction:`, `<think>`, `Human:`)
    are taken out. Turns of the roles in `keep` are written by `templates`, by role: `{ user = "Question:
    {text}" }`, as they stand where none is given, with `between` between them. Where GSM8K's `#### 42`
    stood, `final` does.

    Columns: `questions` and `answers`, turns of users and assistants; `reference`, the right
    answer that the set gives apart; `finish_reason` of the last answer; `threads_post` and `threads_parent`
    where a record is one message of a thread; how many turns there are of users and assistants
    (`chats_turns`), of the system, of reasoning, of tools, kept or not; `chats_marks` taken out;
    `chats_other_parts` without a text (pictures); `chats_other_replies` of a tree (the best is taken). All
    else goes to `metadata`.

    Dropped: `chats.deleted` (by its set), `chats.no_text`. Errors: records without a chat, of unknown
    roles, damaged or of more than `max_record_bytes`. Raises FileNotFoundError; ValueError where a setting
    names what is not there; NoSuchField where none of the first 1,000 records has a field of `fields`.
    """
    _check(fields, FIELDS, "fields")
    _check(templates, _TEMPLATES, "templates")
    if bare := sorted(role for role, template in templates.items() if "{text}" not in template):
        raise ValueError(f"templates: no {{text}} in {', '.join(bare)}, so that the turn would be lost")
    written = {**_TEMPLATES, **templates}
    make = partial(_make_row, fields=fields, roles=roles, keep=keep, templates=written, between=between)
    with open_uri(uri, start, stop) as raw:
        read_all = partial(
            corpora.read_rows, raw, uri, max_record_bytes=max_record_bytes, start=start, stop=stop
        )
        rows = read_all(make) if start else require_fields(read_all, make, fields.values(), uri, stop)
        for frame in frames(rows, schema=_SCHEMA):
            yield frame.with_columns(pl.col("license").fill_null(pl.lit(license, pl.String)))


def _check(given: Mapping[str, str], known: Mapping[str, Any], name: str) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(f"{name}: no {', '.join(unknown)}; there are {', '.join(known)}")


def _make_row(
    record: dict[str, Any],
    *,
    fields: Mapping[str, str],
    roles: Mapping[str, str],
    keep: list[Role],
    templates: Mapping[str, str],
    between: str,
) -> Row:
    chat = read_chat(record, fields, roles)
    row: dict[str, Any] = {name: chat.said.get(name) for name in ("reference", "finish_reason")}
    row |= {name: chat.said[name] for name in ("thread", "date", "license", "key") if name in chat.said}
    row |= {"threads_post": chat.said.get("post"), "threads_parent": chat.said.get("parent")}
    for name, counted in _COUNTS.items():
        row[name] = sum(piece.role in counted for piece in chat.turns)
    row |= {"chats_marks": chat.marks, "chats_other_parts": chat.parts, "chats_other_replies": chat.replies}
    left = {name: value for name, value in record.items() if name not in chat.taken}
    row["metadata"] = write_json(left) if left else None
    row["questions"] = [piece.text for piece in chat.turns if piece.role == USER]
    row["answers"] = [piece.text for piece in chat.turns if piece.role == ASSISTANT]
    row["text"] = _write(chat, keep, templates, between)
    if chat.deleted or not row["text"].strip():
        row |= {"text": None, "drop_reason": "chats.deleted" if chat.deleted else "chats.no_text"}
    return row  # type: ignore[return-value]


def _write(chat: Chat, keep: list[Role], templates: Mapping[str, str], between: str) -> str:
    """The turns that stay, each as its template has it."""
    turns = [piece for piece in chat.turns if piece.role in keep and piece.text]
    if chat.final and ASSISTANT in keep:
        turns.append(Piece("final", chat.said["reference"]))
    return between.join(templates[piece.role].replace("{text}", piece.text) for piece in turns)
