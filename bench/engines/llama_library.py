"""The one place that imports llama_cpp: its low-level bindings, and what they lack, on the same library."""

import contextlib
import ctypes
import functools
import importlib
import importlib.machinery
import importlib.metadata
import importlib.util
import os
import platform
import sys
import types
from pathlib import Path
from typing import Any

from bench.engines.llama_log import LlamaLog
from bench.engines.protocol import Device
from bench.engines.session import MAX_THREADS
from bench.errors import EnvironmentProblem

DEVICE_TYPES = ("CPU", "GPU", "integrated GPU", "accelerator", "meta")  # ggml_backend_dev_type
CPU_DEVICE = 0
POLLING = 50  # ggml's own default, and llama-bench's: spin a while before sleeping between graphs


class ThreadpoolParams(ctypes.Structure):
    """``ggml_threadpool_params`` of ggml.h."""

    _fields_ = (
        ("cpumask", ctypes.c_bool * MAX_THREADS),
        ("n_threads", ctypes.c_int),
        ("prio", ctypes.c_int),
        ("poll", ctypes.c_uint32),
        ("strict_cpu", ctypes.c_bool),
        ("paused", ctypes.c_bool),
    )


class LlamaLibrary:
    """llama.cpp in this process. ``api`` is the module of bindings; one instance, since the log is global."""

    def __init__(self) -> None:
        self.api: Any = _load_bindings()
        self.log = LlamaLog()
        self._on_log = self.api.llama_log_callback(self._write_log)  # kept: the library holds only a pointer
        self.api.llama_log_set(self._on_log, None)
        self.api.llama_backend_init()
        self.load_backend(os.environ.get("GGML_BACKEND_PATH"))
        # A plain address is a tenth of the cost of a typed pointer, and logits are read at every step.
        self.logits_address = self.function(
            "llama_get_logits_ith", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32
        )
        self._device_at = self.function("ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
        self._registry_of = self.function("ggml_backend_dev_backend_reg", ctypes.c_void_p, ctypes.c_void_p)
        self._type_of = self.function("ggml_backend_dev_type", ctypes.c_int, ctypes.c_void_p)

    def load_backend(self, path: str | None) -> None:
        """Add the backend of llama.cpp's own environment variable, if it is set: it names one library.

        llama.cpp reads the variable only where all backends are libraries, and goes on without one that does
        not load; a record would then tell of another machine. Loading it twice adds nothing.
        """
        if path and not self.function("ggml_backend_load", ctypes.c_void_p, ctypes.c_char_p)(
            os.fsencode(path)
        ):
            reason = "; ".join(self.log.errors) or "it does not support this machine"
            raise EnvironmentProblem(
                f"the backend that GGML_BACKEND_PATH names does not load: {reason}",
                where=path,
                remedy="unset GGML_BACKEND_PATH, or name the library of a backend built for this llama.cpp",
            )

    def function(self, name: str, result: Any, *arguments: Any) -> Any:
        """A function of the library that is loaded already, with a prototype of our own."""
        found = self._symbol(name)
        found.restype, found.argtypes = result, arguments
        return found

    def _symbol(self, name: str) -> Any:
        own = self.api._lib  # noqa: SLF001  # the bindings' own handle
        for library in (own, *self._neighbours):
            try:
                return library[name]
            except AttributeError:
                continue
        raise EnvironmentProblem(
            f"the inference engine's library has no {name}",
            remedy="build it again with python3 scripts/quickstart.py",
        )

    @functools.cached_property
    def _neighbours(self) -> tuple[Any, ...]:
        """On Windows a handle finds only its own DLL's names, and ggml's are in DLLs beside llama's.

        A DLL of the same path is loaded once, so the device registry is shared. Not verified on hardware.
        """
        if platform.system() != "Windows":
            return ()
        folder = Path(self.api._lib._name).parent  # noqa: SLF001
        return tuple(ctypes.CDLL(str(path)) for path in sorted(folder.glob("ggml*.dll")))

    def text(self, name: str) -> str:
        """What a function without arguments says, such as a version."""
        said: bytes | None = self.function(name, ctypes.c_char_p)()
        return said.decode("utf-8", "replace").strip() if said else "unknown"

    @property
    def version(self) -> str:
        return f"llama-cpp-python {importlib.metadata.version('llama-cpp-python')}"

    @property
    def build(self) -> str:
        return (
            f"llama.cpp {self.text('llama_version')} ({self.build_commit}), ggml {self.text('ggml_version')}"
        )

    @property
    def build_commit(self) -> str:
        """llama.cpp's commit, short; ggml is part of it and was given the same. "unknown" if left out."""
        for name in ("llama_commit", "ggml_commit"):
            with contextlib.suppress(EnvironmentProblem):
                return self.text(name)
        return "unknown"

    @property
    def build_number(self) -> int:
        """llama.cpp's count of commits; 0 when the library does not tell, as llama-bench has it then."""
        try:
            number: int = self.function("llama_build_number", ctypes.c_int)()
        except EnvironmentProblem:
            return 0
        return number

    def devices(self) -> tuple[Device, ...]:
        """Every device of this build, with the memory that is free now."""
        name_of = self.function("ggml_backend_dev_name", ctypes.c_char_p, ctypes.c_void_p)
        described = self.function("ggml_backend_dev_description", ctypes.c_char_p, ctypes.c_void_p)
        registry_name = self.function("ggml_backend_reg_name", ctypes.c_char_p, ctypes.c_void_p)
        size = ctypes.POINTER(ctypes.c_size_t)
        memory_of = self.function("ggml_backend_dev_memory", None, ctypes.c_void_p, size, size)
        found = []
        for device in self._devices():
            words = [registry_name(self._registry_of(device)), name_of(device), described(device)]
            registry, name, description = (word.decode("utf-8", "replace") for word in words)
            kind = DEVICE_TYPES[self._type_of(device)]
            free, total = ctypes.c_size_t(), ctypes.c_size_t()
            if kind != "CPU":
                memory_of(device, ctypes.byref(free), ctypes.byref(total))
            found.append(Device(registry, name, description, kind, free.value or None, total.value or None))
        return tuple(found)

    def new_threadpool(self, n_threads: int) -> int | None:
        """Threads that live as long as a context; without them each graph starts its own.

        None where the CPU backend has no such function; llama.cpp then does without.
        """
        create = self.cpu_function("ggml_threadpool_new", ctypes.c_void_p, ctypes.POINTER(ThreadpoolParams))
        if create is None:
            return None
        params = ThreadpoolParams(n_threads=n_threads, poll=POLLING)
        pool: int | None = create(ctypes.byref(params))
        return pool

    def attach_threadpool(self, context: int, pool: int) -> None:
        """Let ``context`` compute on ``pool``, prompts as well as single tokens."""
        attach = self.function("llama_attach_threadpool", None, *[ctypes.c_void_p] * 3)
        attach(context, pool, None)

    def free_threadpool(self, pool: int) -> None:
        free = self.cpu_function("ggml_threadpool_free", None, ctypes.c_void_p)
        if free is not None:
            free(pool)

    def cpu_function(self, name: str, result: Any, *arguments: Any) -> Any:
        """A function of the CPU backend, which may be a library that was loaded at run time; None without."""
        find = self.function(
            "ggml_backend_reg_get_proc_address", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p
        )
        device = self.cpu_device()
        address = find(self._registry_of(device), name.encode()) if device else None
        return ctypes.CFUNCTYPE(result, *arguments)(address) if address else None

    def cpu_device(self) -> int | None:
        """ggml's handle of the CPU."""
        return next((device for device in self._devices() if self._type_of(device) == CPU_DEVICE), None)

    def _devices(self) -> list[int]:
        return [
            self._device_at(at) for at in range(self.function("ggml_backend_dev_count", ctypes.c_size_t)())
        ]

    def _write_log(self, level: int, text: bytes | None, _: object) -> None:
        self.log.write(level, text or b"")


@functools.cache
def library() -> LlamaLibrary:
    """The library, loaded on the first call; EnvironmentProblem when it is not there or does not load."""
    return LlamaLibrary()


def _load_bindings() -> types.ModuleType:
    """Import ``llama_cpp.llama_cpp`` without the high-level package around it.

    The package's own ``__init__`` imports chat formats, caches and more: 0.5 s, and tens of MB that would be
    counted as the model's in the measured process.
    """
    if "llama_cpp" not in sys.modules:
        spec = importlib.util.find_spec("llama_cpp")
        if spec is None or spec.submodule_search_locations is None:
            raise EnvironmentProblem(
                "the inference engine llama-cpp-python is not installed",
                remedy="run python3 scripts/quickstart.py",
            )
        package = types.ModuleType("llama_cpp")
        package.__path__ = list(spec.submodule_search_locations)
        sys.modules["llama_cpp"] = package
    try:
        return importlib.import_module("llama_cpp.llama_cpp")
    except (AttributeError, ImportError, OSError, RuntimeError) as error:
        raise EnvironmentProblem(
            f"the inference engine's library does not load: {error}",
            remedy="build it again with python3 scripts/quickstart.py",
        ) from None
