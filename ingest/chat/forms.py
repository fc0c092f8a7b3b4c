"""The forms that sets of chats have: which fields hold turns, reasoning, answer and reference.

Messages with `role` and `content` (OpenAI's, its content also as parts) or `from` and `value` (ShareGPT's),
Alpaca, Dolly, prompt and response, question with reasoning and answer, a chosen one of several answers,
threads of OASST as trees or message by message, and texts in which the marks of a template say who speaks.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from winnow.ingest.chat import marks
from winnow.ingest.chat.fields import find_fields

_TEXTS = ("text", "input_text", "output_text", "refusal")
_REASONS = ("thinking", "reasoning")
_CALLS = ("tool_use", "tool_call", "tool_calls", "function_call")
_RESULTS = ("tool_result", "tool_response", "function_response")
_MEDIA = {"images": "<image>", "videos": "<video>", "audios": "<audio>"}
_ROOT = "prompter"
_SPEAKERS, _CONTENTS = ("role", "from", "speaker"), ("content", "value", "text")


@dataclass
class Chat:
    """The turns of a record in their order, without marks, and what else it says."""

    turns: list[marks.Piece] = field(default_factory=list)
    said: dict[str, str] = field(
        default_factory=dict
    )  # reference, finish_reason, thread, date, license, key, ...
    taken: set[str] = field(default_factory=set)  # fields that are in the turns
    marks: int = 0
    parts: int = 0  # pictures, sounds and other parts without a text
    replies: int = 0  # of a tree, those that another reply went before
    final: bool = False  # whether the last turn ends in a reference of its own
    deleted: bool = False


def read_chat(record: dict[str, Any], fields: Mapping[str, str], roles: Mapping[str, str]) -> Chat:
    """The chat that a record holds. ValueError where it has none of the known fields, or others in them."""
    chat = Chat()
    named = find_fields(record, fields)
    messages = _as_list(record.get(named["messages"] or ""))
    if messages is None and (answered := _find_dialog(record, named, roles)):
        named["messages"], messages = named["answer"], answered
    if _is_message(record):
        _take_message(chat, record, roles)
    elif isinstance(record.get("prompt"), dict) and "replies" in record["prompt"]:
        _take_tree(chat, record["prompt"], roles)
        chat.taken.add("prompt")
    elif messages is not None:
        _take_messages(chat, record, named, messages, roles)
    elif _is_text(record, named, fields):
        name = named["text"] or ""
        _add_marked(chat, _as_text(record[name], name), "", free=True)
        chat.taken.add(name)
    else:
        _take_fields(chat, record, named, roles)
    for name in ("reference", "finish_reason", "thread", "date", "license", "key"):
        source = named[name]
        value = record.get(source) if source is not None and source not in chat.taken else None
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value).strip():
            chat.said.setdefault(name, str(value))
    return chat


def _as_list(value: Any) -> list[dict[str, Any]] | None:
    """A list of messages, also where a string writes it as JSON."""
    if isinstance(value, str) and value.lstrip().startswith("[{"):
        with suppress(ValueError, RecursionError):
            value = json.loads(value)
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return value
    return None


def _find_dialog(
    record: dict[str, Any], named: Mapping[str, str | None], roles: Mapping[str, str]
) -> list[dict[str, Any]] | None:
    """The turns of an answer that holds its question, too, as chosen ones often do."""
    turns = _as_list(record.get(named["answer"] or "")) or []
    spoken = [str(_first(turn, _SPEAKERS)) for turn in turns]
    return (
        turns
        if any(roles.get(name, marks.ROLES.get(name.lower())) == marks.USER for name in spoken)
        else None
    )


def _as_text(value: Any, name: str) -> str:
    if isinstance(value, list) and value and isinstance(value[0], str):  # several, of which one will do
        value = value[0]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError(f"the field {name!r} is a {type(value).__name__}, not a text")
    return value


def _is_several(value: Any) -> bool:
    """Whether `_as_text` takes one and leaves others."""
    return isinstance(value, list) and len(value) > 1 and isinstance(value[0], str)


def _is_message(record: dict[str, Any]) -> bool:
    return "message_id" in record and "text" in record and "role" in record


def _is_text(record: dict[str, Any], named: Mapping[str, str | None], fields: Mapping[str, str]) -> bool:
    """Whether a text with marks is all: no other field holds an answer."""
    name = named["text"]
    if name is None or not isinstance(record[name], str):
        return False
    return "text" in fields or (named["answer"] in (None, name) and marks.is_marked(record[name]))


def _take_message(chat: Chat, record: dict[str, Any], roles: Mapping[str, str]) -> None:
    """One message of a thread, as OASST has them line by line."""
    role = _detect_role(record["role"], roles)
    _add_marked(chat, _as_text(record["text"], "text"), role)
    chat.deleted = record.get("deleted") is True
    chat.said["post"] = str(record["message_id"])
    if isinstance(record.get("parent_id"), str):
        chat.said["parent"] = record["parent_id"]
    chat.taken |= {"text"}


def _take_tree(chat: Chat, node: dict[str, Any], roles: Mapping[str, str]) -> None:
    """From the root of a tree to a leaf: always the reply of the best rank that is not deleted."""
    while True:
        chat.deleted = chat.deleted or node.get("deleted") is True
        _add_marked(chat, _as_text(node.get("text"), "text"), _detect_role(node.get("role") or _ROOT, roles))
        replies = [
            one for one in node.get("replies") or [] if isinstance(one, dict) and not one.get("deleted")
        ]
        if not replies:
            return
        chat.replies += len(replies) - 1
        node = min(replies, key=_rank_reply)


def _rank_reply(reply: dict[str, Any]) -> float:
    rank = reply.get("rank")
    return float(rank) if isinstance(rank, (int, float)) else float("inf")


def _take_messages(
    chat: Chat,
    record: dict[str, Any],
    named: Mapping[str, str | None],
    messages: list[dict[str, Any]],
    roles: Mapping[str, str],
) -> None:
    chat.taken.add(named["messages"] or "")
    question = named["question"] or ""
    if named["messages"] == named["answer"] and any(
        _first(message, _CONTENTS) == record.get(question) for message in messages
    ):
        chat.taken.add(question)  # once more
    if isinstance(record.get(named["system"] or ""), str):
        chat.taken.add(named["system"] or "")
        _add_marked(chat, record[named["system"] or ""], marks.SYSTEM)
    media = {mark for name, mark in _MEDIA.items() if record.get(name)}
    chosen = record.get("chosen")
    if isinstance(chosen, dict):  # the answer that people liked, beside the turns before it
        chat.taken.add("chosen")
        messages = [*messages, chosen]
    for message in messages:
        _add_message(chat, message, roles, media)


def _add_message(chat: Chat, message: dict[str, Any], roles: Mapping[str, str], media: set[str]) -> None:
    role = _detect_role(_first(message, _SPEAKERS), roles)
    reason = _first(message, ("reasoning_content", "reasoning", "thinking"))
    if isinstance(reason, str) and reason.strip():
        _add_marked(chat, reason, marks.REASONING)
    content, calls = _first(message, _CONTENTS), _find_calls(message)
    if isinstance(content, list):
        for part in content:
            _add_part(chat, part, role)
    elif content is not None or not calls:
        text = "" if content is None else _as_text(content, "content")
        for mark in media:
            chat.parts += text.count(mark)
            text = text.replace(mark, "")
        if text or not calls:
            _add_marked(chat, text, role)
    chat.turns += [marks.Piece(marks.TOOL_CALL, call) for call in calls]
    if message.get("finish_reason"):
        chat.said["finish_reason"] = str(message["finish_reason"])


def _first(record: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((record[name] for name in names if record.get(name) is not None), None)


def _find_calls(message: dict[str, Any]) -> list[str]:
    """What tools a message calls beside its content, each as JSON."""
    found = message.get("tool_calls") or message.get("function_call") or []
    calls = found if isinstance(found, list) else [found]
    return [_write(one.get("function", one) if isinstance(one, dict) else one) for one in calls]


def _add_part(chat: Chat, part: Any, role: str) -> None:
    """A part of a message's content: a text, reasoning, a call of a tool or its result, or something else."""
    if isinstance(part, str):
        part = {"type": "text", "text": part}
    if not isinstance(part, dict):
        raise ValueError(f"a part of the content is a {type(part).__name__}")
    kind = str(part.get("type") or "text")
    names = ("text", "value", "content", "thinking", "reasoning", "refusal")
    said = _first(part, names)
    if kind in _CALLS:
        chat.turns.append(marks.Piece(marks.TOOL_CALL, said if isinstance(said, str) else _write(part)))
    elif kind in _RESULTS:
        chat.turns.append(marks.Piece(marks.TOOL_RESULT, said if isinstance(said, str) else _write(said)))
    elif kind in _REASONS and isinstance(said, str):
        chat.turns.append(marks.Piece(marks.REASONING, said))
    elif kind in _TEXTS and isinstance(said, str):
        _add_marked(chat, said, role)
    else:
        chat.parts += 1


def _take_fields(
    chat: Chat, record: dict[str, Any], named: Mapping[str, str | None], roles: Mapping[str, str]
) -> None:
    """A question and an answer, each in a field of its own."""
    question, answer, more = named["question"], named["answer"], named["input"]
    if question is None or (answer is None and named["reasoning"] is None):
        there = ", ".join(sorted(record)) or "none"
        raise ValueError(f"no turns of a chat; there are: {there}. Name the fields that hold them: `fields`")
    if named["system"] is not None:
        _add_marked(chat, _as_text(record[named["system"]], named["system"]), marks.SYSTEM)
    asked = [_as_text(record[question], question)]
    if more is not None and more != question and (found := _as_text(record[more], more)).strip():
        asked.append(found)
    _add_marked(chat, "\n\n".join(asked), marks.USER)
    if named["reasoning"] is not None and named["reasoning"] != answer:
        _add_marked(chat, _as_text(record[named["reasoning"]], named["reasoning"]), marks.REASONING)
    if answer is not None:
        said = record[answer]
        turns = _as_list(said) or []
        for turn in turns:
            speaks = {} if _first(turn, _SPEAKERS) else {"role": marks.ASSISTANT}
            _add_message(chat, turn | speaks, roles, set())
        if not turns:
            _add_answer(chat, _as_text(said, answer))
    taken = (named["system"], question, more, named["reasoning"], answer)
    chat.taken |= {name for name in taken if name and not _is_several(record[name])}


def _add_answer(chat: Chat, text: str) -> None:
    """An answer; what GSM8K puts behind it, in a last line `#### 42`, is its reference."""
    before, _, last = text.rstrip().rpartition("\n")
    if last.startswith("####") and (reference := last[4:].strip()):
        text, count = marks.remove_calculations(before.rstrip())
        chat.marks += count + 1
        chat.said["reference"], chat.final = reference, True
    _add_marked(chat, text, marks.ASSISTANT)


def _add_marked(chat: Chat, text: str, role: str, *, free: bool = False) -> None:
    pieces, count = marks.split_marked(text, role, free=free)
    chat.marks += count
    for piece in pieces:
        chat.turns.append(marks.Piece(piece.role or marks.SYSTEM, marks.trim(piece.text)))


def _detect_role(name: Any, roles: Mapping[str, str]) -> str:
    role = roles.get(str(name), marks.ROLES.get(str(name).lower()))
    if role is None:
        raise ValueError(f"the role {name!r} is unknown; say with `roles` which it is")
    return role


def _write(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
