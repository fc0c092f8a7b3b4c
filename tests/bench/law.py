"""Bench: what the steps of law cost on one core, each beside the obvious other tool in the same run.

make bench NAME=law ONLY=secrets,pii runs some of it

Pages and their texts are of `data/cache` (from `make data`), code of `data/code`. Licences: extraction with
its evidence beside Trafilatura's metadata alone and with its text; opt-outs: pages of sites with a
robots.txt of 2 to 70 lines, of 20 pages or of one, ours asked for 18 agents, with evidence and by three
dates, beside Google's parser (`fast-robotstxt`) and Protego for one agent; personal data:
`filters.pii:mask` beside datatrove's formatter and Presidio's pattern recognizers; secrets:
`filters.secrets:mask` beside detect-secrets, with all its plugins. All in CPU seconds of this process: the
best of three of ours, one of theirs; compiled loops and loaded rules are left out for all. The other tools
are installed into out/cache/peers_law. Writes out/bench/law.json.
"""

import logging
import os
import random
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import environments
import pages
import polars as pl
import privacy_peers
import sections
import sides
from optouts_judged import make_table, write_answers

from winnow.filters import optouts, pii, secrets
from winnow.ingest import html

PAGES, FILES, SLOW_CHARS = 400, 300, 400_000  # of the slow ones (Presidio, detect-secrets) so many characters
SITES, OF_SITE, ROUNDS = 2_000, 20, 5
AGENTS = [*optouts.AGENTS[1:], "Googlebot", "bingbot", "*"]
DATE = "2024-05-01T00:00:00Z"


def main() -> None:
    compared = {"licenses": licenses, "optouts": opt_outs, "pii": personal_data, "secrets": keys}
    wanted = sections.choose(compared)
    environments.enter("peers_law")
    logging.disable(logging.ERROR)
    rows = []
    for name in wanted:
        for way, unit, ours, theirs in compared[name]():
            ratio = ours / theirs if theirs else 0.0
            rows.append({"section": name, "beside": way, "unit": unit, "ours": ours, "theirs": theirs})
            print(
                f"{name:10} {unit:28} ours {ours:>10,.2f}  {way} {theirs:>10,.2f}  ratio {ratio:,.1f}",
                flush=True,
            )
    sides.close("law", rows)


Row = tuple[str, str, float, float]


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
    ours = len(whole) / sides.take(lambda: extract(whole), 3)
    metadata = len(whole) / sides.take(lambda: [trafilatura.extract_metadata(page) for page in whole])
    both = len(whole) / sides.take(
        lambda: [trafilatura.bare_extraction(page, with_metadata=True) for page in whole]
    )
    unit = "pages a CPU s"
    return [
        ("Trafilatura, metadata alone", unit, ours, metadata),
        ("Trafilatura, with text", unit, ours, both),
    ]


def opt_outs() -> list[Row]:
    """Pages a CPU second: ours for 18 agents with evidence, theirs for one."""
    found = measure_robots()
    ours = max(value for way, value in found.items() if way.startswith("ours"))
    return [(way, "pages a CPU s", ours, value) for way, value in found.items() if not way.startswith("ours")]


def make_site(rng: random.Random) -> bytes:
    lines = []
    for _ in range(rng.randint(1, 6)):
        lines += [f"User-agent: {rng.choice(AGENTS)}" for _ in range(rng.randint(1, 4))]
        for _ in range(rng.randint(1, 8)):
            path = "/" + "/".join(
                rng.choice(("a", "b", "*", "search", "wp-admin", "*.pdf$")) for _ in range(2)
            )
            lines.append(f"{rng.choice(('Disallow', 'Disallow', 'Allow'))}: {path}")
    return "\n".join(lines).encode()


def measure_robots() -> dict[str, float]:
    """Pages a CPU second, by way."""
    rng = random.Random(0)
    found: dict[str, float] = {}
    for count, own in ((SITES, OF_SITE), (SITES * OF_SITE, 1)):
        bodies = [make_site(rng) for _ in range(count)]
        urls = [
            (
                number,
                f"https://s{number}.example/{rng.choice('ab')}/{rng.choice(('c', 'search?q=1', 'd.pdf'))}",
            )
            for number in range(count)
            for _ in range(own)
        ]
        rng.shuffle(urls)
        with tempfile.TemporaryDirectory() as name:
            found |= measure_ours(
                Path(name), bodies, urls, f"{own} pages a site" if own > 1 else "1 page a site"
            )
        if own > 1:
            peers = bodies, urls[:20_000]
    return found | measure_peers(*peers)


def measure_ours(
    folder: Path, bodies: list[bytes], urls: list[tuple[int, str]], what: str
) -> dict[str, float]:
    """The best of some rounds; the table is touched before each, so that nothing of it is known."""
    answers = [(f"https://s{n}.example/robots.txt", DATE, 200, body, {}) for n, body in enumerate(bodies)]
    write_answers(folder / "a.warc.gz", answers)
    table = make_table(folder / "a.warc.gz", folder / "made", buckets=64)
    docs = pl.DataFrame({"url": [url for _, url in urls], "date": [DATE] * len(urls)})
    optouts.judge(docs[:1_000], captures=table)  # compiled
    found: dict[str, float] = {}
    for size in (1_000, 10_000):
        rounds = []
        for number in range(ROUNDS):
            for file in table.glob("*/*"):
                os.utime(file, (number, number))
            begun = time.process_time()
            for at in range(0, docs.height, size):
                optouts.judge(docs[at : at + size], captures=table)
            rounds.append(len(urls) / (time.process_time() - begun))
        found[f"ours, 18 agents, {what}, batches of {size}"] = max(rounds)
    return found


def measure_peers(bodies: list[bytes], urls: list[tuple[int, str]]) -> dict[str, float]:
    """The others', which parse a file anew for each page (Google's) or once for a site (Protego)."""
    found = {}
    try:
        from robotstxt import RobotsMatcher

        texts, matcher = [body.decode() for body in bodies], RobotsMatcher()
        begun = time.process_time()
        for number, url in urls:
            matcher.is_allowed(texts[number], "GPTBot", url)
        found["Google's, 1 agent"] = len(urls) / (time.process_time() - begun)
    except ImportError:
        print("fast-robotstxt is not installed")
    try:
        from protego import Protego

        begun, parsed = time.process_time(), {}
        for number, url in urls:
            if number not in parsed:
                parsed[number] = Protego.parse(bodies[number].decode())
            parsed[number].can_fetch(url, "GPTBot")
        found["Protego, 1 agent"] = len(urls) / (time.process_time() - begun)
    except ImportError:
        print("protego is not installed")
    return found


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
    return sum(map(len, texts)) / sides.take(lambda: step(texts), times) / 1e6


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
