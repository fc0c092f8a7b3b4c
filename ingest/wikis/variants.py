"""Words that a wiki writes in several variants of its language: `-{zh-hans:计算机;zh-hant:電腦}-`."""

import re

_WIKIS = frozenset({"zh", "sr", "sh", "kk", "ku", "iu", "uz", "gan", "shi", "tg", "crh", "wuu", "ban", "tly"})
_MARKED = re.compile(r"-\{([^{}]*)\}-")
_FLAGS = re.compile(r"\s*([A-Z-]|zh-\w+|[A-Z](?:;[A-Z])*)\s*\|")
_FIRST = ("zh-hans", "zh-cn", "zh", "sr-ec", "sr-cyrl")


def choose_variant(wikitext: str, language: str) -> str:
    """The page with one variant of each such word: the first of those that its language prefers."""
    if language not in _WIKIS or "-{" not in wikitext:
        return wikitext
    return _MARKED.sub(_choose, wikitext)


def _choose(found: re.Match[str]) -> str:
    rule = found[1]
    flags = _FLAGS.match(rule)
    if flags:
        rule = rule[flags.end() :]
        if flags[1][0] in "HT-D":  # a rule for other words, or for the title, which shows nothing here
            return ""
    variants = dict(part.split(":", 1) for part in rule.split(";") if ":" in part and "=>" not in part)
    named = {name.strip(): text.strip() for name, text in variants.items() if name.strip().isascii()}
    if not named or not all(re.fullmatch(r"[a-z-]+", name) for name in named):
        return rule
    return next((named[name] for name in _FIRST if name in named), next(iter(named.values())))
