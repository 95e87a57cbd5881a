"""Compare breakeven's RAPL joules with those of zeus, on one synthetic powercap tree.

    python -m venv DIR && DIR/bin/pip install zeus
    python scripts/compare_zeus.py --zeus-python DIR/bin/python [--seconds 8]

Two packages with memory, and psys, in a temporary folder. A thread advances each counter at its own power, in
steps of some milliseconds; each wraps around once on the way, but for one package's. breakeven reads as in a
measurement, twice a second and at both borders; zeus reads at both borders, and its own processes look for
wrap-arounds meanwhile. Before and after the advance the counters stand still, so both see the same joules:
the figures must agree within 0.1 % for each counter and for the sum of packages and memory. Exit code 1
otherwise, 2 where zeus cannot be used.

zeus looks in one place only, `zeus.device.cpu.rapl.RAPL_DIR`: its child process sets that to the tree. It
takes every zone at the top for a processor, psys too, so that a total of its own would count the packages
twice: here they are told apart. Without `--zeus-python`, zeus is looked for beside this Python.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.meters.energy.rapl import RaplMeter, open_rapl
from bench.meters.energy.sampler import Meters
from bench.meters.protocol import Unavailable
from bench.units import seconds
from command_line import parser_of

TOLERANCE = 0.001
STEP_S = 0.005
LOOKED_S = 1.5  # zeus looks for wrap-arounds once in a second
START_TIMEOUT_S = 90.0
LEAST_S = 4.0
SUM = "packages and memory"

ZEUS = """
import json, sys, warnings
try:
    import zeus.device.cpu.rapl as rapl
except ImportError as error:
    sys.exit(f"cannot import zeus: {error}")
rapl.RAPL_DIR = sys.argv[1]
files = {}
for processor in rapl.RAPLCPUs().cpus:
    name = processor.rapl_file.name
    files[name] = processor.rapl_file
    if processor.dram is not None:
        files[name + "/dram"] = processor.dram
while True:
    joules = {name: file.read() / 1000 for name, file in files.items()}
    wraps = min(file.wraparound_tracker.get_num_wraparounds() for file in files.values())
    print(json.dumps([joules, wraps]), flush=True)
    if not sys.stdin.readline():
        break
"""


class ZeusFailed(Exception):
    """zeus is not there, or gave no figures."""


@dataclass(slots=True)
class FakeCounter:
    """One zone; ``energy_uj`` wraps around at ``range_uj`` as the driver's does."""

    folder: Path
    range_uj: int
    power_w: float
    left_j: float  # until it wraps around
    start_uj: int = 0

    def set(self, energy_uj: int) -> None:
        """At once: neither reader ever finds half a number."""
        written = self.folder / "next"
        written.write_text(f"{energy_uj % self.range_uj}\n")
        written.replace(self.folder / "energy_uj")

    def to_start(self) -> None:
        self.start_uj = self.range_uj - round(self.left_j * 1e6)
        self.set(self.start_uj)

    def at(self, elapsed_s: float) -> float:
        """Joules since the start, written as the counter's new state."""
        used_uj = round(self.power_w * elapsed_s * 1e6)
        self.set(self.start_uj + used_uj)
        return used_uj / 1e6


def make_tree(root: Path, duration_s: float) -> dict[str, FakeCounter]:
    """The tree as Linux lays it out: zones within zones, and flat links to them under ``class``.

    Ranges as on real machines, and one of 32 bits of microjoules.
    """
    parts = (
        ("package-0", "intel-rapl:0", 262_143_328_850, 95.0, 0.5),
        ("package-0/dram", "intel-rapl:0/intel-rapl:0:0", 65_712_999_613, 12.0, 0.3),
        ("package-1", "intel-rapl:1", 262_143_328_850, 41.0, 2.0),
        ("package-1/dram", "intel-rapl:1/intel-rapl:1:0", 65_712_999_613, 7.5, 0.7),
        ("psys", "intel-rapl:2", 2**32 - 1, 180.0, 0.6),
    )
    devices = root / "sys/devices/virtual/powercap/intel-rapl"
    links = root / "sys/class/powercap"
    links.mkdir(parents=True)
    devices.mkdir(parents=True)
    (links / "intel-rapl").symlink_to(devices)
    counters = {}
    for name, place, range_uj, power_w, share in parts:
        folder = devices / place
        folder.mkdir(parents=True)
        (folder / "name").write_text(name.rpartition("/")[2] + "\n")
        (folder / "max_energy_range_uj").write_text(f"{range_uj}\n")
        (links / folder.name).symlink_to(folder)
        counters[name] = FakeCounter(folder, range_uj, power_w, left_j=power_w * duration_s * share)
        counters[name].to_start()
    return counters


class Zeus:
    """zeus in a process of its own; tells joules by counter, and wrap-arounds seen of every counter."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._is_first = True

    def read(self) -> tuple[dict[str, float], int]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            if not self._is_first:
                stdin.write("\n")
                stdin.flush()
            self._is_first = False
            joules, n_wraps = json.loads(stdout.readline())
        except (OSError, ValueError) as error:
            raise ZeusFailed("zeus ended without figures") from error
        return joules, n_wraps


@contextmanager
def zeus_reading(python: str, rapl_folder: Path) -> Iterator[Zeus]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZEUS")}
    try:
        process = subprocess.Popen(
            [python, "-c", ZEUS, str(rapl_folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=rapl_folder,  # not where a folder of this project could pass for a package
        )
    except OSError as error:
        raise ZeusFailed(f"{python} cannot be started: {error.strerror}") from error
    give_up = threading.Timer(START_TIMEOUT_S * 2, process.kill)
    give_up.daemon = True
    give_up.start()
    try:
        yield Zeus(process)
    finally:
        give_up.cancel()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()  # it then ends, and its processes with it
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def wait_until_it_watches(zeus: Zeus, counters: Sequence[FakeCounter]) -> None:
    """zeus starts a process for each counter, and none tells when it looks: wrap around until all saw it."""
    give_up_ns = time.perf_counter_ns() + round(START_TIMEOUT_S * 1e9)
    while zeus.read()[1] == 0:
        if time.perf_counter_ns() > give_up_ns:
            raise ZeusFailed("zeus saw no wrap-around")
        for energy_uj in (-1, 0):  # the last value before it, and the first after
            for counter in counters:
                counter.set(energy_uj)
            time.sleep(LOOKED_S)
    for counter in counters:
        counter.to_start()
    time.sleep(LOOKED_S)


def advance(counters: Mapping[str, FakeCounter], duration_s: float) -> dict[str, float]:
    """Joules of each counter, advanced by a thread."""
    joules: dict[str, float] = {}

    def run() -> None:
        start_ns = time.perf_counter_ns()
        elapsed_s = 0.0
        while elapsed_s < duration_s:
            time.sleep(STEP_S)
            elapsed_s = min(duration_s, seconds(time.perf_counter_ns() - start_ns))
            joules.update({name: counter.at(elapsed_s) for name, counter in counters.items()})

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return joules


def border_ns(meters: Meters) -> int:
    """A moment within the rest, with a reading on either side, however busy this machine is."""
    meters.mark()
    now_ns = time.perf_counter_ns()
    meters.mark()
    return now_ns


def by_breakeven(meters: Meters, start_ns: int, end_ns: int) -> dict[str, float]:
    joules: dict[str, float] = {}
    for source in meters.sources:
        found = source.energy_between(start_ns, end_ns)
        if isinstance(found, Unavailable):
            raise SystemExit(f"breakeven: {found.name}: {found.reason}")
        joules |= {name: band.value for name, band in found.domains.items()}
        if source.info.name == "rapl":
            joules[SUM] = found.joules.value
    return joules


def measure(zeus_python: str, duration_s: float) -> dict[str, tuple[float, float, float]]:
    """Joules written, by breakeven and by zeus, of each counter and of the sum."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        counters = make_tree(root, duration_s)
        with zeus_reading(zeus_python, root / "sys/class/powercap/intel-rapl") as zeus:
            wait_until_it_watches(zeus, list(counters.values()))
            meters = Meters([meter for meter in open_rapl(root) if isinstance(meter, RaplMeter)])
            before, _ = zeus.read()
            with meters.sampling():
                start_ns = border_ns(meters)
                written = advance(counters, duration_s)
                end_ns = border_ns(meters)
            time.sleep(LOOKED_S)
            after, _ = zeus.read()
        mine = by_breakeven(meters, start_ns, end_ns)
    theirs = {name: after[name] - before[name] for name in counters}
    for joules in (written, theirs):
        joules[SUM] = sum(value for name, value in joules.items() if name != "psys")
    return {name: (written[name], mine[name], theirs[name]) for name in written}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--zeus-python", default=sys.executable, metavar="PATH", help="a Python with zeus")
    parser.add_argument("--seconds", type=float, default=8.0, help=f"of the advance, at least {LEAST_S:.0f}")
    options = parser.parse_args(arguments)
    if not LEAST_S <= options.seconds <= START_TIMEOUT_S:
        parser.error(f"--seconds lies between {LEAST_S:.0f} and {START_TIMEOUT_S:.0f}")
    try:
        found = measure(options.zeus_python, options.seconds)
    except ZeusFailed as failure:
        print(f"{failure}; name a Python that has zeus with --zeus-python", file=sys.stderr)
        return 2
    print(f"{'counter':20} {'written J':>12} {'breakeven J':>12} {'zeus J':>12} {'ratio':>9}")
    for name, (written, mine, theirs) in found.items():
        print(f"{name:20} {written:12.4f} {mine:12.4f} {theirs:12.4f} {mine / theirs:9.6f}")
    worst = max(abs(mine / theirs - 1) for _, mine, theirs in found.values())
    print(f"largest difference: {worst:.4%}, allowed: {TOLERANCE:.1%}")
    return int(worst > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
