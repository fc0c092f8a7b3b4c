"""Mail: mbox files, Maildir and single messages, as posts of threads."""

import re
from collections.abc import Iterator
from email.message import Message
from typing import Annotated, Any, BinaryIO

import polars as pl
from pydantic import PositiveInt

from winnow.ingest.io.batches import frames, read_record
from winnow.ingest.io.byte_range import Piece
from winnow.ingest.io.compression import read_bytes
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.splits import cut, cut_records, make_address, search
from winnow.ingest.io.uris import name_file, open_uri
from winnow.ingest.talk.message import headers
from winnow.ingest.talk.message.body import describe_part, read_text
from winnow.ingest.talk.message.parser import parse
from winnow.ingest.thread.posts import FILLED, MAILED, NAMES, PostRow

# A message begins with a line `From somebody Thu Jan  1 00:00:00 2020` and a header; RFC 4155, as strict as
# archives are: `From ` alone begins sentences, too.
_FROM = re.compile(
    rb"^From [^\n]{0,200}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [^\n]{0,40}\d\d?:\d\d[^\n]{0,60}\n"
    rb"[!-9;-~]{1,80}[ \t]*:",
    re.MULTILINE,
)
_FROM_BYTES = 512
_OPENS = re.compile(rb"From [^\n]{0,400}\n")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_MAX_TOLD = 20  # attachments
_HEADER = re.compile(rb"[!-9;-~]{1,80}[ \t]*:")
_FLAGS = re.compile(r"[:;!]2,([A-Za-z]*)$")
_PACKED = (".gz", ".bz2", ".xz", ".zst")


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: an mbox, not packed, by its name."""
    return name.lower().endswith((".mbox", ".mbx", ".txt", ".mail"))


def read(
    uri: str, *, max_message_bytes: PositiveInt = 20_000_000, start: int = 0, stop: int | None = None
) -> Annotated[Iterator[pl.DataFrame], *FILLED, NAMES]:
    """Messages of an mbox (plain, .gz, .bz2, .xz, .zst), or the one of a file of Maildir or `.eml`.

    Between the bytes `start` and `stop` of an mbox: messages that begin there; what is packed as one piece is
    read by the range from 0. Text is the plain part, or the HTML one where there is no other, under the
    subject where the message answers none; behind it that of each message that is forwarded with it, or that
    a digest is made of, under its own subject. Cut are signatures, footers of lists and marks of PGP (see
    `ingest.talk.message.signatures`); quotes stay, for `ingest.threads:order` to fold. Charsets are told by
    the bytes where headers lie. `threads_post` is the `Message-ID`, `threads_parent` the last of
    `References`, else `In-Reply-To`, `thread` the first of `References`, else the parent, else the message
    itself; a reply without any is of the thread of its subject. `author` is the name of the sender, else the
    address. `url` is `Archived-At`. `metadata` holds `subject`, `list`, `attachments` (how many were left
    out), `attached` (`name`, `type` and `bytes` of the first 20 that lie in the message), `forwarded`
    (messages whose text is in it), `signature_lines` and `footer_lines`.

    Drops: `mail.no_text`, `mail.encrypted`, `mail.automatic` (bounces, answers of machines), `mail.spam` (as
    its headers say), `mail.no_archive` (`X-No-Archive`), `mail.draft` and `mail.trashed` (by Maildir's flags)
    and `mail.folder_data` (a mail program's own). Errors: messages of more than `max_message_bytes`, of over
    100 multiparts, with over 4,000 bytes in a header of types, or that cannot be parsed; and files that hold
    none. Raises FileNotFoundError.
    """
    with open_uri(uri, start, stop) as raw:
        head = raw.read(_FROM_BYTES)
        raw.seek(0)
        if not head.startswith(b"From ") and not name_file(uri).lower().endswith(_PACKED):
            rows = iter(()) if start else _read_single(uri, head, max_message_bytes)
        else:
            rows = _read_mbox(raw, max_message_bytes, start, stop)
        yield from frames(rows, schema=MAILED)


def _read_single(uri: str, head: bytes, max_bytes: int) -> Iterator[PostRow]:
    row: PostRow = {"key": "file", "place": 0}
    if not _HEADER.match(head.lstrip()):
        yield {**row, "error": "neither an mbox nor a message: it begins with no header"}
        return
    row |= read_record(_read_message, read_bytes(uri, max_bytes))
    flags = _FLAGS.search(name_file(uri))
    for flag, reason in (("T", "mail.trashed"), ("D", "mail.draft")):
        if flags and flag in flags[1] and not row.get("error"):
            row |= {"drop_reason": reason, "text": None}
    yield row


def _read_mbox(raw: BinaryIO, max_bytes: int, start: int, stop: int | None) -> Iterator[PostRow]:
    any_row = False
    for section, source, _ in cut(raw, start, stop, _OPENS, _find_message):
        for count, (message, error) in enumerate(_cut_messages(source, max_bytes)):
            any_row = True
            key, place = make_address("message", section.start, count)
            row: PostRow = {"error": error} if error else read_record(_read_message, message)
            yield {"key": key, "place": place, **row}
    if not any_row and not start:
        yield {"key": "file", "place": 0, "error": "no message here: empty, or not an mbox"}


def _find_message(raw: BinaryIO, start: int, stop: int) -> int | None:
    return next(search(raw, _FROM, start, stop, _FROM_BYTES), None)


def _cut_messages(source: Iterator[Piece], max_bytes: int) -> Iterator[tuple[bytes, str | None]]:
    too_long = f"a message has more than max_message_bytes ({max_bytes}); raise it"
    return cut_records(source, _FROM, _FROM_BYTES, max_bytes, too_long, begins=True)


def _read_message(data: bytes) -> PostRow:
    if data.startswith(b"From "):
        data = _ESCAPED.sub(rb"\1", data[data.find(b"\n") + 1 :])
    message = parse(data)
    group = headers.read_list(message)
    subject, is_reply = headers.read_subject(message, group)
    row = _place(message, subject, is_reply, group)
    row |= {"date": headers.read_date(message), "author": headers.read_author(message)}
    url = headers.read_header(message, "Archived-At").strip("<>")
    row["url"] = url if url.startswith(("http://", "https://")) else None
    about: dict[str, Any] = {"subject": subject, "list": group}
    row["metadata"] = write_notes(about)
    if reason := _judge(message, subject):
        return {**row, "drop_reason": reason}
    body = read_text(message)
    if body.encrypted:
        return {**row, "drop_reason": "mail.encrypted"}
    counts = {"attachments": len(body.attached) + body.scrubbed, "forwarded": body.forwarded}
    counts |= {"signature_lines": body.signature_lines, "footer_lines": body.footer_lines}
    about |= {"attached": [describe_part(part) for part in body.attached[:_MAX_TOLD]], **counts}
    row["metadata"] = write_notes(about)
    if not body.text.strip():
        return {**row, "drop_reason": "mail.no_text"}
    begins = row.get("threads_parent") is None and not is_reply
    return {**row, "text": f"{subject}\n\n{body.text}" if subject and begins else body.text}


def _place(message: Message, subject: str, is_reply: bool, group: str | None) -> PostRow:
    """Where in a thread it stands."""
    own = next(iter(headers.list_names(message, "Message-ID")), None)
    answered = [name for name in headers.list_names(message, "References") if name != own]
    if not answered:
        answered = [name for name in headers.list_names(message, "In-Reply-To") if name != own][:1]
    row: PostRow = {"threads_post": own, "threads_parent": answered[-1] if answered else None}
    topic = f"subject:{group or ''}:{subject.lower()}" if is_reply and subject else None
    row["thread"] = answered[0] if answered else topic or own
    return row


def _judge(message: Message, subject: str) -> str | None:
    automatic = headers.read_header(message, "Auto-Submitted").lower()
    if subject.startswith("DON'T DELETE THIS MESSAGE"):
        return "mail.folder_data"
    if automatic not in ("", "no") or message.get_content_type() == "multipart/report":
        return "mail.automatic"
    if headers.read_header(message, "From").upper().startswith(("MAILER-DAEMON", "POSTMASTER")):
        return "mail.automatic"
    if headers.read_header(message, "X-Spam-Flag").upper() == "YES":
        return "mail.spam"
    return "mail.no_archive" if headers.read_header(message, "X-No-Archive").lower() == "yes" else None
