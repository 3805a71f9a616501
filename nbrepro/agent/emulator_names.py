"""Which functions a program calls and nobody has defined, and which other names it lacks."""

# ruff: noqa: N802 - the methods are named by ast
import ast
import builtins
from typing import Any, Dict, Iterator, List, Tuple

from tracer_names import Collector, Names

TAKING_FIRST = {
    "map", "filter", "reduce", "partial", "submit", "apply", "apply_async", "starmap", "takewhile", "dropwhile", "filterfalse",
    "defaultdict", "to_thread", "call_soon", "cmp_to_key", "imap", "imap_unordered",
}  # fmt: skip
"""What takes a function as its first argument."""
TAKING_SECOND = {"accumulate", "groupby", "run_in_executor"}
"""What takes a function as its second argument."""
FUNCTION_KEYWORDS = {"key", "target", "func", "function", "default_factory", "callback", "initializer"}
"""Arguments that are functions, whatever is called."""
AWAITING = {
    "gather", "create_task", "ensure_future", "wait_for", "as_completed", "shield", "run_until_complete", "run_coroutine_threadsafe",
}  # fmt: skip
"""What awaits the results of calls among its arguments; `asyncio.run` does, too."""
NO_BODIES_WANTED = {"abstractmethod", "abstractproperty", "overload"}
PROTOCOLS = {"Protocol"}
TYPE_PARAMETERS = {"TypeVar", "ParamSpec", "TypeVarTuple"}
WHY = {
    "attribute": "it is an object or a module: what its attributes and methods do isn't asked of a model",
    "class": "it is a class: an object with methods has no literal",
    "decorator": "it is a decorator: a function has no literal",
    "maker": "what it gives is called: a function has no literal",
    "manager": "what it gives is entered by `with`: such an object has no literal",
    "stream": "what it gives is iterated asynchronously: such an object has no literal",
    "variable": "it is a variable without a value: only calls are answered",
}


class Uses(Collector):
    """Where each name is used, and as what."""

    def __init__(self, tree: ast.Module) -> None:
        super().__init__(tree)
        self.found: List[Tuple[str, str, int, Names]] = []
        """Name, what it is used as, line, and the scope."""
        self.has_stars = False
        self._known: Dict[ast.AST, str] = dict.fromkeys(never_evaluated(tree), "annotation")

    def visit_Name(self, node: ast.Name) -> None:
        is_hidden = any(node.id in names for names in self.hidden)
        if isinstance(node.ctx, ast.Load) and not is_hidden and self._known.get(node) != "annotation":
            self.found.append((node.id, self._known.get(node, "variable"), node.lineno, self.names))
        super().visit_Name(node)

    def visit_Call(self, node: ast.Call) -> None:
        self._note_result(node.func, "maker")
        self._known.setdefault(node.func, "call")
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        functions = [keyword.value for keyword in node.keywords if keyword.arg in FUNCTION_KEYWORDS]
        for part in functions + node.args[:1] * (name in TAKING_FIRST) + node.args[1:2] * (name in TAKING_SECOND):
            self._known.setdefault(part, "function")
        if name in AWAITING or (name == "run" and _is_asyncio(node.func)):
            for argument in node.args:
                self._note_result(element_of(argument), "awaited")
        self.generic_visit(node)

    def visit_Await(self, node: ast.Await) -> None:
        if isinstance(node.value, ast.Call):
            self._known[node.value.func] = "awaited"
        self.generic_visit(node)

    def visit_withitem(self, node: ast.withitem) -> None:
        self._note_result(node.context_expr, "manager")
        self.generic_visit(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self._note_result(node.iter, "stream")
        self.generic_visit(node)

    def _visit_comprehension(self, node: Any) -> None:
        for generator in node.generators:
            if generator.is_async:
                self._note_result(generator.iter, "stream")
        super()._visit_comprehension(node)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension  # noqa: N815 - named by ast

    def _note_result(self, node: ast.AST, used_as: str) -> None:
        if isinstance(node, ast.Call):
            self._known[node.func] = used_as

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._known[node.value] = "attribute"
        self.generic_visit(node)

    def visit_FunctionDef(self, node: Any) -> None:
        self._note_decorators(node)
        super().visit_FunctionDef(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - named by ast

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._note_decorators(node)
        self._known.update(dict.fromkeys(node.bases, "class"))
        super().visit_ClassDef(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        for kind in node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]:
            if kind is not None:
                self._known[kind] = "class"
        super().visit_ExceptHandler(node)

    def visit_alias(self, node: ast.alias) -> None:
        self.has_stars = self.has_stars or node.name == "*"
        super().visit_alias(node)

    def _note_decorators(self, node: Any) -> None:
        for decorator in node.decorator_list:
            self._known[decorator.func if isinstance(decorator, ast.Call) else decorator] = "decorator"


def _is_asyncio(function: Any) -> bool:
    return isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "asyncio"


def element_of(argument: Any) -> Any:
    """What a comprehension behind a star makes again and again; any other argument as it is."""
    if isinstance(argument, ast.Starred):
        argument = argument.value
    return getattr(argument, "elt", argument)


def missing_names(tree: ast.Module, defined: Any = ()) -> Dict[str, Any]:
    """The functions to be emulated and the names that can't be, each with its lines.

    Names in `defined`, those of the builtins and those that the program binds anywhere in their scope are not missing.
    """
    uses = Uses(tree)
    for node in tree.body:
        uses.visit(node)
    module = uses.scopes[tree]
    everywhere = {name for names in uses.scopes.values() for name in names.declared_global if name in names.bound} | set(module.bound)
    everywhere |= {getattr(node, "name", "") for node in ast.walk(tree) if type(node).__name__ in TYPE_PARAMETERS}
    by_name: Dict[str, List[Tuple[str, int]]] = {}
    for name, used_as, line, scope in uses.found:
        if not (name in everywhere or name in defined or hasattr(builtins, name) or name in SPECIAL or is_local(name, scope)):
            by_name.setdefault(name, []).append((used_as, line))
    functions, refused = [], []
    for name, places in by_name.items():
        why = why_not(name, {used_as for used_as, _ in places})
        lines = sorted({line for _, line in places})
        if why:
            refused.append({"name": name, "lines": lines, "why": why})
        else:
            functions.append({"name": name, "lines": lines, "is_async": any(used_as == "awaited" for used_as, _ in places)})
    return {"functions": functions, "refused": refused, "has_stars": uses.has_stars}


SPECIAL = ("__name__", "__file__", "__doc__", "__builtins__", "__class__", "__module__", "__qualname__", "__annotations__", "__spec__")


def never_evaluated(tree: ast.Module) -> Iterator[ast.AST]:
    """Everything in annotations, where the program asks Python to leave them as they are."""
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    if any(alias.name == "annotations" for node in imports for alias in node.names):
        for node in ast.walk(tree):
            for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
                if annotation is not None:
                    yield from ast.walk(annotation)


def is_local(name: str, scope: Names) -> bool:
    """Whether a name belongs to a function around its use, or to the class in whose body it stands."""
    names: Any = scope
    while names.parent is not None:
        if (names is scope or names.is_function) and name in names.bound and name not in names.declared_global:
            return True
        names = names.parent
    return False


def why_not(name: str, used_as: Any) -> str:
    """Why a name that is used in these ways can't be emulated; empty where it can."""
    for kind in ("attribute", "class", "decorator", "maker", "manager", "stream"):
        if kind in used_as:
            return WHY[kind]
    if not used_as & {"call", "awaited", "function"}:
        return WHY["variable"]
    is_class = name[:1].isupper() and name != name.upper()
    return WHY["class"] if is_class else ""


def empty_functions(tree: ast.Module) -> Iterator[Tuple[Any, str]]:
    """The functions that have a head and no body, each with its name and the classes or functions around it.

    A body is missing where there is only a docstring, `...`, `pass` or `raise NotImplementedError`. In a class the latter two
    mean what they say, and abstract methods, overloads, protocols and methods with names such as `__init__` are complete.
    """
    yield from _empty_in(tree.body, "", is_class=False)


def _empty_in(body: List[Any], prefix: str, is_class: bool) -> Iterator[Tuple[Any, str]]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if _is_empty(node, is_class):
                yield node, prefix + node.name
            else:
                yield from _empty_in(node.body, prefix + node.name + ".<locals>.", is_class=False)
        elif isinstance(node, ast.ClassDef):
            if not {last_name(base) for base in node.bases} & PROTOCOLS:
                yield from _empty_in(node.body, prefix + node.name + ".", is_class=True)
        else:
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                yield from _empty_in(getattr(node, field, []), prefix, is_class)


def _is_empty(node: Any, is_class: bool) -> bool:
    is_special = is_class and node.name.startswith("__") and node.name.endswith("__")
    if is_special or {last_name(decorator) for decorator in node.decorator_list} & NO_BODIES_WANTED:
        return False
    return all(_says_nothing(statement) or (not is_class and _gives_up(statement)) for statement in node.body)


def _says_nothing(statement: ast.AST) -> bool:
    if not isinstance(statement, ast.Expr):
        return False
    value = getattr(statement.value, "value", getattr(statement.value, "s", None))
    return isinstance(value, str) or value is Ellipsis or type(statement.value).__name__ == "Ellipsis"


def _gives_up(statement: ast.AST) -> bool:
    if isinstance(statement, ast.Raise):
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return last_name(raised) == "NotImplementedError"
    return isinstance(statement, ast.Pass)


def last_name(node: Any) -> str:
    """The last part of a dotted name, whatever is called or indexed behind it; empty for anything else."""
    while isinstance(node, (ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
