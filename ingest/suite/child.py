"""The process that opens office files: parsers of hostile files work apart, where the kernel bounds them.

`python -m winnow.ingest.suite.child MAX_MEMORY_MB` reads requests from standard input (a line of JSON, then
`size` bytes of a file) and answers each with a line of JSON: `text`, `kind`, `counts`, `properties`; or
`drop_reason`; or `error`. It stays for the next file.
"""

import json
import os
import resource
import sys
from typing import Any

from winnow.ingest.io.limits import allow_seconds, lower, name_memory
from winnow.ingest.suite.kinds import read_document
from winnow.ingest.suite.package import Damaged, Refused


def main(max_memory_mb: int) -> None:
    """Answer requests until standard input ends."""
    out = os.fdopen(os.dup(1), "wb")  # what a library prints must not come between our lines
    os.dup2(2, 1)
    enough = name_memory(max_memory_mb << 20)
    lower(resource.RLIMIT_DATA, max_memory_mb << 20)
    lower(resource.RLIMIT_CORE, 0)
    out.write(b"ready\n")
    out.flush()
    for line in iter(sys.stdin.buffer.readline, b""):
        asked = json.loads(line)
        data = sys.stdin.buffer.read(asked.pop("size"))
        allow_seconds(asked.pop("max_seconds"))
        # Half a surrogate pair, which a file may hold, is no UTF-8; ASCII JSON can carry it to our rows.
        out.write(json.dumps(answer(data, asked, enough)).encode() + b"\n")
        out.flush()


def answer(data: bytes, asked: dict[str, Any], enough: str) -> dict[str, object]:
    """What becomes of a file, whatever a parser raises on it; `enough` says what bounds its memory."""
    try:
        return read_document(data, **asked)._asdict()
    except Refused as refused:
        return {"drop_reason": str(refused), "counts": refused.counts}
    except Damaged as damaged:
        return {"error": str(damaged)}
    except MemoryError:
        return {"error": f"more memory needed than {enough}, if it is no bomb"}
    except Exception as error:
        told = " ".join(str(error).split())[:300]
        return {"error": f"it cannot be read ({type(error).__name__}: {told}): open and save it anew"}


if __name__ == "__main__":
    main(int(sys.argv[1]))
