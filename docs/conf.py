"""Sphinx configuration. Pages ask no other host for anything."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from nbrepro import __version__

HERE = Path(__file__).parent
GUIDES = HERE / "guides"
sys.path.insert(0, str(HERE))

project = "nbrepro"
author = "the nbrepro contributors"
copyright = f"2026, {author}"  # noqa: A001 - Sphinx's name
release = version = __version__

extensions = ["directives", "myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "jupyter_execute"]
html_theme = "furo"
html_title = f"nbrepro {__version__}"
html_static_path: list[str] = []
pygments_style = "friendly"

# The guides are executed by nbrepro itself (`nbrepro check notebooks`), so their saved outputs are shown as they are.
nb_execution_mode = "off"
# Our own mark beside text and HTML is for programs, not for readers.
suppress_warnings = ["mystnb.unknown_mime_type"]
nb_ipywidgets_js: dict[str, str] = {}
myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_member_order = "bysource"
nitpicky = False


def _copy_guides() -> None:
    """Put the guide notebooks below the documentation, where Sphinx looks for pages."""
    shutil.rmtree(GUIDES, ignore_errors=True)
    shutil.copytree(HERE.parent / "notebooks", GUIDES, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))


_copy_guides()
