"""What is raised by the machine, the network or a store, and by no document: a rerun may go well."""

import errno
import re

from winnow.pipelines.engine.identity.code import OtherCode

# Libraries beneath fsspec's stores. What they raise of their own is of the server or the way there.
CLIENTS = {
    "aiohttp",
    "aiobotocore",
    "azure",
    "botocore",
    "ftplib",
    "gcsfs",
    "google",
    "httpx",
    "huggingface_hub",
    "paramiko",
    "requests",
    "urllib3",
}
_OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_OF_A_STORE = (errno.EBUSY, errno.EREMOTEIO)  # s3fs, where the store is busy or has a fault
_NO_PLACE = "No usable temporary directory"  # Python's own words
_NO_THREAD = "can't start new thread"
_NUMBER = re.compile(r"\(os error (\d+)\)")  # Rust's
_WHO_ASKS = (401, 403, 407, 408, 425, 429)  # of who asks and how often, all other 4xx of what is asked for


class Refused(Exception):
    """Data show that a setting of a step cannot be meant so, which is no document's fault; `setting` is its
    name."""

    def __init__(self, told: str, setting: str) -> None:
        super().__init__(told, setting)  # both, so that another process can load it
        self.setting = setting

    def __str__(self) -> str:
        return str(self.args[0])


_STOPS = (ConnectionError, TimeoutError, ImportError, OtherCode, Refused)


def refuse(error: Exception) -> None:
    """Raise what is to stop the run, as an error that each process can load; say nothing of all else."""
    if setting := getattr(error, "of_setting", None):
        raise Refused(str(error), setting) from None
    if is_of_store(error):
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
    if _NO_THREAD in str(error):
        told = f"{_NO_THREAD}: a shell's bound on memory or processes is too tight (`ulimit -d`, `-v`, `-u`)"
        raise OSError(errno.EAGAIN, told) from error
    if (
        isinstance(error, _STOPS)
        or find_number(error) in (*_OF_THE_MACHINE, *_OF_A_STORE)
        or _NO_PLACE in str(error)
    ):
        raise error


def find_number(error: BaseException) -> int:
    """The system's number of an error, also where a library in Rust says it in words alone; else 0."""
    said = _NUMBER.search(str(error))
    return getattr(error, "errno", None) or (int(said[1]) if said else 0)


def tell(error: OSError) -> str:
    """What it says, and what mends it where that is not plain."""
    if find_number(error) in (errno.EMFILE, errno.ENFILE):
        return f"{error}: more files must be open at once than may be here, `ulimit -n 4096` allows more"
    if _NO_PLACE in str(error):
        return f"{error}: set TMPDIR to a folder that may be written"
    return str(error)


def is_of_store(error: Exception) -> bool:
    """Whether a store's client raised it, as an exception of its own: that the server hung up in mid-file, is
    busy, wants another signature by now. No bytes of a file do that; nor is a 404 of the store."""
    if not any(kind.__module__.partition(".")[0] in CLIENTS for kind in type(error).__mro__):
        return False
    answer = getattr(error, "response", None)
    status = getattr(error, "status", None) or getattr(answer, "status_code", None)
    return not (isinstance(status, int) and 400 <= status < 500 and status not in _WHO_ASKS)
