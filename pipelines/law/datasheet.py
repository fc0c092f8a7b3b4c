"""The datasheet of the shards: the questions of Gebru et al., answered from the same facts as the summary."""

from winnow.pipelines.law.about import About
from winnow.pipelines.law.counts import Corpus
from winnow.pipelines.law.facts import Fact, Section, tell
from winnow.pipelines.law.questions import QUESTIONS
from winnow.pipelines.spec import declarations

Answer = str | list[str] | None


def fill(corpus: Corpus, about: About, sections: list[Section]) -> list[Section]:
    """A section for each of the datasheet's, an answer or what is to be said for each question.

    What about.toml says under `datasheet` goes before what the files say; `from` tells which it was.
    """
    facts = {fact.key: fact for section in sections for fact in section.facts}
    known = _answer(corpus, about, facts)
    return [
        Section(
            str(number),
            title,
            [_fill_one(key, label, about, known.get(key), corpus.file) for key, label in asked.items()],
        )
        for number, (title, asked) in enumerate(QUESTIONS.items(), 1)
    ]


def _fill_one(key: str, label: str, about: About, known: Answer, file: str) -> Fact:
    given = about.datasheet.get(key)
    if given or not known:
        return tell(key, label, given, f"datasheet.{key}")
    return Fact(key, label, known, f"summary.json, {file}, stage.json")


def _answer(corpus: Corpus, about: About, facts: dict[str, Fact]) -> dict[str, Answer]:
    totals, schema = corpus.manifest["totals"], corpus.manifest["schema"]
    steps = [f"{stage.name}: {step['use']}" for stage in corpus.line for step in stage.own_steps]
    domains = ", ".join(corpus.manifest["sources"])
    rows = facts["licenses"].value
    licenses = [f"{row['license'] or 'not stated'}: {row['documents']:,} documents" for row in rows]
    return {
        "creators": about.dataset.creators or about.provider.name,
        "instances": f"Documents of text, from these domains: {domains}.",
        "number": f"{totals['documents']:,} documents in {totals['rows']:,} rows:"
        " a document that comes more than once has a row for each `epoch`.",
        "sample": _tell_sample(corpus),
        "data": [f"{name}: {kind}" for name, kind in schema.items()],
        "labels": _tell_labels(list(schema)),
        "missing": [
            f"{row['column']}: {row['documents']:,} documents without" for row in facts["lacking"].value
        ],
        "relations": "`thread` is the same for all documents of one conversation, repository or book."
        if "thread" in schema
        else None,
        "splits": "One split, train; the order of rows is shuffled over all files.",
        "errors": _list_texts(facts, ("duplicates.steps", "contamination.steps")),
        "external": "It is self-contained: texts stand in the shards, and addresses are told beside them.",
        "offensive": _list_texts(facts, ("illegal.steps",)),
        "identifiable": _list_texts(facts, ("private.steps",)),
        "acquisition": [
            f"{fact.label}: {', '.join(fact.value)}" for key, fact in facts.items() if key.endswith(".read")
        ],
        "timeframe": _tell_period(facts),
        "revocation": _list_texts(facts, ("optouts.steps",)),
        "preprocessing": [
            *steps,
            "what was dropped on this way, and for which reason, says 3.3 of the summary",
        ],
        "software": f"Winnow {corpus.shards.versions.get('winnow', '')}; the recipe stands in run.json.",
        "license": about.dataset.license or licenses,
        "how": about.dataset.url and f"From {about.dataset.url}",
        "contact": about.provider.contact,
    }


def _tell_sample(corpus: Corpus) -> Answer:
    uses = [step["use"] for stage in corpus.line for step in stage.own_steps]
    drawn = [use for use in uses if declarations.read(use).get("measure") == "sampling"]
    told = f"Documents were drawn from what filters kept, by {', '.join(drawn)}" if drawn else None
    why = (corpus.manifest.get("mix") or {}).get("why")
    return f"{told}: {why}." if told and why else told and f"{told}."


def _tell_labels(names: list[str]) -> Answer:
    scores = [name for name in names if name.startswith("score_")]
    return f"No targets; scores of classifiers and of sources: {', '.join(scores)}." if scores else "No."


def _tell_period(facts: dict[str, Fact]) -> Answer:
    days = facts["dates"].value
    told = [f"{row['source']}: {row['first']} to {row['last']}" for row in days if row["first"]]
    return [*told, "dates are those of documents, and of records of a crawl"] if told else None


def _list_texts(facts: dict[str, Fact], keys: tuple[str, ...]) -> Answer:
    """The steps that answer a question, or that none ran."""
    found: list[str] = []
    for key in keys:
        fact = facts[key]
        rows = fact.value or []
        found += [f"{row['step']} ran in the stage {row['stage']}" for row in rows]
        if fact.said:
            found.append(f"{fact.label}: {fact.said}")
    return found
