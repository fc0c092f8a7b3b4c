"""Other decontaminators on the texts that a gate has judged, each in its own environment.

`decontaminators.py SIDE FOLDER` reads FOLDER/texts/texts.jsonl and FOLDER/evals/evals.jsonl and writes
FOLDER/SIDE.json, the numbers of the texts that it flags. SIDE is `grams13` (any 13 words in a row of question
and answer, case and punctuation apart: GPT-3's rule), `datatrove` (its n-gram filter with its defaults and
`find_query_ngrams`) or `decon` (its defaults).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

DECON = Path(".venv-decon/bin/python")
BENCH = Path(".venv-bench/bin/python")
Seen = list[tuple[str, str, bool]]  # variant or class, text, whether ours flags it


def decon_python() -> Path | None:
    """The Python that has decon, which needs 3.12: its environment is made where there is one so new."""
    if not DECON.exists():
        for name in (os.environ.get("PYTHON312", ""), "python3.13", "python3.12", "/usr/bin/python3"):
            python = shutil.which(name) if name else None
            asked = "import sys, venv; sys.exit(sys.version_info < (3, 12))"
            if python and subprocess.run([python, "-c", asked], check=False).returncode == 0:
                subprocess.run([python, "-m", "venv", DECON.parents[1]], check=True)
                install = [DECON, "-m", "pip", "install", "--quiet", "decontaminate==0.3.0.post4"]
                subprocess.run(install, check=True)
                break
    return DECON if DECON.exists() else None


def write_evals(items: list[dict[str, Any]], path: Path) -> None:
    """Items as decon reads them."""
    with path.open("w") as out:
        for number, row in enumerate(items):
            record = {"eval_key": row["eval"], "eval_instance_index": number, "doc_id": number}
            record |= {"split": "test", "fingerprint": str(number), "is_correct": True}
            record |= {
                "passage": row["context"] or "",
                "question": row["question"],
                "answer": row["answer"],
            }
            out.write(json.dumps(record) + "\n")


def compare(seen: Seen, items: list[dict[str, Any]], folder: Path) -> None:
    """Print the share that each side flags of each variant and class, and write it to compared.json."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "texts").mkdir(parents=True)
    (folder / "evals").mkdir()
    write_evals(items, folder / "evals/evals.jsonl")
    with (folder / "texts/texts.jsonl").open("w") as out:
        out.writelines(json.dumps({"text": text}) + "\n" for _, text, _ in seen)
    sides: dict[str, set[int]] = {"winnow": {k for k, row in enumerate(seen) if row[2]}}
    pythons = {"grams13": Path(sys.executable), "datatrove": BENCH, "decon": decon_python()}
    for side, python in pythons.items():
        if python is None or not python.exists():
            print(f"{side}: left out, there is no {python or 'Python 3.12 or newer; say PYTHON312=...'}")
            continue
        with (folder / f"{side}.log").open("w") as log:
            subprocess.run([python, __file__, side, folder], check=True, stdout=log, stderr=log)
        sides[side] = set(json.loads((folder / f"{side}.json").read_text()))
    table: dict[str, dict[str, float]] = {}
    for group in dict.fromkeys(row[0] for row in seen):
        own = {k for k, row in enumerate(seen) if row[0] == group}
        table[group] = {"texts": len(own)} | {n: round(len(f & own) / len(own), 4) for n, f in sides.items()}
    print(f"{'':32} {'texts':>7}" + "".join(f"{name:>10}" for name in sides))
    for group, row in table.items():
        print(f"{group:32} {row['texts']:7.0f}" + "".join(f"{row[name]:10.4f}" for name in sides))
    (folder / "compared.json").write_text(json.dumps(table, indent=1) + "\n")


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as lines:
        yield from map(json.loads, lines)


def grams13(folder: Path) -> list[int]:
    def grams(text: str) -> set[int]:
        words = re.findall(r"\w+", text.lower())
        return {hash(tuple(words[k : k + 13])) for k in range(len(words) - 12)}

    known: set[int] = set()
    for row in _lines(folder / "evals/evals.jsonl"):
        known |= grams(f"{row['question']} {row['answer']}")
    return [k for k, row in enumerate(_lines(folder / "texts/texts.jsonl")) if grams(row["text"]) & known]


def datatrove_filter(items: Iterable[dict[str, Any]], folder: Path) -> tuple[Any, float]:
    """datatrove's filter with the settings of its example, and the CPU-seconds that its index took.

    Its indexer would download evals, so its own hashes are written for it.
    """
    import numpy as np
    from datatrove.pipeline.decont.n_grams import NGramsDecontConfig, NGramsDecontFilter, NGramsDecontIndexer
    from datatrove.utils.hashing import create_hash_func
    from datatrove.utils.word_tokenizers import load_word_tokenizer

    config = NGramsDecontConfig(find_query_ngrams=True)
    indexer = object.__new__(NGramsDecontIndexer)
    indexer.config, indexer.hash_func = config, create_hash_func(config.hash_config)
    indexer.tokenizer = load_word_tokenizer("eng")
    begun = time.process_time()
    hashes = {h for row in items for h in indexer.compute_hashes(row["answer"], row["question"])}
    seconds = time.process_time() - begun
    (folder / "datatrove-index").mkdir()
    np.array(list(hashes), config.hash_config.np_descr).tofile(folder / "datatrove-index/evals.index.hashes")
    return NGramsDecontFilter(str(folder / "datatrove-index"), config), seconds


def datatrove(folder: Path) -> list[int]:
    from datatrove.data import Document

    step, _ = datatrove_filter(_lines(folder / "evals/evals.jsonl"), folder)
    texts = enumerate(_lines(folder / "texts/texts.jsonl"))
    return [k for k, row in texts if step.filter(Document(text=row["text"], id="")) is not True]


def decon(folder: Path) -> list[int]:
    import decon as peer  # type: ignore[import-not-found]

    report = folder / "decon-report"
    config = peer.Config(
        training_dir=str(folder / "texts"), evals_dir=str(folder / "evals"), report_output_dir=str(report)
    )
    config.worker_threads = 1
    peer.detect(config)
    files = [file for file in report.rglob("*.jsonl") if file.is_file()]
    return sorted({row["training_line"] for file in files for row in _lines(file)})


if __name__ == "__main__":
    side, place = sys.argv[1], Path(sys.argv[2])
    flagged = {"grams13": grams13, "datatrove": datatrove, "decon": decon}[side](place)
    (place / f"{side}.json").write_text(json.dumps(flagged))
