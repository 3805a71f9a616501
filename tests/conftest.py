"""What every test shares: laws are tried without a time limit on single examples, as other work on a machine slows them down."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("nbrepro", deadline=None)
settings.load_profile("nbrepro")
