"""From what is wanted to exact versions, as of the notebook's date."""

from nbrepro.environments.resolution.attempt import WHEELS, Building
from nbrepro.environments.resolution.resolve import lock_from_declaration, resolve, resolve_with_ladder

__all__ = ["WHEELS", "Building", "lock_from_declaration", "resolve", "resolve_with_ladder"]
