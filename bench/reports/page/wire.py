"""A JSON document in few bytes, still JSON: what occurs twice is written once, keys once for each shape.

``wire.js`` undoes it. On the wire a list that begins with "#k" is an object of shape k (missing values at
its end are null), "~i" is the i-th shared value, and a text that begins with one of "#~=" has "=" before it.
"""

from typing import Any

_MARKS = ("#", "~", "=")
_LONGEST_REFERENCE = 8  # characters of one that stands for a value


def pack(document: Any) -> dict[str, Any]:
    """Equal documents give equal results; of an object, keys without a value come last."""
    return _Packer().pack(document)


class _Packer:
    def __init__(self) -> None:
        self._shapes: dict[tuple[str, ...], int] = {}
        self._places: dict[Any, int] = {}  # of a value among the distinct ones
        self._nodes: list[Any] = []
        self._uses: list[int] = []
        self._shared: list[Any] = []
        self._written: dict[int, tuple[Any, int]] = {}  # of a place, and about how many characters it takes

    def pack(self, document: Any) -> dict[str, Any]:
        root, _ = self._write(self._place(document))
        return {"shapes": [list(keys) for keys in self._shapes], "shared": self._shared, "root": root}

    def _place(self, value: Any) -> int:
        node: Any
        if isinstance(value, dict):
            told = sorted(value.items(), key=lambda pair: pair[1] is None)
            shape = self._shapes.setdefault(tuple(key for key, _ in told), len(self._shapes))
            node = (f"#{shape}", *(self._place(part) for _, part in told))
        elif isinstance(value, list | tuple):
            node = (None, *(self._place(part) for part in value))
        elif isinstance(value, str):
            node = f"={value}" if value.startswith(_MARKS) else value
        else:
            node = (type(value), value), value  # 1, 1.0 and true are not the same
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

    def _write(self, place: int) -> tuple[Any, int]:
        if place in self._written:
            return self._written[place]
        node = self._nodes[place]
        written: Any
        if self._is_plain(node):
            written, length = node[1], len(repr(node[1]))
        elif isinstance(node, str):
            written, length = node, len(node) + 2
        else:
            parts = [self._write(part) for part in node[1:]]
            while node[0] is not None and parts and parts[-1][0] is None:
                parts.pop()
            written = (
                [part for part, _ in parts] if node[0] is None else [node[0], *(part for part, _ in parts)]
            )
            length = 6 + sum(length + 1 for _, length in parts)
        if self._uses[place] > 1 and length > _LONGEST_REFERENCE:
            self._shared.append(written)
            written = f"~{len(self._shared) - 1}"
            length = len(written) + 2
        self._written[place] = written, length
        return written, length
