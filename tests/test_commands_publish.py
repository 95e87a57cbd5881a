"""Publishing: what may be said of whom, the card, the layout that ``datasets`` loads, and the hub."""

import hashlib
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from bench.artifacts import hub_upload
from bench.commands.publish import Published, publish
from bench.errors import ArtifactError, InputError, RecordError
from bench.records.content_hash import content_sha256
from bench.records.dataset_folder import MARKER, read_marker
from bench.records.privacy import Identity
from bench.records.store import write_record
from bench.records.types import Record
from bench.reports.dataset.tables import TABLES
from tests.factories import AT, make_items, make_record, make_task, make_tool
from tests.hub_double import TOKEN, Hub, running_hub

# The library warns of itself while it uploads.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

NOBODY = Identity("", "", "")


def answered(task: str) -> tuple:
    said = {"output": f"an answer to {task}", "answer": "42"}
    return tuple(item.model_copy(update=said) for item in make_items(task, 2, 1))


def plain_record(name: str = "a", **changes: object) -> Record:
    tasks = ("gsm8k", "gpqa", "my own")
    fields = {
        "tasks": tuple(make_task(task, answered(task)) for task in tasks),
        "latency": (),
        "speed": (),
        "assessment": None,
    }
    return make_record(name, **{**fields, **changes})


def told_by_hand(paths: list[Path], to: str, **changes: object) -> Published:
    fields = {
        "licence": "cc-by-4.0",
        "keeps_outputs": True,
        "is_private": False,
        "watch": lambda _: None,
        "identity": NOBODY,
        "now": AT + timedelta(days=1),
    }
    return publish(paths, to, **{**fields, **changes})


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    for name in ("a", "b"):
        write_record(plain_record(name), folder, identity=NOBODY)
    return folder


@pytest.fixture(scope="module")
def published(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "data"
    told_by_hand([results], str(folder))
    return folder


def table(folder: Path, name: str, columns: str) -> list[tuple]:
    return duckdb.sql(f"SELECT {columns} FROM '{folder}/{name}/*/*.parquet' ORDER BY ALL").fetchall()


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of a process there")
def test_a_full_temporary_disk_says_how_another_is_named(results: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    try:
        with pytest.raises(RecordError, match="no space is left here") as caught:
            told_by_hand([results], "hub:org/name")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.remedy == "free some space, or name a folder with more space in TMPDIR"


def test_outputs_of_gated_sets_and_of_own_tasks_stay_at_home(published: Path) -> None:
    kept = set(table(published, "items", "task, output, answer"))
    assert kept == {("gsm8k", "an answer to gsm8k", "42"), ("gpqa", None, None), ("my own", None, None)}
    for document, stated in table(
        published, "documents", "document, json_extract_string(document, 'content_sha256')"
    ):
        assert "an answer to gpqa" not in document
        assert stated == content_sha256(json.loads(document))
    assert "`gpqa`, `my own`" in (published / "README.md").read_text(encoding="utf-8")


def test_outputs_can_stay_at_home_altogether(results: Path, tmp_path: Path) -> None:
    done = told_by_hand([results], str(tmp_path / "d"), keeps_outputs=False)
    assert done.dropped == ("gpqa", "gsm8k", "my own")
    assert set(table(tmp_path / "d", "items", "output, answer")) == {(None, None)}


def test_a_record_with_a_problem_is_left_out_by_name_and_the_rest_published(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    write_record(plain_record("good"), folder, identity=NOBODY)
    synthetic = write_record(
        plain_record("s", tool=make_tool(version="0.1.0+synthetic")), folder, identity=NOBODY
    )
    leaking = make_tool(arguments=("run", "/home/somebody/model.gguf"))
    leaks = write_record(plain_record("l", tool=leaking), folder, identity=NOBODY)
    changed = write_record(plain_record("c"), folder, identity=NOBODY)
    changed.write_text(changed.read_text().replace("Example CPU 9000", "Example CPU 9001"))
    future = write_record(plain_record("f", created_utc=AT + timedelta(days=400)), folder, identity=NOBODY)
    mine = write_record(plain_record("m", tool=make_tool(arguments=("zaphod",))), folder, identity=NOBODY)
    (folder / "broken.json").write_text("{")

    done = told_by_hand([folder], str(tmp_path / "d"), identity=Identity("", "zaphod", ""))

    told = {Path(error.where or "").name: error.what for error in done.conversion.left_out}
    assert set(told) == {path.name for path in (synthetic, leaks, changed, future, mine)} | {"broken.json"}
    assert "synthetic" in told[synthetic.name]
    assert "home folder" in told[leaks.name]
    assert "names this user" in told[mine.name]
    assert read_marker(tmp_path / "d")["n_records"] == 1
    assert "did not pass the checks: 6" in (tmp_path / "d" / "README.md").read_text(encoding="utf-8")
    assert "/home/" not in "".join(path.read_text("latin-1") for path in _files(tmp_path / "d"))


def test_where_nothing_is_left_to_publish_the_first_reason_is_told(tmp_path: Path) -> None:
    for name in "ab":
        tool = make_tool(version="0.1.0+synthetic")
        write_record(plain_record(name, tool=tool), tmp_path / "r", identity=NOBODY)
    with pytest.raises(RecordError, match=r"; the first of 2: .*\.json: is synthetic"):
        told_by_hand([tmp_path / "r"], str(tmp_path / "d"))
    assert not (tmp_path / "d").exists()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.data
def test_datasets_loads_every_table(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    marker = read_marker(published)["tables"]
    for name in ("records", "items", "memory"):
        loaded = datasets.load_dataset(str(published), name, split="train", cache_dir=str(tmp_path))
        assert loaded.num_rows == marker[name]
        assert loaded.column_names == [column.name for column in TABLES[name].columns]
    assert loaded[0]["month"] == "2026-11"
    file = str(published / "records" / "*" / "*.parquet")
    alone = datasets.load_dataset("parquet", data_files=file, split="train", cache_dir=str(tmp_path))
    assert sorted(alone["model"]) == ["a", "b"]


def test_a_licence_is_one_word() -> None:
    with pytest.raises(InputError, match="no name of a licence"):
        told_by_hand([], "d", licence="mit\nconfigs: []")


# -- the hub -------------------------------------------------------------------------------------


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        monkeypatch.setattr(_http.time, "sleep", lambda _: None)  # between tries
        yield hub


def test_the_hub_receives_the_data_set_in_one_commit(hub: Hub, results: Path, published: Path) -> None:
    done = told_by_hand([results], "hub:org/name", is_private=True)
    assert done.where == f"{hub.address}/datasets/org/name"
    assert len(hub.commits) == 1
    assert hub.is_private
    assert hub.files is not None
    there = {name: hashlib.sha256(content).hexdigest() for name, content in hub.files.items()}
    here = {
        path.relative_to(published).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in _files(published)
    }
    assert there == here | {".gitattributes": hashlib.sha256(b"").hexdigest()}


def test_publishing_again_removes_what_is_gone(hub: Hub, published: Path) -> None:
    hub.files = {MARKER: b"{}", "speed/month=2020-01/part-00000-0.parquet": b"old"}
    hub_upload.upload(published, "org/name", marker=MARKER, message="m", is_private=False)
    assert len(hub.files) > 3
    assert not [name for name in hub.files if "2020-01" in name]


def test_somebodys_other_work_is_not_touched(hub: Hub, published: Path) -> None:
    hub.files = {"train.csv": b"mine"}
    with pytest.raises(ArtifactError, match="files that breakeven did not publish: nothing was published"):
        hub_upload.upload(published, "org/name", marker=MARKER, message="m", is_private=False)
    assert hub.files == {"train.csv": b"mine"}


@pytest.mark.parametrize(
    ("where", "status", "told"),
    [
        ("/api/repos/create", 401, "no valid token"),
        ("/api/repos/create", 403, "does not let this account write for 'org'"),
        ("/api/repos/create", 404, "knows no 'org'"),
        ("/api/repos/create", None, "cannot be reached"),
        ("/preupload/", 403, "does not let"),
        ("/store/", 413, "no files this large"),
        ("/store/", None, "cannot be reached"),
        ("/commit/", 409, "another change"),
        ("/commit/", 412, "changed meanwhile"),
        ("/commit/", 413, "no files this large"),
        ("/commit/", 500, "answers 500"),
        ("/commit/", None, "cannot be reached"),
    ],
)
def test_a_failure_publishes_nothing_and_says_why(
    hub: Hub, published: Path, where: str, status: int | None, told: str
) -> None:
    hub.fail[where] = status
    with pytest.raises(ArtifactError, match=told) as error:
        hub_upload.upload(published, "org/name", marker=MARKER, message="m", is_private=False)
    assert "nothing was published" in error.value.what
    assert error.value.remedy
    assert TOKEN not in str(error.value)
    assert "\x1b" not in str(error.value)
    assert not hub.commits


def test_a_name_that_is_none_is_refused_before_anything(hub: Hub) -> None:
    for name in ("name", "a/b/c", "org/", "org/na me", "../x/y"):
        with pytest.raises(InputError, match="names no data set"):
            told_by_hand([Path("nowhere")], f"hub:{name}")
    assert hub.asked == []


def test_the_command_ends_with_2_when_something_was_left_out(tmp_path: Path) -> None:
    from bench.cli.publish import publish as command

    write_record(plain_record("good"), tmp_path / "r", identity=NOBODY)
    words = [str(tmp_path / "r"), "--to", str(tmp_path / "d")]
    done = CliRunner().invoke(command, words)
    assert (done.exit_code, "1 records" in done.output) == (0, True)
    (tmp_path / "r" / "broken.json").write_text("{")
    done = CliRunner().invoke(command, words)
    assert done.exit_code == 2
    assert "broken.json" in done.output
