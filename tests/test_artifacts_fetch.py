"""The checks around every source: placing, verifying, what is remembered, and two processes at once."""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from file_server import FileServer, file_server
from hypothesis import given
from hypothesis import strategies as st

from bench.artifacts import cache_folder, cached, is_here, obtain, place, target_path, verify
from bench.artifacts.lock import only_here
from bench.artifacts.obtained import label
from bench.artifacts.sidecar import recall, sidecar_path
from bench.catalog.types import Artifact, HttpsSource, PypiSource, RequantizedSource
from bench.errors import ArtifactError

CONTENT = b"weights" * 100_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
MADE = Artifact("made", "made.gguf", RequantizedSource("base", "Q8_0"))

OBTAIN = """
import sys
from bench.artifacts import obtain
from bench.catalog.types import Artifact, HttpsSource

obtained = obtain(Artifact("model", "model.gguf", HttpsSource(sys.argv[1]), sys.argv[2] or None))
print(obtained.sha256)
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREAKEVEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server() as running:
        yield running


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def temporary(tmp_path: Path, content: bytes = CONTENT) -> Path:
    path = tmp_path / "temporary"
    path.write_bytes(content)
    return path


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# -- what is made here ----------------------------------------------------------------------------------


def test_a_file_made_here_is_placed_and_found_again(tmp_path: Path) -> None:
    assert cached(MADE) is None
    assert not is_here(MADE)
    with pytest.raises(ArtifactError, match="made from another model"):
        obtain(MADE)
    placed = place(MADE, temporary(tmp_path))
    assert placed.path == target_path(MADE) == tmp_path / "cache" / "made" / "made.gguf"
    assert (placed.sha256, placed.pinned_by, placed.source) == (DIGEST, "local-file", "requantized:base:Q8_0")
    assert cached(MADE) == obtain(MADE) == placed
    assert files(tmp_path) == {"made.gguf", "made.gguf.json"}


def test_a_file_made_again_may_differ(tmp_path: Path) -> None:
    place(MADE, temporary(tmp_path))
    assert place(MADE, temporary(tmp_path, b"another build")).size_bytes == 13


def test_a_wrong_file_is_not_placed(tmp_path: Path) -> None:
    wanted = Artifact("made", "made.gguf", MADE.source, "0" * 64)
    with pytest.raises(ArtifactError, match=DIGEST):
        place(wanted, temporary(tmp_path))
    assert files(tmp_path) == set()


# -- verify, and what is remembered -------------------------------------------------------------------------


def test_verify_finds_damage_that_size_and_time_hide(tmp_path: Path) -> None:
    placed = place(MADE, temporary(tmp_path))
    before = placed.path.stat()
    placed.path.write_bytes(CONTENT[:-1] + b"!")
    os.utime(placed.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert cached(MADE) == placed
    with pytest.raises(ArtifactError, match=DIGEST):
        verify(MADE)
    assert not placed.path.exists()
    with pytest.raises(ArtifactError, match="is not here") as caught:
        verify(MADE)
    assert caught.value.remedy == "breakeven models pull made"


def test_verify_confirms(tmp_path: Path) -> None:
    placed = place(MADE, temporary(tmp_path))
    assert verify(MADE) == placed


def test_a_cache_that_takes_no_note_still_serves_and_is_hashed_each_time() -> None:
    target_path(MADE).parent.mkdir(parents=True)
    target_path(MADE).write_bytes(CONTENT)  # by hand
    sidecar_path(target_path(MADE)).mkdir()  # in the way
    assert obtain(MADE).sha256 == verify(MADE).sha256 == DIGEST
    assert cached(MADE) is None


def test_a_wrong_file_that_cannot_be_removed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = place(MADE, temporary(tmp_path))
    placed.path.write_bytes(b"wrong")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(ArtifactError, match="wrong content") as caught:
        verify(MADE)
    assert str(placed.path) in (caught.value.remedy or "")


def test_what_may_not_be_fetched_says_what_to_do() -> None:
    with pytest.raises(ArtifactError, match="not allowed") as caught:
        obtain(Artifact("far", "far.gguf", HttpsSource("https://example.invalid/far")), offline=True)
    assert caught.value.remedy == "run without --offline"


def test_a_damaged_file_is_fetched_again(server: FileServer) -> None:
    wanted = Artifact("model", "model.gguf", HttpsSource(server.serve("/f", CONTENT)), DIGEST)
    obtained = obtain(wanted)
    obtained.path.write_bytes(b"truncated")
    assert cached(wanted) is None
    assert obtain(wanted).path.read_bytes() == CONTENT
    assert len(server.requests) == 2


def test_a_file_put_in_place_by_hand_is_adopted(server: FileServer) -> None:
    wanted = Artifact("model", "model.gguf", HttpsSource(f"{server.url}/f"), DIGEST)
    target_path(wanted).parent.mkdir(parents=True)
    target_path(wanted).write_bytes(CONTENT)
    assert obtain(wanted).sha256 == DIGEST
    assert server.requests == []


def test_a_catalog_that_asks_for_other_bytes_gets_them(server: FileServer) -> None:
    def wanted(content: bytes) -> Artifact:
        url = server.serve("/f", content)
        return Artifact("model", "model.gguf", HttpsSource(url), hashlib.sha256(content).hexdigest())

    obtain(wanted(CONTENT))
    newer = wanted(b"newer release")
    assert cached(newer) is None
    assert obtain(newer).size_bytes == 13


@given(
    st.one_of(
        st.binary(), st.text().map(str.encode), st.just(b"{}"), st.just(b"[1]"), st.just(b'{"sha256": 1}')
    )
)
def test_a_broken_sidecar_only_costs_a_hash(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("sidecar")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BREAKEVEN_CACHE", str(folder))
        (folder / "f.json").write_bytes(content)
        assert recall(folder / "f") is None


def test_a_sidecar_holds_what_a_reader_needs(tmp_path: Path) -> None:
    place(MADE, temporary(tmp_path))
    noted = json.loads((tmp_path / "cache" / "made" / "made.gguf.json").read_text())
    assert set(noted) == {"sha256", "size_bytes", "mtime_ns", "source", "pinned_by"}


def test_a_source_is_named_without_secrets() -> None:
    assert label(HttpsSource("https://user:word@host/f?token=1")) == "https://host/f"
    assert label(PypiSource((("a==1", "x"), ("b==1", "y"), ("a==1", "z")))) == "pypi:a==1+b==1"


def test_the_cache_is_where_the_platform_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("BREAKEVEN_CACHE")
    for variable in ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    assert cache_folder().is_relative_to(tmp_path / "home")
    assert cache_folder().name in ("breakeven", "Cache")


# -- several processes ---------------------------------------------------------------------------------------


def start(url: str, sha256: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", OBTAIN, url, sha256], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_two_processes_fetch_one_file_once(server: FileServer, tmp_path: Path) -> None:
    gate = threading.Event()
    url = server.serve("/f", CONTENT, gate=gate)
    both = [start(url, DIGEST), start(url, DIGEST)]
    wait_until(lambda: len(server.requests) >= 1)
    time.sleep(0.5)  # both are there by now: one in mid-fetch, one at its lock
    gate.set()
    for process in both:
        out, err = process.communicate(timeout=30)
        assert (out.strip(), err) == (DIGEST, "")
    assert len(server.requests) == 1
    assert files(tmp_path) == {"model.gguf", "model.gguf.json"}


def test_a_fetch_killed_in_the_middle_is_taken_over(server: FileServer, tmp_path: Path) -> None:
    url = server.serve("/f", CONTENT, etag='"v1"', gate=(gate := threading.Event()))
    part = tmp_path / "cache" / "model" / "model.gguf.part"
    first = start(url, DIGEST)
    wait_until(lambda: part.exists() and part.stat().st_size > 0)
    first.kill()
    first.communicate()
    gate.set()
    arrived = part.stat().st_size
    second = start(url, DIGEST)
    assert second.communicate(timeout=30) == (DIGEST + "\n", "")
    assert server.ranges() == [None, f"bytes={arrived}-"]
    assert files(tmp_path) == {"model.gguf", "model.gguf.json"}


def test_the_lock_is_exclusive_and_leaves_nothing(tmp_path: Path) -> None:
    order: list[str] = []
    waited = threading.Event()

    def second() -> None:
        with only_here(tmp_path / "f", while_waiting=waited.set):
            order.append("second")

    thread = threading.Thread(target=second)
    with only_here(tmp_path / "f", while_waiting=lambda: None):
        thread.start()
        assert waited.wait(10)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert list(tmp_path.iterdir()) == []
