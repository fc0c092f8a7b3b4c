"""Which packages the steps of PDFs cannot do without, by their settings."""

from typing import Any

from winnow.ocr.engines.rapid import NEEDED
from winnow.ocr.reader.page import PACKAGES


def list_needs(*steps: str) -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """What the module of these steps says in `NEEDS`."""
    asked: list[tuple[str, dict[str, Any]]] = [("tesserocr", {"ocr": True})]
    asked += [(package, {"reader": reader}) for reader, package in PACKAGES.items()]
    asked += [(package, {"engine": "cascade"}) for package in NEEDED]
    return tuple((package, step, settings) for step in steps for package, settings in asked)
