"""How many pages a second are judged by robots.txt, on one core, beside Protego (Scrapy's) and Google's.

    PYTHONPATH=.:tests/gates python tests/bench/optouts.py

Sites with files of 2 to 70 lines, 20 pages each; ours is asked for 18 agents, with evidence, by three dates;
Google's parser (`fast-robotstxt`) and Protego for one agent. Where they are not installed they are left out.
"""

import random
import tempfile
import time
from pathlib import Path

import polars as pl
from optouts_judged import make_table, write_answers

from filters import optouts

SITES, PAGES = 2_000, 20
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
    bodies = [make_site(rng) for _ in range(SITES)]
    urls = [
        (number, f"https://s{number}.example/{rng.choice('ab')}/{rng.choice(('c', 'search?q=1', 'd.pdf'))}")
        for number in range(SITES)
        for _ in range(PAGES)
    ]
    rng.shuffle(urls)
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        answers = [(f"https://s{n}.example/robots.txt", DATE, 200, body, {}) for n, body in enumerate(bodies)]
        write_answers(folder / "a.warc.gz", answers)
        table = make_table(folder / "a.warc.gz", folder / "made", buckets=64)
        docs = pl.DataFrame({"url": [url for _, url in urls], "date": [DATE] * len(urls)})
        optouts.judge(docs[:1_000], captures=table)  # compiled
        for size in (1_000, 10_000):
            begun = time.process_time()
            for at in range(0, docs.height, size):
                optouts.judge(docs[at : at + size], captures=table)
            found[f"ours, 18 agents, batches of {size}"] = len(urls) / (time.process_time() - begun)
    return found | measure_peers(bodies, urls[:20_000])


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
        print(f"{way:36} {speed:>10,.0f} pages a CPU second")
