"""Which names belong to which scope of a program, as the compiler sees it.

Comprehensions are expressions here: their variables belong to nobody, and what they use is used by the scope around them.
"""

import ast
from typing import Any, Dict, List, Optional, Set, Tuple

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Names:
    """The names of one scope."""

    def __init__(self, node: ast.AST, parent: Optional["Names"]) -> None:
        self.node = node
        self.parent = parent
        self.children: List[Names] = []
        self.parameters: Tuple[str, ...] = ()
        self.bound: List[str] = []
        self.used: Set[str] = set()
        self.declared_global: Tuple[str, ...] = ()
        self.declared_nonlocal: Set[str] = set()
        self.outer: Tuple[str, ...] = ()
        self.own: Tuple[str, ...] = ()
        if parent is not None:
            parent.children.append(self)

    def bind(self, name: str) -> None:
        if name not in self.bound:
            self.bound.append(name)

    @property
    def is_function(self) -> bool:
        return isinstance(self.node, FUNCTIONS)

    def local(self) -> List[str]:
        """The names that are its own, not declared to be somebody else's."""
        return [name for name in self.bound if name not in self.declared_global and name not in self.declared_nonlocal]

    def finish(self, of_functions: Set[str]) -> Set[str]:
        """Settle whose every name is; gives the names that are wanted from outer functions (`of_functions`: those that have one)."""
        local = self.local()
        inner = of_functions | set(local) if self.is_function else of_functions
        wanted = set(self.used) | self.declared_nonlocal
        for child in self.children:
            wanted |= child.finish(inner)
        wanted = (wanted - set(local) - set(self.declared_global)) & of_functions
        self.outer = tuple(sorted(wanted)) if self.is_function else tuple(sorted(self.declared_nonlocal))
        self.own = tuple(local) + self.outer + self.declared_global
        return wanted


def names_of(tree: ast.Module) -> Dict[ast.AST, Names]:
    """The names of the module and of every function, lambda and class in it."""
    collector = Collector(tree)
    for node in tree.body:
        collector.visit(node)
    module = collector.scopes[tree]
    for names in collector.scopes.values():
        for name in names.declared_global:
            if name in names.bound:
                module.bind(name)
    module.finish(set())
    return collector.scopes


class Collector(ast.NodeVisitor):
    """Walks through a program and notes what is bound and used where."""

    def __init__(self, tree: ast.Module) -> None:
        self.names = Names(tree, None)
        self.scopes: Dict[ast.AST, Names] = {tree: self.names}
        self.hidden: List[Set[str]] = []
        self.class_name = ""

    def mangled(self, name: str) -> str:
        """The name by which the compiler knows a private name of a class."""
        private = name.startswith("__") and not name.endswith("__") and "." not in name
        return f"_{self.class_name}{name}" if private and self.class_name else name

    def bind(self, name: str) -> None:
        self.names.bind(self.mangled(name))

    def visit_Name(self, node: ast.Name) -> None:
        if any(node.id in names for names in self.hidden):
            return
        if isinstance(node.ctx, ast.Load):
            self.names.used.add(self.mangled(node.id))
        else:
            self.bind(node.id)

    def visit_NamedExpr(self, node: Any) -> None:
        self.visit(node.value)
        self.bind(node.target.id)

    def visit_Global(self, node: ast.Global) -> None:
        self.names.declared_global += tuple(self.mangled(name) for name in node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.names.declared_nonlocal |= {self.mangled(name) for name in node.names}

    def visit_alias(self, node: ast.alias) -> None:
        name = node.asname or node.name.split(".")[0]
        if name != "*":
            self.bind(name)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.bind(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: Any) -> None:
        if node.name:
            self.bind(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs  # noqa: N815 - named by ast

    def visit_MatchMapping(self, node: Any) -> None:
        if node.rest:
            self.bind(node.rest)
        self.generic_visit(node)

    def _visit_comprehension(self, node: Any) -> None:
        self.visit(node.generators[0].iter)
        targets = {name.id for generator in node.generators for name in ast.walk(generator.target) if isinstance(name, ast.Name)}
        self.hidden.append(targets)
        for place, generator in enumerate(node.generators):
            for part in [generator.target, *([generator.iter] if place else []), *generator.ifs]:
                self.visit(part)
        for part in (getattr(node, field, None) for field in ("elt", "key", "value")):
            if part is not None:
                self.visit(part)
        self.hidden.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension  # noqa: N815 - named by ast

    def visit_FunctionDef(self, node: Any) -> None:
        self.bind(node.name)
        for part in [*node.decorator_list, *([node.returns] if node.returns else [])]:
            self.visit(part)
        self._enter_function(node, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - named by ast

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._enter_function(node, [node.body])

    def _enter_function(self, node: Any, body: List[Any]) -> None:
        arguments = node.args
        every = [*getattr(arguments, "posonlyargs", []), *arguments.args, *([arguments.vararg] if arguments.vararg else [])]
        every += [*arguments.kwonlyargs, *([arguments.kwarg] if arguments.kwarg else [])]
        for part in [*arguments.defaults, *arguments.kw_defaults, *(argument.annotation for argument in every)]:
            if part is not None:
                self.visit(part)
        outside, hidden = self._enter(node)
        for argument in every:
            self.bind(argument.arg)
        self.names.parameters = tuple(self.names.bound)
        for part in body:
            self.visit(part)
        self.names, self.hidden = outside, hidden

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.bind(node.name)
        for part in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(part)
        outside, hidden = self._enter(node)
        class_name, self.class_name = self.class_name, node.name.lstrip("_")
        for part in node.body:
            self.visit(part)
        self.names, self.hidden, self.class_name = outside, hidden, class_name

    def _enter(self, node: ast.AST) -> Tuple[Names, List[Set[str]]]:
        outside, hidden = self.names, self.hidden
        self.names, self.hidden = Names(node, outside), []
        self.scopes[node] = self.names
        if hidden:  # inside a comprehension: its variables are outer names that no frame has
            self.hidden = [set()]
        return outside, hidden
