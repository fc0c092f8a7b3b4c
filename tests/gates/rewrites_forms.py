"""Forms of a whole faithful rewrite: prose, list, table, questions and answers, what is said."""

import re
from random import Random

from rewrites_faithful import Form, lower_first, upper_first

NAMED = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)*")
_BE = r"((?:The|A|An) [a-z]+(?: [a-z]+)?|[A-Z][a-z]+(?: [A-Z][a-z]+)?) (is|are|was|were) "
_COPULA = re.compile(_BE + r"((?:an? |the )[^?]{15,})\.")


def prose(sentences: list[str], draw: Random) -> str:
    return " ".join(sentences)


def paragraphs(sentences: list[str], draw: Random) -> str:
    at = draw.randint(1, max(1, len(sentences) - 1))
    return f"{' '.join(sentences[:at])}\n\n{' '.join(sentences[at:])}"


def bullets(sentences: list[str], draw: Random) -> str:
    mark = draw.choice(["- ", "* ", "• "])
    head = draw.choice(["", "Key points:\n\n", "What the text says:\n\n", "In brief:\n\n"])
    return head + "\n".join(mark + sentence for sentence in sentences)


def numbered(sentences: list[str], draw: Random) -> str:
    return "\n".join(f"{at}. {sentence}" for at, sentence in enumerate(sentences, 1))


def table(sentences: list[str], draw: Random) -> str:
    """One column of the names or the place in the text, one of what is said."""
    rows = []
    for at, sentence in enumerate(sentences, 1):
        named = NAMED.search(sentence)
        rows.append(f"| {named[0] if named else f'Point {at}'} | {sentence} |")
    return "\n".join(["| Topic | Statement |", "| --- | --- |", *rows])


def questions(sentences: list[str], draw: Random) -> str:
    """Each sentence, or two, as the answer to a question."""
    out, asked = (
        [],
        draw.choice([("Q: ", "A: "), ("**Question:** ", "**Answer:** "), ("Question: ", "Answer: ")]),
    )
    at = 0
    while at < len(sentences):
        group = sentences[at : at + draw.choice([1, 2])]
        at += len(group)
        out.append(f"{asked[0]}{_question(group[0], draw)}\n{asked[1]}{' '.join(group)}")
    return "\n\n".join(out)


def _question(sentence: str, draw: Random) -> str:
    copula = _COPULA.fullmatch(sentence)
    if copula and not copula[1].startswith(
        ("It", "This", "That", "There", "He", "She", "They", "What", "Here")
    ):
        return f"What {copula[2]} {lower_first(copula[1])}?"
    named = NAMED.search(sentence)
    if named:
        return draw.choice([f"What is said of {named[0]}?", f"What does the text say about {named[0]}?"])
    return draw.choice(["What else does the text say?", "What should one know here?", "What is said next?"])


def said(sentences: list[str], draw: Random) -> str:
    """The sentences as what the text says."""
    frames = [
        "The text says that ",
        "It is stated that ",
        "According to the text, ",
        "The author writes that ",
    ]
    out = []
    for sentence in sentences:
        plain = not sentence.endswith("?") and not re.match(
            r"[\"“']|(?:But|And|So|Then|For|Let|Note|See)\b", sentence
        )
        out.append(draw.choice(frames) + lower_first(sentence) if plain and draw.random() < 0.4 else sentence)
    return " ".join(out)


def joined(sentences: list[str], draw: Random) -> str:
    """Two short sentences as one."""
    out = [sentences[0]]
    for sentence in sentences[1:]:
        short = len(out[-1]) < 110 and len(sentence) < 110 and out[-1].endswith(".") and ";" not in out[-1]
        if short and re.match(r"(?:He|She|It|They|The|This|These)\b", sentence):
            out[-1] = f"{out[-1][:-1]}; {lower_first(sentence)}"
        else:
            out.append(sentence)
    return upper_first(" ".join(out))


FORMS: list[Form] = [prose, paragraphs, bullets, numbered, table, questions, said, joined]
PLAIN = (prose, paragraphs, said, joined)
