"""Where tasks run: in this process, on workers of this machine, or on those of a cluster."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from winnow.pipelines.engine.work import heartbeat
from winnow.pipelines.engine.work.cluster_file import Address, Cluster, Local, Slurm
from winnow.pipelines.screen import interrupt
from winnow.pipelines.spec.recipe import Needs

RUNNING = ".running.tmp"
Outcome = dict[str, Any] | BaseException


class WorkersLost(Exception):
    """A task lost so many workers, one after the other, while it waited there or was at work."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class Done(NamedTuple):
    """A task that ended: its receipt, or what it raised."""

    task: Any
    outcome: Outcome


class Pool(Protocol):
    """What the run needs of a place to work in."""

    def capacity(self, needs: Needs = ()) -> int:
        """How many tasks to have under way that need this of a worker."""

    def submit(self, function: Callable[[Any], dict[str, Any]], task: Any) -> None:
        """Begin a task."""

    def wait(self) -> Done | None:
        """The next task that ends; None where none did for some seconds."""

    def drop(self, task: Any) -> None:
        """Wait for an attempt no longer: another one was the first."""


class InProcess:
    """One task at a time, here: for debugging. A step that kills its process kills the run; a file beside the
    stage's parts tells the next run which of them that was."""

    def __init__(self, sign: heartbeat.Tell = lambda _: None) -> None:
        self.sign = sign
        self.queue: deque[tuple[Callable[[Any], dict[str, Any]], Any]] = deque()

    def capacity(self, _: Needs = ()) -> int:
        """One."""
        return 1

    def submit(self, function: Callable[[Any], dict[str, Any]], task: Any) -> None:
        """Put it in the queue."""
        self.queue.append((function, task))

    def wait(self) -> Done:
        """Run the next one."""
        function, task = self.queue.popleft()
        note = task.folder / f".{task.name}{RUNNING}"
        note.touch()
        try:
            with interrupt.undo(lambda: note.unlink(missing_ok=True)), heartbeat.beat(task, self.sign):
                return Done(task, function(task))
        except (Exception, SystemExit) as error:  # what a task raised is its outcome
            return Done(task, error)
        finally:
            note.unlink(missing_ok=True)

    def drop(self, task: Any) -> None:
        """Take it out of the queue."""
        self.queue = deque(item for item in self.queue if item[1] is not task)


def find_interrupted(folder: Path) -> set[str]:
    """Names of the tasks of a stage in which the process of an earlier run died."""
    return {path.name[1 : -len(RUNNING)] for path in folder.glob(f".*{RUNNING}")}


@contextmanager
def open_pool(
    asked: Cluster,
    say: Callable[[str], None],
    sign: heartbeat.Tell = lambda _: None,
    dashboard: int | None = None,
    needs: Mapping[str, Needs] = {},
    at_once: int = 1,
) -> Iterator[Pool]:
    """The pool that the command line asks for; says where the dashboard is. `sign` gets the signs of tasks,
    whose stages have `needs`. Of workers of this machine so many start `at_once`, the others when tasks wait
    for them.

    ConnectionError where there is none to be had: of workers, of those that offer what a stage needs, or of
    the port of the `dashboard`.
    """
    if isinstance(asked, Local) and asked.workers == 0:
        yield InProcess(sign)
        return
    with _open(asked, say, sign, dashboard, at_once) as pool:
        pool.need(needs)
        yield pool


def _open(
    asked: Cluster,
    say: Callable[[str], None],
    sign: heartbeat.Tell,
    dashboard: int | None,
    at_once: int,
) -> AbstractContextManager[Any]:
    if isinstance(asked, Local):
        from winnow.pipelines.engine.work import cluster_local  # here, as below: nothing else needs Dask

        return cluster_local.open_workers(asked, say, sign, dashboard, at_once)
    if isinstance(asked, Address):
        from winnow.pipelines.engine.work import cluster

        return cluster.open_scheduler(asked, say, sign)
    if isinstance(asked, Slurm):
        from winnow.pipelines.engine.work import cluster_slurm

        return cluster_slurm.open_jobs(asked, say, sign, dashboard)
    from winnow.pipelines.engine.work import cluster_kubernetes

    return cluster_kubernetes.open_pods(asked, say, sign)
