"""How long energy is measured, apart from the measuring: options say it before anything is loaded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EnergyRule:
    """How long a phase is repeated: until no meter's error is above ``target`` of its joules.

    At least ``least_s``, so that what happens now and then has its share; at most ``budget_s``, in which the
    time for meters that tell late is not counted.
    """

    target: float = 0.05
    least_s: float = 1.0
    budget_s: float = 60.0
    n_tries: int = 2  # of a window that others disturb
