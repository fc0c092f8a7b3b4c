"""What a model is asked to say anew: one answer, whatever it is."""

from dataclasses import dataclass
from typing import Any

from winnow.classifiers.raters.request_queue import Question
from winnow.classifiers.rephraser.template import RewriteRequest, Template
from winnow.llm import Reply

WINDOW = ("context length", "context_length", "maximum context", "context window", "too many tokens")
OVER_WINDOW = "over_window"  # the server says that the request is longer than its model's window


@dataclass
class Rewriting(Question):
    """A document for a model."""

    asked: RewriteRequest
    template: Template
    seed: int

    def write(self) -> dict[str, Any]:
        """The fields of a request."""
        return {
            "messages": self.asked.messages,
            "temperature": self.template.temperature,
            "top_p": self.template.top_p,
            "max_tokens": self.max_tokens,
            "seed": self.seed,
        }

    def is_done(self) -> bool:
        """Whether there is an answer, or a fault that no later run mends."""
        return super().is_done() or (bool(self.past) and self.past[-1].fault == OVER_WINDOW)

    def keep(self, reply: Reply, key: str) -> Reply:
        """What is kept of a reply: no key; `over_window` where the server refuses for that."""
        is_refused = reply.fault in ("http_400", "http_413", "http_422")
        is_over = is_refused and any(word in reply.said.lower() for word in WINDOW)
        return super().keep(reply._replace(fault=OVER_WINDOW) if is_over else reply, key)
