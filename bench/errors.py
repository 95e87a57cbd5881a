"""The one error tree: every expected failure says what, where and what to do."""

import re
from collections.abc import Iterable, Sequence


class BreakevenError(Exception):
    """An expected failure, shown without a traceback; the command ends with exit code 2.

    ``what`` is one sentence on what is wrong, ``where`` names the file, line, option or item,
    ``remedy`` says what to do next.
    """

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    @property
    def reason(self) -> str:
        """What and where in one line: the reason of something that failed for it."""
        return self.what if self.where is None else f"{self.where}: {self.what}"

    def __str__(self) -> str:
        return self.reason if self.remedy is None else f"{self.reason}\n  remedy: {self.remedy}"


class InputError(BreakevenError):
    """The user's words: an unknown name, a wrong option, a value out of range."""


class CatalogError(BreakevenError):
    """A catalog file that cannot be read as what it claims to be."""


class ArtifactError(BreakevenError):
    """Bytes that could not be had, or are not the ones that were promised."""


class TaskError(BreakevenError):
    """A task file or task source that cannot be used."""


class EngineError(BreakevenError):
    """The engine refused: not a model, a context too large, a template that raises."""


class WorkerError(BreakevenError):
    """The worker ended its unit: a crash, a kill, a hang, out of memory.

    ``kind`` is a ``records.types.FailureKind``; ``last_words`` is the end of the worker's log.
    """

    def __init__(self, what: str, *, kind: str, last_words: str = "", where: str | None = None) -> None:
        super().__init__(what, where=where)
        self.kind = kind
        self.last_words = last_words


class RecordError(BreakevenError):
    """A record, journal or results folder that cannot be read or written."""


class EconomicsError(BreakevenError):
    """A cost that cannot be computed: an unknown price, model or unit. Never taken as zero."""


class EnvironmentProblem(BreakevenError):
    """The machine or installation lacks something the command needs."""


MOST_NAMED = 20  # of known names, where none is near


def folded(name: str) -> str:
    """A name as all its spellings have it: in small letters, and "-" for spaces, underscores and points."""
    return re.sub(r"[\s_.]+", "-", name.strip().casefold())


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "did you mean …?" for a misspelt ``name``, or the (first) known names when none is near."""
    import difflib

    names = sorted(set(known))
    spelt = {folded(known_name): known_name for known_name in reversed(names)}
    wanted = folded(name)
    begun = [known_name for known_name in names if wanted and folded(known_name).startswith(wanted)]
    near = difflib.get_close_matches(wanted, spelt, n=3, cutoff=0.5)
    close = begun[:3] or [spelt[one] for one in near]
    if close:
        return "did you mean " + " or ".join(repr(n) for n in close) + "?"
    return f"known: {first_few(names, MOST_NAMED)}" if names else "none is known"


def first_few(told: Sequence[str], most: int, separator: str = ", ") -> str:
    """The first ``most`` of several things, and how many others there are: ``a, b, and 3 more``."""
    n_others = len(told) - most
    return separator.join([*told[:most], *([f"and {n_others:,} more"] if n_others > 0 else [])])
