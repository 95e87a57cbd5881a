"""The table of carbon: estimates marked, unknown as a dash with its reason, and no table without a gram."""

from economics_cases import BUSY, QUIET, items, latency, profile, record, scenario, score, task

from bench.economics.assess import assess
from bench.records.types import CarbonBeside, CarbonHere, CarbonThere, Contention, Record
from bench.reports.tables.carbon import carbon_table
from bench.reports.tables.table import DISTURBED_COST_NOTE

HERE = CarbonHere(
    kwh=(1e-5, 1e-5, 2e-5),
    electricity_g=(0.004, 0.004, 0.008),
    is_making_charged=False,
    making_g=None,
    attempt_g=(0.004, 0.004, 0.008),
    per_correct_g=(0.005, 0.004, None),
)
THERE = CarbonThere(
    scope="provider",
    wh=(0.24, 0.24, 0.24),
    attempt_g=(0.03, 0.03, 0.09),
    per_correct_g=(0.04, 0.03, 0.1),
    detail="all of it",
    source="a report",
    date="2025-08",
)
BESIDE = CarbonBeside(here=HERE, there=THERE, same_at_g_per_kwh=(3000.0, 1500.0, 9000.0))


def told(beside: CarbonBeside | None, contention: Contention = QUIET) -> Record:
    one = record([task(items(6, 10))], [latency(contention=contention)])
    assessment = assess(one, [profile(scores=[score(0.8)])], scenario(), n_draws=100)
    (compared,) = assessment.comparisons
    compared = compared.model_copy(update={"carbon": beside})
    return one.model_copy(update={"assessment": assessment.model_copy(update={"comparisons": (compared,)})})


def test_both_sides_with_their_marks_and_sources() -> None:
    table = carbon_table([told(BESIDE)])
    here, there = (row[2:] for row in table.rows)
    assert here == (
        "this device",
        "~0.0100 (0.010–0.020)",
        "not charged",
        "~4.00 (4.0–8.0)",
        "~5.00 (4.0 or more)",
        "",
        "joules: modelled",
    )
    assert there == (
        "some-api",
        "~0.240",
        "–",
        "~30.0 (30–90)",
        "~40.0 (30–100)",
        "~3,000 (1,500–9,000)",
        "estimate of all that the provider serves; a report (2025-08)",
    )
    assert "~: an estimate, or rests on modelled energy" in table.notes


def test_what_is_not_known_is_a_dash_and_its_flag_is_named() -> None:
    charged = HERE.model_copy(
        update={"electricity_g": None, "is_making_charged": True, "attempt_g": None, "per_correct_g": None}
    )
    no_grid = THERE.model_copy(update={"attempt_g": None, "per_correct_g": None})
    table = carbon_table([told(CarbonBeside(here=charged, there=no_grid, same_at_g_per_kwh=None))])
    assert [row[4:8] for row in table.rows] == [("–", "–", "–", ""), ("–", "–", "–", "–")]
    for flag in ("--country", "--embodied", "--hosted-grid"):
        assert any(flag in note for note in table.notes), flag
    nothing = carbon_table([told(CarbonBeside(here=None, there=None, same_at_g_per_kwh=None))])
    assert [row[-1] for row in nothing.rows] == ["the device's energy is not known"]
    assert "no estimate is published (--hosted-wh and --hosted-grid): some-api" in nothing.notes


def test_making_is_an_estimate_even_where_joules_are_measured() -> None:
    charged = HERE.model_copy(update={"is_making_charged": True, "making_g": (0.8, 0.5, 1.0)})
    (here, there) = carbon_table(
        [told(CarbonBeside(here=charged, there=THERE, same_at_g_per_kwh=(0.0, 0.0, 0.0)))]
    ).rows
    assert here[4] == "~800 (500–1,000)"
    assert there[7] == "~none"


def test_joules_of_a_busy_machine_mark_what_rests_on_them() -> None:
    charged = HERE.model_copy(update={"is_making_charged": True, "making_g": (0.8, 0.5, 1.0)})
    table = carbon_table([told(BESIDE.model_copy(update={"here": charged}), BUSY)])
    here, there = ([cell.startswith("!~") for cell in row[3:8]] for row in table.rows)
    assert here == [True, False, True, True, False], "not what making takes"
    assert there == [False, False, False, False, True], "of the API only what the device's joules are part of"
    assert DISTURBED_COST_NOTE in table.notes
    never = BESIDE.model_copy(update={"same_at_g_per_kwh": (0.0, 0.0, 0.0)})
    assert carbon_table([told(never, BUSY)]).rows[1][7] == "~none", "whatever the joules"
    unknown = carbon_table([told(BESIDE.model_copy(update={"here": None}), BUSY)])
    assert DISTURBED_COST_NOTE not in unknown.notes
    assert DISTURBED_COST_NOTE not in carbon_table([told(BESIDE)]).notes


def test_without_carbon_there_is_no_row() -> None:
    assert carbon_table([told(None)]).rows == ()
