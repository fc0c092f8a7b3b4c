"""Bytes and tokens of the texts before and after every stage, by one measure.

Tokens are exact where a tokenizer counted them. Elsewhere they are estimated from the bytes of the text by
the bytes per token of its source and language, as measured at the first stage of this run that counted the
source; and where nothing was counted there are none, but only bytes.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.engine.ledger.texts import MAKERS
from winnow.pipelines.spec import declarations

LOST = ("dropped", "failed")
FATES = ("in", "kept", "cut", *LOST)


class Amount(NamedTuple):
    """Bytes of text and their tokens: None where nobody counted any, `exact` or else estimated."""

    bytes: int = 0
    tokens: float | None = 0.0
    exact: bool = True

    def plus(self, other: "Amount", sign: int = 1) -> "Amount":
        """The sum of two, or their difference."""
        none = self.tokens is None or other.tokens is None
        tokens = None if none else (self.tokens or 0.0) + sign * (other.tokens or 0.0)
        return Amount(self.bytes + sign * other.bytes, tokens, self.exact and other.exact)


Amounts = dict[str, dict[str, Amount]]


@dataclass(frozen=True)
class Measure:
    """`rates`: bytes per token by source and language, None for any; `counted`: by a tokenizer; `markup`: the
    stages whose documents are pages yet, which a later stage makes texts of."""

    rates: dict[tuple[str | None, str | None], float]
    counted: bool
    markup: frozenset[str]

    def rate(self, source: str, language: str) -> float | None:
        """Bytes per token; of a language that the source has not, or that is not known, as near as can be."""
        known = [(source, language), (None, language)] if language else []
        return next(
            (self.rates[key] for key in [*known, (source, None), (None, None)] if key in self.rates), None
        )

    def amount(self, figures: dict[str, int], fate: str, source: str, language: str) -> Amount:
        """What a receipt says of a fate."""
        size, tokens, uncounted = (
            figures.get(f"{name}_{fate}", 0) for name in ("bytes", "tokens", "uncounted")
        )
        rate = self.rate(source, language)
        estimate = None if rate is None else tokens + uncounted / rate
        return Amount(size, estimate, not uncounted and (self.counted or not size))


def measure(account: RunSummary) -> Measure:
    """How tokens are measured in a run."""
    totals: dict[tuple[str | None, str | None], list[int]] = defaultdict(lambda: [0, 0])
    seen: set[str] = set()
    for stage in account.shard_stages():
        texts = by_language(stage)
        new = {source for source, languages in texts.items() if _tokens(languages.values())} - seen
        seen |= new
        for source in new:
            for language, figures in texts[source].items():
                for key in {(source, language), (source, None), (None, language), (None, None)}:
                    for fate in ("kept", *LOST):
                        totals[key][0] += figures.get(f"bytes_{fate}", 0) - figures.get(
                            f"uncounted_{fate}", 0
                        )
                        totals[key][1] += figures.get(f"tokens_{fate}", 0)
    steps = [step for stage in account.shard_stages() for step in stage.own_steps]
    counts = [
        step for step in steps if declarations.does(step["use"], "count")
    ]  # an estimate without tokenizer
    return Measure(
        {key: size / tokens for key, (size, tokens) in totals.items() if tokens and size},
        all(step["settings"].get("tokenizer") for step in counts),
        frozenset(_before_extraction(account)),
    )


def by_language(stage: Stage) -> dict[str, dict[str, dict[str, int]]]:
    """The receipts' table `texts` added up over the parts."""
    texts: dict[str, dict[str, dict[str, int]]] = stage.sums.get("texts", {})
    return texts


def _tokens(languages: Iterable[dict[str, int]]) -> int:
    return sum(figures.get(f"tokens_{fate}", 0) for figures in languages for fate in ("kept", *LOST))


def _before_extraction(account: RunSummary) -> set[str]:
    found: set[str] = set()
    for stage in reversed(account.shard_stages()):
        if stage.name in found or any(step["use"].startswith(MAKERS) for step in stage.own_steps):
            found |= set(stage.upstream)
    return found


def of_stage(stage: Stage, measure: Measure) -> Amounts:
    """By source what came `in`, was `kept`, `cut` out of what was kept, `dropped` and `failed`, and `markup`.

    in = kept + cut + dropped + failed; markup (bytes alone) came beside. Before texts are extracted all is
    markup: there are no tokens, and what is lost counts as markup.
    """
    found: Amounts = {}
    pages = stage.name in measure.markup
    sizes = run_summary.add_up(stage, "by_source")
    for source, figures in sizes.items():
        row = {fate: Amount() for fate in ("came", "kept", *LOST)}
        for language, entry in by_language(stage).get(source, {}).items():
            for fate in row:
                row[fate] = row[fate].plus(measure.amount(entry, fate, source, language))
        came, kept = row.pop("came"), row["kept"]
        markup = int(figures.get("bytes_markup", 0))
        if pages:
            markup = came.bytes - kept.bytes + sum(row[fate].bytes for fate in LOST)
            row = {"kept": Amount(kept.bytes, None, exact=False), **dict.fromkeys(LOST, Amount())}
            came = row["kept"]
        row["cut"] = came.plus(row["kept"], -1)._replace(
            exact=came == row["kept"] or (came.exact and kept.exact)
        )
        row["in"] = came.plus(row["dropped"]).plus(row["failed"])
        found[source] = {fate: row[fate] for fate in FATES} | {"markup": Amount(markup, None)}
    return found


def of_run(account: RunSummary, measure: Measure) -> Amounts:
    """The same by source along the main line of a run, from the first texts to the last stage."""
    line, last = run_summary.find_main_line(account), run_summary.find_finals(account)
    stages = {stage.name: of_stage(stage, measure) for stage in line}
    found: Amounts = {source: dict.fromkeys((*FATES, "markup"), Amount()) for source in last}
    for stage in line:
        for source, row in stages[stage.name].items():
            total = found[source]
            total["markup"] = total["markup"].plus(row["markup"]._replace(tokens=0.0))
            if stage.name in measure.markup:
                continue
            for fate in ("in", "cut", *LOST):
                total[fate] = total[fate].plus(row[fate])
            for name in set(stage.upstream) & set(stages) - measure.markup:
                if source in stages[name]:  # what stands between two stages came in once
                    handed = stages[name][source]["kept"]
                    total["in"] = total["in"].plus(handed._replace(exact=True), -1)
            if stage.name == last[source]:
                total["kept"] = row["kept"]
    return found


def total(amounts: Amounts) -> dict[str, Amount]:
    """Over all sources."""
    sums = dict.fromkeys((*FATES, "markup"), Amount())
    for row in amounts.values():
        sums = {fate: sums[fate].plus(row[fate]) for fate in sums}
    return sums


def by_reason(reasons: run_summary.Sums, dropped: Amount) -> dict[str, Amount]:
    """What each reason took, by the receipts' table `reasons`; `dropped` is what all took together."""
    counted = sum(figures["tokens"] for figures in reasons.values())
    uncounted = sum(figures.get("uncounted", 0) for figures in reasons.values())
    found = {}
    for reason, figures in reasons.items():
        tokens, part = figures["tokens"], figures.get("uncounted", 0)
        if dropped.tokens is not None and part:
            tokens += (dropped.tokens - counted) * part / uncounted
        exact = not part and (dropped.exact or bool(uncounted))
        found[reason] = Amount(int(figures["bytes"]), None if dropped.tokens is None else tokens, exact)
    return found
