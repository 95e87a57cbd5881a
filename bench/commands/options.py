"""What the user may ask of the verbs that measure."""

from dataclasses import dataclass, field
from pathlib import Path

from bench.economics.assumptions.scenario import Words
from bench.engines.protocol import Sampling, Thinking
from bench.measure.energy_rule import EnergyRule

__all__ = [  # what options are made of, for the command line
    "RunOptions",
    "Sampling",
    "Thinking",
]

BUDGET_S = 95.0
QUICK_BUDGET_S = 27.0
ENERGY_BUDGET_S = 60.0  # for each phase; only a meter that is slow or coarse takes so long
QUICK_ENERGY_BUDGET_S = 15.0


@dataclass(frozen=True, slots=True)
class EvalOptions:
    """What is asked of which models. Empty tuples and None mean a default.

    ``settings`` are fields of EngineSettings.
    """

    models: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    transcripts: tuple[str, ...] = ()  # [TASK=]FILE
    limit: int | None = None
    n_shots: int | None = None  # worked examples before each item
    thinking: Thinking | None = None  # None: as the model's template has it
    sampling: Sampling | None = None  # None: greedy
    n_samples: int = 1  # attempts at each item
    may_run_code: bool = False  # of answers, in the sandbox
    seed: int = 0
    settings: dict[str, object] = field(default_factory=dict)
    models_file: Path | None = None
    output: Path | None = None
    is_offline: bool = False
    resume: bool = False  # go on with the last run that was interrupted


@dataclass(frozen=True, slots=True)
class RunOptions(EvalOptions):
    """The same, and what ``breakeven run`` adds: time, energy, APIs and the economics."""

    apis: tuple[str, ...] = ()
    is_only_named: bool = False  # and no API that is chosen for a task
    is_quick: bool = False
    budget_s: float | None = None  # for one model, loading and conclusions not counted
    meters: tuple[str, ...] = ()  # energy meters by name, address or file; they go before the others
    energy_budget_s: float | None = None  # for each phase
    watts_per_core: str | None = None
    scenario: Words = field(default_factory=dict)  # flag name without dashes -> the user's words
    scenario_file: Path | None = None
    arrivals: Path | None = None  # when requests came; else by chance

    @property
    def time_budget_s(self) -> float:
        return self.budget_s or (QUICK_BUDGET_S if self.is_quick else BUDGET_S)

    @property
    def energy_rule(self) -> EnergyRule:
        if self.is_quick:
            return EnergyRule(budget_s=self.energy_budget_s or QUICK_ENERGY_BUDGET_S, n_tries=1)
        return EnergyRule(budget_s=self.energy_budget_s or ENERGY_BUDGET_S)


@dataclass(frozen=True, slots=True)
class SpeedOptions:
    """What the user may ask of ``breakeven speed``; numbers as llama-bench has them.

    ``axes`` holds the values of each field of EngineSettings that is varied, in the order in which the grid
    is walked, the last one fastest; one record is made for each combination.
    """

    models: tuple[str, ...] = ()
    n_prompt: tuple[int, ...] = (512,)
    n_gen: tuple[int, ...] = (128,)
    n_pg: tuple[tuple[int, int], ...] = ()
    n_depth: tuple[int, ...] = (0,)
    n_parallel: tuple[int, ...] = ()
    has_warm_prefix: bool = False
    requests: tuple[str, ...] = ()  # TASK or TASK=N
    sustained_s: float | None = None
    n_loads: int = 0
    has_ceilings: bool = True
    axes: dict[str, tuple[object, ...]] = field(default_factory=dict)
    repetitions: int | None = None  # None: until the interval is narrow
    budget_s: float | None = None  # for one model, held in one way
    has_energy: bool | None = None  # None: where there is a meter, and not only a model
    meters: tuple[str, ...] = ()
    energy_budget_s: float | None = None
    seed: int = 1
    watts_per_core: str | None = None
    models_file: Path | None = None
    results: Path | None = None
    is_offline: bool = False
    resume: bool = False

    @property
    def energy_rule(self) -> EnergyRule:
        return EnergyRule(budget_s=self.energy_budget_s or ENERGY_BUDGET_S)
