"""The one function behind all sources, and the checks that a file must pass before anybody gets it."""

from pathlib import Path

from bench.artifacts.lock import only_here
from bench.artifacts.obtained import Obtained, PinnedBy, Progress, label
from bench.artifacts.sidecar import Sidecar, recall, remember, sha256_of, sidecar_path
from bench.artifacts.storage import (
    beside,
    cache_folder,
    is_file,
    make_room,
    size_of,
    storage_error,
    target_path,
)
from bench.catalog.types import (
    Artifact,
    DatasetSource,
    FileSource,
    HttpsSource,
    HubSource,
    PypiSource,
    RequantizedSource,
)
from bench.errors import ArtifactError


def obtain(artifact: Artifact, *, progress: Progress | None = None, offline: bool = False) -> Obtained:
    """The artifact's file, fetched if it is not here, and proven to be what the catalog says.

    ``progress`` is called with (bytes done, bytes in total or None). ``offline`` fetches nothing; a data set
    may still come from a folder, or from what its library keeps. Safe when several processes fetch the
    same file; an interrupted fetch leaves only what the next one can resume. Raises ArtifactError.
    """
    report = progress or _say_nothing
    here = _here(artifact)
    if here is not None:
        return here
    if isinstance(artifact.source, FileSource):
        raise ArtifactError("no such file", where=str(artifact.source.path))
    if isinstance(artifact.source, RequantizedSource):
        raise ArtifactError(
            "is not fetched but made from another model",
            where=artifact.name,
            remedy=f"breakeven models pull {artifact.name}",
        )
    if offline and not isinstance(artifact.source, DatasetSource):
        raise ArtifactError(
            "is not here, and fetching was not allowed", where=artifact.name, remedy="run without --offline"
        )
    target = target_path(artifact)
    part = beside(target, ".part")
    make_room(target.parent, _missing_bytes(artifact, part))
    with only_here(target, while_waiting=lambda: report(size_of(part), artifact.size_bytes)):
        here = _here(artifact)
        if here is None:
            _fetch(artifact, part, report, is_offline=offline)
            here = place(artifact, part, pinned_by="first-download")
    report(here.size_bytes, here.size_bytes)
    return here


def cached(artifact: Artifact) -> Obtained | None:
    """The file, where it is here and already proven; never hashes, so it costs a stat and a small read."""
    for path in _places(artifact):
        sidecar = recall(path)
        if sidecar is not None and sidecar.describes(path) and _is_wanted(artifact, sidecar):
            return _obtained(artifact, path, sidecar)
    return None


def is_here(artifact: Artifact) -> bool:
    """Whether there is a file to use without fetching, proven or not."""
    return any(is_file(path) for path in _places(artifact))


def verify(artifact: Artifact) -> Obtained:
    """Hash the file again, whatever is remembered of it; ArtifactError, and a wrong one in the cache goes."""
    path = next((path for path in _places(artifact) if is_file(path)), None)
    if path is None:
        raise ArtifactError(
            "is not here", where=artifact.name, remedy=f"breakeven models pull {artifact.name}"
        )
    is_ours = path.is_relative_to(cache_folder())
    before = recall(path)
    # What others keep may change at their will; what we keep may not.
    is_remembered = before is not None and (is_ours or before.describes(path))
    digest = sha256_of(path)
    expected = artifact.sha256 or (before.sha256 if before is not None and is_remembered else digest)
    if digest != expected:
        raise _wrong(artifact, digest, expected, _removed(path) if is_ours else None)
    return _proven(artifact, path, digest, "local-file" if before is None else before.pinned_by)


def _removed(path: Path) -> str:
    """Remove a wrong file of the cache; the remedy from there."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return f"delete {path} yourself, and fetch it again"
    return "breakeven models pull brings a fresh copy"


def place(artifact: Artifact, temporary_path: Path, *, pinned_by: PinnedBy = "local-file") -> Obtained:
    """Move a finished file, made on the cache's own disk, to its place at once; a wrong one goes."""
    target = target_path(artifact)
    try:
        digest = sha256_of(temporary_path)
        pin = _pin(artifact, target)
        if digest != (artifact.sha256 or pin or digest):
            temporary_path.unlink()
            raise _wrong(artifact, digest, artifact.sha256 or pin, _remedy(artifact, target))
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary_path.replace(target)
        return _proven(artifact, target, digest, pinned_by)
    except OSError as problem:
        raise storage_error(problem, target) from problem


def _say_nothing(done: int, total: int | None) -> None:
    pass


def _fetch(artifact: Artifact, part: Path, report: Progress, *, is_offline: bool) -> None:
    """Bring the bytes to ``part``. The modules are imported here: a start without a fetch does not pay."""
    match artifact.source:
        case PypiSource() as source:
            from bench.artifacts import pypi

            pypi.fetch(source, part, artifact.size_bytes, report)
        case HubSource() as source:
            from bench.artifacts import hub

            hub.fetch(source, part, artifact, report)
        case HttpsSource(url):
            from bench.artifacts import https

            https.download(url, part, report, is_pinned=artifact.sha256 is not None)
        case DatasetSource() as source:
            from bench.artifacts import dataset

            dataset.export(source, part, report, is_offline=is_offline)
        case FileSource() | RequantizedSource():
            raise AssertionError("nothing to fetch")


def _here(artifact: Artifact) -> Obtained | None:
    """The file if it is here and right, hashed where nothing valid is remembered of it."""
    proven = cached(artifact)
    if proven is not None:
        return proven
    for path in _places(artifact):
        if not is_file(path) or _is_of_another_source(artifact, path):
            continue
        digest = sha256_of(path)
        if isinstance(artifact.source, FileSource) and digest != (artifact.sha256 or digest):
            raise _wrong(artifact, digest, artifact.sha256, None)
        if digest == (artifact.sha256 or _pin(artifact, path) or digest):
            is_ours = path.is_relative_to(cache_folder())
            return _proven(artifact, path, digest, "first-download" if is_ours else "local-file")
    return None


def _places(artifact: Artifact) -> list[Path]:
    places = [target_path(artifact)]
    if isinstance(artifact.source, HubSource):
        from bench.artifacts.hub_cache import snapshot

        found = snapshot(artifact.source)
        if found is not None:
            places.append(found)
    return places


def _is_of_another_source(artifact: Artifact, path: Path) -> bool:
    """True for a file of the same name that came from elsewhere, where no hash could tell them apart."""
    if artifact.sha256 is not None or isinstance(artifact.source, FileSource):
        return False
    sidecar = recall(path)
    return sidecar is not None and sidecar.source != label(artifact.source)


def _pin(artifact: Artifact, path: Path) -> str | None:
    """The sha256 that the first download from this very source pinned.

    None for a data set: its file names the library's version, and itself the sha256 of its rows.
    """
    if isinstance(artifact.source, DatasetSource):
        return None
    sidecar = recall(path)
    if sidecar is None or sidecar.pinned_by != "first-download" or sidecar.source != label(artifact.source):
        return None
    return sidecar.sha256


def _is_wanted(artifact: Artifact, sidecar: Sidecar) -> bool:
    if artifact.sha256 is not None:
        return sidecar.sha256 == artifact.sha256
    return isinstance(artifact.source, FileSource) or sidecar.source == label(artifact.source)


def _proven(artifact: Artifact, path: Path, digest: str, pinned_by: PinnedBy) -> Obtained:
    sidecar = remember(path, digest, source=label(artifact.source), pinned_by=pinned_by)
    return _obtained(artifact, path, sidecar)


def _obtained(artifact: Artifact, path: Path, sidecar: Sidecar) -> Obtained:
    found_elsewhere = isinstance(artifact.source, FileSource) and artifact.source.found_as != "file"
    is_pinned = artifact.sha256 is not None and not found_elsewhere
    pinned_by: PinnedBy = "catalog" if is_pinned else sidecar.pinned_by
    return Obtained(path, sidecar.sha256, sidecar.size_bytes, pinned_by, label(artifact.source))


def _wrong(artifact: Artifact, digest: str, expected: str | None, remedy: str | None) -> ArtifactError:
    return ArtifactError(
        f"wrong content: sha256 {digest} where {expected} is expected", where=artifact.name, remedy=remedy
    )


def _remedy(artifact: Artifact, target: Path) -> str:
    if artifact.sha256 is not None:
        return "try again; if it stays so, the file behind the source is not the one that the catalog names"
    return f"the source has changed since its first download; to accept that, delete {sidecar_path(target)}"


def _missing_bytes(artifact: Artifact, part: Path) -> int:
    """What is still to come; a file from the index is there twice for a moment, packed and unpacked."""
    if artifact.size_bytes is None:
        return 0
    copies = 2 if isinstance(artifact.source, PypiSource) else 1
    return max(0, copies * artifact.size_bytes - size_of(part))
