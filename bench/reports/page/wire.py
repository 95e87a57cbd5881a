"""A JSON document in few bytes, still JSON: what occurs twice is written once, keys once for each shape.

``wire.js`` undoes it. On the wire a list that begins with "#k" is an object of shape k (missing values at
its end are null), "~i" is the i-th shared value, and a text that begins with one of "#~=" has "=" before it.
"""

from typing import Any

_MARKS = ("#", "~", "=")
_LONGEST_REFERENCE = 6  # characters of one that stands for a value


def pack(document: Any) -> dict[str, Any]:
    """Equal documents give equal results; object keys keep their order."""
    return _Packer().pack(document)


class _Packer:
    def __init__(self) -> None:
        self._shapes: dict[tuple[str, ...], int] = {}
        self._places: dict[Any, int] = {}  # of a value among the distinct ones
        self._nodes: list[Any] = []
        self._uses: list[int] = []
        self._shared: list[Any] = []
        self._written: dict[int, Any] = {}

    def pack(self, document: Any) -> dict[str, Any]:
        root = self._write(self._place(document))
        return {"shapes": [list(keys) for keys in self._shapes], "shared": self._shared, "root": root}

    def _place(self, value: Any) -> int:
        node: Any
        if isinstance(value, dict):
            shape = self._shapes.setdefault(tuple(value), len(self._shapes))
            node = (f"#{shape}", *(self._place(part) for part in value.values()))
        elif isinstance(value, list | tuple):
            node = (None, *(self._place(part) for part in value))
        elif isinstance(value, str):
            node = f"={value}" if value.startswith(_MARKS) else value
        else:
            node = (type(value).__name__, repr(value)), value  # 1, 1.0 and true are not the same
        key = node[0] if self._is_plain(node) else node
        if key not in self._places:
            self._places[key] = len(self._nodes)
            self._nodes.append(node)
            self._uses.append(0)
            for part in self._parts(node):
                self._uses[part] += 1
        return self._places[key]

    @staticmethod
    def _is_plain(node: Any) -> bool:
        return isinstance(node, tuple) and isinstance(node[0], tuple)

    def _parts(self, node: Any) -> tuple[int, ...]:
        return () if isinstance(node, str) or self._is_plain(node) else node[1:]

    def _write(self, place: int) -> Any:
        if place in self._written:
            return self._written[place]
        node = self._nodes[place]
        if self._is_plain(node):
            written = node[1]
        elif isinstance(node, str):
            written = node
        else:
            parts = [self._write(part) for part in node[1:]]
            if node[0] is not None:
                while parts and parts[-1] is None:
                    parts.pop()
                parts = [node[0], *parts]
            written = parts
        if self._uses[place] > 1 and _is_worth_sharing(written):
            self._shared.append(written)
            written = f"~{len(self._shared) - 1}"
        self._written[place] = written
        return written


def _is_worth_sharing(written: Any) -> bool:
    return len(written) > 2 if isinstance(written, list) else len(str(written)) > _LONGEST_REFERENCE
