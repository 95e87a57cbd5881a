"""Finding the engine's functions where the system spreads them over several libraries."""

import ctypes
import platform
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.engines.llama_library import LlamaLibrary
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
