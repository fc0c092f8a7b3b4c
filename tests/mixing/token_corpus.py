"""A small corpus and a tokenizer trained on it, and the steps that end in token files run over them."""

import hashlib
import random
from pathlib import Path

import polars as pl
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from winnow.mixing.tokens import encoder, order, pack, writer
from winnow.pipelines.engine.disk.documents import read_batches

TEXT = "the river ran on to the sea and über naïve 日本語 говорит 👩‍🔬 def f(x): return x\n"
WORDS = TEXT.split(" ")
EOS = "<|endoftext|>"


def make_tokenizer(path: Path, *, special: list[str] = [EOS], size: int = 400) -> Path:  # noqa: B006
    """A byte-level BPE, as GPT-2's."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=special,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator([" ".join(WORDS) * 3], trainer)
    tokenizer.save(str(path))
    return path


def name(place: str) -> str:
    return hashlib.blake2b(place.encode(), digest_size=16).hexdigest()


def write_parts(folder: Path, parts: int = 3, rows: int = 60, repeats: bool = False) -> list[Path]:
    """Parts of documents of three sources; one empty, one much longer than the others."""
    rng = random.Random(5)
    files = []
    for part in range(parts):
        texts = [" ".join(rng.choices(WORDS, k=int(rng.lognormvariate(3, 1)) + 1)) for _ in range(rows)]
        texts[0], texts[1] = "", " ".join(rng.choices(WORDS, k=2000))
        sources = [("web", "books", "code")[i % 3] for i in range(rows)]
        frame = pl.DataFrame(
            {
                "id": [name(f"{part} {i}") for i in range(rows)],
                "source": sources,
                "text": texts,
                "language": [None if i % 5 == 0 else "en" for i in range(rows)],
            }
        )
        if repeats:
            frame = frame.with_columns(repeats=pl.Series([1 + i % 2 for i in range(rows)], dtype=pl.Int32))
        files.append(folder / f"part-{part:05d}.parquet")
        frame.write_parquet(files[-1], row_group_size=25)
    return files


def list_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def run(folder: Path, files: list[Path], tokenizer: Path, *, encode=None, packed=None, plan=None, write=None):
    """All steps, each into a folder of its own below `folder`; the last one's."""
    for file in files:
        out = folder / "encoded" / file.stem
        out.mkdir(parents=True)
        encoder.encode([file], out, read=read_batches, tokenizer=tokenizer, **(encode or {}))
    for step in ("packed", "ordered", "files"):
        (folder / step).mkdir()
    encoded = folder / "encoded"
    pack.samples(list_files(encoded), folder / "packed", **{"window": 64, **(packed or {})})
    order.plan(list_files(folder / "packed"), folder / "ordered", **{"shard_tokens": 4000, **(plan or {})})
    for bucket in sorted((folder / "ordered").glob("bucket=*.parquet")):
        out = folder / "written" / bucket.stem
        out.mkdir(parents=True)
        writer.write([bucket], out, encoded=encoded, **(write or {}))
    writer.finish(
        [*list_files(folder / "written"), *files],
        folder / "files",
        read=read_batches,
        order=folder / "ordered",
        tokenizer=tokenizer,
    )
    return folder / "files"
