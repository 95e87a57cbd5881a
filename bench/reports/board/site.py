"""The whole site as texts by path, one at a time: no clock, no order of reading, no file is written here."""

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files

from bench.reports.board.answer_views import ANSWERS, answers, answers_by_machine
from bench.reports.board.collect import Board
from bench.reports.board.conclusions import conclusion_lines
from bench.reports.board.contents import Contents, contents_of
from bench.reports.board.frame import facts, part_of, parts_nav, tables
from bench.reports.board.lists import best_sheet, machines_sheet, models_sheet, tasks_sheet
from bench.reports.board.sheets import (
    Cell,
    Column,
    Line,
    Section,
    Sheet,
    escaped,
    paged,
    sheet_csv,
    sheet_json,
)
from bench.reports.board.shown import MachineShown, ModelShown
from bench.reports.board.speed_views import SPEED, speed_by_machine, speed_by_place
from bench.reports.words import figures as f

TITLE = "Local models, measured"
MOST_NAMES = 20_000  # that the first page can search: about 2 MB
_LEAD = """<p>Language models on the machines of those who measured them with <code>breakeven</code>. Every
figure has its interval, and a link to its record.</p>"""
_WARNING = """<p class="warn">Ranks hold within one machine, engine and settings. What differs in these is
never ranked together.</p>"""
_DATA = """<p>The rows of all pages, one line each, with the ids of the records behind them. Units are in the
names of the columns; what is empty is not known.</p>"""
_PARQUET = """<p>A folder for each table, in it one for each month; DuckDB reads a table as
<code>read_parquet('data/parquet/speed/**/*.parquet')</code>.</p>"""

Page = tuple[str, str]  # path in the site, text


def site_pages(board: Board, *, title: str = TITLE, parquet: Sequence[str] = ()) -> Iterator[Page]:
    """Every file of the site but the records' own JSON; a page's tables also as CSV and JSON beside it.

    A path may come again: then its text goes on, since the data of the whole board is too much to be held.
    """
    site = contents_of(board, title)
    yield "board.css", _palette() + _file("board.css")
    yield "board.js", _file("board.js")
    yield "names.js", _names(site)
    yield "index.html", _index(site)
    yield "method.html", site.frame.page("How to read the board", [_file("method.html")], "method.html")
    yield from _model_pages(site)
    yield from _machine_pages(site)
    yield from _task_pages(site)
    yield from _refused(site)
    yield _data_page(site, parquet)


def _palette() -> str:
    """The colours of the results page: the first rule of its style."""
    style = files("bench.reports.page").joinpath("page.css").read_text(encoding="utf-8")
    return style.partition("}\n")[0] + "}\n"


def _file(name: str) -> str:
    return files("bench.reports.board").joinpath(name).read_text(encoding="utf-8")


# -- the first page ------------------------------------------------------------------------------


def _index(site: Contents) -> str:
    counts = (
        (site.board.n_records, "records"),
        (len(site.by_model), "models"),
        (len(site.by_machine), "machines"),
        (len(site.by_task), "tasks"),
    )
    body = [
        _LEAD,
        *conclusion_lines(site),
        '<ul class="counts">' + "".join(f"<li><b>{n:,}</b>{name}</li>" for n, name in counts) + "</ul>",
        '<div id="search" class="controls"></div><ul id="found" class="found"></ul>',
        "<h2>Most correct answers</h2>",
        _WARNING,
        *tables([best_sheet(site)], "index.html")[1:],
        "<h2>Most measured</h2>",
        *tables([models_sheet(site, 10), machines_sheet(site, 10)], "index.html")[1:],
        '<p><a href="models.html">All models</a>, <a href="machines.html">all machines</a>.</p>',
    ]
    return site.frame.page(site.frame.title, body, "index.html", scripts=("names.js",))


def _names(site: Contents) -> str:
    """What the search of the first page finds; a script, since a page from a folder may fetch nothing."""
    found = [
        *(
            (rows[0].model.name, site.models[key], f"model, {rows[0].model.quantization}")
            for key, rows in site.by_model.items()
        ),
        *(
            (rows[0].place.machine.title, site.machines[key], "machine")
            for key, rows in site.by_machine.items()
        ),
        *((name, page, "task") for name, page in site.tasks.items()),
    ]
    told = json.dumps(sorted(found)[:MOST_NAMES], ensure_ascii=True, separators=(",", ":"))
    return f"window.boardNames = {told};\n"


# -- a page for each model, machine and task -----------------------------------------------------


def _model_pages(site: Contents) -> Iterator[Page]:
    yield from _pages(site, "Models", "models.html", [models_sheet(site)], [])
    for key, rows in site.by_model.items():
        sheets = [
            speed_by_machine(rows, site.machines),
            answers_by_machine(rows, site.machines),
        ]
        yield from _pages(site, rows[0].model.name, site.models[key], sheets, [_about_model(rows[0].model)])


def _machine_pages(site: Contents) -> Iterator[Page]:
    """With the data of the whole board: every row stands on the page of one machine."""
    yield from _pages(site, "Machines", "machines.html", [machines_sheet(site)], [])
    begun: set[str] = set()
    for key, rows in site.by_machine.items():
        sheets = [speed_by_place(rows, site.models), answers(rows, site.models, site.machines)]
        machine = rows[0].place.machine
        yield from _pages(site, machine.title, site.machines[key], sheets, [_about_machine(machine)])
        yield from _whole_data(sheets, begun)


def _task_pages(site: Contents) -> Iterator[Page]:
    yield from _pages(site, "Tasks", "tasks.html", [tasks_sheet(site)], [])
    for task, rows in site.by_task.items():
        sheets = [answers(rows, site.models, site.machines, task)]
        yield from _pages(site, task, site.tasks[task], sheets, [])


def _pages(
    site: Contents, heading: str, page: str, sheets: Sequence[Sheet], about: Sequence[str]
) -> Iterator[Page]:
    """One page or several parts, each with the data of its own rows beside it."""
    parts = paged(sheets)
    for number, part in enumerate(parts, start=1):
        path = part_of(page, number)
        nav = parts_nav(page, number, len(parts))
        data, downloads = _downloads(path, part)
        body = [*about, downloads, nav, *tables(part, path), nav]
        name = heading if number == 1 else f"{heading}, part {number}"
        yield path, site.frame.page(name, filter(None, body), path)
        yield from data


def _downloads(path: str, sheets: Sequence[Sheet]) -> tuple[list[Page], str]:
    stem = path.removesuffix(".html")
    data = [(f"{stem}.json", sheet_json(sheets))]
    data += [(f"{stem}.{sheet.name}.csv", sheet_csv(sheet.lines)) for sheet in sheets]
    named = [("JSON", path) for path, _ in data[:1]]
    named += [(f"{sheet.name} as CSV", path) for sheet, (path, _) in zip(sheets, data[1:], strict=True)]
    links = ", ".join(
        f'<a href="{escaped(path.rsplit("/", 1)[-1])}" download>{escaped(name)}</a>' for name, path in named
    )
    return data, f'<p class="pages">These rows as data: {links}</p>'


def _about_model(model: ModelShown) -> str:
    return facts(
        [
            ("quantization", model.quantization),
            ("parameters", f.parameters(model.n_params)),
            ("file", f.size(model.size_bytes)),
            ("bits per weight", f.significant(model.bits_per_weight)),
            ("licence", model.licence),
            ("from", model.source),
            ("sha256", model.sha256),
        ]
    )


def _about_machine(machine: MachineShown) -> str:
    return facts(
        [
            ("class", machine.machine_class),
            ("architecture", machine.architecture),
            ("memory", f.size(machine.memory_bytes)),
            ("GPUs", machine.gpus),
        ]
    )


# -- what was refused, and all data --------------------------------------------------------------


def _refused(site: Contents) -> Iterator[Page]:
    columns = (Column("file", is_header=True), Column("why", is_sortable=False))
    lines = tuple(
        Line(
            "",
            (Cell(one.file, one.file), Cell(one.why)),
            {"file": f.clean(one.file), "why": f.clean(one.why)},
        )
        for one in sorted(site.board.refused)
    )
    n = len(lines)
    about = f"<p>{n:,} file(s) were not published. <code>breakeven board check FILE</code> tells each.</p>"
    sheet = Sheet("refused", "Files that were refused", columns, (Section("", lines),))
    yield from _pages(site, "Refused", "refused.html", [sheet] if lines else [], [about])


def _whole_data(sheets: Sequence[Sheet], begun: set[str]) -> Iterator[Page]:
    """A machine's rows as CSV and as JSON Lines; of the sheets in ``begun`` those before it are written."""
    for sheet in sheets:
        lines = list(sheet.lines)
        text = sheet_csv(lines)
        yield f"data/{sheet.name}.csv", text.split("\n", 1)[1] if text and sheet.name in begun else text
        as_json = (json.dumps(line.data, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)
        yield f"data/{sheet.name}.jsonl", "".join(as_json)
        begun.update([sheet.name] if lines else [])


def _data_page(site: Contents, parquet: Sequence[str]) -> Page:
    files_of = [f"data/{name}.{ending}" for name in (SPEED, ANSWERS) for ending in ("csv", "jsonl")]
    body = [_DATA, _links(files_of if site.by_machine else [])]
    if parquet:
        body += ["<h2>All records as Parquet</h2>", _PARQUET, _links(parquet)]
    else:
        body.append("<p>As Parquet: <code>breakeven results export</code> makes it from the records.</p>")
    body.append("<p>Each record's own JSON is in <code>records/</code>; rows link to theirs.</p>")
    return "data.html", site.frame.page("Data", body, "data.html")


def _links(paths: Sequence[str]) -> str:
    items = "".join(f'<li><a href="{escaped(path)}" download>{escaped(path)}</a></li>' for path in paths)
    return f"<ul>{items}</ul>"
