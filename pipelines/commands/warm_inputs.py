"""Small inputs for the recipes that set-up runs: texts and pages out of this checkout's own documentation.

There are equal ones among them and nearly equal ones, one that holds another, one in another language and
one that holds an eval's item, so that every way that a recipe has is gone once.
"""

import html
import json
import re
from pathlib import Path

from winnow.pipelines.demo import wrap

DOCS = Path(__file__).resolve().parents[2] / "docs"
MARKS = re.compile(r"[`*|\[\]{}<>=]+|(?<!\n)#+|\b[\d.,/-]+\b")
"""Without these the pages are prose, which rules keep."""
FRAME = (
    "<html><head><title>{title}</title></head><body><nav><ul><li><a href='/'>Home</a></li>"
    "<li><a href='/b'>Contact us</a></li></ul></nav><main><a id='x'/><h1>{title}</h1>{body}</main><div/>"
    "<footer><p>All rights reserved. Terms of use and imprint of this site.</p></footer></body></html>"
)
QUESTION = (
    "A lighthouse keeper climbs 48 steps every morning and twice as many every evening, but on Sundays she"
    " stays in bed. How many steps does she climb in one ordinary week of duty?"
)
OTHER = "Der Leuchtturm steht auf einer Insel, und niemand weiß genau, seit wann er dort steht. " * 12


def write(folder: Path) -> None:
    """Lay out `data/` in `folder`: JSON lines, an eval and a web archive."""
    sections = [
        part
        for page in sorted(DOCS.glob("*.md"))[:12]
        for part in MARKS.sub(" ", page.read_text(encoding="utf-8")).split("\n## ")
        if len(part) > 600
    ][:40]
    first, second, *_ = sections
    near = second.replace(" the ", " one ", 2)
    texts = [
        *sections,
        first,
        near,
        f"{first}\n\n{second}",
        OTHER,
        f"{second}\n\n{QUESTION} 864.",
        "short",
        "",
    ]
    _write_lines(folder / "data/mine/texts.jsonl", [{"text": text} for text in texts])
    _write_lines(folder / "data/corpus/texts.jsonl", [{"text": text} for text in [*sections[10:20], near]])
    _write_lines(
        folder / "data/evals/items.jsonl",
        [{"question": QUESTION, "answer": "864"}]
        + [{"question": text[:400], "answer": text[400:420]} for text in sections[20:30]],
    )
    pages = []
    for number, text in enumerate(texts):
        body = "".join(map(_mark_up, text.split("\n\n")))
        page = folder / f"pages/{number}.html"
        page.parent.mkdir(exist_ok=True)
        page.write_text(FRAME.format(title=html.escape(text[:30]), body=body), encoding="utf-8")
        pages.append((f"https://site{number % 2}.example/{number}.html", page))
    wrap.wrap_pages(pages, folder / "data/web/pages")


def _write_lines(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _mark_up(block: str) -> str:
    """A paragraph, a list, a table or code, as the block looks."""
    text = html.escape(block.strip())
    if text.startswith("* "):
        return "<ul>" + "".join(f"<li>{line[2:]}</li>" for line in text.splitlines()) + "</ul>"
    if text.startswith("|"):
        cells = (line.strip("|").replace("|", "</td><td>") for line in text.splitlines())
        return "<table>" + "".join(f"<tr><td>{row}</td></tr>" for row in cells) + "</table>"
    return f"<pre><code>{text}</code></pre>" if text.startswith("```") else f"<p>{text}</p>"
