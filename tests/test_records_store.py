import errno
import hashlib
import json
import os
import sys
from datetime import timedelta, timezone
from pathlib import Path
from threading import Thread

import pytest
from factories import AT, make_machine, make_record, without_hash
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import RecordError
from bench.records import files, store
from bench.records.content_hash import content_sha256
from bench.records.documents import TEXT_KEY, record_text, text_as_written
from bench.records.left_out import MOST_TOLD
from bench.records.privacy import Identity
from bench.records.results_folder import default_results_folder, prepare_folder
from bench.records.store import (
    file_name,
    find_records,
    iter_records,
    read_record,
    read_records,
    read_to_conclude,
    read_with_document,
    write_record,
)

NOBODY = Identity("", "", "")
FROZEN = Path(__file__).parent / "data" / "records"


def write(folder: Path, name: str, document: object) -> Path:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


def document() -> dict:
    return make_record().model_dump(mode="json")


def test_a_record_comes_back_as_it_was_written(tmp_path):
    record = make_record()
    path = write_record(record, tmp_path / "new folder", identity=NOBODY)
    there = read_record(path)
    assert without_hash(there) == record
    content = json.loads(path.read_text("utf-8"))
    assert content.pop(TEXT_KEY)
    assert there.content_sha256 == content_sha256(content)
    assert [p.name for p in path.parent.iterdir()] == [file_name(record)]


def test_the_first_hash_is_of_the_file_from_its_third_line_on(tmp_path):
    file = write_record(make_record(), tmp_path).read_bytes()
    *_, rest = file.split(b"\n", 2)
    assert json.loads(file)[TEXT_KEY] == hashlib.sha256(rest).hexdigest()


def test_a_file_as_it_was_written_is_read_without_looking_for_more(tmp_path, monkeypatch):
    path = write_record(make_record(), tmp_path)
    in_full = read_with_document(path)[0]
    monkeypatch.setattr(store, "document_of", None)
    assert read_record(path) == in_full


def test_who_concludes_anew_is_spared_what_was_concluded(tmp_path):
    there = read_record(FROZEN / "v2-run.json")
    assert there.assessment is not None
    assert there.assessment.comparisons
    path = write_record(there, tmp_path, identity=NOBODY)
    nothing = {"comparisons": (), "mixtures": ()}
    spared = there.model_copy(update={"assessment": there.assessment.model_copy(update=nothing)})
    assert read_to_conclude(path) == spared
    assert read_to_conclude(FROZEN / "v2-run.json") == there  # another layout
    bare = write_record(make_record(assessment=None), tmp_path)
    assert read_to_conclude(bare) == read_record(bare)


@pytest.mark.parametrize("text_sha256", ["0" * 64, "none", 5, None])
def test_the_hash_of_a_text_that_was_laid_out_anew_is_not_looked_at(tmp_path, text_sha256):
    path = write_record(make_record(), tmp_path)
    there = read_record(path)
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), TEXT_KEY: text_sha256}), "utf-8")
    assert read_record(path) == there


def test_a_record_that_is_wrong_is_told_as_ever_under_the_right_hash_of_its_text(tmp_path):
    text = record_text({**document(), "is_quick": 5})
    with pytest.raises(RecordError, match="is_quick: Input should be a valid boolean"):
        read_record(write(tmp_path, "bad.json", text))


def test_a_record_that_was_changed_is_refused(tmp_path):
    path = write_record(make_record(), tmp_path)
    text = path.read_text("utf-8")
    path.write_text(json.dumps(dict(reversed(json.loads(text).items()))), "utf-8")  # in another layout
    read_record(path)
    path.write_text(text.replace('"outcome": "wrong"', '"outcome": "right"', 1), "utf-8")
    with pytest.raises(RecordError, match="changed after it was written") as caught:
        read_record(path)
    assert caught.value.where == str(path)


def test_file_name_has_time_id_machine_and_model():
    record = make_record()
    assert file_name(record) == (
        f"20261120T093000Z--{record.id[:8]}--linux-x86_64-2cpu-8gib--smollm2-135m-instruct-q4_1.json"
    )


def test_file_name_is_in_utc_and_safe_on_every_file_system():
    elsewhere = AT.astimezone(timezone(timedelta(hours=9)))
    odd = make_record(
        "../Ollama: a/b?*" + "x" * 300, created_utc=elsewhere, machine=make_machine(machine_class="")
    )
    name = file_name(odd)
    assert name.startswith("20261120T093000Z--")
    assert "--unnamed--ollama-a-b-xxx" in name
    assert len(name) < 160
    assert not set(name) & set('/\\:?*"<>| ')


def test_a_record_of_a_scripted_model_is_not_named_like_its_script():
    long = "x" * 73 + ".script.json"  # cut to its 80 characters after "script"
    assert file_name(make_record(long)).endswith(f"--{'x' * 73}.json")


def test_a_finished_record_is_left_as_it_is(tmp_path):
    path = write_record(make_record(), tmp_path)
    before = path.read_bytes()
    assert write_record(make_record(is_complete=False), tmp_path) == path
    assert path.read_bytes() == before


def test_another_record_of_the_same_name_is_not_overwritten(tmp_path):
    path = write_record(make_record(is_complete=False), tmp_path)
    before = path.read_bytes()
    record = make_record()
    with pytest.raises(RecordError, match="another record has this name"):
        write_record(record.model_copy(update={"id": record.id[:8] + "f" * 8}), tmp_path)
    assert path.read_bytes() == before


def test_an_unfinished_record_is_replaced_by_its_continuation(tmp_path):
    first = write_record(make_record(is_complete=False), tmp_path)
    second = write_record(make_record(), tmp_path)
    assert first == second
    assert read_record(second).is_complete


@pytest.mark.parametrize(
    ("number", "word"),
    [(errno.ENOSPC, "space"), (errno.EROFS, "read-only"), (errno.EIO, "Input/output error")],
)
def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch, number, word):
    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(RecordError, match=word) as caught:
        write_record(make_record(), tmp_path)
    assert caught.value.remedy is not None
    assert "-o DIR" in caught.value.remedy
    with pytest.raises(RecordError, match=word):
        prepare_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file size")
def test_a_file_system_that_takes_no_more_bytes(tmp_path):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(RecordError, match="no space is left"):
            write_record(make_record(), tmp_path)
        with pytest.raises(RecordError, match="no space is left"):
            prepare_folder(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder(tmp_path):
    taken = write(tmp_path, "results", "mine")
    for folder in (taken, taken / "below"):
        with pytest.raises(RecordError, match="a file is where the folder should be"):
            prepare_folder(folder)
    assert taken.read_text() == "mine"


def test_only_a_record_that_cannot_be_written_is_told_of_the_results_option(tmp_path):
    taken = write(tmp_path, "reports", "mine")
    with pytest.raises(RecordError) as caught:
        files.write_text("a report", taken / "report.md")
    assert "-o DIR" not in str(caught.value)
    assert caught.value.remedy == "choose another place for the file"
    with pytest.raises(RecordError, match="-o DIR"):
        write_record(make_record(), taken)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordError):
        files.write_text("text", Path())
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such mode there")
@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and links in folders")
def test_what_is_no_regular_file_is_not_replaced(tmp_path):
    pipe, link, other = tmp_path / "pipe", tmp_path / "link", tmp_path / "other"
    os.mkfifo(pipe)
    other.write_text("kept")
    link.symlink_to(other)
    for target in (pipe, link, tmp_path):
        with pytest.raises(RecordError, match="not replaced") as told:
            files.write_text("new", target)
        assert told.value.where == str(target)
    assert (pipe.is_fifo(), link.is_symlink(), other.read_text()) == (True, True, "kept")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "other", "pipe"]


def test_a_read_only_folder(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):  # root may write anywhere, but not among the kernel's own files
        folder = Path("/sys/kernel/breakeven")
    with pytest.raises(RecordError, match="read-only"):
        prepare_folder(folder)


def test_prepare_folder_makes_it_and_leaves_it_empty(tmp_path):
    folder = prepare_folder(tmp_path / "a" / "b")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"id": 1,\n  "x" 2}', "line 2, column 7"),
        ("", "line 1, column 1"),
        ("[]", "no JSON object"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1, "a": 2}', "repeats the key 'a'"),
        ("[" * 100_000, "nested too deeply"),
        ("{}", "states no schema_version"),
        ('{"schema_version": true}', "states no schema_version"),
        ('{"schema_version": 1}', "id: Field required"),
    ],
)
def test_what_is_no_record_is_refused_with_the_place(tmp_path, text, said):
    path = write(tmp_path, "bad.json", text)
    with pytest.raises(RecordError, match=said) as caught:
        read_record(path)
    assert caught.value.where == str(path)
    assert caught.value.remedy is not None


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "bad.json"
    path.write_bytes(b'{"id": "\xff"}')
    with pytest.raises(RecordError, match=r"UTF-8 \(byte 8\)"):
        read_record(path)


def test_a_giant_file_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "LARGEST_RECORD_BYTES", 10)
    with pytest.raises(RecordError, match="too large"):
        read_record(write(tmp_path, "bad.json", document()))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_what_does_not_tell_its_size_is_read_no_further(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "LARGEST_RECORD_BYTES", 10)
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(b" " * 20,))
    writer.start()
    with pytest.raises(RecordError, match="too large"):
        read_record(pipe)
    writer.join()


def test_the_exact_field_that_is_wrong_is_named(tmp_path):
    broken = document()
    broken["speed"][1]["samples"][2]["calls_s"] = "fast"
    with pytest.raises(RecordError, match=r"speed\.1\.samples\.2\.calls_s: Input should be a valid number"):
        read_record(write(tmp_path, "bad.json", broken))


@pytest.mark.parametrize("value", ["1e999", "-1", '"0.3"', "null"])
def test_numbers_are_read_strictly(tmp_path, value):
    text = record_text(document()).replace('"load_s": 0.31', f'"load_s": {value}')
    with pytest.raises(RecordError, match=r"load\.load_s"):
        read_record(write(tmp_path, "bad.json", text))


def test_an_unknown_field_is_an_error(tmp_path):
    with pytest.raises(RecordError, match="tokens_per_second: Extra inputs"):
        read_record(write(tmp_path, "bad.json", document() | {"tokens_per_second": 1}))


def test_a_newer_schema_says_which_and_what_to_do(tmp_path):
    with pytest.raises(
        RecordError, match="newer breakeven: it has schema 99, this one reads up to 2"
    ) as caught:
        read_record(write(tmp_path, "new.json", document() | {"schema_version": 99}))
    assert "upgrade" in str(caught.value.remedy)


def test_a_folder_reports_its_broken_files_and_reads_the_rest(tmp_path):
    good = write_record(make_record(), tmp_path)
    copy = write(tmp_path, "copy.json", good.read_text("utf-8"))
    bad = write(tmp_path, "bad.json", "{")
    write(tmp_path, "notes.txt", "no record")
    found = read_records([tmp_path])
    assert [record.model.name for record in found.records] == ["smollm2-135m-instruct-q4_1"]
    assert {error.where for error in found.broken} == {str(bad), str(copy)}
    with pytest.raises(RecordError, match="broken JSON"):
        read_records([tmp_path, bad])


def test_of_many_broken_files_the_first_are_told_and_the_others_counted(tmp_path):
    for number in range(MOST_TOLD + 5):
        write(tmp_path, f"{number}.json", "{")
    *told, last = read_records([tmp_path]).broken
    assert len(told) == MOST_TOLD
    assert "5 more files" in last.what
    assert told[0].__traceback__ is None  # it would hold the document
    assert told[0].__context__ is None


def test_records_are_given_one_at_a_time_with_what_is_wrong(tmp_path):
    good = write_record(make_record(), tmp_path)
    write(tmp_path, "z.json", good.read_text("utf-8"))
    (tmp_path / "folder.json").mkdir()
    record, *errors = iter_records([tmp_path])
    assert record.id == make_record().id
    assert [(Path(error.where).name, error.what.split(" '")[0]) for error in errors] == [
        ("folder.json", "is no file, or points to none"),
        ("z.json", "repeats the record"),
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tasks": [{}] * 10_000}, r"tasks\.0\.task: Field required.*and 13 more"),
        ({"tasks": [[]] * 1_000_001}, "more than 1,000,000 arrays"),
        ({str(number): 1 for number in range(100_001)}, "object with 100,0.. keys"),
        ({"id": "x" * 70_000}, "id: String should have at most 65536"),
        ({"schema_version": 1, "x": json.loads("[" * 900 + "]" * 900)}, "nested too deeply|recursion limit"),
        ({"created_utc": "0001-01-01T00:00:00+14:00"}, "created_utc: .*is no time"),
        ({"x\x1b[2J" * 100: 1}, r"'x\\x1b\[2J"),
    ],
)
def test_what_would_fill_the_memory_or_trick_the_terminal_is_refused(tmp_path, change, said):
    with pytest.raises(RecordError, match=said) as caught:
        read_record(write(tmp_path, "bad.json", document() | change))
    assert len(str(caught.value)) < 1000
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("usd", ["1e13", "-1", "1e-200"])
def test_a_loss_that_nobody_can_state_is_refused(tmp_path, usd):
    tasks = [task | {"loss_per_error_usd": usd} for task in document()["tasks"]]
    with pytest.raises(RecordError, match="loss_per_error_usd"):
        read_record(write(tmp_path, "bad.json", document() | {"tasks": tasks}))


def test_find_records_takes_files_and_folders_once_in_order(tmp_path):
    first, second = write(tmp_path, "a.json", "{}"), write(tmp_path, "b.json", "{}")
    write(tmp_path, ".hidden.json", "{}")
    assert list(find_records([second, tmp_path, tmp_path])) == [second, first]
    with pytest.raises(RecordError, match="no such file or folder"):
        list(find_records([tmp_path / "missing"]))


def test_results_go_into_the_checkout_the_user_stands_in(tmp_path):
    write(tmp_path, "pyproject.toml", '[project]\nname = "breakeven"\n')
    inside = tmp_path / "docs"
    inside.mkdir()
    assert default_results_folder(inside) == tmp_path.resolve() / "results"


@pytest.mark.parametrize(
    ("system", "environ", "end"),
    [
        ("linux", {}, ".local/share/breakeven/results"),
        ("linux", {"XDG_DATA_HOME": "relative"}, ".local/share/breakeven/results"),
        ("darwin", {}, "Library/Application Support/breakeven/results"),
        ("win32", {}, "AppData/Local/breakeven/results"),
    ],
)
@pytest.mark.parametrize("project", ['[project]\nname = "another"\n', "project = 1", "not toml"])
def test_results_go_to_the_users_data_elsewhere(tmp_path, system, environ, end, project):
    write(tmp_path, "pyproject.toml", project)
    assert default_results_folder(tmp_path, environ, system).as_posix() == (Path.home() / end).as_posix()


def test_the_data_folder_can_be_set(tmp_path):
    assert (
        default_results_folder(tmp_path, {"XDG_DATA_HOME": str(tmp_path)}, "linux")
        == tmp_path / "breakeven/results"
    )


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.text(), st.lists(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.text()))
    )
)
def test_the_text_of_a_record_keeps_every_value(value):
    text = record_text({"value": value})
    assert json.loads(text_as_written(text.encode())) == {"value": value}


def test_a_series_of_numbers_is_one_line():
    text = record_text({"itl_s": [0.25, 1e-05, -3], "a": ["1", "2"]})
    assert text.endswith('",\n "itl_s": [0.25, 1e-05, -3],\n "a": [\n  "1",\n  "2"\n ]\n}\n')


def test_of_many_records_the_newest_are_kept_in_the_order_of_their_files(tmp_path):
    written = [
        make_record(f"m{n}", created_utc=AT + timedelta(days=day)) for n, day in enumerate((3, 1, 4, 2))
    ]
    for record in written:
        write_record(record, tmp_path, identity=NOBODY)
    whole = read_records([tmp_path])
    found = read_records([tmp_path], newest=2)
    assert (len(whole.records), whole.n_older) == (4, 0)
    assert [record.created_utc.day for record in found.records] == [
        (AT + timedelta(days=d)).day for d in (3, 4)
    ]
    assert found.n_older == 2


def test_moments_of_any_two_records_can_be_compared(tmp_path):
    for name, moment in (("a", "2026-11-20T09:30:00"), ("b", "2026-11-20T10:30:00+02:00")):
        document = make_record(name).model_dump(mode="json") | {"created_utc": moment, "content_sha256": None}
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    (found,) = read_records([tmp_path], newest=1).records
    assert found.model.name == "a"


@pytest.mark.parametrize(("number", "remedy"), [(errno.EACCES, "permissions"), (errno.EIO, "disk works")])
def test_what_cannot_be_read_says_what_to_do(tmp_path, monkeypatch, number, remedy):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    good = write_record(make_record(), tmp_path)
    monkeypatch.setattr("bench.records.store.os.scandir", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    for read, path in ((read_record, good), (lambda folder: list(find_records([folder])), tmp_path)):
        with pytest.raises(RecordError, match=f"cannot be read: {os.strerror(number)}") as caught:
            read(path)
        assert caught.value.where == str(path)
        assert remedy in caught.value.remedy


@pytest.mark.parametrize("n_bytes", [0, 1, 9, 10, 11, 100])
@pytest.mark.parametrize("is_pipe", [False, True])
def test_a_file_is_read_whole_or_refused_also_where_it_does_not_tell_its_size(
    tmp_path: Path, n_bytes: int, is_pipe: bool
) -> None:
    content = bytes(range(n_bytes))
    reader, writer = os.pipe()
    path = Path(f"/dev/fd/{reader}") if is_pipe else tmp_path / "file"
    if not is_pipe:
        path.write_bytes(content)
    elif not path.exists():
        pytest.skip("this system names no open file")
    os.write(writer, content)
    os.close(writer)
    try:
        if n_bytes <= 10:
            assert files.read_bytes(path, 10) == content
        else:
            with pytest.raises(RecordError, match="too large"):
                files.read_bytes(path, 10)
    finally:
        os.close(reader)
