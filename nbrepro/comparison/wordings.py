"""What Python versions say with other words: true pairs, read from what Pythons 2.7 to 3.13 raise for the same code."""

from __future__ import annotations

import re
from functools import cache

_F = r"(?:(?P<owner>\w[\w.<>]*)\.)?(?P<function>[\w<>]+)\(\)"
_BARE = r"(?P<function>[\w<>]+)\(\)"
_OWNED = r"\w[\w.<>]*\.(?P<function>[\w<>]+)\(\)"
_SUGGESTION = re.compile(r"[.;] (?:Did you mean|Did you forget)\b[^\n]*?\?(?= \([^()]*\)$|$)")
"""What newer Pythons add to a message they said before."""
_LINE = r"(?: \((?:[^()]*, )?line (?P<line>\d+)\))"
_ANY_LINE = r"(?: \((?:[^()]*, )?line \d+\))"

_ONCE_INVALID_SYNTAX = (
    r"Missing parentheses in call to '(?:print|exec)'(?:\. Did you mean .*\?)?",
    r"invalid syntax\. (?:Perhaps you forgot a comma|Maybe you meant .*)\?",
    r"expected ':'",
    r"unmatched '[)\]}]'",
    r"closing parenthesis .* does not match opening parenthesis .*",
    r"invalid character in identifier",
    r"invalid character '.*' \(U\+\w+\)",
    r"f-string: .*",
    r"'await' outside function",
    r"nonlocal declaration not allowed at module level",
    r"can't use starred expression here",
    r"Expected one or more names after 'import'",
)
"""What newer parsers say where older ones only said `invalid syntax`."""

_GROUPS: tuple[tuple[str, ...], ...] = (
    (r"(?:global )?name '(?P<name>\w+)' is not defined", r"global name '(?P<name>\w+)' is not defined"),
    (
        r"local variable '(?P<name>\w+)' referenced before assignment",
        r"cannot access local variable '(?P<name>\w+)' where it is not associated with a value",
    ),
    (
        r"free variable '(?P<name>\w+)' referenced before assignment in enclosing scope",
        r"cannot access free variable '(?P<name>\w+)' where it is not associated with a value in enclosing scope",
    ),
    (
        r"'module' object has no attribute '(?P<name>\w+)'",
        r"(?:partially initialized )?module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'",
    ),
    (
        r"'(?P<type>[\w.]+)' object has no attribute '(?P<name>\w+)'",
        r"'(?P<type>[\w.]+)' object has no attribute '(?P<name>\w+)' and no __dict__ for setting new attributes",
    ),
    (
        r"can't set attribute",
        r"can't set attribute '(?P<name>\w+)'",
        r"property '(?P<name>\w+)' of '(?P<type>[\w.]+)' object has no setter",
    ),
    (
        r"can't delete attribute",
        r"can't delete attribute '(?P<name>\w+)'",
        r"property '(?P<name>\w+)' of '(?P<type>[\w.]+)' object has no deleter",
    ),
    (
        r"No module named (?P<name>[\w.]+)",
        r"No module named '(?P<name>[\w.]+)'(?:; .*)?",
        r"No module named '[\w.]+\.(?P<name>\w+)'(?:; .*)?",
    ),
    (
        r"cannot import name (?P<name>\w+)",
        r"cannot import name '(?P<name>\w+)'",
        r"cannot import name '(?P<name>\w+)' from (?:partially initialized module )?'[\w.]+'(?: \(.*\))?",
    ),
    (r"integer division or modulo by zero", r"division by zero"),
    (r"integer division or modulo by zero", r"integer modulo by zero"),
    (r"float modulo", r"float modulo by zero"),
    (r"float divmod\(\)", r"float floor division by zero"),
    (
        r"'(?P<type>[\w.]+)' object has no attribute '__getitem__'",
        r"'(?P<type>[\w.]+)' object does not support indexing",
        r"'(?P<type>[\w.]+)' object is not subscriptable",
    ),
    (r"'type' object is not subscriptable", r"'type' object has no attribute '__getitem__'", r"type '[\w.]+' is not subscriptable"),
    (
        r"cannot concatenate 'str' and '(?P<type>[\w.]+)' objects",
        r"must be str, not (?P<type>[\w.]+)",
        r"can only concatenate str \(not \"(?P<type>[\w.]+)\"\) to str",
    ),
    (
        r"sequence item (?P<item>\d+): expected string, (?P<type>\w+) found",
        r"sequence item (?P<item>\d+): expected str instance, (?P<type>\w+) found",
    ),
    (r"'(?P<type>\w+)' object is not iterable", r"cannot unpack non-iterable (?P<type>\w+) object"),
    (r"zip argument #\d+ must support iteration", r"'\w+' object is not iterable"),
    (
        r"(?P<type>list|tuple) indices must be integers, not (?P<index>\w+)",
        r"(?P<type>list|tuple) indices must be integers or slices, not (?P<index>\w+)",
    ),
    (
        r"string indices must be integers, not (?P<index>\w+)",
        r"string indices must be integers",
        r"string indices must be integers, not '(?P<index>\w+)'",
    ),
    (
        r"int\(\) argument must be a string or a number, not '(?P<type>[\w.]+)'",
        r"int\(\) argument must be a string, a bytes-like object or a number, not '(?P<type>[\w.]+)'",
        r"int\(\) argument must be a string, a bytes-like object or a real number, not '(?P<type>[\w.]+)'",
    ),
    (
        r"float\(\) argument must be a string or a number",
        r"float\(\) argument must be a string or a number, not '(?P<type>[\w.]+)'",
        r"float\(\) argument must be a string or a real number, not '(?P<type>[\w.]+)'",
    ),
    (r"a float is required", r"must be real number, not \w+"),
    (
        r"%(?P<code>\w) format: a number is required, not (?P<type>\w+)",
        r"%(?P<code>\w) format: a real number is required, not (?P<type>\w+)",
    ),
    (
        r"an integer is required",
        r"an integer is required \(got type (?P<type>\w+)\)",
        r"'(?P<type>\w+)' object cannot be interpreted as an integer",
    ),
    (r"(?P<type>\w+) object is not an iterator", r"'(?P<type>\w+)' object is not an iterator"),
    (r"argument to reversed\(\) must be a sequence", r"'\w+' object is not reversible"),
    (
        r"Object of type '(?P<type>\w+)' is not JSON serializable",
        r"Object of type (?P<type>\w+) is not JSON serializable",
    ),
    (r"can't pickle (?:_?thread)?\.?lock objects", r"can't pickle _thread\.lock objects", r"cannot pickle '_thread\.lock' object"),
    (r"can't pickle (?P<type>[\w.]+) objects", r"cannot pickle '(?P<type>[\w.]+)' object"),
    (
        r"isinstance\(\) arg 2 must be a class, type, or tuple of classes and types",
        r"isinstance\(\) arg 2 must be a type or tuple of types",
        r"isinstance\(\) arg 2 must be a type, a tuple of types, or a union",
    ),
    (
        r"Can't instantiate abstract class (?P<type>\w+) with abstract methods (?P<methods>.+)",
        r"Can't instantiate abstract class (?P<type>\w+) with abstract method (?P<methods>.+)",
        r"Can't instantiate abstract class (?P<type>\w+) without an implementation for abstract methods? (?P<methods>'.+')",
    ),
    (
        rf"{_F} takes no arguments \((?P<given>\d+) given\)",
        rf"{_F} takes 0 positional arguments but (?P<given>\d+) (?:was|were) given",
    ),
    (
        rf"{_F} takes (?:exactly|at most) (?P<most>\d+) arguments? \((?P<given>\d+) given\)",
        rf"{_F} takes (?:from \d+ to )?(?P<most>\d+) positional arguments? but (?P<given>\d+) (?:was|were) given",
    ),
    (
        rf"{_F} takes exactly (?P<most>\d+) arguments? \((?P<given>\d+) given\)",
        rf"{_F} missing (?P<missing>\d+) required positional arguments?: .*",
    ),
    (rf"{_BARE} missing (?P<missing>\d+) (?P<what>required .*)", rf"{_OWNED} missing (?P<missing>\d+) (?P<what>required .*)"),
    (
        rf"{_BARE} takes (?P<what>(?:from )?\d+ .*)",
        rf"{_OWNED} takes (?P<what>(?:from )?\d+ .*)",
    ),
    (
        rf"{_F} got multiple values for keyword argument '(?P<name>\w+)'",
        rf"{_F} got multiple values for argument '(?P<name>\w+)'",
    ),
    (
        r"'(?P<name>\w+)' is an invalid keyword argument for this function",
        r"'(?P<name>\w+)' is an invalid keyword argument for (?P<function>\w+)\(\)",
        r"(?P<function>\w+)\(\) got an unexpected keyword argument '(?P<name>\w+)'",
    ),
    (
        rf"{_F} got an unexpected keyword argument '(?P<name>\w+)'",
        rf"{_F} got an unexpected keyword argument '(?P<name>\w+)'\. Did you mean '.*'\?",
    ),
    (rf"{_BARE} argument after (?P<what>.*)", rf"{_OWNED} argument after (?P<what>.*)"),
    (
        r"(?P<function>\w+)\(\) takes at most (?P<most>\d+) arguments? \((?P<given>\d+) given\)",
        r"(?P<function>\w+) expected at most (?P<most>\d+) arguments, got (?P<given>\d+)",
        r"(?P<function>\w+) expected at most (?P<most>\d+) argument, got (?P<given>\d+)",
    ),
    (
        r"(?P<function>\w+) expected (?:at least )?(?P<least>\d+) arguments, got (?P<given>\d+)",
        r"(?P<function>\w+) expected (?:at least )?(?P<least>\d+) argument, got (?P<given>\d+)",
    ),
    (r"object\(\) takes no parameters", r"object\.__init__\(\) takes no parameters", r"\w+\(\) takes no arguments"),
    (r"could not convert string to float: (?P<value>.*)", r"could not convert string to float: '(?P<value>.*)'"),
    (r"too many values to unpack", r"too many values to unpack \(expected (?P<expected>\d+)\)"),
    (
        r"need more than (?P<got>\d+) values? to unpack",
        r"not enough values to unpack \(expected (?P<expected>\d+), got (?P<got>\d+)\)",
    ),
    (r"(?P<function>max|min)\(\) arg is an empty sequence", r"(?P<function>max|min)\(\) iterable argument is empty"),
    (r"nothing to repeat", r"nothing to repeat at position \d+"),
    (r"Exceeds the limit \((?P<limit>\d+)\) for (?P<what>.*)", r"Exceeds the limit \((?P<limit>\d+) digits\) for (?P<what>.*)"),
    (r"chr\(\) arg not in range\(256\)", r"chr\(\) arg not in range\(0x110000\)"),
    (r"getattr\(\): attribute name must be string", r"attribute name must be string, not '\w+'"),
    (
        r"unsupported operand type\(s\) for >>: (?P<types>.*)",
        r"unsupported operand type\(s\) for >>: (?P<types>.*)\. Did you mean \"print\(<message>, file=<output_stream>\)\"\?",
    ),
    (r"tuple index out of range", r"Replacement index \d+ out of range for positional args tuple"),
    (r"(?:Invalid conversion specification|Invalid format specifier)", r"Invalid format specifier '.*' for object of type '\w+'"),
    (r"No JSON object could be decoded", r"Expecting value: line \d+ column \d+ \(char \d+\)"),
    (
        r"Expecting property name: (?P<place>line \d+ column \d+ \(char \d+\))",
        r"Expecting property name enclosed in double quotes: (?P<place>line \d+ column \d+ \(char \d+\))",
    ),
    (
        r"Command '(?P<command>.*)' returned non-zero exit status (?P<status>-?\d+)",
        r"Command '(?P<command>.*)' returned non-zero exit status (?P<status>-?\d+)\.",
    ),
    (
        r"\[Errno 2\] No such file or directory",
        r"\[Errno 2\] No such file or directory: '(?P<path>[^']*)'",
        r"\[Errno 2\] No such file or directory: '(?P<path>[^']*)': '(?P=path)'",
    ),
    (r"'utf8' codec (?P<what>.*)", r"'utf-8' codec (?P<what>.*)"),
    (r"(?P<before>.*codec can't encode characters?) u'(?P<after>.*)", r"(?P<before>.*codec can't encode characters?) '(?P<after>.*)"),
    (r"[Ss]ample larger than population", r"Sample larger than population or is negative"),
    (r"list index out of range", r"Cannot choose from an empty sequence"),
    *((rf"invalid syntax{_LINE}", rf"{words}{_LINE}") for words in _ONCE_INVALID_SYNTAX),
    (
        rf"Missing parentheses in call to '(?P<name>print|exec)'(?:\. Did you mean (?P=name)\((?!\.\.\.).*\)\?)?{_LINE}",
        rf"Missing parentheses in call to '(?P<name>print|exec)'\. Did you mean (?P=name)\(\.\.\.\)\?{_LINE}",
    ),
    (rf"invalid character in identifier{_LINE}", rf"invalid character '.*' \(U\+\w+\){_LINE}"),
    (rf"bytes can only contain ASCII literal characters\.{_LINE}", rf"bytes can only contain ASCII literal characters{_LINE}"),
    (rf"f-string: empty expression not allowed{_LINE}", rf"f-string: valid expression required before '}}'{_LINE}"),
    (
        rf"invalid token{_LINE}",
        rf"leading zeros in decimal integer literals are not permitted; .*{_LINE}",
    ),
    (rf"unexpected EOF while parsing{_ANY_LINE}", rf"'[(\[{{]' was never closed{_ANY_LINE}"),
    (rf"EOL while scanning string literal{_LINE}", rf"unterminated string literal \(detected at line \d+\){_LINE}"),
    (
        rf"EOF while scanning triple-quoted string literal{_ANY_LINE}",
        rf"unterminated triple-quoted string literal \(detected at line \d+\){_ANY_LINE}",
    ),
    (rf"expected an indented block{_LINE}", rf"expected an indented block after .* on line \d+{_LINE}"),
    (
        rf"can't (?P<verb>assign to|delete) (?P<what>.*?){_LINE}",
        rf"cannot (?P<verb>assign to|delete) (?P<what>.*?){_LINE}",
        rf"cannot (?P<verb>assign to) (?P<what>.*?) here\. Maybe you meant .*{_LINE}",
    ),
    (rf"can't assign to keyword{_LINE}", rf"cannot assign to (?:None|True|False){_LINE}"),
    (rf"non-keyword arg after keyword arg{_LINE}", rf"positional argument follows keyword argument{_LINE}"),
    (rf"keyword argument repeated{_LINE}", rf"keyword argument repeated: (?P<name>\w+){_LINE}"),
    (
        rf"non-default argument follows default argument{_LINE}",
        rf"parameter without a default follows parameter with a default{_LINE}",
    ),
)

_LONGEST = 5000
"""Longest message that is looked up: what Python itself says is short."""

_REFINED = frozenset(
    {
        ("ImportError", "ModuleNotFoundError"),  # Python 3.6
        ("IOError", "OSError"),  # PEP 3151, Python 3.3
        *((old, new) for old in ("IOError", "OSError") for new in ("FileNotFoundError", "IsADirectoryError", "PermissionError")),
        *((old, new) for old in ("IOError", "OSError") for new in ("FileExistsError", "NotADirectoryError")),
        ("RuntimeError", "RecursionError"),  # Python 3.5
        ("ValueError", "JSONDecodeError"),  # Python 3.5
        ("error", "PatternError"),  # re, Python 3.13
    }
)


def same_wording(expected: str, observed: str) -> bool:
    """Whether two messages are the same one in the words of two Python versions.

    Every fact that both of them state must be equal; what only one of them says is left aside.

    >>> same_wording("integer division or modulo by zero", "division by zero")
    True
    >>> same_wording("global name 'a' is not defined", "name 'b' is not defined")
    False
    """
    if max(len(expected), len(observed)) > _LONGEST:
        return False
    expected, observed = _SUGGESTION.sub("", expected), _SUGGESTION.sub("", observed)
    return expected == observed or any(_agree(group, expected, observed) for group in _compiled())


def is_refinement(name: str, other: str) -> bool:
    """Whether one Python raises the first type of error where another one raises the second, in either direction.

    True for `ImportError` and `ModuleNotFoundError`; only with the same message do they stand for the same error.
    """
    return (name, other) in _REFINED or (other, name) in _REFINED


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], ...], ...]:
    return tuple(tuple(re.compile(wording, re.DOTALL) for wording in group) for group in _GROUPS)


def _agree(group: tuple[re.Pattern[str], ...], expected: str, observed: str) -> bool:
    ours = [(number, _facts(found)) for number, wording in enumerate(group) if (found := wording.fullmatch(expected))]
    if not ours:
        return False
    theirs = [(number, _facts(found)) for number, wording in enumerate(group) if (found := wording.fullmatch(observed))]
    return any(
        number != other and all(facts[name] == others[name] for name in facts.keys() & others.keys())
        for number, facts in ours
        for other, others in theirs
    )


def _facts(found: re.Match[str]) -> dict[str, str]:
    facts = {name: value for name, value in found.groupdict().items() if value is not None}
    if {"most", "given"} <= facts.keys():
        facts["missing"] = str(int(facts["most"]) - int(facts["given"]))
    if "methods" in facts:
        facts["methods"] = facts["methods"].replace("'", "")
    return facts
