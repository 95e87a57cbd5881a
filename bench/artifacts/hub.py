"""Files of the model hub, over its plain https interface and under its tools' own variables."""

import os
import re
from pathlib import Path
from urllib.parse import quote

from bench.artifacts.https import FirstAnswer, HttpRefusal, download
from bench.artifacts.obtained import Progress
from bench.catalog.types import Artifact, HubSource
from bench.errors import ArtifactError

ENDPOINT = "https://huggingface.co"


def fetch(source: HubSource, part: Path, artifact: Artifact, report: Progress) -> None:
    """Bring the file to ``part``; ArtifactError says what the hub's refusal means."""
    where = f"hub:{source.repo}/{source.file}"
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise ArtifactError(
            "is not here, and HF_HUB_OFFLINE forbids fetching it",
            where=where,
            remedy="unset HF_HUB_OFFLINE, or copy the file here and name its path",
        )
    token = os.environ.get("HF_TOKEN")
    first = FirstAnswer()

    def watch(done: int, total: int | None) -> None:
        _check_promise(first, artifact, where)
        report(done, total)

    try:
        download(
            file_url(source),
            part,
            watch,
            is_pinned=artifact.sha256 is not None,
            headers={"Authorization": f"Bearer {token}"} if token else None,
            first_answer=first,
        )
    except HttpRefusal as problem:
        raise _refused(problem, source, where, has_token=bool(token)) from problem


def file_url(source: HubSource) -> str:
    return f"{_page(source)}/resolve/{quote(source.revision, safe='')}/{quote(source.file)}"


def _page(source: HubSource) -> str:
    return f"{(os.environ.get('HF_ENDPOINT') or ENDPOINT).rstrip('/')}/{source.repo}"


def _check_promise(first: FirstAnswer, artifact: Artifact, where: str) -> None:
    """Refuse a file before its gigabytes arrive: the hub's first answer names the sha256 of large files."""
    promised = "" if first.headers is None else first.headers.get("X-Linked-ETag", "").strip('"')
    is_hash = re.fullmatch(r"[0-9a-f]{64}", promised) is not None
    if is_hash and artifact.sha256 is not None and promised != artifact.sha256:
        raise ArtifactError(
            f"the hub now has other content: sha256 {promised} where {artifact.sha256} is expected",
            where=where,
            remedy="name the revision that holds the expected file, or the new sha256",
        )


def _refused(problem: HttpRefusal, source: HubSource, where: str, *, has_token: bool) -> ArtifactError:
    page = _page(source)
    if problem.status in (401, 403):
        token = "with the account of HF_TOKEN" if has_token else "and set HF_TOKEN"
        remedy = f"accept the conditions at {page} {token}; or check the repository's name"
        return ArtifactError(f"the hub refuses access ({problem.status})", where=where, remedy=remedy)
    if problem.status == 404:
        return ArtifactError(
            f"the hub has no such file at revision {source.revision!r}",
            where=where,
            remedy=f"look at {page}/tree/{source.revision} for the file's name",
        )
    return problem
