"""The process that opens office files: parsers of hostile files work apart, where the kernel bounds them.

`python -m winnow.ingest.office.child MAX_MEMORY_MB` is asked in two messages (see `winnow.sandbox`): how to
read, in JSON, and the bytes of a file. It answers with one in JSON: `text`, `kind`, `counts`, `properties`;
or `drop_reason`; or `error`. It stays for the next file.
"""

import json
import sys
from typing import Any

from winnow.ingest.office.kinds import read_document
from winnow.ingest.office.package import Damaged, Refused
from winnow.sandbox import allow_seconds, confine, name_memory, read_jobs, read_message, write_message


def main(max_memory_mb: int) -> None:
    """Answer requests until the parent is gone."""
    out, enough = confine(max_memory_mb << 20), name_memory(max_memory_mb << 20)
    for message in read_jobs(out):
        asked, data = json.loads(message), read_message()
        allow_seconds(asked.pop("max_seconds"))
        # Half a surrogate pair, which a file may hold, is no UTF-8; ASCII JSON can carry it to our rows.
        write_message(out, json.dumps(answer(data, asked, enough)).encode())


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
