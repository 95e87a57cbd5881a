"""The report page in a real Chromium: what it answers to edits, keys, links, schemes, paper and malice."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from accessibility import colour_complaints, complaints
from economics_cases import exactly
from factories import make_metered_record, make_record
from hostile_records import attacked
from page_economics import changed, differences

from bench.catalog.apis import load_apis
from bench.economics.assess import assess
from bench.economics.assumptions.scenario import Scenario, Stated
from bench.economics.worksheet import worksheet
from bench.records.store import read_records
from bench.records.types import Assessment, Record
from bench.reports.page.data import page_data
from bench.reports.page.fit import fitted
from bench.reports.page.render import render
from bench.reports.words import figures as f

pytestmark = pytest.mark.browser

RESULTS = Path(__file__).resolve().parents[1] / "results"
SCENARIO = Scenario(
    at=datetime(2026, 11, 22, tzinfo=UTC),
    need_accuracy=(Stated("extract-json:easy", exactly("0.8", "share")),),
)
DRAWS = 200
CONCLUDED_AS_EDITED = """() => JSON.stringify(changesNow()) ===
    JSON.stringify(performance.getEntriesByName('recompute').at(-1)?.detail)"""
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Shown:
    """Records as they were concluded, the data of their page, and the page."""

    records: tuple[Record, ...]
    data: dict[str, Any]
    file: Path

    def expect(self, record: Record, changes: dict[str, Any]) -> Assessment:
        """What Python concludes of one of them under changed assumptions."""
        return concluded(record, changed(SCENARIO, changes))


def concluded(record: Record, scenario: Scenario) -> Assessment:
    known = load_apis()
    profiles = [known.find(name) for name in known.defaults]
    return assess(record, profiles, scenario, market=tuple(known.profiles.values()), n_draws=DRAWS)


def written(records: tuple[Record, ...], file: Path) -> Shown:
    sheet = worksheet(records, load_apis().at_efforts, DRAWS)
    data = fitted(page_data(records, worksheet=sheet, files={one.id: f"{one.id}.json" for one in records}))
    file.write_text(render(data), encoding="utf-8")
    return Shown(records, data, file)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """Real records: two of speed alone, and runs concluded anew with a bar that some pass."""
    found = read_records([RESULTS]).records
    runs = [one for one in found if one.kind == "run"][:3]
    records = [one for one in found if not one.tasks][:2]
    records += [one.model_copy(update={"assessment": concluded(one, SCENARIO)}) for one in runs]
    return written(tuple(records), tmp_path_factory.mktemp("page") / "real page.html")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    records = tuple(attacked(one) for one in (make_record(), make_metered_record()))
    return written(records, tmp_path_factory.mktemp("page") / "hostile.html")


def whole(page):
    """The page with everything drawn and unfolded that a reader can bring forth by scrolling and opening."""
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    return page


def edit(page, **entries: str) -> None:
    """Type or choose assumptions, and wait until the page has concluded anew."""
    for name, entry in entries.items():
        field = page.locator(f"[data-assumption={name}]")
        if name == "ownership":
            field.select_option(entry)
        else:
            field.fill(entry)
    page.wait_for_function(CONCLUDED_AS_EDITED, polling=20)


def some_entries(random: Random) -> tuple[dict[str, str], dict[str, Any]]:
    """What a reader may type, and the changes that it means."""
    entries, changes = {}, {}
    for field, change, least, most in (
        ("kwh", "kwh_price", 0.01, 2.0),
        ("device", "device_price", 20.0, 5_000.0),
        ("volume", "tasks_per_month", 10.0, 1e7),
    ):
        low = least * (most / least) ** random.random()
        high = low if random.random() < 0.5 else low * random.uniform(1, 4)
        entries[field] = repr(low) if low == high else f"{low!r}..{high!r}"
        changes[change] = [low if low == high else (low + high) / 2, low, high]
    entries["ownership"] = random.choice(["sunk", "dedicated", "shared"])
    changes["ownership"] = {"kind": entries["ownership"], "share": 0.5}
    return entries, changes


CONCLUDED = """id => concluded.get(id).map(
    one => ({...one, task: data.tasks[one.task].name, api: data.apis[one.api]}))"""


def test_edited_assumptions_conclude_as_python_does(pages, real):
    page = pages.open(real.file)
    random = Random(7)
    for _ in range(4):
        entries, changes = some_entries(random)
        edit(page, **entries)
        for record in real.records:
            if record.assessment:
                found = page.evaluate(CONCLUDED, record.id)
                assert differences(real.expect(record, changes), found) == []


def test_an_edit_changes_verdict_cost_and_chart(pages, real):
    page = whole(pages.open(real.file))
    record = real.records[-1]
    chart, card = page.locator("[data-chart=spend]"), page.locator(f".card[data-record='{record.id}']")
    before = chart.inner_html(), card.first.inner_text()
    assert page.locator("#edited").is_hidden()
    edit(page, kwh="0.5", device="900", volume="100000", ownership="dedicated")
    chart.scroll_into_view_if_needed()  # what is far from the window is drawn anew when it comes near
    page.wait_for_function(
        "before => document.querySelector('[data-chart=spend]').innerHTML !== before", arg=before[0]
    )
    assert card.first.inner_text() != before[1]
    assert page.locator("#edited").is_visible()
    assert "Recomputed here with 200 draws" in page.inner_text("#recompute-status")
    changes = {
        "kwh_price": [0.5] * 3,
        "device_price": [900] * 3,
        "tasks_per_month": [100000] * 3,
        "ownership": {"kind": "dedicated"},
    }
    expected = {(one.task, one.api): one for one in real.expect(record, changes).comparisons}
    page.locator("[data-filter=model]").select_option(record.model.name)
    table = whole(page).locator("[data-table=spend]")
    table.locator("[data-more]").click() if table.locator("[data-more]").count() else None
    rows = table.locator("tbody tr")
    assert rows.count() == len(expected)
    for cells in rows.evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"):
        task, _, api, verdict, here, there = (cell.replace("\n", " ").strip() for cell in cells[:6])
        one = expected[task, api]
        assert verdict.lstrip("✓✕? ") == one.verdict
        for text, spend in ((here, one.local_usd_per_correct), (there, one.api_usd_per_correct)):
            assert (text == f.ABSENT) == (spend is None)
            if spend is not None:
                assert text.lstrip("~").split(" ")[0] == f.money(spend[0] * 1000)
    page.click("#reset-assumptions")
    assert page.inner_text("#recompute-status") == "Verdicts are as recorded."


def test_an_edit_leaves_each_task_in_its_place(pages, real):
    page = pages.open(real.file)
    tasks = "all => all.map(one => one.dataset.task)"
    before = page.locator(".summary").evaluate_all(tasks)
    edit(page, device="100000", volume="1000", ownership="dedicated")
    assert page.locator(".summary .chip.edited").count() == len(before)
    assert page.locator(".summary").evaluate_all(tasks) == before


def test_a_wrong_entry_is_told_beside_its_field_and_counts_for_nothing(pages, real):
    page = pages.open(real.file)
    cards = page.inner_text("#card-list")
    page.fill("[data-assumption=kwh]", "cheap")
    page.locator("#wrong-kwh").wait_for(state="visible")
    field = page.locator("[data-assumption=kwh]")
    assert field.get_attribute("aria-invalid") == "true"
    assert "wrong-kwh" in field.get_attribute("aria-describedby")
    page.fill("[data-assumption=kwh]", "")
    page.locator("#wrong-kwh").wait_for(state="hidden")
    assert page.inner_text("#card-list") == cards


def test_a_table_is_sorted_with_keys_alone(pages, real):
    page = whole(pages.open(real.file))
    button = page.locator("[data-table=speed] [data-sort=rate]")
    column = page.locator("[data-table=speed] tbody tr td:nth-child(5)")

    def rates() -> list[float]:
        return [float(text.split(" ")[0].replace(",", "")) for text in column.all_inner_texts()]

    button.focus()
    page.keyboard.press("Enter")
    assert rates() == sorted(rates())
    header = page.locator("[data-table=speed] th[aria-sort]")
    assert header.get_attribute("aria-sort") == "ascending"
    assert page.evaluate("() => document.activeElement.dataset.sort") == "rate"
    page.keyboard.press("Space")
    assert rates() == sorted(rates(), reverse=True)
    assert header.get_attribute("aria-sort") == "descending"


def test_absent_figures_come_last_in_either_order(pages, real):
    page = whole(pages.open(real.file))
    for _ in range(2):
        page.click("[data-table=spend] [data-sort=there]")
        shown = page.locator("[data-table=spend] tbody tr td:nth-child(6)").all_inner_texts()
        known = [text != f.ABSENT for text in shown]
        assert False in known
        assert True in known
        assert known == sorted(known, reverse=True)


def test_what_capacity_decides_is_told_apart_from_money_and_from_what_was_recorded(pages, real):
    page = pages.open(real.file)
    edit(page, volume="1e11")
    cards = page.locator(".card[data-verdict='not viable']")
    told = cards.all_inner_texts()
    assert len(told) > 3
    assert all("decided by speed or capacity; but for that, probability of good" in one for one in told)
    assert all("what was edited: as recorded it is" in one for one in told)


def test_filters_leave_what_they_say(pages, real):
    page = pages.open(real.file)
    page.select_option("[data-filter=task]", "gsm8k")
    tasks = page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.task)")
    assert set(tasks) == {"gsm8k"}
    assert page.inner_text("#filter-status") == f"{len(tasks)} verdicts of {len(tasks)} records."
    page.select_option("[data-filter=verdict]", "viable")
    assert page.locator(".card").count() == 0
    assert "No record matches" in page.inner_text("#summaries")
    page.click("#clear-filters")
    assert page.locator(".card").count() > len(tasks)
    assert page.locator("#clear-filters").is_hidden()


def test_a_link_restores_what_was_chosen(pages, real):
    page = whole(pages.open(real.file))
    page.select_option("[data-filter=task]", "extract-json:easy")
    page.click("[data-table=speed] [data-sort=rate]")
    edit(page, kwh="0.2..0.6")
    cards = whole(page).inner_text("#card-list")
    fragment = page.url[page.url.index("#") :]
    other = pages.open(real.file, fragment=fragment)
    other.wait_for_function("() => performance.getEntriesByName('recompute').length > 0")
    whole(other)
    assert other.input_value("[data-filter=task]") == "extract-json:easy"
    assert other.input_value("[data-assumption=kwh]") == "0.2..0.6"
    assert other.locator("[data-table=speed] [aria-sort=ascending] [data-sort=rate]").count() == 1
    assert other.inner_text("#card-list") == cards


@pytest.mark.parametrize(
    "fragment",
    [
        "#task=<script>harmed=1</script>&model=%",
        "#kwh=1e999&sort-speed=__proto__:desc&x=constructor&chart-task=-1&chart-record=toString",
        "#ownership=stolen&device=-5&volume=0",
        "#main",
    ],
)
def test_a_damaged_link_shows_the_page_all_the_same(pages, real, fragment):
    page = whole(pages.open(real.file, fragment=fragment))
    assert page.locator(".card").count() > 0
    assert page.locator("[data-table=speed] tbody tr").count() > 0
    assert page.evaluate("() => window.harmed") is None


def test_the_way_through_the_page_with_keys_alone(pages, real):
    page = pages.open(real.file)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Skip to the verdicts"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.dataset.origin"):
            break
    opener = page.evaluate("() => document.activeElement.dataset.origin")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    assert "Measured" in dialog.inner_text()
    assert page.evaluate("() => document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    assert dialog.is_hidden()
    assert page.evaluate("() => document.activeElement.dataset.origin") == opener
    page.focus("[data-filter=task]")
    page.keyboard.press("ArrowDown")
    assert page.input_value("[data-filter=task]") != ""
    assert page.evaluate("() => document.activeElement.dataset.filter") == "task"


def test_keys_alone_reach_the_tables_and_the_records(pages, real):
    page = pages.open(real.file)
    page.focus("[data-picker=y]")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('#tables') !== null")
    page.focus("#method summary >> nth=-1")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('#records') !== null")


def test_the_page_is_accessible(pages, real):
    page = pages.open(real.file, viewport=DESK, color_scheme="light")
    assert complaints(whole(page)) == []
    page.emulate_media(color_scheme="dark")
    assert colour_complaints(page) == []
    edit(page, kwh="0.5")
    page.locator("[data-origin]").first.click()
    assert [one for one in colour_complaints(page) if "origin" in one] == []


def test_the_page_is_accessible_on_a_phone(pages, real):
    assert complaints(whole(pages.open(real.file, viewport=PHONE))) == []


def test_colours_follow_the_system_until_one_is_chosen(pages, real):
    page = pages.open(real.file, color_scheme="dark")
    paper = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(paper)
    assert dark != light
    page.get_by_role("button", name="Colours: as the system").click()
    page.get_by_role("button", name="Colours: light").click()
    assert page.get_by_role("button", name="Colours: dark").is_visible()
    assert page.evaluate(paper) == dark


def test_the_verdict_its_reason_and_its_weakest_point_are_on_the_first_screen(pages, real):
    for viewport in (DESK, PHONE):
        page = pages.open(real.file, viewport=viewport)
        for part in ("verdict", "why", "sure", "weakest"):
            box = page.locator(f"[data-part={part}]").first.bounding_box()
            assert box["y"] + box["height"] <= viewport["height"], part
        assert page.locator("[data-part=spend]").first.inner_text().endswith("brackets: 95 % of the draws")
        assert "; brackets: 95 % interval" in page.locator(".card").first.inner_text()
        assert re.match(r"Of \d tasks, the best model is viable on \d", page.inner_text("#tally"))


def test_paper_gets_everything_unfolded(pages, real):
    page = pages.open(real.file)
    page.evaluate(
        """() => addEventListener('beforeprint', () => { window.printed = {
            closed: document.querySelectorAll('details:not([open])').length,
            tables: document.querySelectorAll('#table-list tbody tr').length,
            charts: document.querySelectorAll('#chart-list svg').length } })"""
    )
    folded = page.locator("details:not([open])").count()
    assert page.pdf().startswith(b"%PDF")
    printed = page.evaluate("() => window.printed")
    assert printed["closed"] == 0
    assert printed["tables"] > 30
    assert printed["charts"] > 4
    assert page.locator("details:not([open])").count() >= folded > 0
    assert page.locator("#table-list tbody tr").count() < printed["tables"]
    page.emulate_media(media="print")
    assert page.locator("#filters").is_hidden()
    whole(page).set_viewport_size({"width": 718, "height": 1047})  # A4 within Chromium's margins
    wide = page.locator(".scroll, .figure, main").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.ariaLabel)"
    )
    assert wide == []


def test_paper_tells_how_much_it_leaves_out(pages, real):
    page = pages.open(real.file)
    page.evaluate("() => { data.records = data.records.flatMap((one) => Array(60).fill(one)) }")
    page.emulate_media(media="print")
    told = whole(page).locator("#table-list .on-paper:visible, #left-records").all_inner_texts()
    n_records = 60 * len(real.records)
    assert told[-1] == f"200 of {n_records:,} are printed."
    assert page.locator(".record").count() == 200
    assert sum(bool(re.fullmatch(r"200 of [\d,]+ are printed.", one)) for one in told) > 3


def test_the_data_can_be_had(pages, real):
    page = pages.open(real.file)
    with page.expect_download() as loading:
        page.click("#download")
    assert loading.value.suggested_filename.endswith(".json")
    downloaded = json.loads(Path(loading.value.path()).read_text(encoding="utf-8"))
    assert downloaded == json.loads(json.dumps(real.data))


def test_hostile_records_are_text(pages, hostile):
    page = whole(pages.open(hostile.file))
    shown = page.inner_text("body")
    assert "<script>window.harmed=1</script>" in shown
    assert "\u202e" not in shown
    assert page.locator("body img, body svg[onload], body script:not(#data)").count() == 1  # its own script
    for key in page.locator("[data-origin]").evaluate_all("all => all.map(one => one.dataset.origin)")[:6]:
        page.evaluate("key => showOrigin(key)", key)
        page.keyboard.press("Escape")
    for chosen in ("task", "model", "api", "machine"):
        field = page.locator(f"[data-filter={chosen}]")
        if field.is_visible():
            field.select_option(index=1)
            field.select_option(index=0)
    edit(page, kwh="0.5") if page.locator("[data-assumption=kwh]").is_enabled() else None
    assert page.evaluate("() => window.harmed") is None
    assert complaints(whole(page)) == []


def test_nothing_may_be_fetched_or_run_from_elsewhere(pages, real):
    page = pages.open(real.file)
    assert (
        page.evaluate("() => fetch('https://example.invalid/').then(() => 'sent', () => 'refused')")
        == "refused"
    )
    page.evaluate("() => { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=harmed=1>') }")
    for refused in ("Connecting to", "Fetch API cannot load", "Loading the image", "Executing inline event"):
        pages.expect(page, f"console error: {refused}")
    pages.expect(page, "request: ")  # it is told before it is refused
    assert page.evaluate("() => window.harmed") is None


def test_without_scripts_the_verdicts_are_there_and_nothing_empty(pages, real):
    page = pages.open(real.file, java_script_enabled=False)
    assert page.locator("noscript p").inner_text().startswith("Scripts are off")
    assert page.locator("noscript li").count() > 3
    assert page.locator("noscript li").first.is_visible()
    empty = [page.locator(f"#{name}") for name in ("assumptions", "cards", "charts", "tables", "records")]
    assert not any(one.is_visible() for one in empty)
    assert page.get_by_text("How a verdict is reached").is_visible()


def test_a_record_of_speed_alone_makes_a_page(pages, real, tmp_path):
    """Nothing was asked of it: no task, no verdict."""
    fast = next(one for one in real.records if not one.tasks)
    page = whole(pages.open(written((fast,), tmp_path / "fast.html").file))
    assert page.locator("[data-table=speed] tbody tr").count() > 0
    assert "no verdict" in page.inner_text("#summaries")
    assert (
        page.locator("#cards, #filters, #tally").evaluate_all("all => all.map(one => one.hidden)")
        == [True] * 3
    )
    assert page.locator("[data-assumption=kwh]").is_disabled()
