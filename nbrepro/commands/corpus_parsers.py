"""The parsers of `nbrepro corpus …`."""

from __future__ import annotations

import argparse
from datetime import datetime

from nbrepro.commands.option_values import whole_number
from nbrepro.commands.parsers import FILE, add_comparison, add_execution


def add_corpus(parser: argparse.ArgumentParser) -> None:
    """All actions of `corpus`."""
    parser.description = "Many notebooks: run in a queue that can be stopped at any moment, remembered in one file, counted and queried."
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_run(actions.add_parser("run", help="run what was not run yet; the same call again goes on where it was stopped"))
    status = actions.add_parser("status", help="how far the last round is; also while it runs")
    report = actions.add_parser("report", help="the figures of a round: how far notebooks came, and what kept them back")
    report.add_argument(
        "--plots", metavar="FOLDER", help="write its plots there as SVG files, which the Markdown then shows (needs matplotlib)"
    )
    listing = actions.add_parser("list", help="the notebooks behind a number of the report")
    listing.add_argument(
        "--only",
        metavar="KIND=VALUE",
        action="append",
        default=None,
        help="stage=finished, verdict=differs, failure=KeyError, cause=missing-module, left-out=duplicate, python='python 3.7', year=2019,"
        " declared=requirements, library=numpy, cells=reproduced; may be repeated: those of which all is true (default: stage=found)",
    )
    compare = actions.add_parser("compare", help="compare again under other settings, without running anything")
    compare.add_argument("--again", action="store_true", help="also what was compared under these settings before")
    add_comparison(compare)
    both = actions.add_parser("compare-runs", help="hold two rounds side by side: what became better, and what worse")
    both.add_argument("before", metavar="A", help="name of a round")
    both.add_argument("after", metavar="B", help="name of a round")
    for action in (report, both):
        action.add_argument("--html", metavar=FILE, help="write it as one self-contained HTML file")
        action.add_argument("--markdown", metavar=FILE, help="write it as Markdown ('-' for standard output)")
    export = actions.add_parser("export", help="write every table, and the view executions, as a file")
    export.add_argument("folder", metavar="FOLDER")
    export.add_argument("--format", choices=("csv", "parquet"), default="csv", help="of the files (default: csv)")
    for action in (status, report, listing, compare):
        action.add_argument("--round", metavar="NAME", default=None, help="which round (default: the last)")
    for action in (status, report, listing, compare, both, export):
        _add_store(action)


def day(text: str) -> datetime:
    """A date or moment in ISO 8601."""
    from nbrepro.corpora.sources import moment

    try:
        return moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a date such as 2020-03-01") from error


def _add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", metavar=FILE, required=True, help="the file that remembers everything")


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        metavar="SOURCE",
        nargs="+",
        help="a notebook, folder, zip, git repository (path or address, ADDRESS@COMMIT), or a CSV or JSONL list of them",
    )
    _add_store(parser)
    group = parser.add_argument_group("corpus")
    group.add_argument("--commit", default=None, help="of git repositories that name none")
    group.add_argument("--as-of", metavar="DATE", type=day, default=None, help="take the last commit before, of those that name none")
    group.add_argument(
        "--repositories",
        metavar="PATTERN",
        default=None,
        help="where those are that a list names as owner/name, with {repo}, {owner} or {name} in it (default: https://github.com/{repo})",
    )
    group.add_argument("--limit-per-repository", metavar="N", type=whole_number, default=None, help="run at most so many of each")
    group.add_argument("--language", default=None, help="leave out notebooks in other languages, such as all but python")
    group.add_argument("--all", action="store_true", help="run also notebooks without saved outputs, in which nothing can be compared")
    group.add_argument("--each-copy", action="store_true", help="run every copy of a notebook, not only the first")
    group.add_argument("--network", action="store_true", help="let notebooks use the network (default: not, where the system can do that)")
    group.add_argument("--name", default=None, help="of the round (default: its number)")
    group.add_argument("--again", action="store_true", help="run anew what was run before")
    group.add_argument(
        "--again-if",
        metavar="KIND=VALUE",
        action="append",
        default=[],
        help="run anew what the round before says this of, such as failure=environment-not-resolved (repeated: all of them)",
    )
    group.add_argument(
        "--executor", default="local", help="local, dask://HOST:PORT, or slurm://QUEUE?workers=8&memory=8GB (default: local)"
    )
    group.add_argument("--keep", metavar="FOLDER", default=None, help="where clones and unpacked zips are kept (default: the user's cache)")
    group.add_argument("-q", "--quiet", action="store_true", help="no progress")
    add_execution(parser)
    add_comparison(parser)
