"""Croissant 1.0 of the shards: JSON-LD by which tools load a data set (http://mlcommons.org/croissant/1.0)."""

import json
from pathlib import Path
from typing import Any

from winnow.pipelines.law.about import About
from winnow.pipelines.law.counts import Corpus

CONFORMS = "http://mlcommons.org/croissant/1.0"
PARQUET = "application/x-parquet"
TYPES, SAYS, CONTEXT = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8")).values()
"""By Arrow's type that of schema.org; by column what it holds; the terms of Croissant 1.0."""


def describe(corpus: Corpus, about: About, licenses: list[str]) -> dict[str, Any]:
    """The data set as JSON-LD; what nobody said is left out, but the licence: of documents, where no other is
    given."""
    given, files = about.dataset, corpus.manifest["files"]
    said = {
        "description": given.description or f"{corpus.title}: documents of text for pretraining.",
        "license": given.license or licenses,
        "url": given.url,
        "version": given.version,
        "datePublished": given.published.isoformat() if given.published else "",
        "citeAs": given.citation,
        "creator": [{"@type": "Organization", "name": name} for name in given.creators],
    }
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": corpus.title,
        "conformsTo": CONFORMS,
        **{name: value for name, value in said.items() if value},
        "distribution": [*(_describe_file(entry) for entry in files), _describe_set(files)],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "documents",
                "name": "documents",
                "description": "A row for each time that a document is read.",
                "field": [_describe_field(name, kind) for name, kind in corpus.manifest["schema"].items()],
            }
        ],
    }


def _describe_file(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": entry["path"],
        "name": entry["path"].rpartition("/")[2],
        "contentUrl": entry["path"],
        "contentSize": f"{entry['file_bytes']} B",
        "encodingFormat": PARQUET,
        "sha256": entry["sha256"],
    }


def _describe_set(files: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": "shards",
        "name": "shards",
        "description": f"{len(files)} files of rows in an order that is shuffled over all of them.",
        "encodingFormat": PARQUET,
        "includes": "data/train-*.parquet",
    }


def _describe_field(name: str, kind: str) -> dict[str, Any]:
    says = SAYS.get(name, "A score of a classifier, or of the source" if name.startswith("score_") else "")
    return {
        "@type": "cr:Field",
        "@id": f"documents/{name}",
        "name": f"documents/{name}",
        **({"description": says} if says else {}),
        "dataType": TYPES.get(kind, "sc:Text"),
        "source": {"fileSet": {"@id": "shards"}, "extract": {"column": name}},
    }
