"""Local files as one who reads them finds them: a link is what it leads to."""

import errno
import os
import stat
from pathlib import Path
from typing import Any

from fsspec.implementations.local import LocalFileSystem

# What is no file, and what to do about it. It is never opened: a FIFO would block, a device has no end.
REFUSED = (
    (stat.S_ISFIFO, "a FIFO (named pipe), which is not read: write what comes through it into a file"),
    (stat.S_ISSOCK, "a socket, which is not read: leave it out of the pattern"),
    (stat.S_ISCHR, "a character device, which is not read: write what it gives into a file"),
    (stat.S_ISBLK, "a block device, which is not read: write what it holds into a file"),
)
NOWHERE = "a link to {to}, which is not there: put that back, or remove the link"
LOOP = "a link that leads back to itself ({to}): remove it, or link a file"
INSIDE = "a link to a folder that it is in ({to}), which is not entered again: remove it"


class LocalFiles(LocalFileSystem):  # type: ignore[misc]
    """fsspec's local files, but links are followed, those to folders too; fsspec passes over them in silence.

    `refused` stands in the details of what cannot be read as a file.
    """

    def info(self, path: Any, **_: Any) -> dict[str, Any]:
        """Name, type, size and time of change; FileNotFoundError where there is not even a link."""
        name = str(self._strip_protocol(os.fspath(path)))
        here = Path(name)
        try:
            about = here.stat()
        except OSError as error:
            if not here.is_symlink():
                raise
            return {"name": name, "size": 0, "type": "file", "refused": _describe_link(here, error)}
        found = {"name": name, "size": about.st_size, "type": "file", "mtime": about.st_mtime}
        if stat.S_ISDIR(about.st_mode):
            if here.is_symlink() and _is_inside(here):
                return found | {"refused": INSIDE.format(to=here.readlink())}
            return found | {"type": "directory"}
        refused = [message for is_one, message in REFUSED if is_one(about.st_mode)]
        return found | ({"refused": refused[0]} if refused else {})

    def ls(self, path: str, detail: bool = False, **more: Any) -> Any:
        """As ever, but a folder that may not be listed is no empty one."""
        try:
            return super().ls(path, detail=detail, **more)
        except PermissionError as error:
            raise RuntimeError(str(error)) from error  # fsspec passes over an OSError


def _describe_link(link: Path, error: OSError) -> str:
    """What is wrong with a link, if that is known; if not, reading it will say so."""
    messages = {errno.ENOENT: NOWHERE, errno.ENOTDIR: NOWHERE, errno.ELOOP: LOOP}
    return messages.get(error.errno or 0, "").format(to=link.readlink())


def _is_inside(link: Path) -> bool:
    """Whether a link leads to a folder that it is in: by its name, or by where its folders stand."""
    target = link.resolve()
    return any(folder.resolve().is_relative_to(target) for folder in link.parents)
