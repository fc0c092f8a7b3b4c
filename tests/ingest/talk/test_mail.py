import gzip
import json
import mailbox
import sys
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.ingest.io import byte_range, splits
from winnow.ingest.io.byte_range import Piece
from winnow.ingest.talk import mail

HEAD = "From: Ann <ann@x.example>\nDate: Mon, 1 Jan 2024 12:00:00 +0200\n"


def read(path: Path, **how: Any) -> pl.DataFrame:
    return pl.concat(mail.read(str(path), **how))


def one(folder: Path, message: str | bytes, name: str = "a.eml") -> dict[str, Any]:
    (folder / name).write_bytes(message.encode() if isinstance(message, str) else message)
    [row] = read(folder / name).to_dicts()
    return row


def mbox(*messages: str) -> bytes:
    return "".join(f"From ann@x.example Mon Jan  1 12:00:00 2024\n{text}\n\n" for text in messages).encode()


def test_a_message_has_its_columns(tmp_path: Path) -> None:
    row = one(
        tmp_path,
        f"{HEAD}Message-ID: <a@x>\nSubject: [Cats] Food\nList-Id: All cats <cats.x.example>\n"
        "Archived-At: <https://x.example/a>\n\nWhat do they eat?\n-- \nAnn\n",
    )
    assert row["text"] == "Food\n\nWhat do they eat?"
    assert (row["author"], row["date"], row["url"]) == ("Ann", "2024-01-01T10:00:00Z", "https://x.example/a")
    assert (row["thread"], row["threads_post"], row["threads_parent"]) == ("a@x", "a@x", None)
    assert json.loads(row["metadata"]) == {"subject": "Food", "list": "cats", "signature_lines": 2}


@pytest.mark.parametrize(
    ("headers", "thread", "parent"),
    [
        ("References: <r@x> <s@x>\nIn-Reply-To: <s@x>\n", "r@x", "s@x"),
        ("References: <r@x>\n <s@x>\n", "r@x", "s@x"),
        ("In-Reply-To: <s@x> from Bob, his message of Monday <other@x>\n", "s@x", "s@x"),
        ("In-Reply-To: Your message of Monday\nSubject: Re: Food\n", "subject::food", None),
        ("Subject: AW: Re: Food\n", "subject::food", None),
        ("References: <b@x>\nSubject: Food\n", "b@x", None),
        ("Subject: Food\n", "b@x", None),
    ],
)
def test_what_is_answered_is_told(headers: str, thread: str, parent: str | None, tmp_path: Path) -> None:
    row = one(tmp_path, f"{HEAD}Message-ID: <b@x>\n{headers}\nFish.\n")
    assert (row["thread"], row["threads_parent"]) == (thread, parent)
    assert row["text"].endswith("Fish.") and ("Food" in row["text"]) == (thread == "b@x")


@pytest.mark.parametrize(
    ("declared", "charset"),
    [
        ("us-ascii", "utf-8"),
        ("utf-8", "cp1252"),
        ("no-such", "utf-8"),
        ("gb2312", "gb18030"),
        ("koi8-r", "koi8-r"),
    ],
)
def test_charsets_are_told_by_the_bytes(declared: str, charset: str, tmp_path: Path) -> None:
    words = {"gb18030": "我们今天去北京看朋友,天气很好。", "koi8-r": "Мы едем в Москву к друзьям."}
    text = words.get(charset, "Ein Käse: für uns, größer als Übermut.")
    head = f"{HEAD}Content-Type: text/plain; charset={declared}\nSubject: a\n\n".encode()
    assert one(tmp_path, head + text.encode(charset))["text"] == f"a\n\n{text}"


def test_encoded_words_of_headers_are_decoded_even_where_they_lie(tmp_path: Path) -> None:
    head = "From: =?utf-8?Q?J=C3=B6rg?= <j@x>\nSubject: =?iso-8859-1?Q?K=E4se?= =?bogus?B?w6k=?=\n\nx\n"
    row = one(tmp_path, head)
    assert (row["author"], row["text"]) == ("Jörg", "Käseé\n\nx")


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_headers_of_raw_bytes_are_told_by_the_bytes(charset: str, tmp_path: Path) -> None:
    head = "From: Jürg Böll <j@x>\nSubject: Grüße aus Köln =?utf-8?Q?an_J=C3=B6rg?=\n\nx\n"
    row = one(tmp_path, head.encode(charset))
    assert (row["author"], row["text"]) == ("Jürg Böll", "Grüße aus Köln an Jörg\n\nx")
    row = one(tmp_path, "From: Jürg <j@x>\nSubject: Grüße\n\nx\n".encode(charset))
    assert (row["author"], row["text"]) == ("Jürg", "Grüße\n\nx")


def test_the_plain_one_of_alternatives_is_taken_and_attachments_are_counted(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "S"
    message.set_content("Plain.")
    message.add_alternative("<p>Rich.</p>", subtype="html")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png")
    message.add_attachment("notes", filename="notes.txt")
    row = one(tmp_path, message.as_bytes())
    assert row["text"] == "S\n\nPlain." and json.loads(row["metadata"])["attachments"] == 2


def test_attachments_are_told_by_name_type_and_size_wherever_they_hang(tmp_path: Path) -> None:
    message = EmailMessage()
    message.set_content("Plain.")
    rich = EmailMessage()
    rich.set_content("<p>Rich.</p>", subtype="html")
    rich.add_attachment(b"PK" * 50, maintype="application", subtype="msword", filename="Käse.doc")
    message.make_alternative()
    message.attach(rich)
    for name in ("=?utf-8?B?w6kucGRm?=", *["b"] * 30):
        message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=name)
    inner = EmailMessage()
    inner.set_content("Attached.")
    message.add_attachment(inner)
    row = one(tmp_path, message.as_bytes())
    about = json.loads(row["metadata"])
    assert (row["text"], about["attachments"], len(about["attached"])) == ("Plain.\n\nAttached.", 32, 20)
    assert about["attached"][:2] == [
        {"name": "Käse.doc", "type": "application/msword", "bytes": 100},
        {"name": "é.pdf", "type": "application/pdf", "bytes": 4},
    ]
    alone = one(tmp_path, f"{HEAD}Content-Type: application/pdf\n\nx\n")
    assert alone["drop_reason"] == "mail.no_text"
    assert json.loads(alone["metadata"])["attached"] == [{"type": "application/pdf", "bytes": 2}]


@pytest.mark.parametrize("name", ["idna''%FF", "unicode_escape''%5Cud800"])
def test_a_name_that_cannot_be_decoded_costs_itself_alone(name: str, tmp_path: Path) -> None:
    head = f"{HEAD}Subject: S\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nWords.\n--b\n"
    row = one(tmp_path, f"{head}Content-Disposition: inline; filename*={name}\n\nx\n--b--\n")
    assert (row["text"], json.loads(row["metadata"])["attachments"]) == ("S\n\nWords.", 1)


def test_the_plain_alternative_is_taken_wherever_it_stands(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "S"
    message.set_content("<p>Rich.</p><img src='cid:a'>", subtype="html")
    message.add_related(b"\x89PNG", maintype="image", subtype="png", cid="<a>")
    message.add_alternative("Plain.")
    row = one(tmp_path, message.as_bytes())
    assert row["text"] == "S\n\nPlain." and json.loads(row["metadata"])["attachments"] == 1
    blank = message.as_bytes().replace(b"Plain.", b" ")
    assert one(tmp_path, blank)["text"] == "S\n\nRich."


def test_marks_of_pgp_go_from_quotes_too(tmp_path: Path) -> None:
    head = "{q}-----BEGIN PGP SIGNED MESSAGE-----\n{q}Hash: SHA1\n{q}Comment\n"
    foot = "{q}-----BEGIN PGP SIGNATURE-----\n{q}\n{q}abc\n{q}-----END PGP SIGNATURE-----\n"
    secret = foot.replace("SIGNATURE", "MESSAGE").replace("{q}", "> ")
    told = "".join(
        f"{head.replace('{q}Comment', q.rstrip())}{q}Words.\n{foot}".replace("{q}", q)
        for q in ("", "> ", "> > ")
    )
    row = one(tmp_path, f"{HEAD}Subject: S\n\n{told}{secret}End.\n")
    assert row["text"] == "S\n\nWords.\n\n> Words.\n\n> > Words.\n\n\nEnd." and row["drop_reason"] is None
    cut_off = foot.replace("{q}", "").replace("abc\n", "abc\n" * 70)
    assert "abc" in one(tmp_path, f"{HEAD}Subject: S\n\nA.\n{cut_off}B.")["text"]
    bare = secret.replace("> ", "")
    assert one(tmp_path, f"{HEAD}Subject: S\n\n{bare}")["drop_reason"] == "mail.encrypted"


def test_html_alone_becomes_text_with_its_quotes_marked(tmp_path: Path) -> None:
    page = (
        "<html><head><title>T</title><style>p {}</style></head><body><p>Yes.</p><blockquote>Old</blockquote>"
    )
    row = one(tmp_path, f"{HEAD}Subject: S\nContent-Type: text/html; charset=utf-8\n\n{page}\n")
    assert row["text"] == "S\n\nYes.\n\n> Old"


def test_flowed_lines_are_joined(tmp_path: Path) -> None:
    head = f"{HEAD}Subject: S\nContent-Type: text/plain; format=flowed\n\n"
    row = one(tmp_path, head + "A long \nline.\n> quoted \n> too.\nEnd.\n")
    assert row["text"] == "S\n\nA long line.\n> quoted too.\nEnd."


@pytest.mark.parametrize(
    "end",
    [
        "\n_______________________________________________\nCats mailing list\nhttps://x.example/listinfo/cats\n",
        "\n-- \nAnn\n\n-------\nTo unsubscribe, write to cats@x.example\n",
        "\n-------------- next part --------------\nA non-text attachment was scrubbed...\nName: a.png\n"
        "Type: image/png\nSize: 5 bytes\nURL: <https://x.example/a.png>\n",
        "\n-----BEGIN PGP SIGNATURE-----\nVersion: 1\n\nabc\n-----END PGP SIGNATURE-----\n",
        "\n--\nAnn\n",
        "\n> _______________\n> Cats mailing list\n> https://x.example/listinfo/cats\n",
    ],
)
def test_footers_and_signatures_are_cut(end: str, tmp_path: Path) -> None:
    assert one(tmp_path, f"{HEAD}Subject: S\n\nWords.\n{end}")["text"] == "S\n\nWords."


def test_dashes_in_the_middle_are_no_end(tmp_path: Path) -> None:
    text = "One.\n\n--\n" + "A line of words.\n" * 20 + "\n--------\nA table of cats\n\nEnd."
    assert one(tmp_path, f"{HEAD}Subject: S\n\n{text}\n")["text"] == f"S\n\n{text}"


@pytest.mark.parametrize(
    ("headers", "name", "reason"),
    [
        ("Auto-Submitted: auto-replied\n", "a.eml", "mail.automatic"),
        ("From: MAILER-DAEMON@x\n", "a.eml", "mail.automatic"),
        ("X-Spam-Flag: YES\n", "a.eml", "mail.spam"),
        ("X-No-Archive: yes\n", "a.eml", "mail.no_archive"),
        ("Content-Type: multipart/encrypted; boundary=x\n", "a.eml", "mail.encrypted"),
        ("Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n", "a.eml", "mail.folder_data"),
        ("", "1.2.host:2,ST", "mail.trashed"),
        ("", "1.2.host:2,DS", "mail.draft"),
        ("", "1.2.host:2,S", None),
    ],
)
def test_what_no_person_wrote_for_others_is_dropped(
    headers: str, name: str, reason: str | None, tmp_path: Path
) -> None:
    assert one(tmp_path, f"{headers}To: b@x\n\nWords.\n", name)["drop_reason"] == reason


def test_an_mbox_is_cut_where_the_standard_librarys_is(tmp_path: Path) -> None:
    box = mailbox.mbox(str(tmp_path / "a.mbox"))
    for number in range(50):
        message = mailbox.mboxMessage()
        message["Subject"] = f"S{number}"
        message.set_payload(f"Body {number}\n\nFrom here on it is quoted by the library.\nEnd")
        message.set_from("ann@x.example", True)
        box.add(message)
    box.flush()
    found = read(tmp_path / "a.mbox")
    assert found.height == len(mailbox.mbox(str(tmp_path / "a.mbox"))) == 50
    assert found["text"][7] == "S7\n\nBody 7\n\nFrom here on it is quoted by the library.\nEnd"


def test_from_at_the_beginning_of_a_line_begins_no_message(tmp_path: Path) -> None:
    (tmp_path / "a.mbox").write_bytes(
        mbox("Subject: S\n\nFrom Monday to Friday.\nFrom: me", "Subject: T\n\nx")
    )
    assert read(tmp_path / "a.mbox")["text"].to_list() == ["S\n\nFrom Monday to Friday.\nFrom: me", "T\n\nx"]


def test_ranges_of_an_mbox_give_what_the_whole_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (byte_range, sys.modules["winnow.ingest.io.splits"]):
        monkeypatch.setattr(module, "BLOCK_BYTES", 1_000, raising=False)
    path = tmp_path / "a.mbox"
    path.write_bytes(mbox(*(f"Subject: S{n}\n\n{'words ' * (n % 70)}end" for n in range(90))))
    whole, size = read(path), path.stat().st_size
    assert whole.height == 90 and whole["place"].n_unique() == 90
    for step in (900, 5_000):
        parts = [f for at in range(0, size, step) for f in mail.read(str(path), start=at, stop=at + step)]
        assert pl.concat(parts).equals(whole)


def test_a_packed_mbox_is_read_and_damage_costs_what_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "2024-January.txt.gz"
    stored = gzip.compress(mbox(*(f"Subject: S{n}\n\n{n * 7919}" for n in range(500))))
    path.write_bytes(stored)
    assert read(path).height == 500
    path.write_bytes(stored[: len(stored) // 2])
    found = read(path)
    assert 10 < found.height < 490 and found["error"].drop_nulls().len() == 1


def test_a_bad_message_costs_itself(tmp_path: Path) -> None:
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(150))
    long = "Subject: L\n\n" + "x" * 200_000
    (tmp_path / "a.mbox").write_bytes(mbox("Subject: S\n\na", deep, long, "Subject: T\n\nb"))
    found = read(tmp_path / "a.mbox", max_message_bytes=100_000)
    assert found["error"].is_null().to_list() == [True, False, False, True]
    assert found["text"].to_list()[::3] == ["S\n\na", "T\n\nb"]


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 700), st.integers(0, 900), st.integers(0, 700))
def test_what_is_too_long_costs_no_other_however_it_is_cut(size: int, length: int, first: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splits, "OUT_BYTES", 0)
        stored = mbox(
            "Subject: a\n\n" + "x" * (600 + length), "Subject: b\n\nsound\n> From x", "Subject: c\n\ny"
        )
        bounds = [0, *range(first, len(stored), size), len(stored)]
        pieces = (Piece(stored[start:stop]) for start, stop in pairwise(bounds))
        found = list(mail._cut_messages(pieces, 600))
    assert [error is None for _, error in found] == [False, True, True]
    assert b"sound" in found[1][0] and b"Subject: c" in found[2][0]


@pytest.mark.parametrize(
    "end",
    [
        "- next part -\nAn " + "attachment" * 100_000,
        "http://a" + "/listinfo/x" * 90_000 + " b mailing list.",
    ],
    ids=["scrubbed", "page"],
)
def test_a_megabyte_made_to_take_long_does_not(end: str, tmp_path: Path) -> None:
    assert one(tmp_path, f"{HEAD}Subject: S\n\nWords.\n{end}")["text"].startswith("S\n\nWords.")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("name", ["Content-Type: text/plain", "content-disposition: inline"])
@pytest.mark.parametrize("inside", [True, False])
def test_headers_of_types_made_to_take_long_are_refused(
    name: str, end: str, inside: bool, tmp_path: Path
) -> None:
    header = f'{name};{end} x="{";" * 500_000}{end}\t{";" * 500_000}{end}'
    part = f"Content-Type: multipart/mixed; boundary=a{end}{end}--a{end}" if inside else f"Subject: S{end}"
    row = one(tmp_path, f"{part}{header}{end}Words.{end}".encode())
    assert "more than 4,000 bytes" in row["error"]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"no header here\n", b"\x00\x01\x02"])
def test_a_file_that_is_no_mail_is_an_error_row(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(data)
    assert read(tmp_path / "a.eml")["error"].is_null().to_list() == [False]


KINDS = [
    b"text/html",
    b"text/plain; charset=utf-16; format=flowed",
    b"multipart/mixed; boundary=a",
    b"multipart/alternative",
    b"message/rfc822",
    b"x",
]


@settings(max_examples=60, deadline=None)
@given(
    head=st.binary(max_size=80),
    body=st.binary(max_size=120),
    kind=st.sampled_from(KINDS),
    coding=st.sampled_from([b"base64", b"quoted-printable", b"x-uuencode", b"8bit"]),
)
def test_any_bytes_between_good_messages_are_one_row(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, body: bytes, kind: bytes, coding: bytes
) -> None:
    line = b"From a Mon Jan  1 12:00:00 2024\n"
    good = line + b"Subject: S\n\nWords\n\n"
    head = b"X: " + head.replace(b"\n", b"").replace(b"\r", b"")
    bad = b"%s\nContent-Type: %s\nContent-Transfer-Encoding: %s\n\n%s\n\n" % (head, kind, coding, body)
    path = tmp_path_factory.mktemp("mail") / "a.mbox"
    path.write_bytes(good + line + bad + good)
    found = read(path)
    assert found.height == 3 and found["text"].to_list()[::2] == ["S\n\nWords"] * 2
