"""What a program lacks, for real interpreters."""

from __future__ import annotations

import pytest

from nbrepro.environments.pythons import find_interpreters
from nbrepro.errors import NbreproError, RequestError
from nbrepro.simulation.emulation import undefined

LACKING = {
    "a plain call": ("def f(x):\n    return leaf(x)", {"leaf": (2,)}),
    "several places": ("leaf(1)\nx = 2\nleaf(x)", {"leaf": (1, 3)}),
    "nested in each other": ("print(outer(inner(1)))", {"outer": (1,), "inner": (1,)}),
    "a comprehension": ("[leaf(x) for x in range(3) if keep(x)]", {"leaf": (1,), "keep": (1,)}),
    "a generator and a lambda": ("any(leaf(x) for x in ())\ng = lambda y: other(y)", {"leaf": (1,), "other": (2,)}),
    "a key": ("sorted([1], key=rank)\nmax([1], key=rank)", {"rank": (1, 2)}),
    "functions of functions": ("list(map(double, [1]))\nlist(filter(keep, [1]))", {"double": (1,), "keep": (2,)}),
    "a thread's work": ("import threading\nthreading.Thread(target=work).start()", {"work": (2,)}),
    "a pool's work": ("def g(pool):\n    pool.submit(work, 1)", {"work": (2,)}),
    "a second argument": ("import itertools\nlist(itertools.groupby([1], kind))", {"kind": (2,)}),
    "a default argument": ("def f(x=leaf()):\n    pass\n    return x", {"leaf": (1,)}),
    "an acronym": ("GCD(4, 6)", {"GCD": (1,)}),
    "local elsewhere": ("def f(leaf):\n    return leaf(1)\ndef g():\n    return leaf(2)", {"leaf": (4,)}),
    "a class body doesn't reach its methods": ("class A:\n    leaf = abs\n    def m(self):\n        return leaf(1)", {"leaf": (4,)}),
    "a head with a docstring": ('def f(x):\n    """Doubled."""\nf(1)', {"f": (1,)}),
    "a head with dots": ("def f(x): ...\nf(1)", {"f": (1,)}),
    "a head with pass": ("def f(x):\n    pass", {"f": (1,)}),
    "a head that gives up": ("def f(x):\n    '''Later.'''\n    raise NotImplementedError('later')", {"f": (1,)}),
    "a method with dots": ("class Dog:\n    def speak(self): ...", {"Dog.speak": (2,)}),
    "a head within a function": ("def f():\n    def g(x): ...\n    return g(1)", {"f.<locals>.g": (2,)}),
    "a head in a branch": ("try:\n    import nothing\nexcept ImportError:\n    def g(x): ...", {"g": (4,)}),
}
COMPLETE = {
    "builtins": "print(len(sorted([1])))",
    "imports": "from math import gcd as g\nimport os.path\ng(1, 2), os.path.join('a')",
    "parameters": "def f(leaf, *more, **others):\n    return leaf(1), more[0](2), others['x'](3)",
    "assigned": "leaf = len\nleaf('a')\nfor g in [len]:\n    g('a')",
    "a walrus": "if (leaf := len):\n    leaf('a')",
    "bound by with and except": "with open('x') as g:\n    g('a')\ntry:\n    pass\nexcept OSError as e:\n    e()",
    "closures": "def f():\n    def g():\n        return h()\n    def h():\n        return 1\n    return g()",
    "recursion": "def f(n):\n    return f(n - 1) if n else 0",
    "global": "def f():\n    global g\n    g = len\ndef h():\n    return g('a')",
    "comprehension variables": "[g(1) for g in [str]]",
    "methods": "'a'.upper()\n[].frobnicate()",
    "defined later": "def f():\n    return g()\ndef g():\n    return 1",
    "a real pass in a class": "class A:\n    def m(self):\n        pass",
    "abstract": "from abc import ABC, abstractmethod\nclass A(ABC):\n    @abstractmethod\n    def m(self): ...",
    "overloads": "import typing as t\n@t.overload\ndef f(x: int): ...\n@t.overload\ndef f(x: str): ...\ndef f(x):\n    return x",
    "protocols": "from typing import Protocol\nclass A(Protocol):\n    def m(self): ...",
    "annotations that nobody evaluates": "from __future__ import annotations\ndef f(x: Foo) -> list[Foo]:\n    y: Foo = x\n    return y",
    "special methods": "class A:\n    def __init__(self): ...",
}
REFUSED = {
    "a module": ("np.mean([1])", "np", "attributes"),
    "a method of an undefined object": ("shape.area()", "shape", "attributes"),
    "an undefined class": ("Circle(2)", "Circle", "class"),
    "its method": ("Circle(2).area()", "Circle", "class"),
    "a base class": ("class A(Base):\n    pass", "Base", "class"),
    "an exception": ("try:\n    pass\nexcept oops:\n    pass", "oops", "class"),
    "a decorator": ("@cached\ndef f():\n    return 1", "cached", "decorator"),
    "an annotation that is evaluated": ("def f(x: Foo):\n    return x", "Foo", "variable"),
    "a maker of functions": ("maker(1)(2)", "maker", "called"),
    "a context manager": ("with opened(1) as x:\n    pass", "opened", "with"),
    "an asynchronous iterator": ("async def f():\n    async for x in stream(1):\n        pass", "stream", "asynchronously"),
    "one in a comprehension": ("async def f():\n    return [x async for x in stream(1)]", "stream", "asynchronously"),
    "a variable": ("print(total)", "total", "variable"),
    "a variable beside a function": ("list(map(str, numbers))", "numbers", "variable"),
    "called and asked for an attribute": ("leaf(1)\nleaf.cache", "leaf", "attributes"),
}


@pytest.mark.parametrize("case", LACKING)
def test_functions_without_definition(case) -> None:
    source, wanted = LACKING[case]
    found = undefined(source)
    assert {function.name: function.lines for function in found.functions} == wanted
    assert found.refused == ()


@pytest.mark.parametrize("case", COMPLETE)
def test_what_is_defined_is_not_emulated(case) -> None:
    found = undefined(COMPLETE[case])
    assert (found.functions, found.refused) == ((), ())


@pytest.mark.parametrize("case", REFUSED)
def test_names_that_no_answer_can_stand_for(case) -> None:
    source, name, word = REFUSED[case]
    found = undefined(source)
    assert found.functions == ()
    assert [refused.name for refused in found.refused] == [name]
    assert word in found.refused[0].why


def test_the_call_belongs_to_the_program() -> None:
    found = undefined("def f(x):\n    return x", "leaf(f(1)) + f(2)")
    assert [(function.name, function.lines) for function in found.functions] == [("leaf", (0,))]


def test_awaited_functions_and_stars_are_told() -> None:
    found = undefined("from os.path import *\nasync def f():\n    return await fetch(join('a'))")
    assert {function.name: function.is_awaited for function in found.functions} == {"fetch": True, "join": False}
    assert found.has_stars


@pytest.mark.parametrize(
    "code", ["a.gather(leaf(1), 2)", "a.gather(*[leaf(x) for x in y])", "loop.create_task(leaf(1))", "asyncio.run(leaf(1))"]
)
def test_what_is_awaited_by_others(code) -> None:
    found = undefined(f"import asyncio\nimport asyncio as a\ndef f(y, loop):\n    return {code}")
    assert [(function.name, function.is_awaited) for function in found.functions] == [("leaf", True)]


def test_what_is_no_python() -> None:
    with pytest.raises(RequestError, match="line 2"):
        undefined("x = 1\nfor each word in words")
    with pytest.raises(RequestError, match="expected an expression such as f"):
        undefined("x = 1", "f(")
    with pytest.raises(NbreproError, match="can't be started"):
        undefined("x = 1", python="/nowhere/python")


@pytest.mark.slow
def test_every_python_from_3_6_on_and_none_before() -> None:
    source = "def f(x):\n    return [leaf(y) for y in x]\ndef g(x):\n    '''Area.'''\n    ..."
    for interpreter in find_interpreters():
        if interpreter.minor.startswith("3."):
            assert undefined(source, "f([1])", python=interpreter.path).names == ("leaf", "g"), interpreter
        else:
            with pytest.raises(NbreproError, match="can't run"):
                undefined(source, python=interpreter.path)


def test_syntax_is_that_of_the_interpreter_it_is_for() -> None:
    newest = [interpreter for interpreter in find_interpreters() if interpreter.minor == "3.13"]
    if not newest:
        pytest.skip("needs Python 3.13")
    assert undefined("def f[T](x: T) -> T:\n    return leaf(x)", python=newest[0].path).names == ("leaf",)
