"""The text of a message: its plain part, or its HTML, and what it forwards; attachments are left out."""

import re
from collections.abc import Iterator
from email import policy
from email.message import Message
from typing import NamedTuple

from winnow.ingest.io.charset import utf8
from winnow.ingest.page.body import read_body
from winnow.ingest.talk.message.headers import decode_words, read_header, read_subject
from winnow.ingest.talk.message.parser import parse
from winnow.ingest.talk.message.signatures import trim

_MAX_PARTS = 1_000
_MAX_NAME = 200  # characters
_ENCRYPTED = re.compile(r"^-----BEGIN PGP MESSAGE-----[ \t]*$", re.MULTILINE)  # of a quote nothing is told
_TEXTS = ("text/plain", "text/html", "text/enriched", "text/richtext")
_UTF_7 = ("utf-7", "unicode-1-1-utf-7")
_FORWARDED = ("message/rfc822", "message/global", "message/news")


class Body(NamedTuple):
    """`text`, the parts that were left out, whether the text is `encrypted`, how many messages it holds that
    were `forwarded`, and what was cut of all (see `ingest.talk.message.signatures`)."""

    text: str
    attached: list[Message]
    encrypted: bool = False
    forwarded: int = 0
    signature_lines: int = 0
    footer_lines: int = 0
    scrubbed: int = 0


def read_text(message: Message) -> Body:
    """The text parts and the messages that are parts, in order, each without its ends; of alternatives the
    plain one, where it says anything, else the HTML."""
    return _read(message, [0])


def describe_part(part: Message) -> dict[str, str | int]:
    """What is known of a part without its content: `name`, `type`, and `bytes` where it is no message."""
    name = _find_name(part)
    told: dict[str, str | int] = {"name": name} if name else {}
    told["type"] = part.get_content_type()[:_MAX_NAME]
    data = part.get_payload(decode=True)
    return {**told, "bytes": len(data)} if isinstance(data, bytes) else told


def _read(message: Message, seen: list[int]) -> Body:
    if message.get_content_type() == "multipart/encrypted":
        return Body("", [], encrypted=True)
    pieces = _collect(message, seen)
    bodies = list(_trim_runs([piece for piece in pieces if isinstance(piece, str) or piece.text]))
    told = bodies + [piece for piece in pieces if isinstance(piece, Body) and not piece.text]
    return Body(
        "\n\n".join(body.text for body in bodies if body.text),
        [part for body in told for part in body.attached],
        any(body.encrypted for body in bodies),
        sum(body.forwarded for body in bodies),
        sum(body.signature_lines for body in bodies),
        sum(body.footer_lines for body in bodies),
        sum(body.scrubbed for body in bodies),
    )


def _trim_runs(pieces: list[str | Body]) -> Iterator[Body]:
    """Text parts that follow each other as one, since a list's footer is one of its own."""
    run: list[str] = []
    for piece in [*pieces, Body("", [])]:
        if isinstance(piece, str):
            run.append(piece)
            continue
        text = "\n\n".join(filter(None, run)).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        trimmed = trim(text)
        ends = trimmed.signature_lines, trimmed.footer_lines, trimmed.scrubbed
        yield Body(trimmed.text, [], _ENCRYPTED.search(text) is not None, 0, *ends)
        yield piece
        run = []


def _forward(part: Message, seen: list[int]) -> Body:
    """The text of a message that is a part, under its subject; left out is one that has none for others."""
    message = _open(part)
    if message is None or read_header(message, "X-No-Archive").lower() == "yes":
        return Body("", [part])
    body = _read(message, seen)
    if body.encrypted or not body.text.strip():
        return Body("", [part])
    subject, _ = read_subject(message, None)
    text = f"{subject}\n\n{body.text}" if subject else body.text
    return body._replace(text=text, forwarded=body.forwarded + 1)


def _open(part: Message) -> Message | None:
    """The message that a part is; also where it is encoded whole, which the standard forbids."""
    payload = part.get_payload()
    message = payload[0] if isinstance(payload, list) and payload else None
    coding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if not isinstance(message, Message) or coding not in ("base64", "quoted-printable"):
        return message if isinstance(message, Message) else None
    whole = Message()
    whole["Content-Transfer-Encoding"] = coding
    written = message.as_bytes(policy=policy.compat32.clone(mangle_from_=False, max_line_length=0))
    whole.set_payload(written.decode("ascii", "surrogateescape"))
    data = whole.get_payload(decode=True)
    return parse(data) if isinstance(data, bytes) else None


def _collect(part: Message, seen: list[int]) -> list[str | Body]:
    """Texts, forwarded messages, and what is left out, in order."""
    kind, payload = part.get_content_type().partition(" ")[0], part.get_payload()  # a comment may follow
    if kind in _FORWARDED:  # whose message counts
        return [_forward(part, seen)]
    seen[0] += 1
    if seen[0] > _MAX_PARTS:
        raise ValueError(f"the message has more than {_MAX_PARTS} parts")
    if part.is_multipart() and isinstance(payload, list) and not kind.startswith("message/"):
        children = [child for child in payload if isinstance(child, Message)]
        found = [_collect(child, seen) for child in children]
        if kind == "multipart/alternative":
            found = _choose(children, found)
        return [piece for pieces in found for piece in pieces]
    if kind not in _TEXTS or _is_attached(part):
        return [Body("", [part])]
    return [_decode(part, kind)]


def _choose(children: list[Message], found: list[list[str | Body]]) -> list[list[str | Body]]:
    """Of forms of one text the one that is taken; others are no attachments, but what hangs on them is."""
    order = sorted(range(len(found)), key=lambda at: not _is_plain(children[at]))
    texts = [[piece if isinstance(piece, str) else piece.text for piece in pieces] for pieces in found]
    taken = [at for at in order if any(text.strip() for text in texts[at])][:1]
    hung = [child.is_multipart() or not taken for child in children]
    return [
        [piece for piece in pieces if at in taken or (hung[at] and isinstance(piece, Body))]
        for at, pieces in enumerate(found)
    ]


def _is_plain(part: Message) -> bool:
    """Whether all text in it is plain: programs that know no better put such a one behind the HTML."""
    return all(one.get_content_type() == "text/plain" for one in part.walk() if not one.is_multipart())


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_find_name(part))


def _find_name(part: Message) -> str:
    """The name of the file, `?` where the charset that it claims is none of text."""
    try:
        return decode_words(part.get_filename() or "")[:_MAX_NAME]
    except (ValueError, LookupError):
        return "?"


def _decode(part: Message, kind: str) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    declared = part.get_content_charset()
    if declared in _UTF_7:  # looks like ASCII, and browsers know it no more
        data = data.decode("utf-7", "replace").encode("utf-8", "replace")
    text = utf8(data, declared, markup=kind == "text/html")[0].decode()
    if kind == "text/html":
        return read_body(text)
    if str(part.get_param("format") or "").lower() == "flowed":
        return _unflow(text, str(part.get_param("delsp") or "").lower() == "yes")
    return text


def _unflow(text: str, delete_space: bool) -> str:
    """Lines that end in a blank go on in the next of the same depth of quotes (RFC 3676)."""
    out: list[list[str]] = []
    depth_before, is_open = -1, False
    for line in text.replace("\r\n", "\n").split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        flows = bare.endswith(" ") and bare != "-- "
        words = bare[:-1] if flows and delete_space else bare
        if is_open and depth == depth_before and bare != "-- ":
            out[-1].append(words)
        else:
            out.append([f"{'>' * depth} {words}" if depth else words])
        depth_before, is_open = depth, flows
    return "\n".join("".join(pieces) for pieces in out)
