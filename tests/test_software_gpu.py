"""Set-up of the GPU in software: what it takes from what it downloads, and what it says when it cannot."""

import base64
import hashlib
import io
import os
import sys
import tarfile
from pathlib import Path

import pytest

from environment import software_gpu
from environment.children import Children
from environment.machine import SetupProblem

POSIX = pytest.mark.skipif(os.name == "nt", reason="stands in for programs with shell scripts")


def packed(path: Path, member: str, content: bytes) -> str:
    """Write npm's kind of archive with one file, and return its SHA-512 as npm writes it."""
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo(member)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    """Put shell scripts on the search path, in front of the real programs."""
    folder.mkdir()
    for name, script in scripts.items():
        program = folder / name.replace("_", "-")
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_the_backend_is_taken_out_of_the_pinned_archive_only(tmp_path):
    archive, target = tmp_path / "backend.tgz", tmp_path / "backend.so"
    sha512 = packed(archive, software_gpu.BACKEND_MEMBER, b"code")
    with pytest.raises(SetupProblem, match="not the pinned one"):
        software_gpu.unpack_backend(archive, target)
    assert not target.exists()
    software_gpu.unpack_backend(archive, target, sha512)
    assert target.read_bytes() == b"code"


@POSIX
def test_only_libraries_that_the_system_lacks_are_kept(tmp_path, monkeypatch):
    tree = tmp_path / "tree" / "usr" / "lib"
    tree.mkdir(parents=True)
    for name in (software_gpu.DRIVER, software_gpu.LOADER, "libneeded.so.1", "libc.so.6"):
        (tree / name).write_text(name)
    kept = tmp_path / "kept"
    ldd = (
        f'test -e {kept}/libneeded.so.1 || echo "\tlibneeded.so.1 => not found"; echo "\tlibc.so.6 => /lib/x"'
    )
    stand_in(tmp_path / "bin", monkeypatch, ldd=ldd)
    software_gpu.collect_libraries(tree.parent, kept)
    assert {path.name for path in kept.iterdir()} == {
        software_gpu.DRIVER,
        software_gpu.LOADER,
        "libneeded.so.1",
    }


@POSIX
def test_a_library_that_nothing_brings_is_named(tmp_path, monkeypatch):
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in (software_gpu.DRIVER, software_gpu.LOADER):
        (tree / name).touch()
    stand_in(tmp_path / "bin", monkeypatch, ldd='echo "\tlibgone.so.2 => not found"')
    with pytest.raises(SetupProblem, match=r"libgone\.so\.2"):
        software_gpu.collect_libraries(tree, tmp_path / "kept")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the platform is refused first")
def test_a_download_that_fails_is_the_reason_that_tests_give(tmp_path, monkeypatch):
    monkeypatch.setattr(software_gpu, "_refuse_other_platforms", lambda: None)
    stand_in(tmp_path / "bin", monkeypatch, npm="echo no network; exit 1")
    cache = tmp_path / "cache"
    with pytest.raises(SetupProblem, match="it was not prepared"):
        software_gpu.locate(cache)
    with pytest.raises(SetupProblem, match="fetching the Vulkan backend failed"):
        software_gpu.prepare_device(cache, Children(tmp_path / "logs"))
    with pytest.raises(SetupProblem, match="fetching the Vulkan backend failed") as told:
        software_gpu.locate(cache)
    assert "check the network" in told.value.remedy
    assert not software_gpu.is_prepared(cache)
    assert [path.name for path in (cache / "software-gpu").iterdir()] == ["problem.json"]


@pytest.mark.parametrize(
    ("managers", "remedy"),
    [(("apt-get",), "sudo apt-get install npm"), (("dnf",), "sudo dnf install npm"), ((), "install npm")],
)
def test_without_npm_one_command_is_told(tmp_path, managers, remedy):
    with pytest.raises(SetupProblem, match="npm is not installed") as told:
        software_gpu._get_backend(
            tmp_path, Children(tmp_path), lambda name: name if name in managers else None
        )
    assert told.value.remedy == remedy


@pytest.mark.parametrize(
    ("managers", "remedy"),
    [
        (("dnf",), "sudo dnf install mesa-vulkan-drivers vulkan-loader"),
        (("apt-get", "ldd"), "sudo apt-get install mesa-vulkan-drivers libvulkan1"),
    ],
)
def test_without_a_driver_or_the_means_to_get_it_one_command_is_told(tmp_path, managers, remedy):
    with pytest.raises(SetupProblem, match="no software Vulkan driver is installed") as told:
        software_gpu._get_driver(
            tmp_path, tmp_path, Children(tmp_path), lambda name: name if name in managers else None
        )
    assert told.value.remedy == remedy


@pytest.mark.parametrize(("system", "processor"), [("darwin", "arm64"), ("linux", "aarch64")])
def test_other_platforms_are_told_apart(system, processor):
    with pytest.raises(SetupProblem, match=f"this is {system} on {processor}"):
        software_gpu._refuse_other_platforms(system, processor)


def test_a_backend_that_the_engine_cannot_load_is_a_reason(tmp_path):
    device = software_gpu.SoftwareGpu(tmp_path)
    with pytest.raises(SetupProblem, match=r"does not load: .*libggml") as told:
        device.probe(Path(sys.executable), tmp_path)
    assert str(tmp_path) in told.value.remedy
