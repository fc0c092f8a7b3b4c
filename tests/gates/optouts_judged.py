"""Cases of opt-outs through the whole way: a WARC of answers, its table, what is said of each page."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from optouts_cases import Case
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from winnow import shuffle
from winnow.filters import optouts
from winnow.ingest import robots
from winnow.pipelines.engine.disk.documents import read_batches

DATE = "2024-05-01T00:00:00Z"
VALUES = {1: "N", -1: "Y", 0: "-"}


def write_answers(path: Path, answers: Sequence[tuple[str, str, int, bytes, dict[str, str]]]) -> None:
    """A WARC of URL, date, status, body and header fields."""
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for url, date, status, body, fields in answers:
            http = StatusAndHeaders(f"{status} Said", list(fields.items()), protocol="HTTP/1.1")
            record = writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=http)
            record.rec_headers.replace_header("WARC-Date", date)
            writer.write_record(record)


def make_table(warc: Path, folder: Path, *, buckets: int = 4) -> Path:
    """The folder of the table of what a WARC answered."""
    folder.mkdir()
    docs = pl.concat(robots.read(str(warc)))
    docs.filter(pl.col("error").is_null()).drop("place").write_parquet(folder / "answers.parquet")
    (folder / "gathered").mkdir()
    optouts.gather([folder / "answers.parquet"], folder / "gathered", read=read_batches)
    files = sorted((folder / "gathered").iterdir())
    if shuffle.count_rounds(buckets):
        (folder / "merged").mkdir()
        shuffle.merge(files, folder / "merged", cells=buckets)
        files = sorted((folder / "merged").iterdir())
    for bucket in range(buckets):
        out = folder / f"table/{bucket}"
        out.mkdir(parents=True)
        optouts.merge(files, out, read_bucket=shuffle.Reader(bucket, buckets))
    return folder / "table"


def judge_cases(cases: Sequence[Case], folder: Path) -> list[str]:
    """What is found for each case: `N`, `Y` or `-`."""
    answers = []
    for number, case in enumerate(cases):
        files = {"robots.txt": case.robots, "ai.txt": case.ai_txt, ".well-known/tdmrep.json": case.tdmrep}
        for name, body in files.items():
            if body is not None:
                data = body.encode() if isinstance(body, str) else body
                answers.append((f"https://c{number}.example/{name}", DATE, 200, data, {}))
    write_answers(folder / "answers.warc.gz", answers)
    table = make_table(folder / "answers.warc.gz", folder / "made")
    docs = pl.DataFrame(
        {
            "url": [f"https://c{number}.example{case.path}" for number, case in enumerate(cases)],
            "date": [DATE] * len(cases),
            "preferences": [_write_preferences(case) for case in cases],
        },
        schema_overrides={"preferences": pl.String},
    )
    found = []
    agents = sorted({case.agent for case in cases})
    judged = optouts.judge(docs, captures=table, agents=["*", *agents])
    for case, row in zip(cases, judged.iter_rows(named=True), strict=True):
        if case.signal == "all":
            found.append(VALUES[row[optouts.name_agent(case.agent)]])
            continue
        entries = json.loads(row["optouts_evidence"] or "[]")
        mine = [each for each in entries if each["signal"] == case.signal and case.agent in each["agents"]]
        said = {each["value"] for each in mine}
        value = "N" if "disallowed" in said else "Y" if said else "-"
        if case.signal == "tdm" and mine:
            value = {"disallowed": "N", "allowed": "Y"}[mine[-1]["value"]]  # the nearest stands last
        found.append(value)
    return found


def _write_preferences(case: Case) -> str | None:
    said = [{"in": "header", "name": name, "value": value.strip()} for name, value in case.header]
    said += [{"in": "meta", "name": name, "value": value} for name, value in case.meta]
    return json.dumps(said) if said else None
