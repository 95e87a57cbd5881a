"""Where set-up finds and puts things."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "scripts" / "locks"
ENGINE_LOCK = LOCKS / "engine.lock"
TOOLS_LOCK = LOCKS / "engine-build.lock"
INCLUDED_CMAKE = ROOT / "scripts" / "environment" / "engine.cmake"
VENV = ROOT / ".venv"


def in_venv(program: str) -> Path:
    """The path of a program of the environment, such as ``python``."""
    return VENV / "Scripts" / f"{program}.exe" if os.name == "nt" else VENV / "bin" / program


def cache_folder() -> Path:
    """The product's own cache folder; its module needs the standard library only."""
    sys.path.insert(0, str(ROOT))
    try:
        from bench.artifacts import cache_folder as product_cache_folder
    finally:
        sys.path.remove(str(ROOT))
    return product_cache_folder()
