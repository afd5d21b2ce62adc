"""What every maintenance command has: its options, its way to stop, its summary and its exit codes."""

import argparse
import json
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter

from todoproject.aws import dynamodb
from todoproject.aws.capacity import Meter
from todoproject.aws.failures import error_code, is_unavailable
from todoproject.maintenance.faults import is_user_id
from todoproject.maintenance.progress import Progress
from todoproject.maintenance.run import Bookmark, Run, Stage, Stopped, Unfit

SOME_REMAIN, REFUSED, STOPPED = 1, 2, 3
_EXIT_CODES = """\
exit codes:
  0  done, and nothing is wrong (a dry run: nothing is wrong)
  1  something stays wrong or undone: see the errors in the summary
  2  refused before anything was written: an option, a file, where it would run
  3  stopped before the end, by a signal, by AWS or by a folder: mend what it says, go on with --resume"""
# Every other option belongs to what a --resume token is for.
_NOT_IN_TOKEN = {"apply", "rate", "segments", "resume", "json", "verbosity", "settings", "pythonpath", "traceback"}
_NOT_IN_TOKEN |= {"no_color", "force_color", "skip_checks", "stdout", "stderr"}


class Refused(CommandError):
    """Nothing was written. The sentence says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, returncode=REFUSED)


class _HelpFormatter(argparse.RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Keeps the line breaks of the example."""


class MaintenanceCommand(BaseCommand):
    """A dry run unless `--apply` is given; safe to run twice, two at a time, and to kill.

    A command says what it looks at (`stages`) and what it can say beforehand (`refuse`).
    """

    example: str
    may_change: frozenset[str] = frozenset()
    """Options that a run which goes on with --resume may have otherwise."""
    # They would import the routes, and with them everything that serves requests.
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        epilog = f"example:\n  {self.example}\n\n{_EXIT_CODES}"
        return super().create_parser(prog_name, subcommand, epilog=epilog, formatter_class=_HelpFormatter, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        shared = parser.add_argument_group("shared by all maintenance commands")
        shared.add_argument("--apply", action="store_true", help="write; without it, only say what would be done")
        shared.add_argument(
            "--rate", type=_positive, metavar="UNITS", help="capacity units to consume a second, at most"
        )
        shared.add_argument("--segments", type=_segments, default=1, metavar="N", help="walk N parts side by side")
        shared.add_argument("--resume", default="", metavar="TOKEN", help="go on where an earlier run stopped")
        shared.add_argument("--json", action="store_true", help="print the summary as JSON, and only that, to stdout")

    def stages(self, run: Run, options: dict[str, Any]) -> list[Stage[Any]]:
        raise NotImplementedError

    def refuse(self, options: dict[str, Any]) -> None:
        """Raise Refused where the run should not begin."""

    def finish(self, run: Run, options: dict[str, Any]) -> None:
        """What is left to do once every stage has been walked to its end."""

    def clients(self) -> list[Any]:
        """Those whose calls are counted."""
        return [dynamodb.client(), storages["default"].client]  # type: ignore[attr-defined]  # ours is on S3

    def handle(self, **options: Any) -> None:
        began = time.monotonic()
        bookmark = self._bookmark(options)
        stop = threading.Event()
        meter = Meter(rate=options["rate"], stop=stop)
        progress = Progress(self.stderr)
        run = Run(applies=options["apply"], bookmark=bookmark, meter=meter, stop=stop, progress=progress)
        stopped: Stopped | Unfit | None = None
        with _stopped_by_signals(stop):
            try:
                with meter.watching(*self.clients()):
                    self.refuse(options)
                    run.walk(self.stages(run, options))
                    self.finish(run, options)
            except (Stopped, Unfit) as exc:
                stopped = exc
            except Exception as exc:
                if is_unavailable(exc):
                    stopped = Stopped(f"AWS did not answer as it should: {exc}")
                elif error_code(exc) or isinstance(exc, OSError):
                    # A table, a bucket or a folder that is not there, or not for us.
                    stopped = Stopped(f"It cannot go on: {exc}")
                else:
                    raise
        progress.end()
        summary = self._summary(run, options, stopped, time.monotonic() - began)
        self.stdout.write(json.dumps(summary) if options["json"] else "\n".join(_lines(summary)))
        if stopped:
            raise CommandError(str(stopped), returncode=STOPPED if isinstance(stopped, Stopped) else REFUSED)
        if run.error_count:
            raise CommandError(f"{run.error_count} left: see the errors above.", returncode=SOME_REMAIN)

    def _bookmark(self, options: dict[str, Any]) -> Bookmark:
        if not options["resume"]:
            return Bookmark(options["segments"])
        try:
            return Bookmark.from_json(signing.loads(options["resume"], salt=self._salt(options)))
        except (signing.BadSignature, ValueError, TypeError):
            raise Refused("--resume: not a token of this command with these options. Begin without it.") from None

    def _salt(self, options: dict[str, Any]) -> str:
        left_out = _NOT_IN_TOKEN | self.may_change
        scope = {name: str(value) for name, value in options.items() if name not in left_out}
        return repr((type(self).__module__, sorted(scope.items())))

    def _summary(
        self, run: Run, options: dict[str, Any], stopped: Stopped | Unfit | None, seconds: float
    ) -> dict[str, Any]:
        token = None
        if isinstance(stopped, Stopped):
            token = signing.dumps(run.bookmark.to_json(), salt=self._salt(options), compress=True)
        return {
            "command": type(self).__module__.rpartition(".")[2],
            "applied": run.applies,
            "finished": stopped is None,
            "resume": token,
            "counts": dict(sorted(run.counts.items())),
            "errorCount": run.error_count,
            "errors": run.errors,
            "receipts": run.receipts,
            "seconds": round(seconds, 1),
            "units": {"read": run.meter.consumed.read_units, "write": run.meter.consumed.write_units},
            "calls": dict(sorted(run.meter.calls.items())),
            "peakMemoryMB": _peak_memory(),
        }


def add_user_option(parser: CommandParser, what: str = "only this user") -> None:
    """`--user SUB`. An empty one, of a shell variable that is not set, must not mean everybody."""
    parser.add_argument("--user", type=_sub, metavar="SUB", help=what)


def refuse_on_aws(what: str) -> None:
    """Raise Refused where DynamoDB is AWS's own."""
    host = urlsplit(dynamodb.client().meta.endpoint_url).hostname or ""
    if host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws")):
        raise Refused(f"{what} Set AWS_ENDPOINT_URL_DYNAMODB to a stand-in, as `make run` does.")


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """The first SIGTERM (ECS stops a task with it) or Ctrl-C ends the run between two items; the second at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def set_stop(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in before:
        signal.signal(number, set_stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _lines(summary: dict[str, Any]) -> Iterator[str]:
    yield f"{summary['command']}{'' if summary['applied'] else ', a dry run: nothing was written'}"
    for name, number in summary["counts"].items():
        yield f"  {name:<40} {number:>12,}"
    if summary["errorCount"]:
        yield f"  {'errors':<40} {summary['errorCount']:>12,}"
    for receipt in summary["receipts"]:
        yield f"  receipt: {json.dumps(receipt)}"
    calls, units = sum(summary["calls"].values()), summary["units"]
    yield f"{summary['seconds']:,} s, {calls:,} calls, {units['read']:,.1f} read and {units['write']:,.1f} write units"
    if summary["resume"]:
        yield f"Go on with the same options and\n  --resume {summary['resume']}"


def _peak_memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024**2 if sys.platform == "darwin" else 1024)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def _sub(text: str) -> str:
    if not is_user_id(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no sub: that is the id of the account, not its address")
    return text


def _segments(text: str) -> int:
    value = int(text)
    # A segment is a thread, and each needs a connection of its own.
    if not 1 <= value <= settings.THREADS:
        raise argparse.ArgumentTypeError(f"must be 1 to {settings.THREADS} (THREADS)")
    return value
