"""Ranges of settings, as the signatures of steps have them: what is outside is refused before data are read.

Whole numbers and what is not a share have pydantic's (`PositiveInt`, `NonNegativeFloat`).
"""

from typing import Annotated

from pydantic import Field

Ratio = Annotated[float, Field(ge=0, le=1)]  # a share, a probability, a score
PerWord = Annotated[float, Field(ge=0, le=5)]  # of symbols or line breaks there may be more than words
RatioOrOff = Annotated[float, Field(ge=0, le=2)]  # above 1 nothing reaches it: the rule is off
