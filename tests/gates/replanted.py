"""Pairs of parent and rewrite: faithful ones, and ones with exactly one planted error, as JSON lines.

`PYTHONPATH=.:tests/gates python -P tests/gates/replanted.py > pairs.jsonl`, for `make gate NAME=synthetic`
(PAIRS). Rewrites by hand are in `golds/replanted_*.toml`; the others are made by `replanted_faithful.py`.
Each planted row says in `twin` from which faithful row it differs by the one error, in `error` its kind
(number, unit, name, negation, hedge, date, order, invented) and in `kind` its form. Rewrites by hand have
all the errors that were written for them; of the others, `SCRIPTED` (130) errors of each kind are drawn, as
evenly over its forms as the texts allow; sentences invented by hand are in `golds/replanted_sentences.txt`.
Environment: SEED (7), SCRIPTED, WEB (a folder with `dev/` of WCXB, whose pages are left out without it),
WITHOUT (rows whose parents are not to be used again).
"""

import json
import os
import random
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import replanted_names as names
from replanted_dates import DATES
from replanted_faithful import rewrite
from replanted_forms import Form
from replanted_hedges import HEDGES
from replanted_negations import NEGATIONS
from replanted_numbers import NUMBERS
from replanted_orders import ORDERS
from replanted_parents import gather, key
from replanted_units import UNITS

GOLDS = Path(__file__).parent / "golds"
Row = dict[str, Any]
Plant = Callable[[Row, random.Random], tuple[str, str] | None]
_TABLES = {
    "number": NUMBERS,
    "unit": UNITS,
    "name": names.NAMES,
    "negation": NEGATIONS,
    "hedge": HEDGES,
    "date": DATES,
    "order": ORDERS,
}
KINDS = (*_TABLES, "invented")
_TRIES = 5


def faithful(parents: list[tuple[str, str]], seed: int) -> Iterator[Row]:
    """A rewrite of each parent of which one can be made by at least two changes."""
    for source, parent in parents:
        for attempt in range(_TRIES):
            form, text = rewrite(source, parent, random.Random(f"{seed} {key(parent)} {attempt}"))
            if text:
                yield _row(f"{key(parent)}-made", source, parent, text, form)
                break


def by_hand(parents: list[tuple[str, str]]) -> Iterator[Row]:
    """The rewrites by hand of these parents, each before the errors planted in it."""
    known = {key(parent): (source, parent) for source, parent in parents}
    for item in golds():
        if item["parent"] not in known:
            print(f"no passage {item['parent']}: a rewrite by hand is left out", file=sys.stderr)
            continue
        source, parent = known[item["parent"]]
        text = item["rewrite"].strip()
        twin = _row(f"{item['parent']}-hand", source, parent, text, f"by hand: {item['form']}")
        yield twin
        for number, (kind, form, *edits) in enumerate(item["errors"]):
            yield planted(twin, kind, f"by hand: {form}", edit(text, kind, edits), f"h{number}")


def golds() -> list[Row]:
    found = sorted(GOLDS.glob("replanted_*.toml"))
    return [item for path in found for item in tomllib.loads(path.read_text(encoding="utf-8"))["row"]]


def edit(text: str, kind: str, edits: list[str]) -> str:
    """The text with the error: a sentence after `edits[0]`, or each old text as the new one, all at once."""
    if kind == "invented":
        after, sentence = edits
        return text.replace(after, after + sentence if sentence[0] == "\n" else f"{after} {sentence}", 1)
    changes = dict(zip(edits[::2], edits[1::2], strict=True))
    pattern = "|".join(re.escape(old) for old in sorted(changes, key=len, reverse=True))
    return re.sub(pattern, lambda found: changes[found[0]], text)


def plant(twins: list[Row], kind: str, count: int, seed: int) -> Iterator[Row]:
    """`count` errors of the kind, by one form after another, none twice in one rewrite."""
    draw = random.Random(f"{seed} {kind}")
    forms = [_invented] if kind == "invented" else [_by(form) for form in _TABLES[kind]]
    queues = [(form, iter(draw.sample(twins, len(twins)))) for form in forms]
    used: set[str] = set()
    made = 0
    while queues and made < count:
        for form, queue in list(queues):
            row = next(
                (r for twin in queue if twin["id"] not in used and (r := _try(form, twin, kind, draw))), None
            )
            if row is None:
                queues.remove((form, queue))
            elif made < count:
                used.add(row["twin"])
                made += 1
                yield row


def _try(form: Plant, twin: Row, kind: str, draw: random.Random) -> Row | None:
    found = form(twin, draw)
    return planted(twin, kind, found[0], found[1], "s") if found else None


def _by(form: Form) -> Plant:
    name, pattern, new = form

    def put(twin: Row, draw: random.Random) -> tuple[str, str] | None:
        text = twin["rewrite"]
        if name == "a name by another of the passage":
            changed = names.another(text, draw)
            return (name, changed) if changed else None
        matches = list(re.finditer(pattern, text, flags=re.MULTILINE))
        for match in draw.sample(matches, len(matches)):
            instead = new if isinstance(new, str) else new(match, draw)
            if instead is None or instead == match[0] or _in_question(text, match.start()):
                continue
            return name, text[: match.start()] + instead + text[match.end() :]
        return None

    return put


def _in_question(text: str, place: int) -> bool:
    """Whether the place is in a question, a heading or an opening that the rewrite has of itself."""
    start = text.rfind("\n", 0, place) + 1
    line = text[start:].partition("\n")[0]
    return line.startswith(("**", "##", "Question:")) or line.endswith((":", "?"))


def sentences() -> dict[str, list[tuple[str, str]]]:
    """Invented by hand for a passage: form and sentence, by the passage's key."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in (GOLDS / "replanted_sentences.txt").read_text(encoding="utf-8").splitlines():
        parent, form, sentence = line.split("|")
        found.setdefault(parent, []).append((form, sentence))
    return found


def _written(twins: list[Row], seed: int) -> Iterator[Row]:
    """The sentences by hand, each in a place of its own."""
    known = sentences()
    for twin in twins:
        for number, (form, sentence) in enumerate(known.get(key(twin["parent"]), [])):
            draw = random.Random(f"{seed} {sentence}")
            if put := names.insert(f"by hand: {form}", sentence, twin["rewrite"], draw):
                yield planted(twin, "invented", *put, f"w{number}")


def _invented(twin: Row, draw: random.Random) -> tuple[str, str] | None:
    return names.splice(twin["source"], twin["parent"], twin["rewrite"], draw)


def planted(twin: Row, kind: str, form: str, text: str, mark: str) -> Row:
    made = _row(f"{twin['id']}-{kind}-{mark}", twin["source"], twin["parent"], text, form)
    return made | {"label": "planted", "error": kind, "twin": twin["id"]}


def _row(id_: str, source: str, parent: str, text: str, form: str) -> Row:
    return {
        "id": id_,
        "kind": form,
        "parent": parent,
        "rewrite": text,
        "label": "faithful",
        "error": None,
        "source": source,
        "twin": None,
    }


def make(parents: list[tuple[str, str]], seed: int, scripted: int) -> list[Row]:
    twins = list(faithful(parents, seed))
    rows = [*by_hand(parents), *twins]
    rows += _written(twins, seed)
    for kind in KINDS:
        rows += plant(twins, kind, scripted, seed)
    return rows


def main() -> None:
    seed = int(os.environ.get("SEED", "7"))
    before = os.environ.get("WITHOUT")
    lines = Path(before).read_text(encoding="utf-8").splitlines() if before else []
    parents = gather(seed, {json.loads(line)["parent"] for line in lines})
    rows = make(parents, seed, int(os.environ.get("SCRIPTED", "130")))
    for row in rows:
        print(json.dumps(row, ensure_ascii=False))
    print(
        len(parents), "parents;", dict(Counter(row["error"] or "faithful" for row in rows)), file=sys.stderr
    )


if __name__ == "__main__":
    main()
