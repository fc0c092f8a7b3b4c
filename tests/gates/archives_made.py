"""Gate: 530 small web archives, sound and damaged in known ways, made by another hand with their truth.

`make gate NAME=archives_made`. The maker (golds/archives_made) is unpacked and run: its bytes must be those
that were looked at. A page is right where the words that are left of it come out in one record, of its URL
and date, with no word of another page; a decoy where no text comes out under its URL. What honest people
could differ about (`open`) is not judged.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from figures import Figures

from winnow.ingest import warc

MAKER = Path(__file__).parent / "golds/archives_made/maker.tar.xz"
FOLDER = Path("out/gates/archives_made")
SHA256 = (
    "795d12d746371dd6ce16f5a81e03b3e6f8bf08f8bc4179693b88e262879fd644",
    "801914333be96027588d5631cd51e278c8dc3abb8358dd63ebfd392c99ec0383",
)
WORDS = ("marker", "middle", "tail")
FLOORS = {"whole": 2718, "partial": 59, "decoy": 142}
Line = dict[str, Any]


def make() -> list[Line]:
    """Write the archives; what is true of them."""
    with tarfile.open(MAKER) as packed:
        packed.extractall(FOLDER, filter="data")
    subprocess.run([sys.executable, "make.py"], cwd=FOLDER, check=True, stdout=subprocess.DEVNULL)
    digest = hashlib.sha256()
    for path in sorted((FOLDER / "files").iterdir()):
        digest.update(path.read_bytes())
    truth = (FOLDER / "truth.jsonl").read_bytes()
    if (digest.hexdigest(), hashlib.sha256(truth).hexdigest()) != SHA256:
        raise SystemExit(
            "the maker gave other bytes than those that were looked at (another zlib or zstandard)"
        )
    return [json.loads(line) for line in truth.splitlines()]


def is_right(line: Line, pages: list[Line], rows: list[Line]) -> bool:
    """Whether a page came out as it should, or a decoy did not."""
    if line.get("decoy"):
        return not any(row["url"] == line["url"] for row in rows)
    words = {line[name] for name in WORDS}
    mine = [row for row in rows if any(word in row["text"] for word in words)]
    text = mine[0]["text"] if mine else ""
    if len(mine) > 1 or not all(word in text for word in line["kept"]):
        return False
    if any(page[name] in text for page in pages if page is not line for name in WORDS):
        return False
    return not mine or (_is_url(line, mine[0]["url"]) and _is_date(line.get("date"), mine[0]["date"]))


def _is_url(line: Line, url: str | None) -> bool:
    return not line["url"] or url in (line["url"], line.get("url_raw"), *(line.get("url_alt") or ()))


def _is_date(true: str | None, date: str | None) -> bool:
    """By the digits that both have."""
    digits = "".join(filter(str.isdigit, date or ""))[:14]
    return bool(true) == bool(digits) and digits.startswith((true or "")[:14])


def main() -> None:
    figures = Figures("archives_made", FOLDER)
    files: dict[str, list[Line]] = defaultdict(list)
    for line in make():
        files[line["file"]].append(line)
    right, judged = Counter[str](), Counter[str]()
    for file, lines in files.items():
        rows = [row for frame in warc.read(str(FOLDER / file)) for row in frame.to_dicts() if row["text"]]
        pages = [line for line in lines if not line.get("decoy")]
        for line in lines:
            if not line.get("open"):
                kind = "decoy" if line.get("decoy") else line["fate"]
                judged[kind] += 1
                right[kind] += is_right(line, pages, rows)
    for kind, floor in FLOORS.items():
        print(f"  {kind}: {right[kind]} of {judged[kind]} right", flush=True)
        figures.add(f"{kind}_right", right[kind], floor)
    figures.close()


if __name__ == "__main__":
    main()
