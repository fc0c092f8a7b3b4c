"""Section 3 of the template: reservations of rights, illegal content, and what else was done to the data."""

import polars as pl

from winnow.pipelines.law import counts
from winnow.pipelines.law.about import About
from winnow.pipelines.law.facts import Fact, Section, count, tell, tell_none
from winnow.pipelines.law.general import say
from winnow.pipelines.law.recount import count_dropped, list_steps, read_rows
from winnow.pipelines.spec import declarations

MEASURES = ("optouts", "illegal", "licensing", "private", "duplicates", "contamination")
"""What a step's module may tell that it does (`measure`), of which the summary has lines of its own."""


def tell_reservations(corpus: counts.Corpus, about: About) -> Section:
    """3.1"""
    given = about.reservations
    heeded = _list_heeded(corpus)
    signed, path = say(given.code_of_practice), "reservations.code_of_practice"
    facts = [
        tell("code_of_practice", "Signatory to the code of practice on general-purpose AI", signed, path),
        tell("before", "Measures before collection", given.before, "reservations.before"),
        tell("during", "Measures during collection", given.during, "reservations.during"),
        _list_steps(corpus, "optouts", "Opt-outs heeded in the data that were collected"),
    ]
    protocols = [*dict.fromkeys([*heeded, *given.protocols])]
    if protocols:
        facts.append(Fact("protocols", "Protocols honoured", protocols, "stage.json, about.toml"))
    else:
        facts.append(tell("protocols", "Protocols honoured", None, "reservations.protocols"))
    if heeded:
        facts.append(_list_dropped(corpus, "optouts", "Documents dropped, by signal"))
    return Section("3.1", "Respect of reservation of rights (text and data mining)", facts)


def _list_heeded(corpus: counts.Corpus) -> list[str]:
    """The protocols of opt-outs by which a step dropped, each with the day by which a step before judged."""
    found, day = [], None
    for step in counts.list_own(corpus.line):
        name, settings = step["use"].partition(":")[2], step["settings"]
        if setting := counts.declared(step, "as_of").get(name):
            day = settings[setting]
        if day is not None:
            heeds = counts.declared(step, "heeds").get(name, {})
            found += [f"{heeds[key]} (as of {day})" for key in heeds if settings.get(key)]
    return found


def tell_illegal(corpus: counts.Corpus, about: About) -> Section:
    """3.2"""
    said = about.measures.illegal_content
    facts = [
        tell("illegal", "Measures against illegal content", said, "measures.illegal_content"),
        _list_steps(corpus, "illegal", "Block lists and scores of harm (a score alone drops nothing)"),
        _list_dropped(corpus, "illegal", "Documents dropped by these"),
    ]
    return Section("3.2", "Removal of illegal content", facts)


def tell_other(corpus: counts.Corpus, about: About) -> Section:
    """3.3"""
    known = {module.split(".")[-1] for measure in MEASURES for module in _find_modules(corpus, measure)}
    rest = {row["reason"].split(".")[0] for row in counts.find_dropped(corpus)} - known
    facts = [
        _list_steps(corpus, "licensing", "Licences asked of documents"),
        _list_dropped(corpus, "licensing", "Documents dropped for their licence"),
        _list_steps(corpus, "private", "Personal data and secrets: masking"),
        *_tell_masked(corpus),
        _list_dropped(corpus, "private", "Documents dropped for secrets"),
        _list_steps(corpus, "duplicates", "Deduplication"),
        _list_dropped(corpus, "duplicates", "Documents dropped as duplicates"),
        _list_steps(corpus, "contamination", "Benchmarks taken out (contamination)"),
        _list_dropped(corpus, "contamination", "Documents dropped as contaminated"),
        _tell_dropped(corpus, "quality.dropped", "Documents dropped by other rules", sorted(rest), "rules"),
        _tell_flow(corpus),
        tell("other", "Other measures", about.measures.other, "measures.other"),
    ]
    return Section("3.3", "Other information about processing", facts)


def _find_modules(corpus: counts.Corpus, measure: str) -> tuple[str, ...]:
    """The modules whose steps are such a measure: those that come with Winnow, and those of the run's own."""
    own = [step["use"].partition(":")[0] for step in counts.list_own(corpus.line)]
    own = [module for module in own if declarations.read(module).get("measure") == measure]
    return tuple(dict.fromkeys([*declarations.list_modules("measure", measure), *own]))


def _list_steps(corpus: counts.Corpus, measure: str, label: str) -> Fact:
    """Which of the steps ran, as they were set; or that none did."""
    modules, key = _find_modules(corpus, measure), f"{measure}.steps"
    found = counts.list_steps(corpus, *modules)
    if not found:
        why = f"no stage on the way of the documents runs {' or '.join(modules)}"
        return tell_none(key, label, why, "stage.json")
    lines = list_steps(corpus, modules)
    return count(key, label, found, "stage.json", *lines, result="steps")


def _list_dropped(corpus: counts.Corpus, measure: str, label: str) -> Fact:
    """What such steps dropped, by the modules that their reasons begin with."""
    names = sorted(module.split(".")[-1] for module in _find_modules(corpus, measure))
    return _tell_dropped(corpus, f"{measure}.dropped", label, names)


def _tell_dropped(corpus: counts.Corpus, key: str, label: str, names: list[str], what: str = "steps") -> Fact:
    rows = [row for row in counts.find_dropped(corpus) if row["reason"].split(".")[0] in names]
    if not rows:
        return tell_none(key, label, f"no document was dropped by such {what}", "dropped/")
    return count(key, label, rows, "dropped/", *count_dropped(corpus, names), result="dropped")


def _tell_masked(corpus: counts.Corpus) -> list[Fact]:
    names = sorted(counts.list_masks(corpus.raw_names, corpus.masks))
    if not names:
        return []
    found = corpus.rows.select(pl.col(name).sum() for name in names).collect().to_dicts()[0]
    rows = [{"signal": name, "count": int(number)} for name, number in found.items()]
    remarks = [f"{name}: {told}" for name, told in corpus.masks.items() if told]
    sums = f"rows.select(pl.col(name).sum() for name in {names!r}).collect().to_dicts()[0]"
    return [
        count(
            "private.masked",
            "Masked in the documents that stayed, by kind" + (f" ({'; '.join(remarks)})" if remarks else ""),
            rows,
            f"exported stage: {', '.join(name for name, told in corpus.masks.items() if not told)}",
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
