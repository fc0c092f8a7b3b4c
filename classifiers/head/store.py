"""Heads on disk: `head.json` (what it is), `head.npz` (its numbers) and, with fastText, `head.bin`.

Beside its numbers a head keeps what its signals said of one sample text: where they say other things now, the
code of a signal has changed since, and the head is refused.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from winnow import fasttext_model
from winnow.classifiers.head import features
from winnow.classifiers.head.stack import Head
from winnow.files import DAMAGED, cache_by_stamp

SAMPLE = (
    "# A sample\n\nDr. Jones's report (1999) said: \"It isn't over!\" Was it? We've 3,000 more of them...\n"
    "- one item;\n- another\n\n\tif (x <= 10) { return y[0] + 1; }\n| a | b |\nÜber 40 Wörter.\nNAME: so"
)


def save(head: Head, out: Path, told: dict[str, Any]) -> None:
    """Write a head into the folder `out`; `told` is what its user wants kept beside it."""
    arrays = {"weights": head.weights, "start": head.start}
    for name, member in head.members.items():
        if name == "fasttext":
            member["model"].save_model(str(out / "head.bin"))
            continue
        arrays |= {f"{name}.{part}": values for part, values in member.items()}
        if name == "ngrams":
            used = np.flatnonzero(np.abs(member["weights"]).max(axis=1))
            arrays["ngrams.weights"], arrays["ngrams.columns"] = (
                _thin(member["weights"][used]),
                used.astype(np.int32),
            )
    about = {
        "classes": head.classes,
        "layout": head.layout,
        "bits": head.bits,
        "members": list(head.members),
        "signals": features.list_signals(head.layout),
        "sample": _read_sample(head),
        "trained": head.told,
        **told,
    }
    np.savez_compressed(out / "head.npz", **arrays)  # type: ignore[arg-type]
    text = json.dumps(about, indent=1, ensure_ascii=False)
    (out / "head.json").write_text(text + "\n", encoding="utf-8")


@cache_by_stamp(32)
def load(folder: Path) -> Head:
    """The head in a folder.

    Errors: ValueError where there is none, where it is damaged, or where its signals have changed since.
    """
    try:
        about = json.loads((folder / "head.json").read_text(encoding="utf-8"))
        with np.load(folder / "head.npz") as file:
            arrays = {name: file[name] for name in file.files}
        members = {name: _take_member(name, arrays, about, folder) for name in about["members"]}
        shape = tuple(about["classes"]), about["layout"], about["bits"]
        head = Head(*shape, members, arrays["weights"], arrays["start"], about["trained"])
        changed = _find_changed(head, about["sample"], about["signals"])
    except DAMAGED as error:
        raise ValueError(f"{folder} holds no head, or a damaged one ({error}): train it again") from None
    if changed:
        raise ValueError(f"{folder} was trained with other signals ({', '.join(changed)}): train it again")
    return head


def read_told(folder: Path) -> dict[str, Any]:
    """What `head.json` says."""
    found: dict[str, Any] = json.loads((folder / "head.json").read_text(encoding="utf-8"))
    return found


def _thin(values: np.ndarray) -> np.ndarray:
    """In 16 bits: a weight is no surer than that."""
    return values.astype(np.float16)


def _take_member(
    name: str, arrays: dict[str, np.ndarray], about: dict[str, Any], folder: Path
) -> dict[str, Any]:
    if name == "fasttext":
        model = fasttext_model.load(folder / "head.bin")
        return {"model": model, "classes": np.array(len(about["classes"]))}
    own = {key.partition(".")[2]: values for key, values in arrays.items() if key.startswith(f"{name}.")}
    if name == "ngrams":
        weights = np.zeros((2 ** about["bits"], own["weights"].shape[1]), np.float32)
        weights[own.pop("columns")] = own["weights"]
        own["weights"] = weights
    return own


def _read_sample(head: Head) -> dict[str, Any]:
    found = features.read(pl.Series([SAMPLE]), tuple(head.members), head.layout, head.bits)
    return {
        "shape": None if found.shape is None else found.shape[0].round(6).tolist(),
        "ngrams": None if found.ngrams is None else sorted(found.ngrams.indices.tolist()),
        "fasttext": found.fasttext,
    }


def _find_changed(head: Head, then: dict[str, Any], signals: list[str]) -> list[str]:
    """What says other things of the sample than it did when the head was trained."""
    now = _read_sample(head)
    names = features.list_signals(head.layout)
    changed = [part for part in ("ngrams", "fasttext") if now[part] != then[part]]
    if list(names) != signals:
        changed += sorted(set(names) ^ set(signals)) or ["the order of the signals"]
    elif now["shape"] is not None:
        same = np.isclose(now["shape"], then["shape"], rtol=1e-4, atol=1e-5)
        changed += [name for name, equal in zip(names, same, strict=True) if not equal]
    return changed
