"""A GPU in software, so that the GPU's path through the engine is tested where there is no GPU.

Mesa's Vulkan driver for CPUs, and ggml's Vulkan backend in a build that an npm package carries. Both are
unpacked in the cache: nothing is installed, and nothing outside the cache is written. It shows that things
work, never how fast: the "GPU" is slower than the CPU that plays it.
"""

import base64
import ctypes.util
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from environment.children import Children
from environment.machine import SetupProblem, Which

BACKEND_PACKAGE = "@node-llama-cpp/linux-x64-vulkan@3.22.1"  # ggml 0.25.1, loaded by the engine's 0.25.3
BACKEND_SHA512 = "bBxqU+JOcBu1nb5Qj2zcMci+JByT1E8EajHvYodyNfVIPkEhXh+/HMwR1/BT7xP08YK0hks+kM8fglER0P8JEg=="
BACKEND_MEMBER = "package/bins/linux-x64-vulkan/libggml-vulkan.so"
DRIVER_PACKAGES = ("mesa-vulkan-drivers", "libvulkan1")
DRIVER, LOADER = "libvulkan_lvp.so", "libvulkan.so.1"
SYSTEM_MANIFESTS = tuple(Path("/usr/share/vulkan/icd.d", f"lvp_icd{kind}.json") for kind in (".x86_64", ""))
PREPARE = "run python3 scripts/test.py"
INSTALLERS = (
    ("apt-get", "sudo apt-get install", " ".join(DRIVER_PACKAGES)),
    ("dnf", "sudo dnf install", "mesa-vulkan-drivers vulkan-loader"),
    ("pacman", "sudo pacman -S", "vulkan-swrast vulkan-icd-loader"),
    ("zypper", "sudo zypper install", "libvulkan_lvp libvulkan1"),
)
PROBE_TIMEOUT_S = 60

# apt-get with lists and downloads of its own, as any user, and without hooks that touch the system's.
APT_SETTINGS = """\
Debug::NoLocking "true";
Dir::Cache "{folder}/cache";
Dir::Cache::archives "{folder}/archives";
Dir::State::lists "{folder}/lists";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
APT::Sandbox::User "root";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""
NPM_SETTINGS = {
    "npm_config_fetch_retries": "1",
    "npm_config_fetch_timeout": "60000",
    "npm_config_update_notifier": "false",
}

# Loads the backend as the engine does, but without the engine's code: what fails here is no fault of ours.
PROBE = """
import ctypes, sys
ggml = ctypes.CDLL(sys.argv[1] + "/libggml.so")
ggml.ggml_backend_load.restype = ctypes.c_void_p
ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
before = ggml.ggml_backend_dev_count()
if not ggml.ggml_backend_load(sys.argv[2].encode()):
    sys.exit("the backend was refused")
if ggml.ggml_backend_dev_count() == before:
    sys.exit("the backend finds no device")
"""


@dataclass(frozen=True)
class SoftwareGpu:
    """A prepared device: ``folder`` holds the backend and, unless the system has one, the driver."""

    folder: Path

    def environ(self, engine_libraries: Path) -> dict[str, str]:
        """What a process needs to compute on it; ``engine_libraries`` holds the engine's own libggml-base.

        The backend must find that very library: with a second one it would register with the wrong registry.
        """
        own_manifest = self.folder / "driver.json"
        manifest = own_manifest if own_manifest.exists() else system_manifest()
        libraries = [self.folder / "lib", engine_libraries, os.environ.get("LD_LIBRARY_PATH")]
        return {
            "GGML_BACKEND_PATH": str(self.folder / "libggml-vulkan.so"),
            "GGML_VK_VISIBLE_DEVICES": "0",  # asked for by number: left alone, the backend passes over CPUs
            "LD_LIBRARY_PATH": os.pathsep.join(str(path) for path in libraries if path),
            "MESA_SHADER_CACHE_DIR": str(self.folder / "shaders"),
            "VK_DRIVER_FILES": str(manifest),
            "VK_ICD_FILENAMES": str(manifest),  # the same, for loaders older than 1.3.207
        }

    def probe(self, python: Path, engine_libraries: Path) -> None:
        """Raise SetupProblem when the engine's libraries cannot use it, such as after an update of either."""
        environ = self.environ(engine_libraries)
        command = [python, "-c", PROBE, engine_libraries, environ["GGML_BACKEND_PATH"]]
        try:
            done = subprocess.run(
                [str(word) for word in command],
                env=os.environ | environ,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                timeout=PROBE_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SetupProblem("the Vulkan backend hangs while it is loaded", self._remedy()) from None
        if done.returncode != 0:
            said = "; ".join(done.stderr.splitlines()[-3:]) or f"exit code {done.returncode}"
            raise SetupProblem(f"the Vulkan backend does not load: {said}", self._remedy())

    def _remedy(self) -> str:
        return f"delete {self.folder} and {PREPARE}"


def locate(cache: Path) -> SoftwareGpu:
    """The prepared device; SetupProblem with the reason when there is none."""
    folder = _folder(cache)
    if folder.exists():
        return SoftwareGpu(folder)
    try:
        what, remedy = json.loads(_problem_path(cache).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        what, remedy = "it was not prepared", PREPARE
    raise SetupProblem(what, remedy)


def is_prepared(cache: Path) -> bool:
    return _folder(cache).exists()


def prepare_device(cache: Path, children: Children) -> None:
    """Download its parts and put them in place at once; SetupProblem, kept for ``locate``, if that fails."""
    folder = _folder(cache)
    work = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(work, ignore_errors=True)
    (work / "device").mkdir(parents=True)
    try:
        _refuse_other_platforms()
        _get_backend(work, children)
        if system_manifest() is None:
            _get_driver(work, folder, children)
        (work / "device").rename(folder)
        _problem_path(cache).unlink(missing_ok=True)
    except SetupProblem as problem:
        _problem_path(cache).write_text(json.dumps([problem.what, problem.remedy]), encoding="utf-8")
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def system_manifest() -> Path | None:
    """The manifest of the driver that the system has, if it has the driver and the Vulkan loader."""
    found = next((path for path in SYSTEM_MANIFESTS if path.exists()), None)
    return found if found and ctypes.util.find_library("vulkan") else None


def _folder(cache: Path) -> Path:
    """Named by what it is made from; the driver is the system's, so another system needs another one."""
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        system = {}
    made_from = [BACKEND_SHA512, DRIVER_PACKAGES, system.get("ID"), system.get("VERSION_ID")]
    key = hashlib.sha256(json.dumps(made_from).encode()).hexdigest()
    return cache / "software-gpu" / key[:24]


def _problem_path(cache: Path) -> Path:
    return cache / "software-gpu" / "problem.json"


def _refuse_other_platforms(system: str = sys.platform, processor: str | None = None) -> None:
    processor = processor or platform.machine()
    if system != "linux" or processor != "x86_64":
        raise SetupProblem(
            f"the software GPU exists for Linux on x86-64, and this is {system} on {processor}",
            "run the GPU's tests on such a machine",
        )


def _get_backend(work: Path, children: Children, which: Which = shutil.which) -> None:
    npm = which("npm")
    if npm is None:
        raise SetupProblem("npm is not installed, which fetches the Vulkan backend", _install("npm", which))
    children.run(
        "fetching the Vulkan backend",
        [npm, "pack", BACKEND_PACKAGE, "--loglevel", "error", "--pack-destination", work],
        remedy=f"check the network and npm's settings, then {PREPARE}",
        environ={**NPM_SETTINGS, "npm_config_cache": str(work / "npm-cache")},
    )
    unpack_backend(next(work.glob("*.tgz")), work / "device" / "libggml-vulkan.so")


def _install(need: Literal["npm", "driver"], which: Which) -> str:
    """The one command that brings it, with the package manager found here."""
    for manager, command, driver in INSTALLERS:
        if which(manager):
            return f"{command} {driver if need == 'driver' else 'npm'}"
    return f"install {'a Vulkan driver for CPUs (Mesa lavapipe)' if need == 'driver' else 'npm'}"


def unpack_backend(archive: Path, target: Path, sha512: str = BACKEND_SHA512) -> None:
    """Take the one library out of npm's archive, once the archive is proven to be the pinned one."""
    with archive.open("rb") as file:
        found = base64.b64encode(hashlib.file_digest(file, "sha512").digest()).decode()
    if found != sha512:
        raise SetupProblem(f"{BACKEND_PACKAGE} is not the pinned one: its sha512 is {found}", PREPARE)
    with tarfile.open(archive) as packed:
        member = packed.extractfile(BACKEND_MEMBER)
        assert member is not None
        with target.open("wb") as unpacked:
            shutil.copyfileobj(member, unpacked)


def _get_driver(work: Path, folder: Path, children: Children, which: Which = shutil.which) -> None:
    remedy = _install("driver", which)
    for program in ("apt-get", "dpkg-deb", "ldd"):
        if which(program) is None:
            raise SetupProblem(f"no software Vulkan driver is installed, and {program} is not here", remedy)
    apt = work / "apt"
    for name in ("cache", "archives/partial", "lists/partial"):
        (apt / name).mkdir(parents=True)
    (apt / "settings").write_text(APT_SETTINGS.format(folder=apt), encoding="utf-8")
    apt_get = ["apt-get", "--config-file", apt / "settings", "--assume-yes"]
    children.run("listing the system's packages", [*apt_get, "update"], remedy=remedy)
    # With the system's own state: what it has is not downloaded, what comes along fits what it has.
    children.run(
        "downloading the Vulkan driver",
        [*apt_get, "install", "--download-only", "--no-install-recommends", *DRIVER_PACKAGES],
        remedy=remedy,
    )
    for package in sorted((apt / "archives").glob("*.deb")):
        children.run(
            "unpacking the Vulkan driver", ["dpkg-deb", "--extract", package, work / "tree"], remedy=remedy
        )
    collect_libraries(work / "tree", work / "device" / "lib")
    manifest = {"api_version": "1.3.0", "library_path": str(folder / "lib" / DRIVER)}
    (work / "device" / "driver.json").write_text(
        json.dumps({"file_format_version": "1.0.0", "ICD": manifest}), encoding="utf-8"
    )


def collect_libraries(tree: Path, target: Path) -> None:
    """Copy the driver and the loader, and of the libraries that they need those that the system lacks.

    Nothing else of the packages gets in the way of the system's own libraries.
    """
    target.mkdir()
    lacking = {DRIVER, LOADER}
    while lacking:
        for name in sorted(lacking):
            found = next(tree.rglob(name), None)
            if found is None:
                raise SetupProblem(f"the Vulkan driver needs {name}, which no package brought", PREPARE)
            shutil.copyfile(found, target / name)
        printed = subprocess.run(
            ["ldd", *sorted(str(path) for path in target.iterdir())],
            env=os.environ | {"LD_LIBRARY_PATH": str(target)},
            capture_output=True,
            text=True,
            check=False,
        )
        lacking = set(re.findall(r"^\s*(\S+) => not found", printed.stdout, re.M))
