"""Writes small GGUF files, sound or broken, for the tests of the header's reader."""

import struct

KINDS = {int: (4, "I"), float: (6, "f"), bool: (7, "?")}


def text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def value_of(value: object) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", 8) + text(value)
    if isinstance(value, list) and value and isinstance(value[0], str):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    if isinstance(value, list):
        return struct.pack(f"<IIQ{len(value)}I", 9, 4, len(value), *value)
    kind, code = KINDS[type(value)]
    return struct.pack("<I" + code, kind, value)


def tensor(name: str, shape: tuple[int, ...], kind: int, offset: int) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def gguf(
    metadata: dict[str, object],
    tensors: list[tuple[str, tuple[int, ...], int, int]] | None = None,
    *,
    version: int = 3,
    data_bytes: int = 0,
) -> bytes:
    """A file with these keys and tensors (name, shape, type, offset), and that much data after the header."""
    tensors = tensors or []
    header = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata))
    header += b"".join(text(key) + value_of(value) for key, value in metadata.items())
    header += b"".join(tensor(*one) for one in tensors)
    alignment = int(str(metadata.get("general.alignment", 32)))
    return header + b"\0" * (-len(header) % alignment) + b"\0" * data_bytes


SMALL = gguf(
    {
        "general.architecture": "llama",
        "general.file_type": 3,
        "llama.context_length": 8192,
        "llama.block_count": 30,
        "llama.embedding_length": 576,
        "llama.feed_forward_length": 1536,
        "llama.attention.head_count": 9,
        "llama.attention.head_count_kv": 3,
        "tokenizer.ggml.tokens": ["a", "b", "c"],
        "tokenizer.ggml.scores": [1] * 5000,
        "tokenizer.chat_template": "{{ messages }}",
    },
    [("a", (64, 10), 3, 0), ("b", (32,), 0, 416)],
    data_bytes=416 + 128,
)
