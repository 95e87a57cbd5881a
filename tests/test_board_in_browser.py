"""The board in a real Chromium, from a folder: sorting, search, links, downloads, keys, and hostile names."""

import csv
import json
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import pytest
from accessibility import colour_complaints, complaints
from hostile_records import REVERSED, attacked

from bench.commands.board import build
from bench.records.store import read_records, write_record
from bench.reports.board.conclusions import MOST_CARDS

pytestmark = pytest.mark.browser

RESULTS = Path(__file__).resolve().parents[1] / "results"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Real records, one of another machine and a hostile one, and a file that is no record."""
    folder = tmp_path_factory.mktemp("records")
    real = next(one for one in read_records([RESULTS]).records if one.kind == "run")
    other = real.machine.model_copy(update={"cpu_model": "Another CPU"})
    hostile = attacked(real, tail=REVERSED)
    for number, record in enumerate((real.model_copy(update={"machine": other}), hostile)):
        write_record(record.model_copy(update={"id": f"{number:016x}"}), folder)
    (folder / "broken.json").write_text('{"schema_version": 2, "id": "<script>window.harmed=1</script>"}')
    site = tmp_path_factory.mktemp("board") / "site"
    built = build([RESULTS, folder], site, with_parquet=False)
    assert [file for file, _ in built.refused] == ["broken.json"]
    return site


def pages_of(site: Path, kind: str) -> list[Path]:
    found = sorted((site / kind).glob("*.html"))
    assert found
    return found


def file_of(link: str) -> Path:
    return Path(url2pathname(unquote(urlsplit(link).path)))


def test_every_link_of_every_page_leads_to_something_in_the_site(pages, site):
    page = pages.open(site / "index.html", site=site)
    anchors: dict[Path, set[str]] = {}
    wanted: list[tuple[Path, str, str]] = []
    for file in sorted(site.rglob("*.html")):
        page.goto(file.as_uri())
        anchors[file] = set(page.eval_on_selector_all("[id]", "all => all.map(one => one.id)"))
        for link in page.eval_on_selector_all("[href], [src]", "all => all.map(one => one.href ?? one.src)"):
            address = urlsplit(link)
            if address.scheme == "data":
                continue
            assert address.scheme == "file", f"{file} leads to {link}"
            wanted.append((file_of(link), unquote(address.fragment), file.name))
    assert len(wanted) > 100
    for target, anchor, place in wanted:
        assert target.is_relative_to(site), place
        assert target.is_file(), f"{place} leads to {target}, which is not there"
        assert not anchor or anchor in anchors[target], f"{place} leads to no #{anchor}"


def test_there_is_a_page_for_each_model_machine_and_task_and_the_first_one_finds_them(pages, site):
    page = pages.open(site / "index.html", site=site)
    for kind, name in (("models", "gemma"), ("machines", "epyc"), ("tasks", "gsm8k")):
        found = [file for file in pages_of(site, kind) if name in file.name]
        page.get_by_label("Find a model, a machine or a task").fill(name.upper())
        hrefs = page.eval_on_selector_all("#found a", "all => all.map(one => one.href)")
        assert {file.as_uri() for file in found} <= set(hrefs)
        assert f"{len(hrefs)} pages found" in page.get_by_role("status").inner_text()
    page.locator("#found a").first.click()
    assert "gsm8k" in page.inner_text("h1")


def test_a_table_is_sorted_with_keys_within_its_sections(pages, site):
    file = next(file for file in pages_of(site, "machines") if "epyc" in file.name)
    page = pages.open(file, site=site)
    header = page.locator("table[data-name=speed] th", has_text="decode t/s")
    rows = """table => [...table.tBodies].map(body => [...body.rows].filter(row => !row.matches('.group'))
        .map(row => [row.id, row.cells[CELL].getAttribute('data-s')]))"""
    column = header.evaluate("head => head.cellIndex")

    def shown() -> list[list[list[str | None]]]:
        return page.locator("table[data-name=speed]").evaluate(rows.replace("CELL", str(column)))

    before = shown()
    assert max(len(section) for section in before) > 2
    header.locator("button").focus()
    for key, order in (("Enter", "descending"), ("Space", "ascending")):
        page.keyboard.press(key)
        assert header.get_attribute("aria-sort") == order
        for section, as_it_was in zip(shown(), before, strict=True):
            values = [float(value) for _, value in section if value is not None]
            assert values == sorted(values, reverse=order == "descending")
            assert [value is None for _, value in section] == sorted(value is None for _, value in section)
            assert sorted(section) == sorted(as_it_was)
    assert page.evaluate("() => document.activeElement.textContent") == "decode t/s"


def test_rows_are_filtered_by_words(pages, site):
    file = next(file for file in pages_of(site, "machines") if "epyc" in file.name)
    page = pages.open(file, site=site)
    rows = page.locator("table[data-name=speed] tbody tr:not(.group):visible")
    every = rows.count()
    field = page.get_by_label("Show only rows with these words")
    field.fill("gemma Q4_K")
    assert 0 < rows.count() < every
    assert all("gemma" in text for text in rows.all_inner_texts())
    field.fill("nothing is called so")
    assert rows.count() == 0
    assert page.get_by_role("status").inner_text() == "0 rows match"
    field.fill("")
    assert rows.count() == every


def test_a_permalink_marks_its_row(pages, site):
    file = next(file for file in pages_of(site, "machines") if "epyc" in file.name)
    page = pages.open(file, site=site)
    rows = page.locator("table[data-name=speed] tbody tr[id]")
    anchor = rows.last.get_attribute("id")
    linked = pages.open(file, site=site, fragment=f"#{anchor}")
    target = linked.locator("tr:target")
    assert target.get_attribute("id") == anchor
    assert target.evaluate("row => getComputedStyle(row).boxShadow") != "none"
    assert target.evaluate("row => row.getBoundingClientRect().top < innerHeight")


def test_downloads_hold_the_rows_that_are_shown(pages, site):
    for kind in ("models", "machines", "tasks"):
        page = pages.open(pages_of(site, kind)[0], site=site)
        shown = page.locator(".sheet tbody tr[id]").count()
        # From a folder a browser opens them; only a server's it would save.
        links = page.eval_on_selector_all("a[download]", "all => all.map(one => one.href)")
        files = {link: file_of(link).read_text(encoding="utf-8") for link in links}
        (document,) = (json.loads(text) for name, text in files.items() if name.endswith(".json"))
        tables = [
            list(csv.DictReader(text.splitlines())) for name, text in files.items() if name.endswith(".csv")
        ]
        assert shown == sum(map(len, document.values())) == sum(map(len, tables)) > 0


@pytest.mark.parametrize("kind", ["root", "models", "machines", "tasks"])
def test_pages_are_accessible(pages, site, kind):
    files = sorted(site.glob("*.html")) if kind == "root" else pages_of(site, kind)[:2]
    page = pages.open(files[0], site=site, viewport={"width": 1280, "height": 800}, color_scheme="light")
    for file in files:
        page.goto(file.as_uri())
        assert complaints(page) == [], file
        page.emulate_media(color_scheme="dark")
        assert colour_complaints(page) == [], file
        page.emulate_media(color_scheme="light")


def test_hostile_names_are_text_everywhere(pages, site):
    page = pages.open(site / "index.html", site=site)
    seen = 0
    for file in sorted(site.rglob("*.html")):
        page.goto(file.as_uri())
        seen += "<script>window.harmed=1</script>" in page.inner_text("body")
        assert page.evaluate("() => window.harmed") is None
        assert page.locator("img, [onload], [onerror], body script").count() == 0
        assert "\u202e" not in page.inner_text("body")
        assert page.locator("h1").count() == 1
        assert not page.evaluate("() => document.scrollingElement.scrollWidth > innerWidth"), file
    assert seen >= 3
    page.goto((site / "index.html").as_uri())
    page.get_by_label("Find a model, a machine or a task").fill("harmed")
    assert page.locator("#found a").count() > 0
    page.locator("#found a").first.click()
    assert "window.harmed" in page.inner_text("h1")


def test_what_was_refused_is_named_with_its_reason(pages, site):
    page = pages.open(site / "refused.html", site=site)
    assert "broken.json" in page.inner_text("main")


def test_pages_are_whole_without_scripts(pages, site):
    file = next(file for file in pages_of(site, "machines") if "epyc" in file.name)
    with_scripts = pages.open(file, site=site).locator(".sheet tbody tr").count()
    plain = pages.open(file, site=site, java_script_enabled=False)
    assert plain.locator(".sheet tbody tr").count() == with_scripts > 5
    assert plain.locator("input").count() == 0  # nothing that would do nothing


def test_the_first_screen_tells_what_the_records_conclude_however_long_their_names_are(pages, site):
    page = pages.open(site / "index.html", site=site, viewport={"width": 1280, "height": 800})
    cards = page.locator(".verdicts article")
    assert 0 < cards.count() <= MOST_CARDS
    assert cards.first.evaluate("card => card.getBoundingClientRect().bottom < innerHeight")
    assert {"How sure", "Weakest point", "In all"} <= set(cards.first.locator("dt").all_inner_texts())
    cards.first.get_by_role("link", name="record").click()
    assert "/records/" in page.url
