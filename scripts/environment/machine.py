"""What set-up must know of this machine: its compilers, its CPU, the backend that fits, and each remedy."""

import os
import platform as platform_module
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

Which = Callable[[str], str | None]

PIP_REMEDY = "check the network and pip's index settings (pip config list), then run this again"
BACKENDS = ("auto", "cpu", "cuda", "vulkan", "metal")

# Compilers turn only these CPU flags into instructions; the kernel adds and renames the others.
_INSTRUCTION_FLAG = re.compile(
    r"^(3dnow|abm|adx|aes|amx|asimd|atomics|avx|bf16|bmi|cx16|f16c|fma|fphp|gfni|i8mm|lzcnt|movbe|neon"
    r"|pclmul|popcnt|rv64|sha|sme|sse|ssse|sve|vaes|vfp|vpclmul|xop)"
)


class SetupProblem(Exception):
    """Set-up cannot go on: ``what`` is wrong, ``remedy`` is what to do, ``detail`` a tool's last words."""

    def __init__(self, what: str, remedy: str, detail: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.detail = detail

    def __str__(self) -> str:
        line = f"error: {self.what}; remedy: {self.remedy}"
        return f"{self.detail.rstrip()}\n{line}" if self.detail else line


def find_compiler(
    platform: str = sys.platform,
    environ: Mapping[str, str] = os.environ,
    which: Which = shutil.which,
) -> str:
    """Return what the C and C++ compilers call themselves; raise SetupProblem without them."""
    if platform == "win32":
        return _find_visual_studio(environ, which)
    if platform == "darwin" and not _has_xcode_tools(which):
        raise SetupProblem("no C and C++ compiler found", "xcode-select --install")
    return " / ".join(
        _compiler_version(variable, language, names, environ, which)
        for variable, language, names in (
            ("CC", "C", ("cc", "gcc", "clang")),
            ("CXX", "C++", ("c++", "g++", "clang++")),
        )
    )


def _compiler_version(
    variable: str, language: str, names: tuple[str, ...], environ: Mapping[str, str], which: Which
) -> str:
    chosen = environ.get(variable, "").strip()
    if chosen:
        command = shlex.split(chosen)
        if which(command[0]) is None:
            raise SetupProblem(
                f"{variable}={chosen} names no {language} compiler that can be run",
                f"correct or unset {variable}",
            )
    else:
        found = next((name for name in names if which(name)), None)
        if found is None:
            raise SetupProblem(f"no {language} compiler found", install_remedy("compiler", which))
        command = [found]
    printed = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    lines = printed.stdout.splitlines()
    return lines[0] if lines else shlex.join(command)


def _find_visual_studio(environ: Mapping[str, str], which: Which) -> str:
    compiler = which("cl")
    if compiler:
        return compiler
    program_files = environ.get("ProgramFiles(x86)", r"C:\Program Files (x86)")
    vswhere = Path(program_files, "Microsoft Visual Studio", "Installer", "vswhere.exe")
    if vswhere.exists():
        tools = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
        command = [str(vswhere), "-latest", "-products", "*", "-requires", tools]
        printed = subprocess.run(
            [*command, "-property", "installationVersion"], capture_output=True, text=True, check=False
        )
        if printed.stdout.strip():
            return f"Visual Studio {printed.stdout.strip()}"
    raise SetupProblem(
        "no C++ compiler found",
        "winget install Microsoft.VisualStudio.2022.BuildTools, with the workload for C++ on the desktop",
    )


def install_remedy(need: str, which: Which = shutil.which) -> str:
    """The command that installs ``need`` ("compiler" or "venv") with the package manager found here."""
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for manager, command, packages in (
        ("apt-get", "sudo apt-get install", {"compiler": "build-essential", "venv": f"python{minor}-venv"}),
        ("dnf", "sudo dnf install", {"compiler": "gcc gcc-c++", "venv": "python3-pip"}),
        ("pacman", "sudo pacman -S", {"compiler": "base-devel", "venv": "python"}),
        ("zypper", "sudo zypper install", {"compiler": "gcc gcc-c++", "venv": "python3-pip"}),
        ("apk", "sudo apk add", {"compiler": "build-base", "venv": "py3-pip"}),
        ("brew", "brew install", {"compiler": "llvm", "venv": "python"}),
    ):
        if which(manager):
            return f"{command} {packages[need]}"
    words = {"compiler": "gcc and g++, or clang", "venv": "Python's venv and ensurepip modules"}
    return f"install {words[need]} with the system's package manager"


def choose_backend(
    requested: str,
    platform: str = sys.platform,
    processor: str | None = None,
    which: Which = shutil.which,
    nvidia_driver: Path = Path("/proc/driver/nvidia/version"),
) -> str:
    """Resolve ``auto``, and refuse a backend whose tools are plainly missing (SetupProblem)."""
    processor = processor or platform_module.machine()
    if requested == "auto":
        if which("nvcc") and (which("nvidia-smi") or nvidia_driver.exists()):
            return "cuda"
        return "metal" if platform == "darwin" and processor == "arm64" else "cpu"
    if requested == "metal" and platform != "darwin":
        raise SetupProblem("the metal backend exists on macOS only", "use --backend auto")
    if requested == "cuda" and not which("nvcc"):
        raise SetupProblem(
            "the cuda backend needs the CUDA compiler nvcc on the search path",
            "install the CUDA toolkit, or use --backend cpu",
        )
    if requested == "vulkan" and not which("glslc"):
        raise SetupProblem(
            "the vulkan backend needs the shader compiler glslc on the search path",
            "install the Vulkan SDK (headers 1.4 or newer), or use --backend cpu",
        )
    return requested


def cpu_identity(platform: str = sys.platform, cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The CPU as a compiler tuning for it sees it: model and instruction sets, one line."""
    parts = [platform_module.machine()]
    if platform == "darwin":
        printed = subprocess.run(
            ["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False
        )
        parts.append(printed.stdout.strip())
    elif cpuinfo.exists():
        parts += parse_cpuinfo(cpuinfo.read_text(errors="replace"))
    else:
        parts.append(platform_module.processor())
    return " ".join(part for part in parts if part)


def parse_cpuinfo(text: str) -> list[str]:
    """Distinct models, and the sorted instruction-set flags, of all processors in ``/proc/cpuinfo``."""
    models: set[str] = set()
    flags: set[str] = set()
    for line in text.splitlines():
        name, _, value = (part.strip() for part in line.partition(":"))
        if name in ("model name", "CPU implementer", "CPU part", "uarch"):
            models.add(value)
        elif name in ("flags", "Features", "isa"):
            flags.update(flag for flag in value.split() if _INSTRUCTION_FLAG.match(flag))
    return [*sorted(models), *sorted(flags)]


def usable_cpus() -> int:
    """CPUs that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _has_xcode_tools(which: Which) -> bool:
    if which("xcode-select") is None:
        return False
    return subprocess.run(["xcode-select", "-p"], capture_output=True, check=False).returncode == 0
