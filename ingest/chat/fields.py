"""Which fields of known sets hold what of a chat."""

from collections.abc import Mapping
from typing import Any

_MESSAGES = ("messages", "conversations", "conversation", "chosen_messages", "dialog", "dialogue", "turns")
_REASONING = ("reasoning", "thinking", "reasoning_content", "thought", "rationale", "chain_of_thought", "cot")
_ANSWERS = ("output", "response", "completion", "solution", "generated_solution", "answer")
_REFERENCES = ("reference", "reference_answer", "expected_answer", "final_answer", "ground_truth", "gold")
FIELDS: dict[str, tuple[str, ...]] = {
    "messages": _MESSAGES,
    "text": ("text", "chosen", "conversation", "prompt"),
    "system": ("system", "system_prompt"),
    "question": ("instruction", "question", "prompt", "problem", "query", "objective", "input"),
    "input": ("input", "context"),
    "reasoning": (*_REASONING, "thinking_trajectories", "deepseek_reasoning", "Complex_CoT"),
    "answer": (*_ANSWERS, "assistant_response", "deepseek_solution", "attempt", "Response", "chosen"),
    "reference": (*_REFERENCES, "answer"),
    "finish_reason": ("finish_reason", "stop_reason"),
    "thread": ("message_tree_id", "conversation_id", "conversation_hash", "thread_id", "dialogue_id"),
    "date": ("created_date", "created_at", "timestamp", "date", "tstamp"),
    "license": ("license",),
    "key": ("id", "uuid", "question_id", "message_id", "conversation_id", "_id"),
}
"""What a chat is made of, and the fields that hold it; of several the first that a record has."""

_RANKS: dict[str, list[tuple[str, int]]] = {}
for _name, _known in FIELDS.items():
    for _rank, _one in enumerate(_known):
        _RANKS.setdefault(_one, []).append((_name, _rank))


def find_fields(record: dict[str, Any], fields: Mapping[str, str]) -> dict[str, str | None]:
    """Which field of a record holds what: the named one, else the first of those known that it has."""
    ranked: dict[str, int] = {}
    named: dict[str, str | None] = dict.fromkeys(FIELDS)
    for field_name, value in record.items():
        for name, rank in _RANKS.get(field_name, ()) if value is not None else ():
            if rank < ranked.get(name, rank + 1):
                ranked[name], named[name] = rank, field_name
    return named | {name: one if record.get(one) is not None else None for name, one in fields.items()}
