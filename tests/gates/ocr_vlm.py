"""Gate: what pages asked of a vision-language model's server cost the client, with a store.

`make gate NAME=ocr_vlm`. 200 pictures of 1 MB, as scans are, asked of a server that answers after 20 ms.
Writes under out/gates/ocr_vlm/. What comes of pages where the server misbehaves, in ten languages, how often
it is asked, that a client which is killed asks nothing again, and keeps no key, is tested in
tests/ocr/engines.
"""

import io
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from figures import Figures
from PIL import Image, PngImagePlugin

from winnow.ocr.engines.vlm import Picture, transcribe

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("out/gates/ocr_vlm")
PAGES, IN_FLIGHT, LATENCY, SIDE = 200, 8, 0.02, 1000
TEXT = "The keeper of the archive wrote down every parcel that came in on the morning train. " * 10
PROMPT = ROOT / "ocr/prompts/plain.txt"
SERVER = ROOT / "tests/ocr/engines/vlm_server.py"


def start_server() -> tuple[subprocess.Popen[bytes], str]:
    at = FOLDER / "server.url"
    server = subprocess.Popen([sys.executable, str(SERVER), str(at), str(LATENCY)])
    while not at.exists():
        time.sleep(0.05)
    return server, at.read_text()


def make_scans() -> Iterator[Picture]:
    """Pictures of 1 MB, each with what the server says to it."""
    noise = Image.frombytes("L", (SIDE, SIDE), os.urandom(SIDE * SIDE))
    for number in range(PAGES):
        told, out = PngImagePlugin.PngInfo(), io.BytesIO()
        plan = {"name": f"p{number}", "text": TEXT, "does": ["good"], "other": ""}
        told.add_text("plan", json.dumps(plan))
        noise.save(out, "PNG", pnginfo=told, compress_level=1)
        yield Picture(plan["name"], out.getvalue(), tuple(TEXT.split()))


def main() -> None:
    """Pages a second, and the client's processor time for each."""
    figures = Figures("ocr_vlm", FOLDER)
    server, url = start_server()
    pages = list(make_scans())
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    store = FOLDER / "store"
    done = list(transcribe(pages, url=url, model="m", prompt=PROMPT, store=store, in_flight=IN_FLIGHT))
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF)
    server.kill()
    server.wait()
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{len(done) / wall:.0f} pages/s of {len(pages[0].png):,} bytes, {wall:.1f} s", flush=True)
    figures.add("quick_pages_read", sum(each.text is not None for each in done), PAGES)
    figures.add("client_cpu_ms_per_page", round(1000 * used / PAGES, 1), 50, most=True)
    figures.close()


if __name__ == "__main__":
    main()
