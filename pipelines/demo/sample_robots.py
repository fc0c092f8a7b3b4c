"""What the demo's sites say of the use of their pages: made, as no package holds a site's robots.txt.

The hosts are the demo's own (`<package>.debian.example`, names that nobody can have). Nothing here was said
by Debian or by those who wrote the pages. Each host was asked twice, when the oldest and when the newest of
all pages was written: some allow, some turn against training later, one is missing, one does not answer.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from winnow.pipelines.demo import wrap

MADE = "made for the demo: no site said this"
HTML = "Content-Type: text/html\r\n"
PLAIN = "Content-Type: text/plain\r\n"
Answer = tuple[str, str]  # status, body

OPEN = ("200 OK", "User-agent: *\nContent-Signal: search=yes, ai-train=yes\nAllow: /\n")
PLAINLY = ("200 OK", "User-agent: *\nDisallow: /_static/\n")
MISSING = ("404 Not Found", "")
DOWN = ("503 Service Unavailable", "")
SAID: Mapping[str, tuple[Answer, Answer]] = {  # key of a package: its robots.txt, first and later
    "anarchism": (
        ("200 OK", "User-agent: *\nAllow: /\n"),
        ("200 OK", "User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /append13\n\nUser-agent: *\nAllow: /\n"),
    ),
    "postgresql-doc": (OPEN, OPEN),
    "python-doc": (
        PLAINLY,
        ("200 OK", "User-agent: *\nContent-Usage: /faq/ train-ai=n\nDisallow: /_static/\n"),
    ),
    "debian-faq": (MISSING, ("200 OK", "User-agent: *\nContent-Signal: ai-train=no\nAllow: /\n")),
    "debian-history": (MISSING, MISSING),
    "debian-reference-en": (PLAINLY, DOWN),
    "debian-faq-de": (DOWN, ("200 OK", "<html><body><p>No such page.</p></body></html>")),
    "debian-faq-ru": (OPEN, ("403 Forbidden", "")),
}
TDMREP = {"postgresql-doc": '[{"location": "/release-*", "tdm-reservation": 1}]'}  # its other answer, later
FIELDS = {"debian-history": ("/manifesto.en.html", "X-Robots-Tag: noai")}  # of a page, by its end


def list_fields(key: str, urls: Iterable[str]) -> dict[str, str]:
    """By URL the line more that the pages of a package are sent with."""
    end, field = FIELDS.get(key, ("", ""))
    return {url: field for url in urls if field and url.endswith(end)}


def write_captures(hosts: Mapping[str, str], dates: tuple[int, int], out: Path) -> None:
    """Write `made-first.warc.gz` and `made-later.warc.gz`: what the hosts, by key of their package, answered
    at two dates (seconds since 1970)."""
    for late, (name, date) in enumerate(zip(("first", "later"), dates, strict=True)):
        day = datetime.fromtimestamp(date, UTC).date()
        path = out / f"made-{name}.warc.gz"
        with path.open("wb") as stream:
            stream.write(wrap.warcinfo(path.name, date, MADE))
            for key, host in hosts.items():
                if key not in SAID:
                    continue
                status, body = SAID[key][late]
                html = body.startswith("<")
                body = body if html else f"# {MADE}; {day}\n{body}"
                url = f"https://{host}/robots.txt"
                stream.write(wrap.answer(url, status, HTML if html else PLAIN, body.encode(), date))
                if late and key in TDMREP:
                    url = f"https://{host}/.well-known/tdmrep.json"
                    head = "Content-Type: application/json\r\n"
                    stream.write(wrap.answer(url, "200 OK", head, TDMREP[key].encode(), date))
