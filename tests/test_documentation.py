"""What the program can say and do stands in the documentation."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from harness import Example, code, result, stdout

from nbrepro import errors
from nbrepro.causes import CAUSES
from nbrepro.commands.main import main
from nbrepro.comparison.normalizations import NAMES
from nbrepro.model import FailureKind, NotebookVerdict, Verdict

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("verdict", [*Verdict, *NotebookVerdict])
def test_every_verdict_is_explained(verdict: str) -> None:
    assert f"`{verdict}`" in text("verdicts.md")


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_is_explained(kind: str) -> None:
    assert f"`{kind}`" in text("errors.md")


def test_every_error_is_explained() -> None:
    slugs = {value.slug for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.NbreproError)}
    assert {slug for slug in slugs if f"`{slug}`" not in text("errors.md")} == set()


@pytest.mark.parametrize("slug", CAUSES)
def test_every_cause_is_explained(slug: str) -> None:
    assert f"`{slug}`" in text("how-corpora-work.md")


def test_every_switch_of_the_comparison_has_a_description() -> None:
    asked = set()
    for path in (ROOT / "nbrepro" / "comparison").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "allows":
                asked |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    assert asked
    assert asked <= NAMES.keys()


def test_every_verb_has_its_page_and_its_line_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for verb in ("check", "run", "diff"):
        assert f"nbrepro {verb}" in readme
        assert f"{{help}} {verb}" in text("command-line.md")


def test_the_readme_tells_the_very_test_command_of_ci() -> None:
    command = "bash tests/run"
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_readme_shows_what_check_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [
        code("start, rate, years = 100.0, 1.25, 4\nprint(f'{years} years')", stdout("4 years\n"), count=1),
        code("sizes = [start * rate**year for year in range(years)]\nlen(sizes)", result("4"), count=2),
        code("sizes", result("[100.0, 120.0, 144.0, 172.8]"), count=3),
        code("print(f'{sizes[-1] / start:.2f} times as many')", stdout("1.73 times as many\n"), count=4),
    ]
    Example(cells=cells, name="growth.ipynb").write(tmp_path)
    monkeypatch.chdir(tmp_path)
    _, command, *shown = (ROOT / "README.md").read_text(encoding="utf-8").split("```")[1].splitlines()
    assert main(command.removeprefix("$ nbrepro ").split()) == 1
    assert capsys.readouterr().out.splitlines()[: len(shown)] == shown
