"""The page as one file: markup, style, scripts and data, with a policy that lets nothing else run or load."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from bench.reports.page.unscripted import verdict_list
from bench.reports.page.wire import pack

# In the order in which they need each other; the first know no document, and run in QuickJS, too.
WITHOUT_DOCUMENT = (
    "numbers.js",
    "wire.js",
    "wording.js",
    "draws.js",
    "terms.js",
    "sides.js",
    "gates.js",
    "break_even.js",
    "economics.js",
    "scales.js",
    "chart.js",
    "chart_rows.js",
    "chart_plane.js",
    "chart_shapes.js",
    "charts.js",
    "answer_charts.js",
    "front_charts.js",
    "machine_charts.js",
    "comparison_charts.js",
    "verdicts.js",
    "tables.js",
)
SCRIPTS = (*WITHOUT_DOCUMENT, "chosen.js", "cards.js", "assumptions.js", "evidence.js", "page.js")
_UNSAFE_IN_SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def render(data: Mapping[str, Any]) -> str:
    """The whole document, deterministic. ``data`` is ``page_data``'s; ValueError where it is not finite."""
    style = source("page.css")
    script = "\n".join(source(name) for name in SCRIPTS)
    parts = {
        "policy": policy(script, style),
        "style": style,
        "verdicts": verdict_list(data),
        "data": embedded(data),
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], source("page.html"))


def embedded(data: Mapping[str, Any]) -> str:
    """JSON that no text from outside can end: nothing in it reads as markup."""
    text = json.dumps(pack(data), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_UNSAFE_IN_SCRIPT)


def policy(script: str, style: str) -> str:
    """Only this script and this style run; nothing is fetched, sent or framed."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def source(name: str) -> str:
    """A part of the page as it lies in this package."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
