"""What no file of a run knows: `about.toml`, which a person writes."""

import datetime
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

import pydantic

from winnow.pipelines.law.questions import ASKED
from winnow.pipelines.spec.lines import first_problem, suggest
from winnow.pipelines.spec.positions import find, locate

Kind = Literal["public", "licensed", "private", "crawled", "user", "synthetic", "other"]
NotApplicable = Literal["not applicable"]


class AboutError(Exception):
    """about.toml cannot be read, or says what is not asked; the message is one sentence."""


class _Table(pydantic.BaseModel, extra="forbid", strict=True):
    pass


class Provider(_Table):
    """Who places the model on the market; `small` by the measure of the Act (SMEs)."""

    name: str = ""
    contact: str = ""
    in_union: bool | None = None
    small: bool | None = None


class Representative(_Table):
    """Who represents a provider from outside of the Union."""

    name: str = ""
    contact: str = ""


class Models(_Table):
    """The models that are trained on the shards."""

    versions: list[str] = []
    depends_on: list[str] | NotApplicable = []
    placed_on_market: datetime.date | str | None = None
    training_continues: bool | None = None


class Dataset(_Table):
    """The shards as a data set."""

    description: str = ""
    license: str = ""
    url: str = ""
    version: str = ""
    published: datetime.date | None = None
    citation: str = ""
    creators: list[str] = []
    acquired: datetime.date | None = None
    characteristics: str = ""
    comments: str = ""


class Source(_Table):
    """A source of the recipe: what kind of source it is, and what its section of the template asks."""

    kind: Kind | None = None
    name: str = ""
    link: str = ""
    description: str = ""
    content: list[str] = []
    crawler: str = ""
    purposes: str = ""
    behaviour: str = ""
    by: str = ""
    models: list[str] = []


class Reservations(_Table):
    """Measures on reservations of rights."""

    code_of_practice: bool | None = None
    before: str = ""
    during: str = ""
    protocols: list[str] = []


class Measures(_Table):
    """Other measures in words."""

    illegal_content: str = ""
    other: str = ""


class About(_Table):
    """All of about.toml; every key may be left out."""

    provider: Provider = Provider()
    representative: Representative | NotApplicable = Representative()
    models: Models = Models()
    dataset: Dataset = Dataset()
    sources: dict[str, Source] = {}
    reservations: Reservations = Reservations()
    measures: Measures = Measures()
    datasheet: dict[str, str] = {}


def read(path: Path | None, sources: Collection[str]) -> About:
    """What `path` says of a run with these sources; nothing where there is no path. AboutError, with the
    line."""
    if path is None:
        return About()
    try:
        text = path.read_text(encoding="utf-8")
        about = About.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        raise AboutError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    except tomllib.TOMLDecodeError as error:
        raise AboutError(f"{path}: {error}") from None
    except RecursionError:
        raise AboutError(f"{path}: its lists nest too deep") from None
    except pydantic.ValidationError as error:
        raise AboutError(_explain(path, text, first_problem(error))) from None
    for table, given, known in (
        ("sources", about.sources, sources),
        ("datasheet", about.datasheet, ASKED),
    ):
        for name in given:
            if name not in known:
                where = f"{path}:{find(locate(text), (table, name))}"
                what = "the run has no such source" if table == "sources" else "no such question"
                raise AboutError(f"{where}: {table}.{name}: {what}{suggest(name, known)}")
    return about


def _explain(path: Path, text: str, problem: Any) -> str:
    keys = [str(part) for part in problem["loc"]]
    where = f"{path}:{find(locate(text), problem['loc'])}: {'.'.join(keys)}"
    if problem["type"] != "extra_forbidden":
        return f"{where}: {problem['msg']}"
    table: Any = About
    for key in keys[:-1]:
        field = table.model_fields.get(key) if table is not None else None
        table = _find_table(field.annotation) if field else table  # of [sources.NAME] NAME is no field
    return f"{where}: no such key{suggest(keys[-1], table.model_fields)}"


def _find_table(annotation: Any) -> Any:
    """The table that an annotation names: itself, or within a union or a dict."""
    if isinstance(annotation, type) and issubclass(annotation, _Table):
        return annotation
    inner = getattr(annotation, "__args__", ())
    return next((found for one in inner if (found := _find_table(one))), None)
