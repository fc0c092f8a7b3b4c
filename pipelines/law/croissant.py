"""Croissant 1.0 of the shards: JSON-LD by which tools load a data set (http://mlcommons.org/croissant/1.0)."""

from typing import Any

from winnow.pipelines.law.about import About
from winnow.pipelines.law.counts import Corpus

CONFORMS = "http://mlcommons.org/croissant/1.0"
PARQUET = "application/x-parquet"
TYPES = {
    "string": "sc:Text",
    "large_string": "sc:Text",
    "float": "sc:Float",
    "double": "sc:Float",
    "int32": "sc:Integer",
    "int64": "sc:Integer",
    "bool": "sc:Boolean",
}
SAYS = {
    "id": "128 bits in hex of source, uri and place",
    "source": "The mixing domain",
    "url": "Where it was published",
    "date": "ISO 8601, where known",
    "text": "The document",
    "language": "Of an identifier",
    "language_score": "How sure that is",
    "license": "Where known: an SPDX identifier where it is one",
    "author": "Whom the source names",
    "thread": "The same for all documents of one conversation, repository or book",
    "token_count": "Tokens of the text",
    "metadata": "JSON",
    "epoch": "A document has one row for each time that it is repeated, counted from 0",
}
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


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
