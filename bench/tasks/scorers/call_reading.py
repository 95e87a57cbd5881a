"""The function call that an output makes: JSON as it was asked for, or the same as Python source.

Read as a call, the first in the output, with prose, tags and code fences around it:

- a JSON object with the ``name`` (or ``function``) and the ``arguments`` (or ``parameters``), which may be an
  object or a string that holds one; also within the ``tool_calls`` of a chat request's answer;
- ``name(argument=value, …)`` on lines of its own; without argument names only where it is all that the output
  or a code fence holds. Its values are read as literals and never run; what is no literal stands for its own
  source text, as in the Berkeley Function Calling Leaderboard;
- an array of such calls: all of them.

JSON that goes on behind its end (``{…}, "required": []}``) is broken, and in the midst of other JSON a name
without arguments calls nothing.

A name that is null, empty, "null" or "none" says that no call is made. An object with a ``description`` is
the function's own schema repeated, not a call.
"""

import ast
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_MAX_STARTS = 100  # places tried as the beginning of a call, so that runaway output stays cheap
_MAX_SOURCE_CHARS = 10_000  # of Python source that is parsed
_NO_NAMES = ("", "null", "none")
_START = re.compile(r"[\[{]|^[ \t`']*(?=[^\W\d][\w.]*\()", re.MULTILINE)
_FENCE = re.compile(r"```\w*\s*$")
_ATTEMPT = re.compile(
    r"""["'](?:name|function)["']\s*:\s*["'][^"']+["']\s*,\s*["'](?:arguments|parameters)["']"""
)
_BRACKET, _GOES_ON = re.compile(r"[\[{]"), re.compile(r"\s*[,\]}]")
_JSON = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Call:
    """``arguments`` by name, those given without one by their position: 1, 2, …"""

    name: str
    arguments: Mapping[object, object]


def read_calls(output: str) -> list[Call] | None:
    """The first call, or array of calls; empty when the output says that none is made; None without these."""
    for start in _starts(output):
        if output[start] in "[{" and (found := _json_calls(output, start)):
            calls, end = found
            if not _BRACKET.search(output, 0, start):
                return None if calls and _GOES_ON.match(output, end) else calls
            if not calls or any(one.arguments for one in calls):
                return calls
        elif output[start] != "{" and (made := _python_calls(output, start)):
            return made
    return None


def attempts_call(output: str) -> bool:
    """Does the output begin to write a call, be it broken or cut?"""
    return _ATTEMPT.search(output) is not None


def _starts(output: str) -> Iterator[int]:
    for _, match in zip(range(_MAX_STARTS), _START.finditer(output), strict=False):
        yield match.start() if match.group() in ("[", "{") else match.end()


# -- JSON ----------------------------------------------------------------------------------------


def _json_calls(output: str, start: int) -> tuple[list[Call], int] | None:
    """With the offset of their end."""
    try:
        value, end = _JSON.raw_decode(output, start)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, list):
        calls = _json_call(value)
    else:
        calls = _joined([_json_call(one) for one in value]) if value else None
    return None if calls is None else (calls, end)


def _json_call(value: object) -> list[Call] | None:
    """One call, or none by its own words."""
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        value = value["function"]
    if not isinstance(value, dict) or "description" in value or not value.keys() & {"name", "function"}:
        return None
    name = value.get("name", value.get("function"))
    if name is None or (isinstance(name, str) and name.strip().casefold() in _NO_NAMES):
        return []
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        try:
            arguments = _JSON.decode(arguments)
        except (ValueError, RecursionError):
            return None
    if not isinstance(name, str) or not isinstance(arguments, dict):
        return None
    return [Call(name, arguments)]


def _joined(calls: list[list[Call] | None]) -> list[Call] | None:
    joined: list[Call] = []
    for one in calls:
        if one is None:
            return None
        joined += one
    return joined


# -- Python --------------------------------------------------------------------------------------


def _python_calls(output: str, start: int) -> list[Call] | None:
    block = output[start : start + _MAX_SOURCE_CHARS].split("```", 1)[0]
    calls, is_alone = _parsed(block), _is_begin(output[:start])
    if calls is None:
        calls, is_alone = _parsed(block.split("\n", 1)[0]), False
    # in running text, sqrt(16) is no call but half a calculation
    if calls is not None and not is_alone and any(not one.arguments or 1 in one.arguments for one in calls):
        return None
    return calls


def _is_begin(before: str) -> bool:
    """Of the output, or of a code fence?"""
    return not before.strip(" \t\r\n`'") or _FENCE.search(before[-20:]) is not None


def _parsed(source: str) -> list[Call] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the model's own escapes
            body = ast.parse(source.strip(" \t\r\n`';"), mode="eval").body
        nodes = body.elts if isinstance(body, ast.List) else [body]
        return [_python_call(node) for node in nodes] or None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _python_call(node: ast.expr) -> Call:
    if not isinstance(node, ast.Call):
        raise ValueError("no call")
    arguments: dict[object, object] = {n: _value(one) for n, one in enumerate(node.args, start=1)}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise ValueError("arguments are unpacked")
        arguments[keyword.arg] = _value(keyword.value)
    return Call(ast.unparse(node.func), arguments)


def _value(node: ast.expr) -> object:
    if isinstance(node, ast.List):
        return [_value(one) for one in node.elts]
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return ast.unparse(node)
