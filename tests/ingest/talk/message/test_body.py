"""What a message forwards is its text, too: attached messages, digests, what hangs below a signature."""

import base64
import json
from email.message import Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.ingest.io.batches import read_record
from winnow.ingest.talk.mail import _read_message

LETTER = "Subject: Re: Fish\n\nThey eat fish.\n-- \nBob of the Fish\n"
SAID = "Fish\n\nThey eat fish."
COVER = "\nLook.\n-- \nAnn of the Cats"
FORWARD = "Content-Type: message/rfc822\n"
ENCODED = f"{FORWARD}Content-Transfer-Encoding: base64\n\n"


def read(body: str) -> Any:
    return read_record(_read_message, f"From: Ann <ann@x.example>\nSubject: S\n{body}".encode())


def hang(*parts: str, kind: str = "mixed", mark: str = "b") -> str:
    whole = f"\n--{mark}\n".join(["", *parts])
    return f"Content-Type: multipart/{kind}; boundary={mark}\n{whole}\n--{mark}--\n"


def encode(letter: str) -> str:
    return base64.encodebytes(letter.encode()).decode()


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (hang(COVER, f"{FORWARD}\n{LETTER}"), ["Look.", SAID]),
        (hang(f"{FORWARD}\n{LETTER}", COVER), [SAID, "Look."]),
        (f"{FORWARD}Content-Disposition: attachment; filename=a.eml\n\n{LETTER}", [SAID]),
        (f"Content-Type: message/global (forwarded)\n\n{LETTER}", [SAID]),
        (hang(COVER, hang(f"\n{LETTER}", f"\n{LETTER}", kind="digest", mark="c")), ["Look.", SAID, SAID]),
        (f"{FORWARD}\n{FORWARD}\n{FORWARD}\n{LETTER}", [SAID]),
        (hang(COVER, ENCODED + encode(LETTER)), ["Look.", SAID]),
        (hang(COVER, hang("\nA", f"{FORWARD}\n{LETTER}", mark="c"), kind="alternative"), ["Look.", SAID]),
        (hang(COVER, f"{FORWARD}\n{LETTER}", "\n____________\nx mailing list\n"), ["Look.", SAID]),
    ],
    ids=["behind", "before", "alone", "global", "digest", "nested", "encoded", "other form", "footer"],
)
def test_forwarded_messages_and_digests_bring_their_text(body: str, wanted: list[str]) -> None:
    row = read(body)
    about = json.loads(row["metadata"])
    assert row["text"] == "\n\n".join(["S", *wanted])
    assert about["forwarded"] in (wanted.count(SAID), 3) and "attachments" not in about


@pytest.mark.parametrize(
    "inner",
    [
        "X-No-Archive: Yes\n\nSecret.",
        "\n-----BEGIN PGP MESSAGE-----\nSecret\n-----END PGP MESSAGE-----\n",
        "Content-Type: multipart/encrypted; boundary=c\n\n--c\n\nSecret\n--c--\n",
        "Content-Type: application/pdf\n\nSecret",
    ],
)
def test_a_forwarded_message_without_a_text_for_others_is_an_attachment(inner: str) -> None:
    row = read(hang(COVER, f"{FORWARD}\n{inner}"))
    assert row["text"] == "S\n\nLook." and row.get("drop_reason") is None
    assert json.loads(row["metadata"])["attached"] == [{"type": "message/rfc822"}]


@pytest.mark.parametrize(
    "mark",
    [
        "-----Original Message-----\nFrom: Bob\nSent: Monday",
        "---------- Forwarded message ---------\nFrom: Bob <b@x>\nDate: Monday",
        "Begin forwarded message:\n\nFrom: Bob\nDate: Monday",
        "________________________________\nVon: Bob\nGesendet: Montag",
        "-------- Weitergeleitete Nachricht --------\nBetreff: Fisch\nDatum: Montag",
    ],
)
@pytest.mark.parametrize(
    "end", ["", "\n\n____________\nCats mailing list\nhttps://x.example/listinfo/cats\n"]
)
def test_what_is_forwarded_below_a_signature_or_above_a_footer_is_no_end(mark: str, end: str) -> None:
    body = f"Look.\n\n-- \nAnn\n\n{mark}\n\nThey eat fish."
    assert read(f"\n{body}{end}")["text"] == f"S\n\n{body}".replace("\n-- \n", "\n--\n")


def test_utf_7_is_read() -> None:
    assert read("Content-Type: text/plain; charset=utf-7\n\nK+AOQ-se +2AA-")["text"] == "S\n\nKäse ?"


def test_a_message_encoded_whole_is_held_to_the_same_bounds() -> None:
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(150))
    assert "150 multiparts" in read(hang(COVER, ENCODED + encode(deep)))["error"]


def test_letters_of_a_digest_count_once() -> None:
    letters = "".join(f"--x\n\nSubject: {n}\n\nLetter {n} has a text.\n\n" for n in range(900))
    told = read(f"Content-Type: multipart/digest; boundary=x\n\n{letters}--x--\n")
    assert told["text"].count("has a text") == 900


def extend(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.sampled_from(["mixed", "digest", "rfc822"]), st.lists(inner, max_size=3))


def write(tree: Any, count: list[int]) -> Message:
    if tree == "text":
        count[0] += 1
        return MIMEText(f"Sentence {count[0]}.")
    kind, below = tree
    parts = [write(one, count) for one in below]
    if kind == "rfc822":
        return MIMEMessage(parts[0] if parts else write("text", count))
    return MIMEMultipart(kind, None, [MIMEMessage(one) for one in parts] if kind == "digest" else parts)


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.just("text"), extend, max_leaves=8))
def test_all_text_that_the_standard_library_finds_is_found_in_its_order(tree: Any) -> None:
    message = write(tree, [0])
    found = [str(part.get_payload()) for part in message.walk() if part.get_content_type() == "text/plain"]
    assert (read(message.as_string()).get("text") or "S") == "\n\n".join(["S", *found])
