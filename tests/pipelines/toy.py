"""Small steps with which the engine is tested: they do what text files tell them to."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import aiohttp
import polars as pl

TELLS = {"files": {"mix": "weights.json", "shards": "manifest.json"}}
RULES = (("toy.too_short", "toy_words", "min_words"), ("toy.too_loud", "toy_marks", "max_marks"))


def read(uri: str, *, batch: int = 3) -> Iterator[pl.DataFrame]:
    """A line a document; lines that begin with DROP or FAIL are dropped or failed, RAISE ends the reading."""
    lines = Path(uri).read_text().splitlines()
    for start in range(0, len(lines), batch):
        rows = [
            {
                "text": None if line.startswith("FAIL") else line,
                "drop_reason": "toy.told_to" if line.startswith("DROP") else None,
                "error": line if line.startswith("FAIL") else None,
                "key": f"line {start + i + 1}",
            }
            for i, line in enumerate(lines[start : start + batch])
        ]
        if any(line == "RAISE" for line in lines[start : start + batch]):
            raise ValueError("this file says RAISE")
        yield pl.DataFrame(rows, schema=dict.fromkeys(("text", "drop_reason", "error", "key"), pl.String))


def deadly(uri: str, *, folder: str = "", batch: int = 1) -> Iterator[pl.DataFrame]:
    """A line a document; KILL kills the process (only the first time, given a `folder`), SPIN goes in
    circles, LOST ends the reading with an error that says how many bytes were read."""
    at = 0
    for line in Path(uri).read_text().splitlines(keepends=True):
        mark = Path(folder) / "killed"
        if line.startswith("KILL") and not (folder and mark.exists()):
            if folder:
                mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if line.startswith("SPIN"):
            re.match("(a+)+$", "a" * 60 + "b")
        if line.startswith("LOST"):
            error = ValueError("it goes no further")
            error.bytes_read = at  # type: ignore[attr-defined]
            raise error
        at += len(line)
        yield pl.DataFrame({"text": [line.strip()]})


def records(uri: str, *, batch: int = 3, start: int = 0, stop: int | None = None) -> Iterator[pl.DataFrame]:
    """A line a document, of the lines that begin in a range of bytes; what begins with `BAD` is no file."""
    data = Path(uri).read_bytes()
    if data.startswith(b"BAD"):
        raise ValueError("this file is bad")
    at = data.find(b"\n", start - 1) + 1 if start else 0
    rows = []
    while at < len(data) and (at or not start) and (stop is None or at < stop):
        end = (data.find(b"\n", at) + 1) or len(data)
        rows.append({"text": data[at:end].decode().strip(), "key": f"byte {at}", "place": at})
        at = end
    for first in range(0, len(rows), batch):
        yield pl.DataFrame(rows[first : first + batch])


def hang_up(uri: str, *, while_there: str) -> Iterator[pl.DataFrame]:
    """A document per line, of which a store gives the first while a file is there."""
    lines = Path(uri).read_text().splitlines()
    if Path(while_there).exists():
        yield pl.DataFrame({"text": lines[:1]})
        raise aiohttp.ClientPayloadError("cut")
    yield pl.DataFrame({"text": lines})


def can_split(name: str) -> bool:
    """Whether `records` can read a range of a file."""
    return name.endswith((".txt", ".s"))


def shout(docs: pl.DataFrame, *, seconds: float = 0.0) -> pl.DataFrame:
    """Upper case; raises on poison, kills its process on killer."""
    time.sleep(seconds)
    if docs["text"].str.contains("poison").any():
        raise ValueError("poison in the text")
    if docs["text"].str.contains("killer").any():
        os.kill(os.getpid(), signal.SIGKILL)
    return docs.with_columns(pl.col("text").str.to_uppercase())


def fickle(docs: pl.DataFrame, *, folder: str, kills: str) -> pl.DataFrame:
    """On its first calls kills its process (s) or the parent of that (p), a letter a call."""
    number = len(list(Path(folder).iterdir()))
    if len(docs) and number < len(kills):
        (Path(folder) / str(number)).touch()
        os.kill(os.getpid() if kills[number] == "s" else os.getppid(), signal.SIGKILL)
    return docs


def stick(docs: pl.DataFrame, *, folder: str) -> pl.DataFrame:
    """The first process that meets the text STICK is stuck with it."""
    mark = Path(folder) / "stuck"
    if docs.height and docs["text"].str.contains("STICK").any() and not mark.exists():
        mark.touch()
        time.sleep(300)
    return docs


def panic(docs: pl.DataFrame) -> pl.DataFrame:
    """Panics, as a library in Rust does, on what says panic."""
    if docs["text"].str.contains("panic").any():
        raise pl.exceptions.PanicException("it was none")
    return docs


def panic_reading(uri: str) -> Iterator[pl.DataFrame]:
    """Panics behind its first record."""
    yield pl.DataFrame({"text": ["one"]})
    raise pl.exceptions.PanicException("it was none")


def panic_all(files: Sequence[Path], out: Path) -> None:
    """Panics over files."""
    raise pl.exceptions.PanicException("it was none")


def spin(docs: pl.DataFrame) -> pl.DataFrame:
    """Goes in circles, and holds the interpreter, on what says spin."""
    if docs["text"].str.contains("spin").any():
        re.match("(a+)+$", "a" * 60 + "b")
    return docs


def short(docs: pl.DataFrame, *, min_words: int = 2) -> pl.DataFrame:
    """Drops what has too few words."""
    words = pl.col("text").str.split(" ").list.len().cast(pl.Int32)
    return docs.with_columns(
        words.alias("toy_words"),
        pl.when(words < min_words).then(pl.lit("toy.too_short")).alias("drop_reason"),
    )


def first(docs: pl.DataFrame) -> pl.DataFrame:
    """Cuts each text that says CUT off there."""
    return docs.with_columns(text=pl.col("text").str.replace(r" CUT\b.*", ""))


def grade(docs: pl.DataFrame) -> pl.DataFrame:
    """A score, the number behind `grade`, and a kind, the first word of the text: none where it is odd."""
    kind = pl.col("text").str.extract(r"^(\w+)").alias("toy_kind")
    score = pl.col("text").str.extract(r"grade (\S+)").cast(pl.Float32)
    return docs.with_columns(
        pl.when(kind != "odd").then(kind).alias("toy_kind"), score.alias("score_quality")
    )


def unmark(docs: pl.DataFrame) -> pl.DataFrame:
    """Takes lines out that begin with MARK; those that begin with TURN begin with TURNED then."""
    text = pl.col("text").str.replace_all(r"(?m)^MARK.*\n", "").str.replace_all(r"(?m)^TURN\b", "TURNED")
    return docs.with_columns(text)


def lose(docs: pl.DataFrame) -> pl.DataFrame:
    """Breaks the contract."""
    return docs[:-1]


def total(files: Sequence[Path], out: Path, *, extra: Path | None = None) -> None:
    """How many documents there are."""
    rows = sum(pl.read_parquet(file).height for file in files)
    (out / "total.txt").write_text(f"{rows} {extra.name if extra else ''}")


def weigh(files: Sequence[Path], out: Path) -> None:
    """Weights of all that came, in a form of its own."""
    (out / "weights.bin").write_bytes(b"".join(file.read_bytes()[:8] for file in files))


def copy(files: Sequence[Path], out: Path, *, read: Callable[..., Iterator[pl.DataFrame]]) -> None:
    """All texts, one a line."""
    texts = [text for file in files for batch in read(file, ["text"]) for text in batch["text"]]
    (out / "texts.txt").write_text("\n".join(texts))


def split(files: Sequence[Path], out: Path) -> None:
    """Ids by their first letter's parity, for groups by bucket."""
    ids = pl.concat([pl.read_parquet(file, columns=["id"]) for file in files])
    for value, group in ids.group_by(
        pl.col("id").str.slice(0, 1).str.contains("[02468ace]"), maintain_order=True
    ):
        group.write_parquet(out / f"bucket={int(bool(value[0]))}.parquet")


def full(files: Sequence[Path], out: Path) -> None:
    """As if the disk were full."""
    raise OSError(28, "No space left on device")


def hoard(docs: pl.DataFrame) -> pl.DataFrame:
    """Opens 300 files at once where there are documents, and gives them back."""
    with ExitStack() as opened:
        for _ in range(300 * bool(len(docs))):
            opened.enter_context(Path(os.devnull).open())
    return docs


def quiet(docs: pl.DataFrame, *, max_marks: int = 1) -> pl.DataFrame:
    """Drops what has too many exclamation marks; takes the text of what says so away; raises on poison."""
    if docs["text"].str.contains("(?i)poison").any():
        raise ValueError("poison in the text")
    marks = docs["text"].str.count_matches("!", literal=True).cast(pl.Int64)
    loud = pl.when(marks > max_marks).then(pl.lit("toy.too_loud"))
    return docs.with_columns(
        marks.alias("toy_marks"),
        loud.alias("drop_reason"),
        text=pl.when(pl.col("text").str.contains("(?i)erase")).then(None).otherwise("text"),
    )


def ends(docs: pl.DataFrame) -> pl.DataFrame:
    """Cuts each text to its last word; drops what ends in a number."""
    last = pl.col("text").str.split(" ").list.last()
    number = pl.when(last.str.contains(r"^\d+$")).then(pl.lit("toy.number"))
    return docs.with_columns(number.alias("drop_reason"), text=last)


def lacking(docs: pl.DataFrame) -> pl.DataFrame:
    """Needs a package that is not installed, and says so as late as it can."""
    import a_package_that_nobody_has

    return a_package_that_nobody_has.tidy(docs)


def lacking_some(docs: pl.DataFrame) -> pl.DataFrame:
    """The same, where there are documents."""
    return lacking(docs) if len(docs) else docs


def litter(files: Sequence[Path], out: Path) -> None:
    """Writes something, and leaves in the stage's folder what a worker that died would."""
    folder = out.parent.parent / ".part-00000.parquet.dead.tmp"
    folder.mkdir()
    (folder / "half").write_text("half")
    (out / "texts.txt").write_text("whole")


def modes(files: Sequence[Path], out: Path) -> None:
    """Who may look into the folder that this one stands in."""
    (out / "modes.txt").write_text(oct(out.parent.stat().st_mode & 0o777))


def name_list(docs: pl.DataFrame, *, names: Path, last: Path | None = None) -> pl.DataFrame:
    """Loads a list on no documents too; dies of one that says so, as a library in C does."""
    text = names.read_text()
    if "killer" in text:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "column" in text:
        docs.select("only_the_stage_has_it")
    return docs


def broken(files: Sequence[Path], out: Path) -> None:
    """Has a fault of its own."""
    raise KeyError("no such thing")


def leave(files: Sequence[Path], out: Path) -> None:
    """Ends the process as a script would."""
    raise SystemExit(1)


def leave_out(docs: pl.DataFrame, *, pattern: str) -> pl.DataFrame:
    """Drop documents whose file is called so."""
    return docs.with_columns(
        drop_reason=pl.when(pl.col("uri").str.contains(pattern)).then(pl.lit("toy.left_out"))
    )


def cut(docs: pl.DataFrame, *, pattern: str) -> pl.DataFrame:
    """Take all that matches out of the texts."""
    return docs.with_columns(pl.col("text").str.replace_all(pattern, ""))


def take(files: Sequence[Path], out: Path) -> None:
    """The same files again."""
    for file in files:
        (out / file.name).write_bytes(file.read_bytes())


def propose(files: Sequence[Path], out: Path) -> Annotated[None, "mix"]:
    """Files by mix, where there are any: there is none."""
    (out / "why.txt").write_text("nothing to propose\n")


def twice(docs: pl.DataFrame) -> Annotated[pl.DataFrame, "repeats"]:
    """Sets `repeats`: a text of German twice, one of number 3 never."""
    never = pl.col("text").str.contains("number 3 was", literal=True)
    twice = pl.col("text").str.starts_with("Der")
    return docs.with_columns(repeats=pl.when(never).then(0).when(twice).then(2).otherwise(1).cast(pl.Int32))
