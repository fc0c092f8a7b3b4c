"""Cases of what is said of use, with what the specifications make of it: written before any answer was seen.

Of robots.txt RFC 9309; of Content-Usage IETF aipref's drafts of August 2026 (RFC 9651 for values); of
Content-Signal contentsignals.org; of reservations the TDM Reservation Protocol; of noai the convention of
`X-Robots-Tag`. `N` is disallowed, `Y` allowed, `-` unknown; the agent is GPTBot unless another is named.
"""

import json
from typing import NamedTuple


class Case(NamedTuple):
    """What a site's files and a page's header and metas say, and what holds by one signal for one agent."""

    signal: str
    value: str
    robots: str | bytes | None = None
    header: tuple[tuple[str, str], ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    tdmrep: str | None = None
    ai_txt: str | None = None
    path: str = "/a/b.html"
    agent: str = "gptbot"


def _robots(*cases: tuple[str, str | bytes, str, str]) -> list[Case]:
    return [Case("robots", value, robots, path=path, agent=agent) for value, robots, path, agent in cases]


_GPT, _ALL = "User-agent: GPTBot\n", "User-agent: *\n"
ROBOTS = _robots(
    # Which group is an agent's.
    ("N", _GPT + "Disallow: /", "/a", "gptbot"),
    ("-", _GPT + "Disallow: /", "/a", "ccbot"),
    ("N", _ALL + "Disallow: /", "/a", "gptbot"),
    ("N", "USER-AGENT: gPtBoT\nDISALLOW: /", "/a", "gptbot"),
    ("Y", _ALL + "Disallow: /\n\n" + _GPT + "Disallow:", "/a", "gptbot"),
    ("Y", _GPT + "Disallow:\n\n" + _ALL + "Disallow: /", "/a", "gptbot"),
    ("N", _GPT + "Disallow:\n\n" + _ALL + "Disallow: /", "/a", "ccbot"),
    ("N", _GPT + "Disallow: /x\n" + _ALL + "Allow: /\n" + _GPT + "Disallow: /a", "/a", "gptbot"),
    ("N", _GPT + "Disallow: /a\n" + _ALL + "Allow: /\n" + _GPT + "Disallow: /x", "/a", "gptbot"),
    ("N", _ALL + "Disallow: /x\n\n" + _ALL + "Disallow: /a", "/a", "gptbot"),
    ("N", "User-agent: CCBot\nUser-agent: GPTBot\nDisallow: /", "/a", "gptbot"),
    ("N", "User-agent: CCBot\nUser-agent: GPTBot\nDisallow: /", "/a", "ccbot"),
    ("N", "User-agent: CCBot\n\n\nUser-agent: GPTBot\n\nDisallow: /", "/a", "ccbot"),
    ("N", "User-agent: CCBot\nCrawl-delay: 3\nUser-agent: GPTBot\nDisallow: /", "/a", "ccbot"),
    ("-", "User-agent: CCBot\nDisallow: /\nUser-agent: GPTBot\nDisallow:", "/a", "other"),
    ("Y", "User-agent: CCBot\nDisallow: /\nUser-agent: GPTBot\nDisallow:", "/a", "gptbot"),
    ("N", "User-agent: GPTBot/1.1 (+https://openai.example/gptbot)\nDisallow: /", "/a", "gptbot"),
    ("-", "User-agent: GPTBot-User\nDisallow: /", "/a", "gptbot"),
    ("-", "User-agent: GPT\nDisallow: /", "/a", "gptbot"),
    ("-", "User-agent: Mozilla GPTBot\nDisallow: /", "/a", "gptbot"),
    ("N", "User-agent: Google-Extended\nDisallow: /", "/a", "google-extended"),
    ("-", "User-agent: Google\nDisallow: /", "/a", "google-extended"),
    ("N", "User-agent: AI2Bot\nDisallow: /", "/a", "ai2bot"),
    ("N", "User-agent: img2dataset/1.0\nDisallow: /", "/a", "img2dataset"),
    ("-", "User-agent: AI2Bot-Dolma\nDisallow: /", "/a", "ai2bot"),
    ("N", "User-agent: meta-externalagent\nDisallow: /", "/a", "meta-externalagent"),
    ("-", "Disallow: /", "/a", "gptbot"),
    ("-", "Disallow: /\nUser-agent: GPTBot", "/a", "other"),
    ("Y", "Disallow: /\nUser-agent: GPTBot", "/a", "gptbot"),
    ("-", "", "/a", "gptbot"),
    ("-", "# nothing\n\n", "/a", "gptbot"),
    ("-", "Sitemap: https://x.example/map.xml", "/a", "gptbot"),
    # Which rule decides.
    ("Y", _GPT + "Disallow: /b", "/a", "gptbot"),
    ("N", _GPT + "Disallow: /a", "/a/b", "gptbot"),
    ("N", _GPT + "Disallow: /a", "/ab", "gptbot"),
    ("Y", _GPT + "Disallow: /a/", "/a", "gptbot"),
    ("Y", _GPT + "Disallow: /A", "/a", "gptbot"),
    ("Y", _GPT + "Disallow: /a\nAllow: /a/b", "/a/b", "gptbot"),
    ("Y", _GPT + "Allow: /a/b\nDisallow: /a", "/a/b", "gptbot"),
    ("N", _GPT + "Allow: /a\nDisallow: /a/b", "/a/b", "gptbot"),
    ("Y", _GPT + "Disallow: /a\nAllow: /a", "/a", "gptbot"),
    ("Y", _GPT + "Allow: /a\nDisallow: /a", "/a", "gptbot"),
    ("Y", _GPT + "Allow: /page\nDisallow: /*.ht", "/page", "gptbot"),
    ("N", _GPT + "Allow: /page\nDisallow: /*.html", "/page.html", "gptbot"),
    ("Y", _GPT + "Allow: /$\nDisallow: /", "/", "gptbot"),
    ("N", _GPT + "Allow: /$\nDisallow: /", "/page", "gptbot"),
    ("N", _GPT + "Disallow: /*.pdf$", "/a/b.pdf", "gptbot"),
    ("Y", _GPT + "Disallow: /*.pdf$", "/a/b.pdf?x", "gptbot"),
    ("N", _GPT + "Disallow: /*?*x=", "/a?b&x=1", "gptbot"),
    ("Y", _GPT + "Disallow: /*?*x=", "/a", "gptbot"),
    ("N", _GPT + "Disallow: *", "/a", "gptbot"),
    ("N", _GPT + "Disallow: /**b", "/a/b", "gptbot"),
    ("N", _GPT + "Disallow: /a$b", "/a$b", "gptbot"),
    ("Y", _GPT + "Disallow: a", "/a", "gptbot"),
    ("N", _GPT + "Disallow: /?q=", "?q=1", "gptbot"),
    ("Y", _GPT + "Allow: /index.html\nDisallow: /", "/", "gptbot"),
    # Bytes: escapes, letters of other scripts, line ends, marks, comments.
    ("N", _GPT + "Disallow: /é", "/%C3%A9", "gptbot"),
    ("N", _GPT + "Disallow: /é", "/%c3%a9t", "gptbot"),
    ("N", _GPT + "Disallow: /é", "/é", "gptbot"),
    ("N", _GPT + "Disallow: /%C3%A9", "/é", "gptbot"),
    ("N", _GPT + "Disallow: /%7Ejoe", "/~joe", "gptbot"),
    ("N", _GPT + "Disallow: /~joe", "/%7ejoe", "gptbot"),
    ("N", _GPT + "Disallow: /a%2Fb", "/a%2fb", "gptbot"),
    ("N", _GPT + "Disallow: /ツ", "/%E3%83%84", "gptbot"),
    ("N", _GPT.encode() + "Disallow: /é".encode("latin-1"), "/%E9", "gptbot"),
    ("N", "\ufeffUser-agent: GPTBot\nDisallow: /", "/a", "gptbot"),
    ("N", b"\xef\xbbUser-agent: GPTBot\nDisallow: /", "/a", "gptbot"),
    ("N", ("\ufeff" + _GPT + "Disallow: /").encode("utf-16-le"), "/a", "gptbot"),
    ("N", ("\ufeff" + _GPT + "Disallow: /").encode("utf-16-be"), "/a", "gptbot"),
    ("N", "User-agent: GPTBot\rDisallow: /", "/a", "gptbot"),
    ("N", "User-agent: GPTBot\r\nDisallow: /\r\n", "/a", "gptbot"),
    ("N", "User-agent: GPTBot # ours\nDisallow: / # all", "/a", "gptbot"),
    ("Y", "User-agent: GPTBot\nDisallow: # /", "/a", "gptbot"),
    ("Y", "User-agent: GPTBot\n#Disallow: /", "/a", "gptbot"),
    ("N", "  User-agent :\tGPTBot  \n\tDisallow :  /  ", "/a", "gptbot"),
    ("N", "User-agent GPTBot\nDisallow /", "/a", "gptbot"),
    ("N", "Useragent: GPTBot\nDissallow: /", "/a", "gptbot"),
    ("N", "# long\n" * 70_000 + _GPT + "Disallow: /", "/a", "gptbot"),
    ("Y", _GPT + "Disallow: /" + "a" * 20_000, "/a", "gptbot"),
    ("N", _GPT + "Disallow: /b", "/a/../b/x", "gptbot"),
    ("Y", _GPT + "Disallow: /a", "/a/../b", "gptbot"),
    ("N", _GPT + "Disallow: /a", "/./a", "gptbot"),
)


def _use(name: str, signal: str, *cases: tuple[str, str]) -> list[Case]:
    """A value in a line of robots.txt for all, and the same in a header."""
    found = []
    for value, text in cases:
        found.append(Case(signal, value, f"{_ALL}{name}: {text}\nAllow: /"))
        found.append(Case(signal, value, header=((name.lower(), text),)))
    return found


USAGE = [
    *_use(
        "Content-Usage",
        "content_usage",
        ("N", "train-ai=n"),
        ("Y", "train-ai=y"),
        ("-", "search=n"),
        ("-", "search=y"),
        ("N", "search=y, train-ai=n"),
        ("N", "train-ai=n,search=y"),
        ("Y", "search=n,\ttrain-ai=y"),
        ("-", "Train-AI=n"),
        ("-", "train-ai=N"),
        ("-", "train-ai=no"),
        ("-", "train-ai"),
        ("-", "train-ai=?0"),
        ("-", 'train-ai="n"'),
        ("-", "train-ai = n"),
        ("N", "train-ai=n;note=1"),
        ("N", "train-ai=y, train-ai=n"),
        ("Y", "train-ai=n, train-ai=y"),
        ("N", "foo=bar, train-ai=n"),
        ("-", "train-ai-x=n"),
        ("-", ""),
        ("N", "bots=n"),
        ("N", "train-genai=n"),
        ("N", "ai-use=n"),
        ("-", "bots=y"),
        ("-", "ai-output=n"),
        ("N", "train-ai=y, bots=n"),
    ),
    Case("content_usage", "N", f"{_ALL}Content-Usage: /a/ train-ai=n\nAllow: /"),
    Case("content_usage", "-", f"{_ALL}Content-Usage: /b/ train-ai=n\nAllow: /"),
    Case("content_usage", "N", f"{_ALL}Content-Usage: /a/\ttrain-ai=n\nAllow: /"),
    Case("content_usage", "Y", f"{_ALL}Content-Usage: train-ai=n\nContent-Usage: /a/ train-ai=y\nAllow: /"),
    Case("content_usage", "N", f"{_ALL}Content-Usage: /a/ train-ai=n\nContent-Usage: / train-ai=y\nAllow: /"),
    Case(
        "content_usage", "N", f"{_ALL}Content-Usage: /a/ train-ai=y\nContent-Usage: /a/ train-ai=n\nAllow: /"
    ),
    Case(
        "content_usage", "N", f"{_ALL}Content-Usage: /a/ train-ai=n\nContent-Usage: /a/ train-ai=y\nAllow: /"
    ),
    Case("content_usage", "N", f"{_ALL}Content-Usage: /a/ search=y\nContent-Usage: /a/ train-ai=n\nAllow: /"),
    Case("content_usage", "-", f"{_ALL}Content-Usage: / train-ai=n\nContent-Usage: /a/ search=y\nAllow: /"),
    Case("content_usage", "N", f"{_ALL}Content-Usage: /*.html$ train-ai=n\nAllow: /"),
    Case("content_usage", "-", f"{_ALL}Content-Usage: /*.pdf$ train-ai=n\nAllow: /"),
    Case("content_usage", "N", f"{_ALL}Content-Usage: train-ai=n\nContent-Usage: / train-ai=y\nAllow: /"),
    Case(
        "content_usage", "-", f"{_ALL}Content-Usage: train-ai=n\nDisallow: /"
    ),  # no path that may be crawled
    Case("content_usage", "N", f"{_ALL}Content-Usage: train-ai=n\nDisallow: /x"),
    Case("content_usage", "N", f"{_ALL}Content-Usage: train-ai=n # not for models"),
    Case("content_usage", "-", f"{_ALL}Content-Usage: # train-ai=n"),
    Case("content_usage", "-", "Content-Usage: train-ai=n\nUser-agent: *\nAllow: /"),
    Case("content_usage", "N", f"{_GPT}Content-Usage: train-ai=n\n\n{_ALL}Content-Usage: train-ai=y"),
    Case(
        "content_usage",
        "Y",
        f"{_GPT}Content-Usage: train-ai=n\n\n{_ALL}Content-Usage: train-ai=y",
        agent="ccbot",
    ),
    Case("content_usage", "-", f"{_GPT}Allow: /\n\n{_ALL}Content-Usage: train-ai=n"),
    Case("content_usage", "N", f"{_GPT}Content-Usage: train-ai=n\nUser-agent: CCBot\nAllow: /"),
    Case(
        "content_usage", "-", f"{_GPT}Content-Usage: train-ai=n\nUser-agent: CCBot\nAllow: /", agent="ccbot"
    ),
    Case("content_usage", "N", f"{_ALL}CONTENT-USAGE: train-ai=n\r\nAllow: /"),
    Case("content_usage", "N", f"{_ALL}Content-Usage: train-ai=y", (("content-usage", "train-ai=n"),)),
    Case("content_usage", "N", f"{_ALL}Content-Usage: train-ai=n", (("content-usage", "train-ai=y"),)),
    Case("content_usage", "Y", None, (("content-usage", "train-ai=n"), ("content-usage", "train-ai=y"))),
    Case("content_usage", "N", None, (("content-usage", "search=y"), ("content-usage", "train-ai=n"))),
]
SIGNAL = [
    *_use(
        "Content-Signal",
        "content_signal",
        ("N", "ai-train=no"),
        ("Y", "ai-train=yes"),
        ("N", "search=yes, ai-input=no, ai-train=no"),
        ("N", "search=yes,ai-train=no"),
        ("-", "search=yes, ai-input=no"),
        ("-", "search=no"),
        ("N", "AI-Train=No"),
        ("-", "ai-train=n"),
        ("-", "ai-train"),
        ("-", "ai-train=maybe"),
        ("N", "ai-train = no"),
        ("N", "ai-train=yes, ai-train=no"),
        ("-", "ai-training=no"),
        ("-", ""),
    ),
    Case("content_signal", "N", f"{_GPT}Content-Signal: ai-train=no\n\n{_ALL}Content-Signal: ai-train=yes"),
    Case(
        "content_signal",
        "Y",
        f"{_GPT}Content-Signal: ai-train=no\n\n{_ALL}Content-Signal: ai-train=yes",
        agent="x",
    ),
    Case("content_signal", "-", f"{_GPT}Allow: /\n\n{_ALL}Content-Signal: ai-train=no"),
    Case("content_signal", "-", "Content-Signal: ai-train=no\nUser-agent: *\nAllow: /"),
    Case(
        "content_signal", "N", f"{_ALL}Content-Signal: ai-train=no\nDisallow: /"
    ),  # said whether crawled or not
    Case("content_signal", "N", f"{_ALL}Content-Signal: ai-train=yes\nContent-Signal: ai-train=no\nAllow: /"),
    Case("content_signal", "N", f"{_ALL}content-signal: ai-train=no\nAllow: /"),
    Case("content_signal", "-", f"{_ALL}# Content-Signal: ai-train=no\nAllow: /"),
    Case("content_signal", "N", f"{_ALL}Content-Signal: ai-train=yes", (("content-signal", "ai-train=no"),)),
    Case("content_signal", "N", f"{_ALL}Content-Signal: ai-train=no", (("content-signal", "ai-train=yes"),)),
    Case("content_signal", "N", f"{_ALL}Allow: /\nContent-Signal: ai-train=no\n\n{_ALL}Allow: /b"),
]


def _robots_tag(*cases: tuple[str, str, str]) -> list[Case]:
    """A value of the header, and the same of the meta `robots`."""
    found = []
    for value, text, agent in cases:
        found.append(Case("noai", value, header=(("x-robots-tag", text),), agent=agent))
        found.append(Case("noai", value, meta=(("robots", text),), agent=agent))
    return found


NOAI = [
    *_robots_tag(
        ("N", "noai", "gptbot"),
        ("N", "NoAI", "gptbot"),
        ("N", "noindex, noai", "gptbot"),
        ("N", "noai,noimageai", "gptbot"),
        ("N", "noimageai, noai, nofollow", "ccbot"),
        ("-", "noimageai", "gptbot"),
        ("-", "noindex, nofollow", "gptbot"),
        ("-", "all", "gptbot"),
        ("-", "none", "gptbot"),
        ("-", "noaia", "gptbot"),
        ("-", "otherbot: noai", "gptbot"),
        ("N", "GPTBot: noai", "gptbot"),
        ("-", "GPTBot: noai", "ccbot"),
        ("N", "otherbot: noindex, gptbot: noai", "gptbot"),
        ("-", "gptbot: noindex, otherbot: noai", "gptbot"),
        ("N", "noai, otherbot: noindex", "gptbot"),
        ("-", "otherbot: noindex, noai", "gptbot"),
        ("N", "max-snippet: 20, noai", "gptbot"),
        ("N", "unavailable_after: 25 Jun 2030 15:00:00 PST, noai", "gptbot"),
        ("N", "max-image-preview: large, max-video-preview: -1, noai", "gptbot"),
    ),
    Case("noai", "N", meta=(("gptbot", "noai"),)),
    Case("noai", "-", meta=(("gptbot", "noai"),), agent="ccbot"),
    Case("noai", "-", meta=(("gptbot", "nofollow"),)),
    Case("noai", "-", meta=(("googlebot", "noai"),)),
    Case("noai", "N", header=(("x-robots-tag", "noindex"), ("x-robots-tag", "noai"))),
    Case("noai", "N", header=(("x-robots-tag", "all"),), meta=(("robots", "noai"),)),
    Case("noai", "-"),
    Case("noimageai", "N", meta=(("robots", "noimageai"),)),
    Case("noimageai", "-", meta=(("robots", "noai"),)),
    Case("noimageai", "N", header=(("x-robots-tag", "noai, noimageai"),)),
    Case("noimageai", "-", header=(("x-robots-tag", "ccbot: noimageai"),)),
]


def _tdm(location: str, reservation: object = 1) -> str:
    return json.dumps([{"location": location, "tdm-reservation": reservation}])


TDM = [
    Case("tdm", "N", header=(("tdm-reservation", "1"),)),
    Case("tdm", "Y", header=(("tdm-reservation", "0"),)),
    Case("tdm", "-", header=(("tdm-reservation", "2"),)),
    Case("tdm", "-", header=(("tdm-reservation", "yes"),)),
    Case("tdm", "-", header=(("tdm-policy", "https://x.example/policy.json"),)),
    Case("tdm", "N", header=(("tdm-reservation", "1"), ("tdm-policy", "https://x.example/policy.json"))),
    Case("tdm", "N", header=(("tdm-reservation", " 1 "),)),
    Case("tdm", "N", meta=(("tdm-reservation", "1"),)),
    Case("tdm", "Y", meta=(("tdm-reservation", "0"),)),
    Case("tdm", "-", meta=(("tdm-reservation", ""),)),
    Case("tdm", "Y", header=(("tdm-reservation", "1"),), meta=(("tdm-reservation", "0"),)),
    Case("tdm", "N", header=(("tdm-reservation", "0"),), meta=(("tdm-reservation", "1"),)),
    Case("tdm", "N", meta=(("tdm-reservation", "0"), ("tdm-reservation", "1"))),
    Case("tdm", "N", tdmrep=_tdm("/")),
    Case("tdm", "Y", tdmrep=_tdm("/", 0)),
    Case("tdm", "N", tdmrep=_tdm("/", "1")),
    Case("tdm", "-", tdmrep=_tdm("/", True)),
    Case("tdm", "-", tdmrep=_tdm("/", 3)),
    Case("tdm", "-", tdmrep=_tdm("/b/")),
    Case("tdm", "N", tdmrep=_tdm("/a/")),
    Case("tdm", "-", tdmrep=_tdm("/A/")),
    Case("tdm", "N", tdmrep=_tdm("/*.html")),
    Case("tdm", "N", tdmrep=_tdm("/*.html$")),
    Case("tdm", "-", tdmrep=_tdm("/*.htm$")),
    Case("tdm", "-", tdmrep=_tdm("/a/b$")),
    Case(
        "tdm",
        "N",
        tdmrep='[{"location": "/a/", "tdm-reservation": 1}, {"location": "/", "tdm-reservation": 0}]',
    ),
    Case(
        "tdm",
        "Y",
        tdmrep='[{"location": "/", "tdm-reservation": 0}, {"location": "/a/", "tdm-reservation": 1}]',
    ),
    Case(
        "tdm",
        "N",
        tdmrep='[{"location": "/x", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]',
    ),
    Case("tdm", "N", tdmrep="\ufeff" + _tdm("/")),
    Case("tdm", "-", tdmrep="<html><body>Not found</body></html>"),
    Case("tdm", "-", tdmrep='{"location": "/", "tdm-reservation": 1}'),
    Case("tdm", "-", tdmrep='[{"tdm-reservation": 1}]'),
    Case("tdm", "-", tdmrep='[{"location": "/"}]'),
    Case("tdm", "-", tdmrep="[1, null, []]"),
    Case("tdm", "-", tdmrep="[" * 100_000),
    Case("tdm", "-", tdmrep=""),
    Case("tdm", "Y", tdmrep=_tdm("/"), header=(("tdm-reservation", "0"),)),
    Case("tdm", "N", tdmrep=_tdm("/", 0), header=(("tdm-reservation", "1"),)),
    Case("tdm", "Y", tdmrep=_tdm("/"), meta=(("tdm-reservation", "0"),)),
    Case("tdm", "N", tdmrep=_tdm("/"), header=(("tdm-reservation", "x"),)),
    Case("tdm", "N", tdmrep=_tdm("/"), agent="ccbot"),
]
AI_TXT = [
    Case("ai_txt", "N", ai_txt="User-Agent: *\nDisallow: *.html"),
    Case("ai_txt", "N", ai_txt="User-Agent: *\nDisallow: /"),
    Case("ai_txt", "-", ai_txt="User-Agent: *\nDisallow: *.jpg\nDisallow: *.png"),
    Case("ai_txt", "Y", ai_txt="User-Agent: *\nAllow: *.html\nDisallow: /"),
    Case("ai_txt", "N", ai_txt="User-Agent: *\nDisallow: *.html\nAllow: /"),
    Case("ai_txt", "N", ai_txt="User-Agent: *\nDisallow: *.html", path="/a/"),
    Case("ai_txt", "N", ai_txt="User-Agent: *\nDisallow: *.html", path="/a/b"),
    Case("ai_txt", "-", ai_txt="User-Agent: *\nDisallow: *.html", path="/a.txt"),
    Case("ai_txt", "N", ai_txt="User-Agent: *\nDisallow: *.txt", path="/a.txt?x=1"),
    Case(
        "ai_txt",
        "N",
        ai_txt="# Spawning AI\nUser-Agent: *\nDisallow: *.txt\nDisallow: *.html\nAllow: *.jpg\n",
    ),
    Case("ai_txt", "-", ai_txt="<html>no</html>"),
]


def _all(value: str, agent: str = "gptbot", **said: object) -> Case:
    return Case("all", value, agent=agent, **said)  # type: ignore[arg-type]


# Across signals: any disallow, else any allow, else unknown.
CONFLICTS = [
    _all("-"),
    _all("N", robots=_GPT + "Disallow: /", header=(("content-usage", "train-ai=y"),)),
    _all("N", robots=_ALL + "Allow: /", header=(("content-usage", "train-ai=n"),)),
    _all("N", robots=_ALL + "Allow: /", meta=(("robots", "noai"),)),
    _all("Y", robots=_ALL + "Allow: /", meta=(("robots", "noimageai"),)),
    _all("Y", robots=_ALL + "Disallow: /x"),
    _all("Y", header=(("tdm-reservation", "0"),)),
    _all("N", header=(("tdm-reservation", "0"), ("content-signal", "ai-train=no"))),
    _all("N", robots=_ALL + "Content-Signal: ai-train=yes\nAllow: /", tdmrep=_tdm("/")),
    _all("N", robots=_ALL + "Content-Signal: ai-train=no\nContent-Usage: train-ai=y\nAllow: /"),
    _all("N", ai_txt="User-Agent: *\nDisallow: /", robots=_ALL + "Allow: /"),
    _all("N", header=(("x-robots-tag", "gptbot: noai"), ("content-usage", "train-ai=y"))),
    _all("Y", header=(("x-robots-tag", "gptbot: noai"), ("content-usage", "train-ai=y")), agent="ccbot"),
    _all("-", robots=_GPT + "Disallow: /", agent="ccbot"),
    _all("N", robots=_ALL + "Disallow: /a", header=(("tdm-reservation", "0"),)),
]
CASES = [*ROBOTS, *USAGE, *SIGNAL, *NOAI, *TDM, *AI_TXT, *CONFLICTS]
