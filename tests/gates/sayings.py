"""Sayings of the Debian package `fortunes`: short texts, none of which is an item of an eval."""

import re
from pathlib import Path

from winnow.pipelines.demo import packages


def read(cache: Path) -> list[str]:
    """The sayings, without typewriter overstrikes; none where the package cannot be had."""
    if not packages.has_apt() and not packages.keep_cached("fortunes", cache):
        return []
    files = cache / packages.fetch_deb("fortunes", "fortunes", cache).files
    found = [path for path in sorted(files.rglob("*")) if path.parent.name == "fortunes" and not path.suffix]
    texts = [re.sub(r".\x08", "", path.read_text("utf-8", "replace")) for path in found if path.is_file()]
    sayings = [saying.strip("\n") for text in texts for saying in re.split(r"(?m)^%+[ \t]*$", text)]
    return [saying for saying in sayings if saying.strip()]
