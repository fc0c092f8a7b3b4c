"""Bulk tars of arXiv (`arXiv_src_YYMM_NNN.tar`): their papers, and what the manifest says of them."""

import re
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from winnow.ingest.io.tars import walk
from winnow.ingest.io.uris import name_file

PAPER = re.compile(r"(?:\d{4}/)?[\w.\-]+\.(?:gz|pdf)")
_OLD = re.compile(r"([a-z\-]+?)(\d{7})(v\d+)?")


def is_bulk(raw: BinaryIO) -> bool:
    """Whether it is a tar whose first file is a paper."""
    first = next(walk(raw, PAPER), None)
    return first is not None and not first.damage and bool(PAPER.fullmatch(first.name))


def name_paper(name: str) -> str:
    """arXiv's identifier: `2301.00001`, or `hep-th/9901001` of what was before 2007."""
    stem = name.rsplit("/", 1)[-1]
    for ending in (".tar.gz", ".tgz", ".gz", ".pdf", ".tex", ".tar", ".zip"):
        stem = stem.removesuffix(ending)
    old = _OLD.fullmatch(stem)
    return f"{old[1]}/{old[2]}{old[3] or ''}" if old else stem


# ---- the manifest ------------------------------------------------------------------------------------------


def read_manifest(path: Path, uri: str) -> dict[str, int] | None:
    """`num_items` and `size` that arXiv's manifest gives of a tar; None where it does not name it."""
    wanted = name_file(uri)
    for _, node in etree.iterparse(str(path), tag="file", resolve_entities=False, no_network=True):
        if (node.findtext("filename") or "").rsplit("/", 1)[-1] == wanted:
            said = {name: node.findtext(name) or "" for name in ("num_items", "size")}
            return {name: int(value) for name, value in said.items() if value.isascii() and value.isdigit()}
        node.clear()
    return None
