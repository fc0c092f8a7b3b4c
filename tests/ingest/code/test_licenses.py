import sys

import pytest

from winnow.ingest.code.licenses import Licenses, is_evidence
from winnow.ingest.code.notices import judge_text, read_expression, read_head

GPL = """\
/* This program is free software; you can redistribute it and/or modify it under the terms of the GNU
 * General Public License as published by the Free Software Foundation; either version 2 of the License,
 * or (at your option) any later version. */
int x;
"""
ISC = """\
Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee
is hereby granted, provided that the above copyright notice and this permission notice appear in all
copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS
SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE
AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE
OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS
SOFTWARE.
"""
MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


@pytest.mark.parametrize(
    ("text", "names", "choice"),
    [
        (
            "# SPDX-License-Identifier: gpl-2.0-or-later WITH Classpath-exception-2.0\n",
            ("GPL-2.0-or-later WITH Classpath-exception-2.0",),
            False,
        ),
        ("<!-- SPDX-License-Identifier: (MIT OR CC0-1.0) -->\n", ("MIT OR CC0-1.0",), False),
        ("/* SPDX-License-Identifier: GPL-2.0 */\n", ("GPL-2.0-only",), False),
        (GPL, ("GPL-2.0-or-later",), False),
        ("// Distributed under the MIT License (http://opensource.org/licenses/MIT)\n", ("MIT",), False),
        (
            "# Licensed under the Apache License, Version 2.0 or the\n# MIT license, at your option.\n",
            ("Apache-2.0", "MIT"),
            True,
        ),
        ("x = 1  # the licensed copy\n", (), False),
        ("# This file is under the terms of a license of ours.\n", (), False),
        ("", (), False),
    ],
)
def test_what_a_head_says(text: str, names: tuple[str, ...], choice: bool) -> None:
    notice = read_head(text)
    assert (notice.names, notice.choice and len(names) > 1) == (names, choice)


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
        ("gpl-3.0+", "GPL-3.0-or-later"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("SEE LICENSE IN x", None),
        ("UNLICENSED", None),
        ("(" * 5_000, None),
    ],
)
def test_expressions(said: str, known: str | None) -> None:
    assert read_expression(said) == known


def find(path: str, text: str = "int x;\n", **files: str) -> tuple[str | None, str | None]:
    known = Licenses()
    for name, content in files.items():
        known.add(name.replace("__", "/").replace("_", "."), content.encode())
    found = known.find(path, text)
    return found.license, found.by


def test_the_nearest_license_up_the_tree_holds() -> None:
    files = {"a__LICENSE": ISC, "a__b__COPYING_txt": "SPDX"}
    assert find("a/x.c", **files) == ("ISC", "file:a/LICENSE")
    assert find("other/x.c", **files) == (None, None)
    assert find("a/b/x.c", **files) == (None, "file"), (
        "a text that nobody knows is no reason to look further up"
    )


def test_a_head_comes_before_files_and_one_that_is_not_known_gives_nothing() -> None:
    assert find("a/x.c", GPL, a__LICENSE=ISC) == ("GPL-2.0-or-later", "head")
    assert find("a/x.c", "/* Under the terms of our own contract. */", a__LICENSE=ISC) == (None, "head")
    assert find("a/x.c", "/* Under the terms in the file LICENSE. */", a__LICENSE=ISC) == (
        "ISC",
        "file:a/LICENSE",
    )


def test_several_licenses_need_something_that_joins_them() -> None:
    known = Licenses()
    known.add("LICENSE-MIT", b"Licensed under the MIT license. SPDX-License-Identifier: MIT\n" + MIT.encode())
    known.add("LICENSE-ISC", ISC.encode())
    assert known.find("src/lib.rs", "fn x() {}") == (None, "file", ("MIT", "ISC"))
    known.add("Cargo.toml", b'[package]\nlicense = "MIT OR ISC"\n')
    assert known.find("src/lib.rs", "fn x() {}")[:2] == ("MIT OR ISC", "package:Cargo.toml")


def test_a_plain_license_stands_before_others_beside_it_but_in_their_own_folder() -> None:
    known = Licenses()
    known.add("LICENSE", MIT.encode())
    known.add("LICENSE-docs", ISC.encode())
    assert known.find("src/x.c", "int x;").license == "MIT"
    assert known.find("docs/x.rst", "x").license == "ISC"


def test_a_bare_gpl_has_the_version_that_heads_name() -> None:
    known = Licenses()
    known.files["."] = {"COPYING": ("GPL-2.0",)}
    assert known.find("x.c", "int x;") == (None, "file", ("GPL-2.0-only", "GPL-2.0-or-later"))
    known.vote(GPL)
    assert known.find("x.c", "int x;").license == "GPL-2.0-or-later"


@pytest.mark.parametrize(
    ("name", "text", "known"),
    [
        ("package.json", '{"license": "(MIT OR ISC)"}', "MIT OR ISC"),
        ("package.json", '{"license": {"type": "MIT"}}', "MIT"),
        ("package.json", "[1]", None),
        ("pyproject.toml", '[project]\nlicense = {text = "BSD-3-Clause"}', "BSD-3-Clause"),
        ("pyproject.toml", "= broken", None),
        ("Cargo.toml", '[package]\nlicense = "MIT/ISC"', "MIT OR ISC"),
        ("PKG-INFO", "Name: x\nLicense-Expression: MIT\n\nLicense: GPL", "MIT"),
        ("pom.xml", "<licenses><license>\n<name>Apache-2.0</name>", "Apache-2.0"),
    ],
)
def test_metadata_of_packages(name: str, text: str, known: str | None) -> None:
    licenses = Licenses()
    licenses.add(f"top/{name}", text.encode())
    assert licenses.find("top/src/x.py", "x = 1").license == known


def test_metadata_of_a_wheel_speak_for_what_lies_beside_them() -> None:
    known = Licenses()
    known.add("tool-1.dist-info/METADATA", b"Name: tool\nLicense-Expression: MIT\n\n")
    known.add("tool-1.dist-info/licenses/LICENSE", MIT.encode())
    assert known.find("tool/a.py", "x = 1").license == "MIT"


def test_which_files_are_evidence() -> None:
    names = ["a/LICENSE", "COPYING.LESSER", "licence.txt", "LICENSE-MIT", "UNLICENSE", "x/package.json"]
    assert all(map(is_evidence, names))
    assert not any(
        map(is_evidence, ["license.py", "licenses.go", "copying_files.c", "README", "package-lock.json"])
    )


def test_large_texts_are_not_held() -> None:
    text = MIT + "x" * 60_000
    held = sys.getrefcount(text)
    assert judge_text(text) == ("MIT",) and sys.getrefcount(text) == held
