"""Why a run failed or differs, with the evidence: from what was recorded alone, without trying anything."""

from nbrepro.causes.cause import CAUSES, Cause, Certainty
from nbrepro.causes.circumstances import Circumstances, Fate, FileFate

__all__ = ["CAUSES", "Cause", "Certainty", "Circumstances", "Fate", "FileFate"]
