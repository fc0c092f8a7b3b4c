"""Section 1 of the template: provider, models, and the content by modality."""

import datetime

import polars as pl

from winnow.pipelines.law import counts
from winnow.pipelines.law.about import About, Representative
from winnow.pipelines.law.facts import Fact, Section, count, tell, tell_inapplicable
from winnow.pipelines.law.recount import find_days, read_docs, read_manifest, read_rows, sum_by
from winnow.pipelines.law.sources import Described

RANGES = ((10**9, "less than 1 billion tokens"), (10**13, "1 billion to 10 trillion tokens"))
LARGEST = "more than 10 trillion tokens"
SIZE = "pl.col('text').str.len_bytes()"
LACKING = ("url", "date", "language", "license", "author")
MODALITIES = ("Image", "Audio", "Video", "Other")


def tell_provider(about: About) -> Section:
    """1.1"""
    given = about.provider
    facts = [
        tell("provider.name", "Provider", given.name),
        tell("provider.contact", "Contact", given.contact),
    ]
    by = about.representative
    if given.in_union or not isinstance(by, Representative):
        why = "the provider is established in the Union" if given.in_union else "as about.toml says"
        facts.append(tell_inapplicable("representative", "Authorised representative", why, "about.toml"))
    else:
        facts += [
            tell("representative.name", "Authorised representative", by.name),
            tell("representative.contact", "Its contact", by.contact),
        ]
    facts.append(tell("provider.small", "Small or medium-sized enterprise", say(given.small)))
    return Section("1.1", "Provider identification", facts)


def tell_models(about: About) -> Section:
    """1.2"""
    given, placed = about.models, about.models.placed_on_market
    placed = placed.isoformat() if isinstance(placed, datetime.date) else placed
    facts = [
        tell("models.versions", "Versioned names of the models", given.versions),
        tell("models.depends_on", "Models that they depend on (modified or fine-tuned)", given.depends_on),
        tell("models.placed_on_market", "Date of placing on the Union market", placed),
    ]
    return Section("1.2", "Model identification", facts)


def tell_content(corpus: counts.Corpus, about: About, described: list[Described]) -> Section:
    """1.3"""
    given = about.dataset
    facts = [
        *_tell_sizes(corpus),
        *_tell_types(corpus, described),
        *_tell_acquisition(corpus, about, described),
        *_tell_columns(corpus),
        tell("characteristics", "Other characteristics", given.characteristics, "dataset.characteristics"),
        tell("comments", "Comments", given.comments, "dataset.comments"),
    ]
    facts += [
        tell_inapplicable(one.lower(), f"{one} data", "the shards hold text alone", corpus.file)
        for one in MODALITIES
    ]
    return Section("1.3", "Modalities, overall size and characteristics: text", facts)


def say(answer: bool | None) -> str | None:
    """yes, no"""
    return None if answer is None else "yes" if answer else "no"


def find_range(tokens: int) -> str:
    """The range of the template that so many tokens of text are in."""
    return next((told for limit, told in RANGES if tokens < limit), LARGEST)


def _tell_sizes(corpus: counts.Corpus) -> list[Fact]:
    totals = corpus.manifest["totals"]
    docs, rows = read_docs(corpus), read_docs(corpus).split(".filter")[0]
    tokens = "docs.select(pl.col('token_count').sum()).collect().item()"
    size = f"docs.select({SIZE}.sum()).collect().item()"
    number = totals["unique_tokens"] if corpus.counted else totals["unique_bytes"] // 4
    limits = "'{}' if n < 10**9 else '{}' if n < 10**13 else '{}'".format(*(t for _, t in RANGES), LARGEST)
    ranged = f"n = {tokens if corpus.counted else f'{size} // 4'}"
    if corpus.counted:
        method = ["each document was counted", f"the manifest says: {corpus.manifest['token_count']}"]
    else:
        method = ["documents were not counted", "the range is of bytes of UTF-8 divided by 4"]
    facts = [
        count(
            "text.range",
            "Size, in the template's ranges",
            find_range(number),
            "shards",
            docs,
            ranged,
            result=limits,
        ),
        Fact("text.method", "How tokens were counted", method, corpus.file),
    ]
    figures = [
        ("documents", "Documents", docs, "docs.select(pl.len()).collect().item()"),
        ("unique_tokens", "Tokens, each document once", docs, tokens),
        ("unique_bytes", "Bytes of text (UTF-8), each document once", docs, size),
        ("rows", "Rows: documents with repeats", rows, "docs.select(pl.len()).collect().item()"),
        ("tokens", "Tokens with repeats", rows, tokens),
        ("bytes", "Bytes of text with repeats", rows, size),
    ]
    facts += [
        count(f"text.{name}", label, totals[name], "shards", table, result=result)
        for name, label, table, result in figures
        if totals[name] is not None
    ]
    files = len(corpus.manifest["files"])
    lines = read_manifest(corpus)
    facts.append(count("text.files", "Files", files, corpus.file, lines, result="len(manifest['files'])"))
    return facts


def _tell_types(corpus: counts.Corpus, described: list[Described]) -> list[Fact]:
    facts = []
    for one in described:
        path = f"sources.{one.name}.content"
        origin = "about.toml" if one.given.content else f"the reader {one.read}"
        key, label = f"content.{one.name}", f"Types of content of {one.name}"
        told = Fact(key, label, one.content, origin) if one.content else tell(key, label, None, path)
        facts.append(told)
    if corpus.types:
        found = _drop_tokens(corpus, counts.by(corpus.rows, corpus.types))
        facts.append(
            count(
                "text.types",
                "Kinds of text, as a classifier judges",
                found.to_dicts(),
                f"exported stage: {corpus.types}",
                *read_rows(corpus),
                sum_by(corpus, "rows", "pl.col('text_bytes')", corpus.types),
                result="found.to_dicts()",
            )
        )
    return facts


def _drop_tokens(corpus: counts.Corpus, table: pl.DataFrame) -> pl.DataFrame:
    return table if corpus.counted else table.drop("tokens")


def _tell_acquisition(corpus: counts.Corpus, about: About, described: list[Described]) -> list[Fact]:
    given = about.dataset.acquired
    if not given and described and all(one.kind == "crawled" for one in described):
        acquired = _find_last(corpus)
    else:
        said = given and given.isoformat()
        acquired = tell("acquired", "Latest date of acquisition", said, "dataset.acquired")
    days = count(
        "dates",
        "Dates of documents and of crawl records, by domain of the mix",
        counts.find_days(corpus.documents(), "source").to_dicts(),
        "shards: date",
        read_docs(corpus),
        find_days("docs", "source"),
        result="days.to_dicts()",
    )
    goes_on, path = say(about.models.training_continues), "models.training_continues"
    return [acquired, days, tell("continues", "Whether training goes on with new data", goes_on, path)]


def _find_last(corpus: counts.Corpus) -> Fact:
    """The newest record, where all sources are crawls."""
    day = f"pl.col('date').str.extract(r'{counts.DAY}').max()"
    last = corpus.rows.select(pl.col("date").str.extract(counts.DAY).max()).collect().item()
    label = "Latest date of acquisition: of a record of the crawls"
    if last is None:
        return tell("acquired", label, None, "dataset.acquired")
    result = f"rows.select({day}).collect().item()"
    return count("acquired", label, last, "exported stage: date", *read_rows(corpus), result=result)


def _tell_columns(corpus: counts.Corpus) -> list[Fact]:
    """Languages, licences, and what documents lack."""
    unit = "tokens" if corpus.counted else "bytes"
    both = _drop_tokens(corpus, counts.by(corpus.documents(), "language", "license"))
    share = (pl.col(unit) / pl.col(unit).sum()).round(6).alias("share")
    docs = read_docs(corpus)
    names = [name for name in LACKING if name in corpus.manifest["schema"]]
    sums = corpus.documents().select(pl.col(name).null_count() for name in names).collect().to_dicts()[0]
    return [
        count(
            "languages",
            f"Languages, and the share of each in {unit} (null: not identified)",
            _sum_by(both, "language").with_columns(share).to_dicts(),
            "shards: language",
            docs,
            sum_by(corpus, "docs", SIZE, "language"),
            f"share = (pl.col('{unit}') / pl.col('{unit}').sum()).round(6).alias('share')",
            result="found.with_columns(share).to_dicts()",
        ),
        count(
            "licenses",
            "Licences of documents (null: not stated)",
            _sum_by(both, "license").to_dicts(),
            "shards: license",
            docs,
            sum_by(corpus, "docs", SIZE, "license"),
            result="found.to_dicts()",
        ),
        count(
            "lacking",
            "Documents for which it is not known",
            [{"column": name, "documents": number} for name, number in sums.items()],
            "shards",
            docs,
            f"sums = docs.select(pl.col(name).null_count() for name in {names!r}).collect().to_dicts()[0]",
            result="[{'column': name, 'documents': number} for name, number in sums.items()]",
        ),
    ]


def _sum_by(table: pl.DataFrame, name: str) -> pl.DataFrame:
    sums = table.group_by(name).agg(pl.col(one).sum() for one in counts.SUMS if one in table.columns)
    return sums.sort("bytes", name, descending=[True, False], nulls_last=True)
