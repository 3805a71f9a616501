"""What saved outputs tell of the versions that made them, and how far that counts."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from harness import Example, code, stdout
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.environments.saved_versions import SavedVersion, SavedVersions, saved_versions
from nbrepro.environments.saved_wishes import with_saved_versions
from nbrepro.environments.specification import specify
from nbrepro.model import Ecosystem, EnvironmentSpec, PythonWish, Source, SourceKind, Wish, WishKind
from nbrepro.notebooks import read

PLACE = Source(SourceKind.REQUIREMENTS, "requirements.txt", 1)
PYTHON = PythonWish("==3.9.*", PLACE)


def shown(mime_type: str, payload: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {mime_type: payload}, "metadata": {}}


def notebook(*outputs: dict[str, Any], source: str = "draw()") -> dict[str, Any]:
    return {"cells": [{"source": source, "outputs": [output]} for output in outputs]}


def versions(content: dict[str, Any]) -> dict[str, str]:
    return {found.name: found.version for found in saved_versions(content).versions}


def drawn(form: str, dots: float = 72) -> bytes:
    from matplotlib.figure import Figure

    figure, file = Figure(dpi=dots), io.BytesIO()
    figure.add_subplot().plot([1, 3, 2])
    figure.savefig(file, format=form)
    return file.getvalue()


def png(text: bytes = b"", dots: float = 72) -> str:
    picture = drawn("png", dots)
    return base64.encodebytes(picture.replace(picture[picture.index(b"Software") + 9 :][: len(text)], text) if text else picture).decode()


def test_pictures_tell_the_matplotlib_that_drew_them() -> None:
    import matplotlib as mpl

    assert versions(notebook(shown("image/png", png()))) == {"matplotlib": mpl.__version__}
    assert versions(notebook(shown("image/svg+xml", drawn("svg").decode()))) == {"matplotlib": mpl.__version__}


def test_old_words_of_matplotlib_are_read() -> None:
    words = b"matplotlib version 2.1.0, http://matplotlib.org/"
    assert versions(notebook(shown("image/png", png(words)))) == {"matplotlib": "2.1.0"}


def test_the_resolution_of_pictures_is_read() -> None:
    assert saved_versions(notebook(shown("image/png", png()))).has_inline_dots
    assert not saved_versions(notebook(shown("image/png", png(dots=100)))).has_inline_dots


LISTED = "CPython 3.5.2\nIPython 5.1.0\n\nnumpy 1.11.1\nsklearn 0.18\nmy-tool 1.2\nlast updated: 2016-09-29\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (notebook(stdout(LISTED), source="%load_ext watermark\n%watermark -p numpy,sklearn"), {"numpy": "1.11.1", "scikit-learn": "0.18"}),
        (notebook(stdout("numpy     : 1.19.2\npandas==1.1.3\n"), source="%watermark -iv"), {"numpy": "1.19.2", "pandas": "1.1.3"}),
        (notebook(stdout(LISTED), source="print(table)"), {}),
        (notebook(shown("text/html", '<script src="https://cdn.example/bokeh-1.3.4.min.js">')), {"bokeh": "1.3.4"}),
        (notebook(shown("text/html", "bokeh-1.3.4 is old")), {}),
        (notebook(shown("image/png", "no picture")), {}),
        (notebook(shown("image/png", ["a list"])), {}),
        (notebook(shown("image/png", png(b"Matplotlib version3.1.0+12.gabc, "))), {}),
        (notebook(), {}),
    ],
)
def test_what_outputs_tell(content: dict[str, Any], expected: dict[str, str]) -> None:
    assert versions(content) == expected


def test_the_version_of_most_outputs_counts_then_the_newest() -> None:
    old, new = (notebook(stdout(f"numpy {version}\n"), source="%watermark")["cells"] for version in ("1.9.3", "1.10.1"))
    assert versions({"cells": [*new, *old]}) == {"numpy": "1.10.1"}
    found = saved_versions({"cells": [*new, *old, *old]})
    assert [(one.version, one.cell) for one in found.versions] == [("1.9.3", 2)]
    assert [(one.version, one.cell) for one in found.others] == [("1.10.1", 1)]


@given(st.binary(max_size=200))
def test_no_picture_is_too_broken(tail: bytes) -> None:
    for picture in (b"\x89PNG\r\n\x1a\n" + tail, tail):
        saved_versions(notebook(shown("image/png", base64.b64encode(picture).decode())))


TOLD = SavedVersions((SavedVersion("matplotlib", "2.2.2", 4, "drew a saved picture"),), has_inline_dots=True)


def refined(wish: Wish | None, cut: datetime | None = datetime(2020, 1, 1, tzinfo=UTC)) -> EnvironmentSpec:
    return with_saved_versions(EnvironmentSpec("a.ipynb", PYTHON, (wish,) if wish else (), cut=cut), TOLD, "a.ipynb")


@pytest.mark.parametrize(
    ("wished", "expected", "slugs"),
    [
        ("matplotlib", "matplotlib==2.2.2", []),
        ("matplotlib>=2,<3", "matplotlib==2.2.2", []),
        ("matplotlib==2.2.*; python_version > '3'", 'matplotlib==2.2.2; python_version > "3"', []),
        ("matplotlib==2.2.2", "matplotlib==2.2.2", []),
        ("matplotlib==3.1.0", "matplotlib==3.1.0", ["outputs-tell-otherwise"]),
        ("matplotlib>=3", "matplotlib>=3", ["outputs-tell-otherwise"]),
        ("matplotlib @ https://example.org/m.zip", "matplotlib @ https://example.org/m.zip", []),
    ],
)
def test_a_saved_version_narrows_and_never_contradicts(wished: str, expected: str, slugs: list[str]) -> None:
    spec = refined(Wish("matplotlib", wished, PLACE))
    assert [wish.requirement for wish in spec.wishes] == [expected]
    assert [deviation.slug for deviation in spec.deviations] == slugs
    assert spec.wishes[0].source == (PLACE if expected == wished else Source(SourceKind.OUTPUT, "a.ipynb", 4))


def test_a_wish_for_another_python_contradicts_nothing() -> None:
    python = PythonWish("==3.7.4", Source(SourceKind.METADATA))
    wishes = (
        Wish("matplotlib", 'matplotlib==1.5; python_version == "2.7"', PLACE),
        Wish("matplotlib", 'matplotlib<3; python_version == "3.7"', PLACE),
    )
    spec = with_saved_versions(EnvironmentSpec("a.ipynb", python, wishes), replace(TOLD, has_inline_dots=False), "a.ipynb")
    assert [one.requirement for one in spec.wishes] == [wishes[0].requirement, 'matplotlib==2.2.2; python_version == "3.7"']
    assert spec.deviations == ()


def test_what_others_bring_is_bound() -> None:
    (bound,) = refined(None).wishes
    assert (bound.requirement, bound.kind, str(bound.source)) == ("matplotlib==2.2.2", WishKind.CONSTRAINT, "a.ipynb, cell 4")


def test_what_watermark_lists_is_wished_as_it_imports_it() -> None:
    told = saved_versions(notebook(stdout("pandas 0.17.1\n"), source="%watermark -p pandas"))
    (wish,) = with_saved_versions(EnvironmentSpec("a.ipynb", PYTHON, ()), told, "a.ipynb").wishes
    assert (wish.requirement, wish.kind) == ("pandas==0.17.1", WishKind.PACKAGE)


def test_a_conda_package_is_narrowed_only_where_nothing_is_said_of_its_version() -> None:
    for wished, expected in (("matplotlib", "matplotlib==2.2.2"), ("matplotlib >=3", "matplotlib >=3")):
        spec = refined(Wish("matplotlib", wished, PLACE, ecosystem=Ecosystem.CONDA))
        assert [wish.requirement for wish in spec.wishes] == [expected]


def test_old_figures_of_a_late_notebook_keep_their_resolution() -> None:
    late = refined(Wish("matplotlib", "matplotlib", PLACE), datetime(2023, 1, 1, tzinfo=UTC))
    assert [wish.requirement for wish in late.wishes] == ["matplotlib==2.2.2", "matplotlib-inline<0.1.4"]
    assert len(refined(Wish("matplotlib", "matplotlib", PLACE)).wishes) == 1, "before that day every figure has it"


def test_the_specification_of_a_notebook_has_them(tmp_path: Path) -> None:
    cells = [
        code("import matplotlib.pyplot as plt", count=1),
        code("plt.plot(x)", shown("image/png", png(b"Matplotlib version3.1.1, ")), count=2),
    ]
    path = Example(cells=cells, metadata={"language_info": {"name": "python", "version": "3.9.1"}}).write(tmp_path)
    wish = next(wish for wish in specify(path, read(path).content).wishes if wish.name == "matplotlib")
    assert (wish.requirement, str(wish.source), wish.imported_as) == ("matplotlib==3.1.1", "example.ipynb, cell 2", "matplotlib")
