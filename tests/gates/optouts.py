"""Opt-outs: robots.txt beside Google's parser, and every signal beside what its specification says.

    make gate NAME=optouts

Google's parser is the package `fast-robotstxt`, in out/cache/peers_law; without it the verdicts that it gave
stand in tests/filters.
"""

import sys
import tempfile
from pathlib import Path

import environments
import numpy as np
import polars as pl
from figures import say_figure
from optouts_cases import CASES
from optouts_judged import judge_cases
from optouts_made import AGENTS, make

from winnow.filters.optouts.lines import DISALLOW
from winnow.filters.optouts.match import decide
from winnow.filters.optouts.paths import split_urls
from winnow.filters.optouts.rules import name_agents, read_rules
from winnow.words.split import utf8

MADE, MIN_MADE, MIN_CASES = 20_000, 10_000, 200


def find_lines(seeds: range) -> list[int]:
    """The line that disallows the page of each made file, 0 where none does, as we have it."""
    asked, found = name_agents(list(AGENTS)), []
    for begin in range(seeds.start, seeds.stop, 1_000):
        made = [make(seed) for seed in range(begin, min(begin + 1_000, seeds.stop))]
        body, where = b"".join(each[0] for each in made), np.cumsum([0, *(len(each[0]) for each in made)])
        rules = read_rules(np.frombuffer(body, np.uint8), where, asked)
        paths, offsets = utf8(split_urls(pl.Series([each[2] for each in made]))["path"])
        for row, each in zip(decide(rules, np.arange(len(made)), paths, offsets, asked), made, strict=True):
            at = int(row[asked.names.index(each[1].lower())])
            found.append(int(rules.line[at]) if at >= 0 and rules.kind[at] == DISALLOW else 0)
    return found


def ask_google(seeds: range) -> list[int] | None:
    """The same, as Google's parser has it; None where it is not installed."""
    try:
        from robotstxt import robots
    except ImportError:
        return None
    library, found = robots._lib, []
    matcher = library.robots_matcher_create()
    for seed in seeds:
        body, agent, url = make(seed)
        words = agent.encode(), url.encode()
        sized = [part for each in (body, *words) for part in (each, len(each))]
        allowed = library.robots_allowed_by_robots(matcher, *sized)
        found.append(0 if allowed else library.robots_matching_line(matcher))
    library.robots_matcher_free(matcher)
    return found


def main() -> int:
    """Print each figure with its floor; 1 where one is short."""
    environments.enter("peers_law")
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else MADE)
    google, whose = ask_google(seeds), "Google's parser, asked now"
    if google is None:
        text = (Path(__file__).parent.parent / "filters/optouts_google.txt").read_text()
        google, whose = [int(each) for each in text.split()], "Google's parser, as it answered before"
        seeds = range(len(google))
    differ = sum(one != other for one, other in zip(find_lines(seeds), google, strict=True))
    disallowed = len(google) - google.count(0)
    print(f"robots.txt: {len(google)} made files ({whose}), {disallowed} disallowed")
    short = [
        say_figure("robots.txt files", len(google), MIN_MADE),
        say_figure("robots.txt that differ", differ, 0, most=True),
    ]
    with tempfile.TemporaryDirectory() as folder:
        found = judge_cases(CASES, Path(folder))
    wrong = [(case, value) for case, value in zip(CASES, found, strict=True) if value != case.value]
    for case, value in wrong:
        print(f"  {value} for {case}")
    for signal in dict.fromkeys(case.signal for case in CASES):
        print(f"  {signal}: {sum(case.signal == signal for case in CASES)} cases")
    short += [
        say_figure("signals, cases", len(CASES), MIN_CASES),
        say_figure("signals, wrong", len(wrong), 0, most=True),
    ]
    return int("short" in short)


if __name__ == "__main__":
    sys.exit(main())
