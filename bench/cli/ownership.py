"""Refuses to start where another distribution has put files into the package ``bench``.

Two installed distributions with one package overwrite each other's files, and removing either breaks the
other. The installer's own lists (``RECORD``) tell; reading them as bytes takes a few milliseconds, an import
of ``importlib.metadata`` several times that. A checkout has no such lists beside it.
"""

import os
from pathlib import Path

from bench.errors import EnvironmentProblem

PACKAGE_FOLDER = Path(__file__).parent.parent
DISTRIBUTION = "breakeven"


def check_ownership(package_folder: Path = PACKAGE_FOLDER) -> None:
    """Raise EnvironmentProblem when a distribution other than ours lists files of ``package_folder``."""
    others = [name for name in _owners(package_folder) if name != DISTRIBUTION]
    if others:
        names = " and ".join(others)
        raise EnvironmentProblem(
            f"the package {package_folder.name!r} belongs to another distribution, too: {names}",
            where=str(package_folder),
            remedy=f"install {DISTRIBUTION} in an environment of its own; or uninstall {names} and then run "
            f"`pip install --force-reinstall --no-deps {DISTRIBUTION}`",
        )


def _owners(package_folder: Path) -> list[str]:
    prefix = package_folder.name.encode() + b"/"
    owners = []
    with os.scandir(package_folder.parent) as entries:
        for entry in entries:
            if not entry.name.endswith(".dist-info"):
                continue
            try:
                record = Path(entry.path, "RECORD").read_bytes()
            except OSError:  # a distribution without a list claims nothing
                continue
            if record.startswith(prefix) or b"\n" + prefix in record:
                owners.append(entry.name.partition("-")[0])
    return sorted(owners)
