"""RAPL on synthetic powercap trees: domains, overlaps, wrap-around, permission, garbage."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measuring import FakeClock, S

from bench.meters.energy.rapl import GRANT, RaplMeter, find_zones, open_rapl
from bench.meters.protocol import Unavailable

RANGE_UJ = 262_143_328_850
MakeZone = Callable[..., Path]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="powercap names hold colons, which Windows forbids")


@pytest.fixture
def zone(tmp_path: Path) -> MakeZone:
    def make(folder: str, name: str, energy_uj: int | str = 0, range_uj: int = RANGE_UJ) -> Path:
        path = tmp_path / folder
        path.mkdir()
        (path / "name").write_text(f"{name}\n")
        (path / "energy_uj").write_text(f"{energy_uj}\n")
        (path / "max_energy_range_uj").write_text(f"{range_uj}\n")
        return path

    return make


def set_energy(path: Path, energy_uj: int | str) -> None:
    (path / "energy_uj").write_text(f"{energy_uj}\n")


def test_sums_packages_and_their_memory_but_nothing_they_contain(tmp_path: Path, zone: MakeZone) -> None:
    (tmp_path / "intel-rapl").mkdir()  # the control type, no zone
    counted = [
        zone("intel-rapl:0", "package-0"),
        zone("intel-rapl:0:1", "dram"),
        zone("intel-rapl:1", "package-1"),
        zone("intel-rapl:1:0", "dram"),
    ]
    inside = [
        zone("intel-rapl:0:0", "core"),
        zone("intel-rapl:1:1", "uncore"),
        zone("intel-rapl:2", "psys"),
        zone("intel-rapl-mmio:0", "package-0"),
    ]
    meter = open_rapl(tmp_path)
    assert isinstance(meter, RaplMeter)
    assert meter.info.domains == ("package-0", "package-1", "package-0/dram", "package-1/dram")
    assert meter.info.covers == "package+dram"
    assert meter.info.provenance == "measured"
    assert not meter.info.is_above_idle
    for joules, path in enumerate(counted, 1):
        set_energy(path, joules * 1_000_000)
    for path in inside:
        set_energy(path, 77_000_000)
    assert meter.read().joules.value == pytest.approx(1 + 2 + 3 + 4)


def test_a_package_alone_is_called_a_package(tmp_path: Path, zone: MakeZone) -> None:
    zone("intel-rapl:0", "package-0")
    meter = open_rapl(tmp_path)
    assert isinstance(meter, RaplMeter)
    assert meter.info.covers == "package"


def test_mmio_is_read_only_where_it_is_the_only_road(tmp_path: Path, zone: MakeZone) -> None:
    zone("intel-rapl-mmio:0", "package-0")
    assert list(find_zones(tmp_path)) == ["package-0"]


def test_dies_of_a_package_are_packages_of_their_own(tmp_path: Path, zone: MakeZone) -> None:
    zone("intel-rapl:0", "package-0-die-0")
    zone("intel-rapl:1", "package-0-die-1")
    assert list(find_zones(tmp_path)) == ["package-0-die-0", "package-0-die-1"]


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.integers(0, 900), min_size=1, max_size=12), start=st.integers(0, 1000))
def test_wrap_around_loses_no_joule(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], start: int
) -> None:
    folder = tmp_path_factory.mktemp("zone")
    range_uj = 1000
    (folder / "max_energy_range_uj").write_text(str(range_uj))
    set_energy(folder, start % range_uj)
    meter = RaplMeter({"package-0": folder}, clock=FakeClock())
    total = start
    for step in steps:
        total += step
        set_energy(folder, total % range_uj)
        assert meter.read().joules.value == pytest.approx((total - start) / 1e6, abs=1e-12)


def test_a_counter_that_was_reset_is_no_wrap_around(tmp_path: Path, zone: MakeZone) -> None:
    path = zone("intel-rapl:0", "package-0", energy_uj=100_000_000_000)
    meter = open_rapl(tmp_path)
    assert isinstance(meter, RaplMeter)
    set_energy(path, 5)  # as a wrap-around this would be 162 kJ at once
    with pytest.raises(OSError, match="went backwards"):
        meter.read()


def test_a_wrap_around_after_a_long_pause_is_believed(zone: MakeZone) -> None:
    path = zone("intel-rapl:0", "package-0", energy_uj=RANGE_UJ - 1_000_000)
    clock = FakeClock()
    meter = RaplMeter({"package-0": path}, clock=clock)
    clock.advance(600 * S)
    set_energy(path, 40_000_000_000)  # 40 kJ in 600 s: 68 W
    assert meter.read().joules.value == pytest.approx(40_001.0)


def test_samples_carry_the_moment_of_reading(zone: MakeZone) -> None:
    path = zone("intel-rapl:0", "package-0")
    clock = FakeClock(now_ns=5)
    meter = RaplMeter({"package-0": path}, clock=clock)
    clock.advance(90)
    assert meter.read().at_ns == 95


@pytest.mark.parametrize("text", ["", "junk", "-5", "1e9"])
def test_garbage_in_mid_run_is_an_os_error(tmp_path: Path, zone: MakeZone, text: str) -> None:
    path = zone("intel-rapl:0", "package-0")
    meter = open_rapl(tmp_path)
    assert isinstance(meter, RaplMeter)
    set_energy(path, text)
    with pytest.raises(OSError, match="holds"):
        meter.read()


def test_a_zone_without_its_counter_is_absent_with_the_reason(tmp_path: Path, zone: MakeZone) -> None:
    (zone("intel-rapl:0", "package-0") / "energy_uj").unlink()
    found = open_rapl(tmp_path)
    assert isinstance(found, Unavailable)
    assert "energy_uj" in found.reason


def test_garbage_at_the_start_is_absent_with_its_reason(tmp_path: Path, zone: MakeZone) -> None:
    zone("intel-rapl:0", "package-0", energy_uj="junk")
    found = open_rapl(tmp_path)
    assert isinstance(found, Unavailable)
    assert "junk" in found.reason


@pytest.fixture
def without_root() -> Iterator[None]:
    """Root reads every file: run as nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_root_only_counters_are_absent_with_the_command_that_helps(without_root: None) -> None:  # noqa: ARG001
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "intel-rapl:0"
        path.mkdir()
        (path / "name").write_text("package-0\n")
        (path / "max_energy_range_uj").write_text("1000\n")
        (path / "energy_uj").write_text("1\n")
        (path / "energy_uj").chmod(0)
        found = open_rapl(Path(folder))
    assert isinstance(found, Unavailable)
    assert found.remedy == GRANT


def test_no_powercap_is_absent_with_a_reason(tmp_path: Path) -> None:
    found = open_rapl(tmp_path / "nowhere")
    assert isinstance(found, Unavailable)
    assert found.reason


def test_powercap_without_a_package_names_the_driver(tmp_path: Path, zone: MakeZone) -> None:
    zone("intel-rapl:0", "psys")
    found = open_rapl(tmp_path)
    assert isinstance(found, Unavailable)
    assert found.remedy is not None
    assert "intel_rapl" in found.remedy
