"""Tables of joules: every meter apart, what is modelled apart from what was measured, each reason once."""

from factories import (
    DISTURBED,
    make_absent,
    make_assessment,
    make_comparison,
    make_efficiency,
    make_energy,
    make_latency,
    make_metered_record,
    make_reading,
    make_record,
    make_speed,
)

from bench.reports.tables.economy import cost_table
from bench.reports.tables.energy import (
    efficiency_table,
    energy_table,
    modelled_energy_table,
    task_energy_table,
)
from bench.reports.tables.ladder import device_costs, ladder_table
from bench.reports.tables.sweep import sweep_table
from bench.reports.words.figures import ABSENT
from bench.reports.words.verdicts import verdict_groups


def with_energy(*readings, **changes):
    latency = make_latency("gsm8k").model_copy(update={"energy": readings})
    return make_record(latency=(latency,), **changes)


def with_efficiency(*efficiency, **changes):
    assessment = make_assessment([make_comparison("gsm8k", "api")]).model_copy(
        update={"efficiency": efficiency}
    )
    return make_record(assessment=assessment, **changes)


def column(table, name):
    return [row[table.columns.index(name)] for row in table.rows]


def test_every_meter_has_a_line_and_those_that_are_not_used_are_marked():
    table = energy_table([make_metered_record()])
    assert column(table, "meter") == ["shelly", "also hwmon"] * 4
    assert column(table, "what")[::2] == ["prefill, pp107", "decode, tg26 @ d107", "!tg128 x8", "idle"]
    assert column(table, "at once")[::2] == ["1", "1", "8", ABSENT]
    assert column(table, "provenance")[:2] == ["measured", "derived"]


def test_the_meter_of_the_costs_is_the_one_that_is_marked_as_used():
    readings = (make_reading("prefill", 6.0, 100, 1.0), make_energy("prefill", 6.0, 100))
    chosen = make_efficiency("gsm8k", meter="cpu-model", provenance="modelled")
    record = with_energy(*readings, assessment=with_efficiency(chosen).assessment)
    assert column(energy_table([record]), "meter") == ["also shelly"]
    assert column(modelled_energy_table([record]), "meter") == ["cpu-model"]


def test_modelled_joules_are_marked_and_stand_in_no_table_of_measured_ones():
    record = make_metered_record()
    for table in (energy_table([record]), task_energy_table([record]), efficiency_table([record])):
        assert not [cell for row in table.rows for cell in row if "~" in cell or "cpu-model" in cell]
    for table in (
        modelled_energy_table([record]),
        task_energy_table([record], is_modelled=True),
        efficiency_table([record], is_modelled=True),
    ):
        numbers = [place for place, name in enumerate(table.columns) if name not in ("at once",)]
        figures = [row[place] for row in table.rows for place in numbers if table.is_number[place]]
        assert figures
        assert all(figure.startswith("~") for figure in figures)


def test_tokens_per_joule_is_the_inverse_with_its_bounds():
    reading = make_reading("decode", 8.0, 16, 1.0, gross_j=(8.0, 4.0, 16.0))
    table = energy_table([with_energy(reading)])
    assert column(table, "measured, gross") == ["0.500 J/token (0.25–1.0)"]
    assert column(table, "measured, tokens/J") == ["2.00 (1.0–4.0)"]
    unbounded = make_reading("decode", 8.0, 16, 1.0, gross_j=(8.0, 0.0, 16.0))
    assert column(energy_table([with_energy(unbounded)]), "measured, tokens/J") == ["2.00 (1.0 or more)"]


def test_each_reason_is_told_once_with_all_that_it_is_a_reason_for():
    why = "the meter failed: no such device"
    point = make_speed("tg128", 160.0).model_copy(update={"energy": (make_absent("decode", why),)})
    record = with_energy(make_absent("prefill", why), make_absent("decode", why), speed=(point,))
    table = energy_table([record])
    assert [note for note in table.notes if why in note] == [
        f"gsm8k prefill; gsm8k decode; tg128: by rapl: {why}",
    ]
    assert column(table, "provenance") == ["absent"] * 3
    assert set(column(table, "measured, gross")) == {ABSENT}


def test_no_line_of_dashes_beside_what_another_meter_told():
    told, silent = make_reading("prefill", 6.0, 100, 1.0), make_absent("prefill", "it does not answer")
    table = energy_table([with_energy(silent, told)])
    assert column(table, "meter") == ["shelly"]
    assert "gsm8k prefill: by rapl: it does not answer" in table.notes


def test_an_increment_that_is_not_known_says_why_beside_its_gross_joules():
    why = "5 J do not rise above the 6 J of an idle machine"
    reading = make_reading("prefill", 5.0, 100, 1.0, above_idle_j=None, absent_because=why)
    table = energy_table([with_energy(reading)])
    assert column(table, "measured, above idle") == [ABSENT]
    assert column(table, "measured, gross") != [ABSENT]
    assert f"gsm8k prefill: by shelly: {why}" in table.notes


def test_a_disturbed_window_is_marked():
    table = energy_table([with_energy(make_reading("prefill", 6.0, 100, 1.0, contention=DISTURBED))])
    assert column(table, "what") == ["!prefill"]
    assert any(note.startswith("!:") for note in table.notes)


def test_a_task_whose_window_was_disturbed_is_marked():
    disturbed = make_efficiency("gsm8k", is_disturbed=True)
    for table in (
        task_energy_table([with_efficiency(disturbed)]),
        efficiency_table([with_efficiency(disturbed)]),
    ):
        assert column(table, "task") == ["!gsm8k"]
        assert any(note.startswith("!:") for note in table.notes)


def test_what_a_task_costs_by_the_joules_of_a_disturbed_window_is_marked():
    disturbed = with_efficiency(make_efficiency("gsm8k", is_disturbed=True))
    quiet = with_efficiency(
        make_efficiency("gsm8k"), make_efficiency("gsm8k", is_disturbed=True, is_chosen=False)
    )
    for record, is_marked in ((disturbed, True), (quiet, False)):
        costs, each = cost_table([record]), sweep_table([({}, [record])])
        told = [costs.rows[0][3], *column(each, "here"), device_costs(record)["gsm8k"]]
        assert all(cell.startswith("!~$" if is_marked else "~$") for cell in told)
        group, *_ = verdict_groups(record.assessment)
        assert group.costs is not None
        assert ("!~$" in group.costs) == is_marked
        for table in (costs, each, ladder_table([record], {record.id: "m"}, with_tasks=True)):
            assert any(note.startswith("!:") for note in table.notes) == is_marked


def test_a_point_of_prefill_and_decoding_has_joules_of_a_call_and_no_common_rate():
    # 3 calls of 512 + 128 tokens.
    point = make_speed("tg128", 160.0).model_copy(update={"test": "pp512+tg128", "n_prompt": 512})
    point = point.model_copy(update={"energy": (make_reading("prefill+decode", 60.0, 1920, 1.0),)})
    table = energy_table([make_record(speed=(point,), latency=())])
    assert column(table, "measured, gross") == ["20.0 J (19–21)"]
    assert column(table, "measured, tokens/J") == [ABSENT]


def test_idle_power_is_one_line_for_each_meter_in_watts():
    idle = [make_reading("idle", joules, None, 2.0) for joules in (8.0, 10.0)]
    table = energy_table([make_record(idle_energy=tuple(idle), latency=())])
    assert column(table, "measured, gross") == ["4.50 W (3.8–5.2)"]
    disturbed = make_absent("idle", "other processes disturbed the idle machine")
    table = energy_table([make_record(idle_energy=(disturbed,), latency=())])
    assert column(table, "provenance") == ["absent"]
    assert "idle: by rapl: other processes disturbed the idle machine" in table.notes


def test_what_nobody_knows_has_no_column():
    table = efficiency_table([with_efficiency(make_efficiency("gsm8k", carbon_g=None, charge=None))])
    assert "IPJ, 1/J" in table.columns
    assert not {"g CO2e/task", "tasks/charge"} & set(table.columns)
    assert task_energy_table([make_record()]).rows == ()


def test_a_task_without_a_right_answer_says_so():
    none = make_efficiency("gsm8k", accuracy=0.0)
    none = none.model_copy(update={"gross": none.gross.model_copy(update={"per_correct_j": None})})
    right = task_energy_table([with_efficiency(none, make_efficiency("other"))])
    assert column(right, "J/correct answer")[0] == ABSENT
    assert any("no answer was right" in note for note in right.notes)


def test_what_a_meter_of_a_part_says_of_a_charge_is_at_most():
    table = efficiency_table([make_metered_record()])
    whole, part = column(table, "tasks/charge")
    assert not whole.startswith("≤")
    assert part.startswith("≤ ")
    assert "≤: at most, since hwmon sees a part of what the battery feeds" in table.notes
