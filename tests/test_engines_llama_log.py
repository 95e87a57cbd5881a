import pytest

from bench.engines.llama_log import CONTINUED, DEBUG, ERROR, LlamaLog
from bench.engines.protocol import Buffer
from bench.errors import EngineError

INFO = 2
LINES = b"""load_tensors:   CPU_Mapped model buffer size =    92.10 MiB
load_tensors:          CPU model buffer size =     1.00 MiB
llama_context:        CPU  output buffer size =     0.19 MiB
llama_kv_cache:        CPU KV buffer size =    45.00 MiB
llama_kv_cache:        CPU KV buffer size =     7.50 MiB
sched_reserve:      Vulkan0 compute buffer size =    12.00 MiB
sched_reserve:        CPU compute buffer size =   102.51 MiB
sched_reserve:        CPU compute buffer size =   104.00 MiB
"""


@pytest.fixture
def log(capfd):  # noqa: ARG001  # keeps what the log forwards out of the terminal
    return LlamaLog()


def mib(device: str, kind: str, size: float) -> Buffer:
    return Buffer(device, kind, round(size * 1024 * 1024))


def test_buffers_are_read_and_a_repeated_compute_buffer_counts_once(log):
    log.write(INFO, LINES)
    assert log.buffers == (
        mib("CPU_Mapped", "weights", 92.10),
        mib("CPU", "weights", 1),
        mib("CPU", "output", 0.19),
        mib("CPU", "kv", 45),
        mib("CPU", "kv", 7.5),
        mib("Vulkan0", "compute", 12),
        mib("CPU", "compute", 104),
    )
    log.restart()
    assert log.buffers == ()


def test_lines_come_in_pieces(log):
    for at in range(0, len(LINES), 7):
        log.write(INFO if at == 0 else CONTINUED, LINES[at : at + 7])
    assert len(log.buffers) == 7


def test_errors_are_kept_and_memory_is_told_apart(log, capfd):
    log.write(ERROR, b"unknown model architecture: 'x'\n")
    with pytest.raises(EngineError, match="cannot load it: unknown model architecture: 'x'"):
        log.refused("load it")
    log.write(ERROR, b"ggml: failed to allocate CPU buffer of size 99\n")
    with pytest.raises(MemoryError, match="cannot load it"):
        log.refused("load it")
    log.write(DEBUG, b"noise\n")
    assert capfd.readouterr().err == (
        "unknown model architecture: 'x'\nggml: failed to allocate CPU buffer of size 99\n"
    )
