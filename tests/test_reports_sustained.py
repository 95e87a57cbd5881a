"""Burst and sustained rates, with temperature and clock beside them."""

from factories import make_record, make_speed, make_sustained

from bench.records.types import MachineState
from bench.reports.tables.sustained import sustained_rows, sustained_table
from bench.reports.words.figures import ABSENT


def test_the_end_stands_beside_the_rates():
    (row,) = sustained_table([make_record(speed=(make_speed("tg128", 160.0), make_sustained()))]).rows
    assert row[1:3] == ("tg128", "600")
    assert row[3].startswith("16")
    assert row[4].startswith("120")
    assert row[5:] == ("-25.5%", "45.0", "3,000", "84.0", "2,250")


def test_what_the_system_does_not_tell_is_a_dash():
    point = make_sustained()
    untold = tuple(
        sample.model_copy(update={"state": MachineState(cpu_mhz=2000.0)}) for sample in point.samples
    )
    table = sustained_table([make_record(speed=(point.model_copy(update={"samples": untold}),))])
    assert table.rows[0][6:] == (ABSENT, "2,000", ABSENT, "2,000")
    assert "a dash: this system does not tell it" in table.notes


def test_too_few_repetitions_have_no_rates_but_their_end():
    point = make_sustained()
    short = point.model_copy(update={"samples": point.samples[-2:]})
    (row,) = sustained_rows(make_record(speed=(short,)))
    assert (row.burst, row.sustained, row.last.temperature_c) == (None, None, 84.0)
    assert sustained_table([make_record()]).rows == ()
