"""A made crawl: hosts, what each said of use at two dates, their pages; and what must come of each page.

What must come is decided here by Google's parser (`fast-robotstxt`) and by how the files were made, with no
code of ours.
"""

import ast
import html
import io
import json
import random
from pathlib import Path
from typing import NamedTuple

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

AGENTS = (
    *("*", "AI2Bot", "Amazonbot", "anthropic-ai", "Applebot-Extended", "Bytespider", "CCBot", "Claude-Web"),
    *("ClaudeBot", "cohere-ai", "Diffbot", "FacebookBot", "Google-Extended", "GPTBot", "meta-externalagent"),
    *("omgili", "PerplexityBot", "Timpibot"),
)
NOBODY = "unlistedbot"  # for whom the group of `*` is
EARLY, SPRING, AUTUMN = "2023-10-05T06:00:00Z", "2024-04-01T00:00:00Z", "2024-10-01T00:00:00Z"
CAPTURED = (SPRING, AUTUMN)
FETCHED = (EARLY, "2024-04-02T01:02:03Z", "2024-10-03T04:05:06Z")
LARGE = "large.example"  # its robots.txt has 100 MB
MAX_BYTES = 512_000
_LETTERS = "AI-two-Bot"
_PARTS = ("a", "b", "news", "shop", "*", "search", "*.pdf$", "p?x=", "%C3%A9", "index.html")
_KEYS = ("Disallow", "Disallow", "Allow")
_PATHS = (
    "/",
    "/a/b.html",
    "/b/c",
    "/news/a?x=1",
    "/shop/b.pdf",
    "/a/search",
    "/p?x=2",
    "/%C3%A9/a",
    "/index.html",
)
Group = tuple[tuple[str, ...], tuple[str, ...], str]  # agents, rules, a Content-Signal or ""


class Answer(NamedTuple):
    """What a host answered when it was asked for robots.txt, and the groups that it was made of."""

    status: int
    body: bytes
    groups: tuple[Group, ...] = ()


class Host(NamedTuple):
    """A host with its answers of the two dates; patterns of its tdmrep.json with what they reserve."""

    name: str
    answers: tuple[Answer | None, Answer | None]
    tdmrep: str | None
    reserved: tuple[tuple[str, int], ...]


class Page(NamedTuple):
    """A page: where, when, what its header says (`noai`, a reservation), and its text."""

    host: Host
    path: str
    date: str
    header: tuple[tuple[str, str], ...]
    text: str

    @property
    def url(self) -> str:
        return f"https://{self.host.name}{self.path}"


def make_groups(rng: random.Random) -> tuple[Group, ...]:
    groups = []
    for _ in range(rng.randint(1, 5)):
        agents = tuple(rng.sample([*AGENTS, "Googlebot", "*"], rng.randint(1, 4)))
        rules = tuple(
            f"{rng.choice(_KEYS)}: /{'/'.join(rng.sample(_PARTS, rng.randint(0, 2)))}"
            for _ in range(rng.randint(1, 5))
        )
        signal = rng.choice(("", "", "ai-train=no", "ai-train=yes", "search=yes, ai-train=no"))
        groups.append((agents, rules, signal))
    return tuple(groups)


def write_groups(groups: tuple[Group, ...]) -> bytes:
    lines = []
    for agents, rules, signal in groups:
        lines += [f"User-agent: {agent}" for agent in agents]
        lines += [*rules, *([f"Content-Signal: {signal}"] if signal else []), ""]
    return "\n".join(lines).encode()


def make_answer(rng: random.Random) -> Answer | None:
    roll = rng.random()
    if roll < 0.05:
        return None
    if roll < 0.2:
        return Answer(rng.choice((404, 410, 403, 503)), b"no")
    if roll < 0.25:
        return Answer(200, b"<html><body><p>Not found</p></body></html>")
    groups = make_groups(rng)
    return Answer(200, write_groups(groups), groups)


def make_hosts(many: int, rng: random.Random) -> list[Host]:
    hosts = []
    for number in range(many):
        first = make_answer(rng)
        later = first if rng.random() < 0.5 else make_answer(rng)
        reserved: tuple[tuple[str, int], ...] = ()
        tdmrep = None
        if rng.random() < 0.1:
            reserved = tuple((rng.choice(("/a/", "/shop/", "/b", "/")), rng.randint(0, 1)) for _ in range(2))
            tdmrep = json.dumps([{"location": at, "tdm-reservation": value} for at, value in reserved])
        elif rng.random() < 0.05:
            tdmrep = "<html><body>Not found</body></html>"
        hosts.append(Host(f"h{number}.example", (first, later), tdmrep, reserved))
    groups: tuple[Group, ...] = ((("*",), ("Disallow: /a/",), ""),)
    start = write_groups(groups)
    body = start + b"# a remark that says nothing\n" * (100_000_000 // 29) + b"User-agent: *\nDisallow: /\n"
    return [*hosts, Host(LARGE, (Answer(200, body, groups),) * 2, None, ())]


def make_pages(hosts: list[Host], each: int, rng: random.Random) -> list[Page]:
    texts = list_texts()
    pages = []
    for host in hosts:
        for path in rng.sample(_PATHS, each):
            header: tuple[tuple[str, str], ...] = ()
            if rng.random() < 0.05:
                header = (rng.choice((("X-Robots-Tag", "noai"), ("X-Robots-Tag", "gptbot: noai"),
                                      ("tdm-reservation", "1"), ("tdm-reservation", "0"))),)  # fmt: skip
            date = rng.choice(FETCHED[1:]) if rng.random() < 0.95 else EARLY
            pages.append(Page(host, path, date, header, texts[len(pages) % len(texts)]))
    return pages


def list_texts() -> list[str]:
    """What modules of the standard library say of their functions: prose, each once."""
    found: dict[str, None] = {}
    for path in sorted(Path(ast.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                text = " ".join((ast.get_docstring(node) or "").split())
                if 150 < len(text) < 4_000:
                    found[text] = None
    return list(found)


def write_crawl(folder: Path, hosts: list[Host], pages: list[Page]) -> None:
    """`robots-<date>.warc.gz`, of two dates, and `pages-<half>.warc.gz`, in a crawl's layout."""
    for number, date in enumerate(CAPTURED):
        with (folder / f"robots-{number}.warc.gz").open("wb") as out:
            writer = WARCWriter(out, gzip=True)
            for host in hosts:
                if answer := host.answers[number]:
                    _add(writer, f"https://{host.name}/robots.txt", answer.body, date, answer.status)
                if number == 0 and host.tdmrep is not None:
                    _add(writer, f"https://{host.name}/.well-known/tdmrep.json", host.tdmrep.encode(), date)
    for half in range(2):
        with (folder / f"pages-{half}.warc.gz").open("wb") as out:
            writer = WARCWriter(out, gzip=True)
            for page in pages[half::2]:
                body = f"<html><body><main><p>{html.escape(page.text)}</p></main></body></html>"
                _add(
                    writer,
                    page.url,
                    body.encode(),
                    page.date,
                    200,
                    ("Content-Type", "text/html"),
                    *page.header,
                )


def _add(
    writer: WARCWriter, url: str, body: bytes, date: str, status: int = 200, *header: tuple[str, str]
) -> None:
    http = StatusAndHeaders(f"{status} Said", list(header), protocol="HTTP/1.1")
    record = writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=http)
    record.rec_headers.replace_header("WARC-Date", date)
    writer.write_record(record)


def find_answer(page: Page, policy: str) -> Answer | str:
    """The answer that counts, or why none does."""
    until = "9999" if policy == "latest" else page.date
    there = [(date, each) for date, each in zip(CAPTURED, page.host.answers, strict=True) if each]
    if not there:
        return "no_capture"
    held = [each for date, each in there if date <= until]
    return held[-1] if held else "before_first"


def tell_state(answer: Answer | str) -> str:
    if isinstance(answer, str):
        return answer
    if answer.status != 200:
        return {404: "missing", 410: "missing", 403: "refused", 503: "unreachable"}[answer.status]
    return "found" if answer.groups else "unparsable"


def decide(page: Page, policy: str, google: object) -> dict[str, set[str]]:
    """The agents that each signal disallows the page, by its policy: `fetch` or `latest`."""
    found: dict[str, set[str]] = {}
    answer = find_answer(page, policy)
    if isinstance(answer, Answer) and answer.groups:
        # Google's parser cuts names at a digit, as RFC 9309 has product tokens, and would not find this one.
        body = answer.body[:MAX_BYTES].decode().replace("AI2Bot", _LETTERS)
        for agent in AGENTS:
            asked = {"*": NOBODY, "AI2Bot": _LETTERS}.get(agent, agent)
            if not google.is_allowed(body, asked, page.url):  # type: ignore[attr-defined]
                found.setdefault("robots", set()).add(agent)
            named = [group for group in answer.groups if agent in group[0]] or [
                group for group in answer.groups if "*" in group[0]
            ]
            if any("ai-train=no" in signal for _, _, signal in named):
                found.setdefault("content_signal", set()).add(agent)
    for _, value in page.header:
        if value.endswith("noai"):
            found["noai"] = {"GPTBot"} if ":" in value else set(AGENTS)
    own = [int(value) for name, value in page.header if name == "tdm-reservation"]
    if own or (policy == "latest" or page.date >= SPRING):
        said = [value for pattern, value in page.host.reserved if page.path.startswith(pattern)]
        if (own or said or [0])[0] == 1:
            found["tdm"] = set(AGENTS)
    return found
