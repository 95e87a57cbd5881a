import signal

import pytest

from bench.worker.ending import classify, count_oom_kills


@pytest.mark.parametrize(
    ("return_code", "last_words", "oom_kills", "kind"),
    [
        (-signal.SIGKILL, "", 0, "killed"),
        (-signal.SIGTERM, "", 0, "killed"),
        (-signal.SIGKILL, "", 1, "out_of_memory"),
        (-signal.SIGABRT, "GGML_ASSERT(n > 0) failed", 0, "crash"),
        (-signal.SIGABRT, "GGML_ASSERT(n > 0) failed", 1, "crash"),  # the kernel killed another process
        (
            -signal.SIGABRT,
            "terminate called after throwing an instance of 'std::bad_alloc'",
            0,
            "out_of_memory",
        ),
        (-signal.SIGSEGV, "", 0, "crash"),
        (-250, "", 0, "crash"),
        (1, "Traceback\nMemoryError", 0, "out_of_memory"),
        (1, "Traceback\nValueError: MemoryErrors are mentioned", 0, "crash"),
        (3, "", 0, "crash"),
        (0, "", 0, "crash"),
        (0xC0000005, "", 0, "crash"),
        (0xC0000017, "", 0, "out_of_memory"),
    ],
)
def test_endings_are_told_apart(return_code, last_words, oom_kills, kind):
    found, how = classify(return_code, last_words, oom_kills=oom_kills)
    assert found == kind
    assert how.startswith("ended by")


def test_signals_have_names():
    assert classify(-signal.SIGSEGV, "", oom_kills=0)[1] == "ended by SIGSEGV"


def test_kills_for_memory_are_counted_upwards():
    first = count_oom_kills()
    assert count_oom_kills() >= first >= 0
