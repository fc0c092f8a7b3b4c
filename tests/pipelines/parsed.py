"""The report of a run as its reader sees it, without a browser."""

from html.parser import HTMLParser
from pathlib import Path

from winnow.pipelines.report import page as report

HOSTILE = "<script>alert(1)</script><img src=http://example.org/x onerror=alert(2)> </script>"


class Page(HTMLParser):
    """Tags with their attributes, and the text outside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] and self.tags[-1][0] not in ("script", "style"):
            self.text += data


def page(out: Path) -> Page:
    return Page(report.write(out).read_text(encoding="utf-8"))
