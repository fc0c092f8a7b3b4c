"""Section 3 of the template: reservations of rights, illegal content, and what else was done to the data."""

from typing import Any

import polars as pl

from winnow.pipelines.law import counts
from winnow.pipelines.law.about import About
from winnow.pipelines.law.facts import Fact, Section, count, tell, tell_none
from winnow.pipelines.law.general import say
from winnow.pipelines.law.recount import count_dropped, list_steps, read_rows

OPTOUTS = ("filters.optouts",)
ILLEGAL = ("filters.urls", "filters.badwords", "classifiers.harm")
LICENSES = ("filters.licenses",)
PRIVATE = ("filters.pii", "filters.secrets")
DUPLICATES = ("dedup.exact", "dedup.minhash", "dedup.clusters", "dedup.substrings", "filters.sites")
CONTAMINATION = ("dedup.contamination",)
SIGNALS = ("robots", "content_usage", "content_signal", "noai", "tdm", "ai_txt", "noimageai")


def tell_reservations(corpus: counts.Corpus, about: About) -> Section:
    """3.1"""
    given = about.reservations
    signed = None if given.code_of_practice is None else say(given.code_of_practice)
    facts = [
        tell(
            "code_of_practice",
            "Signatory to the code of practice on general-purpose AI",
            signed,
            "reservations.code_of_practice",
        ),
        tell("before", "Measures before collection", given.before, "reservations.before"),
        tell("during", "Measures during collection", given.during, "reservations.during"),
        _list_steps(corpus, "optouts.steps", "Opt-outs heeded in the data that were collected", OPTOUTS),
    ]
    heeded = [
        f"{name} (as of {judged['settings']['as_of']})"
        for judged, kept in _pair_optouts(corpus)
        for name in SIGNALS
        if kept["settings"].get(f"drop_{name}")
    ]
    protocols = [*dict.fromkeys([*heeded, *given.protocols])]
    if protocols:
        facts.append(Fact("protocols", "Protocols honoured", protocols, "stage.json, about.toml"))
    else:
        facts.append(tell("protocols", "Protocols honoured", None, "reservations.protocols"))
    if heeded:
        facts.append(_list_dropped(corpus, "optouts.dropped", "Documents dropped, by signal", OPTOUTS))
    return Section("3.1", "Respect of reservation of rights (text and data mining)", facts)


def _pair_optouts(corpus: counts.Corpus) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each step that dropped by opt-outs with the one that judged them before it."""
    found, judged = [], None
    for stage in corpus.line:
        for step in stage.own_steps:
            if step["use"] == "filters.optouts:judge":
                judged = step
            elif step["use"] == "filters.optouts:keep" and judged:
                found.append((judged, step))
    return found


def tell_illegal(corpus: counts.Corpus, about: About) -> Section:
    """3.2"""
    facts = [
        tell(
            "illegal",
            "Measures against illegal content",
            about.measures.illegal_content,
            "measures.illegal_content",
        ),
        _list_steps(
            corpus,
            "illegal.steps",
            "Block lists and scores of harm (a score alone drops nothing)",
            ILLEGAL,
        ),
        _list_dropped(corpus, "illegal.dropped", "Documents dropped by these", ILLEGAL),
    ]
    return Section("3.2", "Removal of illegal content", facts)


def tell_other(corpus: counts.Corpus, about: About) -> Section:
    """3.3"""
    told = (*OPTOUTS, *ILLEGAL, *LICENSES, *PRIVATE, *DUPLICATES, *CONTAMINATION)
    known = {module.split(".")[1] for module in told}
    rest = {row["reason"].split(".")[0] for row in counts.find_dropped(corpus)} - known
    facts = [
        _list_steps(corpus, "licensing.steps", "Licences asked of documents", LICENSES),
        _list_dropped(corpus, "licensing.dropped", "Documents dropped for their licence", LICENSES),
        _list_steps(corpus, "private.steps", "Personal data and secrets: masking", PRIVATE),
        *_tell_masked(corpus),
        _list_dropped(corpus, "private.dropped", "Documents dropped for secrets", PRIVATE),
        _list_steps(corpus, "duplicates.steps", "Deduplication", DUPLICATES),
        _list_dropped(corpus, "duplicates.dropped", "Documents dropped as duplicates", DUPLICATES),
        _list_steps(corpus, "contamination.steps", "Benchmarks taken out (contamination)", CONTAMINATION),
        _list_dropped(corpus, "contamination.dropped", "Documents dropped as contaminated", CONTAMINATION),
        _list_dropped(
            corpus, "quality.dropped", "Documents dropped by other rules", tuple(sorted(rest)), "rules"
        ),
        _tell_flow(corpus),
        tell("other", "Other measures", about.measures.other, "measures.other"),
    ]
    return Section("3.3", "Other information about processing", facts)


def _list_steps(corpus: counts.Corpus, key: str, label: str, modules: tuple[str, ...]) -> Fact:
    """Which of the steps ran, as they were set; or that none did."""
    found = counts.list_steps(corpus, *modules)
    if not found:
        why = f"no stage on the way of the documents runs {' or '.join(modules)}"
        return tell_none(key, label, why, "stage.json")
    lines = list_steps(corpus, modules)
    return count(key, label, found, "stage.json", *lines, result="steps")


def _list_dropped(
    corpus: counts.Corpus, key: str, label: str, modules: tuple[str, ...], what: str = "steps"
) -> Fact:
    names = sorted(module.split(".")[-1] for module in modules)
    rows = [row for row in counts.find_dropped(corpus) if row["reason"].split(".")[0] in names]
    if not rows:
        return tell_none(key, label, f"no document was dropped by such {what}", "dropped/")
    return count(key, label, rows, "dropped/", *count_dropped(corpus, names), result="dropped")


def _tell_masked(corpus: counts.Corpus) -> list[Fact]:
    names = sorted(counts.list_masks(sorted(corpus.raw_names)))
    if not names:
        return []
    found = corpus.rows.select(pl.col(name).sum() for name in names).collect().to_dicts()[0]
    rows = [{"signal": name, "count": int(number)} for name, number in found.items()]
    sums = f"rows.select(pl.col(name).sum() for name in {names!r}).collect().to_dicts()[0]"
    return [
        count(
            "private.masked",
            "Masked in the documents that stayed, by kind (pii_published: left, an institution's own)",
            rows,
            "exported stage: pii_*, secrets_count",
            *read_rows(corpus),
            f"found = {sums}",
            result="[{'signal': name, 'count': int(number)} for name, number in found.items()]",
        )
    ]


def _tell_flow(corpus: counts.Corpus) -> Fact:
    """Documents kept, dropped and failed by each stage of the line."""
    fates = ("kept", "dropped", "failed")
    rows = [{"stage": stage.name, **{fate: stage.total(fate) for fate in fates}} for stage in corpus.line]
    return count(
        "flow",
        "Documents kept, dropped and failed, by stage",
        rows,
        "the files of each stage",
        "import glob",
        "def rows_of(pattern):",
        "    return sum(pl.scan_parquet(f).select(pl.len()).collect().item() for f in glob.glob(pattern))",
        "flow = []",
        f"for stage in {[stage.name for stage in corpus.line]!r}:",
        "    fates = {'kept': '', 'dropped': '/dropped', 'failed': '/failed'}",
        "    sums = {fate: rows_of(stage + folder + '/part-*.parquet') for fate, folder in fates.items()}",
        "    flow.append({'stage': stage, **sums})",
        result="flow",
    )
