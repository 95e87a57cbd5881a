import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.cli.board import board
from bench.commands.board import MARKER, build, check
from bench.errors import RecordError
from bench.records.leaks import find_leaks, may_leak
from bench.records.privacy import Identity
from bench.records.store import write_record
from tests.factories import (
    make_assessment,
    make_comparison,
    make_items,
    make_machine,
    make_record,
    make_speed,
    make_task,
)

NOW = datetime(2026, 11, 25, tzinfo=UTC)
NOBODY = Identity("", "", "")


def write(folder: Path, name: str, **changes: object) -> Path:
    fields = {
        "is_quick": False,
        "tasks": (make_task("gsm8k", make_items("gsm8k", 30, 20)),),
        "assessment": None,
        **changes,
    }
    return write_record(make_record(name, **fields), folder, identity=NOBODY)


def rewrite(file: Path, path: str, value: object) -> None:
    document = json.loads(file.read_text())
    *parents, last = path.split(".")
    node = document
    for part in parents:
        node = node[part]
    node[last] = value
    file.write_text(json.dumps(document))


def files_of(site: Path) -> dict[str, bytes]:
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}


def build_site(source: Path, site: Path, **options: object) -> tuple[int, dict[str, str]]:
    built = build([source], site, **{"now": NOW, "with_parquet": False, **options})
    return built.n_records, dict(built.refused)


def test_a_whole_submission_ranks(tmp_path: Path) -> None:
    (told,) = check([write(tmp_path, "alpha")], now=NOW)
    assert (told.is_refused, told.ranks, told.findings) == (False, True, ())


def test_a_changed_or_telling_or_foreign_file_is_refused_with_the_place(tmp_path: Path) -> None:
    changed, telling = write(tmp_path, "alpha"), write(tmp_path, "beta")
    rewrite(changed, "model.name", "better")
    rewrite(telling, "engine.system_info", "built in /home/jane/llama.cpp")
    foreign = tmp_path / "foreign.json"
    foreign.write_text('{"schema_version": 99}')
    told = {one.file.name: one for one in check([tmp_path], now=NOW)}
    assert all(one.is_refused for one in told.values())
    assert "content_sha256" in [one.path for one in told[changed.name].findings]
    assert ("engine.system_info", "holds a home folder") in [
        (one.path, one.what) for one in told[telling.name].findings
    ]
    assert "newer" in told["foreign.json"].findings[0].what


def test_the_command_ends_with_2_when_a_record_is_refused(tmp_path: Path) -> None:
    good = write(tmp_path, "alpha")
    impossible = write(tmp_path, "beta", speed=(make_speed("tg128", 1e7),))
    passed = CliRunner().invoke(board, ["check", str(good), "--json"])
    assert (passed.exit_code, json.loads(passed.stdout)[0]["ranks"]) == (0, True)
    refused = CliRunner().invoke(board, ["check", str(tmp_path)])
    assert refused.exit_code == 2
    assert f"{good}: ranks" in refused.stdout
    assert f"{impossible}: refused" in refused.stdout
    assert "speed.0.samples.1.calls_s: " in refused.stdout


def test_what_is_said_of_a_strangers_file_moves_no_cursor(tmp_path: Path) -> None:
    comparison = make_comparison("a\x1b[2J\x07\u202e\nb.json: ranks", "gpt-5")
    written = write(tmp_path, "alpha", assessment=make_assessment(comparisons=(comparison,)))
    written.rename(tmp_path / "c\x1b[31m\nd.json")
    told = CliRunner().invoke(board, ["check", str(tmp_path)], color=True).stdout
    assert all(char.isprintable() or char == "\n" for char in told)
    assert "was not run" in told
    assert [line for line in told.splitlines() if line.startswith(("b.json", "d.json"))] == []


def test_bad_files_are_named_and_the_rest_is_published(tmp_path: Path) -> None:
    source = tmp_path / "in"
    good, impossible = write(source, "alpha"), write(source, "beta", speed=(make_speed("tg128", 1e7),))
    telling = write(source, "gamma", machine=make_machine(cpu_model="/home/jane/cpu"))
    (source / "a.json").write_text('{"schema_version": 2, "id": NaN}')
    (source / "b.json").write_text(good.read_text()[:100])
    (source / "c.json").write_text(good.read_text())
    n, refused = build_site(source, tmp_path / "site")
    assert n == 1
    assert refused[impossible.name].startswith("speed.0.samples.")
    assert refused[telling.name] == "machine.cpu_model: holds a home folder"
    assert "NaN" in refused["a.json"]
    assert "broken JSON" in refused["b.json"]
    # Of two files with one id the first by name is published.
    assert {good.name, "c.json"} & set(refused)
    page = (tmp_path / "site" / "refused.html").read_text()
    assert "a.json" in page
    assert str(tmp_path) not in page


def test_of_many_refused_files_the_first_are_told_in_order_and_the_rest_is_counted(tmp_path: Path) -> None:
    write(tmp_path / "in", "alpha")
    for n in range(22):
        (tmp_path / "in" / f"{21 - n:02}.json").write_text("{")
    words = ["build", str(tmp_path / "in"), "-o", str(tmp_path / "site"), "--no-parquet"]
    _, *told = CliRunner().invoke(board, words).stderr.splitlines()
    assert told[0].startswith("refused: 00.json: is broken JSON")
    assert told[20:] == ["refused: 2 more files", "  remedy: refused.html tells each"]
    as_json = json.loads(CliRunner().invoke(board, [*words, "--json"]).stdout)["refused"]
    assert [one["file"] for one in as_json] == [f"{n:02}.json" for n in range(22)]


def test_a_record_of_thousands_of_tasks_makes_no_page(tmp_path: Path) -> None:
    write(tmp_path / "in", "alpha")
    crowd = write(tmp_path / "in", "beta", tasks=tuple(make_task(f"task-{n}", ()) for n in range(3000)))
    _, refused = build_site(tmp_path / "in", tmp_path / "site")
    assert refused[crowd.name] == "tasks: are 3,000, and at most 200 of a record are published"
    assert len(list((tmp_path / "site" / "tasks").glob("*.html"))) < 20


def test_the_published_record_is_the_submitted_one(tmp_path: Path) -> None:
    file = write(tmp_path / "in", "alpha")
    build_site(tmp_path / "in", tmp_path / "site")
    (published,) = (tmp_path / "site" / "records").rglob("*.json")
    assert published.read_text() == file.read_text()


def test_each_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "in", "alpha")
    opened, open_file = [], Path.open

    def counted(path: Path, *args: object, **options: object) -> object:
        opened.append(path)
        return open_file(path, *args, **options)

    monkeypatch.setattr(Path, "open", counted)
    build_site(tmp_path / "in", tmp_path / "site")
    assert opened.count(file) == 1
    assert [one.ranks for one in check([file], now=NOW)] == [True]
    assert opened.count(file) == 2


def test_the_same_records_give_the_same_bytes_in_place_of_the_earlier_site(tmp_path: Path) -> None:
    source, site = tmp_path / "in", tmp_path / "site"
    for name in ("alpha", "beta"):
        write(source, name)
    build_site(source, site)
    first = files_of(site)
    build_site(source, site)
    assert files_of(site) == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "site"]


def test_parquet_comes_with_the_site_where_duckdb_is(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    write(tmp_path / "in", "alpha")
    build_site(tmp_path / "in", tmp_path / "site", with_parquet=True)
    files = list((tmp_path / "site" / "data" / "parquet" / "speed").rglob("*.parquet"))
    rows = duckdb.sql(f"SELECT model, test FROM read_parquet('{files[0]}')").fetchall()
    assert ("alpha", "tg128") in rows
    linked = (tmp_path / "site" / "data.html").read_text()
    assert files[0].relative_to(tmp_path / "site").as_posix() in linked


@pytest.mark.parametrize("marker", [None, "{", '{"format": 99, "entries": ["mine.txt"]}', '{"format": 1}'])
def test_no_folder_that_the_board_did_not_write_is_replaced(tmp_path: Path, marker: str | None) -> None:
    write(tmp_path / "in", "alpha")
    site = tmp_path / "site"
    site.mkdir()
    (site / "mine.txt").write_text("mine")
    if marker is not None:
        (site / MARKER).write_text(marker)
    with pytest.raises(RecordError, match=r"did not write \(mine.txt\)"):
        build_site(tmp_path / "in", site)
    assert (site / "mine.txt").read_text() == "mine"


def test_a_site_around_its_records_or_without_any_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "site" / "in", "alpha")
    with pytest.raises(RecordError, match="within the site"):
        build_site(tmp_path / "site" / "in", tmp_path / "site")
    (tmp_path / "none").mkdir()
    with pytest.raises(RecordError, match="no record to publish"):
        build_site(tmp_path / "none", tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    "text",
    [
        '{"detail": "\\u002fhome\\u002fjane/x"}',
        '{"detail": "C:\\\\Users\\\\jane\\\\x"}',
        '{"reason": ["write to jane@example.org"]}',
        '{"devices": {"a": "02:42:ac:11:00:02"}}',
        '{"what": "host 192.168.1.7"}',
        '{"said \\\\": "\\"no\\" in /home/jane/x"}',
    ],
)
def test_the_quick_look_misses_no_leak(text: str) -> None:
    assert list(find_leaks(json.loads(text)))
    assert may_leak(text)


def test_the_quick_look_passes_what_names_nobody() -> None:
    assert not may_leak('{"created_utc": "2026-11-20T09:30:00Z", "build": "llama.cpp 0.5.0 (1-a)"}')


def test_an_earlier_site_stays_where_nothing_can_be_published(tmp_path: Path) -> None:
    build_site(write(tmp_path, "alpha").parent, tmp_path / "site")
    before = (tmp_path / "site" / "index.html").read_text("utf-8")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "broken.json").write_text("{")
    with pytest.raises(RecordError, match=r"no record to publish: broken\.json: is broken JSON"):
        build_site(tmp_path / "bad", tmp_path / "site")
    assert (tmp_path / "site" / "index.html").read_text("utf-8") == before
