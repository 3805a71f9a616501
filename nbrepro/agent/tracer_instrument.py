"""Writes calls of the tracer into the syntax tree of a program."""

import ast
import sys
from typing import Any, Dict, List

from tracer_effects import Effects
from tracer_plan import LOOPS, TRIES, WITHS, Plan, Scope, has_docstring
from tracer_segments import Segmenter, Site
from tracer_syntax import PREFIX

HAS_POSITIONS = sys.version_info >= (3, 11)


def call(name: str, *arguments: Any) -> ast.Call:
    """A call of the tracer."""
    return ast.Call(ast.Name(PREFIX + name, ast.Load()), [_literal(argument) for argument in arguments], [])


def statement(name: str, *arguments: Any) -> ast.Expr:
    """A call of the tracer as a statement."""
    return ast.Expr(call(name, *arguments))


def _literal(argument: Any) -> Any:
    return ast.parse(repr(argument), mode="eval").body if isinstance(argument, (int, str)) else argument


class Instrumenter(ast.NodeTransformer):
    """Writes a call before each statement, and around each body; functions that allow it are recorded by segments."""

    def __init__(self, plan: Plan, *, by_segments: bool = True) -> None:
        self.plan = plan
        self.effects = Effects(plan)
        self.effects.is_simple = self.effects.is_simple and by_segments
        self.sites: List[Site] = []
        self.segmenters: Dict[Scope, Segmenter] = {}

    def instrumented(self, tree: ast.Module) -> ast.Module:
        """The program with its calls."""
        tree.body = self.scope_body(tree.body, tree, self.plan.first)
        return ast.fix_missing_locations(tree)

    def scope_body(self, nodes: List[Any], owner: Any, number: int) -> List[Any]:
        """The body of a module, function or class: its begin, its statements, its end."""
        first = 1 if has_docstring(nodes, owner) else 0
        while first < len(nodes) and isinstance(nodes[first], ast.ImportFrom) and nodes[first].module == "__future__":
            first += 1
        head, rest = nodes[:first], nodes[first:]
        scope = self.plan.scopes[number]
        statements = [found for found in self.plan.statements.values() if found.scope is scope]
        if self.effects.is_fast(scope, statements, has_positions=HAS_POSITIONS):
            segmenter = self.segmenters[scope] = Segmenter(self.effects, scope, self.plan.statements, self.sites)
            segmented: List[Any] = segmenter.body(rest, head)
            return segmented
        inner = self.block(rest) or [ast.Pass()]
        watched = self.guarded(inner, [statement("unwind")])
        started = [statement("line", node.trace_number) for node in head if isinstance(node, ast.ImportFrom)]
        return [*head, statement("enter", number), *started, ast.Try([watched], [], [], [statement("leave")])]

    def guarded(self, body: List[Any], calls: List[Any]) -> ast.Try:
        """A body whose exceptions are told before they go on."""
        caught = ast.ExceptHandler(ast.Name(PREFIX + "exception", ast.Load()), None, [*calls, ast.Raise(None, None)])
        return ast.Try(body, [caught], [], [])

    def block(self, nodes: List[Any]) -> List[Any]:
        """Statements, each with the call before it."""
        found: List[Any] = []
        for node in nodes:
            if not isinstance(node, (ast.While,)):
                found.append(statement("line", node.trace_number))
            found.append(self.visit(node))
        return found

    def _blocks(self, node: Any) -> None:
        """Instrument the blocks of a compound statement and the expressions of its header."""
        for field, value in ast.iter_fields(node):
            if field in {"body", "orelse", "finalbody"} and isinstance(value, list):
                setattr(node, field, self.block(value))
            elif field == "handlers":
                for handler in value:
                    handler.body = [statement("handled", handler.trace_number), *self.block(handler.body)]
            elif field == "cases":
                for case in value:
                    case.guard = self.visit(case.guard) if case.guard else None
                    case.body = self.block(case.body)
            elif isinstance(value, ast.AST):
                setattr(node, field, self.visit(value))
            elif isinstance(value, list):
                setattr(node, field, [self.visit(part) if isinstance(part, ast.AST) else part for part in value])

    def visit(self, node: Any) -> Any:
        if isinstance(node, (ast.If, *LOOPS, *WITHS, *TRIES)) or hasattr(node, "cases"):
            return self._compound(node)
        return super().visit(node)

    def _compound(self, node: Any) -> Any:
        self._blocks(node)
        if isinstance(node, ast.While):
            node.test = ast.BoolOp(ast.And(), [call("test", node.trace_number), node.test])
        elif isinstance(node, ast.For):
            node.iter = call("steps", node.trace_number, node.iter)
        elif isinstance(node, ast.AsyncFor):
            node.iter = call("async_steps", node.trace_number, node.iter)
        elif isinstance(node, WITHS) or type(node).__name__ == "TryStar":
            node.body = [self.guarded(node.body, [statement("raised")])]
        if isinstance(node, TRIES) and node.finalbody:
            final, node.finalbody = node.finalbody, []
            inner = [node] if node.handlers else [*node.body, *node.orelse]
            return ast.Try([self.guarded(inner, [statement("raised")])], [], [], final)
        return node

    def visit_FunctionDef(self, node: Any) -> Any:
        node.args = self.visit(node.args)
        node.decorator_list = [self.visit(part) for part in node.decorator_list]
        node.body = self.scope_body(node.body, node, node.trace_number)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - named by ast

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        for field in ("decorator_list", "bases", "keywords"):
            setattr(node, field, [self.visit(part) for part in getattr(node, field)])
        node.body = self.scope_body(node.body, node, node.trace_number)  # type: ignore[attr-defined]
        return node

    def visit_Lambda(self, node: Any) -> Any:
        node.args = self.visit(node.args)
        body = self.visit(node.body)
        node.body = call("lambda_end", call("lambda_begin", node.trace_number), body)
        return node

    def visit_Return(self, node: ast.Return) -> Any:
        if node.value is not None:
            node.value = call("returning", self.visit(node.value))
        return node

    def visit_Yield(self, node: Any) -> Any:
        value = self.visit(node.value) if node.value is not None else ast.parse("None", mode="eval").body
        return call("resumed", ast.Yield(call("yielded", value)))
