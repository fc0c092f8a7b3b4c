"""What is said of use in single values: Content-Signal, Content-Usage, robots directives, TDM reservations.

Each function gives `NO`, `YES` or `UNSAID` for the use of text to train models.
"""

import re

NO, YES, UNSAID = 1, -1, 0
TRAINING = "train-ai"  # of aipref's vocabulary
OLDER = ("bots", "train-genai", "ai-use")  # of its other drafts: a `n` of these is meant for training too
_SIGNAL = "ai-train"
# Directives that take a value behind a colon; before any other colon stands an agent.
_VALUED = {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}
_KEY = re.compile(r"[a-z*][a-z0-9_\-.*]*")


def read_usage(values: list[str], older: tuple[str, ...] = OLDER) -> int:
    """The values of `Content-Usage` (a dictionary of RFC 9651, over all of its fields): `train-ai=n`.

    Keys are case-sensitive, values the tokens `y` and `n`; anything else says nothing, and of a key that is
    repeated the last one counts. A `n` of a label in `older` is one for training; a `y` says nothing.
    """
    found: dict[str, str] = {}
    for member in ",".join(values).split(","):
        key, _, value = member.strip(" \t").partition(";")[0].partition("=")
        if _KEY.fullmatch(key):
            found[key] = value
    if found.get(TRAINING) == "n" or any(found.get(key) == "n" for key in older):
        return NO
    return YES if found.get(TRAINING) == "y" else UNSAID


def read_signal(values: list[str]) -> int:
    """The values of `Content-Signal`: `ai-train=no`; `yes` and `no` in any case, a no before a yes."""
    said = set()
    for member in ",".join(values).split(","):
        key, _, value = member.partition("=")
        if key.strip().lower() == _SIGNAL:
            said.add(value.strip().lower())
    return NO if "no" in said else YES if "yes" in said else UNSAID


def read_directives(value: str, agent: str = "") -> dict[str, set[str]]:
    """`noai` and `noimageai` of `X-Robots-Tag` or of a robots meta, by the agent they are for ("" is all).

    `otherbot: noindex, noai` is all for `otherbot`, until another agent is named.
    """
    found: dict[str, set[str]] = {}
    for part in value.lower().split(","):
        name, colon, rest = part.partition(":")
        name = name.strip()
        if colon and name not in _VALUED:
            agent, name = name, rest.strip()
        for word in name.split():
            if word in ("noai", "noimageai"):
                found.setdefault(agent, set()).add(word)
    return found


def read_reservation(value: object) -> int:
    """A `tdm-reservation`: 1 reserves the rights, 0 does not; anything else says nothing."""
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return {"1": NO, "0": YES}.get(text, UNSAID)
