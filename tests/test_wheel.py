"""The wheel, installed alone into an empty environment and run where an alien ``bench/`` lies about."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.packaging


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with the pinned build backend, from an sdist: what is missing there is missing in the wheel."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--directory"]
    subprocess.run([*build, folder, "--target", "sdist"], cwd=ROOT, check=True, capture_output=True)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = (path for path in folder.iterdir() if path.is_dir())
    subprocess.run([*build, folder, "--target", "wheel"], cwd=source, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel, and the dependencies tested here.

    The dependencies' folder is named in a ``.pth`` file: it is searched after the environment's own, and its
    own ``.pth`` files, the one of the editable project among them, have no effect there.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    names = {"base": str(folder), "platbase": str(folder)}
    own = Path(sysconfig.get_path("purelib", "venv", names))
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    programs = Path(sysconfig.get_path("scripts", "venv", names))
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        programs / "python",
        "install",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*install, "--ignore-installed", wheel], check=True, capture_output=True)
    return programs


@pytest.fixture
def alien_folder(tmp_path: Path) -> Path:
    """Where the user stands: a folder with a package of the same name."""
    (tmp_path / "bench").mkdir()
    for name in ("__init__.py", "__main__.py"):
        (tmp_path / "bench" / name).write_text('raise SystemExit("alien")\n')
    return tmp_path


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_alien_would_be_imported_without_care(programs: Path, alien_folder: Path) -> None:
    """Else the tests below prove nothing."""
    assert run(alien_folder, programs / "python", "-c", "import bench").stderr == "alien\n"


def test_the_command_runs_and_is_the_installed_one(programs: Path, alien_folder: Path) -> None:
    from bench import __version__

    for command in ([programs / "breakeven"], [programs / "python", "-P", "-m", "bench"]):
        ended = run(alien_folder, *command, "--version")
        assert (ended.stdout, ended.stderr, ended.returncode) == (f"breakeven {__version__}\n", "", 0)
    where = run(alien_folder, programs / "python", "-P", "-c", "import bench; print(bench.__file__)").stdout
    assert Path(where).is_relative_to(programs.parent)


def test_the_command_lists_the_packaged_models(programs: Path, alien_folder: Path) -> None:
    ended = run(alien_folder, programs / "breakeven", "models", "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    listing = json.loads(ended.stdout)
    assert Path(listing["read_from"]).is_relative_to(programs.parent)
    assert "smollm2-135m-instruct-q4_1" in {row["name"] for row in listing["models"]}


def test_every_module_can_be_found(programs: Path, alien_folder: Path, wheel: Path) -> None:
    """Nothing that a module needs at import is left behind in the checkout."""
    with zipfile.ZipFile(wheel) as archive:
        modules = [
            name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            for name in archive.namelist()
            if name.startswith("bench/") and name.endswith(".py") and not name.endswith("__main__.py")
        ]
    assert "bench.cli.main" in modules
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    ended = run(alien_folder, programs / "python", "-P", "-c", code, *modules)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_wheel_carries_models_catalogs_and_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        models = archive.read("bench/catalog/data/models.toml")
    assert models == (ROOT / "models.toml").read_bytes()
    data = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "bench").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert any(name.endswith("apis.toml") for name in data)
    assert data <= names
    assert any(name.endswith("/LICENSE") for name in names)
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"bench"}


def test_another_owner_of_the_package_stops_the_command(programs: Path, alien_folder: Path) -> None:
    own = Path(
        run(alien_folder, programs / "python", "-P", "-c", "import bench; print(bench.__file__)").stdout
    )
    other = own.parent.parent / "other_bench-1.0.dist-info"
    other.mkdir()
    try:
        (other / "RECORD").write_text("bench/__init__.py,,\n")
        ended = run(alien_folder, programs / "breakeven", "--version")
    finally:
        (other / "RECORD").unlink()
        other.rmdir()
    assert ended.returncode == 2
    assert "other_bench" in ended.stderr
    assert "remedy" in ended.stderr
    assert "Traceback" not in ended.stderr
