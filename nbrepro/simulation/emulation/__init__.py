"""Programs that are run for real, with a model in the place of the functions that nobody has defined.

The idea: N. Weir et al., "Learning to Reason via Program Generation, Emulation, and Search" (CoGEX), NeurIPS 2024; for
pseudocode: H. Chae et al., "Language Models as Compilers" (Think-and-Execute), EMNLP 2024.
"""

from nbrepro.simulation.emulation.emulating import emulate
from nbrepro.simulation.emulation.result import EmulatedCall, Emulation, EmulationStatus
from nbrepro.simulation.emulation.settings import EmulationLimits, EmulationSettings
from nbrepro.simulation.emulation.undefined import MissingFunction, RefusedName, Undefined, undefined

__all__ = [
    "EmulatedCall",
    "Emulation",
    "EmulationLimits",
    "EmulationSettings",
    "EmulationStatus",
    "MissingFunction",
    "RefusedName",
    "Undefined",
    "emulate",
    "undefined",
]
