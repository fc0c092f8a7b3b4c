"""A policy: a list of the licences that may stay, an SPDX id a line."""

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from winnow.files import cache_by_stamp, read_text
from winnow.filters.licenses.expressions import allows, is_family, is_known, list_known, strip

FOLDER = Path(__file__).parent / "policies"


def load(name: str, file: Path | None) -> Callable[[str], bool]:
    """Whether a license expression is allowed, by the list of a file or the shipped one of a name.

    Raises ValueError where there is no such list, it is empty, or it names what is no id of SPDX and no
    LicenseRef.
    """
    path = file or FOLDER / f"{name}.txt"
    if not path.is_file():
        shipped = ", ".join(sorted(each.stem for each in FOLDER.glob("*.txt")))
        raise ValueError(
            f"no policy {str(file or name)!r}: `policy` is one of {shipped}; `policy_file` is your own list"
        )
    allowed, families = _read(path)

    def permit(one: str) -> bool:
        return one.lower() in allowed or strip(one) in allowed or (is_family(one) and one.lower() in families)

    return lambda license: allows(license, permit)


@cache_by_stamp(8)
def _read(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    """What a list names, in lower case, and the families of which it names a version: `cc-by`, `gfdl`."""
    lines = enumerate(read_text(path).splitlines(), 1)
    named = [(number, name) for number, line in lines if (name := line.partition("#")[0].strip())]
    if not named:
        raise ValueError(f"{path}: an empty list: a policy names an SPDX id a line, such as CC-BY-4.0")
    wrong = [(number, name) for number, name in named if not is_known(name)]
    if wrong:
        told = "; ".join(
            f"line {number}: {name!r} is no id of SPDX{_guess(name)}" for number, name in wrong[:5]
        )
        more = f"; and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise ValueError(f"{path}: {told}{more}; a license that has none is named LicenseRef-<words>")
    names = frozenset(name.lower() for _, name in named)
    families = {name.rpartition("-")[0] for name in names if name.rpartition("-")[2][:1].isdigit()}
    return names, frozenset(families)


def _guess(name: str) -> str:
    """The nearest id."""
    near = get_close_matches(name.lower(), list_known(), 1, 0.5)
    return f", did you mean {list_known()[near[0]]!r}?" if near else ""
