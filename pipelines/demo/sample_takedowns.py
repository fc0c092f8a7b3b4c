"""The demo's list of take-downs: made, as nobody asked for one. A page, a site and a text, one of each."""

import shutil
from pathlib import Path

PAGE = ("debian-history", "/obituaries.en.html")  # key of a package, end of a URL
SITE = "debian-faq-fr.debian.example"
TEXT = "this.py"  # of the code
HEAD = """\
# Take-downs that the demo honours (forms: docs/takedowns.md). Made for the demo: nobody asked for them.
# The recipe drops what is named here, and what resembles a text, as soon as there is a text.
"""


def write_list(urls: list[str], code: Path | None, out: Path) -> None:
    """Write `list.txt`, of the lines of which there is something to name, and the text beside it."""
    lines = [url for url in urls if url.endswith(PAGE[1])]
    lines.append(f"domain:{SITE}")
    if code is not None:
        shutil.copyfile(code, out / "letter.txt")
        lines.append("file:letter.txt")
    (out / "list.txt").write_text(HEAD + "".join(f"{line}\n" for line in lines), "utf-8")
