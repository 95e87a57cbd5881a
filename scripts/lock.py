"""Writes the lock files again, when dependencies change. Needs `uv` (pip install uv); set-up does not.

    python3 scripts/lock.py [--upgrade]

Pins that are still allowed are kept unless --upgrade is given. No index address is written.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from command_line import parser_of
from environment.places import LOCKS, ROOT

PROJECT = "pyproject.toml"
ENGINE = "llama-cpp-python"
HEADER = "# Made by scripts/lock.py. Versions and hashes only: where they come from is the user's setting.\n"


def main(arguments: list[str]) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that are allowed")
    options = ["--upgrade"] if parser.parse_args(arguments).upgrade else []
    # The engine is built here, from its own lock; the other locks hold only what it needs.
    needs = [PROJECT, "--no-emit-package", ENGINE]
    _compile("runtime", *needs, "--group", "setup", *options)
    _compile("dev", *needs, "--group", "setup", "--extra", "dev", "--constraints", _path("runtime"), *options)
    _compile("engine-build", "--group", "engine-build", *options)
    (engine,) = re.findall(rf'"({ENGINE}==[^"]+)"', (ROOT / PROJECT).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "engine.in")
        wanted.write_text(engine + "\n", encoding="utf-8")
        _compile("engine", str(wanted), "--no-deps", "--no-binary", ENGINE)
    return 0


def _path(name: str) -> str:
    return str((LOCKS / f"{name}.lock").relative_to(ROOT))


def _compile(name: str, *arguments: str) -> None:
    command = [
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
    ]
    command += ["--no-annotate", "--no-header"]  # by itself it emits no index addresses
    subprocess.run([*command, "--output-file", _path(name), *arguments], cwd=ROOT, check=True)
    lock = LOCKS / f"{name}.lock"
    lock.write_text(HEADER + lock.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
