"""Every constant of a conclusion in one place, with the flag that changes it.

Imports nothing heavy, so the command line can list the flags without the cost of computing anything.
"""

from dataclasses import dataclass, replace

from bench.economics.assumptions import constants as c
from bench.economics.assumptions import defaults
from bench.economics.assumptions.constants import Constant, read_constant
from bench.economics.assumptions.currency import RATE_FLAG, Rates
from bench.economics.assumptions.tax import TAX_BASIS_FLAG, VAT_FLAG


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
    yields_to: str = ""  # that something known better goes before it

    def read(self, text: str, rates: Rates) -> Constant:
        """The figure that was written; InputError for what this option does not take."""
        figure = read_constant(
            text,
            self.unit,
            f"--{self.name}",
            minimum=self.minimum,
            maximum=self.maximum,
            takes_range=self.takes_range,
            rates=rates,
        )
        return replace(figure, source=f"{figure.source}; {self.yields_to}") if self.yields_to else figure

    @property
    def default(self) -> Constant | None:
        """What holds when nobody says it; None: nothing does."""
        figure: Constant | None = getattr(defaults, self.name.replace("-", "_").upper(), None)
        return figure


FLAGS: dict[str, Flag] = {
    "kwh_price": Flag("kwh-price", c.USD_PER_KWH, "Price of electricity", maximum="1000"),
    "psu_efficiency": Flag(
        "psu-efficiency", c.SHARE, "Share of wall power that reaches the parts", "0.1", "1"
    ),
    "unmetered": Flag(
        "unmetered", c.SHARE, "Energy of parts that the meter does not see, of what it sees", "0", "10"
    ),
    "answer_length": Flag(
        "answer-length", c.MULTIPLE, "The API's answer as a multiple of the expected", "0.01"
    ),
    "delta": Flag(
        "delta",
        c.SHARE,
        "Margin by which the device may be worse and still be good enough",
        "0",
        "1",
        takes_range=False,
    ),
    "setting_band": Flag(
        "setting-band",
        c.SHARE,
        "How far a published score may be off on this task",
        "0",
        "1",
        takes_range=False,
    ),
    "need_accuracy": Flag("need-accuracy", c.SHARE, "The accuracy that you need", "0", "1", True),
    "api_accuracy": Flag(
        "api-accuracy",
        c.SHARE,
        "The API's accuracy as you know it",
        "0",
        "1",
        is_per_task=True,
        yields_to="a transcript or a published score goes before it",
    ),
    "loss_per_error": Flag("loss-per-error", c.USD, "What one wrong answer costs you"),
    "vat": Flag(
        VAT_FLAG, c.SHARE, "Value-added tax, for one tax basis on both sides", "0", "1", takes_range=False
    ),
    "cached_share": Flag(
        "cached-share",
        c.SHARE,
        "Share of a request's tokens that the API reads from its cache",
        "0",
        "1",
        takes_range=False,
    ),
    "api_retries": Flag(
        "api-retries", c.SHARE, "Share of requests that are sent again", "0", "10", takes_range=False
    ),
    "api_fee": Flag("api-fee", c.USD, "Fee of a request and the tools it calls", takes_range=False),
    "check_cost": Flag("check-cost", c.USD, "Telling if an answer is right, or if an API is to be asked"),
    "wage": Flag("wage", c.USD_PER_HOUR, "Pay of whoever attends the device"),
    "labour": Flag("labour", c.SECONDS, "Labour for each task on the device"),
    "tasks_per_month": Flag("tasks-per-month", c.TASKS_A_MONTH, "Attempts a month", "0.001"),
    "device_price": Flag("device-price", c.USD, "What the device costs to buy"),
    "lifetime": Flag("lifetime", c.MONTHS, "Until the device is replaced", "1", takes_range=False),
    "discount_rate": Flag("discount-rate", c.SHARE, "Yearly cost of capital", "0", "1", takes_range=False),
    "resale": Flag("resale", c.SHARE, "Share of the price regained in the end", "0", "1", takes_range=False),
    "maintenance": Flag("maintenance", c.USD_PER_MONTH, "Upkeep of the device", takes_range=False),
    "idle_watts": Flag("idle-watts", c.WATT, "Power of the idle device at the wall, charged when bought"),
    "hours_per_month": Flag(
        "hours-per-month",
        c.HOURS_A_MONTH,
        "Hours in which the device is on",
        "0.1",
        "744",
        takes_range=False,
    ),
    "allowed_hours": Flag(
        "allowed-hours",
        c.HOURS_A_MONTH,
        "Hours in which tasks may run, of those in which it is on",
        "0.1",
        "744",
        takes_range=False,
    ),
    "embodied": Flag("embodied", c.KG_CO2E, "CO2 of making the device, counted where it is charged"),
    "hosted_wh": Flag("hosted-wh", c.WH_PER_KTOK, "Energy of 1,000 output tokens at the API"),
    "hosted_grid": Flag("hosted-grid", c.G_PER_KWH, "CO2 of electricity at the API"),
    "horizon": Flag(
        "horizon", c.MONTHS, "How long device and API are compared", "1", "600", takes_range=False
    ),
    "price_decline": Flag("price-decline", c.SHARE, "By how much API prices fall a year", "0", "1"),
    "density_halving": Flag(
        "density-halving", c.MONTHS, "Until half the parameters have the same skill", "0.1"
    ),
    "api_parameters": Flag(
        "api-parameters",
        c.PARAMETERS,
        "Size of the API's model, where nobody published it",
        "0.001",
        takes_range=False,
    ),
}
OWNERSHIP_FLAG, AT_FLAG = "ownership", "at"
BATCH_FLAG, YES, NO = "batch", "yes", "no"
DEVICE_FLAG, COUNTRY_FLAG = "device", "country"  # names of a catalog, which stand for constants
WORD_FLAGS = (OWNERSHIP_FLAG, AT_FLAG, TAX_BASIS_FLAG, RATE_FLAG, BATCH_FLAG)  # words, no figures
