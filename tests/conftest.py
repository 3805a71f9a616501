"""What every test shares: laws are tried without a time limit on single examples, as other work on a machine slows them down."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

settings.register_profile("nbrepro", deadline=None)
settings.load_profile("nbrepro")

# A shell makes jobs in the background ignore Ctrl-C, and so would every child of a test run there; some tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests run notebooks in the Python of the tests, unless they say otherwise.
os.environ.setdefault("NBREPRO_ENV", "current")
