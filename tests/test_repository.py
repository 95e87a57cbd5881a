"""The repository as a whole: what it must not hold, what its locks pin, and that its guards bite."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "scripts" / "locks"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENGINE = "llama-cpp-python"

# Written in pieces, so that this file does not hold what it looks for.
REGISTRY_HOSTS = tuple("".join(parts) for parts in (("pypi", ".org"), ("python", "hosted"), ("npm", "js.")))
INDEX_OPTIONS = tuple(
    "".join(parts) for parts in (("--index", "-url"), ("--extra-", "index"), ("find", "-links"))
)
AN_IMPORT = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)


def repository_files() -> list[Path]:
    """What belongs to the repository: tracked, or not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def pins(lock: str) -> dict[str, list[Requirement]]:
    """Each package of a lock with its pins: more than one where they differ by Python version or platform."""
    text = (LOCKS / f"{lock}.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, list[Requirement]] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            words, *hashes = line.split("--hash=sha256:")
            requirement = Requirement(words)
            assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), line
            assert hashes, f"{words} has no hash"
            assert all(re.fullmatch(r"[0-9a-f]{64}", each.strip()) for each in hashes), line
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def declared(*groups: str) -> list[Requirement]:
    """Requirements of pyproject.toml: "" is what the project always needs, else an extra or a group."""
    extras = PROJECT["project"]["optional-dependencies"] | PROJECT["dependency-groups"]
    extras[""] = PROJECT["project"]["dependencies"]
    return [Requirement(text) for group in groups for text in extras[group]]


# --- what it must not hold


def test_no_registry_host_and_no_index_option_is_written_down() -> None:
    for path in repository_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        for word in (*REGISTRY_HOSTS, *INDEX_OPTIONS):
            assert word not in text, f"{path.relative_to(ROOT)} holds {word}"


def test_no_path_of_this_machine_is_written_down() -> None:
    folders = {f"{ROOT}{os.sep}", f"{Path.home()}{os.sep}", f"{sys.prefix}{os.sep}"} - {"/"}
    for path in repository_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        for folder in folders:
            assert folder not in text, f"{path.relative_to(ROOT)} holds {folder}"


def test_build_products_are_ignored() -> None:
    products = [".venv/x", "bench/__pycache__/x.pyc", "dist/x.whl", ".mypy_cache/x", ".import_linter_cache/x"]
    ignored = subprocess.run(
        ["git", "check-ignore", *products], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ignored.stdout.split() == products


# --- the locks


@pytest.mark.parametrize(
    ("lock", "groups"),
    [
        ("runtime", ("", "setup")),
        ("dev", ("", "setup", "dev")),
        ("engine-build", ("engine-build",)),
    ],
)
def test_locks_pin_what_the_project_declares(lock: str, groups: tuple[str, ...]) -> None:
    pinned = pins(lock)
    for requirement in declared(*groups):
        name = canonicalize_name(requirement.name)
        if name == ENGINE:
            assert name not in pinned, "the engine is built from engine.lock"
            continue
        assert name in pinned, f"{name} is not in {lock}.lock: run scripts/lock.py"
        for pin in pinned[name]:
            version = str(pin.specifier).removeprefix("==")
            assert requirement.specifier.contains(version), f"{lock}.lock pins {pin}, declared {requirement}"


def test_the_engine_lock_pins_one_source_and_nothing_else() -> None:
    ((engine,),) = pins("engine").values()
    (wanted,) = (each for each in declared("") if each.name == ENGINE)
    assert str(engine) == str(wanted)
    assert (LOCKS / "engine.lock").read_text(encoding="utf-8").count("--hash") == 1


def test_the_dev_lock_holds_the_runtime_lock() -> None:
    runtime, dev = pins("runtime"), pins("dev")
    different = {
        name
        for name, pinned in runtime.items()
        if list(map(str, dev.get(name, []))) != list(map(str, pinned))
    }
    assert different == set()


def test_locks_hold_nothing_but_pins_and_hashes() -> None:
    for lock in LOCKS.glob("*.lock"):
        options = set(re.findall(r"(?<!\S)-\S+?(?==|\s|$)", lock.read_text(encoding="utf-8")))
        assert options == {"--hash"}, lock.name
        assert "://" not in lock.read_text(encoding="utf-8")


# --- imports


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """All within ``node``, however deep, but for expressions: they are most of it, and import nothing."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield child
            yield from statements(child)


def imported_roots(path: Path) -> Iterator[str]:
    for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_every_third_party_import_of_the_package_is_declared() -> None:
    extras = declared("", "hub", "scicode", "gpu", "apple", "pytest", "data", "charts")
    allowed = {canonicalize_name(each.name) for each in extras}
    allowed |= {"jinja2", "pydantic-core"}  # parts of what llama-cpp-python and pydantic are
    distributions = packages_distributions()
    optional = {
        "pynvml": "nvidia-ml-py",
        "zeus_apple_silicon": "zeus-apple-silicon",
        "huggingface_hub": "huggingface-hub",
        "datasets": "datasets",
        "quickjs": "quickjs-ng",
        "resvg_py": "resvg-py",
    }
    known = sys.stdlib_module_names | {"bench"}
    for path in (ROOT / "bench").rglob("*.py"):
        if known.issuperset(AN_IMPORT.findall(path.read_text(encoding="utf-8"))):
            continue  # parsing all takes a second; the linter forbids two imports on a line
        for root in set(imported_roots(path)) - known:
            owners = {canonicalize_name(name) for name in distributions.get(root, [optional.get(root, root)])}
            assert owners & allowed, f"{path.relative_to(ROOT)} imports {root}, which is not declared"


@pytest.fixture
def copied_package(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "bench", tmp_path / "bench", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_boundary_check_finds_each_kind_of_violation(copied_package: Path) -> None:
    violations = {
        "rooms": ("bench/economics/api/pricing.py", "import bench.meters.host"),
        "reports": ("bench/reports/words/figures.py", "import bench.reports.terminal"),
        "screen": ("bench/cli/output.py", "import bench.artifacts"),
        "engine-library": ("bench/tasks/types.py", "import llama_cpp"),
        "parent": ("bench/measure/speed.py", "def late() -> None:\n    import pyarrow"),
    }
    assert {contract["id"] for contract in PROJECT["tool"]["importlinter"]["contracts"]} == set(violations)
    for name, statement in violations.values():
        with (copied_package / name).open("a", encoding="utf-8") as module:
            module.write(f"\n{statement}\n")
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=copied_package, capture_output=True, text=True, check=False
    )
    broken = set(re.findall(r"^(.*) BROKEN", ended.stdout, re.MULTILINE))
    assert broken == {contract["name"] for contract in PROJECT["tool"]["importlinter"]["contracts"]}
    assert ended.returncode != 0


@pytest.mark.parametrize(
    ("name", "statement", "rule"),
    [
        ("bench/measure/x.py", "import time\nstart = time.time()", "TID251"),
        ("bench/economics/x.py", 'print("no")', "T201"),
        ("bench/cli/x.py", "from . import output", "TID252"),
    ],
)
def test_the_linter_bans_what_the_house_rules_ban(name: str, statement: str, rule: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--stdin-filename", name, "-"],
        input=statement + "\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert rule in ended.stdout


def test_the_command_line_starts_without_anything_heavy() -> None:
    code = "import sys, bench.cli.main; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {
        "llama_cpp",
        "datasets",
        "pyarrow",
        "numpy",
        "scipy",
        "pydantic",
        "rich",
        "psutil",
        "genai_prices",
    }
    assert heavy & set(loaded) == set()


# --- what runs the checks


def test_ci_runs_exactly_the_test_command() -> None:
    run = ROOT / ".ci" / "run"
    commands = [
        line for line in run.read_text().splitlines() if line and not line.startswith(("#", "set ", "cd "))
    ]
    assert commands == ["exec python3 scripts/test.py"]
    assert os.access(run, os.X_OK)
