"""Prompts as files with versions: `NAME.vVERSION.md`.

A file with which answers were made is never changed; a better one gets the next version.
"""

from nbrepro.simulation.prompts.reading import Wording, prompt_names, read_prompt, read_prompt_file

__all__ = ["Wording", "prompt_names", "read_prompt", "read_prompt_file"]
