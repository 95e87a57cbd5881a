"""Every constant of a conclusion in one place, with the flag that changes it.

Imports nothing heavy, so the command line can list the flags without the cost of computing anything.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bench.economics import constants as c
from bench.economics import defaults
from bench.economics.constants import Constant, read_constant
from bench.economics.currency import RATE_FLAG, Rates, read_rates
from bench.economics.device_cost import SUNK, Ownership, Purchase, read_ownership
from bench.economics.from_catalogs import constants_of
from bench.economics.tax import TAX_BASIS_FLAG, VAT_FLAG, TaxBasis, api_tax, no_vat, read_tax_basis, said_of
from bench.errors import InputError, nearest

if TYPE_CHECKING:
    from bench.catalog.types import DeviceProfile, Electricity
    from bench.records.types import Assumption

Words = Mapping[str, str | Sequence[str]]  # flag name without dashes -> what the user wrote


@dataclass(frozen=True, slots=True)
class Flag:
    """One option of the command line, and what it takes."""

    name: str  # without dashes
    unit: str
    help: str
    minimum: str = "0"
    maximum: str | None = None
    is_per_task: bool = False  # [TASK=]FIGURE, repeatable
    takes_range: bool = True  # False: its bounds are not drawn, so a range would promise too much


FLAGS: dict[str, Flag] = {
    "kwh_price": Flag("kwh-price", c.USD_PER_KWH, "price of electricity"),
    "psu_efficiency": Flag(
        "psu-efficiency", c.SHARE, "share of wall power that reaches the parts", "0.1", "1"
    ),
    "answer_length": Flag(
        "answer-length", c.MULTIPLE, "the API's answer as a multiple of the expected", "0.01"
    ),
    "delta": Flag(
        "delta",
        c.SHARE,
        "margin by which the device may be worse and still be good enough",
        "0",
        "1",
        takes_range=False,
    ),
    "setting_band": Flag(
        "setting-band",
        c.SHARE,
        "how far a published score may be off on this task",
        "0",
        "1",
        takes_range=False,
    ),
    "need_accuracy": Flag("need-accuracy", c.SHARE, "the accuracy that you need", "0", "1", True),
    "api_accuracy": Flag("api-accuracy", c.SHARE, "the API's accuracy as you know it", "0", "1", True),
    "loss_per_error": Flag("loss-per-error", c.USD, "what one wrong answer costs you"),
    "vat": Flag(
        VAT_FLAG, c.SHARE, "value-added tax, for one tax basis on both sides", "0", "1", takes_range=False
    ),
    "cached_share": Flag(
        "cached-share",
        c.SHARE,
        "share of a request's tokens that the API reads from its cache",
        "0",
        "1",
        takes_range=False,
    ),
    "api_retries": Flag(
        "api-retries", c.SHARE, "share of requests that are sent again", "0", "10", takes_range=False
    ),
    "api_fee": Flag("api-fee", c.USD, "fee of a request and the tools it calls", takes_range=False),
    "check_cost": Flag("check-cost", c.USD, "telling for an answer whether to ask an API, too"),
    "wage": Flag("wage", c.USD_PER_HOUR, "pay of whoever attends the device"),
    "labour": Flag("labour", c.SECONDS, "labour for each task on the device"),
    "tasks_per_month": Flag("tasks-per-month", c.TASKS_A_MONTH, "attempts a month", "0.001"),
    "device_price": Flag("device-price", c.USD, "what the device costs to buy"),
    "lifetime": Flag("lifetime", c.MONTHS, "until the device is replaced", "1", takes_range=False),
    "discount_rate": Flag("discount-rate", c.SHARE, "yearly cost of capital", "0", "1", takes_range=False),
    "resale": Flag("resale", c.SHARE, "share of the price regained in the end", "0", "1", takes_range=False),
    "maintenance": Flag("maintenance", c.USD_PER_MONTH, "upkeep of the device", takes_range=False),
    "idle_watts": Flag("idle-watts", c.WATT, "power of the idle device at the wall, charged when bought"),
    "hours_per_month": Flag(
        "hours-per-month",
        c.HOURS_A_MONTH,
        "hours in which the device is on",
        "0.1",
        "744",
        takes_range=False,
    ),
    "embodied": Flag("embodied", c.KG_CO2E, "CO2 of making the device, counted where it is charged"),
    "hosted_wh": Flag("hosted-wh", c.WH_PER_KTOK, "energy of 1,000 output tokens at the API"),
    "hosted_grid": Flag("hosted-grid", c.G_PER_KWH, "CO2 of electricity at the API"),
}
OWNERSHIP_FLAG, AT_FLAG = "ownership", "at"
BATCH_FLAG, YES, NO = "batch", "yes", "no"
DEVICE_FLAG, COUNTRY_FLAG = "device", "country"  # names of a catalog, which stand for constants
WORD_FLAGS = (OWNERSHIP_FLAG, AT_FLAG, TAX_BASIS_FLAG, RATE_FLAG, BATCH_FLAG)  # words, no figures


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure that the user declares for one task, or for all (None)."""

    task: str | None
    figure: Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The circumstances under which device and API are compared; money in USD."""

    at: datetime
    ownership: Ownership = SUNK
    kwh_price: Constant = defaults.KWH_PRICE
    psu_efficiency: Constant = defaults.PSU_EFFICIENCY
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
    embodied: Constant | None = None  # what is None of these three leaves grams unknown
    hosted_wh: Constant | None = None
    hosted_grid: Constant | None = None
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
        elif "vat" in chosen:
            raise InputError(
                "a tax is declared, and not whether prices are to be with or without it",
                where=f"--{VAT_FLAG}",
                remedy=f"give --{TAX_BASIS_FLAG} gross or net",
            )
        if OWNERSHIP_FLAG in words:
            chosen["ownership"] = read_ownership(_last(words[OWNERSHIP_FLAG]))
        basis, vat = chosen.get("tax_basis", "mixed"), chosen.get("vat")
        chosen |= constants_of(device, country, rates=rates, basis=basis, vat=vat, stated=frozenset(chosen))
        if device is not None and "device_price" not in chosen and chosen.get("ownership", SUNK) != SUNK:
            raise InputError(
                f"no price of {device.title} is known: {device.cited.note or device.cited.source}",
                where=f"--{DEVICE_FLAG}",
                remedy="give --device-price, or --ownership sunk for a device already owned",
            )
        if BATCH_FLAG in words:
            chosen["is_batch"] = _read_yes_or_no(_last(words[BATCH_FLAG]), f"--{BATCH_FLAG}")
        moment = read_moment(_last(words[AT_FLAG])) if AT_FLAG in words else at or datetime.now(UTC)
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

    def purchase(self) -> Purchase:
        """The terms of owning the device, without its price."""
        return Purchase(
            rate_per_year=self.discount_rate.value,
            lifetime_months=max(1, round(self.lifetime.value)),
            resale_share=self.resale.value,
            maintenance_per_month=self.maintenance.value,
            idle_w=self.idle_watts.value,
            powered_hours_per_month=self.hours_per_month.value,
            kwh_price=self.kwh_price.value,
        )

    def fixed_per_month(self) -> Decimal:
        """``F`` of the device as it is held: 0 when sunk."""
        price = Decimal(0) if self.device_price is None else self.device_price.value
        return self.purchase().fixed_per_month(price, self.ownership)

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
        from bench.records.types import Assumption

        weight = effects or {}
        is_owned = self.ownership == SUNK
        held = Assumption(
            name="ownership",
            value=str(self.ownership),
            unit="",
            kind="default" if is_owned else "declared",
            source="convention: the device is already owned" if is_owned else "declared by the user",
            date=None,
            flag=f"--{OWNERSHIP_FLAG}",
        )
        listed = [
            (
                weight.get(field, 0.0),
                Assumption(
                    name=field.replace("_", " ") + ("" if task is None else f" of {task}"),
                    value=str(constant),
                    unit=constant.unit,
                    kind=constant.kind,
                    source=constant.source,
                    date=constant.date,
                    flag=f"--{FLAGS[field].name}",
                ),
            )
            for field, task, constant in self.constants()
        ]
        basis = Assumption(
            name=TAX_BASIS_FLAG.replace("-", " "),
            value=self.tax_basis,
            unit="",
            kind="default" if self.tax_basis == "mixed" else "declared",
            source=said_of(self.tax_basis, self.vat),
            date=None,
            flag=f"--{TAX_BASIS_FLAG}",
        )
        ranked = sorted([*listed, (0.0, basis), *others], key=lambda entry: -entry[0])
        waits = Assumption(
            name="requests in batches",
            value=YES,
            unit="",
            kind="declared",
            source="declared by the user: answers may take hours; an API without a price of batches is "
            "billed at its list price, and so is a task with a service level",
            date=None,
            flag=f"--{BATCH_FLAG}",
        )
        return held, *([waits] if self.is_batch else []), *(assumption for _, assumption in ranked)


def read_moment(text: str) -> datetime:
    """A date or moment in ISO form, in UTC unless it says otherwise. InputError when it is none.

    A date alone means its noon: at midnight some providers bill less.
    """
    words = text.strip()
    try:
        moment = datetime.fromisoformat(words)
    except ValueError as error:
        raise InputError(
            f"{text!r} is not a date", where=f"--{AT_FLAG}", remedy="write it as 2026-11-21"
        ) from error
    if moment.time() == time() and not re.search(r"\d[T ]\d", words):
        moment = moment.replace(hour=12)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _read_yes_or_no(text: str, name: str) -> bool:
    if text not in (YES, NO):
        raise InputError(f"{text!r} is neither {YES} nor {NO}", where=name)
    return text == YES


def _read_words(flag: Flag, said: str | Sequence[str], rates: Rates) -> Constant | tuple[Stated, ...]:
    if not flag.is_per_task:
        return _read_figure(flag, _last(said), rates)
    stated: dict[str | None, Stated] = {}
    for words in _all(said):
        task, separator, figure = words.rpartition("=")
        if separator and not task.strip():
            raise InputError(
                f"{words!r} names no task", where=f"--{flag.name}", remedy="write it as gsm8k=0.8"
            )
        key = task.strip() or None
        stated[key] = Stated(key, _read_figure(flag, figure, rates))
    return tuple(stated.values())


def _read_figure(flag: Flag, text: str, rates: Rates) -> Constant:
    name = f"--{flag.name}"
    constant = read_constant(text, flag.unit, name, minimum=flag.minimum, maximum=flag.maximum, rates=rates)
    if not flag.takes_range and not constant.is_exact:
        raise InputError(
            f"{text!r} is a range, and this figure is taken as exact",
            where=name,
            remedy="give one figure, and try both ends of the range in turn",
        )
    return constant


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
