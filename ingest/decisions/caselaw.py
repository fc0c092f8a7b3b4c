"""Decisions of courts: the Caselaw Access Project's cases and CourtListener's opinions, as JSON lines."""

from collections.abc import Iterator
from functools import partial
from html import escape
from typing import Annotated, Any

import polars as pl
from pydantic import PositiveInt

from winnow.ingest import jsonl
from winnow.ingest.io.batches import SOURCED, Row, SourceRow, frames, name_license
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.uris import open_uri

TELLS = {"kind": "public", "content": ["legal and official"]}

COLUMNS = pl.Schema({**SOURCED, "media_type": pl.String()})
can_split = jsonl.can_split
# CourtListener's fields of one opinion, the best first, as its documentation of the API orders them.
_HTML_NAMES = "html_with_citations html_columbia html_lawbox xml_harvard html_anon_2020 html"
_HTML_FIELDS = _HTML_NAMES.split()
# Its kinds of opinion: "020lead" and so on.
_KINDS = {
    "unamimous": "Unanimous opinion",  # so spelt in its data
    "concurrenceinpart": "Concurrence in part",
    "onthemerits": "On the merits",
    "onmotiontostrike": "On a motion to strike",
    "concurring-in-part-and-dissenting-in-part": "Concurrence in part, dissent in part",
    "combined": "Opinion",
    **{kind: f"{kind.capitalize()} opinion" for kind in ("unanimous", "lead", "plurality", "majority")},
}


def read(
    uri: str,
    *,
    license: str | None = None,
    max_line_bytes: PositiveInt = 50_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[
    Iterator[pl.DataFrame],
    *("text", "url", "date", "author", "thread", "metadata", {"media_type": pl.String()}),
    name_license,
]:
    """A decision a line: name and citation, head matter, and opinions in order under their kind and judge.

    Lines that begin between the bytes `start` and `stop`; plain or packed as `ingest.jsonl:read`. Read are
    cases of the Caselaw Access Project (`casebody` with `opinions`, or as one text of HTML or XML) and of
    CourtListener: clusters with `sub_opinions`, and single opinions. Where an opinion is HTML the whole row
    is (`media_type` text/html): `ingest.html:extract` with `main_content = false` makes text of it; else it
    is text (text/plain), which that step lets pass.

    `author`: the judges of the opinions; `date` of the decision; `thread`: the same for opinions of one
    case; `license` what the recipe says. `metadata`: `name`, `citations`, `court`, `jurisdiction`, `docket`,
    `reporter`, `id`, `opinions` (how many). Drops: `caselaw.restricted` (a case whose text the project did
    not give: `casebody.status`), `caselaw.no_text`. Errors as of `ingest.jsonl:read`. Raises
    FileNotFoundError.
    """
    with open_uri(uri, start, stop) as raw:
        rows = jsonl.read_rows(raw, partial(_make_row, license=license), max_line_bytes, start, stop)
        for frame in frames(rows, schema=COLUMNS):
            yield frame.drop("score_votes")


def _make_row(record: dict[str, Any], license: str | None) -> Row:
    row, opinions, title = _read_harvard(record) if "casebody" in record else _read_courtlistener(record)
    row["license"] = license
    if row.get("drop_reason"):
        return row
    if not any(text.strip() for _, _, text, _ in opinions):
        row["drop_reason"] = "caselaw.no_text"
        return row
    markup = any(is_html for *_, is_html in opinions)
    row["text"] = _write(title, opinions, markup)
    row["media_type"] = "text/html" if markup else "text/plain"
    return row


class _CaseRow(SourceRow, total=False):
    media_type: str


Opinion = tuple[str, str, str, bool]  # kind, judge, text, and whether that is HTML
_Case = tuple[_CaseRow, list[Opinion], str]  # the last is its title


def _write(title: str, opinions: list[Opinion], markup: bool) -> str:
    if not markup:
        parts = [f"# {title}"] if title else []
        for kind, judge, text, _ in opinions:
            heading = ", ".join(filter(None, (kind, judge)))
            parts += [f"## {heading}"] * bool(heading) + [text.strip()] * bool(text.strip())
        return "\n\n".join(parts)
    body = [f"<h1>{escape(title)}</h1>"]
    for kind, judge, text, is_html in opinions:
        heading = ", ".join(filter(None, (kind, judge)))
        body.append(f"<h2>{escape(heading)}</h2>" if heading else "")
        paragraphs = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n") if part.strip())
        body.append(f"<div>{text}</div>" if is_html else paragraphs)
    return f"<html><head><title>{escape(title)}</title></head><body>{''.join(body)}</body></html>"


# ---- the Caselaw Access Project ----------------------------------------------------------------------------


def _read_harvard(record: dict[str, Any]) -> _Case:
    """A case as its API and its bulk files have it (https://static.case.law/docs/)."""
    body = record["casebody"]
    status = body.get("status") if isinstance(body, dict) else None
    data = body.get("data", body) if isinstance(body, dict) else body
    cites = [
        _format_value(cite.get("cite")) for cite in _list(record.get("citations")) if isinstance(cite, dict)
    ]
    name = _format_value(record.get("name_abbreviation") or record.get("name"))
    date = _format_value(record.get("decision_date"))
    opinions = _list_harvard(data)
    notes = {
        "id": record.get("id"),
        "name": _format_value(record.get("name")),
        "citations": cites,
        "court": _name(record.get("court")),
        "jurisdiction": _name(record.get("jurisdiction")),
        "docket": _format_value(record.get("docket_number")),
        "reporter": _name(record.get("reporter")),
        "opinions": len([kind for kind, *_ in opinions if kind]),
    }
    row: _CaseRow = {"date": date or None, "metadata": write_notes(notes)}
    row["url"] = _format_value(record.get("frontend_url") or record.get("url")) or None
    row["author"] = _join(judge for _, judge, _, _ in opinions)
    row["thread"] = f"cap {record['id']}" if record.get("id") is not None else None
    if status not in (None, "ok"):
        row["drop_reason"] = "caselaw.restricted"
    return row, opinions, _write_title(name, cites, date)


def _list_harvard(data: Any) -> list[Opinion]:
    if isinstance(data, str):  # the whole case in HTML, XML or plain
        return [("", "", data, data.lstrip().startswith("<"))]
    if not isinstance(data, dict):
        return []
    found: list[Opinion] = [("", "", head, False)] if (head := _format_value(data.get("head_matter"))) else []
    for one in _list(data.get("opinions")):
        if isinstance(one, dict):
            author, text = _format_value(one.get("author")), _format_value(one.get("text"))
            found.append((_name_kind(one.get("type")), author, text, False))
    if corrections := _format_value(data.get("corrections")):
        found.append(("Corrections", "", corrections, False))
    return found


# ---- CourtListener -----------------------------------------------------------------------------------------


def _read_courtlistener(record: dict[str, Any]) -> _Case:
    """A cluster of opinions or one opinion of the API (https://www.courtlistener.com/help/api/rest/case-law/)."""
    known = [name for name in ("sub_opinions", "plain_text", *_HTML_FIELDS) if name in record]
    if not known:
        names = ", ".join(sorted(record))
        raise ValueError(f"no casebody, no sub_opinions and no opinion's text; there are: {names}")
    inner = [one for one in _list(record.get("sub_opinions")) if isinstance(one, dict)]
    opinions = [_read_opinion(one) for one in inner or [record]]
    name, date = _format_value(record.get("case_name")), _format_value(record.get("date_filed"))[:10]
    cites = [_write_citation(cite) for cite in _list(record.get("citations"))]
    notes = {
        "id": record.get("id"),
        "name": name,
        "citations": cites,
        "court": _format_value(record.get("court") or record.get("court_id")),
        "docket": _format_value(record.get("docket_number")),
        "opinions": len(opinions),
    }
    row: _CaseRow = {"date": date or None, "metadata": write_notes(notes)}
    path = _format_value(record.get("absolute_url"))
    row["url"] = f"https://www.courtlistener.com{path}" if path.startswith("/") else path or None
    row["author"] = _join(judge for _, judge, _, _ in opinions) or _format_value(record.get("judges")) or None
    row["thread"] = _name_cluster(record, bool(inner))
    return row, opinions, _write_title(name, cites, date)


def _name_cluster(record: dict[str, Any], is_cluster: bool) -> str | None:
    """The cluster that a record is, or that an opinion says it is of."""
    said = record.get("cluster_id") or _format_value(record.get("cluster")).rstrip("/").rpartition("/")[2]
    ident = record.get("id") if is_cluster else said
    return f"courtlistener {ident}" if ident not in (None, "") else None


def _read_opinion(one: dict[str, Any]) -> Opinion:
    kind, judge = _name_kind(one.get("type")), _format_value(one.get("author_str"))
    html = next((text for name in _HTML_FIELDS if (text := _format_value(one.get(name)))), "")
    return (kind, judge, html, True) if html else (kind, judge, _format_value(one.get("plain_text")), False)


def _write_citation(cite: Any) -> str:
    if isinstance(cite, dict):
        return " ".join(str(cite[name]) for name in ("volume", "reporter", "page") if cite.get(name))
    return _format_value(cite)


# ---- values of any record ----------------------------------------------------------------------------------


def _format_value(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _name(value: Any) -> str:
    """The name in an object of the Caselaw Access Project."""
    if not isinstance(value, dict):
        return _format_value(value)
    return next(
        (text for key in ("name_long", "full_name", "name") if (text := _format_value(value.get(key)))), ""
    )


def _write_title(name: str, cites: list[str], date: str) -> str:
    return ", ".join(filter(None, (name, *cites[:1]))) + (f" ({date[:4]})" if date and name else "")


def _name_kind(kind: Any) -> str:
    bare = _format_value(kind).lstrip("0123456789")
    return _KINDS.get(bare, bare.replace("-", " ").capitalize())


def _join(names: Iterator[str]) -> str | None:
    return "; ".join(dict.fromkeys(name.strip(" ,.:;") for name in names if name.strip(" ,.:;"))) or None
