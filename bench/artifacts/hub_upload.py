"""A data set's folder onto the model hub, through the library ``huggingface_hub``, in one commit.

The library finds the token where its own tools keep it (HF_TOKEN, ``hf auth login``); it is neither read nor
shown here. Until the commit is made, nobody sees anything of an upload.
"""

import os
import re
from pathlib import Path
from typing import Any

from bench.artifacts.hub import ENDPOINT
from bench.errors import ArtifactError, EnvironmentProblem, InputError

_REPO = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}", re.ASCII)
_ALWAYS_THERE = {".gitattributes"}  # the hub makes it
_UNCHANGED = "nothing was published"


def check_repo(repo: str) -> None:
    """Raise InputError unless ``repo`` is of the form ``ORG/NAME``."""
    if not _REPO.fullmatch(repo):
        raise InputError(f"{repo!r} names no data set of the hub", remedy="give hub:ORG/NAME")


def upload(folder: Path, repo: str, *, marker: str, message: str, is_private: bool) -> str:
    """Make the data set ``repo`` hold what ``folder`` holds and nothing else, and return its page.

    It is created where it is not there, ``is_private`` or not. Raises ArtifactError when the hub refuses or
    cannot be reached, and for a repository with files but without ``marker``: it is somebody's other work.
    """
    try:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
        from huggingface_hub.errors import (
            HfHubHTTPError,
            LocalTokenNotFoundError,
            RepositoryNotFoundError,
        )
        from huggingface_hub.utils.tqdm import disable_progress_bars
    except ImportError:
        raise EnvironmentProblem(
            "publishing on the hub needs its library, which is not installed",
            remedy="pip install 'breakeven[hub]'; or publish to a folder, and bring it there yourself",
        ) from None
    endpoint = (os.environ.get("HF_ENDPOINT") or ENDPOINT).rstrip("/")
    page = f"{endpoint}/datasets/{repo}"
    api = HfApi(endpoint=endpoint, library_name="breakeven")
    disable_progress_bars()
    try:
        try:
            there = api.dataset_info(repo)
        except RepositoryNotFoundError:
            api.create_repo(repo, repo_type="dataset", private=is_private or None)
            there = api.dataset_info(repo)
        before = {one.rfilename for one in there.siblings or ()} - _ALWAYS_THERE
        _check_ours(before, marker, page)
        files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        # Not upload_folder: from some release on it commits in parts, and readers would see a half.
        api.create_commit(
            repo,
            [
                *(CommitOperationAdd(name, path) for name, path in sorted(files.items())),
                *(CommitOperationDelete(name) for name in sorted(before - files.keys())),
            ],
            repo_type="dataset",
            commit_message=message,
            parent_commit=there.sha,
        )
    except LocalTokenNotFoundError as problem:
        raise _no_token(page) from problem
    except ArtifactError:
        raise
    except Exception as problem:  # also of the http library behind it, which changes with releases
        cause = problem.__cause__ if isinstance(problem, RuntimeError) else problem  # of a file's own thread
        if isinstance(cause, HfHubHTTPError):
            raise _refused(cause, repo, page) from problem
        raise ArtifactError(
            f"the hub cannot be reached ({type(cause or problem).__name__}): {_UNCHANGED}",
            where=page,
            remedy="check the network, the proxy settings and HF_HUB_OFFLINE, and publish again",
        ) from problem
    return page


def _check_ours(files: set[str], marker: str, page: str) -> None:
    if files and marker not in files:
        raise ArtifactError(
            f"holds files that breakeven did not publish: {_UNCHANGED}",
            where=page,
            remedy="give another name: publishing replaces what is there",
        )


def _no_token(page: str) -> ArtifactError:
    return ArtifactError(
        f"the hub was given no valid token: {_UNCHANGED}",
        where=page,
        remedy="`hf auth login`, or set HF_TOKEN, with a token that may write",
    )


def _refused(problem: Any, repo: str, page: str) -> ArtifactError:
    """What the hub's status means. Of its own words only those for the user are shown."""
    status = problem.response.status_code
    organisation = repo.split("/")[0]
    said = re.sub(r"[^\x20-\x7e]+", " ", str(problem.server_message or ""))[:200].strip()
    if status == 401:
        return _no_token(page)
    what, remedy = {
        403: (
            f"the hub does not let this account write for {organisation!r}",
            "use a token that may write, of an account that belongs to it",
        ),
        404: (
            f"the hub knows no {organisation!r} that this account may write for",
            "check the name; an organisation is made on the hub itself",
        ),
        409: ("another change is being made there", "publish again in a moment"),
        412: ("the data set was changed meanwhile", "publish again"),
        413: ("the hub takes no files this large", "publish fewer records at once, or --without-outputs"),
        429: ("the hub asks to slow down", "publish again in some minutes"),
    }.get(status, (f"the hub answers {status}", "see what the hub says of its state, and publish again"))
    told = f" (it says: {said})" if said else ""
    return ArtifactError(f"{what}{told}: {_UNCHANGED}", where=page, remedy=remedy)
