"""Bench: what the steps of law cost on one core, each beside the obvious other tool in the same run.

    make bench NAME=law          ONLY=secrets,pii runs some of it

Pages and their texts are of `data/cache` (from `make data`), code of `data/code`. Licences: extraction with
its evidence beside Trafilatura's metadata alone and with its text; opt-outs: see `optouts.py`; personal
data: `filters.pii:mask` beside datatrove's formatter and Presidio's pattern recognizers; secrets:
`filters.secrets:mask` beside detect-secrets, with all its plugins. All in CPU seconds of this process: the
best of three of ours, one of theirs; compiled loops and loaded rules are left out for all. The other tools
are installed into out/cache/peers_law. Writes out/bench/law.json.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "gates"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import environments
import pages
import polars as pl
import privacy_peers

from winnow.filters import pii, secrets
from winnow.ingest import html

PAGES, FILES, SLOW_CHARS = 400, 300, 400_000  # of the slow ones (Presidio, detect-secrets) so many characters


def main() -> None:
    environments.enter("peers_law")
    logging.disable(logging.ERROR)
    sections = {"licenses": licenses, "optouts": opt_outs, "pii": personal_data, "secrets": keys}
    rows = []
    for name in (os.environ.get("ONLY") or ",".join(sections)).split(","):
        for way, unit, ours, theirs in sections[name]():
            ratio = ours / theirs if theirs else 0.0
            rows.append({"section": name, "beside": way, "unit": unit, "ours": ours, "theirs": theirs})
            print(
                f"{name:10} {unit:28} ours {ours:>10,.2f}  {way} {theirs:>10,.2f}  ratio {ratio:,.1f}",
                flush=True,
            )
    path = Path("out/bench/law.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1) + "\n")


Row = tuple[str, str, float, float]


def take(step: Callable[[], object], times: int = 1) -> float:
    """CPU seconds of the best of so many runs."""
    taken = []
    for _ in range(times):
        begun = time.process_time()
        step()
        taken.append(time.process_time() - begun)
    return max(min(taken), 1e-9)


def read_pages() -> list[str]:
    """Pages of manuals, as they were written."""
    cache = Path("data/cache")
    paths = [
        path for path in sorted(cache.glob("*/files/**/*.htm*")) if path.is_file() and not path.is_symlink()
    ]
    some = sorted(paths, key=lambda path: pages.order(str(path)))[:PAGES]
    return [path.read_text(encoding="utf-8", errors="replace") for path in some]


def extract(texts: list[str]) -> pl.DataFrame:
    return html.extract(pl.DataFrame({"id": [str(i) for i in range(len(texts))], "text": texts}))


def licenses() -> list[Row]:
    """Pages a CPU second."""
    import trafilatura

    whole = read_pages()
    extract(whole[:20])
    trafilatura.extract_metadata(whole[0])
    ours = len(whole) / take(lambda: extract(whole), 3)
    metadata = len(whole) / take(lambda: [trafilatura.extract_metadata(page) for page in whole])
    both = len(whole) / take(
        lambda: [trafilatura.bare_extraction(page, with_metadata=True) for page in whole]
    )
    unit = "pages a CPU s"
    return [
        ("Trafilatura, metadata alone", unit, ours, metadata),
        ("Trafilatura, with text", unit, ours, both),
    ]


def opt_outs() -> list[Row]:
    """Pages a CPU second: ours for 18 agents with evidence, theirs for one."""
    sys.path.insert(0, str(Path(__file__).parent))
    import optouts

    found = optouts.measure()
    ours = max(value for way, value in found.items() if way.startswith("ours"))
    return [(way, "pages a CPU s", ours, value) for way, value in found.items() if not way.startswith("ours")]


def read_texts() -> list[str]:
    """Texts of those pages, and files of code."""
    docs = extract(read_pages())
    texts = docs["text"].drop_nulls().to_list()
    files = sorted(Path("data/code").rglob("*.py"))[:FILES]
    return [text for text in texts if text] + [path.read_text(errors="replace") for path in files]


def choose(texts: list[str], chars: int) -> list[str]:
    """The first texts of so many characters in all, each cut at 20,000."""
    some, left = [], chars
    for text in texts[::3]:
        if left <= 0:
            break
        some.append(text[: min(20_000, left)])
        left -= len(some[-1])
    return some


def measure_chars(step: Callable[[list[str]], object], texts: list[str], times: int = 1) -> float:
    """Millions of characters a CPU second."""
    step(texts[:2])
    return sum(map(len, texts)) / take(lambda: step(texts), times) / 1e6


def personal_data() -> list[Row]:
    texts, unit = read_texts(), "million characters a CPU s"
    rows = []
    for name, find in privacy_peers.list_finders().items():
        some = choose(texts, SLOW_CHARS) if name == "presidio" else texts
        ours = measure_chars(lambda them: pii.mask(pl.DataFrame({"text": them})), some, 3)
        rows.append(
            (f"{name} ({sum(map(len, some)) / 1e6:.1f} million)", unit, ours, measure_chars(find, some))
        )
    return rows


def keys() -> list[Row]:
    some = choose(read_texts(), SLOW_CHARS)
    ours = measure_chars(lambda them: secrets.mask(pl.DataFrame({"text": them})), some, 3)
    if not find_spec("detect_secrets"):
        return [("detect-secrets, not installed", "million characters a CPU s", ours, 0.0)]
    rows = [("", text, "\0") for text in some]
    theirs = measure_chars(lambda them: privacy_peers.detect_secrets(rows[: len(them)]), some)
    return [("detect-secrets", "million characters a CPU s", ours, theirs)]


if __name__ == "__main__":
    main()
