"""Faithful rewrites of real paragraphs, and the same with one planted error of eight kinds, as JSON lines.

`python planted_rewrites.py FILE` writes rows {id, kind, parent, rewrite, label, error, forms}. `kind` is
wikipedia, manuals or maths; `label` is faithful or planted; `error` is the kind of the planted error;
`forms` says which of the two sets of ways to plant it made the row (`first`, `second`); the way's own name
ends `id`. Same bytes for the same data.

Environment: WINNOW_DATA for GSM8K's training problems among maths (PARI's manual alone without), SEED (20).

Written without knowledge of any check of faithfulness; it shares no code and no list with one.

Read by eye, 40 drawn rows of each, after each of which the classes of what was wrong were mended: right
were, faithful / first / second, 37 / 39 / 35 at first, 36 / 35 / 31 at the second draw, 39 / 38 / 38 at the
third. What the third showed was mended too; after that nobody read.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import rewrites_first_values
import rewrites_first_words
import rewrites_second_values
import rewrites_second_words
from rewrites_faithful import abbreviate, change, shorten, surnames
from rewrites_forms import FORMS, PLAIN
from rewrites_parents import Parent, parents
from rewrites_places import Error, Pool

FIRST = rewrites_first_values.VALUES | rewrites_first_words.WORDS
SECOND = rewrites_second_values.VALUES | rewrites_second_words.WORDS
KINDS = ("wikipedia", "manuals", "maths")
PARENTS = 250  # of each kind, for the faithful rewrites
PLANTED = 70  # of each kind of error by each set of forms
Row = dict[str, Any]


def rows(seed: int) -> Iterator[Row]:
    """Faithful rewrites of PARENTS paragraphs of each kind, then the planted ones, over all paragraphs."""
    draw = Random(seed)
    by_kind: dict[str, list[Parent]] = {kind: [] for kind in KINDS}
    for parent in parents():
        by_kind[parent.kind].append(parent)
    for kind in KINDS:
        draw.shuffle(by_kind[kind])
        for at, parent in enumerate(by_kind[kind][:PARENTS]):
            one = Random(f"{seed} {kind} {at}")
            said = _reword(parent, one)
            text = _form(said, one, plain=said != parent.sentences)
            yield _row(f"{kind}-{at}-faithful", parent, text, None, None)
    for forms, errors in (("first", FIRST), ("second", SECOND)):
        for name, ways in errors.items():
            yield from _planted(by_kind, name, forms, ways, Random(f"{seed} {forms} {name}"))


def _planted(
    by_kind: dict[str, list[Parent]], error: str, forms: str, ways: list[Error], draw: Random
) -> Iterator[Row]:
    """PLANTED rows of one kind of error: the ways and the kinds of parents take turns as far as they can."""
    turns = [(way, kind) for way in ways for kind in KINDS]
    places = {turn: draw.randrange(len(by_kind[turn[1]])) for turn in turns}
    tried = dict.fromkeys(turns, 0)
    count = 0
    while turns and count < PLANTED:
        for turn in list(turns):
            way, kind = turn
            found = by_kind[kind]
            made = None
            while made is None and tried[turn] < min(len(found), 600):
                parent = found[(places[turn] + tried[turn]) % len(found)]
                tried[turn] += 1
                made = _spoil(parent, way, draw, found)
            if made is None:
                turns.remove(turn)
            elif count < PLANTED:
                count += 1
                yield _row(f"{kind}-{count}-{forms}-{way.__name__}", parent, made, error, forms)


def _spoil(parent: Parent, way: Error, draw: Random, others: list[Parent]) -> str | None:
    seed = draw.random()
    sound = _reword(parent, Random(seed))
    spoilt = way(list(sound), draw, Pool(parent, others))
    return None if spoilt is None or spoilt == sound else _form(spoilt, Random(seed))


def _reword(parent: Parent, draw: Random) -> list[str]:
    out = change(parent.sentences, draw)
    for one, share in ((shorten, 0.3), (abbreviate, 0.3), (surnames, 0.5)):
        # a solution without one of its steps would not be one
        if draw.random() < share and not (one is shorten and parent.kind == "maths"):
            out = one(out, draw)
    return out


def _form(sentences: list[str], draw: Random, plain: bool = True) -> str:
    """The text in one of the forms; not as prose where nothing in it was changed."""
    return draw.choice([form for form in FORMS if plain or form not in PLAIN])(sentences, draw)


def _row(id: str, parent: Parent, rewrite: str, error: str | None, forms: str | None) -> Row:
    label = "planted" if error else "faithful"
    return {
        "id": id,
        "kind": parent.kind,
        "parent": parent.text,
        "rewrite": rewrite,
        "label": label,
        "error": error,
        "forms": forms,
    }


def check(made: list[Row]) -> Counter[tuple[str, str | None]]:
    """The rows by error and forms; an error where they are too few, or a rewrite is its parent."""
    counts = Counter((row["error"] or "faithful", row["forms"]) for row in made)
    assert counts["faithful", None] >= 600, counts
    assert len({row["parent"] for row in made if row["label"] == "faithful"}) >= 600
    for error in FIRST:
        assert counts[error, "first"] + counts[error, "second"] >= 100, (error, counts)
        assert min(counts[error, "first"], counts[error, "second"]) >= 50, (error, counts)
    assert len({row["id"] for row in made}) == len(made)
    assert all(row["rewrite"].split() != row["parent"].split() for row in made)
    return counts


def main() -> None:
    made = list(rows(int(os.environ.get("SEED", "20"))))
    with Path(sys.argv[1]).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in made)
    for (error, forms), count in sorted(check(made).items(), key=str):
        kinds = Counter(
            row["kind"] for row in made if (row["error"] or "faithful", row["forms"]) == (error, forms)
        )
        print(f"{error:10} {forms or '':7} {count:4}  {dict(kinds)}")


if __name__ == "__main__":
    main()
