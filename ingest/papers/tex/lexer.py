"""TeX's characters as tokens: control words, marks, and runs of plain letters.

A token is a string. A control word is `\\name` without the spaces behind it, a blank line is `\\par`, a
comment is nothing, a run of letters that mean nothing to TeX is one token. Rejected: the tokens of pylatexenc
(0.25 MB/s of true manuals, beside 5 MB/s; it cannot be told in mid-file that `@` is a letter now) and
TexSoup's (0.02 MB/s).
"""

import re
from collections.abc import Collection, Iterable

PAR = "\\par"
_SPACE = r"[ \t]*(?:\n(?![ \t]*\n)[ \t]*)?"
_REST = (
    r"|(?P<control>\\(?:[^a-zA-Z]|$))"
    r"|(?P<comment>%[^\n]*\n?[ \t]*(?P<blank>\n[ \t\n]*)?)"
    r"|(?P<par>[ \t]{0,2000}\n[ \t]*\n[ \t\n]*)"
    r"|(?P<mark>\$\$?|\#+\d?|\#|[{}&^_~\[\]])"
    r"|(?P<text>[^\\%\n$\#{}&^_~\[\]]{1,2000}|\n[ \t]*)"
)
_TOKEN = re.compile(rf"(?P<word>\\[a-zA-Z]+){_SPACE}{_REST}", re.DOTALL)
_TOKEN_AT = re.compile(rf"(?P<word>\\[a-zA-Z@]+){_SPACE}{_REST}", re.DOTALL)
_RAW_NAMES = "verb lstinline mintinline end url path makeatletter makeatother"
_RAW = frozenset("\\" + name for name in _RAW_NAMES.split())
_WORD_END = re.compile(r"\\[a-zA-Z@]+$")
_LETTER = re.compile(r"[a-zA-Z@]")


class Lexer:
    """The tokens of a text, one at a time.

    `letter_at`: whether `@` is a letter from here on; `short`: marks that stand for `\\verb` and themselves.
    """

    def __init__(
        self, text: str, name: str = "", short: Collection[str] = (), *, letter_at: bool = False
    ) -> None:
        self.text, self.name, self.at, self.letter_at, self.short = text, name, 0, letter_at, short
        self.marked = -1
        self.absent: set[str] = set()  # what does not come any more

    def next(self) -> str | None:
        """The next token, None at the end."""
        while True:
            found = (_TOKEN_AT if self.letter_at else _TOKEN).match(self.text, self.at)
            if not found:
                return None
            kind = found.lastgroup
            self.at = found.end()
            if kind == "word":
                word = found["word"]
                if word in _RAW:  # what stands behind it is read letter by letter, or by other rules
                    self.at = found.end("word")
                return word
            if kind == "par" or found["blank"]:
                return PAR
            if found["comment"]:
                continue
            return self._cut_short(found[0]) if self.short and kind == "text" else found[0]

    def _cut_short(self, text: str) -> str:
        """The text before the first mark, or `\\verb` where it begins with one."""
        at = min((at for mark in self.short if (at := text.find(mark)) >= 0), default=-1)
        if at < 0:
            return text
        begun = self.at - len(text)
        if not at and begun == self.marked:  # nobody read what it opens
            self.at = begun + 1
            return text[:1]
        self.at = begun + at
        self.marked = self.at if not at else -1
        return text[:at] or "\\verb"

    def read_raw(self, end: str, within: int | None = None) -> str | None:
        """All letters up to `end`, which is read too; None, and nothing read, where it does not come, or not
        `within` so many."""
        if end in self.absent:
            return None
        at = self.text.find(end, self.at, None if within is None else self.at + within)
        if at < 0:
            if within is None:
                self.absent.add(end)  # nor does it come later
            return None
        raw, self.at = self.text[self.at : at], at + len(end)
        return raw


def tokenize(text: str, *, letter_at: bool = False) -> list[str]:
    """All tokens of a short text."""
    lexer = Lexer(text, letter_at=letter_at)
    return list(iter(lexer.next, None))


def write(tokens: Iterable[str]) -> str:
    """The tokens as TeX that reads as them: a space where a letter would lengthen a control word."""
    out: list[str] = []
    last = ""
    for token in tokens:
        if token == PAR:
            token = "\n\n"
        elif _LETTER.match(token) and last.startswith("\\") and _WORD_END.fullmatch(last):
            out.append(" ")
        out.append(token)
        last = token
    return "".join(out)
