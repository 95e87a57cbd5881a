import pytest
from factories import make_engine, make_machine, make_model, make_record, make_settings
from test_reports_pareto import quant

from bench.records.types import Gpu
from bench.reports.rows.comparable import comparable_by, ladders

GIB = 1 << 30


def gpu(free: int, total: int = 8 * GIB) -> Gpu:
    return Gpu(name="CUDA0", description="GPU", total_bytes=total, free_bytes=free)


def shared(changes: dict[str, object]) -> tuple[bool, bool]:
    """Whether a record that differs by ``changes`` is comparable within the machine, and the hardware."""
    one, other = make_record("a"), make_record("b", **changes)
    return tuple(
        comparable_by(one, within=within) == comparable_by(other, within=within)
        for within in ("machine", "hardware")
    )


@pytest.mark.parametrize(
    ("changes", "is_shared"),
    [
        ({"machine": make_machine(python="3.99")}, (True, True)),
        ({"machine": make_machine(system="Linux 7.0")}, (False, True)),
        ({"machine": make_machine(battery_wh=50.0)}, (False, True)),
        ({"machine": make_machine(memory_bytes=make_machine().memory_bytes - 4096)}, (False, True)),
        ({"machine": make_machine(memory_bytes=64 * GIB)}, (False, False)),
        ({"machine": make_machine(cpu_model="Another CPU")}, (False, False)),
        ({"machine": make_machine(container_limits={"cpu.max": "1"})}, (False, False)),
        ({"engine": make_engine(build="another")}, (False, False)),
        ({"engine": make_engine(system_info="AVX512 = 1")}, (False, False)),
        ({"engine": None}, (False, False)),
        ({"settings": make_settings(n_ctx=512)}, (False, False)),
        ({"quality_settings": make_settings(n_ctx=512)}, (False, False)),
    ],
    ids=str,
)
def test_what_may_differ_in_comparable_records(changes: dict[str, object], is_shared: object) -> None:
    assert shared(changes) == is_shared


def test_the_free_memory_of_a_gpu_is_of_the_moment() -> None:
    one, later, larger = (
        make_record(engine=make_engine(gpus=(gpu(*sizes),))) for sizes in ((5,), (7,), (5, 9 * GIB))
    )
    assert comparable_by(one, within="machine") == comparable_by(later, within="machine")
    assert comparable_by(one, within="machine") != comparable_by(larger, within="machine")


def test_only_what_is_comparable_is_one_ladder() -> None:
    chat, base = quant("chat"), quant("base", model=make_model("base", has_chat_template=False))
    elsewhere = quant("elsewhere", machine=make_machine(cpu_model="Another CPU"))
    assert ladders([chat, base, elsewhere]) == []
    assert [[one.model.name for one in group] for group in ladders([chat, base, quant("more", 9000)])] == [
        ["chat", "more"]
    ]
