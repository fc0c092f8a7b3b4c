"""Faithful rewrites by script: two to five changes that keep what a passage says, and a shape."""

import random
from collections.abc import Callable

import replanted_clauses as clauses
import replanted_sayings as sayings
import replanted_shapes as shapes

Change = Callable[[str, random.Random], str]
BY_SENTENCE: dict[str, Change] = {
    "clauses turned": clauses.turn_clauses,
    "times turned": clauses.turn_times,
    "sentences split": clauses.break_up,
    "numerals and words": sayings.number_words,
    "dates in another form": sayings.date_forms,
    "converted units": sayings.conversions,
    "other words": sayings.other_words,
}


def rewrite(source: str, parent: str, draw: random.Random) -> tuple[str, str]:
    """The name of the form and the rewrite; fewer than two changes make none: ('', '')."""
    sentences, done = clauses.split(parent), []
    changes = draw.sample(sorted(BY_SENTENCE), 6)
    if draw.random() < 0.5:
        fewer = clauses.leave_out(sentences, draw, draw.choice([0.2, 0.35]))
        done += ["summary"] if fewer != sentences else []
        sentences = fewer
    for name in changes:
        if len(done) >= 4:
            break
        changed = [[BY_SENTENCE[name](s, draw) for s in p] for p in sentences]
        if changed != sentences:
            done.append(name)
            sentences = [[t for s in p for t in clauses.split_paragraph(s)] for p in changed]
    joined = [clauses.join(p, draw) for p in sentences]
    if joined != sentences and len(done) < 4 and draw.random() < 0.6:
        sentences, done = joined, [*done, "sentences joined"]
    for name, change in (("short names", sayings.short_names), ("acronyms", sayings.acronyms)):
        whole = "\n\n".join("\x00".join(p) for p in sentences)
        if (after := change(whole)) != whole:
            done.append(name)
            sentences = [p.split("\x00") for p in after.split("\n\n")]
    shape, text = shapes.shape(source, parent, sentences, draw)
    done += [shape] if shape else []
    return (" + ".join(done), text) if len(done) >= 2 and text != parent else ("", "")
