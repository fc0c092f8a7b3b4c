"""How many pages a second are judged by robots.txt, on one core, beside Protego (Scrapy's) and Google's.

    PYTHONPATH=.:tests/gates python tests/bench/optouts.py

Sites with files of 2 to 70 lines, of 20 pages or of one; ours is asked for 18 agents, with evidence and by
three dates, Google's parser (`fast-robotstxt`) and Protego for one agent. Where these are not installed they
are left out. A batch of the engine has 1,000 pages.
"""

import os
import random
import tempfile
import time
from pathlib import Path

import polars as pl
from optouts_judged import make_table, write_answers

from winnow.filters import optouts

SITES, PAGES, ROUNDS = 2_000, 20, 5
AGENTS = [*optouts.AGENTS[1:], "Googlebot", "bingbot", "*"]
DATE = "2024-05-01T00:00:00Z"


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


def measure() -> dict[str, float]:
    """Pages a CPU second, by way."""
    rng = random.Random(0)
    found: dict[str, float] = {}
    for sites, pages in ((SITES, PAGES), (SITES * PAGES, 1)):
        bodies = [make_site(rng) for _ in range(sites)]
        urls = [
            (
                number,
                f"https://s{number}.example/{rng.choice('ab')}/{rng.choice(('c', 'search?q=1', 'd.pdf'))}",
            )
            for number in range(sites)
            for _ in range(pages)
        ]
        rng.shuffle(urls)
        with tempfile.TemporaryDirectory() as name:
            found |= measure_ours(
                Path(name), bodies, urls, f"{pages} pages a site" if pages > 1 else "1 page a site"
            )
        if pages > 1:
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


if __name__ == "__main__":
    for way, speed in measure().items():
        print(f"{way:56} {speed:>10,.0f} pages a CPU second")
    print(f"load average {os.getloadavg()[0]:.1f}")
