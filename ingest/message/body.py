"""The text of a message: its plain part, or its HTML; attachments are told and left out."""

import re
from email.message import Message
from itertools import compress
from typing import NamedTuple

from ingest.io.charset import utf8
from ingest.message.headers import decode_words
from ingest.page.body import read_body

_MAX_PARTS = 1_000
_MAX_NAME = 200  # characters
_ENCRYPTED = re.compile(r"^-----BEGIN PGP MESSAGE-----[ \t]*$", re.MULTILINE)  # of a quote nothing is told


class Body(NamedTuple):
    """`text`, the parts that were left out, and whether the text is `encrypted`."""

    text: str
    attached: list[Message]
    encrypted: bool = False


def read_text(message: Message) -> Body:
    """The text parts in order; of alternatives the plain one, where it says anything, else the HTML."""
    if message.get_content_type() == "multipart/encrypted":
        return Body("", [], encrypted=True)
    texts, attached = _collect(message, [0])
    text = "\n\n".join(filter(None, texts)).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return Body(text, attached, _ENCRYPTED.search(text) is not None)


def tell(part: Message) -> dict[str, str | int]:
    """What is known of a part without its content: `name`, `type`, and `bytes` where it is no message."""
    name = _find_name(part)
    told: dict[str, str | int] = {"name": name} if name else {}
    told["type"] = part.get_content_type()[:_MAX_NAME]
    data = part.get_payload(decode=True)
    return {**told, "bytes": len(data)} if isinstance(data, bytes) else told


def _collect(part: Message, seen: list[int]) -> tuple[list[str], list[Message]]:
    seen[0] += 1
    if seen[0] > _MAX_PARTS:
        raise ValueError(f"the message has more than {_MAX_PARTS} parts")
    kind = part.get_content_type()
    payload = part.get_payload()
    if part.is_multipart() and isinstance(payload, list) and not kind.startswith("message/"):
        children = [child for child in payload if isinstance(child, Message)]
        found = [_collect(child, seen) for child in children]
        texts = [said for said, _ in found]
        if kind == "multipart/alternative":
            # Beside the text that is taken another form of it is no attachment, but what hangs on that is.
            order = sorted(range(len(texts)), key=lambda at: not _is_plain(children[at]))
            texts = [texts[at] for at in order if any(text.strip() for text in texts[at])][:1]
            hung = [child.is_multipart() or not texts for child in children]
            found = list(compress(found, hung))
        return [text for said in texts for text in said], [lost for _, those in found for lost in those]
    if kind not in ("text/plain", "text/html", "text/enriched", "text/richtext") or _is_attached(part):
        return [], [part]
    return [_decode(part, kind)], []


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
