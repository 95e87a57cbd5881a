"""How a step of an explained computation is written: numbers for a calculator, and where each is from."""

from decimal import Context, Decimal

from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.flags import FLAGS
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.wall import Wall
from bench.records.types import ExplainedStep

Number = Decimal | float | int

_PUT_IN = Context(prec=10)  # as many digits as a pocket calculator shows
_N_DIGITS = 6  # of a result


def put(number: Number) -> str:
    """A number as it is put into a formula: ten digits, a negative one in brackets."""
    rounded = _PUT_IN.plus(_exact(number))
    text = f"{rounded.normalize():f}"
    return f"(−{text[1:]})" if text.startswith("-") else text


def amount(number: Number) -> str:
    """A result: six digits in plain notation; whole and large numbers to the last whole digit."""
    exact = _exact(number)
    if exact == exact.to_integral_value() or abs(exact) >= 10**_N_DIGITS:
        return f"{exact:.0f}".replace("-", "−")
    return f"{Decimal(f'{exact:.{_N_DIGITS - 1}e}'):f}".replace("-", "−")


def step(name: str, formula: str, numbers: str, result: Number, unit: str, *origins: str) -> ExplainedStep:
    """A figure that can be worked out from the numbers."""
    return ExplainedStep(
        name=name, formula=formula, numbers=numbers, result=amount(result), unit=unit, origins=origins
    )


def taken(name: str, result: Number | str, unit: str, *origins: str, formula: str = "") -> ExplainedStep:
    """A figure, or a word, that is taken as it is."""
    shown = result if isinstance(result, str) else amount(result)
    return ExplainedStep(name=name, formula=formula, numbers=None, result=shown, unit=unit, origins=origins)


def of_flag(scenario: Scenario, field: str) -> str:
    """Where a constant of the scenario is from: ``kwh price 0.182 USD/kWh, --kwh-price; default: …``."""
    constant: Constant | None = getattr(scenario, field)
    assert constant is not None
    return of_constant(field.replace("_", " "), constant, FLAGS[field].name)


def of_constant(name: str, constant: Constant, flag: str | None) -> str:
    cited = constant.source + (f" ({constant.date})" if constant.date else "")
    change = "" if flag is None else f", --{flag}"
    told = "" if cited.startswith(constant.kind) else f"{constant.kind}: "
    return f"{name} {constant} {constant.unit}{change}; {told}{cited}"


def of_wall(scenario: Scenario, wall: Wall) -> tuple[str, ...]:
    """Where the constants between meter and wall are from; with a flag where the scenario's are applied."""
    origins = []
    for field in ("unmetered", "psu_efficiency"):
        applied: Constant = getattr(wall, field)
        flag = FLAGS[field].name if applied is getattr(scenario, field) else None
        origins.append(of_constant(field.replace("_", " "), applied, flag))
    return tuple(origins)


def _exact(number: Number) -> Decimal:
    return Decimal(str(number)) if isinstance(number, float) else Decimal(number)
