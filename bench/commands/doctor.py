"""``breakeven doctor``: what this machine and installation can and cannot do."""

from bench.engines.protocol import Device
from bench.errors import BreakevenError
from bench.meters.protocol import Ability
from bench.meters.survey import survey
from bench.units import GIB
from bench.worker.parent import Worker
from bench.worker.protocol import ListDevices

REMEDY = "python3 scripts/quickstart.py"
DEVICES_TIMEOUT_S = 60.0  # a GPU's driver is started for it


def examine() -> list[Ability]:
    """One line per ability: the engine's first, then one per device that it can compute on."""
    return [*_engine(), *survey()]


def device_ability(device: Device) -> Ability:
    """A device with its memory, as free as the driver calls it now; the CPU's memory is the machine's."""
    if device.total_bytes is None:
        memory = "" if device.kind == "CPU" else ", memory not told"
    elif device.free_bytes is None:
        memory = f", {device.total_bytes / GIB:.1f} GiB, how much is free is not told"
    else:
        memory = f", {device.free_bytes / GIB:.1f} of {device.total_bytes / GIB:.1f} GiB free"
    return Ability(f"device {device.name}", True, f"{device.description} ({device.kind}){memory}", None)


def _engine() -> list[Ability]:
    """Ask a real worker, since the parent never imports the engine."""
    try:
        with Worker.start() as worker:
            if worker.engine_error is not None:
                return [Ability("engine", False, worker.engine_error, REMEDY)]
            detail = f"llama.cpp's worker answers in {worker.round_trip_ns / 1e6:.2f} ms"
            devices = worker.call(ListDevices(), timeout_s=DEVICES_TIMEOUT_S).devices
            return [Ability("engine", True, detail, None), *map(device_ability, devices)]
    except BreakevenError as error:
        return [Ability("engine", False, error.what, error.remedy or REMEDY)]
