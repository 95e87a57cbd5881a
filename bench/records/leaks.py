"""What in a record could name a person, a host or a place, found by what such names look like.

``bench.records.privacy`` takes out what it knows of the machine at hand before a record is written; here
nothing is known, since the record may be anybody's. So a find may be harmless, and not every name is found.
"""

import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from bench.records.files import place
from bench.records.privacy import ABSOLUTE_PATH, MACHINE_WORDS

_HOME = re.compile(r"(?:/home/|/Users/|[A-Za-z]:\\Users\\)(?!<)[^\s/\\'\":]+", re.ASCII)
_MAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}", re.ASCII)
_HOST = re.compile(
    r"\b[\w-]+\.(?:local|localdomain|lan|home|internal|intranet|corp|fritz\.box|home\.arpa)\b", re.ASCII
)
_NETWORK_CARD = re.compile(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b")
_ADDRESS = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"
    r"|(?<![\w.:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w.:])"
)
_JSON_WORD = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')
_MAY_NAME = re.compile(r"[/\\@.:]|(?:\w\w-){5}")  # a first look, for speed
_LONGEST_KEPT = 400  # characters: a stranger's words may be long, and fill the memory
_LONGEST_SEARCHED = 100_000  # characters of one string: no word of a machine is longer


def find_leaks(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The place in the document and what is there, for each string that looks like such a name.

    A home folder is looked for everywhere, other patterns in words of the machine and the command line.
    """
    for path, text in _strings(content, ()):
        kinds = _kinds(text[:_LONGEST_SEARCHED], is_of_machine=not MACHINE_WORDS.isdisjoint(map(str, path)))
        yield from ((place(path), kind) for kind in kinds)


def may_leak(text: str) -> bool:
    """Could ``find_leaks`` find anything in the document of this JSON? Each of its words is looked at once.

    Far faster than going through a document of many samples, and never False where something would be found.
    """
    words = set(_JSON_WORD.findall(text))
    return any(_may_leak_known(word) if len(word) <= _LONGEST_KEPT else _may_leak(word) for word in words)


def _may_leak(word: str) -> bool:
    if not _MAY_NAME.search(word):
        return False
    read = str(json.loads(f'"{word}"')) if "\\" in word else word
    return any(True for _ in _kinds(read[:_LONGEST_SEARCHED], is_of_machine=True))


_may_leak_known = lru_cache(maxsize=1 << 13)(_may_leak)  # keys and most words are the same in all records


def _kinds(text: str, *, is_of_machine: bool) -> Iterator[str]:
    has_home = _HOME.search(text) is not None
    if has_home:
        yield "holds a home folder"
    if not is_of_machine:
        return
    if not has_home and ABSOLUTE_PATH.search(text):
        yield "holds an absolute path"
    if _MAIL.search(text):
        yield "holds an e-mail address"
    if _HOST.search(text):
        yield "holds what looks like the name of a host"
    if _NETWORK_CARD.search(text):
        yield "holds the address of a network card"
    if any(_is_someones(found[0]) for found in _ADDRESS.finditer(text)):
        yield "holds an IP address"


def _is_someones(word: str) -> bool:
    try:
        address = ipaddress.ip_address(word)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _strings(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every string that may hold such a name, keys included, with its path."""
    parts: Iterable[tuple[str | int, Any]] = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in parts:
        if isinstance(key, str) and _MAY_NAME.search(key):
            yield (*path, key), key
        if isinstance(value, str):
            if _MAY_NAME.search(value):
                yield (*path, key), value
        elif isinstance(value, dict | list):
            yield from _strings(value, (*path, key))
