"""The stand-in for a language model: it speaks the protocol, rewrites as asked, and errs as it says."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import polars as pl
import pytest

from winnow.classifiers import rephrase
from winnow.classifiers.rephraser import template
from winnow.pipelines.demo import rewriter

PROMPTS = Path(rephrase.__file__).parent / "rephraser/prompts"
TEXT = (
    "The ferry of Asel does not sail in winter, when the river is frozen. It carries 40 people on each of its"
    " nine trips a day.\nShort one. The first boat was built by hand in 1871 | of oak from the hills above."
)


def test_each_prompt_gets_the_texts_own_sentences_in_its_form():
    said = {}
    for name in ("faq", "diverse_qa", "table", "guided_rewrite"):
        chosen = template.load(PROMPTS / f"{name}.toml")
        said[name] = rewriter.rewrite(
            template.render(chosen, "d", TEXT, "m", 0).messages[-1]["content"], TEXT
        )
    assert said["guided_rewrite"] == TEXT.replace("\nShort one.", "")
    assert (
        said["faq"].count("A: ") == 3
        and "A: It carries 40 people on each of its nine trips a day." in said["faq"]
    )
    assert said["table"].startswith("| The ferry of | Asel does not sail") and said["table"].count("---") == 2
    assert all(re.sub(r"[^\w\s]", "", word) in re.sub(r"[^\w\s]", "", TEXT) for word in said["table"].split())


def test_it_errs_as_it_says():
    said = "It is not 40 or 50."
    assert rewriter.err(said, 1) == (said, "stop")
    assert rewriter.err(said, 11) == ("It is not 47 or 50.", "stop")
    assert rewriter.err(said, 13) == ("It is 40 or 50.", "stop")
    assert rewriter.err(said, 23) == ("It is not", "length")
    assert rewriter.err(said, 31) == (rewriter.REFUSAL, "stop")


ASK = """
import json, sys
from pathlib import Path
import polars as pl
from winnow.classifiers import rephrase
folder = Path(sys.argv[1])
read = lambda file, columns, rows=None: iter([pl.read_parquet(file, columns=columns)])
url = f"http://localhost:{sys.argv[2]}/v1"
service = {"url": url, "model": "stand-in", "price_in": 0.0, "price_out": 0.0}
(folder / "out").mkdir()
rephrase.write(
    [folder / "docs.parquet"], folder / "out", read=read, service=service, prompts=Path(sys.argv[3]),
    store=str(folder / "store"), documents=90, max_tokens=10**7, max_cost=0.0, names=["faq", "table"],
)
sys.exit(7)
"""


def test_the_client_is_answered_while_a_command_runs(tmp_path):
    texts = [f"{TEXT} The number of the year before was {n} more than that of this one." for n in range(90)]
    pl.DataFrame({"id": [f"d{n}" for n in range(90)], "text": texts}).write_parquet(tmp_path / "docs.parquet")
    (tmp_path / "ask.py").write_text(ASK)
    asked = [str(tmp_path / "ask.py"), str(tmp_path), str(rewriter.PORT), str(PROMPTS)]
    done = subprocess.run(
        [sys.executable, "-m", "winnow.pipelines.demo.rewriter", "--", sys.executable, *asked],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if "is not free" in done.stderr:
        pytest.skip("another run of the suite on this machine has the port")
    assert done.returncode == 7, done.stderr
    rows = pl.read_parquet(tmp_path / "out/rewrites.parquet")
    assert rows["text"].is_not_null().sum() > 70 and set(rows["error"].drop_nulls()) <= {"truncated"}
    assert rows["tokens_out"].sum() > 0


def test_what_is_no_prompt_of_ours_is_refused_politely():
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hello 3"}]}).encode()
    with rewriter.serve(0) as port:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/chat/completions", body)
        with urllib.request.urlopen(request, timeout=30) as answer:
            told = json.loads(answer.read())
    assert told["choices"][0]["message"]["content"] == rewriter.REFUSAL
