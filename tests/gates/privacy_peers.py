"""What other tools find in the same texts: Presidio's pattern recognizers, datatrove's, detect-secrets."""

import importlib.util
import logging
import re
from collections.abc import Callable

Spans = list[tuple[str, int, int]]
Find = Callable[[list[str]], list[Spans]]


def list_finders() -> dict[str, Find]:
    """Those of personal data, by name."""
    some: dict[str, Find] = {"datatrove": find_datatrove}
    if importlib.util.find_spec("presidio_analyzer"):
        return {**some, "presidio": find_presidio}
    print("left out: Presidio, which is not installed", flush=True)
    return some


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

    logging.getLogger("tldextract").setLevel(logging.CRITICAL)  # it asks the net for a list that it has

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


def make_detect_secrets() -> Callable[[str], list[tuple[int, int]]] | None:
    """A function that tells where detect-secrets (all plugins) finds secrets; None where it is not there."""
    if not importlib.util.find_spec("detect_secrets"):
        print("left out: detect-secrets")
        return None
    from detect_secrets.core.scan import scan_line
    from detect_secrets.settings import default_settings

    def find(text: str) -> list[tuple[int, int]]:
        with default_settings():
            values = {f.secret_value for line in text.splitlines() for f in scan_line(line) if f.secret_value}
        return [m.span() for value in values for m in re.finditer(re.escape(value), text)]

    return find


def detect_secrets(rows: list[tuple[str, str, str]]) -> int:
    """How many made secrets detect-secrets finds; 0 where it is not installed."""
    find = make_detect_secrets()
    if find is None:
        return 0
    hits = 0
    for _, text, secret in rows:
        values = [text[start:end] for start, end in find(text)]
        hits += any(v in secret or secret in v or "PRIVATE KEY" in v for v in values)
    print(f"detect-secrets finds {hits} of {len(rows)}")
    return hits
