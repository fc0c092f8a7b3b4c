"""The panel of PDFs on the report, page by page: tables, what is missing, how right it is, and some pages."""

from typing import Any

from winnow.ocr.panel import pdfs

FIGURES = ("pages", "seconds", "routes", "engines", "steps", "requests", "fallbacks", "expected")
Row = dict[str, Any]


def panel(stage: Any) -> Row | None:
    """None where the stage read no PDF."""
    found = pdfs.count(stage)
    if found is None:
        return None
    time = {"value": found["seconds"], "as": "time"}
    pages = f"{found['pages']:,} pages, "
    told = [f"{pages}also those of documents that were dropped; ", time]
    show = [
        [*told, " of one CPU. What a route's reason means stands in docs/pdf.md."],
        _lay_out_routes(found),
        _lay_out_engines(found),
        *_lay_out_fallbacks(found["fallbacks"]),
        *_lay_out_holes(found["holes"]),
        *_lay_out_quality(found),
        *_lay_out_examples(found["examples"]),
    ]
    return {
        "name": "pdfs",
        "title": "PDFs, page by page",
        "note": [pages, time, " of CPU"],
        "brief": f"{found['pages']:,}",
        "show": show,
        "figures": {name: found[name] for name in FIGURES},
        "alarms": pdfs.list_alarms(found),
    }


def _code(text: str) -> Row:
    return {"value": text, "code": True}


def _time(seconds: float) -> Row:
    return {"value": seconds, "as": "time"}


def _each(row: Row) -> Row:
    return {"value": row["seconds"] / row["count"], "as": "brief"}


def _lay_out_routes(found: Row) -> Row:
    longest = max(row["seconds"] for row in found["routes"]) or 1
    rows = []
    for row in found["routes"]:
        cells = [_code(row["name"]), row["count"], {"value": row["count"] / found["pages"], "as": "share"}]
        cells.append({"bar": row["count"] / found["routes"][0]["count"]})
        if row["seconds"]:
            cells += [_time(row["seconds"]), _each(row), {"bar": row["seconds"] / longest}]
        else:
            cells += ["not known", None, None]
        rows.append(cells)
    return {"head": ["route: reason", "pages", "of all", "", "time", "a page", ""], "rows": rows}


def _lay_out_engines(found: Row) -> Row:
    rows = [[_code(row["name"]), row["count"], _time(row["seconds"]), _each(row)] for row in found["engines"]]
    rows += [[row["name"], row["count"], _time(row["seconds"]), _each(row)] for row in found["steps"]]
    rows += [
        [
            f"requests to the model, {row['name']}",
            row["count"],
            {**_time(row["seconds"]), "small": "waited for"},
            _each(row),
        ]
        for row in found["requests"]
    ]
    return {"head": ["engine, by pages, and what else is done", "count", "time", "each"], "rows": rows}


def _lay_out_fallbacks(fallbacks: list[Row]) -> list[Any]:
    rows = [[row["name"], row["count"]] for row in fallbacks]
    told = "Pages that the engine before had to read, or the layer:"
    return [told, {"head": ["why", "pages"], "rows": rows}] if rows else []


def _lay_out_holes(holes: Row) -> list[Any]:
    counts = holes["counts"]
    if not counts:
        return []
    told = ", ".join(
        f"{_count(counts[f'{fate} documents'], f'{fate} document')}"
        f" ({_count(counts[f'{fate} pages'], 'page')})"
        for fate in ("kept", "dropped")
        if counts.get(f"{fate} documents")
    )
    told = f"Pages that could not be read are missing in {told}."
    if len(holes["shown"]) < counts.get("kept documents", 0):
        told += " The kept ones that miss most:"
    rows = [
        [row["pages"], _format_place(row["place"]), _format_holes(row["holes"])] for row in holes["shown"]
    ]
    head = ["pages missing", "document", "which, and why"]
    return [told, *([{"head": head, "rows": rows}] if rows else [])]


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'s' if number != 1 else ''}"


def _format_place(place: Row) -> str:
    return " · ".join(f"{name} {value}" for name, value in place.items() if value)


def _format_holes(holes: list[Row]) -> str:
    spans = (
        (
            f"{hole['first']} to {hole['last']}" if hole["last"] != hole["first"] else hole["first"],
            hole["why"],
        )
        for hole in holes
    )
    return "; ".join(f"{span}: {why}" for span, why in spans)


def _lay_out_quality(found: Row) -> list[Any]:
    expected = found["expected"]
    if not expected:
        return []
    most = max(row["pages"] for row in expected)
    points = [
        (
            row["expected"],
            row["error"],
            row["worn"],
            f"{row['page']}, {row['worn']}: expected {row['expected']:.2%}, real {row['error']:.2%}",
        )
        for row in found["measured"]
    ]
    rows = [
        [
            f"{100 * row['lower']:g}% to {100 * row['upper']:g}%",
            row["pages"],
            {"bar": row["pages"] / most},
            f"{100 * row['measured']:.2g}%, of {_count(row['of'], 'page')}"
            if row["of"]
            else "none was measured",
        ]
        for row in expected
    ]
    head = ["expected error", "pages of this run", "", "real error of such pages, measured"]
    told = (
        "ocr_quality is 1 - the share of characters that are expected to be wrong. The chart:"
        f" {len(points)} pages whose text is known, by what wore them (gate ocr); on the dashed line the"
        " error is as expected."
    )
    title = "expected and real errors of pages"
    chart = {"points": points, "x": "expected error", "y": "real error", "title": title}
    return [{"heading": "How right what was recognized is"}, told, chart, {"head": head, "rows": rows}]


def _lay_out_examples(examples: dict[str, list[Row]]) -> list[Any]:
    if not examples:
        return []
    told = (
        "Of kept documents, up to two for each reason: the page, what its text layer says, what is recognized"
        " (again, for this report), and what stands in the document."
    )
    inner = [
        {"title": name, "show": [_lay_out_page(page) for page in pages]} for name, pages in examples.items()
    ]
    return [{"heading": "Pages beside their text"}, told, {"list": inner}]


def _lay_out_page(page: Row) -> Row:
    place = " · ".join(
        [*(f"{name} {value}" for name, value in page["place"].items()), f"page {page['page']}"]
    )
    about = {"title": place, "note": f"{page['engine']}, quality {page['quality']}"}
    texts = [
        ("text layer", page["layer"], "not known"),
        ("recognized", page["ocr"], "not known"),
        ("chosen", page["chosen"], "A later step of this stage changed the text."),
    ]
    return {"sheet": {**about, "picture": page["picture"], "why": page["why"], "texts": texts}}
