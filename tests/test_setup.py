"""Set-up: what it says when it cannot go on, what it keeps, and that it does nothing twice."""

import ast
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from types import ModuleType

import pytest

from environment import machine, python_version
from environment.children import Children
from environment.engine_wheel import Build, describe_build, obtain_wheel, place_wheel, wheel_on
from environment.machine import SetupProblem
from environment.places import ROOT
from environment.progress import NS_PER_S, Progress
from environment.stamp import Stamp

POSIX = pytest.mark.skipif(os.name == "nt", reason="stands in for programs with shell scripts")

BUILD = Build(
    version="1.2.3",
    sdist_sha256="ab" * 32,
    backend="cpu",
    cmake_arguments=("-DA=ON",),
    included_cmake_sha256="cd" * 32,
    tools_sha256="ef" * 32,
    cpu="x86_64 Some CPU avx2",
    platform="linux-x86_64",
    environment=(),
)


def only(*names: str) -> Callable[[str], str | None]:
    return lambda name: f"/usr/bin/{name}" if name in names else None


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{name}_script", ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- an old Python


@pytest.mark.parametrize(
    ("platform", "found", "remedy"),
    [
        ("linux", ("apt-get",), "sudo apt-get install python3.11"),
        ("linux", ("dnf",), "sudo dnf install python3.11"),
        ("linux", ("apt-get", "python3.13"), "run python3.13 scripts/quickstart.py"),
        ("linux", (), "package manager"),
        ("darwin", ("brew",), "brew install python"),
        ("win32", (), "winget install Python"),
    ],
)
def test_an_old_python_is_told_what_to_do(platform: str, found: tuple[str, ...], remedy: str) -> None:
    said = python_version.complaint((3, 9), "scripts/quickstart.py", platform, only(*found))
    assert said is not None
    assert "this is Python 3.9" in said
    assert remedy in said
    assert "\n" not in said


def test_a_new_enough_python_is_accepted() -> None:
    assert python_version.complaint((3, 11), "x") is None
    assert python_version.complaint((4, 0), "x") is None


@pytest.mark.parametrize("name", ["quickstart", "test"])
def test_scripts_end_with_one_line_on_an_old_python(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = script(name)
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    assert module.main([]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: this is Python 3.9;")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    "name", ["quickstart.py", "test.py", "environment/__init__.py", "environment/python_version.py"]
)
def test_old_pythons_can_read_what_comes_before_the_complaint(name: str) -> None:
    ast.parse((ROOT / "scripts" / name).read_text(encoding="utf-8"), feature_version=(3, 7))


# --- compilers and backends


@pytest.mark.parametrize(
    ("manager", "remedy"),
    [
        ("apt-get", "sudo apt-get install build-essential"),
        ("dnf", "sudo dnf install gcc gcc-c++"),
        ("pacman", "sudo pacman -S base-devel"),
        ("apk", "sudo apk add build-base"),
        ("none", "package manager"),
    ],
)
def test_a_missing_compiler_comes_with_its_remedy(manager: str, remedy: str) -> None:
    with pytest.raises(SetupProblem, match="no C compiler found") as caught:
        machine.find_compiler("linux", {}, only(manager))
    assert remedy in caught.value.remedy
    assert "\n" not in str(caught.value)


def test_macos_and_windows_have_remedies_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(SetupProblem, match="xcode-select --install"):
        machine.find_compiler("darwin", {}, only("clang"))
    with pytest.raises(SetupProblem, match="BuildTools"):
        machine.find_compiler("win32", {"ProgramFiles(x86)": str(tmp_path)}, only())
    assert machine.find_compiler("win32", {}, only("cl")) == "/usr/bin/cl"


@POSIX
def test_the_compilers_chosen_by_cc_and_cxx_are_used(tmp_path: Path) -> None:
    compiler = tmp_path / "my cc"
    compiler.write_text("#!/bin/sh\necho my compiler 7.1 $1\n")
    compiler.chmod(0o755)
    environ = {"CC": f"'{compiler}' --a", "CXX": f"'{compiler}'"}
    assert machine.find_compiler("linux", environ) == "my compiler 7.1 --a / my compiler 7.1 --version"
    with pytest.raises(SetupProblem, match="CXX=nowhere names no C\\+\\+ compiler"):
        machine.find_compiler("linux", {**environ, "CXX": "nowhere"})


@pytest.mark.parametrize(
    ("requested", "platform", "processor", "found", "chosen"),
    [
        ("auto", "linux", "x86_64", (), "cpu"),
        ("auto", "linux", "x86_64", ("nvcc",), "cpu"),  # a toolkit without a driver
        ("auto", "linux", "x86_64", ("nvcc", "nvidia-smi"), "cuda"),
        ("auto", "darwin", "arm64", (), "metal"),
        ("auto", "darwin", "x86_64", (), "cpu"),
        ("cpu", "linux", "x86_64", ("nvcc", "nvidia-smi"), "cpu"),
        ("vulkan", "linux", "x86_64", ("glslc",), "vulkan"),
    ],
)
def test_choice_of_backend(
    requested: str, platform: str, processor: str, found: tuple[str, ...], chosen: str, tmp_path: Path
) -> None:
    no_driver = tmp_path / "no driver"
    assert machine.choose_backend(requested, platform, processor, only(*found), no_driver) == chosen


@pytest.mark.parametrize(
    ("requested", "missing"), [("metal", "macOS only"), ("cuda", "nvcc"), ("vulkan", "glslc")]
)
def test_a_backend_without_its_tools_is_refused(requested: str, missing: str) -> None:
    with pytest.raises(SetupProblem, match=missing):
        machine.choose_backend(requested, "linux", "x86_64", only())


def test_cpuinfo_keeps_models_and_instruction_sets_only() -> None:
    x86 = "processor\t: 0\nmodel name\t: A CPU\nflags\t\t: fpu avx2 constant_tsc avx512_bf16 nopl\n"
    assert machine.parse_cpuinfo(x86 * 2) == ["A CPU", "avx2", "avx512_bf16"]
    arm = "CPU implementer\t: 0x41\nCPU part\t: 0xd0b\nFeatures\t: fp asimd cpuid asimddp\n"
    assert machine.parse_cpuinfo(arm) == ["0x41", "0xd0b", "asimd", "asimddp"]


# --- the engine's wheel


def test_the_build_key_depends_on_everything_that_shapes_the_wheel() -> None:
    keys = {BUILD.key(), BUILD.key("gcc 12")}
    for field in fields(Build):
        old = getattr(BUILD, field.name)
        keys.add(replace(BUILD, **{field.name: f"{old}x" if isinstance(old, str) else (*old, "x")}).key())
    assert len(keys) == len(fields(Build)) + 2


def test_the_build_is_described_by_the_lock_and_the_environment() -> None:
    plain = describe_build("cpu", "linux-x86_64", {})
    assert plain.version in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert len(plain.sdist_sha256) == 64
    assert "-DLLAVA_BUILD=OFF" in plain.cmake_arguments
    assert "-DGGML_CUDA=ON" in describe_build("cuda", "linux-x86_64", {}).cmake_arguments
    assert describe_build("cpu", "linux-x86_64", {"CFLAGS": "-O1"}).environment == ("CFLAGS=-O1",)


class PipStandIn(Children):
    """Leaves what pip would leave, and remembers what it was asked for."""

    def __init__(self, fails_at: str | None = None) -> None:
        self.purposes: list[str] = []
        self.fails_at = fails_at

    def run(self, purpose, command, *, remedy, environ=None, on_line=None):  # type: ignore[no-untyped-def]
        self.purposes.append(purpose)
        if purpose == "downloading the engine":
            self._write_archive(Path(command[command.index("--dest") + 1]) / "engine.tar.gz")
        if purpose == self.fails_at:
            raise SetupProblem(f"{purpose} failed", remedy)
        if purpose == "compiling the engine":
            assert Path(command[-1], "CMakeLists.txt").exists()
            on_line("  [7/83] Building CXX object")
            assert "CMAKE_PROJECT_llama.cpp_INCLUDE=" in environ["CMAKE_ARGS"]
            Path(command[command.index("--wheel-dir") + 1], "engine.whl").write_bytes(b"built")

    def _write_archive(self, path: Path) -> None:
        with tarfile.open(path, "w:gz") as tar:
            tar.addfile(tarfile.TarInfo("engine-1.2.3/CMakeLists.txt"), io.BytesIO(b""))


def obtain(cache: Path, pip: PipStandIn, build: Build = BUILD) -> Path:
    return obtain_wheel(build, "gcc 12", cache, Path("python"), pip, Progress(io.StringIO()))


STEPS = ["fetching build tools", "downloading the engine", "compiling the engine"]


def test_the_wheel_is_built_once_and_then_taken_from_the_wheel_house(tmp_path: Path) -> None:
    first = PipStandIn()
    wheel = obtain(tmp_path, first)
    assert wheel.read_bytes() == b"built"
    assert first.purposes == STEPS
    assert list((tmp_path / "engine-builds").iterdir()) == []
    second = PipStandIn()
    assert obtain(tmp_path, second) == wheel
    assert second.purposes == []
    other = PipStandIn()
    assert obtain(tmp_path, other, replace(BUILD, cpu="another CPU")) != wheel
    assert other.purposes == STEPS


@pytest.mark.parametrize("at", range(len(STEPS)))
def test_an_interrupted_build_does_only_what_is_missing(tmp_path: Path, at: int) -> None:
    with pytest.raises(SetupProblem, match=STEPS[at]):
        obtain(tmp_path, PipStandIn(fails_at=STEPS[at]))
    again = PipStandIn()
    obtain(tmp_path, again)
    assert again.purposes == STEPS[at:]


def test_a_damaged_wheel_is_built_again(tmp_path: Path) -> None:
    obtain(tmp_path, PipStandIn()).write_bytes(b"damaged")
    again = PipStandIn()
    assert obtain(tmp_path, again).read_bytes() == b"built"
    assert again.purposes == STEPS


def test_the_shelf_says_how_its_wheel_was_built(tmp_path: Path) -> None:
    built = tmp_path / "engine.whl"
    built.write_bytes(b"built")
    shelf = tmp_path / "house" / "key"
    assert wheel_on(shelf) is None
    place_wheel(built, shelf, {"compiler": "gcc 12"})
    place_wheel(built, shelf, {"compiler": "gcc 13"})
    assert wheel_on(shelf) == shelf / "engine.whl"
    assert json.loads((shelf / "build.json").read_text())["build"] == {"compiler": "gcc 13"}
    (shelf / "build.json").write_text("[]")
    assert wheel_on(shelf) is None


# --- child processes


def test_a_failing_child_leaves_its_last_words(tmp_path: Path) -> None:
    code = "print('first'); [print(i) for i in range(50)]; raise SystemExit('the end')"
    with pytest.raises(SetupProblem, match="trying failed \\(exit code 1") as caught:
        Children(tmp_path).run("trying", [sys.executable, "-c", code], remedy="try later")
    assert caught.value.detail.endswith("the end")
    assert "first" not in caught.value.detail
    assert str(caught.value).endswith("remedy: try later")
    assert (tmp_path / "trying.log").read_text().startswith("first\n0\n")


def test_children_do_not_inherit_what_points_to_another_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONPATH", "PIP_TARGET", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "set by the user")
    lines: list[str] = []
    code = "import os; print(*(n for n in os.environ if n.startswith(('PYTHONPATH', 'PIP_T', 'PIP_IND'))))"
    Children(tmp_path).run("looking", [sys.executable, "-c", code], remedy="", on_line=lines.append)
    assert lines == ["PIP_INDEX_URL\n"]


@POSIX
def test_stopping_ends_a_child_with_its_descendants(tmp_path: Path) -> None:
    children = Children(tmp_path)
    started = threading.Event()
    problems: list[SetupProblem] = []

    def run() -> None:
        try:
            # the shell waits for a grandchild, which holds the pipe open for as long as it lives
            children.run("waiting", ["sh", "-c", "sleep 600 & echo on; wait"], remedy="", on_line=note)
        except SetupProblem as problem:
            problems.append(problem)

    def note(_: str) -> None:
        started.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(30)
    children.stop()
    thread.join(30)
    assert not thread.is_alive()
    assert "exit code -15" in problems[0].what
    with pytest.raises(SetupProblem, match="stopped"):
        children.run("more", [sys.executable, "-V"], remedy="")


# --- progress and stamp


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_lines_come_with_new_stages_and_every_15_seconds() -> None:
    stream, now = io.StringIO(), [0]
    progress = Progress(stream, lambda: now[0] * NS_PER_S)
    progress.draw()
    progress.stage("engine", "compiling")
    for second in range(20):
        now[0] = second
        progress.count("engine", f"{second}/83")
        progress.draw()
    progress.stage("engine", "compiling")
    progress.draw()
    progress.stage("engine", "installing")
    progress.draw()
    progress.finish("engine")
    progress.draw()
    assert stream.getvalue().splitlines() == [
        "[0:00] engine: compiling 0/83",
        "[0:15] engine: compiling 15/83",
        "[0:19] engine: installing",
    ]


def test_on_a_terminal_one_line_moves_and_is_left_clean() -> None:
    stream = Terminal()
    progress = Progress(stream, lambda: 61 * NS_PER_S, columns=lambda: 30)
    progress.stage("packages", "installing")
    progress.stage("engine", "compiling llama.cpp")
    progress.draw()
    progress.say("a line that stays")
    progress.draw()
    progress.close()
    shown = stream.getvalue().split("\r")
    assert shown[1] == "[0:00] packages: installing ·"
    assert shown[2:4] == [" " * 29, "a line that stays\n"]
    assert shown[-2:] == [" " * 29, ""]


def test_a_part_is_missing_until_noted_and_when_made_from_something_else(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "stamp.json")
    wanted = {"python": "3.11.7", "engine": "abc"}
    assert stamp.missing(wanted) == {"python", "engine"}
    stamp.note("python", "3.11.7")
    stamp.note("engine", "older")
    assert Stamp(stamp.path).missing(wanted) == {"engine"}
    stamp.path.write_text("not json")
    assert stamp.missing(wanted) == {"python", "engine"}


# --- the scripts as processes


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Another checkout, without an environment."""
    folder = tmp_path / "clone"
    for name in ("scripts", "bench"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def quickstart(clone: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run it on a bare Python: no site-packages, and nothing on the search path for programs."""
    environ = {**os.environ, "PATH": "", "BREAKEVEN_CACHE": str(clone / "cache")}
    for name in ("CC", "CXX", "PYTHONPATH"):
        environ.pop(name, None)
    environ |= variables
    return subprocess.run(
        [sys.executable, "-S", clone / "scripts" / "quickstart.py", *arguments],
        capture_output=True,
        text=True,
        env=environ,
        timeout=60,
        check=False,
    )


@POSIX
def test_quickstart_without_a_compiler_says_so_and_leaves_nothing(clone: Path) -> None:
    ended = quickstart(clone)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: no C")
    assert "remedy: " in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not (clone / ".venv").exists()


def test_quickstart_refuses_a_backend_that_does_not_exist(clone: Path) -> None:
    ended = quickstart(clone, "--backend", "abacus")
    assert ended.returncode == 2
    assert "abacus" in ended.stderr


def pretend_finished(clone: Path, python_does: str) -> None:
    """Give the clone a stand-in for its environment, in which every part is noted as done."""
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{python_does}\n")
    python.chmod(0o755)
    note_all = (
        f"import sys; sys.path.insert(0, {str(clone / 'scripts')!r})\n"
        "import sysconfig\n"
        "from environment.engine_wheel import describe_build\n"
        "from environment.prepare import STAMP, wanted_parts\n"
        "build = describe_build('cpu', sysconfig.get_platform())\n"
        "for part, made_from in wanted_parts('runtime', build).items(): STAMP.note(part, made_from)\n"
    )
    subprocess.run([sys.executable, "-I", "-c", note_all], check=True, timeout=60)


@POSIX
def test_a_finished_setup_starts_the_run_and_nothing_else(clone: Path) -> None:
    pretend_finished(clone, 'echo "$@"')
    ended = quickstart(clone, "--backend", "cpu", "--quick", "--html=my.html", "--task", "gsm8k")
    assert (ended.stdout, ended.stderr) == ("-P -m bench run --quick --html=my.html --task gsm8k\n", "")


@POSIX
def test_only_the_part_whose_lock_changed_is_done_again(clone: Path) -> None:
    pretend_finished(clone, f'echo "$@" >> {clone}/calls')
    (clone / "scripts" / "locks" / "runtime.lock").write_text("changed")
    assert "set-up done in " in quickstart(clone, "--backend", "cpu").stderr
    install, run = (clone / "calls").read_text().splitlines()
    assert install == f"-m pip install --require-hashes -r {clone}/scripts/locks/runtime.lock"
    assert run == "-P -m bench run --html breakeven.html"
    assert quickstart(clone, "--backend", "cpu").stderr == ""


@POSIX
def test_a_failing_installation_ends_with_its_last_words_and_the_remedy(clone: Path) -> None:
    pretend_finished(clone, "echo no such index; exit 7")
    (clone / "scripts" / "locks" / "runtime.lock").write_text("changed")
    for _ in range(2):  # it was not noted as done
        ended = quickstart(clone, "--backend", "cpu")
        assert ended.returncode == 2
        words, error = ended.stderr.splitlines()[-2:]
        assert words == "no such index"
        assert error.startswith("error: installing packages failed (exit code 7")
        assert "pip config list" in error


@POSIX
def test_an_environment_made_by_hand_for_another_python_is_left_alone(clone: Path) -> None:
    pretend_finished(clone, "echo 3.8.1")
    (clone / ".venv" / "breakeven-setup.json").unlink()
    compiler = clone / "compiler"
    compiler.write_text("#!/bin/sh\necho gcc 12\n")
    compiler.chmod(0o755)
    ended = quickstart(clone, "--backend", "cpu", CC=str(compiler), CXX=str(compiler))
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith(f"error: {clone}/.venv is no environment of Python")
    assert (clone / ".venv" / "bin" / "python").exists()


@pytest.mark.parametrize(
    ("arguments", "selection"),
    [
        (["--fast", "-x"], ["-m", "not model and not packaging and not browser and not data", "-x"]),
        (["tests/test_units.py"], ["tests/test_units.py"]),
    ],
)
def test_every_check_runs_and_one_failure_fails_all(
    arguments: list[str],
    selection: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    commands: list[list[str]] = []

    def call(command: list[str], **_: object) -> int:
        commands.append(command)
        return int("mypy" in command[0])

    monkeypatch.setattr("environment.prepare.prepare", lambda profile, backend: Path(profile, backend))
    for device in ("software_gpu", "browser"):
        monkeypatch.setattr(f"environment.prepare.prepare_{device}", lambda: None)
    monkeypatch.setattr(subprocess, "call", call)
    assert script("test").main(arguments) == 1
    assert [Path(command[0]).stem for command in commands] == [
        "ruff",
        "ruff",
        "mypy",
        "lint-imports",
        "python",
    ]
    assert commands[-1][-len(selection) :] == selection
    assert "failed: mypy" in capfd.readouterr().err
