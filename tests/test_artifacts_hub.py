"""The model hub: its variables, its refusals, its hashes, and what its own tools have brought already."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from file_server import FileServer, file_server

from bench.artifacts import cached, is_here, obtain, verify
from bench.catalog.types import Artifact, HubSource
from bench.errors import ArtifactError

CONTENT = b"weights" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
PATH = "/org/model/resolve/main/sub/f.gguf"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    for variable in ("HF_TOKEN", "HF_HUB_OFFLINE", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("BREAKEVEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("no_proxy", "*")
    with file_server() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url + "/")
        yield running


def artifact(sha256: str | None = DIGEST, revision: str = "main") -> Artifact:
    return Artifact("m", "f.gguf", HubSource("org/model", "sub/f.gguf", revision), sha256)


def put_in_hub_cache(folder: Path, content: bytes = CONTENT) -> Path:
    """The layout of the hub's own tools: a reference names the commit, the snapshot links to a blob."""
    repo = folder / "hf" / "hub" / "models--org--model"
    blob = repo / "blobs" / "b1"
    blob.parent.mkdir(parents=True)
    blob.write_bytes(content)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("c0ffee")
    path = repo / "snapshots" / "c0ffee" / "sub" / "f.gguf"
    path.parent.mkdir(parents=True)
    path.symlink_to(blob)
    return path


def test_a_file_comes_from_the_endpoint_with_the_token(
    hub: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub.serve("/org/model/resolve/refs%2Fpr%2F1/sub/f.gguf", CONTENT)
    obtained = obtain(artifact(revision="refs/pr/1"))
    assert obtained.sha256 == DIGEST
    assert obtained.source == "hub:org/model/sub/f.gguf@refs/pr/1"
    assert hub.requests[0][1]["Authorization"] == "Bearer hf_secret"


def test_a_gated_repository_says_what_to_do(hub: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.serve(PATH, status=401)
    with pytest.raises(ArtifactError, match="refuses access") as caught:
        obtain(artifact())
    assert caught.value.remedy is not None
    assert "set HF_TOKEN" in caught.value.remedy
    assert f"{hub.url}/org/model" in caught.value.remedy
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub.serve(PATH, status=403)
    with pytest.raises(ArtifactError) as caught:
        obtain(artifact())
    assert caught.value.remedy is not None
    assert "account of HF_TOKEN" in caught.value.remedy
    assert "hf_secret" not in str(caught.value)


def test_a_missing_file_names_the_revision(hub: FileServer) -> None:
    with pytest.raises(ArtifactError, match="no such file at revision 'main'"):
        obtain(artifact())
    assert len(hub.requests) == 1


def test_offline_is_obeyed(hub: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.serve(PATH, CONTENT)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ArtifactError, match="HF_HUB_OFFLINE"):
        obtain(artifact())
    assert hub.requests == []


def test_a_changed_file_is_refused_before_it_is_fetched(hub: FileServer) -> None:
    other = hashlib.sha256(b"other").hexdigest()
    hub.serve(PATH, status=302, headers={"Location": "/blob", "X-Linked-ETag": f'"{other}"'})
    hub.serve("/blob", b"o" * 3_000_000)
    with pytest.raises(ArtifactError, match="the hub now has other content") as caught:
        obtain(artifact())
    assert other in caught.value.what
    assert not is_here(artifact())


def test_a_promise_that_fits_is_followed(hub: FileServer) -> None:
    hub.serve(PATH, status=302, headers={"Location": "/blob", "X-Linked-ETag": f'"{DIGEST}"'})
    hub.serve("/blob", CONTENT)
    assert obtain(artifact()).sha256 == DIGEST


def test_what_the_hubs_own_tools_brought_is_used_in_place(hub: FileServer, tmp_path: Path) -> None:
    path = put_in_hub_cache(tmp_path)
    assert is_here(artifact())
    assert cached(artifact()) is None  # here, but not yet proven
    obtained = obtain(artifact())
    assert (obtained.path, obtained.sha256, obtained.pinned_by) == (path, DIGEST, "catalog")
    assert obtain(artifact(sha256=None)).pinned_by == "local-file"
    assert cached(artifact()) == obtained
    assert verify(artifact()) == obtained
    assert hub.requests == []
    assert not (tmp_path / "cache" / "m").exists()


def test_another_file_in_the_hubs_cache_is_passed_over(hub: FileServer, tmp_path: Path) -> None:
    path = put_in_hub_cache(tmp_path, b"another revision")
    hub.serve(PATH, CONTENT)
    assert obtain(artifact()).path == tmp_path / "cache" / "m" / "f.gguf"
    assert path.read_bytes() == b"another revision"
