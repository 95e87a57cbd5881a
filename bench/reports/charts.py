"""The page's charts without a browser: the same scripts, run by QuickJS; SVG text, and PNG by resvg."""

import functools
import json
import threading
from collections.abc import Mapping
from typing import Any, Literal

from bench.errors import EnvironmentProblem, RecordError
from bench.reports.page.render import WITHOUT_DOCUMENT, source

Theme = Literal["light", "dark"]
Spec = dict[str, Any]

LONGEST_S = 120  # of a drawing; hostile records may ask for more than anybody waits for
MOST_BYTES = 1 << 30
NEEDS_EXTRA = "pip install 'breakeven[charts]'"

# Packed data are only read by the page itself.
_SCRIPTS = tuple(name for name in WITHOUT_DOCUMENT if name != "wire.js")
_NO_FONT = "this machine has no font that a PNG could show its words in"


def chart_specs(data: Mapping[str, Any]) -> dict[str, Spec]:
    """Every chart of ``page_data``'s ``data`` that has something to draw, by its file name without ending."""
    return {one["name"]: one["spec"] for one in _call("allCharts", data)}


def render_svg(spec: Spec, *, width: int = 720, theme: Theme = "light") -> str:
    """``width`` in pixels; the height follows. Colours are written out, so any viewer shows them."""
    return str(_call("drawChart", spec, {"width": width, "theme": theme}))


def render_png(svg: str, *, scale: float = 2.0) -> bytes:
    """``scale`` pixels for each of the SVG; EnvironmentProblem where there is no font for its words."""
    if not _has_font():
        raise EnvironmentProblem(
            _NO_FONT,
            remedy="install one, such as Debian's fonts-dejavu-core, or write SVG alone, without --png",
        )
    return _rasterised(svg, scale)


def _call(function: str, *arguments: Any) -> Any:
    """What a function of the scripts returns for JSON-able arguments."""
    interpreter = _interpreter(threading.get_ident())
    interpreter.set("given", json.dumps(arguments, allow_nan=False))
    try:
        return json.loads(interpreter.eval(f"JSON.stringify({function}(...JSON.parse(given)))"))
    except Exception as error:
        _interpreter.cache_clear()
        if "InternalError" not in str(error):  # not one of the limits: a fault of ours
            raise
        raise RecordError(
            f"drawing takes more than {LONGEST_S} s or {MOST_BYTES >> 20} MiB", remedy="give fewer records"
        ) from error


@functools.lru_cache(maxsize=1)
def _interpreter(_thread: int) -> Any:
    """QuickJS with the scripts loaded: they keep no state, but only one thread may use an interpreter."""
    try:
        import quickjs
    except ModuleNotFoundError as error:
        raise EnvironmentProblem("charts need QuickJS, which is not installed", remedy=NEEDS_EXTRA) from error
    context = quickjs.Context()
    context.set_memory_limit(MOST_BYTES)
    context.set_time_limit(LONGEST_S)
    context.eval("\n".join(source(name) for name in _SCRIPTS))
    return context


@functools.cache
def _has_font() -> bool:
    """Does a word leave any trace? resvg leaves out, without a sign, what it has no font for."""
    size = 'xmlns="http://www.w3.org/2000/svg" width="40" height="20"'
    family = source("chart.js").partition('const chartFont = "')[2].partition('"')[0]
    shown = _rasterised(f'<svg {size}><text y="15" font-family="{family}">Ag</text></svg>', 1.0)
    return shown != _rasterised(f"<svg {size}></svg>", 1.0)


def _rasterised(svg: str, scale: float) -> bytes:
    try:
        import resvg_py
    except ModuleNotFoundError as error:
        raise EnvironmentProblem("PNG needs resvg, which is not installed", remedy=NEEDS_EXTRA) from error
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=scale))
