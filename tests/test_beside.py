"""Work in copies of this process: what comes back, what does not, and that nothing stays behind."""

import os
import time
from collections.abc import Callable
from typing import BinaryIO

import pytest

from bench import beside as module
from bench.beside import beside, done_beside
from bench.errors import InputError

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system copies no process")


@pytest.fixture(autouse=True)
def _three_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "n_processors", lambda: 3)


def _process_and_square(number: int) -> tuple[int, int]:
    return os.getpid(), number * number


def test_results_are_those_in_turn_and_come_from_several_processes() -> None:
    found = done_beside(_process_and_square, range(10), fewest=2)
    assert [square for _, square in found] == [number * number for number in range(10)]
    assert len({process for process, _ in found}) == 3


@pytest.mark.parametrize(("n", "fewest"), [(0, 2), (1, 2), (3, 2), (10, 11)])
def test_few_things_are_done_here(n: int, fewest: int) -> None:
    found = done_beside(_process_and_square, range(n), fewest=fewest)
    assert found == [(os.getpid(), number * number) for number in range(n)]


def test_one_processor_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "n_processors", lambda: 1)
    assert {process for process, _ in done_beside(_process_and_square, range(10), fewest=2)} == {os.getpid()}
    with beside(lambda out: out.write(b"told") and None) as stream:
        assert stream.read() == b""


def test_what_the_first_leaves_behind_is_not_made_again_in_each_process() -> None:
    made: list[int] = []

    def maker(_: int) -> int:
        if not made:
            made.append(os.getpid())
        return made[0]

    assert set(done_beside(maker, range(10), fewest=2)) == {os.getpid()}


def test_an_error_is_the_one_that_is_met_in_turn() -> None:
    def work(number: int) -> int:
        if number >= 7:
            raise InputError(f"no {number}", where="here", remedy="another")
        return number

    with pytest.raises(InputError, match="no 7") as told:
        done_beside(work, range(10), fewest=2)
    assert (told.value.where, told.value.remedy) == ("here", "another")


def test_what_another_process_cannot_do_or_hand_back_is_done_here() -> None:
    mine = os.getpid()

    def only_here(number: int) -> Callable[[], int] | int:
        if number < 5 and os.getpid() != mine:
            os._exit(1)
        return number if number < 5 else lambda: number  # a function that no other process can be handed

    found = done_beside(only_here, range(10), fewest=2)
    assert found[:5] == [0, 1, 2, 3, 4]
    assert [one() for one in found[5:] if callable(one)] == [5, 6, 7, 8, 9]


def test_what_ends_early_is_told_as_far_as_it_came() -> None:
    def work(out: BinaryIO) -> None:
        out.write(b"so far")
        out.flush()
        raise ValueError

    with beside(work) as stream:
        assert stream.read() == b"so far"


def test_nothing_works_on_after_the_block() -> None:
    def endless(out: BinaryIO) -> None:
        out.write(str(os.getpid()).encode().rjust(10))
        out.flush()
        time.sleep(60)

    def interrupted() -> None:
        with beside(endless) as stream:
            copies.append(int(stream.read(10)))
            raise KeyboardInterrupt

    copies: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    (copy,) = copies
    with pytest.raises(ProcessLookupError):
        os.kill(copy, 0)
