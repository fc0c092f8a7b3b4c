"""Sources in the sections of the template: their figures, and what is said of each."""

from typing import Any

from winnow.pipelines.law.counts import Corpus
from winnow.pipelines.law.facts import NOT_KNOWN, Fact, count, tell, tell_inapplicable
from winnow.pipelines.law.recount import only, quote, read_rows, sum_by
from winnow.pipelines.law.sources import KINDS, Described


def tell_empty(kind: str, open_: list[Described]) -> Fact:
    """That no source is of a kind; which is not known while some are of none."""
    key, label, (_, _, words) = f"{kind}.sources", "Sources", KINDS[kind]
    if open_:
        said = f"{NOT_KNOWN}: no source is said to be {words}, but of {len(open_)} it is not said (2.6)"
        return Fact(key, label, None, "the recipe", said=said)
    return tell_inapplicable(key, label, f"no source of the run is {words}", "the recipe")


def list_sources(
    corpus: Corpus, kind: str, meant: list[Described], figures: dict[str, dict[str, Any]], large: float
) -> list[Fact]:
    """The table of the sources of a kind, and for each what a person says of it."""
    unit = "tokens" if corpus.counted else "bytes"
    whole = sum(figures[one.name][unit] for one in meant)
    names = [one.name for one in meant]
    rows = []
    for name, row in figures.items():
        if name in names:
            sums = row if corpus.counted else {key: row[key] for key in ("documents", "bytes")}
            rows.append({"source": name, **sums, "share": round(row[unit] / whole, 6) if whole else 0.0})
    table = count(
        f"{kind}.sources",
        f"Sources, and the share of each in the {unit} of this kind",
        rows,
        "exported stage, parts.parquet",
        *read_rows(corpus),
        only("rows", names),
        sum_by(corpus, "rows", "pl.col('text_bytes')", "recipe_source"),
        f"whole = found[{quote(unit)}].sum()",
        f"share = (found[{quote(unit)}] / whole).round(6) if whole else pl.lit(0.0)",
        result="found.rename({'recipe_source': 'source'}).with_columns(share=share).to_dicts()",
    )
    modality = Fact(f"{kind}.modalities", "Modalities", ["text"], "the shards")
    facts = [modality, table]
    for one, row in ((one, row) for one in meant for row in rows if row["source"] == one.name):
        facts += _tell_source(kind, one, kind == "public" and row["share"] > large)
    return facts


def _tell_source(kind: str, one: Described, large: bool) -> list[Fact]:
    given, path, key = one.given, f"sources.{one.name}", f"{kind}.source.{one.name}"
    read = [f"read by {one.read}"] + [f"its kind is said by {one.origin()}"] * bool(one.kind)
    facts = [Fact(f"{key}.read", f"{one.name}: how it was read", read, "the recipe")]
    for what, said in (("name", given.name), ("link", given.link)):
        if said or large:
            facts.append(tell(f"{key}.{what}", f"{one.name}: {what}", said, f"{path}.{what}"))
    if one.license:
        facts.append(Fact(f"{key}.license", f"{one.name}: licence", one.license, "the recipe"))
    if given.description or not (large or kind == "crawled"):
        facts.append(
            tell(f"{key}.description", f"{one.name}: description", given.description, f"{path}.description")
        )
    if kind == "synthetic":
        facts += [
            tell(f"{key}.by", f"{one.name}: by whom it was generated", given.by, f"{path}.by"),
            tell(f"{key}.models", f"{one.name}: models used", given.models or one.models, f"{path}.models"),
        ]
    return facts
