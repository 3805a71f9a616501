"""Many notebooks: found, re-run in a queue that can be stopped at any moment, and remembered in one file."""
