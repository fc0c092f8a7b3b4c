"""One form of token files by its own library: `python token_readers.py FOLDER FORM`, for the gate `tokens`.

Runs the lines that the card gives, then reads every sample of that shard and trains a small model on the
first ids of the first 200, once through and once stopped at half, where the loader is opened anew. Prints
JSON: samples, digests of ids and losses.
"""

import hashlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

STEPS, STOP, TOKENS, WIDTH = 200, 100, 24, 8


def main() -> None:
    folder, form = sys.argv[1:]
    os.chdir(folder)
    card = Path("README.md").read_text()
    code = re.search(rf"## {form}\n\n```python\n(.*?)```", card, re.DOTALL)
    assert code, f"the card says nothing of {form}"
    names: dict[str, Any] = {}
    exec(code[1], names)
    samples = [np.asarray(each).astype(np.int64) for each in read_all(names["dataset"], form)]
    assert np.array_equal(np.asarray(names["sample"]).astype(np.int64), samples[0])
    whole = hashlib.sha256(np.concatenate(samples).tobytes()).hexdigest()
    said = {"samples": len(samples), "ids": whole}
    size = int(json.loads(Path("tokens.json").read_text())["tokenizer"]["size"])
    again: dict[str, Any] = {}
    exec(code[1], again)  # a process that goes on opens its loader anew, and reads from where it stopped
    rest = [np.asarray(each).astype(np.int64) for each in read_all(again["dataset"], form)[STOP:]]
    once, resumed = train(samples, size), train([*samples[:STOP], *rest], size, stop=True)
    print(json.dumps({**said, "losses": once[-1], "digest": digest(once), "resumed": once == resumed}))


def read_all(dataset: Any, form: str) -> list[Any]:
    """Every sample, as the library gives it."""
    if form == "webdataset":
        return [row["ids.npy"] for row in dataset]
    rows = (dataset[number] for number in range(len(dataset)))
    return [row["input_ids"] if isinstance(row, dict) else np.array(row) for row in rows]


def train(samples: list[np.ndarray], size: int, *, stop: bool = False) -> list[float]:
    """Losses of a model that guesses the next id by the last one; `stop` goes on from a saved state."""
    import torch

    torch.manual_seed(1)
    torch.set_num_threads(1)

    def make() -> tuple[Any, Any]:
        model = torch.nn.Sequential(torch.nn.Embedding(size, WIDTH), torch.nn.Linear(WIDTH, size))
        return model, torch.optim.SGD(model.parameters(), 0.5)

    model, optimizer = make()
    losses = []
    for step in range(min(STEPS, len(samples))):
        if stop and step == STOP:
            state = model.state_dict(), optimizer.state_dict()
            model, optimizer = make()
            model.load_state_dict(state[0])
            optimizer.load_state_dict(state[1])
        ids = torch.from_numpy(samples[step][:TOKENS])
        loss = torch.nn.functional.cross_entropy(model(ids[:-1]), ids[1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def digest(losses: list[float]) -> str:
    return hashlib.sha256(json.dumps(losses).encode()).hexdigest()


if __name__ == "__main__":
    main()
