# ruff: noqa: N802  # the library's names
"""Memory of GPUs by a driver's library that is made up here."""

from types import SimpleNamespace

import pytest

from bench.meters.gpu_memory import free_gpu_bytes, process_gpu_bytes


class NVMLError(Exception):
    pass


class Library:
    """Two GPUs; the second answers nothing when ``is_second_silent``."""

    NVMLError = NVMLError

    def __init__(self, *, is_second_silent: bool = False, has_driver: bool = True) -> None:
        self.is_second_silent = is_second_silent
        self.has_driver = has_driver
        self.n_open = 0

    def nvmlInit(self) -> None:
        if not self.has_driver:
            raise NVMLError("driver not loaded")
        self.n_open += 1

    def nvmlShutdown(self) -> None:
        self.n_open -= 1

    def nvmlDeviceGetCount(self) -> int:
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        if index == 1 and self.is_second_silent:
            raise NVMLError("lost")
        return index

    def nvmlDeviceGetName(self, handle: int) -> str:
        return ("Model X", "Model X")[handle]

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:
        return SimpleNamespace(free=100 + handle)

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[SimpleNamespace]:
        mine = (
            []
            if handle
            else [SimpleNamespace(pid=7, usedGpuMemory=20), SimpleNamespace(pid=7, usedGpuMemory=1)]
        )
        return [SimpleNamespace(pid=8, usedGpuMemory=None), *mine]


def test_gpus_of_one_name_are_told_apart() -> None:
    library = Library()
    assert free_gpu_bytes(library) == {"0: Model X": 100, "1: Model X": 101}
    assert library.n_open == 0


def test_what_one_process_holds() -> None:
    assert process_gpu_bytes(7, Library()) == {"0: Model X": 21}
    assert process_gpu_bytes(8, Library()) == {}  # the driver does not tell how much
    assert process_gpu_bytes(9, Library()) == {}


@pytest.mark.parametrize(
    ("library", "found"),
    [(Library(is_second_silent=True), {"0: Model X": 100}), (Library(has_driver=False), {})],
)
def test_a_gpu_or_driver_that_does_not_answer_is_left_out(library: Library, found: dict[str, int]) -> None:
    assert free_gpu_bytes(library) == found
    assert library.n_open == 0
