"""What a rater is asked about a document: hotter after each bad answer, and judged when it comes."""

from dataclasses import dataclass
from typing import Any

from winnow.classifiers.raters.answer import judge, keep
from winnow.classifiers.raters.prompt import Prompt
from winnow.classifiers.raters.request_queue import Question
from winnow.llm import Reply

TEMPERATURES = (0.0, 0.5, 0.8)  # after no, one and two bad answers: at 0 a model would say the same again
ANSWERS = len(TEMPERATURES)  # bad ones after which a rater is not asked again about a document


@dataclass
class Rating(Question):
    """A document for a rater."""

    message: str
    prompt: Prompt

    def write(self) -> dict[str, Any]:
        """The fields of the next request."""
        heat = self._count_bad()
        return {
            "messages": [{"role": "user", "content": self.message}],
            "temperature": TEMPERATURES[min(heat, ANSWERS - 1)],
            "max_tokens": self.max_tokens,
            "seed": heat,
        }

    def is_done(self) -> bool:
        """Whether there is a good answer, or as many bad ones as there may be."""
        return self._count_bad() >= ANSWERS or any(
            not attempt.fault and judge(attempt.answer, attempt.finish, self.prompt)[1] is None
            for attempt in self.past
        )

    def _count_bad(self) -> int:
        """Answers so far; one that was truncated at fewer tokens than it may have today is none."""
        return sum(
            not attempt.fault and (attempt.finish != "length" or attempt.max_tokens >= self.max_tokens)
            for attempt in self.past
        )

    def keep(self, reply: Reply, key: str) -> Reply:
        """What is kept of a reply: the end of an answer, without the key."""
        return reply._replace(answer=keep(reply.answer, reply.finish, self.prompt, key))
