"""robots.txt files, agents and URLs made at random, with all that is odd, so that rules meet paths."""

import random

# ruff: noqa: E501, SIM905 - lists of words
AGENTS = ("GPTBot", "CCBot", "Google-Extended", "meta-externalagent", "x_y")
_NAMED = (
    "*", "*", "* all of them", "*x", "gptbot", "GPTBOT/1.2", "GPTBot", "CCBot", "ccbot bot", "ccbot-x", "Google-Extended",
    "google-extended", "meta-externalagent", "x_y", "x_y.z", "other", "", "Mozilla GPTBot",
)  # fmt: skip
_KEYS = (
    "User-agent", "user-agent", "USER-AGENT", "Useragent", "user agent", "User-agents",
    "Disallow", "disallow", "DISALLOW", "Dissallow", "disalow", "Diasllow", "Disallaw", "disallowed",
    "Allow", "allow", "ALLOW", "allows", "Alow", "Sitemap", "Crawl-delay", "Content-Signal", "Content-Usage", "Host", "foo", "",
)  # fmt: skip
_STEPS = tuple("/ / a b ab index.html index.htm . .. %C3%A9 %2F %20 - a.php ;x".split())
_WILD = (
    *"* * $ ** é %c3%a9 %61 3 %zz % ? ?a=b &c #x".split(), " ", "\t", "\udce9", "\x00", "=",
)  # fmt: skip
_ODD_URL = (
    *"? ?a=b &c=* $ #f".split(), " ", *"é %c3%a9 %61 %33 %2e // /./ /../ ' ^ | \\ % 漢 \"".split(),
)  # fmt: skip


def _path(rng: random.Random, more: tuple[str, ...]) -> str:
    steps = [rng.choice(more if rng.random() < 0.2 else _STEPS) for _ in range(rng.randint(0, 4))]
    return ("/" if rng.random() < 0.9 else "") + "".join(steps)


def _line(rng: random.Random) -> str:
    roll = rng.random()
    if roll < 0.1:
        return rng.choice(
            ("", "", " ", "# a remark", "\t# b", "one two three", "disallow /a", "user-agent x_y", ":")
        )
    if roll < 0.35:
        key, value = rng.choice(_KEYS[:6]), rng.choice(_NAMED)
    elif roll < 0.75:
        key, value = rng.choice(_KEYS[6:14]), _path(rng, _WILD)
    elif roll < 0.9:
        key, value = rng.choice(_KEYS[14:19]), _path(rng, _WILD)
    else:
        key, value = rng.choice(_KEYS), rng.choice((_path(rng, _WILD), "ai-train=no", "10"))
    if rng.random() < 0.01:
        value = (
            "/" + "*" * rng.randint(1, 30) + "a" * rng.choice((5, 2_000, 17_000)) + rng.choice(("", "$", "*"))
        )
    space = rng.choice(("", "", "", " ", "\t", "\x0b", "\x0c"))
    behind = rng.choice(("", "", "", "", " # remark", "#", " "))
    return f"{space}{key}{rng.choice((':', ':', ':', ' :', ': ', ': ', '  ', ':: '))}{value}{behind}"


def make(seed: int) -> tuple[bytes, str, str]:
    """A file, an agent and a URL."""
    rng = random.Random(seed)
    ends = rng.choice((("\n",), ("\r\n",), ("\r",), ("\n", "\r\n", "\r", "\n\n")))
    lines = [_line(rng) + rng.choice(ends) for _ in range(rng.randint(0, 25))]
    body = "".join(lines).encode("utf-8", "surrogateescape")
    body = rng.choice((b"", b"", b"", b"\xef\xbb\xbf", b"\xef\xbb", b"\xef", b"\xbb")) + body
    if rng.random() < 0.005:
        body = b"# long\n" * 80_000 + body  # beyond 500 KiB
    host = rng.choice(("https://h.example", "http://h.example:80", "HTTPS://u:p@H.example:8443"))
    path = _path(rng, _ODD_URL)
    return body, rng.choice(AGENTS), host + ("" if path.startswith(("/", "?")) else "/") + path
