"""Every check of the project, in the environment that it makes: linters, types, boundaries, then the tests.

python3 scripts/test.py [--fast] [arguments of pytest]

The fast tests run on several processes. Those of the real model, the packaging, the pages in a browser and
the published data want the machine for themselves: they run on one, as does what arguments of pytest select.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from environment import python_version

FAST = "not model and not packaging and not browser and not data"
SLOW = "model or packaging or browser or data"
# A file's tests stay together: they share what is dear to make.
BESIDE_EACH_OTHER = ["-n", "logical", "--maxprocesses", "4", "--dist", "loadfile"]


def main(arguments: list[str]) -> int:
    complaint = python_version.complaint(sys.version_info[:2], "scripts/test.py")
    if complaint:
        print(complaint, file=sys.stderr)
        return 2
    from environment.places import ROOT, in_venv  # an older Python could not even read these
    from environment.prepare import prepare, prepare_browser, prepare_software_gpu

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument(
        "--fast", action="store_true", help="leave out the real model, the packaging, the browser, the data"
    )
    parser.add_argument("--backend", default="auto", help="what the engine is built for, as in quickstart.py")
    known, for_pytest = parser.parse_known_args(arguments)
    prepare("dev", known.backend)
    if not known.fast:
        prepare_software_gpu()
        prepare_browser()

    pytest: list[object] = [in_venv("python"), "-P", "-m", "pytest"]
    tests: dict[str, list[object]] = {}
    if for_pytest:
        tests["pytest"] = [*pytest, *(["-m", FAST] if known.fast else []), *for_pytest]
    else:
        tests["fast tests"] = [*pytest, "-m", FAST, *BESIDE_EACH_OTHER]
        if not known.fast:
            tests["slow tests"] = [*pytest, "-m", SLOW]
    checks: dict[str, list[object]] = {
        "ruff check": [in_venv("ruff"), "check"],
        "ruff format": [in_venv("ruff"), "format", "--check"],
        "mypy": [in_venv("mypy")],
        "import boundaries": [in_venv("lint-imports")],
        **tests,
    }
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    failed = []
    for name, command in checks.items():
        print(f"== {name}", flush=True)
        if subprocess.call([str(word) for word in command], cwd=ROOT, env=environ) != 0:
            failed.append(name)
    if failed:
        print("failed: " + ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
