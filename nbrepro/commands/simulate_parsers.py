"""The parser of `nbrepro simulate`."""

from __future__ import annotations

import argparse


def add_simulate(parser: argparse.ArgumentParser) -> None:
    """`simulate import`, `score` and `compare`."""
    parser.description = (
        "What models said that programs do, held against what they do. Nothing is asked of a model here: answers come from files."
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("import", help="read answers in the formats of other projects, and say what is in them")
    listed.add_argument("answers", metavar="ANSWERS", nargs="+", help="files: JSON, JSON lines or text, compressed or not")
    scored = actions.add_parser("score", help="run the programs, judge every answer, and align stated traces with real ones")
    scored.add_argument("answers", metavar="ANSWERS", nargs="+", help="files: JSON, JSON lines or text, compressed or not")
    compared = actions.add_parser("compare", help="compare two models on the same programs, with tests")
    compared.add_argument("first", metavar="A", help="answers of one model")
    compared.add_argument("second", metavar="B", help="answers of another model")
    for action in (listed, scored, compared):
        action.add_argument("--format", metavar="NAME", default=None, help="format of the answers (default: found out)")
    for action in (scored, compared):
        action.add_argument("--programs", metavar="FILE", required=True, help="JSON lines with code, call and output of each task")
        action.add_argument("--python", metavar="PATH", default=None, help="interpreter that runs the programs (default: this one)")
    scored.add_argument("--csv", metavar="FILE", default=None, help="write one line for each answer (needs pandas)")
    scored.add_argument("--traces-csv", metavar="FILE", default=None, help="write one line for each stated trace (needs pandas)")
    scored.add_argument("--html", metavar="FILE", default=None, help="write figures, plots and every diverging trace beside the real one")
    for action in (scored, compared):
        action.add_argument("--plots", metavar="FOLDER", default=None, help="write the plots there as SVG files (needs matplotlib)")
