"""What a request may cost, did cost, and whether there is money for another one."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

MILLION = 1_000_000


class Price(NamedTuple):
    """Money for a million tokens sent and a million tokens answered."""

    tokens_in: Decimal
    tokens_out: Decimal


class Charge(NamedTuple):
    """Tokens, and what they cost."""

    tokens_in: int
    tokens_out: int
    cost: Decimal

    @property
    def tokens(self) -> int:
        """In and out."""
        return self.tokens_in + self.tokens_out


class Attempt(NamedTuple):
    """One request, what it cost and what came of it; the answer as it came, to be judged when it is read.

    `cost` is a decimal; `is_told` says whether the server said what it used, else tokens are what they were
    at most; `fault` is why there is no answer, `said` the beginning of what came instead; `max_tokens` and
    `temperature` are as asked; `seconds` are those since the attempt before.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    cost: str = "0"
    is_told: bool = False
    fault: str | None = None
    answer: str = ""
    finish: str | None = None
    said: str = ""
    max_tokens: int = 0
    temperature: float = 0.0
    seconds: float = 0.0


def charge(price: Price, tokens_in: int, tokens_out: int) -> Charge:
    """What tokens cost."""
    cost = (tokens_in * price.tokens_in + tokens_out * price.tokens_out) / MILLION
    return Charge(tokens_in, tokens_out, cost)


@dataclass
class Budget:
    """A budget in tokens and in money: what is spent, and what is held for requests in flight."""

    max_tokens: int
    max_cost: Decimal
    tokens: int = 0
    cost: Decimal = Decimal(0)
    held_tokens: int = 0
    held_cost: Decimal = Decimal(0)

    def take(self, most: Charge) -> bool:
        """Hold the most that a request can cost; False where the budget has no room for it."""
        has_tokens = self.tokens + self.held_tokens + most.tokens <= self.max_tokens
        if not has_tokens or self.cost + self.held_cost + most.cost > self.max_cost:
            return False
        self.held_tokens += most.tokens
        self.held_cost += most.cost
        return True

    def settle(self, most: Charge, paid: Charge) -> None:
        """Give back what was held for a request, and spend what it cost."""
        self.held_tokens -= most.tokens
        self.held_cost -= most.cost
        self.spend(paid)

    def spend(self, paid: Charge) -> None:
        """Count what was paid."""
        self.tokens += paid.tokens
        self.cost += paid.cost

    def spend_past(self, attempts: Iterable[Attempt]) -> None:
        """Count what attempts of earlier runs did cost."""
        for past in attempts:
            self.spend(Charge(past.tokens_in, past.tokens_out, Decimal(past.cost)))


def open_budget(max_tokens: int, max_cost: float) -> Budget:
    """A budget with nothing spent; ValueError where the caps are no budget."""
    if max_tokens < 1 or not 0 <= max_cost < math.inf:
        raise ValueError(
            f"the budget is {max_tokens} tokens and {max_cost} in money: max_tokens must be above 0,"
            " max_cost 0 or more"
        )
    return Budget(max_tokens, Decimal(str(max_cost)))
