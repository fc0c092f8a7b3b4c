"""Where a run works: as options say it, or a file of one `kind` (`--cluster FILE`)."""

import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pydantic

from winnow.extras import format_install
from winnow.pipelines.engine.work import memory as memories
from winnow.pipelines.spec.address import is_installed
from winnow.pipelines.spec.lines import Lines, explain, suggest
from winnow.pipelines.spec.recipe import Needs, Recipe, RecipeError, Resources

_WALLTIME = r"(?:(\d{1,3})-)?(\d{1,3}):([0-5]\d):([0-5]\d)"
_USUAL_WORKERS = 2
Line = Annotated[str, pydantic.Field(pattern=r"^[^\r\n]+$")]
Word = Annotated[str, pydantic.Field(pattern=r"^[A-Za-z0-9._-]+$")]


class _Table(pydantic.BaseModel, extra="forbid", strict=True):
    FILES: ClassVar[tuple[str, ...]] = ()
    """Keys that name files and folders, which are looked for from the folder of the cluster's own file."""
    memory: str = "auto"

    def size(self) -> int | None:
        """The bytes of memory of each worker; None where nobody says it. RecipeError where it is no size."""
        return memories.parse(self.memory, getattr(self, "cores", 1))

    def share(self, _: Callable[[str], None]) -> int | None:
        """As `size`, once where the run works is known to be there."""
        return self.size()


class _Started(_Table):
    """Workers that the run starts, and what each of them has beside its memory."""

    resources: Resources = {}

    def offer(self) -> dict[str, float]:
        """The resources of each worker as Dask counts them; its memory is `MEMORY`, unless they say it."""
        return {"MEMORY": float(self.share(lambda _: None) or 0), **self.resources}


class Local(_Started):
    """Workers of this machine; with none of them the process of the run itself works."""

    kind: Literal["local"] = "local"
    workers: int = pydantic.Field(_USUAL_WORKERS, ge=0)

    def share(self, say: Callable[[str], None]) -> int | None:
        """The bytes of each worker, or an even share of the machine; `say` is told of more than that has."""
        return memories.share(self.size(), self.workers, say)


class Address(_Table):
    """A scheduler of Dask that runs already, and the files by which it and the run know each other."""

    FILES: ClassVar[tuple[str, ...]] = ("ca", "cert", "key")
    kind: Literal["address"] = "address"
    address: str = pydantic.Field(pattern=r"^(tcp|tls)://[^@\s]+$")
    ca: Line | None = None
    cert: Line | None = None
    key: Line | None = None

    @pydantic.model_validator(mode="after")
    def _has_all_or_none(self) -> "Address":
        given = sum(getattr(self, name) is not None for name in self.FILES)
        if given != (len(self.FILES) if self.address.startswith("tls:") else 0):
            raise ValueError("tls:// needs the files `ca`, `cert` and `key`, and tcp:// has none of them")
        return self

    def share(self, say: Callable[[str], None]) -> int | None:
        """The bytes of each worker; where nobody says it, what a worker of this machine would have."""
        return self.size() or memories.share(None, _USUAL_WORKERS, say)


class Slurm(_Started):
    """Jobs of SLURM, each with a worker for each of its `cores`, which share the `memory` of the job."""

    FILES: ClassVar[tuple[str, ...]] = ("logs",)
    kind: Literal["slurm"]
    jobs: int = pydantic.Field(ge=1)
    cores: int = pydantic.Field(ge=1)
    memory: str
    walltime: str
    queue: Word | None = None
    directives: list[Annotated[str, pydantic.Field(pattern=r"^-[^\r\n]+$")]] = []
    prologue: list[Line] = []
    python: Line = sys.executable
    interface: Word | None = None
    logs: Line = "jobs"

    @pydantic.field_validator("walltime")
    @classmethod
    def _is_time(cls, walltime: str) -> str:
        read_seconds(walltime)
        return walltime


class Kubernetes(_Started):
    """Pods that Dask's operator starts, each of one worker."""

    kind: Literal["kubernetes"]
    workers: int = pydantic.Field(ge=1)
    memory: str
    image: Line
    name: str = pydantic.Field("winnow", pattern=r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$")
    namespace: Word | None = None
    env: dict[Word, str] = {}
    secrets: list[Word] = []


Cluster = Local | Address | Slurm | Kubernetes
KINDS: dict[str, type[Cluster]] = {
    "local": Local,
    "address": Address,
    "slurm": Slurm,
    "kubernetes": Kubernetes,
}
NEEDS = {"slurm": "dask_jobqueue", "kubernetes": "dask_kubernetes"}


def read_seconds(walltime: str) -> int:
    """`1-06:00:00` in seconds; ValueError where it is not written so."""
    if not (found := re.fullmatch(_WALLTIME, walltime)):
        raise ValueError(f"write it like 24:00:00, or 2-12:00:00 with days, not {walltime!r}")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def load(path: Path) -> Cluster:
    """What a file says; RecipeError, with file and line, for all that is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        table = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise RecipeError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    lines = Lines(path, text)
    kind = table.get("kind")
    if kind not in list(KINDS):
        told = "missing" if kind is None else f"{kind!r} is none{suggest(str(kind), KINDS)}"
        where = f"{path}:1" if kind is None else lines.of("kind")
        raise RecipeError(f"{where}: kind: {told}; there are: {', '.join(KINDS)}")
    if (package := NEEDS.get(kind)) and not is_installed(package):
        told = f"{lines.of('kind')}: kind: {kind!r} needs {package}, which is not installed"
        raise RecipeError(f"{told}: {format_install([package])}")
    try:
        asked = KINDS[kind].model_validate(table)
        asked.size()
    except pydantic.ValidationError as error:
        raise RecipeError(explain(lines, table, error, {"": KINDS[kind].model_fields})) from None
    except RecipeError as error:
        raise RecipeError(f"{lines.of('memory')}: {error}") from None
    return asked.model_copy(update=_find_files(asked, lines))


def _find_files(asked: Cluster, lines: Lines) -> dict[str, str]:
    """Whole paths of the files that a table names; RecipeError where one cannot be read."""
    found: dict[str, str] = {}
    for name in asked.FILES:
        if (given := getattr(asked, name)) is None:
            continue
        path = lines.path.resolve().parent / Path(given).expanduser()
        try:
            if isinstance(asked, Address):
                path.read_bytes()
        except OSError as error:
            raise RecipeError(f"{lines.of(name)}: {name}: {path}: {error.strerror}") from None
        found[name] = str(path)
    return found


def choose(
    cluster: Path | None, scheduler: str | None, workers: int, memory: str, dashboard: int | None = None
) -> Cluster:
    """Where a command's options say that a run works; RecipeError where what they say cannot be."""
    if cluster and scheduler:
        raise RecipeError("--cluster and --scheduler: each says where the run works; give one of them")
    asked = load(cluster) if cluster else _choose(scheduler, workers, memory)
    if dashboard and not isinstance(asked, Slurm) and not (isinstance(asked, Local) and asked.workers):
        told = "--workers 1 or more, or a --cluster of kind local or slurm"
        raise RecipeError(f"--dashboard is for workers that the run starts itself: {told}")
    return asked


def have(offered: Mapping[str, float], needs: Needs) -> bool:
    """Whether a worker that offers this has what a task needs."""
    return all(offered.get(name, 0.0) >= amount for name, amount in needs)


def describe_lack(stage: str, needs: Needs, offered: Iterable[Mapping[str, float]]) -> str:
    """What a stage needs, and what each kind of worker offers."""
    kinds = " or ".join(sorted({_describe(each.items()) for each in offered})) or "nothing"
    return f"stage {stage!r} needs {_describe(needs)} of a worker, and they offer {kinds}"


def _describe(resources: Iterable[tuple[str, float]]) -> str:
    told = [
        f"{name} = {each / 1e9:g} GB" if name == "MEMORY" else f"{name} = {each:g}"
        for name, each in sorted(resources)
    ]
    return ", ".join(told) or "nothing"


def refuse_needs(asked: Cluster, path: Path, checked: Recipe) -> None:
    """RecipeError where a stage of a recipe needs what none of the workers would have that the run starts.
    Those of an address say what they have when they are there."""
    needing = {name: stage.resources for name, stage in checked.stages.items() if stage.resources}
    if not needing or isinstance(asked, Address):
        return
    offered = asked.offer()
    lines = Lines(path, checked.text, checked.places)
    for number, entry in enumerate(tomllib.loads(checked.text)["stage"]):
        needs = needing.get(entry["name"], ())
        if not have(offered, needs):
            told = describe_lack(entry["name"], needs, [offered])
            mend = "where they have more, `memory` and `resources` in a file for --cluster say so"
            raise RecipeError(f"{lines.of('stage', number, 'resources')}: {told}: {mend}")


def _choose(scheduler: str | None, workers: int, memory: str) -> Cluster:
    memories.parse(memory)
    if scheduler is not None:  # with keys of Dask's own configuration, where it is tls://
        return Address.model_construct(address=scheduler, memory=memory)
    return Local(workers=workers, memory=memory)
