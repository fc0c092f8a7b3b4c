"""datatrove's classifier filter on a file of documents, one core: run by `.venv-bench`.

`peers_judgement.py MODEL DOCS OUT`: a fastText model whose label 1 is good, Parquet with `text`. Writes OUT:
CPU-seconds, loading apart, and how many documents were kept at a threshold of .5.
"""

import json
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq


def main() -> None:
    """Judge every document as datatrove's pipeline would, without its reading and writing."""
    from datatrove.data import Document
    from datatrove.pipeline.filters import FastTextClassifierFilter

    model, docs, out = sys.argv[1:]
    texts = pq.read_table(docs, columns=["text"])["text"].to_pylist()
    rule = FastTextClassifierFilter(model, keep_labels=[("1", 0.5)], newline_replacement=" ")
    documents = [Document(text=text, id=str(number)) for number, text in enumerate(texts)]
    rule.filter(documents[0])
    begun = time.process_time()
    kept = sum(rule.filter(document) is True for document in documents)
    Path(out).write_text(json.dumps({"seconds": time.process_time() - begun, "kept": kept}))


if __name__ == "__main__":
    main()
