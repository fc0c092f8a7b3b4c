"""Pages whose content is known, for `ingest.page.content.train`: two benchmarks, and marked manuals."""

import gzip
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from winnow.ingest.io.charset import decode


class Gold(NamedTuple):
    """A page: `kind` names its set and type; `html` may have marks (`ingest.page.content.labels`)."""

    kind: str
    site: str
    html: str
    text: str


def read(path: Path) -> Iterator[Gold]:
    """Scrapinghub's article extraction benchmark or WCXB's development half (tar.xz, as published), or a JSON
    list of pages: `site`, `html`, `text`. Raises ValueError where the archive is neither."""
    if path.suffix == ".json":
        for page in json.loads(path.read_text(encoding="utf-8")):
            yield Gold(path.stem, page["site"], page["html"], page["text"])
        return
    with tarfile.open(path) as archive:
        files = {Path(each.name): archive.extractfile(each) for each in archive if each.isfile()}
        held = {place: file.read() for place, file in files.items() if file}
    truth = next((data for place, data in held.items() if place.name == "ground-truth.json"), None)
    if truth:
        yield from _read_scrapinghub(json.loads(truth), {place.name: data for place, data in held.items()})
    elif any(place.parent.name == "ground-truth" for place in held):
        yield from _read_wcxb(held)
    else:
        raise ValueError(f"{path} has no ground-truth.json and no folder ground-truth")


def _read_scrapinghub(truth: dict[str, dict[str, str]], held: dict[str, bytes]) -> Iterator[Gold]:
    for name, about in truth.items():
        html = decode(gzip.decompress(held[f"{name}.html.gz"]))[0]
        yield Gold("scrapinghub", name_site(about.get("url", "")) or name, html, about["articleBody"])


def _read_wcxb(held: dict[Path, bytes]) -> Iterator[Gold]:
    for place, data in sorted(held.items()):
        if place.parent.name == "ground-truth" and place.suffix == ".json":
            about = json.loads(data)
            html = decode(held[place.parents[1] / "html" / f"{place.stem}.html"])[0]
            kind = about["_internal"]["page_type"]["primary"]
            site = name_site(about.get("url") or "") or place.stem
            yield Gold(f"wcxb {kind}", site, html, about["ground_truth"].get("main_content") or "")


def name_site(url: str) -> str:
    """The host without `www.`, which stands for its site."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
