"""Files of a git bundle, read by the git program in children with bounds and a clean environment.

Nothing is checked out: no path of the repository is ever one of this machine, no hook, filter or attribute of
it runs. Objects are checked as git checks what it fetches from strangers (`transfer.fsckObjects`).
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import BinaryIO, NamedTuple

from winnow.ingest.archive.members import MAX_EXPANSION, Accepts, Member
from winnow.ingest.io.batches import Unreadable

BUNDLE = (b"# v2 git bundle\n", b"# v3 git bundle\n")
MAX_SECONDS = 1_800  # of one answer of git's, wall clock; of processor time it gets as many
MAX_MEMORY_KB = 4 << 20
_FREE_BYTES = 1 << 28  # a bundle may unpack to so much on disk, and to MAX_EXPANSION times its size
# Where the shell has a lower bound already, `ulimit` fails and that stays.
_LIMITS = f"""for bound in "-t {MAX_SECONDS}" "-v {MAX_MEMORY_KB}" "-f $1"
do command ulimit $bound 2>/dev/null; done; shift; exec "$@" """
_BLOCK = 512  # of `ulimit -f`
# Faults that old repositories really have, and that harm nobody who checks nothing out.
_HARMLESS = """
badDate badDateOverflow badEmail badName badTimezone missingEmail missingNameBeforeEmail
missingSpaceBeforeDate missingSpaceBeforeEmail missingTaggerEntry zeroPaddedDate zeroPaddedFilemode nullSha1
hasDot hasDotdot hasDotgit largePathname symlinkTargetLength symlinkTargetMissing gitmodulesUrl
gitmodulesParse gitmodulesPath gitmodulesName gitmodulesSymlink gitmodulesUpdate gitattributesSymlink
duplicateEntries
"""
_KINDS = {b"120000": "link", b"160000": "submodule"}


class Tree(NamedTuple):
    """The state of the repository that is read."""

    commit: str
    ref: str
    date: str


@contextmanager
def open_bundle(raw: BinaryIO) -> Iterator["Git"]:
    """The bundle in a bare repository of its own, which goes away with the block. Raises Unreadable."""
    with tempfile.TemporaryDirectory(prefix="winnow-bundle-") as name:
        folder = Path(name)
        raw.seek(0)
        with (folder / "bundle").open("wb") as file:
            shutil.copyfileobj(raw, file, 1 << 20)
        git = Git(folder, (folder / "bundle").stat().st_size)
        git.call("init", "--quiet", "--bare", "--template=", str(folder / "git"))
        harmless = [word for name in _HARMLESS.split() for word in ("-c", f"fetch.fsck.{name}=ignore")]
        own = ["-c", "protocol.allow=never", "-c", "protocol.file.allow=always", *harmless]
        own += ["-c", "transfer.fsckObjects=true", "-c", "gc.auto=0", "-c", "maintenance.auto=false"]
        heads = git.call("bundle", "list-heads", str(folder / "bundle")).decode("utf-8", "replace")
        git.heads = dict(line.split(" ", 1)[::-1] for line in heads.splitlines() if " " in line)
        wanted = ["+refs/*:refs/bundle/*", *(["+HEAD:refs/bundle-head"] if "HEAD" in git.heads else [])]
        git.call(*own, "fetch", "--quiet", "--no-tags", str(folder / "bundle"), *wanted)
        yield git


class Git:
    """A bare repository, asked by children that are killed when an answer takes too long."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.heads: dict[str, str] = {}  # refs and the commits that they lead to
        blocks = (_FREE_BYTES + MAX_EXPANSION * size) // _BLOCK
        self.limits = ["/bin/sh", "-c", _LIMITS, "sh", str(blocks)]
        own = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        bare = {
            "HOME": str(folder),
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        alone = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ATTR_NOSYSTEM": "1"}
        self.env = own | bare | alone

    def call(self, *arguments: str) -> bytes:
        """What git prints; Unreadable says why it failed."""
        with self.run(*arguments) as process, keep_time(process):
            out, _ = process.communicate()
        if process.returncode:
            self._fail(process.returncode, arguments)
        return out

    @contextmanager
    def run(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A child of git's, and of no use behind the block."""
        if shutil.which("git") is None:
            raise ImportError("git bundles are read by the git program, which is not there; install it")
        place = [] if arguments[0] == "init" else ["--git-dir", str(self.folder / "git")]
        with (self.folder / "said").open("wb") as said:
            process = subprocess.Popen(
                [*self.limits, "git", *place, "-c", f"core.hooksPath={os.devnull}", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=self.env,
                cwd=self.folder,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError, ValueError):
                    pipe.close()  # type: ignore[union-attr]
            if process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(1)
                _kill(process)
            process.wait()

    def find_tree(self) -> Tree:
        """The commit of HEAD, else of `main`, `master` or the first branch by name."""
        branches = sorted(name for name in self.heads if name != "HEAD")
        wanted = ("HEAD", "refs/heads/main", "refs/heads/master", *branches)
        ref = next((name for name in wanted if name in self.heads), None)
        if ref is None:
            raise Unreadable("the bundle holds no branch")
        commit = self.heads[ref]
        date = self.call("log", "-1", "--format=%cI", commit).decode().strip()
        return Tree(commit, ref, date)

    def walk(self, tree: Tree, accepts: Accepts) -> Iterator[Member]:
        """Files of a commit in the order of git's own list; `place` is the number in it."""
        with (
            self.run("ls-tree", "-r", "-z", "-l", tree.commit) as listed,
            self.run("cat-file", "--batch") as cat,
        ):
            for place, line in enumerate(_cut_entries(listed)):
                about, _, path = line.partition(b"\t")
                mode, kind, name, size = about.split()
                member = Member(path.decode("utf-8", "surrogateescape"), place, date=tree.date)
                if special := _KINDS.get(mode) or ("special" if kind != b"blob" else None):
                    yield member._replace(kind=special)
                    continue
                member = member._replace(size=int(size))
                if accepts(member.path, member.size):
                    with keep_time(cat):
                        member = member._replace(data=_read_blob(cat, name))
                yield member
        if listed.returncode:
            self._fail(listed.returncode, ("ls-tree",))

    def _fail(self, code: int, arguments: tuple[str, ...]) -> None:
        said = (self.folder / "said").read_bytes()[-600:].decode("utf-8", "replace").strip()
        what = next(word for word in arguments if word in ("init", "fetch", "bundle", "log", "ls-tree"))
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise Unreadable(f"git {what} failed ({how}): {said or 'over its bounds of time, memory or disk'}")


@contextmanager
def keep_time(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Kill a child that is asked for MAX_SECONDS; the time between two answers is the reader's own."""
    clock = Timer(MAX_SECONDS, _kill, [process])
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


def _cut_entries(listed: subprocess.Popen[bytes]) -> Iterator[bytes]:
    assert listed.stdout is not None
    rest = b""
    while True:
        with keep_time(listed):
            data = listed.stdout.read(1 << 16)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\0")
        yield from lines


def _read_blob(cat: subprocess.Popen[bytes], name: bytes) -> bytes:
    assert cat.stdin is not None and cat.stdout is not None
    try:
        cat.stdin.write(name + b"\n")
        cat.stdin.flush()
    except BrokenPipeError:
        raise Unreadable("git cat-file ended; the rest of the bundle is lost") from None
    head = cat.stdout.readline().split()
    if len(head) != 3:
        raise Unreadable(
            f"git has no object {name.decode('ascii', 'replace')}; the rest of the bundle is lost"
        )
    size = int(head[2])
    data = cat.stdout.read(size + 1)
    if len(data) <= size:
        raise Unreadable("git cat-file ended inside of a file; the rest of the bundle is lost")
    return data[:-1]


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
