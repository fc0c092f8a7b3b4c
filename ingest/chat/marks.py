"""Marks of chat templates in a text: which role speaks behind them, and the text without them.

ChatML (`<|im_start|>user`), Llama (`[INST]`, `<<SYS>>`, `<|start_header_id|>`), Zephyr and Phi
(`<|user|>`), Gemma (`<start_of_turn>`), DeepSeek (bars of full width), Mistral (`[TOOL_CALLS]`), Alpaca and
Vicuna (`### Instruction:`, `Human:`), reasoning (`<think>`), tools (`<tool_call>`), GSM8K's calculator
(`<<48/2=24>>`).
"""

import re
from typing import NamedTuple

SYSTEM, USER, ASSISTANT, REASONING = "system", "user", "assistant", "reasoning"
TOOL_CALL, TOOL_RESULT = "tool_call", "tool_result"
FORMER = "former"  # who spoke before

ROLES = {
    **dict.fromkeys(("system", "developer", "context"), SYSTEM),
    **dict.fromkeys(("user", "human", "prompter", "instruction", "question", "customer", "input"), USER),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "model", "bot", "ai", "response", "output"), ASSISTANT),
    **dict.fromkeys(("bing", "bard", "claude", "llm", "agent", "answer", "chatbot"), ASSISTANT),
    **dict.fromkeys(("reasoning", "thinking", "thought"), REASONING),
    **dict.fromkeys(("function_call", "tool_call", "tool_calls", "function-call"), TOOL_CALL),
    **dict.fromkeys(("tool", "function", "observation", "ipython", "environment"), TOOL_RESULT),
    **dict.fromkeys(("tool_response", "tool_result", "function_response", "function-response"), TOOL_RESULT),
}
"""The roles that sets name, in small letters."""

_BAR = "[|\uff5c]"
_HEAD = r"(?:system|user|human|assistant|model|tool|ipython|developer|function)"
_TAGS = {
    **dict.fromkeys(("think", "thinking", "thought", "begin_of_thought"), REASONING),
    **dict.fromkeys(("tool_call", "function_call"), TOOL_CALL),
    **dict.fromkeys(("tool_response", "tool_result", "function_response"), TOOL_RESULT),
}
_INLINE = {"[inst]": USER, "[/inst]": ASSISTANT, "<<sys>>": SYSTEM, "<</sys>>": USER}
_INLINE |= {"[system_prompt]": SYSTEM, "[/system_prompt]": USER, "[tool_calls]": TOOL_CALL}
_INLINE |= {"[tool_results]": TOOL_RESULT, "[/tool_results]": ASSISTANT}
_LABEL = r"(?:instruction|response|human|assistant|user|system)"
_MARK = re.compile(
    rf"""
      <{_BAR}im_start{_BAR}>[ \t]*(?P<chatml>{_HEAD}\b)?[^\S\n]*\n?
    | <{_BAR}start_header_id{_BAR}>\s*(?P<header>{_HEAD})\s*<{_BAR}end_header_id{_BAR}>\s*
    | <start_of_turn>[ \t]*(?P<gemma>{_HEAD})?[ \t]*\n?
    | <{_BAR}(?P<bar>{_HEAD}){_BAR}>[ \t]*\n?
    | <{_BAR}(?P<part>(?:begin|end)_of_(?:thought|solution)){_BAR}>\s?
    | <{_BAR}[A-Za-z0-9_\u2581/-]{{1,40}}{_BAR}>
    | <(?:end_of_turn|bos|eos)>
    | (?P<inline>\[/?INST\]|<</?SYS>>|\[/?SYSTEM_PROMPT\]|\[/?TOOL_(?:CALLS|RESULTS)\])[ ]?
    | <(?P<shut>/?)(?P<tag>think|thinking|thought|tool_call|tool_response|tool_result|function_call)>\n?
    | (?m:^)[ \t]*\#{{2,4}}[ ](?P<label>{_LABEL})[ \t]*:[ \t]*\n?
    | (?m:^)(?P<name>Human|Assistant):[ \t]*\n?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FREE_NAME = re.compile(r"^(?P<name>HUMAN|USER|User|ASSISTANT|AI|Bot):[ \t]*\n?", re.MULTILINE)
_STAR = re.compile(r"</?s>")  # Llama's ends of turns; HTML's struck text, where no other mark is near
_ALPACA_INPUT = re.compile(r"^[ \t]*#{2,4} (?:Input|Output)[ \t]*:[ \t]*\n?", re.MULTILINE | re.IGNORECASE)
_CALCULATED = re.compile(r"<<[^<>\n]{1,200}>>")
_HINT = re.compile(rf"<{_BAR}|\[/?(?:INST|SYSTEM|TOOL)|<<|</?\w+>|\#\# |^(?:Human|Assistant):", re.I | re.M)
_ROUNDS = 8


class Piece(NamedTuple):
    """What one role says, without marks."""

    role: str
    text: str


def split_marked(text: str, role: str, *, free: bool = False) -> tuple[list[Piece], int]:
    """The text without marks, cut where another role begins to speak; and how many marks there were.

    `free`: the marks say who speaks. Else `role` does, and only reasoning and tools are told apart by marks.
    A text without marks comes back as it is. ValueError where marks stand in marks in marks.
    """
    pieces, count = _split_once(text, role, free)
    if not count:
        return pieces, 0
    for _ in range(_ROUNDS):
        again = [_split_once(piece.text, piece.role, False) for piece in pieces]
        if not (more := sum(found for _, found in again)):
            return pieces, count
        pieces, count = [piece for found, _ in again for piece in found], count + more
    raise ValueError(f"marks of templates stand in one another, more than {_ROUNDS} deep")


def _split_once(text: str, role: str, free: bool) -> tuple[list[Piece], int]:
    if not free and not _HINT.search(text):
        return [Piece(role, text)], 0
    marks = list(_MARK.finditer(text))
    if free:
        marks = _drop_inner([*marks, *_FREE_NAME.finditer(text)])
    if marks:
        marks = _drop_inner([*marks, *_STAR.finditer(text), *_ALPACA_INPUT.finditer(text)])
    pieces: list[tuple[str, list[str]]] = []
    speaks, former, at, gap = role, role, 0, ""
    for mark in marks:
        _add(pieces, speaks, text[at : mark.start()], gap)
        at, gap = mark.end(), "\n" if any(mark.groupdict().values()) else ""
        found = _detect_role(mark, free)
        if found == FORMER:
            speaks = former
        elif found:
            former = former if found in (REASONING, TOOL_CALL, TOOL_RESULT) else found
            speaks = found
    _add(pieces, speaks, text[at:], gap)
    return [Piece(who, "".join(said)) for who, said in pieces] or [Piece(role, "")], len(marks)


def remove_calculations(text: str) -> tuple[str, int]:
    """GSM8K's text without what its calculator was told."""
    return _CALCULATED.subn("", text)


def trim(text: str) -> str:
    """The text without blank lines before it and white space behind it; its first line keeps its indent."""
    return re.sub(r"\A(?:[ \t]*\r?\n)+", "", text).rstrip()


def is_marked(text: str) -> bool:
    """Whether marks say who speaks in it: one of a user and one of an assistant at least."""
    pieces, count = split_marked(text, "", free=True)
    return count > 1 and {USER, ASSISTANT} <= {piece.role for piece in pieces}


def _drop_inner(marks: list[re.Match[str]]) -> list[re.Match[str]]:
    """Marks in their order, without those that begin inside another."""
    kept: list[re.Match[str]] = []
    for mark in sorted(marks, key=lambda mark: (mark.start(), -mark.end())):
        if not kept or mark.start() >= kept[-1].end():
            kept.append(mark)
    return kept


def _add(pieces: list[tuple[str, list[str]]], role: str, text: str, gap: str) -> None:
    """Enter what a role says; behind a mark that changes no role it goes on, words apart by `gap`."""
    if pieces and pieces[-1][0] == role:
        said = pieces[-1][1]
        apart = gap if said[-1][-1:].strip() and text[:1].strip() else ""
        said += filter(None, (apart, text))
    elif text.strip():
        pieces.append((role, [text]))


def _detect_role(mark: re.Match[str], free: bool) -> str | None:
    """Who speaks behind a mark; None where it says nothing of that."""
    named = {name: value for name, value in mark.groupdict().items() if value}
    if "tag" in named:
        return FORMER if "shut" in named else _TAGS[named["tag"].lower()]
    if "part" in named:
        return REASONING if named["part"].lower() == "begin_of_thought" else FORMER
    if named.get("inline", "").upper().startswith(("[TOOL", "[/TOOL")):
        return _INLINE[named["inline"].lower()]
    if not free or not named:
        return None
    if "inline" in named:
        return _INLINE[named["inline"].lower()]
    return ROLES.get(next(iter(named.values())).lower())
