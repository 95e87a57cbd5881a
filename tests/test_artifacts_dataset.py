"""Sets of the hub through a stand-in for its libraries; ``test_hub_model`` goes through the real ones."""

import json
import sys
import types
from pathlib import Path

import pytest

from bench.artifacts import dataset, obtain
from bench.artifacts.dataset_child import Failure, export
from bench.catalog.types import Artifact, DatasetSource
from bench.errors import ArtifactError

ROWS = [
    {"question": "one?", "answer": 1, "image": ""},
    {"question": "zwei – 二?", "answer": 2, "image": None},
    {"question": "three?", "answer": 3, "image": "data:image/png"},
]
COMMIT = "ab" * 20


class Table:
    """What the library gives: rows whose columns can be chosen."""

    _fingerprint = "f00d"

    def __init__(self, rows: list[dict[str, object]]) -> None:
        self.rows = rows
        self.column_names = list(rows[0])

    def select_columns(self, columns: list[str]) -> list[dict[str, object]]:
        return [{column: row[column] for column in columns} for row in self.rows]


class Libraries:
    """Stands in for ``datasets`` and ``huggingface_hub``; remembers how they were called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[tuple[object, ...], dict[str, object]]] = []
        self.rows: list[dict[str, object]] = list(ROWS)
        self.load_problem: Exception | None = None
        self.ask_problem: Exception | None = None
        hub = types.ModuleType("huggingface_hub")
        names = ("GatedRepoError", "RevisionNotFoundError", "RepositoryNotFoundError")
        self.errors = types.SimpleNamespace(**{name: type(name, (Exception,), {}) for name in names})
        self.constants = types.SimpleNamespace(HF_HUB_OFFLINE=False)
        hub.HfApi = lambda: types.SimpleNamespace(repo_info=self._repo_info)  # type: ignore[attr-defined]  # a made-up module
        hub.errors, hub.constants = self.errors, self.constants  # type: ignore[attr-defined]  # a made-up module
        library = types.ModuleType("datasets")
        library.__version__ = "5.0"  # type: ignore[attr-defined]  # a made-up module
        self.not_found = type("DatasetNotFoundError", (FileNotFoundError,), {})
        library.exceptions = types.SimpleNamespace(  # type: ignore[attr-defined]  # a made-up module
            DatasetNotFoundError=self.not_found
        )
        library.load_dataset = self._load  # type: ignore[attr-defined]  # a made-up module
        monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
        monkeypatch.setitem(sys.modules, "datasets", library)
        monkeypatch.setenv("HF_HUB_OFFLINE", "")

    def _repo_info(self, *_: object, **__: object) -> object:
        if self.ask_problem is not None:
            raise self.ask_problem
        return types.SimpleNamespace(sha=COMMIT)

    def _load(self, *words: object, **named: object) -> Table:
        self.calls.append((words, named))
        if self.load_problem is not None:
            raise self.load_problem
        return Table(self.rows)


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> Libraries:
    return Libraries(monkeypatch)


def request(**changes: object) -> dict[str, object]:
    wanted: dict[str, object] = {
        "repo": "made/up",
        "config": "main",
        "split": "test",
        "columns": ["question", "answer"],
        "revision": None,
        "folder": None,
        "without": None,
    }
    return wanted | changes


# -- the process that loads ----------------------------------------------------------------------


def test_only_the_columns_are_written_after_a_line_that_says_what_they_are(
    tmp_path: Path, libraries: Libraries
) -> None:
    export(request(without="image"), tmp_path / "part")
    head, *rows = (tmp_path / "part").read_text("utf-8").splitlines()
    assert [json.loads(row) for row in rows] == [
        {"question": "one?", "answer": 1},
        {"question": "zwei – 二?", "answer": 2},
    ]
    told = json.loads(head)
    assert (told["dataset"], told["revision"], told["n_rows"]) == ("made/up", COMMIT, 2)
    assert (told["library"], told["fingerprint"], told["is_local"]) == ("datasets 5.0", "f00d", False)
    assert libraries.calls == [(("made/up", "main"), {"split": "test", "revision": COMMIT})]
    assert [path.name for path in tmp_path.iterdir()] == ["part"]


def test_a_hub_that_is_silent_is_asked_once_and_then_left_alone(tmp_path: Path, libraries: Libraries) -> None:
    libraries.ask_problem = OSError("no route")
    export(request(revision="abc"), tmp_path / "part")
    assert libraries.constants.HF_HUB_OFFLINE is True
    assert libraries.calls[0][1]["revision"] == "abc"


def test_a_folder_needs_no_hub(tmp_path: Path, libraries: Libraries) -> None:
    libraries.ask_problem = AssertionError("the hub was asked")
    export(request(folder="/made/up"), tmp_path / "part")
    (words, named) = libraries.calls[0]
    assert words == ("/made/up", "main")
    assert "revision" not in named
    assert json.loads((tmp_path / "part").read_text("utf-8").splitlines()[0])["is_local"]


def failed(folder: Path) -> str:
    """The kind of the failure."""
    with pytest.raises(Failure) as caught:
        export(request(), folder / "part")
    return caught.value.kind


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (ValueError("Unknown split \"test\". Should be one of ['train']."), "no split"),
        (ValueError("BuilderConfig 'main' not found. Available: ['x']"), "no config"),
        (ConnectionError("Couldn't reach 'made/up' on the Hub"), "unreachable"),
        (RuntimeError("Dataset scripts are no longer supported, but found up.py"), "other"),
    ],
)
def test_what_the_library_raises_is_told_apart(
    tmp_path: Path, libraries: Libraries, problem: Exception, kind: str
) -> None:
    libraries.load_problem = problem
    assert failed(tmp_path) == kind


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Dataset 'made/up' is a gated dataset on the Hub.", "gated"),
        ("Revision 'x' doesn't exist for dataset 'made/up' on the Hub.", "no revision"),
        ("Dataset 'made/up' doesn't exist on the Hub or cannot be accessed.", "not found"),
    ],
)
def test_a_set_that_is_not_to_be_had_is_told_apart(
    tmp_path: Path, libraries: Libraries, words: str, kind: str
) -> None:
    libraries.load_problem = libraries.not_found(words)
    assert failed(tmp_path) == kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("GatedRepoError", "gated"),
        ("RevisionNotFoundError", "no revision"),
        ("RepositoryNotFoundError", "not found"),
    ],
)
def test_what_the_hub_answers_is_told_apart(
    tmp_path: Path, libraries: Libraries, error: str, kind: str
) -> None:
    libraries.ask_problem = getattr(libraries.errors, error)("no")
    assert failed(tmp_path) == kind


def test_missing_columns_and_values_that_are_no_json_are_named(tmp_path: Path, libraries: Libraries) -> None:
    with pytest.raises(Failure, match="'choices'; it has 'question', 'answer', 'image'"):
        export(request(columns=["question", "choices"]), tmp_path / "part")
    libraries.rows = [*ROWS, {"question": b"bytes", "answer": 4, "image": ""}]
    with pytest.raises(Failure, match="row 4: Object of type bytes"):
        export(request(), tmp_path / "part")


@pytest.mark.parametrize("module", ["huggingface_hub", "datasets"])
@pytest.mark.usefixtures("libraries")
def test_a_missing_library_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert failed(tmp_path) == "no library"


# -- what the user is told -----------------------------------------------------------------------

SOURCE = DatasetSource("made/up", "main", "test", ("question",), revision=COMMIT)


@pytest.mark.parametrize(
    ("kind", "what", "remedy"),
    [
        ("no library", "the library `datasets`, which is not here", "pip install 'breakeven[hub]'"),
        ("unreachable", "the hub cannot be reached", "check the network"),
        ("gated", "ask for their conditions", "accept them at https://huggingface.co/datasets/made/up"),
        ("gated", "ask for their conditions", "hf auth login"),
        ("not found", "no such data set", "look at https://huggingface.co/datasets/made/up"),
        ("no revision", COMMIT, "commits/main"),
        ("no split", "no split 'test'", "name another commit"),
        ("no config", "no part 'main'", "name another commit"),
        ("no column", "no column detail", "name another commit"),
        ("no value", "cannot be written as JSON", "name another commit"),
        ("storage", "cannot be written: detail", "BREAKEVEN_CACHE"),
        ("other", "cannot load it: detail", "look at"),
    ],
)
def test_a_failure_says_what_where_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, what: str, remedy: str
) -> None:
    monkeypatch.setattr(dataset, "_run", lambda *_, **__: (kind, "detail"))
    monkeypatch.setenv("BREAKEVEN_CACHE", str(tmp_path))
    with pytest.raises(ArtifactError) as caught:
        obtain(Artifact("datasets/made-up", "state.jsonl", SOURCE))
    assert what in caught.value.what
    assert caught.value.where == f"datasets:made/up/main/test@{COMMIT}"
    assert remedy in str(caught.value.remedy)
    assert not list((tmp_path / "datasets" / "made-up").glob("*.jsonl"))


def test_a_folder_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    source = DatasetSource("made/up", None, "test", ("question",), folder=tmp_path / "none")
    with pytest.raises(ArtifactError, match="no such folder"):
        dataset.export(source, tmp_path / "part", lambda *_: None, is_offline=False)


def test_what_was_written_once_is_there_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = Artifact("datasets/made-up", "state.jsonl", SOURCE)
    offline: list[bool] = []

    def write(_: str, part: Path, __: object, *, is_offline: bool) -> None:
        offline.append(is_offline)
        part.write_text("rows", encoding="utf-8")

    monkeypatch.setattr(dataset, "_run", write)
    monkeypatch.setenv("BREAKEVEN_CACHE", str(tmp_path))
    first = obtain(artifact, offline=True)
    assert obtain(artifact, offline=True) == first
    assert offline == [True]


def test_a_process_that_dies_without_an_answer_is_told_by_its_last_words(tmp_path: Path) -> None:
    answer, log = tmp_path / "answer", tmp_path / "log"
    answer.write_text("", encoding="utf-8")
    log.write_text("noise\nout of memory\n", encoding="utf-8")
    assert dataset._failure(-9, answer, log) == ("other", "out of memory")
    log.write_text("", encoding="utf-8")
    assert dataset._failure(-9, answer, log) == ("other", "its process ended with -9")
    answer.write_text("{}\n", encoding="utf-8")
    assert dataset._failure(0, answer, log) is None
