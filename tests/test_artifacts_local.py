"""Files that are here already, under the layouts of the tools that brought them; always used in place."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from bench.artifacts import cached, is_here, locate, obtain, target_path, verify
from bench.catalog.types import Artifact, FileSource, HubSource
from bench.errors import ArtifactError

CONTENT = b"GGUF weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("OLLAMA_MODELS", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv("BREAKEVEN_CACHE", str(tmp_path / "cache"))
    return tmp_path


def put(path: Path, content: bytes = CONTENT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def found(name: str) -> Artifact:
    artifact = locate(name)
    assert artifact is not None
    return artifact


# -- by path ----------------------------------------------------------------------------------------


def test_a_path_is_used_in_place_and_hashed_once(tmp_path: Path) -> None:
    path = put(tmp_path / "models" / "Tiny-Q8_0.gguf")
    artifact = found(str(path))
    assert (artifact.name, target_path(artifact)) == ("Tiny-Q8_0", path)
    assert cached(artifact) is None
    obtained = obtain(artifact)
    assert obtained.path == path
    assert (obtained.sha256, obtained.pinned_by, obtained.source) == (DIGEST, "local-file", "file")
    assert cached(artifact) == obtained
    assert list(path.parent.iterdir()) == [path]


def test_a_changed_local_file_is_hashed_again(tmp_path: Path) -> None:
    path = put(tmp_path / "a.gguf")
    artifact = found(str(path))
    obtain(artifact)
    put(path, b"GGUF new")
    os.utime(path, ns=(1, 1))
    assert cached(artifact) is None
    assert obtain(artifact).sha256 == hashlib.sha256(b"GGUF new").hexdigest()
    put(path, b"GGUF old")
    os.utime(path, ns=(1, 1))
    with pytest.raises(ArtifactError, match="wrong content"):  # same size and time, other bytes: damage
        verify(artifact)
    assert path.exists()


def test_a_local_file_of_the_catalog_must_have_its_hash(tmp_path: Path) -> None:
    path = put(tmp_path / "a.gguf")
    assert obtain(Artifact("a", "a.gguf", FileSource(path), DIGEST)).pinned_by == "catalog"
    with pytest.raises(ArtifactError, match=DIGEST):
        obtain(Artifact("a", "a.gguf", FileSource(path), "0" * 64))
    assert path.exists()
    with pytest.raises(ArtifactError, match="no such file"):
        obtain(Artifact("a", "a.gguf", FileSource(tmp_path / "none.gguf")))


def test_an_unusable_cache_does_not_keep_local_files_from_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BREAKEVEN_CACHE", str(put(tmp_path / "in-the-way")))
    assert obtain(found(str(put(tmp_path / "a.gguf")))).sha256 == DIGEST


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that not even root may read")
def test_a_file_that_cannot_be_read_is_a_clear_error() -> None:
    with pytest.raises(ArtifactError, match="cannot be read"):
        obtain(Artifact("m", "mem", FileSource(Path("/proc/self/mem"))))


def test_words_that_mean_no_file(tmp_path: Path) -> None:
    assert locate("smollm2-135m-instruct-q4_1") is None
    assert locate(str(tmp_path)) is None
    with pytest.raises(ArtifactError, match="no such file"):
        locate(str(tmp_path / "missing.gguf"))


@pytest.mark.parametrize("word", ["{long}.gguf", "ollama:{long}", "~nobody-at-all/x.gguf"])
def test_a_name_that_no_file_can_have_is_a_clear_error(word: str) -> None:
    with pytest.raises(ArtifactError, match="no such"):
        locate(word.format(long="x" * 300))


def test_a_folder_that_may_not_be_entered_holds_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = put(tmp_path / "locked" / "a.gguf")
    stat = os.stat

    def refuse(path: object, *more: object, **options: object) -> os.stat_result:
        if "locked" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(ArtifactError, match="no such file"):
        locate(str(locked))
    assert not is_here(Artifact("a", "a.gguf", FileSource(locked)))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "locked"))
    assert not is_here(Artifact("hub", "a.gguf", HubSource("some/model", "a.gguf", "main")))


def test_one_part_of_a_split_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="split model"):
        locate(str(put(tmp_path / "big-00001-of-00003.gguf")))


# -- the hub's cache and LM Studio's folders ----------------------------------------------------------


def test_a_name_is_found_in_the_hubs_cache(tmp_path: Path) -> None:
    repo = tmp_path / ".cache" / "huggingface" / "hub" / "models--org--My-GGUF"
    path = put(repo / "snapshots" / "abc" / "my-q4.gguf")
    artifact = found("MY-Q4.gguf")
    assert obtain(artifact).path == path
    assert obtain(artifact).source == "hub:org/My-GGUF/my-q4.gguf"
    assert found("org/my-gguf/my-q4.gguf") == artifact


@pytest.mark.parametrize("folder", [".lmstudio/models", ".cache/lm-studio/models", "moved/models"])
def test_a_name_is_found_in_lm_studios_folders(tmp_path: Path, folder: str) -> None:
    (tmp_path / ".lmstudio-home-pointer").write_text(str(tmp_path / "moved") + "\n")
    path = put(tmp_path / folder / "pub" / "repo" / "model.gguf")
    obtained = obtain(found("model.gguf"))
    assert (obtained.path, obtained.source) == (path, "lmstudio:pub/repo/model.gguf")


def test_an_ambiguous_name_lists_the_choices(tmp_path: Path) -> None:
    for publisher in ("one", "two"):
        put(tmp_path / ".lmstudio/models" / publisher / "repo" / "model.gguf")
    with pytest.raises(ArtifactError, match=r"one/repo/model\.gguf, two/repo/model\.gguf"):
        locate("model.gguf")
    assert target_path(found("two/repo/model.gguf")).parts[-3] == "two"


# -- Ollama -------------------------------------------------------------------------------------------


def put_ollama(folder: Path, place: str, layers: list[dict[str, object]] | None = None) -> Path:
    blob = put(folder / "blobs" / f"sha256-{DIGEST}")
    if layers is None:
        layers = [
            {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:" + "0" * 64, "size": 1},
            {
                "mediaType": "application/vnd.ollama.image.model",
                "digest": f"sha256:{DIGEST}",
                "size": len(CONTENT),
            },
        ]
    put(folder / "manifests" / place, json.dumps({"schemaVersion": 2, "layers": layers}).encode())
    return blob


@pytest.mark.parametrize(
    ("name", "place", "called"),
    [
        ("llama3.2", "registry.ollama.ai/library/llama3.2/latest", "llama3.2-latest"),
        ("llama3.2:1b", "registry.ollama.ai/library/llama3.2/1b", "llama3.2-1b"),
        ("me/own:q4", "registry.ollama.ai/me/own/q4", "me-own-q4"),
        ("hf.co/org/repo:Q4_K_M", "hf.co/org/repo/Q4_K_M", "hf.co-org-repo-Q4_K_M"),
    ],
)
def test_ollamas_models_are_found_by_its_own_names(
    tmp_path: Path, name: str, place: str, called: str
) -> None:
    blob = put_ollama(tmp_path / ".ollama" / "models", place)
    artifact = found(f"ollama:{name}")
    assert (artifact.name, artifact.sha256, artifact.size_bytes) == (called, DIGEST, len(CONTENT))
    obtained = obtain(artifact)
    assert (obtained.path, obtained.pinned_by) == (blob, "local-file")
    assert obtained.source == f"ollama:{name}" if ":" in name else f"ollama:{name}:latest"


def test_ollamas_folder_can_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_ollama(tmp_path / "elsewhere", "registry.ollama.ai/library/m/latest")
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "elsewhere"))
    assert is_here(found("ollama:m"))


def test_an_unknown_ollama_model_gets_the_nearest(tmp_path: Path) -> None:
    put_ollama(tmp_path / ".ollama" / "models", "registry.ollama.ai/library/llama3.2/1b")
    with pytest.raises(ArtifactError, match=r"did you mean 'llama3\.2:1b'"):
        locate("ollama:lama3.2:1b")


@pytest.mark.parametrize(
    ("layers", "complaint"),
    [
        ([], "names no GGUF file"),
        (
            [{"mediaType": "application/vnd.ollama.image.model", "digest": "../../x", "size": 1}],
            "names no sha256",
        ),
        (
            [
                {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{DIGEST}", "size": 1},
                {"mediaType": "application/vnd.ollama.image.adapter", "digest": "sha256:1", "size": 1},
            ],
            "adapter",
        ),
        (
            [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:" + "0" * 64, "size": 1}],
            "weights are missing",
        ),
    ],
)
def test_ollama_models_that_cannot_be_used(
    tmp_path: Path, layers: list[dict[str, object]], complaint: str
) -> None:
    put_ollama(tmp_path / ".ollama" / "models", "registry.ollama.ai/library/m/latest", layers)
    with pytest.raises(ArtifactError, match=complaint):
        locate("ollama:m")


def test_a_damaged_ollama_blob_is_refused_and_left_alone(tmp_path: Path) -> None:
    blob = put_ollama(tmp_path / ".ollama" / "models", "registry.ollama.ai/library/m/latest")
    blob.write_bytes(b"damaged")
    with pytest.raises(ArtifactError, match=DIGEST):
        obtain(found("ollama:m"))
    assert blob.exists()
