"""Downloads from a real server that cuts, ignores, redirects and refuses."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from file_server import FileServer, file_server

from bench.artifacts import https, obtain
from bench.artifacts.obtained import Progress
from bench.catalog.types import Artifact, HttpsSource
from bench.errors import ArtifactError

CONTENT = bytes(range(256)) * 4096  # 1 MiB
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREAKEVEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(https, "FIRST_PAUSE_S", 0.001)


def artifact(url: str, sha256: str | None = DIGEST, size_bytes: int | None = None) -> Artifact:
    return Artifact("model", "model.gguf", HttpsSource(url), sha256, size_bytes)


def leftovers(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()}


def counting(seen: list[tuple[int, int | None]]) -> Progress:
    return lambda done, total: seen.append((done, total))


def test_a_file_arrives_whole_with_progress_and_is_fetched_once(server: FileServer, tmp_path: Path) -> None:
    wanted = artifact(server.serve("/f.gguf", CONTENT))
    seen: list[tuple[int, int | None]] = []
    obtained = obtain(wanted, progress=counting(seen))
    assert obtained.path.read_bytes() == CONTENT
    assert (obtained.sha256, obtained.size_bytes, obtained.pinned_by) == (DIGEST, len(CONTENT), "catalog")
    assert obtained.source == f"{server.url}/f.gguf"
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert sorted(seen) == seen
    assert leftovers(tmp_path) == {"model.gguf", "model.gguf.json"}
    assert obtain(wanted) == obtained
    assert len(server.requests) == 1


def test_a_cut_connection_is_resumed_where_it_broke(server: FileServer) -> None:
    url = server.serve("/f", CONTENT, etag='"v1"', cut_after=[300_000, 400_000])
    assert obtain(artifact(url)).path.read_bytes() == CONTENT
    assert server.ranges() == [None, "bytes=300000-", "bytes=700000-"]
    assert server.requests[1][1]["If-Range"] == '"v1"'


def test_a_server_that_ignores_ranges_starts_again(server: FileServer) -> None:
    url = server.serve("/f", CONTENT, cut_after=[300_000], supports_ranges=False)
    assert obtain(artifact(url)).path.read_bytes() == CONTENT
    assert server.ranges() == [None, "bytes=300000-"]


def test_an_interrupted_fetch_leaves_a_part_that_the_next_one_uses(
    server: FileServer, tmp_path: Path
) -> None:
    url = server.serve("/f", CONTENT, etag='"v1"')

    def interrupt(done: int, total: int | None) -> None:  # noqa: ARG001 - a Progress
        if done > 300_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        obtain(artifact(url), progress=interrupt)
    part = tmp_path / "cache" / "model" / "model.gguf.part"
    arrived = part.stat().st_size
    assert 300_000 < arrived < len(CONTENT)
    assert leftovers(tmp_path) == {"model.gguf.part", "model.gguf.part.json"}
    assert obtain(artifact(url)).path.read_bytes() == CONTENT
    assert server.ranges() == [None, f"bytes={arrived}-"]
    assert leftovers(tmp_path) == {"model.gguf", "model.gguf.json"}


def test_a_part_of_a_file_that_has_changed_is_not_used(server: FileServer, tmp_path: Path) -> None:
    part = tmp_path / "cache" / "model" / "model.gguf.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"old" * 1000)
    url = server.serve("/f", CONTENT, etag='"v2"')
    Path(f"{part}.json").write_text(json.dumps({"url": url, "etag": '"v1"'}))
    assert obtain(artifact(url, sha256=None)).sha256 == DIGEST


def test_without_hash_and_etag_a_part_is_not_trusted(server: FileServer, tmp_path: Path) -> None:
    part = tmp_path / "cache" / "model" / "model.gguf.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"old" * 1000)
    assert obtain(artifact(server.serve("/f", CONTENT), sha256=None)).sha256 == DIGEST
    assert server.ranges() == [None]


def test_a_part_longer_than_the_file_is_thrown_away(server: FileServer, tmp_path: Path) -> None:
    part = tmp_path / "cache" / "model" / "model.gguf.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * (len(CONTENT) + 1))
    assert obtain(artifact(server.serve("/f", CONTENT))).sha256 == DIGEST


def test_a_part_that_is_all_there_is_not_fetched_again(server: FileServer, tmp_path: Path) -> None:
    part = tmp_path / "cache" / "model" / "model.gguf.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT)
    assert obtain(artifact(server.serve("/f", CONTENT))).sha256 == DIGEST
    assert server.ranges() == [f"bytes={len(CONTENT)}-"]


def test_a_wrong_hash_is_refused_with_both_and_nothing_is_left(server: FileServer, tmp_path: Path) -> None:
    url = server.serve("/f", CONTENT[:-1] + b"!")
    with pytest.raises(ArtifactError) as caught:
        obtain(artifact(url))
    assert DIGEST in caught.value.what
    assert hashlib.sha256(CONTENT[:-1] + b"!").hexdigest() in caught.value.what
    assert leftovers(tmp_path) == set()


def test_the_first_download_pins_and_a_later_change_is_an_error(server: FileServer, tmp_path: Path) -> None:
    wanted = artifact(server.serve("/f", CONTENT), sha256=None)
    obtained = obtain(wanted)
    assert (obtained.sha256, obtained.pinned_by) == (DIGEST, "first-download")
    assert obtain(wanted).pinned_by == "first-download"
    obtained.path.unlink()
    server.serve("/f", b"other bytes")
    with pytest.raises(ArtifactError, match=DIGEST) as caught:
        obtain(wanted)
    assert caught.value.remedy is not None
    assert "model.gguf.json" in caught.value.remedy
    assert leftovers(tmp_path) == {"model.gguf.json"}
    server.serve("/f", CONTENT)
    assert obtain(wanted).sha256 == DIGEST


def test_refusals_name_what_the_server_said(server: FileServer) -> None:
    with pytest.raises(ArtifactError, match="404"):
        obtain(artifact(f"{server.url}/nothing"))
    with pytest.raises(ArtifactError, match="403"):
        obtain(artifact(server.serve("/f", status=403)))
    assert len(server.requests) == 2


def test_passing_troubles_of_the_server_are_waited_out(server: FileServer) -> None:
    assert obtain(artifact(server.serve("/f", CONTENT, failures=[503, 429, 500]))).sha256 == DIGEST
    with pytest.raises(ArtifactError, match="answers 503"):
        obtain(artifact(server.serve("/g", CONTENT, failures=[503] * 9), sha256=None))


def test_no_server_is_a_clear_error_that_keeps_what_arrived(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="refused") as caught:
        obtain(artifact("http://127.0.0.1:9/f"))
    assert caught.value.remedy is not None
    assert "network" in caught.value.remedy
    with pytest.raises(ArtifactError, match="offline"):
        obtain(artifact("http://no-such-host.invalid/f"))
    with pytest.raises(ArtifactError, match="not allowed"):
        obtain(artifact(server.serve("/f", CONTENT)), offline=True)
    assert server.requests == []
    assert "model.gguf" not in leftovers(tmp_path)


def test_unknown_length_is_no_obstacle(server: FileServer) -> None:
    seen: list[tuple[int, int | None]] = []
    obtain(artifact(server.serve("/f", CONTENT, sends_length=False)), progress=counting(seen))
    assert seen[0] == (0, None)
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_redirections_are_followed_but_credentials_are_not_carried_away(server: FileServer) -> None:
    with file_server() as elsewhere:
        target = elsewhere.serve("/blob", CONTENT)
        server.serve("/same", status=307, headers={"Location": "/away"})
        server.serve("/away", status=302, headers={"Location": target})
        part = Path(os.environ["BREAKEVEN_CACHE"]) / "part"
        part.parent.mkdir(parents=True)
        https.download(
            f"{server.url}/same",
            part,
            counting([]),
            is_pinned=True,
            headers={"Authorization": "Bearer secret"},
        )
        assert part.read_bytes() == CONTENT
        assert [headers.get("Authorization") for _, headers in server.requests] == ["Bearer secret"] * 2
        assert "Authorization" not in elsewhere.requests[0][1]


def test_a_file_too_large_for_the_disk_is_refused_before_it_starts(server: FileServer) -> None:
    with pytest.raises(ArtifactError, match="not enough room") as caught:
        obtain(artifact(server.serve("/f", CONTENT), size_bytes=1 << 60))
    assert caught.value.remedy is not None
    assert "BREAKEVEN_CACHE" in caught.value.remedy
    assert server.requests == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_in_mid_fetch_leaves_no_part(server: FileServer, tmp_path: Path) -> None:
    part = tmp_path / "cache" / "model" / "model.gguf.part"
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with pytest.raises(ArtifactError, match="the disk is full"):
        obtain(artifact(server.serve("/f", CONTENT)))
    assert not part.is_symlink()


def test_a_cache_that_cannot_be_made_is_a_clear_error(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("BREAKEVEN_CACHE", str(tmp_path / "file"))
    with pytest.raises(ArtifactError, match="the cache cannot be used") as caught:
        obtain(artifact(server.serve("/f", CONTENT)))
    assert caught.value.remedy is not None


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder that not even root may write")
def test_a_read_only_cache_is_a_clear_error(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREAKEVEN_CACHE", "/sys/kernel/breakeven")
    with pytest.raises(ArtifactError, match="the cache cannot be written") as caught:
        obtain(artifact(server.serve("/f", CONTENT)))
    assert caught.value.remedy is not None
    assert "BREAKEVEN_CACHE" in caught.value.remedy
