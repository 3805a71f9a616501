"""What calls need that no import names: `read_excel` of pandas imports xlrd or openpyxl, and fails where they aren't there.

Who wrote the notebook mostly had them by a full distribution, and never saw that they are needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_IMPLIED = tuple(
    (re.compile(pattern, re.MULTILINE), modules)
    for pattern, modules in (
        (r"\b(?:read_excel|to_excel|ExcelFile|ExcelWriter)\s*\(", ("xlrd", "openpyxl")),
        (r"\b(?:read_hdf|to_hdf|HDFStore)\s*\(", ("tables",)),
        (r"\b(?:read_parquet|to_parquet|read_feather|to_feather)\s*\(", ("pyarrow",)),
        (r"\bread_html\s*\(", ("lxml", "html5lib", "bs4")),
        (r"\b(?:read_sql(?:_query|_table)?|to_sql)\s*\(", ("sqlalchemy",)),
        (r"\.style\.(?!use\b|context\b|available\b|library\b|core\b)\w+", ("jinja2",)),
        (r"\bsavefig\s*\([^\n]*\.(?:jpe?g|tiff?)\b", ("PIL",)),
        (r"\b(?:imread|imsave|imresize|toimage)\s*\(", ("PIL",)),
        (r"\btqdm_notebook\b|\btqdm\.notebook\b|\btnrange\b", ("ipywidgets",)),
        (r"\bdask\.distributed\b|\bfrom dask import .*\bdistributed\b", ("distributed",)),
        (r"\bdask\.array\b", ("numpy", "toolz")),
        (r"\bdask\.dataframe\b", ("pandas", "toolz")),
        (r"\bdask\.bag\b", ("toolz", "cloudpickle")),
        (r"\bplotly\.express\b", ("pandas",)),
        (r"^\s*(?:import|from)\s+(?:plotly|chart_studio|cufflinks)\b", ("nbformat",)),
        (r"\bto_markdown\s*\(", ("tabulate",)),
        (r"\bread_spss\s*\(", ("pyreadstat",)),
        (r"\bwrite_image\s*\(", ("kaleido",)),
        (r"\bplot_model\s*\(|\bnx_pydot\b", ("pydot",)),
        (r"\bdraw_networkx\w*\s*\(|\bnx\.draw\w*\s*\(", ("matplotlib",)),
    )
)


def implied_modules(source: str) -> Iterator[tuple[str, int]]:
    r"""Modules that the calls in a source import by themselves, each with the line of the first such call.

    >>> list(implied_modules("import pandas as pd\nframe = pd.read_excel('a.xlsx')\n"))
    [('xlrd', 2), ('openpyxl', 2)]
    >>> list(implied_modules("plt.style.use('ggplot')\nfigure.savefig('a.png')\n"))
    []
    """
    for pattern, modules in _IMPLIED:
        found = pattern.search(source)
        if found:
            line = source.count("\n", 0, found.start()) + 1
            yield from ((module, line) for module in modules)
