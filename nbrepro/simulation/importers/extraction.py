"""Finding the final answer in a free response."""

from __future__ import annotations

import ast
import re

TAGGED = re.compile(r"\[ANSWER\](.*?)(?:\[/ANSWER\]|$)", re.DOTALL)
_XML_ANSWER = re.compile(r"<(answer|output)>(.*?)(?:</\1>|$)", re.DOTALL | re.IGNORECASE)
_THOUGHT = re.compile(r"\[THOUGHT\].*?\[/THOUGHT\]|<think>.*?</think>", re.DOTALL | re.IGNORECASE)
FENCE = re.compile(r"```[\w+-]*\n(.*?)(?:```|$)", re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
_OUTPUT = re.compile(r"^\W*output\W*:\**[ \t]*", re.IGNORECASE | re.MULTILINE)


def tagged_answer(response: str) -> str | None:
    """The answer between CRUXEval's tags, without the assertion around it; None where there is none.

    A response that begins inside the tag, as completions of a prompt that ends with `[ANSWER]` do, counts too.

    >>> tagged_answer("[THOUGHT] it adds [/THOUGHT] [ANSWER]assert f(1) == 2[/ANSWER]")
    '2'
    """
    rest = _THOUGHT.sub("", response)
    found = TAGGED.findall(rest)
    text = found[-1] if found else rest.partition("[/ANSWER]")[0] if "[/ANSWER]" in rest else None
    return asserted(text) if text is not None and text.strip() else None


def element_answer(response: str) -> str | None:
    """The answer in `<answer>` or `<output>`, without the assertion around it; None where there is none.

    >>> element_answer("<think>2 + 1</think><answer>f(2) == 3</answer>")
    '3'
    """
    found = _XML_ANSWER.findall(_THOUGHT.sub("", response))
    return asserted(found[-1][1]) if found and found[-1][1].strip() else None


def asserted(text: str) -> str:
    """The right-hand side of an assertion `assert f(…) == value` or of `f(…) == value`; other text as it is.

    >>> asserted("assert f('a == b') == 'c'"), asserted("'a == b'")
    ("'c'", "'a == b'")
    """
    stripped = text.strip()
    if stripped.startswith("```"):
        fence = FENCE.search(stripped)
        stripped = fence.group(1).strip() if fence else stripped
    bare = stripped.removeprefix("assert").strip() if re.match(r"assert\b", stripped) else stripped
    try:
        tree = ast.parse(bare, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return bare.partition(" == ")[2].strip() or bare if bare != stripped or re.match(r"\w+\(", bare) else stripped
    if isinstance(tree, ast.Compare) and isinstance(tree.left, ast.Call) and len(tree.ops) == 1 and isinstance(tree.ops[0], ast.Eq):
        return (ast.get_source_segment(bare, tree.comparators[0]) or bare).strip()
    return bare


def output_answer(response: str) -> str | None:
    """The answer as SURGE extracts it; None where there is no `Output:`.

    After the last `Output:` it is the first fenced block, else the first inline code, else the first paragraph.

    >>> output_answer("Thought: it doubles. Output: wait... Output: `4`") is None, output_answer("Output: `4`")
    (True, '4')
    """
    parts = _OUTPUT.split(response)
    if len(parts) < len(("before", "after")):
        return None
    rest = parts[-1]
    for pattern in (FENCE, INLINE):
        match = pattern.search(rest)
        if match:
            return match.group(1).strip("\n")
    return rest.strip().partition("\n\n")[0].strip() or None
