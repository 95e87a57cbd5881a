"""``breakeven doctor``: what this machine and installation can and cannot do."""

from dataclasses import asdict

Finding = dict[str, object]


def examine() -> list[Finding]:
    """One finding per ability: name, works (None: for information), detail, remedy."""
    from bench.meters.survey import survey

    return [*_engine(), *(asdict(ability) for ability in survey())]


def _engine() -> list[Finding]:
    """Ask a real worker, since the parent never imports the engine."""
    from bench.errors import BreakevenError
    from bench.worker.parent import Worker

    try:
        with Worker.start() as worker:
            return [
                {
                    "name": "engine",
                    "works": True,
                    "detail": f"llama.cpp worker answers in {worker.round_trip_ns / 1e6:.2f} ms",
                    "remedy": None,
                }
            ]
    except BreakevenError as error:
        return [
            {
                "name": "engine",
                "works": False,
                "detail": error.what,
                "remedy": error.remedy or "reinstall with python3 scripts/quickstart.py",
            }
        ]
