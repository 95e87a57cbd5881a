"""From a fresh clone to a verdict: makes .venv, fetches the default model, and runs `breakeven run`.

The verdict, the figures behind it and the page breakeven.html are of this machine.

    python3 scripts/quickstart.py [--backend auto|cpu|cuda|vulkan|metal] [arguments of `breakeven run`]

Needs Python 3.11 and a C++ compiler; can be run again at no cost. Exit code 2 says what is missing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from environment import python_version


def main(arguments: list[str]) -> int:
    complaint = python_version.complaint(sys.version_info[:2], "scripts/quickstart.py")
    if complaint:
        print(complaint, file=sys.stderr)
        return 2
    from environment.machine import BACKENDS, choose_backend  # an older Python could not even read these
    from environment.prepare import prepare

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--backend", choices=BACKENDS, default="auto", help="what the engine is built for")
    known, for_run = parser.parse_known_args(arguments)
    python = str(prepare("runtime", known.backend))
    words = [word for word in for_run if word != "--"]
    if choose_backend(known.backend) != "cpu" and "--ngl" not in words:
        words += ["--ngl", "-1"]  # an engine built for a device is there to use it
    if not any(word.split("=")[0] == "--html" for word in words):
        words += ["--html", "breakeven.html"]
    command = [python, "-P", "-m", "bench", "run", *words]
    if os.name != "nt":  # there, exec would return to the prompt at once
        os.execv(python, command)
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
