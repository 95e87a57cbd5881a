"""How a step of an explained computation is written: numbers for a calculator, and where each is from."""

from decimal import Decimal

from bench.economics.assumptions.constants import Constant, plain
from bench.economics.assumptions.flags import FLAGS
from bench.economics.assumptions.scenario import Scenario
from bench.economics.device.wall import Wall
from bench.economics.verdict.sides import ApiSide
from bench.economics.verdict.workings import Workings
from bench.records.types import ExplainedStep

Number = Decimal | float | int

_N_DIGITS = 6  # of a result


def put(number: Number) -> str:
    """A number as it is put into a formula: ten digits, a negative one in brackets."""
    text = plain(_exact(number))
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
    is_told = constant.date is None or constant.date in constant.source
    cited = constant.source + ("" if is_told else f" ({constant.date})")
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


def accuracy_there(api: ApiSide) -> str:
    """What money and carbon reckon with: of an API of which only a bar is known, not what it is judged by."""
    return "(accuracy there, taken to be always right)" if api.accuracy.is_bar else "accuracy there"


def shared_by(w: Workings) -> tuple[str, str]:
    """The attempts a month that share what is fixed, and where they are from."""
    stated = of_flag(w.scenario, "tasks_per_month")
    if w.held.tasks_per_month.value < w.scenario.tasks_per_month.value:
        return "capacity of one device", f"{stated}; at most capacity"
    return "tasks a month", stated


def counted(n: int, what: str) -> str:
    """``1 request``, ``1,319 requests``."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def _exact(number: Number) -> Decimal:
    return Decimal(str(number)) if isinstance(number, float) else Decimal(number)
