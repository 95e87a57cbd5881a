"""``breakeven energy``: the energy meters of this machine and their power, as plain rows."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from bench.meters.energy import ROOT, covers_of, in_order, sees_work
from bench.meters.energy.core_watts import parse_watts
from bench.meters.energy.machine import MachineMeters, open_machine
from bench.meters.energy.sampler import Meters
from bench.meters.energy.watch import Power, PowerWatch, as_tree
from bench.meters.protocol import Ability, MeterInfo
from bench.meters.survey import missing_meter, modelled_energy
from bench.reports.tables.power import DomainRow, MeterRow
from bench.units import NS_PER_S, seconds


@dataclass(frozen=True, slots=True)
class Look:
    """The power of every meter at one moment."""

    at: datetime
    meters: tuple[MeterRow, ...]

    def document(self) -> dict[str, object]:
        return {"at": self.at.isoformat(), "meters": [asdict(row) for row in self.meters]}


class EnergyPanel:
    """Every meter that works, in the order in which figures are taken from them, and what else there is.

    ``missing`` are the readers that find nothing, ``refused`` the meters that the user named and that do not
    work, and ``model`` is what stands in without a meter.
    """

    def __init__(self, machine: MachineMeters) -> None:
        self.refused = tuple(map(missing_meter, machine.refused))
        named = {meter.name for meter in self.refused}
        self.missing = tuple(missing_meter(meter) for meter in machine.missing if meter.name not in named)
        self.model: Ability = modelled_energy(machine.core_watts)
        infos = [meter.info for meter in machine.found]
        # Those that see no processor come last: no figure of the processor's work is taken from them.
        places = sorted(in_order(infos), key=lambda place: not sees_work(infos[place], uses_gpu=False))
        self._watches = [PowerWatch(machine.found[place]) for place in places]
        on_gpu = Meters(machine.found, uses_gpu=True).sources
        has_gpu = any("gpu" in covers_of(info) for info in infos)
        self.taken_from = next((watch.info.name for watch in self._watches if _sees_cpu(watch)), None)
        self.taken_from_with_gpu = on_gpu[0].info.name if has_gpu and on_gpu else None

    @property
    def has_meters(self) -> bool:
        return bool(self._watches)

    def look(self) -> tuple[MeterRow, ...]:
        return tuple(
            meter_row(watch.info, watch.look(), order if _sees_cpu(watch) else None)
            for order, watch in enumerate(self._watches, 1)
        )

    def document(self) -> dict[str, object]:
        return {
            "taken_from": self.taken_from,
            "taken_from_with_gpu": self.taken_from_with_gpu,
            "refused": [asdict(ability) for ability in self.refused],
            "missing": [asdict(ability) for ability in self.missing],
            "model": asdict(self.model),
        }

    def notes(self) -> list[str]:
        """Sentences on the choice between the meters."""
        if self.taken_from is None:
            told = ["no meter here sees the processor: the joules of its work are modelled"]
        else:
            told = [f"joules are taken from {self.taken_from}, or from the next in order where it tells none"]
            if not all(map(_sees_cpu, self._watches)):
                told.append("–: does not see the processor, so no joules of its work are taken from it")
        if self.taken_from_with_gpu is not None:
            told.append(f"with layers of the model on a GPU they are taken from {self.taken_from_with_gpu}")
        return told


def open_panel(
    words: Sequence[str] = (), watts_per_core: str | None = None, *, root: Path = ROOT
) -> EnergyPanel:
    """Find the meters; raises InputError for words that name none, and for watts that are none."""
    return EnergyPanel(open_machine(words, parse_watts(watts_per_core), root=root))


def looks(
    panel: EnergyPanel,
    interval_s: float,
    n_looks: int | None = None,
    *,
    clock: Callable[[], int] = time.perf_counter_ns,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Look]:
    """Power at the end of each interval; without ``n_looks`` for ever. A slow meter delays the next."""
    panel.look()  # from here on counters count
    due_ns = clock()
    for _ in count() if n_looks is None else range(n_looks):
        due_ns = max(due_ns + round(interval_s * NS_PER_S), clock())
        sleep(seconds(max(0, due_ns - clock())))
        yield Look(datetime.now(UTC), panel.look())


def meter_row(info: MeterInfo, power: Power, order: int | None) -> MeterRow:
    watts = power.watts
    return MeterRow(
        name=info.name,
        order=order,
        covers=info.covers,
        provenance=info.provenance,
        quantity=info.quantity,
        period_s=info.period_s,
        lag_s=info.lag_s,
        accuracy=None if info.spread == (1.0, 1.0) else info.spread,
        detail=info.detail,
        watts=None if watts is None else sum(watts[place] for place in info.summed),
        step_w=power.step_w,
        unknown_because=power.unknown_because,
        domains=tuple(
            DomainRow(
                name=info.domains[place].name,
                covers=info.domains[place].covers,
                depth=depth,
                watts=None if watts is None else watts[place],
            )
            for place, depth in as_tree(info.domains)
        ),
    )


def _sees_cpu(watch: PowerWatch) -> bool:
    return sees_work(watch.info, uses_gpu=False)
