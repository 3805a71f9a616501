"""What models say a program does, held against what it does."""

from nbrepro.simulation.answers import Answer, Imported, Row, Stated, StatedKind
from nbrepro.simulation.programs import Outcome, Program, RunLimits
from nbrepro.simulation.scoring import Score, score
from nbrepro.simulation.simulated import Simulation, simulate
from nbrepro.simulation.verdicts import AnswerVerdict, judge

__all__ = [
    "Answer",
    "AnswerVerdict",
    "Imported",
    "Outcome",
    "Program",
    "Row",
    "RunLimits",
    "Score",
    "Simulation",
    "Stated",
    "StatedKind",
    "judge",
    "score",
    "simulate",
]
