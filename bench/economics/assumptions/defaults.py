"""The constants that hold when the user says nothing, each with its bounds and where it is from."""

from decimal import Decimal

from bench.economics.assumptions import constants as c
from bench.economics.assumptions.constants import Constant


def _default(
    value: str, unit: str, source: str, *, low: str = "", high: str = "", date: str | None = None
) -> Constant:
    return Constant(
        Decimal(value), Decimal(low or value), Decimal(high or value), unit, "default", source, date
    )


KWH_PRICE = _default(
    "0.182",
    c.USD_PER_KWH,
    "US average residential price, EIA Short-Term Energy Outlook, forecast for 2026; bounds: Washington and "
    "Hawaii, the cheapest and dearest of six states in EIA-861M, 12 months to 2026-07",
    low="0.1412",
    high="0.4351",
    date="2026-10",
)
PSU_EFFICIENCY = _default(
    "0.85",
    c.SHARE,
    "assumption: an ordinary supply; 80 PLUS asks 82 to 85 % of Bronze, 90 to 94 % of Titanium",
    low="0.75",
    high="0.94",
)
UNMETERED = _default(
    "0.15",
    c.SHARE,
    "assumption: memory, regulators, board, disk and fans; one Raspberry Pi 5 took 14.5 % more above idle "
    "than its metered rails, github.com/jfikar/RPi5-power",
    low="0",
    high="0.4",
    date="2024-05",
)
ANSWER_LENGTH = _default(
    "1", c.MULTIPLE, "assumption: an API is between half and twice as wordy as expected", low="0.5", high="2"
)
DELTA = _default("0.05", c.SHARE, "convention: within 5 points of accuracy is good enough")
SETTING_BAND = _default("0.05", c.SHARE, "assumption: prompts and scorers move a published score by 5 points")
CACHED_SHARE = _default("0", c.SHARE, "convention: nothing is read from a provider's cache")
API_RETRIES = _default("0", c.SHARE, "convention: no request has to be sent again")
API_FEE = _default("0", c.USD, "convention: no fee for a request or the tools it calls, beyond the prices")
CHECK_COST = _default("0", c.USD, "convention: a router that reads margins or counts votes costs nothing")
WAGE = _default("0", c.USD_PER_HOUR, "convention: no labour is counted")
LABOUR = _default("0", c.SECONDS, "convention: no labour is counted")
TASKS_PER_MONTH = _default("10000", c.TASKS_A_MONTH, "assumption: one task every four minutes, day and night")
LIFETIME = _default("36", c.MONTHS, "convention: three years")
DISCOUNT_RATE = _default("0.05", c.SHARE, "assumption: yearly cost of capital")
RESALE = _default("0", c.SHARE, "convention: worth nothing in the end")
MAINTENANCE = _default("0", c.USD_PER_MONTH, "convention: no upkeep")
IDLE_WATTS = _default(
    "4.1",
    c.WATT,
    "assumption: idles at the wall as a Mac mini M4 does; bounds: Raspberry Pi 5 and Framework Desktop, "
    "geerlingguy/sbc-reviews",
    low="2.8",
    high="12.5",
    date="2026-04-10",
)
HOURS_PER_MONTH = _default("730.5", c.HOURS_A_MONTH, "convention: always on")
HORIZON = _default("36", c.MONTHS, "convention: three years")
PRICE_DECLINE = _default(
    "0.90",
    c.SHARE,
    "fitted to dated prices at equal published score, `breakeven prices decline`; bounds: the slowest and "
    "the fastest of 13 scores in four benchmarks, 2024-05 to 2025-06",
    low="0.39",
    high="0.97",
    date="2026-11-21",
)
DENSITY_HALVING = _default(
    "3.5",
    c.MONTHS,
    "scenario: Xiao et al., Densing law of LLMs, doi:10.1038/s42256-025-01137-0; bounds: its preprint of "
    "2024-12, arXiv:2412.04315, and Li Dahai of ModelBest in 2024-07",
    low="3.3",
    high="8",
    date="2025-11",
)
