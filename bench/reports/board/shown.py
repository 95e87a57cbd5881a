"""What the board keeps of each record: figures for its tables, and once what many records share."""

from dataclasses import dataclass, field
from typing import NamedTuple

from bench.reports.board.names import digest
from bench.stats import Estimate


@dataclass(frozen=True, slots=True)
class MachineShown:
    key: str
    title: str
    machine_class: str
    architecture: str
    memory_bytes: int | None
    gpus: str


@dataclass(frozen=True, slots=True)
class ModelShown:
    """``key`` is of the name and the file's hash: two files of one name are two models."""

    key: str
    name: str
    sha256: str
    quantization: str
    size_bytes: int | None
    n_params: int | None
    bits_per_weight: float | None
    licence: str
    source: str


@dataclass(frozen=True, slots=True)
class Place:
    """What records must share to be ranked together: machine, engine, settings, and the tests shown."""

    key: str
    machine: MachineShown
    engine: str
    held: str
    prefill_test: str
    decode_test: str
    is_base: bool


@dataclass(frozen=True, slots=True)
class TaskShown:
    """``key`` is of all that makes answers comparable: the items, the prompting, the scorer, the sampling."""

    key: str
    name: str
    asked: str
    chance: float | None


@dataclass(frozen=True, slots=True)
class Rate:
    """Token/s; ``is_sound``: undisturbed, of two repetitions or more."""

    estimate: Estimate
    is_sound: bool


@dataclass(frozen=True, slots=True)
class Joules:
    """J/token of decoding; ``about`` says by which meter, of what, and from which origin."""

    estimate: Estimate
    about: str
    is_modelled: bool


class Verdicts(NamedTuple):
    """How many pairs of a model and an API have each, in the order of ``words.verdicts.ORDER``."""

    viable: int
    not_viable: int
    insufficient_evidence: int


@dataclass(frozen=True, slots=True)
class Concluded:
    """Of a record on a task: its ``verdicts``, and the best: its closest call is against ``api``."""

    verdicts: Verdicts
    verdict: str
    api: str
    n_others: int
    probability: float | None
    sure: str
    weakest: str


@dataclass(frozen=True, slots=True)
class Scored:
    task: TaskShown
    accuracy: Estimate | None
    right: int
    wrong: int
    unscored: int
    concluded: Concluded | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One record."""

    id: str
    day: str
    prefill: Rate | None
    decode: Rate | None
    peak_rss_bytes: int | None
    joules: Joules | None
    scored: tuple[Scored, ...]


@dataclass(slots=True)
class Row:
    """Records of one model in one place. ``why_not``: why they are shown without a rank; empty: ranked."""

    place: Place
    model: ModelShown
    why_not: str
    entries: list[Entry] = field(default_factory=list)

    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = digest(f"{self.place.key} {self.model.key} {self.why_not}")[:16]


class Refused(NamedTuple):
    """A file that is not published; by its name alone, since the site tells no folders."""

    file: str
    why: str

    def __str__(self) -> str:
        return f"{self.file}: {self.why}"
