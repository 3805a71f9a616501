"""Notebook files: reading every nbformat, mending what can be mended, and writing without loss.

>>> from nbrepro.notebooks import parse
>>> document = parse(b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}', "empty.ipynb")
>>> document.original_format, document.saved_execution().steps
((4, 5), ())
"""

from nbrepro.notebooks.document import Document
from nbrepro.notebooks.reading import from_node, parse, read
from nbrepro.notebooks.replacing import executed
from nbrepro.notebooks.writing import write

__all__ = ["Document", "executed", "from_node", "parse", "read", "write"]
