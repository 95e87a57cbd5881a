"""The command line: which verbs there are, and how it ends.

Exit codes: 0 done, 1 a regression was found, 2 bad input, environment or a failed unit, 130 interrupted.
A verb's module is imported only when it is used, so that ``--help`` stays instant.
"""

import errno
import gc
import io
import os
import sys
import traceback
from importlib import import_module
from typing import NoReturn, cast

import click

import bench
from bench.cli.output import note
from bench.cli.ownership import check_ownership
from bench.cli.streams import fill_streams
from bench.errors import BreakevenError, nearest

VERBS = {
    "run": ("bench.cli.run:run", "Measure models on tasks, price the APIs, give the verdict."),
    "eval": ("bench.cli.eval:evaluate", "Score models on tasks, and transcripts beside them: quality alone."),
    "cost": ("bench.cli.cost:cost", "Draw the verdict anew under other prices, devices and volumes."),
    "speed": ("bench.cli.speed:speed", "Measure speed and memory over a grid, as llama-bench and further."),
    "perplexity": (
        "bench.cli.perplexity:perplexity",
        "Perplexity of a text, and the divergence from a reference model.",
    ),
    "compare": ("bench.cli.compare:compare", "Compare two records, or two sides measured in turn."),
    "report": ("bench.cli.report:report", "Show saved records; write Markdown, CSV, a page, charts."),
    "results": ("bench.cli.results:results", "List, verify, merge, export and query saved records."),
    "publish": ("bench.cli.publish:publish", "Write records as a data set, in a folder or on the hub."),
    "board": ("bench.cli.board:board", "Check submitted records; publish a static site over many machines."),
    "import": ("bench.cli.import_records:import_records", "Bring llama-bench's JSON into records."),
    "models": ("bench.cli.models:models", "List, pull and verify models; say whether one fits."),
    "quantize": ("bench.cli.quantize:quantize", "Write a model as other quantizations."),
    "tasks": ("bench.cli.tasks:tasks", "List tasks; show one, or check a file of your own."),
    "prices": ("bench.cli.catalogs:prices", "List prices: of APIs at a date, of devices and electricity."),
    "energy": ("bench.cli.energy:energy", "List the energy meters of this machine; watch power live."),
    "doctor": ("bench.cli.machine:doctor", "What this machine can and cannot measure, and how to fix it."),
    "schema": ("bench.cli.machine:schema", "Print the JSON Schema of a record."),
}


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})  # the disk behind a stream without a name


class LazyVerbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        module_name, attribute = VERBS[cmd_name][0].split(":")
        return cast(click.Command, getattr(import_module(module_name), attribute))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in VERBS.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader (`| head`) has enough, and click would end with 1, which means a regression. With
            # stdout pointed away, the interpreter's own flush at the end is quiet, too.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            ctx.fail(f"no such command {args[0]!r}; {nearest(args[0], VERBS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=LazyVerbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    getattr(bench, "__version__", "unknown"), prog_name="breakeven", message="%(prog)s %(version)s"
)
def cli() -> None:
    """Should this job run on the device, or behind a hosted API?

    Runs quantized small models here, measures speed, memory, energy and quality on real tasks,
    prices the same tasks as hosted APIs would bill them, and gives a verdict that says how sure it is.
    """


def main() -> None:
    """Entry point: expected errors are shown as text, never as a traceback; no error ends with 1."""
    try:
        _run()
    except OSError:  # stderr cannot be written, so nothing can be told
        sys.exit(2)


def _run() -> None:
    # Models and records are many objects that live to the end, and few are in cycles. Looking through them at
    # every 700 new ones takes a tenth of a short command's time.
    gc.set_threshold(200_000, 20, 20)
    # Nothing is validated here by what others plug in, and looking for it takes a third of importing numpy.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Numpy would start a thread for each processor, which takes as long as the rest of importing it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # a pipe on Windows is not, and results are not ASCII
    try:
        fill_streams()
        check_ownership()
        sys.exit(cli.main(prog_name="breakeven", standalone_mode=False))
    except click.exceptions.Abort:
        _end_interrupted()
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except BreakevenError as error:
        note(f"breakeven: {error}")
        sys.exit(2)
    except Exception as error:  # noqa: BLE001  # what is unknown is shown with its traceback
        # The interpreter would end with 1, which a CI reads as a regression.
        if isinstance(error, OSError) and error.errno in _FULL and error.filename is None:
            remedy = "free some space, or let it be written elsewhere"
            note(f"breakeven: stdout cannot be written: {error.strerror}\n  remedy: {remedy}")
        elif KeyboardInterrupt.__name__ in traceback.format_exc():
            _end_interrupted()  # while pydantic builds a model, which tells it in words alone
        else:
            traceback.print_exc()
        sys.exit(2)


def _end_interrupted() -> NoReturn:
    click.echo("interrupted", err=True)
    sys.exit(130)
