"""``breakeven publish``: records as a data set that anybody can load, in a folder or on the hub."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import __version__
from bench.artifacts.hub_upload import check_repo, upload
from bench.commands.results_data import SCHEMA, Conversion, Watch, mark
from bench.errors import InputError, RecordError
from bench.records.dataset_folder import CARD, MARKER, PARQUET
from bench.records.files import OTHER_TEMPORARY, temporary_folder
from bench.records.leaks import find_leaks
from bench.records.outputs import without_outputs
from bench.records.privacy import Identity, redact
from bench.records.types import Record
from bench.records.warehouse import Counts, write_parquet
from bench.reports.board.plausibility import findings_of
from bench.reports.dataset.card import About, card
from bench.reports.dataset.rows import is_synthetic, month
from bench.tasks import may_publish_outputs

HUB = "hub:"
DEFAULT_LICENCE = "cc-by-4.0"


@dataclass(frozen=True, slots=True)
class Published:
    """``where``: the folder, or the page on the hub; ``conversion`` knows what was left out."""

    where: str
    rows: Counts
    conversion: Conversion
    dropped: tuple[str, ...]


def publish(
    paths: Sequence[Path],
    to: str,
    *,
    licence: str,
    keeps_outputs: bool,
    is_private: bool,
    watch: Watch,
    identity: Identity | None = None,
    now: datetime | None = None,
) -> Published:
    """Write the records that pass every check to ``to``: a folder, or ``hub:ORG/NAME``.

    A record that names a person or place, cannot be, or is synthetic is left out by name. Raises InputError,
    RecordError and ArtifactError; then nothing was published.
    """
    if not (licence.isascii() and licence.replace("-", "").replace(".", "").isalnum()):
        raise InputError(f"{licence!r} is no name of a licence", remedy="as the hub spells them: cc-by-4.0")
    checked = _Checked(identity or Identity.here(), now or datetime.now(UTC), keeps_outputs=keeps_outputs)
    conversion = Conversion(paths, watch, checked)

    def finish(folder: Path, rows: Counts) -> None:
        mark(PARQUET, conversion)(folder, rows)
        about = checked.about(licence.lower(), rows, len(conversion.left_out))
        (folder / CARD).write_text(card(about), encoding="utf-8")

    if not to.startswith(HUB):
        folder = Path(to)
        rows = write_parquet(conversion.rows(SCHEMA), SCHEMA, folder, finish)
        return Published(str(folder), rows, conversion, tuple(sorted(checked.dropped)))
    repo = to.removeprefix(HUB)
    check_repo(repo)
    with temporary_folder() as temporary:
        folder = temporary / "dataset"
        rows = write_parquet(conversion.rows(SCHEMA), SCHEMA, folder, finish, remedy=OTHER_TEMPORARY)
        page = upload(
            folder,
            repo,
            marker=MARKER,
            message=f"{conversion.n_records} records, written by breakeven {__version__}",
            is_private=is_private,
        )
    return Published(page, rows, conversion, tuple(sorted(checked.dropped)))


class _Checked:
    """Lets a record through as it may be published, and remembers what the card tells of all of them."""

    def __init__(self, identity: Identity, now: datetime, *, keeps_outputs: bool) -> None:
        self._identity = identity
        self._now = now
        self._keeps_outputs = keeps_outputs
        self._models: set[str] = set()
        self._machines: set[str] = set()
        self._months: set[str] = set()
        self.dropped: set[str] = set()

    def __call__(self, record: Record) -> Record:
        """Raises RecordError for a record that is not to be published."""
        if is_synthetic(record):
            raise RecordError("is synthetic: nobody measured it")
        if worst := [one for one in findings_of(record, self._now) if one.level == "refused"]:
            raise RecordError(str(worst[0]), remedy=worst[0].remedy)
        dropped = {task.task for task in record.tasks if not self._may_keep(task.task)}
        kept = without_outputs(record, lambda task: task in dropped)
        _check_names_nobody(kept, self._identity)
        self.dropped |= dropped
        self._models.add(record.model.name)
        self._machines.add(record.machine.machine_class)
        self._months.add(month(record))
        return kept

    def _may_keep(self, task: str) -> bool:
        return self._keeps_outputs and may_publish_outputs(task)

    def about(self, licence: str, rows: Counts, n_left_out: int) -> About:
        return About(
            version=__version__,
            licence=licence,
            rows=rows,
            models=len(self._models),
            machines=len(self._machines),
            months=(min(self._months), max(self._months)),
            n_left_out=n_left_out,
            dropped=tuple(sorted(self.dropped)),
        )


def _check_names_nobody(record: Record, identity: Identity) -> None:
    """Raise RecordError for what looks like a name, and for this machine's own names."""
    document = record.model_dump(mode="json")
    if leak := next(iter(find_leaks(document)), None):
        raise RecordError(": ".join(leak), remedy="`breakeven results verify` tells all places")
    if redact(document, identity) != document:
        raise RecordError(
            "names this user, this machine or the home folder",
            remedy="leave it out, or measure again: names are taken out when a record is written",
        )
