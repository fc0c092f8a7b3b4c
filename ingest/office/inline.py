"""What hangs on the paragraphs of office documents, whatever their format."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Inline:
    """What a paragraph says: `text` with its `formulas`, and the boxes and notes that hang on it."""

    text: list[str] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    notes: list[tuple[str, Any]] = field(default_factory=list)
