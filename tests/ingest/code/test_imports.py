import pytest

from winnow.ingest.code.imports import Files, find_imports, read_go_module


@pytest.mark.parametrize(
    ("language", "path", "text", "found"),
    [
        (
            "Python",
            "pkg/a.py",
            "from . import b, c as d\nimport os, pkg.sub.e\n",
            ["pkg/b.py", "pkg/c/__init__.py", "pkg/sub/e.py"],
        ),
        ("Python", "pkg/sub/e.py", "from ..b import (\n    x,\n    y,\n)\n", ["pkg/b.py"]),
        ("Python", "pkg/a.py", "x = 'from . import b'\n# import pkg.b\n", []),
        (
            "JavaScript",
            "js/a.js",
            "import x from './b'; const y = require(\"../top.js\"); import('lib')",
            ["js/b.ts", "top.js"],
        ),
        ("TypeScript", "js/b.ts", "export * from './dir';\nimport './b.js'", ["js/dir/index.ts"]),
        (
            "C",
            "src/a.c",
            '#include "b.h"\n# include <sub/c.h>\n#include <stdio.h>\n',
            ["src/b.h", "include/sub/c.h"],
        ),
        ("Go", "cmd/a.go", 'import (\n\t"fmt"\n\t"example.org/m/lib"\n)\n', ["lib/b.go"]),
        ("Rust", "src/lib.rs", "mod one;\nuse crate::two::Thing;\n", ["src/one.rs", "src/two/mod.rs"]),
        ("Rust", "src/one.rs", "use super::two;", ["src/two/mod.rs"]),
        (
            "Java",
            "j/org/x/A.java",
            "import org.x.y.B;\nimport static org.x.y.B.call;\nimport java.util.List;",
            ["j/org/x/y/B.java"],
        ),
        ("Haskell", "a.hs", "import B", []),
    ],
)
def test_what_files_import(language: str, path: str, text: str, found: list[str]) -> None:
    paths = [
        *(
            "pkg/__init__.py",
            "pkg/a.py",
            "pkg/b.py",
            "pkg/c/__init__.py",
            "pkg/sub/__init__.py",
            "pkg/sub/e.py",
        ),
        *("js/a.js", "js/b.ts", "js/dir/index.ts", "top.js", "src/a.c", "src/b.h", "include/sub/c.h"),
        *("cmd/a.go", "lib/b.go", "lib/b_test.go", "go.mod", "src/lib.rs", "src/one.rs", "src/two/mod.rs"),
        *("j/org/x/A.java", "j/org/x/y/B.java"),
    ]
    module = read_go_module("go.mod", "// x\nmodule example.org/m\n\ngo 1.22\n")
    assert module == ("example.org/m", "")
    assert find_imports(Files(paths, [module]), path, language, text) == found


def test_a_name_that_many_files_have_is_no_guess() -> None:
    paths = [f"d{number}/config.h" for number in range(20)]
    assert find_imports(Files(paths), "src/a.c", "C", '#include "config.h"') == []
