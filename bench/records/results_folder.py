"""Where records go and are looked for when nothing is said, and whether they can be written there."""

import os
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.errors import RecordError
from bench.records.files import refuse_folder
from bench.units import MIB

_PROBE_BYTES = MIB  # what a record may take


def default_results_folder(
    start: Path | None = None, environ: Mapping[str, str] = os.environ, system: str = sys.platform
) -> Path:
    """``results`` of the checkout that ``start`` (default: where the user stands) lies in, else user data."""
    try:
        here = (start or Path.cwd()).resolve()
    except FileNotFoundError:
        raise RecordError(
            "the folder that you are in was removed", remedy="go to one that is there"
        ) from None
    for folder in (here, *here.parents):
        if _is_checkout(folder):
            return folder / "results"
    return _user_data_folder(environ, system) / "breakeven" / "results"


def given_or_default(paths: Sequence[Path]) -> tuple[Path, ...]:
    """``paths``; where there are none, the default results folder."""
    return tuple(paths) or (default_results_folder(),)


def prepare_folder(folder: Path | None) -> Path:
    """Make ``folder`` and prove that a record can be written there, before anything is measured.

    None: the default results folder. Raises RecordError when it cannot be made, is read-only or has no space
    left.
    """
    folder = folder or default_results_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=".probe-", dir=folder) as probe:
            probe.write(bytes(_PROBE_BYTES))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        refuse_folder(error, folder)
    return folder


def _is_checkout(folder: Path) -> bool:
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8")).get("project")
    except (OSError, ValueError):
        return False
    return isinstance(project, dict) and project.get("name") == "breakeven"


def _user_data_folder(environ: Mapping[str, str], system: str) -> Path:
    home = Path.home()
    if system == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    if system == "darwin":
        return home / "Library" / "Application Support"
    configured = Path(environ.get("XDG_DATA_HOME", ""))
    # The base directory specification has relative paths ignored.
    return configured if configured.is_absolute() else home / ".local" / "share"
