"""``breakeven doctor``: what this machine and installation can and cannot do."""

from bench.errors import BreakevenError
from bench.meters.protocol import Ability
from bench.meters.survey import survey
from bench.worker.parent import Worker

REMEDY = "python3 scripts/quickstart.py"


def examine() -> list[Ability]:
    """One line per ability, the engine's first."""
    return [_engine(), *survey()]


def _engine() -> Ability:
    """Ask a real worker, since the parent never imports the engine."""
    try:
        with Worker.start() as worker:
            if worker.engine_error is not None:
                return Ability("engine", False, worker.engine_error, REMEDY)
            detail = f"llama.cpp's worker answers in {worker.round_trip_ns / 1e6:.2f} ms"
            return Ability("engine", True, detail, None)
    except BreakevenError as error:
        return Ability("engine", False, error.what, error.remedy or REMEDY)
