"""What a recipe says of its sources: which section of the summary each belongs to, and what content it has.

A reader tells how a source is packed, and often where such files come from; a person may say otherwise.
"""

import tomllib
from dataclasses import dataclass, field
from typing import Any

from winnow.pipelines.law.about import About, Source
from winnow.pipelines.spec import declarations

THIRD = "obtained from other third parties"
KINDS = {  # the number and the title of its section, and what a source of it is
    "public": ("2.1", "Publicly available datasets", "a public dataset"),
    "licensed": ("2.2.1", "Private datasets licensed by rightsholders", "licensed by rightsholders"),
    "private": ("2.2.2", f"Private datasets {THIRD}", THIRD),
    "crawled": ("2.3", "Data crawled and scraped from online sources", "crawled"),
    "user": ("2.4", "User data", "data of users"),
    "synthetic": ("2.5", "Synthetic data", "synthetic"),
    "other": ("2.6", "Other sources of data", "of another kind"),
}


@dataclass(frozen=True)
class Described:
    """A source of the run: `kind` is None where neither reader nor person says it."""

    name: str
    read: str
    kind: str | None
    content: list[str]
    crawls: list[str]
    license: str | None
    given: Source
    models: list[str] = field(default_factory=list)

    def origin(self) -> str:
        """Who says its kind."""
        return "about.toml" if self.given.kind else f"the reader {self.read}"


def list_entries(recipe_text: str) -> list[dict[str, Any]]:
    """The `[[source]]` tables of a recipe that are read as documents."""
    found = tomllib.loads(recipe_text).get("source", [])
    return [entry for entry in found if "read" in entry]


def list_copies(recipe_text: str) -> list[dict[str, Any]]:
    """The `[[stage]]` tables of a recipe that make copies: what a model wrote of documents, so far."""
    return [entry for entry in tomllib.loads(recipe_text).get("stage", []) if entry.get("copy_as")]


def _find_models(recipe_text: str, entry: dict[str, Any]) -> list[str]:
    """The models whose answers a stage takes: of the services that the stages it names ask."""
    stages = {stage["name"]: stage for stage in tomllib.loads(recipe_text)["stage"]}
    named = [
        stages.get(str(value).removeprefix("stage:"), {})
        for step in entry["steps"]
        for value in step.values()
    ]
    services = [step.get("service", {}) for stage in named for step in stage.get("steps", [])]
    return list(dict.fromkeys(service["model"] for service in services if "model" in service))


def describe(recipe_text: str, named: list[str], about: About) -> list[Described]:
    """The sources of these names, in the recipe's order."""
    found = []
    for entry in list_entries(recipe_text):
        if entry["name"] in named:
            given = about.sources.get(entry["name"], Source())
            read = entry["read"]
            told = declarations.read(read["use"])
            kind, content = told.get("kind"), told.get("content", [])
            kind = "public" if "corpus" in read else "crawled" if "crawl" in entry else kind
            found.append(
                Described(
                    entry["name"],
                    read["use"],
                    given.kind or kind,
                    given.content or content,
                    [entry["crawl"]] if "crawl" in entry else [],
                    read.get("license"),
                    given,
                )
            )
    for entry in list_copies(recipe_text):
        if (name := entry["name"]) in named:
            given, step = about.sources.get(name, Source()), entry["steps"][0]
            models = given.models or _find_models(recipe_text, entry)
            kind = given.kind or "synthetic"
            found.append(Described(name, step["use"], kind, given.content, [], None, given, models))
    return found
