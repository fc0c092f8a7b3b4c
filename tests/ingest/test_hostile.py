"""The law of all readers: a hostile record between good ones is one row, and its neighbours are as they were.

Hostile values are drawn by class (`hostile.py`): strings, numbers, nesting, types, sizes. Each reader has a
writer here that puts one between two good records.
"""

import gzip
import io
import json
import struct
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import hostile
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rdata
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from winnow.ingest import chats, corpora, evals, files, jsonl, parquet, warc
from winnow.ingest.books import dictionary, r_packages
from winnow.ingest.code import github
from winnow.ingest.decisions import caselaw
from winnow.ingest.papers import arxiv, jats
from winnow.ingest.talk import reddit
from winnow.ingest.wikis import mediawiki
from winnow.pipelines.spec.address import find_steps

few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FIELDS = {"url": "url?", "key": "key?", "date": "date?", "score_a": "score?", "token_count": "tokens?"}
FIELDS |= {"language": "lang"}
NAMES = st.sampled_from(["text", "lang", "url", "key", "date", "score", "tokens", "other", "\ud800"])
RAW = st.binary(max_size=60) | hostile.STRINGS.map(lambda text: text.encode("utf-8", "surrogatepass"))
GOOD = "good words"


def read(step: Callable[..., Any], path: Path, **options: Any) -> pl.DataFrame:
    return pl.concat(step(str(path), **options))


def check(frame: pl.DataFrame, *, good: str = GOOD) -> dict[str, Any]:
    """The hostile record's row; one row of good text stands before it and one behind."""
    assert frame.height == 3, frame
    assert (
        good in frame["text"][0]
        and good in frame["text"][2]
        and frame["error"][0] is frame["error"][2] is None
    )
    row = frame.row(1, named=True)
    assert row["key"] or row["error"] is None
    assert len(row["error"] or "") < 1_100
    return row


# Their records are archives, whole files or rows of an index: hostile ones stand in test files of their own.
HELD_BY_THEMSELVES = {
    *("commoncrawl:select", "enterprise:read", "epub:read", "gutenberg:read", "html:read", "documents:read"),
    *("patents:read", "repository:read", "robots:read"),
}


def test_every_reader_is_held_to_the_law() -> None:
    """A reader that is new has to be added to this module, and to its writers."""
    readers = {
        use.rpartition(".")[2]
        for use, kind, _ in find_steps()
        if kind == "source" and use.startswith("ingest.")
    }
    assert readers - HELD_BY_THEMSELVES == {
        "arxiv:read",
        "caselaw:read",
        "github:read",
        "r_packages:read",
        "chats:read",
        "corpora:read",
        "dictionary:read",
        "files:read",
        "jats:read",
        "jsonl:read",
        "mail:read",
        "mediawiki:read",
        "parquet:read",
        "reddit:read",
        "reddit:recorded",
        "stackexchange:read",
        "stackexchange:threads",
        "warc:read",
    }


@few
@given(fields=st.dictionaries(NAMES, hostile.VALUES.map(json.dumps) | hostile.JSON, max_size=3))
@example(fields={"\ud800": "1"})
@example(fields={"text": "1", "\ud800": "1"})
@example(fields={"text": '"x"', "lang": "null", "score": "1" + "0" * 400})
def test_a_line_with_any_value_in_any_field(file: Path, fields: dict[str, str]) -> None:
    good = json.dumps({"text": GOOD, "lang": "en"})
    line = ", ".join(f"{json.dumps(name)}: {value}" for name, value in fields.items())
    file.write_text(f"{good}\n{{{line}}}\n{good}\n")
    row = check(read(jsonl.read, file, fields=FIELDS))
    assert row["place"] == len(good) + 1
    if row["metadata"]:
        json.loads(row["metadata"], parse_constant=pytest.fail)


@few
@given(line=RAW.filter(lambda line: line.strip() and b"\n" not in line))
def test_a_line_of_any_bytes(file: Path, line: bytes) -> None:
    good = json.dumps({"text": GOOD}).encode()
    file.write_bytes(good + b"\n" + line + b"\n" + good + b"\n")
    check(read(jsonl.read, file))


PACKED = st.sampled_from(["lines", "array", "spread"])


def write_records(path: Path, form: str, records: list[str]) -> None:
    between = {"lines": "\n", "array": ",\n", "spread": "\n"}[form]
    records = [record.replace("{", "{\n", 1) if form == "spread" else record for record in records]
    text = between.join(records)
    path.write_text(f"[{text}]" if form == "array" else text)


def is_json(value: str) -> bool:
    """Whether it ends where it should: of what does not, the bytes behind it are a part."""
    try:
        json.loads(value)
    except ValueError:
        return "more" in value
    except RecursionError:
        return False
    return True


@few
@given(
    fields=st.dictionaries(NAMES, hostile.VALUES.map(json.dumps) | hostile.JSON.filter(is_json), max_size=3),
    form=PACKED,
)
@example(fields={"text": "1", "\ud800": "1"}, form="array")
def test_a_record_with_any_value_in_any_field(file: Path, fields: dict[str, str], form: str) -> None:
    good = json.dumps({"text": GOOD, "lang": "en"})
    line = ", ".join(f"{json.dumps(name)}: {value}" for name, value in fields.items())
    write_records(file, form, [good, f"{{{line}}}", good])
    check(read(corpora.read, file, fields=FIELDS))


CHAT = [
    "messages",
    "conversations",
    "instruction",
    "output",
    "prompt",
    "text",
    "chosen",
    "answer",
    "message_id",
    "role",
]
TURN = st.dictionaries(
    st.sampled_from(["role", "from", "content", "value", "tool_calls"]), hostile.VALUES, max_size=4
)


@few
@given(
    fields=st.dictionaries(
        st.sampled_from(CHAT),
        (hostile.VALUES | st.lists(TURN, max_size=3)).map(json.dumps) | hostile.JSON.filter(is_json),
        max_size=4,
    ),
    form=PACKED,
)
def test_a_chat_with_any_value_in_any_field(file: Path, fields: dict[str, str], form: str) -> None:
    good = json.dumps({"instruction": "Say it.", "output": GOOD})
    line = ", ".join(f"{json.dumps(name)}: {value}" for name, value in fields.items())
    write_records(file, form, [good, f"{{{line}}}", good])
    check(read(chats.read, file))


ISSUE = [
    "number",
    "title",
    "body",
    "user",
    "created_at",
    "html_url",
    "pull_request",
    "reactions",
    "sha",
    "message",
]
CASE = [
    "name",
    "casebody",
    "opinions",
    "plain_text",
    "html",
    "type",
    "date_filed",
    "citations",
    "court",
    "id",
]
ISSUE_URL = "https://github.com/o/r/issues/1"


@few
@given(
    fields=st.dictionaries(st.sampled_from(ISSUE), hostile.VALUES.map(json.dumps) | hostile.JSON, max_size=4)
)
def test_an_issue_with_any_value_in_any_field(file: Path, fields: dict[str, str]) -> None:
    good = [json.dumps({"number": n, "title": GOOD, "html_url": f"{ISSUE_URL}{n}"}) for n in (1, 2)]
    line = ", ".join(f"{json.dumps(name)}: {value}" for name, value in fields.items())
    write_records(file, "lines", [good[0], f"{{{line}}}", good[1]])
    check(read(github.read, file))


@few
@given(
    fields=st.dictionaries(st.sampled_from(CASE), hostile.VALUES.map(json.dumps) | hostile.JSON, max_size=4)
)
def test_a_decision_with_any_value_in_any_field(file: Path, fields: dict[str, str]) -> None:
    good = json.dumps({"id": 1, "type": "010combined", "plain_text": GOOD})
    line = ", ".join(f"{json.dumps(name)}: {value}" for name, value in fields.items())
    write_records(file, "lines", [good, f"{{{line}}}", good])
    check(read(caselaw.read, file))


BAD_UTF8 = pa.array([b"a", b"\xff\xfe", b"a"], pa.binary())
COLUMNS: dict[str, Any] = {
    "day": pa.array([1, 8_000_000, 1], pa.int32()).cast(pa.date32()),
    "moment": pa.array([1, 2**62, 1], pa.int64()).cast(pa.timestamp("us")),
    "zone": pa.array([1, 2**62, 1], pa.int64()).cast(pa.timestamp("ms", "UTC")),
    "span": pa.array([1, 2**62, 1], pa.int64()).cast(pa.duration("s")),
    "clock": pa.array([1, 5, 1], pa.int64()).cast(pa.time64("us")),
    "string": pa.StringArray.from_buffers(3, *BAD_UTF8.buffers()[1:]),
    "words": pa.DictionaryArray.from_arrays(
        pa.array([0, 1, 0], pa.int32()), pa.StringArray.from_buffers(3, *BAD_UTF8.buffers()[1:])
    ),
    "bytes": BAD_UTF8,
    "list": pa.array([None, [[1.5, float("nan")]], None]),
    "struct": pa.array([None, {"a": {"b": float("inf"), "c": b"\xff"}}, None]),
    "map": pa.array([None, [("a", 1), ("a", 2)], None], pa.map_(pa.string(), pa.int64())),
    "decimal": pa.array([None, "9" * 60, None]).cast(pa.decimal256(76)),
    "whole": pa.array([1, 2**64 - 1, 1], pa.uint64()),
    "part": pa.array([1.0, float("nan"), 1.0]),
    "large": pa.array([1.0, float("inf"), 1.0]),
    "truth": pa.array([None, True, None]),
    "nothing": pa.nulls(3),
    "long": pa.array([None, "x" * 3_000_000, None]),
}


@pytest.mark.parametrize("field", ["text", "url", "date", "score", "tokens", "other"])
@pytest.mark.parametrize("kind", COLUMNS)
def test_a_value_of_any_type_in_any_column(kind: str, field: str, tmp_path: Path) -> None:
    table = {"text": pa.array([GOOD, "x", GOOD]), "lang": pa.array(["en"] * 3)} | {field: COLUMNS[kind]}
    pq.write_table(pa.table(table), tmp_path / "a.parquet", use_dictionary=False)
    frame = read(parquet.read, tmp_path / "a.parquet", fields=FIELDS)
    assert frame["key"].to_list() == ["row 0", "row 1", "row 2"] and frame.height == 3
    kinds_apart = ("text", "score", "tokens") if field != "other" else ()
    if field not in kinds_apart and kind not in ("bytes", "list", "struct", "map"):
        check(frame)
    if frame["metadata"][1]:
        json.loads(frame["metadata"][1], parse_constant=pytest.fail)


POST = ["name", "title", "selftext", "created_utc", "score", "permalink", "subreddit", "over_18", "kind"]


def write_session(path: Path, *answers: str) -> None:
    request, headers = {"uri": "https://x.example/?raw_json=1"}, {"Content-Type": ["application/json"]}
    made = [{"request": request, "response": {"headers": headers, "body": {"string": a}}} for a in answers]
    path.write_text(json.dumps({"interactions": made}))


def make_post(number: int, name: str = "", value: str = "0") -> str:
    """JSON of a post with one field as given, by hand: its value need not be JSON that Python writes."""
    post = {"name": f"t3_{number}", "title": GOOD, "selftext": "body"}
    fields = {key: json.dumps(content) for key, content in post.items()} | ({name: value} if name else {})
    data = ", ".join(f"{json.dumps(key)}: {content}" for key, content in fields.items())
    return f'{{"kind": "t3", "data": {{{data}}}}}'


def is_one_value(value: str) -> bool:
    try:
        json.loads(value, parse_int=float)
    except (ValueError, RecursionError):
        return False
    return '"kind"' not in value


@few
@given(name=st.sampled_from(POST), value=hostile.VALUES.map(json.dumps) | hostile.JSON.filter(is_one_value))
def test_a_post_with_any_value_in_any_field(file: Path, name: str, value: str) -> None:
    write_session(file, f"[{make_post(1)}, {make_post(2, name, value)}, {make_post(3)}]")
    check(read(reddit.recorded, file))


@few
@given(value=hostile.JSON | hostile.STRINGS)
def test_an_answer_of_any_form(file: Path, value: str) -> None:
    broken = make_post(2, "score", value)
    write_session(file, make_post(1), broken, make_post(3))
    frame = read(reddit.recorded, file)
    assert frame.height == 3 and frame["text"].str.starts_with(GOOD).sum() >= 2


@few
@given(entry=RAW.filter(bool), headword=hostile.STRINGS.filter(lambda word: len(word.split()) == 1))
def test_an_entry_of_any_bytes_under_any_headword(file: Path, entry: bytes, headword: str) -> None:
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    def number(value: int) -> str:
        return (number(value // 64) if value >= 64 else "") + digits[value % 64]

    texts = [GOOD.encode(), entry, GOOD.encode()]
    begins = [sum(map(len, texts[:n])) for n in range(3)]
    lines = [f"{word}\t{number(at)}\t{number(len(text))}" for word, at, text in
             zip(["a", headword, "c"], begins, texts, strict=True)]  # fmt: skip
    (file.parent / "d.dict").write_bytes(b"".join(texts))
    (file.parent / "d.index").write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    check(read(dictionary.read, file.parent / "d.dict"))


WIKITEXT = st.one_of(
    hostile.STRINGS,
    st.sampled_from(
        ["&#x110000;", "&#xD800;", "&amp;#xD800;", "{{convert|1}}", "<math>", "{|", "[[", "&nosuch;"]
    ),
    st.builds(
        lambda mark, times: mark * times, st.sampled_from(["{{a|", "[[a|", "<i>", "'''"]), st.integers(1, 400)
    ),
)


@few
@given(text=WIKITEXT, title=WIKITEXT)
def test_a_page_of_any_wikitext(file: Path, text: str, title: str) -> None:
    def page(title: str, text: str) -> str:
        return f"<page><title>{title}</title><revision><text>{text}</text></revision></page>\n"

    xml = page("A", GOOD) + page(escape(title), escape(text)) + page("C", GOOD)
    file.write_bytes(f"<mediawiki>{xml}</mediawiki>".encode("utf-8", "surrogatepass"))
    check(read(mediawiki.read, file))


@pytest.mark.filterwarnings("ignore::UserWarning:rdata")
@few
@given(chunk=st.binary(max_size=80), mark=st.sampled_from([b"", b"2", b"Z"]), size=st.integers(0, 2**32 - 1))
def test_an_object_of_any_bytes(file: Path, chunk: bytes, mark: bytes, size: int) -> None:
    folder = file.parent
    rdata.write_rds(folder / "o.rds", np.array([GOOD]), compression=None)
    plain = (folder / "o.rds").read_bytes()
    good = struct.pack(">I", len(plain)) + zlib.compress(plain)
    stored, places = b"", {}
    for name, data in {"a": good, "b": struct.pack(">I", size) + mark + chunk, "c": good}.items():
        places[name] = np.array([len(stored), len(data)], dtype=np.int32)
        stored += data
    (folder / "x.rdb").write_bytes(stored)
    rdata.write_rds(folder / "x.rdx", {"variables": places})
    assert check(read(r_packages.read, folder / "x.rdb"))["error"]


@few
@given(data=RAW)
def test_a_file_of_any_bytes(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    assert read(files.read, file).height == 1


def make_record(url: bytes, body: bytes, head: bytes = b"") -> bytes:
    return (
        b"WARC/1.0\r\nWARC-Type: resource\r\nContent-Type: text/plain\r\nWARC-Target-URI: %s\r\n%s"
        b"Content-Length: %d\r\n\r\n%s\r\n\r\n" % (url, head, len(body), body)
    )


@few
@given(
    url=RAW.filter(lambda url: b"\n" not in url),
    body=RAW,
    name=st.sampled_from([b"WARC-Type", b"Content-Type", b"WARC-Date", b"WARC-Record-ID", b"Content-Length"]),
    value=st.sampled_from([b"9" * 9_999, b"0", b"application/http", b"text/plain; charset=\xff", b"revisit"])
    | RAW,
)
def test_an_archive_record_of_any_header_and_body(
    file: Path, url: bytes, body: bytes, name: bytes, value: bytes
) -> None:
    good = make_record(b"http://x/", GOOD.encode())
    head = name + b": " + value.replace(b"\n", b"").replace(b"\r", b"") + b"\r\n"
    file.write_bytes(good + make_record(url, body, head) + good)
    frame = read(warc.read, file)
    if not any(kind in value.lower() for kind in (b"request", b"warcinfo", b"metadata")):
        check(frame)


def write_tar(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


@few
@given(source=RAW, packed=st.booleans(), cut=st.integers(0, 30))
def test_a_paper_of_any_bytes(file: Path, source: bytes, packed: bool, cut: int) -> None:
    good = gzip.compress(b"\\documentclass{article}\\begin{document}%s\\end{document}" % GOOD.encode())
    hostile = gzip.compress(b"\\documentclass{article}\\begin{document}" + source) if packed else source
    names = [f"2301/2301.0000{number}.gz" for number in range(3)]
    write_tar(file, dict(zip(names, [good, hostile[: len(hostile) - cut], good], strict=True)))
    check(read(arxiv.read, file))


@few
@given(inner=RAW | WIKITEXT.map(lambda text: text.encode("utf-8", "surrogatepass")), whole=st.booleans())
def test_an_article_of_any_bytes(file: Path, inner: bytes, whole: bool) -> None:
    good = b"<article><body><p>%s</p></body></article>" % GOOD.encode()
    hostile = b"<article><body><p>" + inner + b"</p></body></article>" if whole else inner
    write_tar(file, {"1.xml": good, "2.xml": hostile, "3.xml": good})
    check(read(jats.read, file))


@few
@given(
    name=st.sampled_from(["question", "choices", "gold", "id", "context", "more"]),
    value=hostile.VALUES.map(json.dumps) | hostile.JSON,
    packed=st.booleans(),
)
def test_an_item_is_read_or_named_with_its_line(file: Path, name: str, value: str, packed: bool) -> None:
    good = json.dumps({"question": GOOD, "choices": ["a", "b"], "gold": 0})
    fields = {"question": '"which?"', "choices": '["a", "b"]', "gold": "1"} | {name: value}
    line = "{" + ", ".join(f'"{key}": {content}' for key, content in fields.items()) + "}"
    data = f"{good}\n{line}\n{good.replace('good', 'other')}\n".encode()
    path = file.parent / ("x.jsonl.gz" if packed else "x.jsonl")
    path.write_bytes(gzip.compress(data) if packed else data)
    optional = {"item": "id", "context": "context"}
    optional = {setting: field for setting, field in optional.items() if field == name}
    mapped = {"question": "question", "choices": "choices", "answer": "gold", **optional}
    for run in (
        lambda: evals.records([path], file.parent, eval="x"),
        lambda: evals.jsonl([path], file.parent, eval="x", **mapped),  # type: ignore[arg-type]
    ):
        try:
            run()
        except ValueError as error:
            assert str(error).startswith(f"{path.name} line 2: ") and len(str(error)) <= 1_000
        else:
            assert pl.read_parquet(file.parent / "items.parquet").height == 3
