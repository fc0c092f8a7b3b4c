"""A profile: how sure each kind must be, and what stays because it was published (TOML, `profiles/`)."""

import tomllib
from pathlib import Path
from typing import NamedTuple

from winnow.files import cache_by_stamp, read_text

FOLDER = Path(__file__).parent / "profiles"
KINDS = {
    "email": "EMAIL_ADDRESS",
    "phone": "PHONE_NUMBER",
    "ip": "IP_ADDRESS",
    "iban": "IBAN_CODE",
    "card": "CREDIT_CARD",
    "ssn": "US_SSN",
    "id": "NATIONAL_ID",
    "address": "POSTAL_ADDRESS",
}
LEVELS = ("off", "named", "form")


class Profile(NamedTuple):
    """`level` of each kind: `off`, `named` (a word says what it is) or `form` (its form may do)."""

    level: dict[str, str]
    roles: frozenset[str]  # local parts of mail that an institution publishes; empty: none stays
    own_host: bool  # whether single words at the page's own host stay
    countries: frozenset[str]  # of national ids; empty: all
    addresses: frozenset[str]  # of machines that everybody may know


def load(name: str, file: Path | None) -> Profile:
    """The profile of a TOML file, or the shipped one of a name. ValueError says what is wrong in it."""
    path = file or FOLDER / f"{name}.toml"
    if not path.is_file():
        shipped = ", ".join(sorted(each.stem for each in FOLDER.glob("*.toml")))
        raise ValueError(
            f"no profile {str(file or name)!r}: `profile` is one of {shipped}; `profile_file` is a file"
        )
    return _read(path)


@cache_by_stamp(8)
def _read(path: Path) -> Profile:
    try:
        table = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from None
    published = table.pop("published", {})
    levels = table.pop("level", {})
    lists = {"countries": table.pop("countries", [])}
    lists |= {key: published.pop(key, []) for key in ("roles", "addresses")}
    own = published.pop("own_host", False)
    wrong = [f"unknown {key}" for key in (*table, *(f"published.{key}" for key in published))]
    wrong += [f"unknown level.{key}" for key in levels if key not in KINDS]
    wrong += [f"level.{key} is one of {', '.join(LEVELS)}" for key in levels if levels[key] not in LEVELS]
    wrong += [f"{key} is a list of strings" for key, value in lists.items() if not _is_list(value)]
    wrong += [] if isinstance(own, bool) else ["published.own_host is true or false"]
    if wrong:
        raise ValueError(f"{path}: {'; '.join(wrong)}")
    return Profile(
        {kind: levels.get(kind, "off") for kind in KINDS},
        frozenset(lists["roles"]),
        own,
        frozenset(lists["countries"]),
        frozenset(lists["addresses"]),
    )


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
