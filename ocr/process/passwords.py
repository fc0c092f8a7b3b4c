"""The passwords that locked PDFs are opened with: they stand in a file, and in no setting or output."""

from pathlib import Path

from winnow.files import cache_by_stamp, read_text

MAX_PASSWORDS = 1000  # each takes a hundredth of a second of a file encrypted by AES-256


def list_passwords(path: str | Path | None) -> list[str]:
    """Those of a file, a line each, [] without one. Raises OSError and ValueError, which name none."""
    return list(_read(Path(path))) if path else []


@cache_by_stamp(4)
def _read(path: Path) -> tuple[str, ...]:
    found = tuple(line for line in read_text(path).splitlines() if line)
    if not 0 < len(found) <= MAX_PASSWORDS:
        raise ValueError(f"{path}: {len(found):,} passwords: it takes 1 to {MAX_PASSWORDS:,}, one a line")
    return found
