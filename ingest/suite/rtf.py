"""RTF (Microsoft's specification 1.9.1)."""

from collections import Counter

from striprtf.striprtf import rtf_to_text


def read(data: bytes, *, comments: bool, hidden: bool) -> tuple[dict[str, str], str, Counter[str]]:
    """Properties, text and counts."""
    return {}, rtf_to_text(data.decode("latin-1"), errors="replace"), Counter()
