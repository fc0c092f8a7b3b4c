"""The columns of a document, and how a batch is brought to them.

The names are those that readers of FineWeb and Dolma shards know. Columns beyond these are signals:
the numbers that steps decide by, named `<module>_<signal>`.
"""

import hashlib
from collections.abc import Mapping

import polars as pl

from winnow.pipelines.screen.redact import MAY_HOLD, redact, redact_text

_USER = r"^((?:[A-Za-z][A-Za-z0-9+.-]*:)?//)[^/?#]*@"
_ADDRESSES = ("url", "key", "license", "metadata")

Columns = dict[str, pl.DataType]
DOCUMENT: Columns = {
    "id": pl.String(),
    "source": pl.String(),
    "uri": pl.String(),
    "key": pl.String(),
    "url": pl.String(),
    "date": pl.String(),
    "text": pl.String(),
    "language": pl.String(),
    "language_score": pl.Float32(),
    "license": pl.String(),
    "author": pl.String(),
    "thread": pl.String(),
    "token_count": pl.Int64(),
    "metadata": pl.String(),
    "digest": pl.String(),
}
COPY: Columns = {"parent_id": pl.String(), "parent_source": pl.String()}  # what of a document is a copy
SURVIVOR = ("survivor", "similarity", "containment", "method", "cluster")
"""What a row that was dropped as a duplicate says, each behind `dedup_`, whatever step dropped it."""
DECLARED = (
    "canonical_url",
    "license_evidence",
)  # what a document's source says of it, where a reader finds it
TEXTS = {"parent_text"}  # beside `text`: no ledger keeps them
FATE = ("drop_reason", "error")
TAKEN = "takedowns."  # how the reasons begin for which documents went by a list of take-downs
WORK = "_work"  # what a step did for a row and how long: of its receipt, and no document's

FAILED: dict[str, pl.DataType] = {
    name: pl.String() for name in ("id", "source", "uri", "key", "step", "error", "digest")
}
_DROPPED_FIRST = {
    "id": pl.String(),
    "source": pl.String(),
    "uri": pl.String(),
    "key": pl.String(),
    "url": pl.String(),
    "step": pl.String(),
    "reason": pl.String(),
    "text_bytes": pl.Int64(),
    "token_count": pl.Int64(),
    "language": pl.String(),
    "language_score": pl.Float32(),
    "digest": pl.String(),
}
# Of documents dropped in a replayable stage: each step's own reason, and what a later step raised.
_REPLAY: dict[str, pl.DataType] = {"verdicts": pl.List(pl.String()), "error": pl.String()}


class ContractError(Exception):
    """A step broke its promise (rows lost, reordered, columns missing): the code is wrong, not the input."""


def document_id(source: str, uri: str, place: int) -> str:
    """128 bits in hex from where a document stands, not from its text."""
    return hashlib.blake2b(f"{source}\0{uri}\0{place}".encode(), digest_size=16).hexdigest()


def digest_text(text: str | bytes) -> str:
    """The first 16 hex digits of its SHA-256: by it two runs know a document whose place changed."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()[:16]


def from_reader(frame: pl.DataFrame, source: str, uri: str, first: int) -> pl.DataFrame:
    """A batch of a source step, completed to the document columns.

    Ids are made from the column `place`, which is taken off (so is `_work`); without it rows are counted,
    from `first`. `digest` is that of the text as it came, where there is any.
    A row without text, reason and error is given an error: it must not vanish. Who may read a URL, and with
    what password or signature, is taken off, wherever it stands but in the text. Raises ContractError where
    two rows are given one place.
    """
    places = frame["place"].to_list() if "place" in frame.columns else range(first, first + frame.height)
    if len(set(places)) < frame.height or None in places:
        raise ContractError(f"the reader of {uri} gave two rows one place, or a row none")
    ids = [document_id(source, uri, place) for place in places]
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in FATE if name not in frame.columns]
    frame = frame.with_columns(
        *missing,
        pl.Series("id", ids, dtype=pl.String),
        pl.lit(source).alias("source"),
        pl.lit(uri).alias("uri"),
    )
    frame = _redact(leave_out(frame, "place", WORK))
    silent = pl.col("text").is_null() & pl.col("drop_reason").is_null() & pl.col("error").is_null()
    frame = complete(frame)
    digests = [digest_text(text) if text else None for text in frame["text"].cast(pl.Binary)]
    return frame.with_columns(
        pl.Series("digest", digests, dtype=pl.String),
        pl.when(silent).then(pl.lit("the reader gave no text")).otherwise(pl.col("error")).alias("error"),
    )


def copy(frame: pl.DataFrame, stage: str, source: str) -> pl.DataFrame:
    """Copies of documents that a stage makes: new documents of `source`, in which `{source}` is that of the
    document copied, with ids of their own and the columns `COPY`."""
    ids = [document_id(stage, parent, 0) for parent in frame["id"]]
    digests = [digest_text(f"{stage}\0{one}") if one else None for one in frame["digest"]]
    pieces = source.split("{source}")
    named = [each for piece in pieces[1:] for each in (pl.col("source"), pl.lit(piece))]
    return frame.with_columns(
        id=pl.Series(ids, dtype=pl.String),
        digest=pl.Series(digests, dtype=pl.String),
        source=pl.concat_str(pl.lit(pieces[0]), *named),
        parent_id="id",
        parent_source="source",
    )


def _redact(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a reader, their addresses without users and signatures."""
    names = [name for name in (*_ADDRESSES, *FATE) if frame.schema.get(name) == pl.String]
    if "url" in names:
        frame = frame.with_columns(pl.col("url").str.replace(_USER, "$1"))
    suspect = frame.select(pl.col(names).str.contains(MAY_HOLD).any())
    for name in names:
        if suspect[name].item():
            clean = redact if name == "url" else redact_text
            found = frame[name].str.contains(MAY_HOLD).fill_null(False).arg_true()
            fresh = [clean(text) for text in frame[name].gather(found)]
            frame = frame.with_columns(frame[name].scatter(found, fresh))
    return frame


def leave_out(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The frame without these columns: `drop` plans and collects a query, as a batch does dozens of times."""
    return frame[[name for name in frame.columns if name not in names]]


def complete(frame: pl.DataFrame) -> pl.DataFrame:
    """All document columns, in order and typed, then the signals; a column of nulls alone becomes String."""
    first = list(frame.schema.items())[: len(DOCUMENT)]
    if first == list(DOCUMENT.items()) and pl.Null not in frame.dtypes:
        return frame  # a batch has dozens of such calls, and each of polars' own costs a tenth of a ms
    columns = [
        (pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype=dtype)).alias(name)
        for name, dtype in DOCUMENT.items()
    ]
    rest = [
        pl.col(name).cast(pl.String) if dtype == pl.Null else pl.col(name)
        for name, dtype in frame.schema.items()
        if name not in DOCUMENT
    ]
    return frame.select(*columns, *rest)


def signals(columns: Mapping[str, pl.DataType]) -> Columns:
    """The columns beyond the document's that a ledger keeps: numbers, truths and short strings."""
    return {
        name: dtype
        for name, dtype in columns.items()
        if name not in DOCUMENT
        and name not in FATE
        and name not in TEXTS
        and (dtype.is_numeric() or dtype in (pl.Boolean, pl.String))
    }


def to_dropped(frame: pl.DataFrame, step: str) -> pl.DataFrame:
    """The ledger's rows of dropped documents: who, why, and the numbers behind it; no text.

    Of what was taken down it keeps neither id nor address, nor any other word.
    """
    rows = frame.select(
        *(pl.col(name) for name in ("id", "source", "uri", "key", "url")),
        pl.lit(step).alias("step"),
        pl.col("drop_reason").alias("reason"),
        pl.col("text").str.len_bytes().fill_null(0).cast(pl.Int64).alias("text_bytes"),
        *(pl.col(name) for name in ("token_count", "language", "language_score", "digest")),
        *(pl.col(name) for name in _REPLAY if name in frame.columns),
        *(pl.col(name) for name in signals(frame.schema)),
    )
    taken = rows["reason"].str.starts_with(TAKEN)
    return _unname(rows, taken) if taken.any() else rows


def _unname(rows: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """Rows of which the `taken` tell nobody whom they are of."""
    kept = ("source", "step", "reason", "language")
    words = [name for name, dtype in rows.schema.items() if dtype == pl.String and name not in kept]
    ids = [hide(one) if gone else one for one, gone in zip(rows["id"], taken, strict=True)]
    blank = [pl.when(~taken).then(name).alias(name) for name in words if name != "id"]
    return rows.with_columns(pl.Series("id", ids, dtype=pl.String), *blank)


def hide(identity: str) -> str:
    """A digest that stands for the id of a document that was taken down."""
    return hashlib.blake2b(f"id\0{identity}".encode(), digest_size=16).hexdigest()


def to_failed(frame: pl.DataFrame, step: str, error: str | None = None) -> pl.DataFrame:
    """The ledger's rows of what failed; `error` for all rows, or the column `error`."""
    message = pl.col("error") if error is None else pl.lit(error)
    return frame.select(
        *(pl.col(name) for name in ("id", "source", "uri", "key")),
        pl.lit(step).alias("step"),
        message.cast(pl.String).alias("error"),
        pl.col("digest"),
    )


def dropped_columns(columns: Columns, *, replayable: bool) -> Columns:
    """The columns of a stage's ledger of dropped documents; where it is replayable with verdicts."""
    return _DROPPED_FIRST | (_REPLAY if replayable else {}) | signals(columns)
