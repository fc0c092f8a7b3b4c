"""SPDX license expressions: their ids, and whether a policy allows them.

Read by `license-expression`, which bundles SPDX's list. Beyond that list the names that readers give count:
Creative Commons in all countries (`CC-BY-3.0-EE`), families without a version (`CC-BY-SA`), `LicenseRef-...`.
"""

import functools
import re
from collections.abc import Callable
from typing import Any

from license_expression import ExpressionError, LicenseSymbol, LicenseWithExceptionSymbol, get_spdx_licensing

RESERVED = "LicenseRef-all-rights-reserved"
MAX_CHARS = 2_000  # of an expression; a repository's may join dozens
_LATER = re.compile(r"(?:-only|-or-later|\+)$", re.IGNORECASE)
_COMMONS = re.compile(r"(CC-BY(?:-(?:NC|ND|SA))*-\d\.\d)(?:-[A-Z]{2,3})?", re.IGNORECASE)
_FAMILY = re.compile(r"CC-BY(?:-(?:NC|ND|SA))*|CC0|CC-PDM|GFDL|A?GPL|LGPL", re.IGNORECASE)
_REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9.+-]+")


@functools.cache
def list_known() -> dict[str, str]:
    """SPDX's ids, licences and exceptions, by their lower case."""
    names = (str(name) for name in get_spdx_licensing().known_symbols)
    return {name.lower(): name for name in names if not name.startswith("LicenseRef-scancode")}


def is_known(name: str) -> bool:
    """Whether a policy may name it: an id of SPDX, the stem of one (`GPL-2.0`), or a LicenseRef."""
    known = list_known()
    return (
        name.lower() in known
        or f"{name}-only".lower() in known
        or bool(_REFERENCE.fullmatch(name))
        or bool(_COMMONS.fullmatch(name))
    )


def strip(name: str) -> str:
    """An id in lower case without its country and without -only, -or-later or +."""
    commons = _COMMONS.fullmatch(name)
    return (commons[1] if commons else _LATER.sub("", name)).lower()


def is_family(name: str) -> bool:
    """Whether it is a license's name without its version, as pages have it."""
    return bool(_FAMILY.fullmatch(name))


def normalize(license: str) -> str:
    """An expression in SPDX's spelling; words that are none stay as they are."""
    tree = _parse(license)
    return license.strip() if tree is None else str(tree)


def allows(license: str, permit: Callable[[str], bool]) -> bool:
    """Whether `permit` allows an expression: all parts of an AND, one of an OR, and what stands before WITH.

    What is no expression is not allowed.
    """
    tree = _parse(license)
    return tree is not None and _ask(tree, permit)


def list_ids(license: str) -> list[str]:
    """The ids in an expression; none where it is none."""
    tree = _parse(license)
    return [] if tree is None else [_name(symbol) for symbol in tree.symbols]


@functools.lru_cache(maxsize=4_096)
def _parse(license: str) -> Any:
    words = license.strip()
    if not words or len(words) > MAX_CHARS:
        return None
    try:
        tree = get_licensing().parse(words, validate=False, simple=False)
    except (ExpressionError, RecursionError, ValueError, TypeError, AttributeError, IndexError):
        return None
    if tree is None or not all(_is_id(_name(symbol)) for symbol in tree.symbols):
        return None
    return tree


@functools.cache
def get_licensing() -> Any:
    """The parser with SPDX's list; made once, it takes 30 ms."""
    return get_spdx_licensing()


def _is_id(name: str) -> bool:
    return bool(_ID.fullmatch(name)) and (is_known(name) or is_family(name))


def _name(symbol: LicenseSymbol) -> str:
    one = symbol.license_symbol if isinstance(symbol, LicenseWithExceptionSymbol) else symbol
    return str(one.key)


def _ask(tree: Any, permit: Callable[[str], bool]) -> bool:
    if isinstance(tree, (LicenseSymbol, LicenseWithExceptionSymbol)):
        return permit(_name(tree))
    parts = [_ask(part, permit) for part in tree.args]
    return all(parts) if tree.operator.strip().upper() == "AND" else any(parts)
