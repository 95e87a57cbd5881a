"""The circumstances of a conclusion: every constant, as said by the user, a catalog or the defaults."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bench.economics.assumptions import defaults
from bench.economics.assumptions.constants import Constant, Kind
from bench.economics.assumptions.currency import RATE_FLAG, Rates, read_rates
from bench.economics.assumptions.flags import (
    AT_FLAG,
    BATCH_FLAG,
    DEVICE_FLAG,
    FLAGS,
    NO,
    OWNERSHIP_FLAG,
    WORD_FLAGS,
    YES,
    Flag,
)
from bench.economics.assumptions.from_catalogs import constants_of
from bench.economics.assumptions.moment import read_moment
from bench.economics.assumptions.tax import (
    TAX_BASIS_FLAG,
    VAT_FLAG,
    TaxBasis,
    api_tax,
    no_vat,
    read_tax_basis,
    said_of,
)
from bench.economics.device.device_cost import SUNK, Ownership, Purchase, read_ownership
from bench.errors import InputError, nearest

if TYPE_CHECKING:
    from bench.catalog.types import DeviceProfile, Electricity
    from bench.records.types import Assumption

Words = Mapping[str, str | Sequence[str]]  # flag name without dashes -> what the user wrote


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure that the user declares for one task, or for all (None)."""

    task: str | None
    figure: Constant


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """The circumstances under which device and API are compared; money in USD."""

    at: datetime
    ownership: Ownership = SUNK
    kwh_price: Constant = defaults.KWH_PRICE
    psu_efficiency: Constant = defaults.PSU_EFFICIENCY
    unmetered: Constant = defaults.UNMETERED
    answer_length: Constant = defaults.ANSWER_LENGTH
    delta: Constant = defaults.DELTA
    setting_band: Constant = defaults.SETTING_BAND
    need_accuracy: tuple[Stated, ...] = ()
    api_accuracy: tuple[Stated, ...] = ()
    loss_per_error: Constant | None = None  # None: as the task says, if it does
    tax_basis: TaxBasis = "mixed"
    vat: Constant | None = None
    is_batch: bool = False  # requests may wait for hours, and cost less where the API sells that
    cached_share: Constant = defaults.CACHED_SHARE
    api_retries: Constant = defaults.API_RETRIES
    api_fee: Constant = defaults.API_FEE
    check_cost: Constant = defaults.CHECK_COST
    wage: Constant = defaults.WAGE
    labour: Constant = defaults.LABOUR
    tasks_per_month: Constant = defaults.TASKS_PER_MONTH
    device_price: Constant | None = None
    lifetime: Constant = defaults.LIFETIME
    discount_rate: Constant = defaults.DISCOUNT_RATE
    resale: Constant = defaults.RESALE
    maintenance: Constant = defaults.MAINTENANCE
    idle_watts: Constant = defaults.IDLE_WATTS
    hours_per_month: Constant = defaults.HOURS_PER_MONTH
    allowed_hours: Constant | None = None  # None: tasks may run whenever it is on
    embodied: Constant | None = None  # what is None of these three leaves grams unknown
    hosted_wh: Constant | None = None
    hosted_grid: Constant | None = None
    horizon: Constant = defaults.HORIZON
    price_decline: Constant = defaults.PRICE_DECLINE
    density_halving: Constant = defaults.DENSITY_HALVING
    api_parameters: Constant | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a scenario needs a moment with a time zone")
        for stated in self.need_accuracy:
            if stated.task in {other.task for other in self.api_accuracy}:
                raise InputError(
                    "--need-accuracy and --api-accuracy were both given for "
                    + ("every task" if stated.task is None else f"the task {stated.task}"),
                    remedy="give the one that you know",
                )
        if self.ownership.kind != "sunk" and self.device_price is None:
            raise InputError(
                f"the price of a device that is {self.ownership} is missing",
                where=f"--{OWNERSHIP_FLAG}",
                remedy="give --device-price, or --ownership sunk for a device already owned",
            )
        if self.working_hours > self.hours_per_month.value:
            raise InputError(
                f"tasks may run in {self.working_hours:f} hours a month, and the device is on in "
                f"{self.hours_per_month.value:f}",
                where=f"--{FLAGS['allowed_hours'].name}",
                remedy=f"give fewer, or more --{FLAGS['hours_per_month'].name}",
            )
        for field in ("lifetime", "horizon"):
            months: Constant = getattr(self, field)
            if months.value % 1:
                raise InputError(
                    f"{months} months are no whole number, and payments are counted by the month",
                    where=f"--{FLAGS[field].name}",
                    remedy="give whole months",
                )
        if self.tax_basis == "gross" and self.vat is None:
            raise no_vat("API list prices are without tax", self.tax_basis)

    @classmethod
    def read(
        cls,
        words: Words,
        *,
        at: datetime | None = None,
        seed: int = 0,
        device: "DeviceProfile | None" = None,
        country: "Electricity | None" = None,
    ) -> "Scenario":
        """Build a scenario from the user's words by flag name (``kwh-price``, ``ownership``, ``at``, …).

        ``at`` is now unless given. What the words leave open is as the catalogs have it of ``device`` and
        ``country``, and else as the defaults. Raises InputError for an unknown flag or unit, a value out of
        range, a currency without a rate, and a tax basis without its VAT.
        """
        by_name = {flag.name: field for field, flag in FLAGS.items()}
        for name in words:
            if name not in (*by_name, *WORD_FLAGS):
                raise InputError(f"unknown option --{name}; {nearest(name, [*by_name, *WORD_FLAGS])}")
        rates = read_rates(_all(words.get(RATE_FLAG, ())))
        chosen: dict[str, Any] = {}
        for name, said in words.items():
            if name in by_name:
                chosen[by_name[name]] = _read_words(FLAGS[by_name[name]], said, rates)
        if TAX_BASIS_FLAG in words:
            chosen["tax_basis"] = read_tax_basis(_last(words[TAX_BASIS_FLAG]))
        if "vat" in chosen and chosen.get("tax_basis", "mixed") == "mixed":
            raise InputError(
                "a tax is declared, and not whether prices are to be with or without it",
                where=f"--{VAT_FLAG}",
                remedy=f"give --{TAX_BASIS_FLAG} gross or net",
            )
        if OWNERSHIP_FLAG in words:
            chosen["ownership"] = read_ownership(_last(words[OWNERSHIP_FLAG]))
        basis, vat = chosen.get("tax_basis", "mixed"), chosen.get("vat")
        moment = read_moment(_last(words[AT_FLAG])) if AT_FLAG in words else at or datetime.now(UTC)
        chosen |= constants_of(
            device, country, at=moment, rates=rates, basis=basis, vat=vat, stated=frozenset(chosen)
        )
        if device is not None and "device_price" not in chosen and chosen.get("ownership", SUNK) != SUNK:
            raise InputError(
                f"no price of {device.title} is known: {device.cited.note or device.cited.source}",
                where=f"--{DEVICE_FLAG}",
                remedy="give --device-price, or --ownership sunk for a device already owned",
            )
        if BATCH_FLAG in words:
            chosen["is_batch"] = _read_yes_or_no(_last(words[BATCH_FLAG]), f"--{BATCH_FLAG}")
        return cls(at=moment, seed=seed, **chosen)

    def needed_accuracy(self, task: str) -> Constant | None:
        """What the user needs on ``task``: said for it, its family (before the colon), or all tasks."""
        return _stated(self.need_accuracy, task)

    def declared_api_accuracy(self, task: str) -> Constant | None:
        """What the user says the API reaches on ``task``; looked up like ``needed_accuracy``."""
        return _stated(self.api_accuracy, task)

    @property
    def counts_volume(self) -> bool:
        """The user stated one, or it bears a part of the device's price."""
        return self.tasks_per_month.kind != "default" or self.ownership.kind != "sunk"

    @property
    def working_hours(self) -> Decimal:
        """Of a month, in which tasks may run: what capacity and arrivals are counted in."""
        return self.hours_per_month.value if self.allowed_hours is None else self.allowed_hours.value

    @property
    def horizon_months(self) -> int:
        return int(self.horizon.value)

    def purchase(self) -> Purchase:
        """The terms of owning the device, without its price."""
        return Purchase(
            rate_per_year=self.discount_rate.value,
            lifetime_months=int(self.lifetime.value),
            resale_share=self.resale.value,
            maintenance_per_month=self.maintenance.value,
            idle_w=self.idle_watts.value,
            powered_hours_per_month=self.hours_per_month.value,
            kwh_price=self.kwh_price.value,
        )

    def within(self, capacity: Decimal | None) -> "Scenario":
        """With no more tasks than one device can do: so many share its fixed costs. None: not known."""
        volume = self.tasks_per_month
        if capacity is None or volume.high <= capacity:
            return self
        value, low, high = (min(end, capacity) for end in (volume.value, volume.low, volume.high))
        return replace(self, tasks_per_month=replace(volume, value=value, low=low, high=high))

    def fixed_per_month(self) -> Decimal:
        """``F`` of the device as it is held: 0 when sunk."""
        price = Decimal(0) if self.device_price is None else self.device_price.value
        return self.purchase().fixed_per_month(price, self.ownership)

    def fixed_per_task(self) -> Decimal:
        """What each of the stated tasks bears of ``F``."""
        return self.fixed_per_month() / self.tasks_per_month.value

    def api_fee_per_attempt(self) -> Decimal:
        """The user's own fee, for each time that a request is sent."""
        return self.api_fee.value * (1 + self.api_retries.value)

    @property
    def api_tax(self) -> Decimal:
        """Share that is added to API list prices, which are without tax."""
        return api_tax(self.tax_basis, self.vat)

    def constants(self) -> list[tuple[str, str | None, Constant]]:
        """Field name, task if it holds for one only, and constant, for those that have a value."""
        found: list[tuple[str, str | None, Constant]] = []
        for field in FLAGS:
            held: Constant | tuple[Stated, ...] | None = getattr(self, field)
            if isinstance(held, Constant):
                found.append((field, None, held))
            elif held is not None:
                found.extend((field, stated.task, stated.figure) for stated in held)
        return found

    def assumptions(
        self, effects: Mapping[str, float] | None = None, others: "Iterable[tuple[float, Assumption]]" = ()
    ) -> "tuple[Assumption, ...]":
        """Every constant with its origin and flag; by ``effects`` (field name to size), largest first.

        ``others`` are assumptions that came with the measurements, with their effects. Ownership leads: it is
        the question.
        """
        weight = effects or {}
        is_owned = self.ownership == SUNK
        why = "convention: the device is already owned" if is_owned else "declared by the user"
        if is_owned and self.device_price is not None:
            why += "; its price enters no cost and no verdict, only what is said of buying it"
        held = _in_words("ownership", str(self.ownership), why, OWNERSHIP_FLAG, is_default=is_owned)
        listed = [(weight.get(field, 0.0), assumption) for field, assumption in self._of_constants]
        why = said_of(self.tax_basis, self.vat)
        is_mixed = self.tax_basis == "mixed"
        basis = _in_words("tax basis", self.tax_basis, why, TAX_BASIS_FLAG, is_default=is_mixed)
        ranked = sorted([*listed, (0.0, basis), *others], key=lambda entry: -entry[0])
        why = (
            "declared by the user: answers may take hours; an API without a price of batches is "
            "billed at its list price, and so is a task with a service level"
        )
        waits = _in_words("requests in batches", YES, why, BATCH_FLAG)
        return held, *([waits] if self.is_batch else []), *(assumption for _, assumption in ranked)

    @cached_property
    def _of_constants(self) -> "tuple[tuple[str, Assumption], ...]":
        """As records list them, by field: many records do so under one scenario."""
        from bench.records.types import Assumption

        return tuple(
            (
                field,
                Assumption(
                    name=field.replace("_", " ") + ("" if task is None else f" of {task}"),
                    value=str(constant),
                    unit=constant.unit,
                    kind=constant.kind,
                    source=constant.source,
                    date=constant.date,
                    flag=f"--{FLAGS[field].name}",
                    band=(constant.value, constant.low, constant.high),
                    task=task,
                ),
            )
            for field, task, constant in self.constants()
        )


def _in_words(name: str, value: str, source: str, flag: str, *, is_default: bool = False) -> "Assumption":
    """An assumption that is no figure."""
    from bench.records.types import Assumption

    kind: Kind = "default" if is_default else "declared"
    return Assumption(name=name, value=value, unit="", kind=kind, source=source, date=None, flag=f"--{flag}")


def _read_yes_or_no(text: str, name: str) -> bool:
    if text not in (YES, NO):
        raise InputError(f"{text!r} is neither {YES} nor {NO}", where=name)
    return text == YES


def _read_words(flag: Flag, said: str | Sequence[str], rates: Rates) -> Constant | tuple[Stated, ...]:
    if not flag.is_per_task:
        return flag.read(_last(said), rates)
    stated: dict[str | None, Stated] = {}
    for words in _all(said):
        task, separator, figure = words.rpartition("=")
        if separator and not task.strip():
            raise InputError(
                f"{words!r} names no task", where=f"--{flag.name}", remedy="write it as gsm8k=0.8"
            )
        key = task.strip() or None
        stated[key] = Stated(key, flag.read(figure, rates))
    return tuple(stated.values())


def _all(said: str | Sequence[str]) -> Sequence[str]:
    return (said,) if isinstance(said, str) else said


def _last(said: str | Sequence[str]) -> str:
    return said if isinstance(said, str) else said[-1]


def _stated(stated: Iterable[Stated], task: str) -> Constant | None:
    by_task = {one.task: one.figure for one in stated}
    for key in (task, task.partition(":")[0], None):
        if key in by_task:
            return by_task[key]
    return None
