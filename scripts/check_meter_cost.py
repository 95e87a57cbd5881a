"""What reading energy meters costs at their default rates: CPU time of the reading threads, in % of one core.

    python scripts/check_meter_cost.py [--seconds 20]

Read are the meters of this machine; the model; and a synthetic tree (said to be so) with two processors, a
Jetson's sensor and a battery, since reading a file of the kernel costs about as much as one of memory. Exits
with 1 when a meter costs 0.2 % or more.
"""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.meters.energy.machine import open_machine
from bench.meters.energy.sampler import Sampler
from command_line import parser_of

MOST_PERCENT = 0.2
FAST_FOLDER = Path("/dev/shm")  # in memory, as the kernel's files are


def synthetic(root: Path) -> Path:
    """A tree as the kernel would show it, with more counters than most machines have."""
    files = {"sys/class/power_supply/BAT0": {"type": "Battery", "status": "Discharging", "scope": "System",
                                             "power_now": "9000000", "energy_now": "40000000",
                                             "energy_full": "50000000"}}  # fmt: skip
    for package in range(2):
        folder = f"sys/class/powercap/intel-rapl:{package}"
        files[folder] = {
            "name": f"package-{package}",
            "energy_uj": "1000",
            "max_energy_range_uj": "262143328850",
        }
        for place, part in enumerate(("core", "dram")):
            files[f"{folder}:{place}"] = {
                "name": part,
                "energy_uj": "10",
                "max_energy_range_uj": "262143328850",
            }
    sensor = {"name": "ina3221"}
    for place, label in enumerate(("VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC"), 1):
        sensor |= {f"in{place}_label": label, f"in{place}_input": "5000", f"curr{place}_input": "1000"}
    files["sys/class/hwmon/hwmon0"] = sensor
    for folder, contents in files.items():
        (root / folder).mkdir(parents=True)
        for name, content in contents.items():
            (root / folder / name).write_text(content)
    return root


def cost_percent(sampler: Sampler, duration_s: float) -> float:
    before_s = time.process_time()
    with sampler.sampling():
        time.sleep(duration_s)
    return 100 * (time.process_time() - before_s) / duration_s


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    seconds = parser.parse_args(arguments).seconds
    is_too_much = False
    with tempfile.TemporaryDirectory(dir=FAST_FOLDER if FAST_FOLDER.is_dir() else None) as folder:
        for where, machine in (
            ("this machine", open_machine()),
            ("synthetic", open_machine(root=synthetic(Path(folder)))),
        ):
            sources = machine.of_worker(os.getpid(), uses_gpu=False).sources
            for source in sources:
                if isinstance(source, Sampler):
                    percent = cost_percent(source, seconds)
                    is_too_much |= percent >= MOST_PERCENT
                    print(f"{where}: {source.info.name}: {percent:.3f} % of a core")
    return 1 if is_too_much else 0


if __name__ == "__main__":
    sys.exit(main())
