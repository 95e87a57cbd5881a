"""What the options of several verbs are made of."""

import pytest

from tests.program import in_process


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--budget"),
        ("run", "--energy-budget"),
        ("speed", "--budget"),
        ("speed", "--sustained"),
        ("compare", "--budget"),
        ("energy", "--interval"),
    ],
)
def test_what_is_no_number_of_seconds_is_a_usage_error(arguments: tuple[str, str]) -> None:
    ended = in_process(*arguments, "nan")

    assert ended.code == 2
    assert "'nan' is no number" in ended.err
