"""Models that Ollama keeps on this machine: its manifests name the blob that holds the weights."""

import json
import os
import re
from pathlib import Path

from bench.artifacts.storage import is_file
from bench.catalog.types import Artifact, FileSource
from bench.errors import ArtifactError, nearest

REGISTRY, LIBRARY, TAG = "registry.ollama.ai", "library", "latest"
MODEL_LAYER = "application/vnd.ollama.image.model"
ADAPTER_LAYER = "application/vnd.ollama.image.adapter"
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


def find(name: str) -> Artifact:
    """The weights of ``[[HOST/]OWNER/]MODEL[:TAG]``, in place; ArtifactError where Ollama has none such."""
    *place, last = name.split("/")
    model, _, tag = last.partition(":")
    tag = tag or TAG
    match place:
        case []:
            host, owner = REGISTRY, LIBRARY
        case [owner]:
            host = REGISTRY
        case [host, *rest]:
            owner = "/".join(rest)
    wanted = "/".join([*place, f"{model}:{tag}"])
    known: list[str] = []
    for folder in _folders():
        manifests = folder / "manifests"
        path = manifests / host / owner / model / tag
        if is_file(path):
            return _weights(path, folder, wanted)
        known += [_shown(found.relative_to(manifests)) for found in manifests.glob("*/*/*/*")]
    raise ArtifactError(
        f"Ollama has no such model; {nearest(wanted, known)}",
        where=f"ollama:{name}",
        remedy=f"ollama pull {name}, or set OLLAMA_MODELS to the folder that Ollama uses",
    )


def _folders() -> list[Path]:
    chosen = os.environ.get("OLLAMA_MODELS")
    if chosen:
        return [Path(chosen).expanduser()]
    return [Path.home() / ".ollama" / "models", Path("/usr/share/ollama/.ollama/models")]


def _shown(manifest: Path) -> str:
    host, owner, model, tag = manifest.parts
    place = [] if (host, owner) == (REGISTRY, LIBRARY) else [owner] if host == REGISTRY else [host, owner]
    return "/".join([*place, f"{model}:{tag}"])


def _weights(manifest: Path, folder: Path, wanted: str) -> Artifact:
    where = f"ollama:{wanted}"
    try:
        layers = {layer["mediaType"]: layer for layer in json.loads(manifest.read_text("utf-8"))["layers"]}
        digest = _DIGEST.fullmatch(layers[MODEL_LAYER]["digest"])
        size_bytes = int(layers[MODEL_LAYER]["size"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ArtifactError(
            "its manifest names no GGUF file", where=where, remedy="pull it again"
        ) from problem
    if digest is None:
        raise ArtifactError("its manifest names no sha256", where=where, remedy="pull it again")
    if ADAPTER_LAYER in layers:
        raise ArtifactError("has an adapter beside its weights, which would be left out", where=where)
    blob = folder / "blobs" / f"sha256-{digest[1]}"
    if not is_file(blob):
        raise ArtifactError("its weights are missing", where=where, remedy=f"ollama pull {wanted}")
    name = re.sub(r"[/:]", "-", wanted)
    return Artifact(name, f"{name}.gguf", FileSource(blob, where), digest[1], size_bytes)
