"""A stream of tokens with a paper's own macros expanded, its files read where they are asked for.

What TeX does by running a program is done here for what papers use: definitions with arguments and defaults,
`\\let`, conditions, `\\csname`, `\\input`. Everything is bounded: what does not end is an `Endless`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from winnow.ingest.papers.tex.lexer import PAR, Lexer

MAX_EXPANSIONS = 500_000
MAX_CHARS = 50_000_000  # that expansions give, all together
MAX_OPEN = 60  # files and macros that are open inside one another
MAX_PUSHED = 10_000_000  # tokens that are read again, all together: what bounds a paper's time
MAX_ARGUMENT = 500_000  # tokens
MAX_OPTIONAL = 10_000
NO_VALUE = "\\NoValue"
_LIMITED = 40


class TexError(Exception):
    """The source cannot be read on; the message says what is wrong with it."""


class NoExpand(str):
    """A control word that means what it meant before it was defined anew."""


class Macro(NamedTuple):
    """What a name stands for: its arguments (kind, and default or what ends them), and the body."""

    spec: tuple[tuple[str, Sequence[str]], ...]  # ("m", ()), ("o", default), ("s", ()), ("until", tokens)
    body: list[str]


Primitive = Callable[["Stream"], None]


class Stream:
    """Tokens from a stack of texts; `primitives` are run, `macros` replaced, all else is handed out."""

    def __init__(self, primitives: dict[str, Primitive], protected: frozenset[str]) -> None:
        self.stack: list[Lexer | list[str]] = []
        self.apart = 0  # how many arguments are read by themselves
        self.floor = 0  # what lies below is not read until what lies above has been
        self.macros: dict[str, Macro] = {}
        self.begins: dict[str, tuple[Macro, list[str]]] = {}
        self.primitives, self.protected = primitives, protected
        self.verbatim: dict[str, str] = {}  # environments of the paper's own, and the form of their arguments
        self.theorems: dict[str, str] = {}
        self.switches: dict[str, bool] = {}
        self.expansions = self.chars = self.pushed = 0
        self.math = False
        self.cited: dict[str, None] = {}  # keys, in order
        self.short: set[str] = set()  # letters that open and close verbatim words
        self.style = ""  # the style file that is read, of which only new names are taken
        self.seen: list[str] = []  # names of files that are open

    @contextmanager
    def set_apart(self, tokens: Sequence[str]) -> Iterator[None]:
        """Within, these tokens are all that there is to read."""
        held, seen = self.floor, len(self.seen)
        self.apart += 1
        self.floor = len(self.stack)
        self.push(tokens)
        try:
            yield
        finally:
            del self.stack[self.floor :], self.seen[seen:]
            self.floor = held
            self.apart -= 1

    # ---- raw tokens ------------------------------------------------------------------------------------

    def pull(self) -> str | None:
        """The next token as it stands, None at the end."""
        while len(self.stack) > self.floor:
            top = self.stack[-1]
            if isinstance(top, list):
                if top:
                    return top.pop()
            elif (token := top.next()) is not None:
                return token
            elif top.name:
                self.seen.pop()
            self.stack.pop()
            if isinstance(top, Lexer) and top.letter_at and top.name == self.style:
                self.style = ""
        return None

    def push(self, tokens: Sequence[str]) -> None:
        """Tokens that come next."""
        if not tokens:
            return
        self.count(len(tokens))
        if len(self.stack) > self.floor and isinstance(top := self.stack[-1], list):
            top.extend(reversed(tokens))
        else:
            self.stack.append(list(reversed(tokens)))

    def count(self, tokens: int) -> None:
        """Tokens that are read again, within the bounds of a paper."""
        self.pushed += tokens
        if self.pushed > MAX_PUSHED:
            raise TexError(f"it does not come to an end: {self.pushed:,} tokens were read again")

    def open(self, text: str, name: str, *, letter_at: bool = False) -> None:
        """A file that comes next."""
        if len(self.seen) > MAX_OPEN:
            raise TexError(f"more than {MAX_OPEN} files are open inside one another, the last of them {name}")
        self.seen.append(name)
        text = text if text.endswith("\n") else f"{text}\n"  # the end of a file is a space
        self.stack.append(Lexer(text, name, self.short, letter_at=letter_at))

    def find_lexer(self) -> Lexer | None:
        """What letters are read from, if the next one comes from a file."""
        while len(self.stack) > self.floor and not self.stack[-1]:
            self.stack.pop()
        top = self.stack[-1] if len(self.stack) > self.floor else None
        return top if isinstance(top, Lexer) else None

    def skip_space(self) -> str | None:
        """The next token that is no white space."""
        token = self.pull()
        while token is not None and (token.isspace() or (token == PAR and self.math)):
            token = self.pull()
        return token

    # ---- arguments -------------------------------------------------------------------------------------

    def read_argument(self) -> list[str]:
        """The tokens of an argument: a group without its braces, or one token."""
        token = self.skip_space()
        if token is None or token == PAR:
            return []
        if token == "{":
            return self.read_group()
        if token == "}":
            self.push([token])
            return []
        if token[0] not in "\\#" and len(token) > 1 and not token.startswith("$"):
            token = token.lstrip()
            self.push([token[1:]] if len(token) > 1 else [])
            return [token[0]]
        return [token]

    def read_group(self) -> list[str]:
        """Tokens up to the brace that closes, which is read too."""
        out: list[str] = []
        depth = 1
        while (token := self.pull()) is not None:
            if token == "{":
                depth += 1
            elif token == "}":
                depth -= 1
                if not depth:
                    return out
            out.append(token)
            if len(out) > MAX_ARGUMENT:
                raise TexError(f"a group has more than {MAX_ARGUMENT:,} tokens")
        if not self.apart:  # it never closes: a brace in verbatim words, say; what it holds is text
            self.push(out)
            return []
        return out

    def read_optional(self) -> list[str] | None:
        """The tokens between brackets, None where no bracket comes next."""
        token = self.skip_space()
        if token != "[":
            if token is not None:
                self.push([token])
            return None
        out: list[str] = []
        depth = 0
        while (token := self.pull()) is not None:
            if token == "]" and not depth:
                return out
            depth += (token == "{") - (token == "}")
            if depth < 0 or len(out) > MAX_OPTIONAL:  # it was no argument
                self.push(["[", *out, token])
                return None
            out.append(token)
        self.push(["[", *out])
        return None

    def read_star(self, mark: str = "*") -> bool:
        """Whether a star comes next, which is read then."""
        token = self.skip_space()
        if token is None:
            return False
        if token.startswith(mark):
            self.push([token[1:]] if len(token) > 1 else [])
            return True
        self.push([token])
        return False

    def read_until(self, wanted: Sequence[str]) -> list[str]:
        """Tokens up to these, which are read too; a group that is all of them loses its braces."""
        goal = "".join(wanted).strip()
        if not goal:
            return self.read_argument()
        out: list[str] = []
        depth = 0
        while (token := self.pull()) is not None:
            if not depth:
                if not goal.startswith("\\") and token[0] not in "\\{}$#" and goal[:1] in token:
                    before, _, after = token.partition(goal)
                    if before != token:
                        self.push([after] if after else [])
                        out += [before] if before else []
                        break
                elif token == goal:
                    break
            depth += (token == "{") - (token == "}")
            out.append(token)
            if token == PAR or len(out) > MAX_ARGUMENT:
                break
        if len(out) > 1 and out[0] == "{" and out[-1] == "}" and "}" not in out[1:-1]:
            return out[1:-1]
        return out

    def read_name(self) -> str:
        """An argument as a word: the name of an environment, a file, a label."""
        return "".join(self.read_argument()).strip()

    # ---- expansion -------------------------------------------------------------------------------------

    def next(self) -> str | None:
        """The next token when all that is defined has been expanded."""
        while (token := self.pull()) is not None:
            if token[0] != "\\" or type(token) is NoExpand:
                return token
            if macro := self.macros.get(token):
                self.expand(token, macro)
            elif primitive := self.primitives.get(token):
                primitive(self)
            else:
                return token
        return None

    def expand(self, name: str, macro: Macro) -> None:
        """What a macro stands for comes next."""
        self.expansions += 1
        arguments = [self._read_spec(kind, given) for kind, given in macro.spec]
        self.push(self.fill(name, macro.body, arguments))

    def fill(self, name: str, body: Sequence[str], arguments: Sequence[Sequence[str]]) -> list[str]:
        """The body with its arguments, within the bounds of a paper."""
        sizes = [sum(map(len, argument)) for argument in arguments]
        out: list[str] = []
        for token in body:
            if token[0] != "#":
                out.append(token)
                self.chars += len(token)
            elif token[:2] == "##":
                out.append(token[1:])
            elif (at := ord(token[1:2] or "0") - ord("1")) in range(len(arguments)):
                out.extend(arguments[at])
                self.chars += sizes[at] + len(arguments[at])
        if self.expansions > MAX_EXPANSIONS or self.chars > MAX_CHARS:
            raise TexError(
                f"macros that never end: {self.expansions:,} were expanded, to {self.chars:,} characters, "
                f"the last of them {name[:_LIMITED]}"
            )
        return out

    def _read_spec(self, kind: str, given: Sequence[str]) -> Sequence[str]:
        if kind == "m":
            return self.read_argument()
        if kind == "o":
            found = self.read_optional()
            return given if found is None else found
        if kind == "s":
            return ["\\BooleanTrue" if self.read_star() else "\\BooleanFalse"]
        return self.read_until(given)
