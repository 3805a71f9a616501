"""Programs in real child processes, with models that answer for the functions that nobody has defined."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from ast import literal_eval
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulation.model_server import model_server, says
from simulation.scripted import Scripted, Silent, asked_call, by_truth

from nbrepro.environments.pythons import find_interpreters
from nbrepro.errors import RequestError
from nbrepro.simulation.emulation import EmulationLimits, EmulationSettings, EmulationStatus, emulate
from nbrepro.simulation.models.recorded import Recorder, Replay
from nbrepro.simulation.programs import Program

QUICK = EmulationLimits(seconds=2.0, memory_bytes=600 << 20)
TRUE = {"leaf": lambda x: 2 * x, "rank": lambda x: -x, "keep": lambda x: x > 1, "pair": lambda x, *, by=1: (x, by)}


def run(code: str, model, call: str = "", *, limits=QUICK, **options):
    return emulate(Program("t", dedent(code), call), model, limits=limits, **options)


CALLED = {
    "in an expression": ("def f(x):\n    return leaf(x) + 1", "f(2)", "5"),
    "in itself": ("def f(x):\n    return leaf(leaf(leaf(x)))", "f(1)", "8"),
    "in a recursion": ("def f(n):\n    return leaf(n) + f(n - 1) if n else 0", "f(3)", "12"),
    "in a comprehension": ("def f(xs):\n    return [leaf(x) for x in xs if keep(x)]", "f([1, 2, 3])", "[4, 6]"),
    "in a generator": ("def f(xs):\n    return sum(leaf(x) for x in xs)", "f([1, 2])", "6"),
    "in a generator function": ("def g():\n    yield leaf(1)\n    yield leaf(2)\ndef f():\n    return list(g())", "f()", "[2, 4]"),
    "as a key": ("def f(xs):\n    return sorted(xs, key=rank), max(xs, key=rank)", "f([1, 3, 2])", "([3, 2, 1], 1)"),
    "by map and filter": ("def f(xs):\n    return list(map(leaf, filter(keep, xs)))", "f([1, 2, 3])", "[4, 6]"),
    "in a lambda": ("f = lambda x: leaf(x)", "f(2)", "4"),
    "in a method": ("class A:\n    def m(self, x):\n        return leaf(x)", "A().m(2)", "4"),
    "in a class body": ("class A:\n    x = leaf(2)", "A.x", "4"),
    "with a keyword": ("def f(x):\n    return pair(x, by=3)", "f(2)", "(2, 3)"),
    "in the call itself": ("def f(x):\n    return x", "leaf(f(2))", "4"),
    "by await": ("import asyncio\nasync def g():\n    return await leaf(2)\ndef f():\n    return asyncio.run(g())", "f()", "4"),
    "by gather": (
        "import asyncio\nasync def g(x):\n    return await asyncio.gather(*[leaf(i) for i in x])\ndef f(y):\n    return asyncio.run(g(y))",
        "f([1, 2])",
        "[2, 4]",
    ),
    "in threads": (
        "from concurrent.futures import ThreadPoolExecutor as P\ndef f(xs):\n    with P(3) as p:\n        return list(p.map(leaf, xs))",
        "f([1, 2, 3, 4, 5])",
        "[2, 4, 6, 8, 10]",
    ),
    "given a generator": ("def f():\n    return total(x for x in [1, 2])", "f()", "3"),
}


@pytest.mark.parametrize("case", CALLED)
def test_calls_are_answered_wherever_they_stand(case) -> None:
    code, call, value = CALLED[case]
    found = run(code, by_truth({**TRUE, "total": sum}), call)
    assert (found.value, found.status, found.problem) == (value, "ok", None), found
    assert found.is_literal
    assert found.calls
    assert found.unanswered == 0


def test_everything_is_recorded() -> None:
    code = """\
    def f(xs):
        print('begin')
        return [leaf(x) for x in xs]
    """
    model = by_truth(TRUE)
    found = run(code, model, "f([1, 2, 1])")
    assert (found.value, found.output) == ("[2, 4, 2]", "begin\n")
    assert [(call.text, call.value, call.line, call.is_repeated) for call in found.calls] == [
        ("leaf(1)", "2", 3, False),
        ("leaf(2)", "4", 3, False),
        ("leaf(1)", "2", 3, True),
    ]
    assert found.functions == {"leaf": 3}
    assert found.ran == {1: 1, 2: 1, 3: 1}
    assert found.real_share == pytest.approx(3 / 6)
    assert found.usage.prompt_tokens == 20
    assert [asked_call(prompt) for prompt in model.asked] == ["leaf(1)", "leaf(2)"]
    assert {prompt.prompt_version for prompt in model.asked} == {"emulate@1"}
    assert "3      return [leaf(x) for x in xs]" in model.asked[0].messages[-1].text


def test_answers_are_drawn_anew_where_nothing_is_remembered() -> None:
    model = Scripted(f"[ANSWER]{number}[/ANSWER]" for number in range(9))
    found = run("x = [toss(), toss(), toss()]\nprint(x)", model, settings=EmulationSettings(remembers=False))
    assert found.output == "[0, 1, 2]\n"
    assert [prompt.sample for prompt in model.asked] == [0, 1, 2]


def test_equal_arguments_are_those_of_equal_values_not_of_equal_text() -> None:
    long = "x" * 5000
    short = "size(1), size(True), size(x=1), size([1], 2), size([1, 2])"
    code = f"a, b = size('{long}a'), size('{long}b')\nprint(a, b, {short})"
    model = Scripted(f"[ANSWER]{number}[/ANSWER]" for number in range(9))
    found = run(code, model)
    assert found.output == "0 1 2 3 4 5 6\n"
    assert "(cut: 5003 characters in all)" in found.calls[0].text


DIFFERENT = {
    "lambdas": "[g(lambda x: x + 1), g(lambda x: x + 2)]",
    "closures": "[g(lambda: i) for i in range(2)]",
    "attributes": "[g(A(1)), g(A(2))]",
    "attributes that the text hides": "[g(Shy(1)), g(Shy(2))]",
    "deep values": "[g([[[[[[[[1]]]]]]]]), g([[[[[[[[2]]]]]]]])]",
    "long iterators": "[g(iter([0] * 2000)), g(iter([0] * 1999 + [1]))]",
    "kinds": "[g([1]), g((1,)), g({1}), g(frozenset([1])), g('[1]')]",
    "parts": "[g('a', 'b'), g(\"a', 'b\")]",
}
EQUAL = {
    "lists": "[g([1, {2: 3}]) for _ in range(2)]",
    "sets": "[g({3, 1, 'a'}), g({'a', 1, 3})]",
    "attributes": "[g(A(1)), g(A(1))]",
    "attributes that the text hides": "[g(Shy(1)), g(Shy(1))]",
    "slots": "[g(Slotted(1)), g(Slotted(1))]",
    "generators": "[g(x for x in [1, 2]), g(x for x in [1, 2])]",
    "one function": "[g(abs_twice), g(abs_twice)]",
    "cycles": "[g(loop), g(loop)]",
}
OBJECTS = """\
class A:
    def __init__(self, x):
        self.x = x
class Shy(A):
    def __repr__(self):
        return 'Shy'
class Slotted:
    __slots__ = 'x'
    def __init__(self, x):
        self.x = x
def abs_twice(x):
    return abs(abs(x))
loop = []
loop.append(loop)
"""


@pytest.mark.parametrize(("cases", "is_equal"), [(DIFFERENT, False), (EQUAL, True)])
def test_which_arguments_are_equal(cases, is_equal) -> None:
    found = run(OBJECTS + "print([" + ", ".join(cases.values()) + "])", Scripted(f"[ANSWER]{number}[/ANSWER]" for number in range(99)))
    for case, values in zip(cases, literal_eval(found.output), strict=True):
        assert len(set(values)) == (1 if is_equal else len(values)), case
    assert not any("0x" in call.text for call in found.calls)


HEADS = '''\
from dataclasses import dataclass
from enum import Enum

@dataclass
class Point:
    """A place."""
    x: int
    y: int = 0

class Dog:
    def __init__(self, name):
        self.name = name
    def speak(self, times: int = 2) -> str:
        """What the dog says."""
        ...

def middle(points: list, *, weight=1) -> Point:
    """The point in the middle."""
    raise NotImplementedError

def names(count: int) -> 'list[Point]':
    ...

async def fetch(address: str) -> str: ...
'''


def test_functions_with_a_head_and_no_body() -> None:
    answers = {
        "middle([Point(x=1, y=2)], weight=2)": "Point(1, y=2)",
        "Dog.speak(Dog(name='Rex'), 3)": "'woof'",
        "names(2)": "[Point(1), Point(2)]",
        "fetch('a')": "'b'",
    }
    model = Scripted(lambda prompt: f"[ANSWER]{answers[asked_call(prompt)]}[/ANSWER]")
    call = "middle([Point(1, 2)], weight=2), Dog('Rex').speak(3), names(2), __import__('asyncio').run(fetch('a'))"
    found = run(HEADS, model, call)
    assert found.value == "(Point(x=1, y=2), 'woof', [Point(x=1, y=0), Point(x=2, y=0)], 'b')", found
    asked = model.asked[1].messages[-1].text
    assert "def speak(self, times: int = 2) -> str:" in asked
    assert "What the dog says." in asked


def test_a_head_is_held_to_its_parameters() -> None:
    found = run(HEADS, Scripted([]), "middle()")
    assert found.status is EmulationStatus.ERROR
    assert found.problem is not None
    assert found.problem[0] == "TypeError"
    assert found.calls == ()


def test_values_of_the_wrong_type_are_asked_for_again() -> None:
    model = Scripted(["[ANSWER]3[/ANSWER]", "[ANSWER]'woof'[/ANSWER]"])
    found = run(HEADS, model, "Dog('Rex').speak()")
    assert (found.value, len(found.calls[0].completions)) == ("'woof'", 2)
    assert "returns str, this is int" in model.asked[1].messages[-1].text
    assert model.asked[1].messages[-2].text == "[ANSWER]3[/ANSWER]"


def test_a_value_that_the_class_refuses_is_asked_for_again() -> None:
    for refused, kind in [("Point(1, 2, 3)", "TypeError"), ("bytes(99999999999999)", "MemoryError"), ("{bytearray(b'')}", "TypeError")]:
        model = Scripted([f"[ANSWER]{refused}[/ANSWER]", "[ANSWER]Point(1, 2)[/ANSWER]"])
        found = run(HEADS, model, "middle([])")
        assert (found.value, len(found.calls), len(found.calls[0].completions)) == ("Point(x=1, y=2)", 1, 2)
        assert kind in model.asked[1].messages[-1].text


@pytest.mark.parametrize(
    "said", ["I don't know.", "[ANSWER]" + "9" * 200 + "[/ANSWER]", "[ANSWER]{[1]: 2}[/ANSWER]", "[ANSWER]raise nothing()[/ANSWER]"]
)
def test_a_call_without_a_readable_answer_fails_within_the_program(said) -> None:
    code = """\
    def f():
        try:
            return leaf(1)
        except EmulationError as error:
            return 'caught', type(error).__name__
    """
    found = run(code, Scripted([said, said]), "f()", limits=EmulationLimits(seconds=2.0, answer_characters=100))
    assert found.value == "('caught', 'EmulationError')"
    assert found.unanswered == 1
    assert found.calls[0].problem
    assert (found.calls[0].answer, found.calls[0].value) == (said, None)
    assert len(found.calls[0].completions) == 2
    assert "no usable answer: 1 call" in repr(found)


def test_an_exception_may_be_the_answer() -> None:
    code = """\
    class Own(Exception):
        pass
    def f(x):
        try:
            return leaf(x)
        except (ValueError, Own) as error:
            return type(error).__name__, error.args
    """
    for said, value in [("ValueError('no')", "('ValueError', ('no',))"), ("Own(1, 2)", "('Own', (1, 2))"), ("Own", "('Own', ())")]:
        found = run(code, Scripted([f"[ANSWER]raise {said}[/ANSWER]"]), "f(1)")
        assert (found.value, found.unanswered) == (value, 0)
        assert found.calls[0].raised


def test_what_is_defined_while_the_program_runs_is_real() -> None:
    code = "from math import *\nglobals()['made'] = abs\nprint(gcd(4, 6), made(-1), leaf(1))"
    found = run(code, by_truth(TRUE))
    assert found.output == "2 1 2\n"
    assert found.functions == {"leaf": 1}


def test_what_can_not_be_emulated_is_said() -> None:
    found = run("def f():\n    return Circle(2).area() + leaf(1)", by_truth(TRUE), "f()")
    assert found.status is EmulationStatus.ERROR
    assert found.problem == ("NameError", "name 'Circle' is not defined")
    assert found.line == 2
    assert "not emulated: Circle (line 2): it is a class" in repr(found)


ENDS = {
    "an endless loop": ("leaf(1)\nwhile True:\n    pass", "timed-out"),
    "too much memory": ("leaf(1)\nx = 'x' * 10 ** 10", "out-of-memory"),
    "an exit": ("leaf(1)\nraise SystemExit(3)", "exit"),
    "an end without notice": ("import os\nleaf(1)\nos._exit(0)", "died"),
    "no files are written": ("leaf(1)\nopen('left', 'w')", "error"),
    "no network": ("leaf(1)\nimport socket\nsocket.create_connection(('127.0.0.1', 9))", "error"),
    "endless recursion": ("def f():\n    return f() + leaf(1)\nleaf(1)\nf()", "error"),
    "an endless sleep": ("leaf(1)\nimport signal\nsignal.pause()", "timed-out"),
    "a call in an endless recursion": ("def f(x):\n    return f(leaf(1))\nleaf(1)\nf(1)", "error"),
}


@pytest.mark.parametrize("case", ENDS)
def test_limits_hold_and_keep_what_was_answered(case, monkeypatch) -> None:
    from nbrepro.simulation.emulation import process

    monkeypatch.setattr(process, "START_SECONDS", 5.0)
    code, status = ENDS[case]
    found = run("print('begun')\n" + code, by_truth(TRUE), limits=EmulationLimits(seconds=0.5, memory_bytes=400 << 20))
    assert found.status == status, found
    assert found.problem
    assert found.calls[0].value == "2"
    if status != "died":
        assert found.output == "begun\n"


def test_a_program_that_asks_too_much_is_ended() -> None:
    code = "n = 0\nwhile True:\n    try:\n        n += leaf(n) + 1\n    except Exception:\n        pass"
    found = run(code, by_truth(TRUE), limits=EmulationLimits(seconds=2.0, calls=5))
    assert (found.status, len(found.calls)) == ("too-many-calls", 5)
    assert found.problem is not None
    assert "5 calls" in found.problem[1]
    found = run("while leaf(1):\n    pass", by_truth(TRUE), limits=EmulationLimits(seconds=2.0, repeated_calls=7))
    assert (found.status, len(found.calls)) == ("too-many-calls", 8)


def test_a_model_that_says_nothing_ends_the_program() -> None:
    found = run("print('begun')\ntry:\n    leaf(1)\nexcept Exception:\n    print('caught')", Silent())
    assert (found.status, found.output) == ("no-answer", "begun\n")
    assert found.problem == ("no-answer", "connection: nobody listens")
    assert found.calls[0].problem == "connection: nobody listens"


def test_output_is_bounded_and_kept_in_order() -> None:
    code = "import sys\nprint('é' * 5000)\nprint('end', file=sys.stderr)\nsys.stdout.flush()\nsys.stdout.buffer.write(b'x')"
    found = run(code, Scripted([]))
    assert (found.output, found.errors, found.is_output_cut) == ("é" * 5000 + "\nx", "end\n", False)
    found = run("while True:\n    print('x' * 1000)", Scripted([]), limits=EmulationLimits(seconds=0.3, output_characters=5000))
    assert (len(found.output), found.is_output_cut, found.status) == (5000, True, "timed-out")


def test_a_setup_counts_as_defined_and_its_failure_is_told() -> None:
    found = emulate(Program("t", "def f():\n    return tidy(1) + leaf(1)", "f()", setup="def tidy(x):\n    return x"), by_truth(TRUE))
    assert (found.value, found.functions) == ("3", {"leaf": 1})
    found = emulate(Program("t", "x = 1", "", setup="1 / 0"), by_truth(TRUE))
    assert (found.status, found.problem and found.problem[0]) == ("error", "ZeroDivisionError")


def test_numbers_of_limits() -> None:
    with pytest.raises(RequestError, match="more than 0 seconds"):
        EmulationLimits(seconds=0)


PSEUDOCODE = "function g(words):\n    for each word in words:\n        print word"


def test_a_call_that_is_none_is_refused_whatever_the_model() -> None:
    with pytest.raises(RequestError, match=r"such as f\(1\), found 'f\('"):
        run("def f():\n    return 1", Scripted([]), "f(")


def test_what_is_no_python_is_simulated_whole_and_says_so() -> None:
    model = Scripted(["[OUTPUT]\nox\ngoat\n[/OUTPUT]\n[ANSWER]'goat'[/ANSWER]"])
    found = run(PSEUDOCODE, model, "g(['ox', 'goat'])")
    assert (found.output, found.value, found.status, found.real_share) == ("ox\ngoat\n", "'goat'", "ok", 0.0)
    assert "line 1" in str(found.simulated_because)
    assert "nothing ran" in repr(found)
    assert model.asked[0].prompt_version == "pseudocode@1"
    assert PSEUDOCODE in model.asked[0].messages[-1].text
    found = run(PSEUDOCODE, Scripted(["I'd rather not."]))
    assert (found.status, found.output) == ("no-answer", "")
    found = run(PSEUDOCODE, Scripted([]), settings=EmulationSettings(simulates_other_text=False))
    assert (found.status, found.line, found.simulated_because) == ("error", 1, None)


def test_pseudocode_that_is_python_runs() -> None:
    """As Think-and-Execute writes it: a program whose prints are the trace, and whose helpers nobody has written."""
    code = """\
    def track(start, moves):
        place = parse_place(start)
        for move in split_moves(moves):
            step = meaning_of(move)
            place += step
            print(f'After {move}: {place}')
        return 'back' if place == 0 else 'elsewhere'
    """
    truth = {"parse_place": int, "split_moves": lambda text: text.split(", "), "meaning_of": {"forward": 1, "back": -1}.__getitem__}
    found = run(code, by_truth(truth), "track('0', 'forward, back')")
    assert (found.value, found.output) == ("'back'", "After forward: 1\nAfter back: 0\n")
    assert found.real_share == pytest.approx(10 / 14)


def test_text_page_and_frame(tmp_path) -> None:
    pytest.importorskip("pandas")
    found = run("def f(x):\n    return leaf(x)", Scripted(["[ANSWER]'<b>'[/ANSWER]"]), "f('<i>')")
    page = found._repr_mimebundle_()["text/html"]
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert "line 2: leaf('<i>') → '<b>'" in repr(found)
    assert list(found.frame()["value"]) == ["'<b>'"]
    empty = run("x = 1", Scripted([]))
    assert list(empty.frame().columns) == list(found.frame().columns)
    assert empty.real_share == 1.0


def test_a_recording_gives_the_same_without_a_model(tmp_path: Path) -> None:
    code = "def f(xs):\n    return [leaf(x) for x in xs]"
    first = run(code, Recorder(by_truth(TRUE), tmp_path / "answers.jsonl"), "f([1, 2, 1])")
    again = run(code, Replay(tmp_path / "answers.jsonl"), "f([1, 2, 1])")
    assert (again.value, again.output, again.ran) == (first.value, first.output, first.ran)
    assert [call.value for call in again.calls] == ["2", "4", "2"]
    assert again.calls[0].completions[0].is_cached
    other = run(code, Replay(tmp_path / "answers.jsonl"), "f([3])")
    assert (other.status, str(other.problem).count("not-recorded")) == ("no-answer", 1)


@pytest.mark.slow
def test_every_python_from_3_6_on() -> None:
    code, call, value = CALLED["in threads"]
    for interpreter in find_interpreters():
        if interpreter.minor.startswith("3."):
            found = run(code, by_truth(TRUE), call, python=interpreter.path)
            assert (found.value, found.python.rpartition(".")[0]) == (value, interpreter.minor), found
            found = run(HEADS, Scripted(["[ANSWER]Point(1)[/ANSWER]"]), "middle([Point(1)])", python=interpreter.path)
            assert (found.value or str(found.problem)).startswith(
                "Point(x=1" if interpreter.minor != "3.6" else "('ModuleNotFoundError'"
            ), found


def test_a_program_that_dies_while_it_waits() -> None:
    def says(prompt):
        os.kill(int(asked_call(prompt).partition("(")[2][:-1]), signal.SIGTERM)
        return "[ANSWER]1[/ANSWER]"

    found = run("import os\nprint('begun')\nleaf(os.getpid())\nprint('not reached')", Scripted(says))
    assert (found.status, found.output, found.problem) == ("died", "begun\n", ("died", "signal 15"))
    assert (found.calls[0].value, found.ran, found.real_share) == ("1", None, None)


@pytest.mark.slow
def test_an_interrupt_leaves_no_process() -> None:
    script = dedent(f"""\
        import sys, os
        sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
        from simulation.scripted import Scripted
        from nbrepro.simulation.emulation import emulate
        from nbrepro.simulation.programs import Program
        def says(prompt):
            print(prompt.messages[-1].text.rpartition('leaf(')[2].partition(')')[0], flush=True)
            import time; time.sleep(60)
        emulate(Program('t', 'import os\\nleaf(os.getpid())', ''), Scripted(says))
    """)
    started = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert started.stdout is not None
    child = int(started.stdout.readline())
    os.kill(child, 0)
    started.send_signal(signal.SIGINT)
    _, errors = started.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


SNIPPETS = st.sampled_from(
    [
        "total += leaf(x)",
        "total = leaf(total) - x",
        "if keep(x):\n            total += 3",
        "total += sum(leaf(y) for y in range(x) if keep(y))",
        "seen.append(pair(x, by=total))",
        "seen.sort(key=lambda item: rank(item[0]))",
        "try:\n            total += inverse(x)\n        except ZeroDivisionError:\n            total -= 1",
        "while leaf(total) < 5:\n            total += 1",
    ]
)
DEFINITIONS = """\
def leaf(x):
    return 2 * x
def keep(x):
    return x > 1
def rank(x):
    return -x
def pair(x, *, by=1):
    return (x, by)
def inverse(x):
    return 10 // x
"""


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SNIPPETS, min_size=1, max_size=4), st.lists(st.integers(0, 4), max_size=4))
def test_a_program_whose_leaves_are_answered_truly_gives_what_the_whole_program_gives(snippets, numbers) -> None:
    body = "".join(f"        {snippet}\n" for snippet in snippets)
    code = f"def f(xs):\n    total, seen = 0, []\n    for x in xs:\n{body}        print(x, total)\n    return total, seen\n"
    truth: dict[str, object] = {}
    exec(DEFINITIONS, truth)
    limits = EmulationLimits(seconds=5.0, calls=1000)
    whole = emulate(Program("t", DEFINITIONS + code, f"f({numbers})"), Silent(), limits=limits)
    part = emulate(Program("t", code, f"f({numbers})"), by_truth(truth), limits=limits)
    assert (part.value, part.output, part.status) == (whole.value, whole.output, whole.status)
    assert whole.calls == ()


def test_over_a_real_connection() -> None:
    pytest.importorskip("openai")
    from nbrepro.simulation.models.endpoint import Endpoint

    scenes = (says("[ANSWER]4[/ANSWER]"), says("[ANSWER]no"), says("[ANSWER]6[/ANSWER]"))
    with model_server(*scenes) as server, Endpoint("m", server.url) as model:
        found = run("def f(xs):\n    return [leaf(x) for x in xs]", model, "f([2, 3])")
    assert (found.value, found.model) == ("[4, 6]", "m")
    assert len(found.calls[1].completions) == 2
    assert found.usage.completion_tokens == 9
