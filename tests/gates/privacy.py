"""Gate: personal data and secrets. `make gate NAME=privacy`; ONLY=held,secrets names sections.

Labelled sentences of presidio-research (WINNOW_DATA; some rules came from breakdowns of what was missed in them, see
docs/measurements.md, so that they are no held-out figure), made and held ones and made keys (`privacy_golds`), ordinary
texts, planted secrets of 410 kinds (`privacy_planted`). Presidio's pattern recognizers, datatrove's formatter and detect-secrets judge
the same texts in this run, by the same score; they are installed into out/cache/peers_law. Writes out/gates/privacy.json.
"""

# ruff: noqa: E501 - expressions and sentences that would be worse in pieces
import gzip
import html
import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from xml.etree import ElementTree

import environments
import pages
import polars as pl
import privacy_golds
import privacy_peers
import privacy_planted
import privacy_read
import sections
from figures import Figures

from winnow.filters import pii, secrets
from winnow.filters.pii import profile, scan
from winnow.filters.pii.spans import find_spans
from winnow.words.split import utf8

SIX = ("CREDIT_CARD", "PHONE_NUMBER", "EMAIL_ADDRESS", "US_SSN", "IBAN_CODE", "IP_ADDRESS")
NAMES = list(profile.KINDS.values())
Spans = list[tuple[str, int, int]]
Labelled = tuple[str, Spans]


def find_ours(texts: list[str]) -> list[Spans]:
    """What the step masks, in characters."""
    data, offsets = utf8(pl.Series(texts, dtype=pl.String))
    whole = data.tobytes()
    found: list[Spans] = [[] for _ in texts]
    for span in find_spans(whole, offsets, scan.find(data, offsets), None, profile.load("web", None))[0]:
        before = len(whole[offsets[span.doc] : span.start].decode())
        end = before + len(whole[span.start : span.end].decode())
        found[span.doc].append((NAMES[span.kind], before, end))
    return found


def count(labelled: Iterable[Labelled], found: list[Spans]) -> dict[str, tuple[int, int, int, int]]:
    """By kind: labelled spans, those found, masks, those that a label of the kind overlaps."""
    counts: dict[str, list[int]] = {kind: [0, 0, 0, 0] for kind in SIX}
    for (_, gold), got in zip(labelled, found, strict=True):
        for own, others, at in ((gold, got, 0), (got, gold, 2)):
            for kind, start, end in own:
                if kind in counts:
                    counts[kind][at] += 1
                    counts[kind][at + 1] += any(k == kind and a < end and start < b for k, a, b in others)
    return {kind: (row[0], row[1], row[2], row[3]) for kind, row in counts.items()}


def tell(figures: Figures, name: str, labelled: list[Labelled]) -> None:
    """Recall and precision by kind, ours with floors, and what the others reach."""
    texts = [text for text, _ in labelled]
    for kind, (gold, hit, masks, right) in count(labelled, leave_private(labelled, find_ours(texts))).items():
        figures.add(f"{name}.{kind}.recall", round(hit / max(gold, 1), 4), 0.95)
        figures.add(f"{name}.{kind}.precision", round(right / max(masks, 1), 4), 0.85)
    for other, find in privacy_peers.list_finders().items():
        before = time.process_time()
        found = find(texts)
        speed = sum(map(len, texts)) / (time.process_time() - before) / 1e6
        for kind, (gold, hit, masks, right) in count(labelled, leave_private(labelled, found)).items():
            if masks:
                print(f"  {other} {kind} {hit / max(gold, 1):.3f} {right / masks:.3f}")
        print(f"  {other} {speed:.2f} million characters a CPU s", flush=True)


def leave_private(labelled: list[Labelled], found: list[Spans]) -> list[Spans]:
    """Without masks of addresses of machines that are private: they are neither right nor false."""
    return [
        [(k, a, b) for k, a, b in got if not any(g == "IP_PRIVATE" and a < y and x < b for g, x, y in gold)]
        for (_, gold), got in zip(labelled, found, strict=True)
    ]


def read_presidio() -> list[Labelled]:
    path = Path(os.environ.get("WINNOW_DATA", "/nowhere")) / "pii/presidio_generated_large.json.gz"
    if not path.exists():
        print("left out: presidio-research (no WINNOW_DATA)", flush=True)
        return []
    rows = json.loads(gzip.decompress(path.read_bytes()))
    return [
        (row["full_text"], [(s["entity_type"], s["start_position"], s["end_position"]) for s in row["spans"]])
        for row in rows
    ]


def measure(step: Callable[[pl.DataFrame], object], texts: list[str], times: int) -> float:
    """Millions of characters a CPU second, the best of five, the first call left out."""
    docs = pl.DataFrame({"text": texts * times})
    step(docs.head(10))
    taken = []
    for _ in range(5):
        before = time.process_time()
        step(docs)
        taken.append(time.process_time() - before)
    print(f"  CPU s of five runs: {', '.join(f'{each:.2f}' for each in taken)}", flush=True)
    return sum(map(len, texts)) * times / min(taken) / 1e6


def check_presidio(figures: Figures) -> None:
    if labelled := read_presidio():
        tell(figures, "presidio", labelled)
        speed = measure(pii.mask, [text for text, _ in labelled], 30)
        figures.add("presidio.million_chars_a_cpu_s", round(speed, 2), 5)


def check_made(figures: Figures) -> None:
    tell(figures, "made", privacy_golds.read_labelled("made"))


def check_held(figures: Figures) -> None:
    """Sentences whose rules were chosen on one half; the share of traps with a mask."""
    for half in ("chosen", "judged"):
        labelled = privacy_golds.read_labelled(half)
        tell(figures, f"held.{half}", labelled)
        traps = [text for text, spans in labelled if not spans]
        masked = sum(any(kind in SIX for kind, _, _ in got) for got in find_ours(traps))
        print(f"held.{half}: {masked} of {len(traps)} traps masked", flush=True)


def check_ids(figures: Figures) -> None:
    """Identity numbers of each country, and how many with a wrong digit are masked."""
    rows = privacy_golds.read("privacy_ids.jsonl")
    hits, of = Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
    for (country, _, true), got in zip(rows, find_ours([row[1] for row in rows]), strict=True):
        of[country, true] += 1
        hits[country, true] += any(kind == "NATIONAL_ID" for kind, _, _ in got)
    good = 0
    for country in dict.fromkeys(row[0] for row in rows):
        recall, wrong = (hits[country, true] / of[country, true] for true in (True, False))
        print(f"id.{country} recall {recall:.3f}, masked with a wrong digit {wrong:.3f}", flush=True)
        good += recall >= 0.95 and wrong <= 0.15
    figures.add("ids.countries", good, 8)


def read_ordinary() -> pl.DataFrame:
    """Web pages, manuals, novels and code: what is kept in data/cache, and Python's own library."""
    cache = Path("data/cache")
    frames = [
        pages.of_package(cache / key / "files", key, 300)
        for _, key, _ in pages.wanted()
        if (cache / key / "files").is_dir()
    ]
    others = pages.other_texts(cache)
    frames.append(others.filter(pl.int_range(pl.len()).over("source") < 800))
    folders = ["sklearn", "pandas", "distributed", "botocore", "datasets"]
    site = Path(pl.__file__).parent.parent
    files = [
        p
        for folder in [Path("data/code"), *(site / f for f in folders)]
        for p in sorted(folder.rglob("*.py"))
    ]
    texts = [path.read_text(errors="replace") for path in files]
    ids = ["/".join(path.parts[-4:]) for path in files]
    frames.append(pl.DataFrame({"id": ids, "source": ["code"] * len(ids), "text": texts}))
    return pl.concat([frame.select("id", "source", "text") for frame in frames])


def read_unseen() -> list[str]:
    """Posts of Stack Exchange and articles of Wikipedia, which nobody looked at for a rule (WINNOW_DATA)."""
    folder = Path(os.environ.get("WINNOW_DATA", "/nowhere")) / "sources"
    texts: list[str] = []
    for path in sorted(folder.glob("stackexchange/*.jsonl.gz")):
        lines = gzip.decompress(path.read_bytes()).splitlines()
        texts += [value for line in lines for value in list_strings(json.loads(line))]
    for path in sorted(folder.glob("stackexchange/*.xml.gz")):
        with gzip.open(path) as file:
            texts += [row.get("Body") or "" for _, row in ElementTree.iterparse(file) if row.tag == "row"]
    texts = [re.sub(r"<[^>]*>", " ", html.unescape(text)) for text in texts]
    for path in sorted(folder.glob("wikitext2/*.txt.gz")):
        texts += re.split(r"\n(?= = [^=])", gzip.decompress(path.read_bytes()).decode())
    return [text for text in texts if len(text) > 80]


def list_strings(value: object) -> list[str]:
    """The texts in a JSON value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in list_strings(each)]


def check_unseen(figures: Figures) -> None:
    """The same on texts that no rule has seen."""
    if texts := read_unseen():
        words = sum(len(text.split()) for text in texts)
        masks = Counter(kind for got in find_ours(texts) for kind, _, _ in got)
        print(f"{words} words of {len(texts)} texts: {dict(masks)} masked")
        bad = sum(count for kind, count in masks.items() if kind != "EMAIL_ADDRESS")
        figures.add("unseen.false_masks_in_50000_words", round(bad / words * 50_000, 3), 1, most=True)


def check_ordinary(figures: Figures) -> None:
    """False masks, from above (every one but those of mail, which their form proves) and as they were read."""
    docs = read_ordinary()
    texts = docs["text"].to_list()
    words = sum(len(text.split()) for text in texts)
    found = find_ours(texts)
    masks = Counter(kind for got in found for kind, _, _ in got)
    print(f"{words} words of {len(texts)} texts: {dict(masks)} masked")
    figures.add("ordinary.million_words", round(words / 1e6, 2), 5)
    others = [
        (text, *span)
        for text, got in zip(texts, found, strict=True)
        for span in got
        if span[0] != "EMAIL_ADDRESS"
    ]
    print(f"from above: {len(others)} masks, {len(others) / words * 50_000:.3f} in 50,000 words")
    told = privacy_read.judge(others)
    print(
        f"as read: {told.true} true, {told.false} false ({told.unread} of them not read): {dict(told.classes)};"
        f" two readings agree on {told.agreed} of {told.read}"
    )
    figures.add("ordinary.false_masks_in_50000_words", round(told.false / words * 50_000, 3), 1, most=True)
    figures.add("ordinary.million_chars_a_cpu_s", round(measure(pii.mask, texts, 1), 2), 5)


def check_secrets(figures: Figures) -> None:
    keys = privacy_golds.read("privacy_keys.jsonl.gz")
    rows = [(kind, text, secret) for kind, text, secret in keys if kind != "example"]
    masked = secrets.mask(pl.DataFrame({"text": [text for _, text, _ in rows]}))["text"]
    kinds: dict[str, list[bool]] = {}
    for (kind, _, secret), out in zip(rows, masked, strict=True):
        kinds.setdefault(kind, []).append(secret not in out)
    hit = sum(sum(each) for each in kinds.values())
    theirs = privacy_peers.detect_secrets(rows)
    figures.add("secrets.kinds", sum(all(each) for each in kinds.values()), 30)
    figures.add("secrets.recall", round(hit / len(rows), 4), round(theirs / len(rows), 4) if theirs else 0.95)
    examples = [text for kind, text, _ in keys if kind == "example"]
    masked_examples = secrets.mask(pl.DataFrame({"text": examples}))["secrets_count"].sum()
    figures.add("secrets.examples_masked", masked_examples, 0, most=True)
    docs = read_ordinary()
    some = secrets.mask(docs).filter(pl.col("secrets_count") > 0)
    print("with secrets:", some.select("id", "secrets_count").rows())
    figures.add("secrets.false_in_10000_documents", round(len(some) / len(docs) * 10_000, 2), 0, most=True)
    speed = measure(secrets.mask, docs["text"].to_list(), 1)
    figures.add("secrets.million_chars_a_cpu_s", round(speed, 1), 60)


SECTIONS = {
    "presidio": check_presidio,
    "made": check_made,
    "held": check_held,
    "ids": check_ids,
    "ordinary": check_ordinary,
    "unseen": check_unseen,
    "secrets": check_secrets,
    "planted": privacy_planted.check,
}


def main() -> None:
    wanted = sections.choose(SECTIONS)
    environments.enter("peers_law")
    figures = Figures("privacy")
    for name in wanted:
        print(f"== {name}", flush=True)
        SECTIONS[name](figures)
    figures.close()


if __name__ == "__main__":
    main()
