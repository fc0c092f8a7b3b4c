"""Gate: token files hold what an independent tokenization gives, in forms that the libraries read.

`make gate NAME=tokens`. Three tokenizers (GPT-NeoX's of `make data`, one of 150,000 ids, one trained here
with byte fallback) over made texts in seven languages, code, emoji, an empty document and one of a
million tokens; the libraries are installed into out/cache/token_peers. Packing of 100,000 lognormal lengths,
and a mix over them. Environment: ONLY, names of sections (readers, packing, mix, held) with commas between
them; `held`, which is run only where it is named, looks at the demo's token files in DEMO (out/demo). That
two workers write the same bytes is tested in tests/pipelines/test_tokens.py, that a flipped byte is named in
test_funnel.py; the gate `reference` kills a run that writes them.
"""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import runs
import sections
import token_held
from faker import Faker
from figures import Figures
from recipe_text import source, stage, step, write
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from winnow.mixing.packing.lengths import chop_windows, fill_windows
from winnow.mixing.tokens import order, pack

OUT = Path("out/gates/tokens").resolve()
PEERS = Path("out/cache/token_peers").resolve()
# Without what they ask for beside: torch, numpy and pyarrow are there, and their pins exclude each other.
CLOUDS = (
    " google-cloud-storage google-api-core google-auth google-cloud-core google-resumable-media google-crc32c"
    " googleapis-common-protos proto-plus boto3 s3transfer"
)
LIBRARIES = {
    "main": "webdataset braceexpand litdata lightning-utilities tifffile obstore megatron-core ai2-olmo-core"
    " cached-path importlib-resources pyasn1 pyasn1-modules bettermap dataclass-extensions cryptography"
    " antlr4-python3-runtime" + CLOUDS,
    "mds": "mosaicml-streaming numpy<2.2 python-snappy cramjam zstd transformers safetensors oci torchvision"
    " paramiko azure-storage-blob azure-core azure-identity azure-storage-file-datalake" + CLOUDS,
}
FORMS = ["arrow", "datatrove", "litdata", "mds", "megatron", "olmo", "parquet", "webdataset"]
LOCALES = ["en_US", "de_DE", "fr_FR", "ru_RU", "ja_JP", "zh_CN", "ar_AA"]
EOS = "<|endoftext|>"


def main() -> None:
    judges: dict[str, Callable[[Figures], None]] = {
        "readers": judge_readers,
        "packing": judge_packing,
        "mix": judge_mix,
        "held": lambda figures: token_held.judge(figures, Path(os.environ.get("DEMO", "out/demo"))),
    }
    wanted, figures = sections.choose(judges, judges.keys() - {"held"}), Figures("tokens")
    for name in wanted:
        judges[name](figures)
    figures.close()


def make_texts(folder: Path) -> list[str]:
    """Texts of all kinds, as JSON lines in files of a few parts."""
    texts = [
        "",
        "👩‍🔬👨‍👩‍👧‍👦 🇩🇪 e\u0301 \u200d\ufeff",
        *(Path(name).read_text() for name in (json.__file__, random.__file__)),
    ]
    for number, locale in enumerate(LOCALES):
        fake = Faker(locale)
        fake.seed_instance(number)
        texts += [fake.text(max_nb_chars=20 + (i * 97) % 6000) for i in range(80)]
    texts.append("".join(f"{i} of them said so.\n" for i in range(140_000)))
    folder.mkdir(parents=True)
    for part in range(4):
        rows = [
            json.dumps({"text": text, "url": None if i % 2 else f"https://a.example/{i}"})
            for i, text in enumerate(texts[part::4])
        ]
        (folder / f"{part}.jsonl").write_text("\n".join(rows) + "\n")
    return texts


def make_tokenizers(folder: Path, texts: list[str]) -> dict[str, Path]:
    """A real one, a large one, and one trained here, as `tokenizer.json`."""
    found = {name: folder / f"{name}.json" for name in ("neox", "large", "trained")}
    shutil.copyfile("data/evals/tokenizer.json", found["neox"])
    large = Tokenizer.from_file(str(found["neox"]))
    words = sorted({word for text in texts[:-1] for word in text.split() if len(word) > 5})
    filler = [f"<filler {i}>" for i in range(150_000 - large.get_vocab_size() - len(words))]
    large.add_tokens([AddedToken(each, normalized=False) for each in [*filler, *words]])
    large.save(str(found["large"]))
    trained = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(), decoders.Fuse()])
    special = ["<unk>", EOS, *(f"<0x{byte:02X}>" for byte in range(256))]
    trained.train_from_iterator(
        texts[4:-1:3], trainers.BpeTrainer(vocab_size=4000, special_tokens=special, show_progress=False)
    )
    trained.save(str(found["trained"]))
    return found


def prepare(name: str, window: int = 512) -> tuple[Path, dict[str, Path], list[str]]:
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    texts = make_texts(folder / "texts")
    tokenizers = make_tokenizers(folder, texts)
    for each, path in tokenizers.items():
        packed = {"window": window, "validation": 0.02, "shard_tokens": 400_000, "formats": FORMS}
        read = step("ingest.jsonl:read", fields={"text": "text", "url": "url"})
        write(
            folder / f"{each}.toml",
            source("texts", folder / "texts/*.jsonl", read, part_bytes=1_000_000),
            stage("read", "texts", "mixing.count:tokens"),
            stage("tokens", "read", use="groups/tokens.toml", tokenizer=path, **packed),
            max_failed=None,
        )
    return folder, tokenizers, texts


def install() -> None:
    for name, libraries in LIBRARIES.items():
        ready = PEERS / name / ".ready"
        if not ready.exists() or ready.read_text() != libraries:
            shutil.rmtree(PEERS / name, ignore_errors=True)
            pip = runs.name_command(
                "install", "--quiet", "--disable-pip-version-check", "--no-deps", module="pip"
            )
            subprocess.run([*pip, "--target", str(PEERS / name), *libraries.split()], check=True)
            ready.write_text(libraries)


def judge_readers(figures: Figures) -> None:
    """Ids and borders against the tokenizer alone; then every form by its library."""
    install()
    folder, tokenizers, _ = prepare("readers")
    for name, path in tokenizers.items():
        runs.finish(
            folder / f"{name}.log", "run", "--workers=1", "--", folder / f"{name}.toml", folder / name
        )
        made = folder / name / "tokens/all"
        documents, wrong = compare(made, folder / name, path)
        figures.add(f"{name}: documents compared", documents, 560)
        figures.add(f"{name}: documents whose ids or borders differ", wrong, 0, most=True)
        manifest = json.loads((made / "tokens.json").read_text())
        info, train = manifest["tokenizer"], manifest["splits"]["train"]
        print(
            f"{name}: {info['dtype']}, {train['tokens']:,} tokens, {info['byte_fallback']:,} of byte fallback"
        )
        figures.add(f"{name}: empty documents left out", manifest["empty_documents"], 1)
        figures.add(f"{name}: longest document in tokens", longest(made), 300_000)
        judge_forms(figures, name, made)


def longest(made: Path) -> int:
    return int(pl.scan_parquet(made / "trace/*.parquet").select(pl.col("tokens").max()).collect().item())


def compare(made: Path, out: Path, path: Path) -> tuple[int, int]:
    """Documents whose pieces are, end to end, the ids that the tokenizer gives, with ends as Parquet says."""
    tokenizer = Tokenizer.from_file(str(path))
    texts = read_documents(out)
    found: dict[str, list[tuple[int, list[int]]]] = {}
    borders_wrong = 0
    for trace in sorted((made / "trace").iterdir()):
        rows = pl.read_parquet(trace)
        table = pl.read_parquet(made / f"parquet/{trace.name}")
        first = int(rows["place"].min() or 0)
        ids, ends = table["input_ids"].to_list(), table["document_ends"].to_list()
        for row in rows.iter_rows(named=True):
            sample, end = row["place"] - first, row["begin"] + row["length"]
            borders_wrong += end not in ends[sample]
            found.setdefault(row["id"], []).append((row["start"], ids[sample][row["begin"] : end]))
    wrong = borders_wrong
    for id_, text in texts.items():
        whole = [each for _, ids in sorted(found.get(id_, [])) for each in ids]
        meant = [*tokenizer.encode(text, add_special_tokens=False).ids, tokenizer.token_to_id(EOS)]
        wrong += whole != (meant if text else [])
    return len(texts), wrong


def read_documents(out: Path) -> dict[str, str]:
    """Every document of the encoded stage's input, by id: read from the JSON lines, found by its order."""
    ids = [
        id_
        for part in sorted((out / "tokens.encoded").glob("part-*/documents.parquet"))
        for id_ in pl.read_parquet(part)["id"]
    ]
    texts = [
        json.loads(line)["text"]
        for file in sorted((out.parent / "texts").glob("*.jsonl"))
        for line in file.read_text().splitlines()
    ]
    assert len(ids) == len(texts)
    return dict(zip(ids, texts, strict=True))


def judge_forms(figures: Figures, name: str, made: Path) -> None:
    """Ids of the first shard by every library, and losses of a small model."""
    flat = np.concatenate(
        [np.asarray(ids) for ids in pl.read_parquet(made / "parquet/train-00000.parquet")["input_ids"]]
    )
    whole = np.concatenate(
        [
            np.asarray(ids)
            for path in sorted((made / "parquet").glob("train-*"))
            for ids in pl.read_parquet(path)["input_ids"]
        ]
    )
    meant = {
        form: hashlib.sha256(
            (whole if form in ("mds", "litdata") else flat).astype(np.int64).tobytes()
        ).hexdigest()
        for form in FORMS
    }
    losses = set()
    for form in FORMS:
        said = read_by_library(made, form)
        figures.add(
            f"{name}: {form}: other ids than meant", float(said.get("ids") != meant[form]), 0, most=True
        )
        figures.add(
            f"{name}: {form}: stopped and gone on, other losses", float(not said.get("resumed")), 0, most=True
        )
        losses.add(said.get("digest"))
    figures.add(f"{name}: different losses over the forms", len(losses), 1, most=True)


def read_by_library(made: Path, form: str) -> dict[str, Any]:
    peers = PEERS / ("mds" if form == "mds" else "main")
    script = Path(__file__).parent / "token_readers.py"
    place = "insert(0, " if form == "mds" else "append("
    start = f"import sys, runpy; sys.path.{place}{str(peers)!r});"
    start += f" sys.argv = [{str(script)!r}, {str(made)!r}, {form!r}];"
    start += f" runpy.run_path({str(script)!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", "-c", start], capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"samples"')]
    if not lines:
        print(f"{form}: {done.stderr[-600:]}", flush=True)
        return {}
    return dict(json.loads(lines[0]))


def judge_packing(figures: Figures) -> None:
    """100,000 lognormal lengths: padding, what is cut, and how long it takes, beside concat-and-chop."""
    lengths = draw_lengths(100_000, 1)
    fill_windows(lengths[:100], 64)
    for window in (4096, 8192, 65536):
        begun = time.process_time()
        best = fill_windows(lengths, window)
        seconds = time.process_time() - begun
        chopped = chop_windows(lengths, window)
        room = int(best.window.max() + 1) * window
        fits = lengths <= window
        cut = {
            name: int((fits & (np.bincount(each.document, minlength=len(lengths)) > 1)).sum())
            for name, each in (("best", best), ("chop", chopped))
        }
        share = 100 * cut["chop"] / fits.sum()
        print(
            f"window {window:,}: {seconds:.3f} CPU-seconds; chopped, {cut['chop']:,} of {fits.sum():,} that"
            f" fit are cut ({share:.1f}%)",
            flush=True,
        )
        figures.add(f"window {window}: padding in %", 100 * (room - lengths.sum()) / room, 0.1, most=True)
        figures.add(f"window {window}: documents cut that fit", cut["best"], 0, most=True)


def draw_lengths(count: int, seed: int) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).lognormal(6.5, 1.2, count), 1, 2**20).astype(np.int64)


MIX = {"web": 0.4, "books": 0.2, "code": 0.2, "maths": 0.08, "forum": 0.12}


def judge_mix(figures: Figures) -> None:
    """A mix over 100,000 documents of five sources: shares over all and in any 1,000 samples; both splits."""
    folder = OUT / "mix"
    shutil.rmtree(folder, ignore_errors=True)
    ids = write_encoded(folder / "part-00000")
    twins = [(ids[i], ids[i + 1]) for i in range(0, 20_000, 2)]
    for name in ("clusters", "packed", "ordered"):
        (folder / name).mkdir()
    pl.DataFrame(twins, schema=["id", "survivor"], orient="row").write_parquet(
        folder / "clusters/ledger.parquet"
    )
    (folder / "weights.json").write_text(json.dumps({"weights": MIX}))
    begun = time.process_time()
    files = sorted((folder / "part-00000").iterdir())
    pack.samples(files, folder / "packed", window=4096, validation=0.02, clusters=folder / "clusters")
    packed = time.process_time()
    files = sorted((folder / "packed").iterdir())
    order.plan(files, folder / "ordered", weights=folder / "weights.json", tokens=100_000_000)
    ordered = time.process_time()
    print(f"packed in {packed - begun:.1f}, ordered in {ordered - packed:.1f} CPU-seconds", flush=True)
    table = pl.concat(map(pl.read_parquet, sorted((folder / "ordered").glob("bucket=train*"))))
    judge_shares(figures, "", table, MIX)
    judge_phases(figures, files, folder)
    long = int((draw_lengths(100_000, 2) > 4096 * 1000 * 0.005).sum())
    print(f"documents over .5% of 1,000 samples: {long:,}; none of them was excepted", flush=True)
    sides = [
        {ids[row] for row in pl.read_parquet(folder / f"packed/{split}.parquet")["row"]}
        for split in pack.SPLITS
    ]
    both = sum((a in sides[0]) != (b in sides[0]) for a, b in twins)
    figures.add("documents on both sides of the split", len(sides[0] & sides[1]), 0, most=True)
    figures.add("near duplicates on both sides", both, 0, most=True)
    print(f"held out: {len(sides[1]):,} of {len(ids):,} documents", flush=True)


def write_encoded(part: Path) -> list[str]:
    """What `mixing.tokens.encoder:encode` says of 100,000 documents, without ids; the documents' names."""
    part.mkdir(parents=True)
    lengths, random_ = draw_lengths(100_000, 2), np.random.default_rng(3)
    ids = [hashlib.blake2b(str(i).encode(), digest_size=16).hexdigest() for i in range(len(lengths))]
    table = {
        "id": ids,
        "source": random_.choice(list(MIX), len(lengths), p=[0.6, 0.1, 0.15, 0.05, 0.1]),
        "language": "en",
        "draw": pl.Series(random_.integers(0, 2**63, len(lengths))).cast(pl.UInt64),
        "repeats": pl.Series(np.ones(len(lengths), np.int64)),
        "start": np.cumsum(lengths) - lengths,
        "tokens": lengths,
    }
    pl.DataFrame(table).write_parquet(part / "documents.parquet")
    special = {"bos": -1, "eos": 0, "pad": 0, "failed": 0, "newlines": {}, "documents": len(ids)}
    about = {"tokenizer": "none", "digest": "", "size": 50000, "dtype": "uint16", **special}
    (part / "encoding.json").write_text(json.dumps(about))
    return ids


def judge_phases(figures: Figures, files: list[Path], folder: Path) -> None:
    """Two phases with budgets and mixes of their own."""
    phases = [
        {"name": "main", "tokens": 80_000_000, "weights": MIX},
        {"name": "end", "tokens": 20_000_000, "weights": {"books": 0.5, "code": 0.25, "maths": 0.25}},
    ]
    (folder / "phases.json").write_text(json.dumps({"phases": phases}))
    (folder / "phases").mkdir()
    order.plan(files, folder / "phases", weights=folder / "phases.json")
    for phase in phases:
        name = phase["name"]
        table = pl.concat(map(pl.read_parquet, sorted((folder / "phases").glob(f"bucket={name}*"))))
        table = table.with_columns(pl.col("place") - pl.col("place").min())
        judge_shares(figures, f"phase {name}: ", table, phase["weights"])
        off = abs(int(table["length"].cast(pl.Int64).sum()) / phase["tokens"] - 1)
        figures.add(f"phase {name}: tokens beside its budget, in %", 100 * off, 0.1, most=True)


def judge_shares(figures: Figures, where: str, table: pl.DataFrame, mix: dict[str, float]) -> None:
    names = sorted({*mix, *table["source"].cast(pl.String).unique()})
    grid = table.group_by("place", pl.col("source").cast(pl.String)).agg(pl.col("length").sum())
    counts = np.zeros((int(table["place"].max() or 0) + 1, len(names)))
    number = grid["source"].replace_strict({name: i for i, name in enumerate(names)}, return_dtype=pl.Int64)
    counts[grid["place"].to_numpy(), number.to_numpy()] = grid["length"].to_numpy()
    aims = np.array([mix.get(name, 0.0) for name in names])
    off = abs(counts.sum(0) / counts.sum() - aims).max()
    figures.add(f"{where}shares over all: furthest from the mix, in points", 100 * off, 0.1, most=True)
    sums = np.concatenate([np.zeros((1, len(names))), np.cumsum(counts, 0)])
    local = sums[1000:] - sums[:-1000]
    off = abs(local / local.sum(1, keepdims=True) - aims).max()
    said = f"{where}shares in any 1,000 samples: furthest from the mix, in points"
    figures.add(said, 100 * off, 1, most=True)


if __name__ == "__main__":
    main()
