"""Gate: personal data and secrets. `make gate NAME=privacy`; sections by name: `... privacy.py pii secrets`.

Labelled sentences of presidio-research (WINNOW_DATA; some rules came from breakdowns of what was missed in them, see
docs/privacy.md, so that they are no held-out figure), made ones (`privacy_made`), ordinary pages and code, made keys (`privacy_keys`). Presidio's pattern recognizers, datatrove's
formatter and detect-secrets judge the same texts in this run where they are installed. Writes out/gates/privacy.json.
"""

# ruff: noqa: E501 - expressions and sentences that would be worse in pieces
import gzip
import importlib.util
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

# This file's folder behind the project's, in the children too: the file is named as the package is.
sys.path.sort(key=str(Path(__file__).resolve().parent).__eq__)

import pages
import polars as pl
import privacy_keys
import privacy_made
from figures import Figures

from filters import pii, secrets
from filters.personal import profile, scan
from filters.personal.spans import find_spans
from filters.words.split import utf8

SIX = ("CREDIT_CARD", "PHONE_NUMBER", "EMAIL_ADDRESS", "US_SSN", "IBAN_CODE", "IP_ADDRESS")
NAMES = list(profile.KINDS.values())
READ = (
    Path(__file__).parent / "golds/privacy_false.tsv"
)  # what was masked on ordinary texts and is none, by eye
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
    for kind, (gold, hit, masks, right) in count(labelled, find_ours([text for text, _ in labelled])).items():
        figures.add(f"{name}.{kind}.recall", round(hit / max(gold, 1), 4), 0.95)
        figures.add(f"{name}.{kind}.precision", round(right / max(masks, 1), 4), 0.85)


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
    """Millions of characters a CPU second, the first call left out."""
    docs = pl.DataFrame({"text": texts * times})
    step(docs.head(10))
    before = time.process_time()
    step(docs)
    return sum(map(len, texts)) * times / (time.process_time() - before) / 1e6


def check_sentences(figures: Figures) -> None:
    labelled = read_presidio()
    if labelled:
        tell(figures, "presidio", labelled)
        speed = measure(pii.mask, [text for text, _ in labelled], 30)
        figures.add("presidio.million_chars_a_cpu_s", round(speed, 2), 5)
        compare(labelled)
    tell(figures, "made", list(privacy_made.make(privacy_made.CHECK, 60, 2)))


def compare(labelled: list[Labelled]) -> None:
    """The same by Presidio's pattern recognizers, without a language model, and by datatrove's formatter."""
    texts = [text for text, _ in labelled]
    peers: dict[str, Callable[[list[str]], list[Spans]]] = {"datatrove": find_datatrove}
    if importlib.util.find_spec("presidio_analyzer"):
        peers["presidio_patterns"] = find_presidio
    for name, find in peers.items():
        before = time.process_time()
        found = find(texts)
        speed = sum(map(len, texts)) / (time.process_time() - before) / 1e6
        for kind, (gold, hit, masks, right) in count(labelled, found).items():
            print(f"{name} {kind} recall {hit / max(gold, 1):.3f} precision {right / max(masks, 1):.3f}")
        print(f"{name} {speed:.2f} million characters a CPU s", flush=True)


def find_datatrove(texts: list[str]) -> list[Spans]:
    from datatrove.pipeline.formatters.pii import PIIFormatter

    formatter, found = PIIFormatter(), []
    for text in texts:
        spans: Spans = []
        for kind, replacer in (
            ("EMAIL_ADDRESS", formatter.emails_replacer),
            ("IP_ADDRESS", formatter.ip_replacer),
        ):
            checks = replacer.validator or (lambda _: True)
            spans += [(kind, *m.span()) for m in replacer.regex.finditer(text) if checks(m.group(0))]
        found.append(spans)
    return found


def find_presidio(texts: list[str]) -> list[Spans]:
    from presidio_analyzer import predefined_recognizers as known

    some = [
        known.CreditCardRecognizer(),
        known.EmailRecognizer(),
        known.IbanRecognizer(),
        known.IpRecognizer(),
        known.UsSsnRecognizer(),
        known.PhoneRecognizer(),
    ]
    found = []
    for text in texts:
        spans: Spans = []
        for each in some:
            for result in each.analyze(text, each.supported_entities, None) or []:
                spans.append((result.entity_type, result.start, result.end))
        found.append(spans)
    return found


def check_ids(figures: Figures) -> None:
    """Identity numbers of each country, and how many with a wrong digit are masked."""
    rows = list(privacy_made.make_ids(50, 1))
    hits, of = Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
    for (country, _, true), got in zip(rows, find_ours([row[1] for row in rows]), strict=True):
        of[country, true] += 1
        hits[country, true] += any(kind == "NATIONAL_ID" for kind, _, _ in got)
    good = 0
    for country in privacy_made.IDS:
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


def check_ordinary(figures: Figures) -> None:
    """False masks, from above: every mask counts as false but those of mail, which their form proves."""
    docs = read_ordinary()
    texts = docs["text"].to_list()
    words = sum(len(text.split()) for text in texts)
    masks = Counter(kind for got in find_ours(texts) for kind, _, _ in got)
    print(f"{words} words of {len(texts)} texts: {dict(masks)} masked")
    figures.add("ordinary.million_words", round(words / 1e6, 2), 5)
    bad = sum(count for kind, count in masks.items() if kind != "EMAIL_ADDRESS")
    figures.add("ordinary.false_masks_in_50000_words", round(bad / words * 50_000, 3), 1, most=True)
    figures.add("ordinary.million_chars_a_cpu_s", round(measure(pii.mask, texts, 1), 2), 5)


def check_secrets(figures: Figures) -> None:
    rows = list(privacy_keys.make(10, 1))
    masked = secrets.mask(pl.DataFrame({"text": [text for _, text, _ in rows]}))["text"]
    kinds: dict[str, list[bool]] = {}
    for (kind, _, secret), out in zip(rows, masked, strict=True):
        kinds.setdefault(kind, []).append(secret not in out)
    hit = sum(sum(each) for each in kinds.values())
    theirs = detect_secrets(rows)
    figures.add("secrets.kinds", sum(all(each) for each in kinds.values()), 30)
    figures.add("secrets.recall", round(hit / len(rows), 4), round(theirs / len(rows), 4) if theirs else 0.95)
    examples = secrets.mask(pl.DataFrame({"text": privacy_keys.EXAMPLES}))["secrets_count"].sum()
    figures.add("secrets.examples_masked", examples, 0, most=True)
    docs = read_ordinary()
    before = time.process_time()
    found = secrets.mask(docs)
    speed = docs["text"].str.len_chars().sum() / (time.process_time() - before) / 1e6
    some = found.filter(pl.col("secrets_count") > 0)
    print("with secrets:", some.select("id", "secrets_count").rows())
    figures.add("secrets.false_in_10000_documents", round(len(some) / len(docs) * 10_000, 2), 1, most=True)
    print(f"secrets: {speed:.1f} million characters a CPU s, {len(docs)} documents")


def detect_secrets(rows: list[tuple[str, str, str]]) -> int:
    """How many made secrets detect-secrets finds, with all its plugins; 0 where it is not installed."""
    if not importlib.util.find_spec("detect_secrets"):
        print("left out: detect-secrets")
        return 0
    from detect_secrets.core.scan import scan_line
    from detect_secrets.settings import default_settings

    hits = 0
    with default_settings():
        for _, text, secret in rows:
            values = [f.secret_value or "" for line in text.splitlines() for f in scan_line(line)]
            hits += any(v and (v in secret or secret in v or "PRIVATE KEY" in v) for v in values)
    print(f"detect-secrets finds {hits} of {len(rows)}")
    return hits


SECTIONS = {
    "pii": (check_sentences, check_ids, check_ordinary),
    "secrets": (check_secrets,),
}


def main() -> None:
    figures = Figures("privacy")
    for name in sys.argv[1:] or list(SECTIONS):
        for check in SECTIONS[name]:
            check(figures)
    figures.close()


if __name__ == "__main__":
    main()
