"""The command line: `nbrepro VERB …`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from nbrepro.commands.parsers import build_parser
from nbrepro.errors import NbreproError

if TYPE_CHECKING:
    from nbrepro.reports.listeners import Progress
    from nbrepro.reports.results import Report

REQUEST_WAS_WRONG = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; the exit status is 0, 1 or 2 as `nbrepro --help` says, 130 after Ctrl-C."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.version:
        from nbrepro import __version__

        print(f"nbrepro {__version__}")
        return 0
    if arguments.verb is None:
        parser.print_help()
        return REQUEST_WAS_WRONG
    try:
        return _status(arguments)
    except NbreproError as error:
        print(f"nbrepro: {error}", file=sys.stderr)
        return REQUEST_WAS_WRONG
    except BrokenPipeError:
        # Who reads our output has seen enough (`nbrepro … | head`): Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED
    except KeyboardInterrupt:
        print("nbrepro: interrupted", file=sys.stderr)
        return INTERRUPTED


def _status(arguments: argparse.Namespace) -> int:
    if arguments.verb in {"env", "kernels", "simulate"}:
        answer = import_module(f"nbrepro.commands.{arguments.verb}").perform(arguments)
        print(answer)
        status: int = answer.exit_status
        return status
    if arguments.verb == "trace":
        from nbrepro.commands import trace

        return trace.show(trace.perform(arguments), arguments)
    if arguments.verb == "corpus":
        from nbrepro.commands import corpus

        found = corpus.perform(arguments)
        print(found)
        return found.exit_status
    from nbrepro.commands import destinations
    from nbrepro.reports.display import TerminalDisplay

    only_progress = destinations.writes_to_standard_output(arguments)
    with TerminalDisplay(quiet=arguments.quiet, only_progress=only_progress) as display:
        report = perform(arguments, display)
    display.show(report)
    destinations.write(report, arguments)
    return REQUEST_WAS_WRONG if _names_what_is_absent(arguments) else report.exit_status


def _names_what_is_absent(arguments: argparse.Namespace) -> bool:
    """Whether a notebook was asked for that doesn't exist: the others have run, but the request was wrong."""
    return not all(os.path.lexists(path) for path in getattr(arguments, "paths", ()))


def perform(arguments: argparse.Namespace, progress: Progress | None = None) -> Report:
    """Do what the arguments say; reports that could not be written are refused before the work begins."""
    from nbrepro.commands import destinations

    destinations.check_writable(arguments)
    report: Report = import_module(f"nbrepro.commands.{arguments.verb}").perform(arguments, progress)
    return report


if __name__ == "__main__":
    sys.exit(main())
