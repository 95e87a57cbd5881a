"""Size of the report page, time until it can be used, and time to conclude anew, in a real Chromium.

    python scripts/check_page_speed.py [--records N ...] [--loads N]

The records are clones of those in results/: another model's name, machine, day and hash, and every second,
joule and dollar times a factor of the clone's own, so that none of them packs better than the page of as
many real ones; they are concluded with the APIs and prices of today. Each load has a browser context of its
own and starts with nothing cached. Printed: the median over loads with its 95 % interval, and the slowest.
The page tells both times itself: from the start of navigation to the first screen that answers, and from the
start of concluding anew, after an edit, to the new verdicts on the screen.
"""

import hashlib
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench.catalog.apis import load_apis
from bench.commands.report import write_html
from bench.economics.assess import assess
from bench.economics.assumptions.scenario import Scenario
from bench.records.store import read_records
from bench.records.types import Record
from bench.stats import median_interval
from command_line import parser_of
from environment import browser
from environment.machine import SetupProblem

RESULTS = Path(__file__).resolve().parents[1] / "results"
SCALED = ("_s", "_j", "_usd")  # ends of names of what varies from clone to clone
N_MACHINES = 25
INTERACTIVE = "() => performance.getEntriesByName('interactive')[0]?.startTime"
RECOMPUTED = "() => performance.getEntriesByName('recompute').at(-1)?.duration"
PRICE_FIELD = "Price of electricity"
DRAWS_OF_RECORDED = 200  # the page draws its own number anew


def clones(records: Sequence[Record], n: int) -> list[Record]:
    """``n`` records like the given ones, the first of them unchanged."""
    return [*records[:n], *(clone(records[i % len(records)], i) for i in range(len(records), n))]


def concluded(records: Sequence[Record]) -> list[Record]:
    """With verdicts that the page can redo: what is recorded has to be what comes out today."""
    known, scenario = load_apis(), Scenario(at=datetime.now(UTC))
    market = tuple(known.profiles.values())
    profiles = [known.find(name) for name in known.defaults]
    return [
        record.model_copy(
            update={
                "assessment": assess(record, profiles, scenario, market=market, n_draws=DRAWS_OF_RECORDED)
            }
        )
        if record.tasks
        else record
        for record in records
    ]


def clone(record: Record, number: int) -> Record:
    factor = random.Random(number).lognormvariate(0, 0.5)
    document = _scaled(json.loads(record.model_dump_json()), factor)
    digest = hashlib.sha256(f"{record.id} {number}".encode()).hexdigest()
    document["id"] = digest[: len(record.id)]
    document["content_sha256"] = None
    document["created_utc"] = (record.created_utc + timedelta(hours=number)).isoformat()
    document["model"] |= {"name": f"{record.model.name}-{number // 7}", "sha256": digest}
    document["machine"]["cpu_model"] += f" no. {number % N_MACHINES}"
    return Record.model_validate_json(json.dumps(document))


def _scaled(part: Any, factor: float, varies: bool = False) -> Any:
    if isinstance(part, dict):
        return {name: _scaled(value, factor, varies or name.endswith(SCALED)) for name, value in part.items()}
    if isinstance(part, list):
        return [_scaled(value, factor, varies) for value in part]
    if varies and isinstance(part, float):
        return part * factor
    if varies and isinstance(part, str) and part.replace(".", "").isdigit():
        return f"{Decimal(part) * Decimal(factor):.6g}"
    return part


def load_ms(chromium: Browser, page_file: Path) -> tuple[float, float | None]:
    """Milliseconds until the page can be used, and those of concluding anew after an edit if it can."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(page_file.as_uri())
    interactive: float = page.wait_for_function(INTERACTIVE).json_value()
    field = page.get_by_label(PRICE_FIELD).first
    recomputed: float | None = None
    if field.is_enabled():
        field.fill("0.5")
        recomputed = page.wait_for_function(RECOMPUTED).json_value()
    context.close()
    return interactive, recomputed


def told(values: Sequence[float]) -> str:
    middle, low, high = median_interval(values)
    return f"{middle:.0f} ms (95 %: {low:.0f} to {high:.0f}; slowest {max(values):.0f})"


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=[7, 100, 500])
    parser.add_argument("--loads", type=int, default=7)
    known = parser.parse_args()
    try:
        program = browser.locate()
    except SetupProblem as problem:
        print(problem, file=sys.stderr)
        return 2
    real = read_records([RESULTS]).records
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program)
        print(f"Chromium {chromium.version}; records cloned from {len(real)} real ones; {known.loads} loads")
        for n in known.records:
            page_file = Path(folder, f"{n}.html")
            write_html(concluded(clones(real, n)), page_file)
            load_ms(chromium, page_file)  # the file is then in the system's memory for all
            times = [load_ms(chromium, page_file) for _ in range(known.loads)]
            recomputed = [after for _, after in times if after is not None]
            print(
                f"{n} records: {page_file.stat().st_size / 1e6:.2f} MB, "
                f"interactive after {told([interactive for interactive, _ in times])}, "
                + (f"concludes anew in {told(recomputed)}" if recomputed else "too many to conclude anew")
            )
        chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
