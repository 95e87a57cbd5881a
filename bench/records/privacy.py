"""Records name no person, host or place: what could is reduced before a record is written.

The home folder is looked for everywhere. User and host name are looked for as whole words, in the fields
whose words come from the machine or the command line (``MACHINE_WORDS``): a name such as "max" in a
model's answer or in a model's own name is no leak, and must not be changed.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MACHINE_WORDS = frozenset(
    {
        "absent_because",
        "arguments",
        "container_limits",
        "cpu_model",
        "detail",
        "devices",
        "gpus",
        "last_words",
        "reason",
        "refused_because",
        "remedy",
        "source",
        "system_info",
        "what",
    }
)
FOLDERS_STRIPPED = frozenset(
    {"last_words", "what", "reason", "refused_because", "remedy"}
)  # where errors and logs speak
NAMES_NOBODY = frozenset(
    {
        "admin",
        "administrator",
        "build",
        "debian",
        "docker",
        "guest",
        "home",
        "jovyan",
        "linux",
        "localhost",
        "nobody",
        "root",
        "runner",
        "ubuntu",
        "user",
        "vagrant",
        "windows",
    }
)
METER_FLAG = "--meter"
SHORTEST_NAME = 3  # a shorter user or host name is met by chance; it is still found within the home folder

_NAMED = re.compile(r"^(?P<name>[^=/\\:]+)=(?P<value>.*)$", re.DOTALL)  # --option=value, task=file
_SCHEME = re.compile(r"^(?P<scheme>[a-z][a-z0-9+.-]+):(?!\\)", re.IGNORECASE)
_WEB = re.compile(r"^(?P<scheme>https?)://(?:[^/@]*@)?(?P<rest>[^?#]*)", re.IGNORECASE)
# An absolute path of at least two parts that does not continue a URL or a word; its last part is kept.
# What the kernel shows (/proc, /sys, /dev) is the same on every machine and stays.
ABSOLUTE_PATH = re.compile(
    r"(?<![\w:/\\.~<])(?!/(?:proc|sys|dev)/)(?:[A-Za-z]:\\|\\\\|~?/)"
    r"(?:[^\s/\\:'\"<>|]+[/\\])+(?=[^\s/\\'\"<>|])"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What would name the person or the machine; empty where it is not known."""

    home: str
    user: str
    host: str

    @classmethod
    def here(cls) -> "Identity":
        """The identity of this process's user on this machine."""
        import getpass
        import platform
        from pathlib import Path

        try:
            home = str(Path.home())
        except RuntimeError:
            home = ""
        try:
            user = getpass.getuser()
        except (OSError, KeyError, ImportError):  # a container's user without an entry
            user = ""
        return cls(home, user, platform.node())


def reduce_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    """Command-line words without folders: ``--models=/home/x/m.toml`` becomes ``--models=m.toml``.

    Words with a scheme (``hub:org/name``) stay; a web address loses user, password, query and fragment. Of a
    meter's address nothing is left, and of a feed the file's name: they tell of a home's network.
    """
    # The system hands over bytes that are no UTF-8 as lone surrogates, which no record can hold.
    words = [word.encode(errors="replace").decode() for word in arguments]
    return tuple(
        _reduce_meter(word) if before == METER_FLAG else _reduce_argument(word)
        for before, word in zip(["", *words], words, strict=False)
    )


def redact(document: Any, identity: Identity) -> Any:
    """The JSON ``document`` of a record with such names replaced, and folders cut from errors and logs."""

    def clean(text: str, path: tuple[str, ...]) -> str:
        for pattern, replacement in _patterns(identity, path):
            text = pattern.sub(replacement, text)
        return ABSOLUTE_PATH.sub("", text) if FOLDERS_STRIPPED.intersection(path) else text

    return _walk(document, (), clean)


def _reduce_meter(word: str) -> str:
    scheme, colon, place = word.partition(":")
    if not colon:
        return _reduce_argument(word)
    if scheme.lower() == "csv":
        return f"csv:{_last_part(place.partition('#')[0])}"
    return f"{scheme.lower()}://<meter>"


def _reduce_argument(word: str) -> str:
    if named := _NAMED.match(word):
        reduce = _reduce_meter if named["name"] == METER_FLAG else _reduce_argument
        return f"{named['name']}={reduce(named['value'])}"
    if web := _WEB.match(word):
        return f"{web['scheme']}://{web['rest']}"
    if _SCHEME.match(word) or ("/" not in word and "\\" not in word):
        return word
    return _last_part(word)


def _last_part(path: str) -> str:
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]


def _patterns(identity: Identity, path: tuple[str, ...]) -> list[tuple[re.Pattern[str], str]]:
    found = []
    # A home folder such as "/" or "/root" names nobody, and is part of many other paths.
    parts = re.split(r"[/\\]+", identity.home.rstrip("/\\"))
    if len(parts) >= 3:
        home = r"[/\\]+".join(re.escape(part) for part in parts)
        found.append((re.compile(home + r"(?!\w)", re.IGNORECASE), "~"))
    if MACHINE_WORDS.intersection(path):
        for name, replacement in ((identity.user, "<user>"), (identity.host, "<host>")):
            if len(name) >= SHORTEST_NAME and name.lower() not in NAMES_NOBODY:
                whole_word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
                found.append((whole_word, replacement))
    return found


def _walk(node: Any, path: tuple[str, ...], change: Callable[[str, tuple[str, ...]], str]) -> Any:
    if isinstance(node, str):
        return change(node, path)
    if isinstance(node, dict):
        return {change(key, path): _walk(value, (*path, key), change) for key, value in node.items()}
    if isinstance(node, list):
        return [_walk(value, (*path, str(index)), change) for index, value in enumerate(node)]
    return node
