"""Finding the engine's functions where the system spreads them over several libraries."""

import ctypes
import platform
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.engines.llama_library import LlamaLibrary
from bench.engines.llama_log import LlamaLog
from bench.errors import EnvironmentProblem


class Dll:
    def __init__(self, path: Path, *names: str) -> None:
        self._name = str(path)
        self._names = names

    def __getitem__(self, name: str) -> SimpleNamespace:
        if name not in self._names:
            raise AttributeError(name)
        return SimpleNamespace(of=Path(self._name).name)


def library_in(folder: Path, monkeypatch: pytest.MonkeyPatch, system: str) -> LlamaLibrary:
    for name in ("ggml-base.dll", "ggml.dll", "llama.dll", "other.dll"):
        (folder / name).touch()
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(ctypes, "CDLL", lambda path: Dll(Path(path), "ggml_commit"))
    found = LlamaLibrary.__new__(LlamaLibrary)
    found.api = SimpleNamespace(_lib=Dll(folder / "llama.dll", "llama_version"))
    return found


def test_on_windows_ggmls_functions_are_found_beside_llamas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = library_in(tmp_path, monkeypatch, "Windows")
    assert library.function("llama_version", ctypes.c_char_p).of == "llama.dll"
    assert library.function("ggml_commit", ctypes.c_char_p).of == "ggml-base.dll"
    with pytest.raises(EnvironmentProblem, match="has no ggml_nothing"):
        library.function("ggml_nothing", None)


def test_elsewhere_one_handle_finds_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = library_in(tmp_path, monkeypatch, "Linux")
    assert library.function("llama_version", ctypes.c_char_p).of == "llama.dll"
    with pytest.raises(EnvironmentProblem, match="has no ggml_commit"):
        library.function("ggml_commit", ctypes.c_char_p)


def test_a_library_that_does_not_tell_its_commit_is_unknown_and_not_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = library_in(tmp_path, monkeypatch, "Linux")
    assert (library.build_commit, library.build_number) == ("unknown", 0)
    library.api._lib = _Telling()
    assert (library.build_commit, library.build_number) == ("abc123", 4567)


class _Telling:
    """As libraries were that carried llama.cpp's own build information."""

    def __getitem__(self, name: str) -> Any:
        told: dict[str, object] = {"llama_commit": b"abc123", "llama_build_number": 4567}
        if name not in told:
            raise AttributeError(name)
        return type("Told", (), {"__call__": lambda _: told[name]})()


@pytest.mark.parametrize("loads", [True, False])
def test_a_backend_named_in_the_environment_is_loaded_or_its_absence_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, loads: bool
) -> None:
    asked: list[bytes] = []

    class Loading:
        def __getitem__(self, name: str) -> Any:
            assert name == "ggml_backend_load"
            return type("Load", (), {"__call__": lambda _, path: (asked.append(path), loads)[1]})()

    library = library_in(tmp_path, monkeypatch, "Linux")
    library.api._lib, library.log = Loading(), LlamaLog()
    library.load_backend(None)
    assert asked == []
    if loads:
        library.load_backend("backend.so")
    else:
        library.log.write(4, b"failed to load backend.so: no such file\n")
        with pytest.raises(EnvironmentProblem, match=r"GGML_BACKEND_PATH .* no such file") as caught:
            library.load_backend("backend.so")
        assert caught.value.where == "backend.so"
        assert "unset" in str(caught.value.remedy)
    assert asked == [b"backend.so"]
