from __future__ import annotations

import pytest
from simulation.programs import real_moments


@pytest.fixture(scope="session")
def real():
    """Program and real moments of each small program, by name."""
    return real_moments()
