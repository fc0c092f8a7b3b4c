"""The public summary of training content (AI Act, Art. 53(1)(d)), in the order of the Commission's template.

C(2025) 8311 of 5 December 2025: general information, sources of data, processing. A field is told from the
files or from about.toml, or says that it does not apply or is not known.
"""

from typing import Any

import polars as pl

from winnow.pipelines.law import counts, general, processing, sources
from winnow.pipelines.law.about import About
from winnow.pipelines.law.facts import Fact, Section, count, tell, tell_inapplicable
from winnow.pipelines.law.given import list_sources, tell_empty
from winnow.pipelines.law.recount import find_days, find_domains, only, read_rows
from winnow.pipelines.law.sources import Described

NAME = "Template of the European Commission, C(2025) 8311, for Article 53(1)(d) of Regulation (EU) 2024/1689"
TOP, TOP_SMALL, MOST_SMALL = 10, 20, 1000  # one domain in ten; of small providers in twenty, at most 1,000
BEHAVIOUR = "robots.txt, captchas, paywalls"
LARGE = 0.03  # of the tokens (or bytes) of all public datasets: named for itself


def fill(corpus: counts.Corpus, about: About) -> list[Section]:
    """All sections, in order."""
    by_source = counts.by(corpus.rows, "recipe_source").to_dicts()
    named = [row["recipe_source"] for row in by_source]
    described = sources.describe(corpus.account.recipe_text, named, about)
    figures = {row.pop("recipe_source"): row for row in by_source}
    return [
        general.tell_provider(about),
        general.tell_models(about),
        general.tell_content(corpus, about, described),
        *_tell_sources(corpus, about, described, figures),
        processing.tell_reservations(corpus, about),
        processing.tell_illegal(corpus, about),
        processing.tell_other(corpus, about),
    ]


def _tell_sources(
    corpus: counts.Corpus, about: About, described: list[Described], figures: dict[str, dict[str, Any]]
) -> list[Section]:
    found = []
    for kind, (number, title, _) in sources.KINDS.items():
        meant = [one for one in described if one.kind == kind]
        open_ = [one for one in described if one.kind is None]
        if kind == "other":
            facts = _tell_others(corpus, meant, open_, figures)
        elif not meant:
            facts = [tell_empty(kind, open_)]
        else:
            facts = list_sources(corpus, kind, meant, figures, LARGE)
            facts += _tell_crawl(corpus, about, meant) if kind == "crawled" else []
        found.append(Section(number, title, facts))
    return found


def _tell_others(
    corpus: counts.Corpus, meant: list[Described], open_: list[Described], figures: dict[str, dict[str, Any]]
) -> list[Fact]:
    facts = list_sources(corpus, "other", meant, figures, LARGE) if meant else []
    if open_:
        facts += list_sources(corpus, "untold", open_, figures, LARGE)
        keys = ", ".join(f"sources.{one.name}.kind" for one in open_)
        facts.append(tell("untold.kind", "What kind of source these are", None, keys))
    return facts or [
        tell_inapplicable("other.sources", "Sources", "every source is of a kind above", "the recipe")
    ]


def _tell_crawl(corpus: counts.Corpus, about: About, meant: list[Described]) -> list[Fact]:
    names = [one.name for one in meant]
    rows = corpus.rows.filter(pl.col("recipe_source").is_in(names))
    days = counts.find_days(rows, "recipe_source").rename({"recipe_source": "source"}).to_dicts()
    crawled = [*read_rows(corpus), only("rows", names)]
    facts = []
    for one in meant:
        crawler = one.given.crawler or (f"CCBot, for {', '.join(one.crawls)}" if one.crawls else None)
        told = {
            "crawler": (f"Crawler of {one.name}", crawler),
            "purposes": (f"Its purposes, {one.name}", one.given.purposes),
            "behaviour": (f"Its behaviour ({BEHAVIOUR}), {one.name}", one.given.behaviour),
        }
        facts += [
            tell(f"crawled.{key}.{one.name}", label, value, f"sources.{one.name}.{key}")
            for key, (label, value) in told.items()
        ]
    period = count(
        "crawled.period",
        "Period of collection: dates of the records, by source",
        days,
        "exported stage: date",
        *crawled,
        find_days("rows", "recipe_source"),
        result="days.rename({'recipe_source': 'source'}).to_dicts()",
    )
    return [*facts, period, *_tell_domains(corpus, about, rows, crawled)]


def _tell_domains(corpus: counts.Corpus, about: About, rows: pl.LazyFrame, crawled: list[str]) -> list[Fact]:
    table = counts.find_domains(rows)
    addressed = table.drop_nulls("domain")
    if not corpus.counted:
        addressed = addressed.drop("tokens")
    small = bool(about.provider.small)
    top, most = (TOP_SMALL, MOST_SMALL) if small else (TOP, addressed.height)
    shown = min(-(-addressed.height // top), most)
    which = "top 5%, at most 1,000, as for small providers" if small else "top 10%"
    lines = [*crawled, *find_domains(corpus)]
    origin = "exported stage: url"
    bare = int(table.filter(pl.col("domain").is_null())["documents"].sum())
    return [
        count(
            "crawled.domains", "Registered domains", addressed.height, origin, *lines, result="domains.height"
        ),
        count(
            "crawled.top",
            f"The most relevant domains by size of text ({which})",
            addressed.head(shown).to_dicts(),
            origin,
            *lines,
            f"shown = min(-(-domains.height // {top}), {most if small else 'domains.height'})",
            result="domains.head(shown).to_dicts()",
        ),
        count(
            "crawled.bare",
            "Documents without an address",
            bare,
            origin,
            *crawled,
            f"bare = rows.filter(pl.col('url').str.extract(r'{counts.HOST}').is_null())",
            result="bare.select(pl.len()).collect().item()",
        ),
    ]
