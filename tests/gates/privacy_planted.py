"""Secrets of 410 kinds that the rules of public scanners name, and what only looks like one: `golds/secrets`.

A secret is found where its characters are masked in every place, all but blanks and what all of its kind
begin with. Recall is the mean over kinds, however many rows each has; what the provider calls an identifier
is counted apart. Kinds were split by a digest of their names: errors were read of the `chosen` half alone.
"""

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import privacy_peers
from figures import Figures

from winnow.filters import secrets

GOLD = Path(__file__).parent / "golds/secrets"
MOST = 3  # counter-examples with a mask, as before this gold was seen
Spans = list[tuple[int, int]]
Row = dict[str, str]


def read(name: str) -> list[Row]:
    """The rows of a file of the gold, whose digest is checked."""
    data = gzip.decompress((GOLD / f"{name}.jsonl.gz").read_bytes())
    if f"{hashlib.sha256(data).hexdigest()}  {name}.jsonl" not in (GOLD / "SHA256").read_text().splitlines():
        raise ValueError(f"{GOLD}/{name}.jsonl.gz is not what was committed")
    return [json.loads(line) for line in data.splitlines()]


def is_chosen(kind: str) -> bool:
    """Whether errors of a kind may be read."""
    return int(hashlib.sha256(kind.encode()).hexdigest()[0], 16) % 2 == 1


def find_ours(text: str) -> Spans:
    """What the step masks, in characters."""
    data = text.encode()
    return [(len(data[:start].decode()), len(data[:end].decode())) for start, end, _ in secrets._find(data)]


def is_found(text: str, secret: str, spans: Spans, head: int) -> bool:
    """Whether all of a secret is masked wherever it stands, but for its first `head` characters."""
    at = text.find(secret)
    while at >= 0:
        left = {i for i in range(at + head, at + len(secret)) if not text[i].isspace()}
        for start, end in spans:
            left.difference_update(range(start, end))
        if left:
            return False
        at = text.find(secret, at + 1)
    return True


def measure(rows: list[Row], find: Callable[[str], Spans]) -> dict[str, float]:
    """Recall of each kind."""
    kinds: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        kinds[row["kind"]].append(row)
    recall = {}
    for kind, some in kinds.items():
        columns = enumerate(zip(*(row["secret"] for row in some), strict=False))
        head = next((at for at, column in columns if len(set(column)) > 1), 0)
        hits = [is_found(row["text"], row["secret"], find(row["text"]), head) for row in some]
        recall[kind] = sum(hits) / len(hits)
    return recall


def tell(who: str, recall: dict[str, float]) -> float:
    """The mean over kinds, printed with that of each half."""
    mean = sum(recall.values()) / len(recall)
    halves = {
        name: [value for kind, value in recall.items() if is_chosen(kind) == chosen]
        for name, chosen in (("chosen", True), ("judged", False))
    }
    parts = (f"{name} {sum(some) / len(some):.4f} of {len(some)}" for name, some in halves.items() if some)
    low = {name: sum(value < 0.5 for value in some) for name, some in halves.items()}
    print(f"{who}: {mean:.4f} of {len(recall)} kinds ({', '.join(parts)}); below .5: {low}", flush=True)
    return mean


def check(figures: Figures) -> None:
    """Mean recall by kind, identifiers apart, and counter-examples with a mask; beside detect-secrets."""
    rows = read("plants")
    named = [row for row in rows if row["tier"] == "identifier"]
    rows = [row for row in rows if row["tier"] == "secret"]
    recall = measure(rows, find_ours)
    figures.add("planted.recall_by_kind", round(tell("secrets", recall), 4), 0.95)
    low = sorted(kind for kind, value in recall.items() if value < 0.5 and is_chosen(kind))
    print(f"chosen kinds below .5: {', '.join(low)}", flush=True)
    tell("identifiers", measure(named, find_ours))
    counter = [row["text"] for row in read("counter")]
    hit = sum(bool(find_ours(text)) for text in counter)
    figures.add("planted.counter_examples_masked", hit, MOST, most=True)
    if find := privacy_peers.make_detect_secrets():
        tell("detect-secrets", measure(rows, find))
        print(f"detect-secrets masks {sum(bool(find(text)) for text in counter)} of {len(counter)}")
