"""Words that a sentence of a rewrite has more than the parent's."""

from collections.abc import Callable

from winnow.classifiers.faithfulness.changed import Finding, format_change, is_content, is_generic
from winnow.classifiers.faithfulness.edits import Difference, Token


def list_new(tokens: list[Token], is_known: Callable[[str], bool]) -> list[str]:
    """Words that carry something of which the parent has none of the stem."""
    return [
        one.key for one in tokens if is_content(one) and not is_generic(one.key) and not is_known(one.key)
    ]


def find_addition(found: Difference, is_known: Callable[[str], bool]) -> Finding | None:
    """Words put into a sentence or behind it that tell what the parent does not."""
    for edit in found.edits:
        new = list_new(edit.new_only, is_known)
        content = sum(is_content(one) and not is_generic(one.key) for one in edit.new_only)
        gone = sum(map(is_content, edit.gone_only))
        if (
            len(edit.new) >= 4
            and 3 * len(new) >= 2 * content
            and ((len(new) >= 2 and not gone) or (len(new) >= 3 and gone <= 1))
        ):
            return "inventions", f"{format_change(edit.gone, edit.new)}, without {', '.join(new)}"
    return None
