"""Clock, heat, clock policy and power source on synthetic trees of machines of other kinds."""

import sys
from pathlib import Path

import pytest
from measuring import WriteFile

from bench.meters import host
from bench.meters.conditions import read_conditions
from bench.meters.sensors import Sensors

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and /sys")
FIRST = f"sys/devices/system/cpu/cpu{min(host.allowed_cpus())}/cpufreq"


def test_a_machine_that_says_nothing_has_no_state(tmp_path: Path) -> None:
    sensors = Sensors(tmp_path)
    assert sensors.cpu_mhz() is None
    assert sensors.temperature_c() is None
    assert sensors.governor() is None
    assert sensors.on_battery() is None
    assert sensors.denied == []


def test_each_reading_looks_again(tmp_path: Path, write: WriteFile) -> None:
    write(f"{FIRST}/scaling_cur_freq", "3600000\n")
    write("sys/class/hwmon/hwmon0/name", "k10temp\n")
    write("sys/class/hwmon/hwmon0/temp1_input", "52500\n")
    sensors = Sensors(tmp_path)
    assert (sensors.cpu_mhz(), sensors.temperature_c()) == (3600.0, 52.5)
    write(f"{FIRST}/scaling_cur_freq", "1200000\n")
    write("sys/class/hwmon/hwmon0/temp1_input", "98000\n")
    assert (sensors.cpu_mhz(), sensors.temperature_c()) == (1200.0, 98.0)


def test_the_fastest_usable_cpu_gives_the_clock(tmp_path: Path, write: WriteFile) -> None:
    for n, cpu in enumerate(sorted(host.allowed_cpus())):
        write(f"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_cur_freq", f"{1_000_000 + n * 1000}\n")
    n_read = min(16, len(host.allowed_cpus()))
    assert Sensors(tmp_path).cpu_mhz() == 1000.0 + n_read - 1


def test_a_clock_that_is_counted_stands_in_and_a_nominal_one_does_not(
    tmp_path: Path, write: WriteFile
) -> None:
    lines = "processor\t: 0\nflags\t\t: fpu {}\ncpu MHz\t\t: 2596.140\nprocessor\t: 1\ncpu MHz\t\t: 3100.5\n"
    write("proc/cpuinfo", lines.format("aperfmperf"))
    assert Sensors(tmp_path).cpu_mhz() == 3100.5
    write("proc/cpuinfo", lines.format("hypervisor"))
    assert Sensors(tmp_path).cpu_mhz() is None


def test_the_packages_sensor_is_preferred_to_a_cores_and_others_chips_are_not_the_cpus(
    tmp_path: Path, write: WriteFile
) -> None:
    write("sys/class/hwmon/hwmon0/name", "nvme\n")
    write("sys/class/hwmon/hwmon0/temp1_input", "33000\n")
    assert Sensors(tmp_path).temperature_c() is None
    write("sys/class/hwmon/hwmon1/name", "coretemp\n")
    write("sys/class/hwmon/hwmon1/temp1_input", "70000\n")
    write("sys/class/hwmon/hwmon1/temp1_label", "Core 0\n")
    write("sys/class/hwmon/hwmon1/temp2_input", "75000\n")
    write("sys/class/hwmon/hwmon1/temp2_label", "Package id 0\n")
    assert Sensors(tmp_path).temperature_c() == 75.0


def test_a_thermal_zone_stands_in_on_small_boards(tmp_path: Path, write: WriteFile) -> None:
    write("sys/class/thermal/thermal_zone0/type", "battery\n")
    write("sys/class/thermal/thermal_zone0/temp", "30000\n")
    write("sys/class/thermal/thermal_zone1/type", "cpu-thermal\n")
    write("sys/class/thermal/thermal_zone1/temp", "61000\n")
    assert Sensors(tmp_path).temperature_c() == 61.0


def test_a_sensor_that_fails_or_talks_nonsense_is_none(tmp_path: Path, write: WriteFile) -> None:
    write("sys/class/hwmon/hwmon0/name", "coretemp\n")
    write("sys/class/hwmon/hwmon0/temp1_input", "junk\n")
    write(f"{FIRST}/scaling_cur_freq", "<unknown>\n")
    sensors = Sensors(tmp_path)
    assert (sensors.cpu_mhz(), sensors.temperature_c()) == (None, None)
    (tmp_path / FIRST / "scaling_cur_freq").unlink()  # a CPU that goes offline
    assert sensors.cpu_mhz() is None


def test_a_sensor_without_permission_is_none_and_known_as_denied(
    tmp_path: Path, write: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("sys/class/hwmon/hwmon0/name", "coretemp\n")
    write("sys/class/hwmon/hwmon0/temp1_input", "70000\n")
    locked = tmp_path / "sys/class/hwmon/hwmon0/temp1_input"
    read_bytes = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)  # no file mode keeps a superuser out
    sensors = Sensors(tmp_path)
    assert sensors.temperature_c() is None
    assert sensors.denied == [locked]


@pytest.mark.parametrize(
    ("supplies", "expected"),
    [
        ({}, None),
        ({"AC/type": "Mains", "AC/online": "1"}, None),  # a desktop: there is no battery to run on
        ({"AC/type": "Mains", "AC/online": "1", "BAT0/type": "Battery", "BAT0/status": "Charging"}, False),
        ({"AC/type": "Mains", "AC/online": "0", "BAT0/type": "Battery", "BAT0/status": "Discharging"}, True),
        ({"usb/type": "USB", "usb/online": "1", "BAT0/type": "Battery", "BAT0/status": "Full"}, False),
        ({"BAT0/type": "Battery", "BAT0/status": "Discharging"}, True),
        ({"BAT0/type": "Battery", "BAT0/status": "Unknown"}, None),
        ({"mouse/type": "Battery", "mouse/scope": "Device", "mouse/status": "Discharging"}, None),
    ],
)
def test_the_power_source_is_that_of_the_machine(
    tmp_path: Path, write: WriteFile, supplies: dict[str, str], expected: bool | None
) -> None:
    for path, text in supplies.items():
        write(f"sys/class/power_supply/{path}", f"{text}\n")
    assert Sensors(tmp_path).on_battery() is expected
    assert read_conditions(tmp_path).on_battery is expected
