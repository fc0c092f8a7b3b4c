"""Office files, read in a child process that may die of one: that costs this one.

Processor time and memory are bounded by the kernel (RLIMIT_CPU, RLIMIT_DATA): the child has the file's bytes
and waits for nothing else, so that it cannot hang without spending its time.
"""

import json
from typing import Any

from winnow import sandbox
from winnow.sandbox import Death, borrow, name_memory


class Child(sandbox.Child):
    """A process that reads office files, one after the other."""

    def __init__(self, max_memory_mb: int) -> None:
        super().__init__("winnow.ingest.office.child", max_memory_mb, OMP_NUM_THREADS="1")


def read_apart(data: bytes, *, max_memory_mb: int, **asked: Any) -> dict[str, Any]:
    """What `ingest.office.child` answers to a file; an `error` where the file kills it.

    One that the shell's bound on processor time ends may have spent it on other files: another is asked.
    Raises ImportError where it cannot even start.
    """
    while True:
        with borrow(Child, max_memory_mb) as child:
            try:
                child.send(json.dumps(asked).encode(), data)
                answer: dict[str, Any] = json.loads(child.receive())
            except Death as death:
                if child.fresh:
                    raise ImportError(f"the reader of office files cannot start ({death})") from None
                if death.bound and child.jobs > 1:
                    continue
                return {"error": _name_death(death, asked["max_seconds"], max_memory_mb)}
            child.busy = False
            if len(data) > max_memory_mb << 18:
                child.jobs = sandbox.MAX_JOBS  # a large file leaves a large process
            return answer


def _name_death(death: Death, max_seconds: int, max_memory_mb: int) -> str:
    memory = name_memory(max_memory_mb << 20)
    return {
        "shell": f"{death.bound} ended it: raise that, or leave the file out",
        "time": f"it took more than max_seconds ({max_seconds}) of processor time; raise it, or leave it out",
        "exit": f"the reader ended ({death}): leave the file out",
        "signal": f"reading it killed the reader ({death}), as what needs more memory than {memory}, or leave"
        " the file out",
    }[death.kind]
