"""Pages that were recognized, read again by a vision-language model; the first reading is the fallback."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from winnow.ocr.engines.vlm import Picture, Transcript, transcribe

PROMPT = Path(__file__).resolve().parent.parent / "prompts" / "markdown.txt"
NEEDED = ("url", "model")
OPTIONAL = ("prompt", "store", "in_flight", "page_seconds", "attempts", "max_tokens", "key_env")
Answer = dict[str, Any]


def check_settings(vlm: Mapping[str, Any]) -> dict[str, Any]:
    """What `ocr.engines.vlm:transcribe` is told; ValueError for a setting that is missing or unknown."""
    if missing := [name for name in NEEDED if not vlm.get(name)]:
        raise ValueError(f"vlm: {missing} must be given; it has {sorted(vlm)}")
    if unknown := sorted(set(vlm) - {*NEEDED, *OPTIONAL}):
        raise ValueError(f"vlm: no such settings: {unknown}; there are {sorted({*NEEDED, *OPTIONAL})}")
    paths = {name: Path(vlm[name]) for name in ("prompt", "store") if vlm.get(name)}
    told: dict[str, Any] = {"prompt": PROMPT, "store": None, **vlm, **paths}
    if not told["prompt"].is_file():
        raise ValueError(f"vlm: prompt: there is no file {told['prompt']}")
    return told


def read_again(answers: Iterable[Answer], settings: Mapping[str, Any]) -> list[Answer]:
    """The child's answers in order of pages, those with a picture as the model read them.

    A page that the model read is one line, marked "answer". Its `about` has the model as `engine`, `quality`
    is the share of the first engine's words that it has too, where that read enough to tell. A page that it
    did not read stays as it was, and `fallback` says why.
    """
    done: list[Answer] = []
    waiting: dict[str, Answer] = {}
    for transcript in transcribe(_take_pictures(answers, done, waiting), **settings):
        done.append(_replace(waiting.pop(transcript.key), transcript, settings["model"]))
    return sorted(done, key=lambda answer: int(answer["page"]))


def _take_pictures(
    answers: Iterable[Answer], done: list[Answer], waiting: dict[str, Answer]
) -> Iterator[Picture]:
    """A picture of each page that has one; the other answers are done."""
    for answer in answers:
        place = answer.get("about", {}).pop("picture", None)
        if place is None:
            done.append(answer)
            continue
        waiting[str(answer["page"])] = answer
        words = tuple(word for line in answer["lines"] for word in line[8].split())
        stored = Path(place)
        yield Picture(str(answer["page"]), stored.read_bytes(), words)
        stored.unlink(missing_ok=True)


def _replace(answer: Answer, transcript: Transcript, model: str) -> Answer:
    about = answer["about"] | {"attempts": transcript.attempts, "asked_seconds": transcript.seconds}
    if transcript.text is None:
        return answer | {"about": about | {"fallback": transcript.reason}}
    agreed = transcript.detail.get("recall")
    known = {} if agreed is None else {"quality": round(float(agreed), 4)}
    line = [0.0, 0.0, 1.0, answer["height"], 10.0, False, False, 0, transcript.text, "answer"]
    return answer | {"lines": [line], "rulings": [], "about": about | {"engine": model} | known}
