"""Shapes that rewrites take: questions and answers, lists, tables, tutorials, headed text."""

import random
import re

_KNOW = (
    "What should a reader know about this?",
    "What does the passage say here?",
    "What are the main points?",
    "Could you summarize this part?",
    "What is said about this?",
    "Can you explain this?",
)
_MORE = (
    "What else is there to know?",
    "Is there more to it?",
    "What comes next in the text?",
    "What other details are given?",
    "Anything else?",
)
_OPENINGS = (
    "Here is what you need to know.",
    "The main points are set out below.",
    "Let us go through this step by step.",
    "This short guide sums up the essentials.",
    "Below is an overview.",
    "In short:",
    "The following summary keeps to what the source says.",
)
_HEADS = ("Overview", "Background", "Summary", "Key points", "At a glance", "Details", "In brief")
_MORE_HEADS = ("Details", "More details", "Further points", "What else to know")
_NAMED = re.compile(
    r"((?:The |An? )?[A-Z][\w\u2019'-]+(?: (?:of |the )?[A-Z][\w\u2019'-]+){0,3}) (is|was|"
    r"are|were) (?:an?|the|one of)\b"
)


def shape(source: str, parent: str, sentences: list[list[str]], draw: random.Random) -> tuple[str, str]:
    """The shape's name and the text; plain text has none."""
    kind = draw.choice(
        ["plain", "plain", "headed", "opening", "faq", "faq", "bullets", "table", "dialogue", "distil"]
    )
    plain = [" ".join(p) for p in sentences]
    if kind == "headed":
        heads = [draw.choice(_HEADS), *(draw.sample(_MORE_HEADS, 3) * 5)]
        return "headings", "\n\n".join(f"## {head}\n\n{p}" for head, p in zip(heads, plain, strict=False))
    if kind == "opening":
        return "opening sentence", "\n\n".join([draw.choice(_OPENINGS), *plain])
    if kind in ("faq", "dialogue"):
        return "questions and answers", _questions(sentences, draw, kind == "faq")
    if kind == "bullets":
        lines = [f"- {s}" for p in sentences for s in p]
        return "bullets", f"**{draw.choice(_HEADS)}**\n\n" + "\n".join(lines)
    if kind == "table" and all("|" not in s for p in sentences for s in p):
        return "table", _table(sentences, draw)
    if kind == "distil" and len(plain) > 1:
        return "one paragraph", " ".join(plain)
    return "", "\n\n".join(plain)


def _questions(sentences: list[list[str]], draw: random.Random, marked: bool) -> str:
    blocks, asked = [], set()
    for paragraph in sentences:
        found = _NAMED.match(paragraph[0])
        question = draw.choice(_MORE if blocks else _KNOW)
        if found and not re.match(r"(?:The|This|These|That|He|She|It|They|There|One)$|In |On ", found[1]):
            question = f"What can be said of {_name(found[1])}?"
        if question in asked:
            question = next((q for q in (*_MORE, *_KNOW) if q not in asked), question)
        asked.add(question)
        answer = " ".join(paragraph)
        blocks.append(f"**{question}**\n{answer}" if marked else f"Question: {question}\nAnswer: {answer}")
    return "\n\n".join(blocks)


def _name(subject: str) -> str:
    return re.sub(r"^(The|An?) ", lambda m: m[0].lower(), subject)


def _table(sentences: list[list[str]], draw: random.Random) -> str:
    rows = []
    for paragraph in sentences:
        for sentence in paragraph:
            dated = re.fullmatch(
                r"((?:In|On|By|Since|From|During) (?:[A-Z][a-z]+ )?(?:\d{1,2}, )?\d{4}), ([^|]+)", sentence
            )
            when, what = (dated[1], dated[2]) if dated else ("", sentence)
            rows.append((when, what[0].upper() + what[1:]))
    if any(when for when, _ in rows):
        return "| When | What |\n|---|---|\n" + "\n".join(f"| {when} | {what} |" for when, what in rows)
    return f"| {draw.choice(_HEADS)} |\n|---|\n" + "\n".join(f"| {what} |" for _, what in rows)
