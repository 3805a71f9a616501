"""Functions recorded by segments: one cheap call for each stretch of statements, in place of one for each statement.

A segment is what runs in one piece: some statements, the branches between them, and at its end one record with the values
of the names that it has bound. At most one of its statements is active (may run code of the program or change an object).
A record whose values are all atoms is one append to a list; else, or where objects may have changed, the whole state is
compared, as for every other statement. Every loop and function also holds its original body, for when the budget is spent.
"""

import ast
import copy
from typing import Any, Dict, List, Optional, Set, Tuple

from tracer_effects import Effects, element_names, index_of, is_place, is_surely_atom, stores
from tracer_plan import Scope, Statement
from tracer_syntax import PREFIX, all_of, constant, is_atom, is_same_object, loaded, stored, tracer_call, tracer_name, tuple_of, variable

ATOMS = frozenset([int, float, str, bool, bytes, complex, type(None)])
OBJECTS = PREFIX + "objects"
RESULT = PREFIX + "result"


class Site:
    """What one record stands for."""

    def __init__(self, scope: Scope, items: List[Tuple[str, Any]], names: List[str], active: Optional[Statement], returns: Any) -> None:
        self.scope = scope
        self.items = items
        """`("line", statement)` and `("branch", taken)`, in order."""
        self.names = names
        self.active = active
        self.returns = returns
        """Whether the function ends here: False, True (with the last value of the record), or None (with nothing)."""
        self.is_call = items[:1] == [("call", None)]
        self.owners = owners_of([what for kind, what in items if kind == "line"])
        """The numbers of the statements that bind names."""
        self.list_name = ""
        """The list whose items the record gives: names, then places and values by turns; or one value that was appended."""
        self.appends = False
        self.size = 0
        """How long its record is, with its own number."""


class Segment:
    """A segment that is being gathered."""

    def __init__(self, items: Tuple[Tuple[str, Any], ...] = (), names: Tuple[str, ...] = (), counted: Tuple[str, ...] = ()) -> None:
        self.items = list(items)
        self.names = list(names)
        self.counted = list(counted)
        """Names that are surely whole numbers."""
        self.atomic = list(counted)
        """Names whose values surely can't be changed."""
        self.active: Optional[Statement] = None

    def copied(self, *items: Tuple[str, Any]) -> "Segment":
        """The same, going on with other items."""
        found = Segment((*self.items, *items), tuple(self.names), tuple(self.counted))
        found.active, found.atomic = self.active, list(self.atomic)
        return found


class Segmenter:
    """Writes the records of one function."""

    def __init__(self, effects: Effects, scope: Scope, numbers: Dict[int, Statement], sites: List[Any]) -> None:
        self.effects = effects
        self.scope = scope
        self.statements = numbers
        self.sites = sites
        self.before: Dict[int, Tuple[List[Tuple[str, Any]], Optional[Statement]]] = {}
        """For each statement, what of its segment comes before it, and the active statement among that."""
        self.local: Set[str] = set(scope.names)

    def body(self, nodes: List[Any], head: List[Any]) -> List[Any]:
        """The body of the function: with records as long as the budget lasts, then as it was."""
        original = copy.deepcopy(nodes)
        inner, segment = self.block(nodes, Segment())
        if segment is not None:
            inner += self.flush(segment, returns=None)
        names = list(self.scope.parameters)
        begin = self._site(Site(self.scope, [("call", None)], names, None, returns=False))
        caught = ast.ExceptHandler(
            tracer_name("exception"), None, [ast.Expr(tracer_call("failed", constant(begin))), ast.Raise(None, None)]
        )
        watched = [*self._record(begin, names, guarded=names, checks_objects=False), ast.Try(inner, [caught], [], [])]
        watched.insert(0, stored(OBJECTS, constant(0)))
        return [*head, ast.If(tracer_name("left"), [ast.Expr(tracer_call("spend")), *watched], original)]

    def block(self, nodes: List[Any], segment: Optional[Segment]) -> Tuple[List[Any], Optional[Segment]]:
        """Statements with their records; the segment that is still open at the end, None where the end isn't reached."""
        found: List[Any] = []
        for node in nodes:
            if segment is None:
                segment = Segment()  # never reached, but it must compile
            segment = self._add(node, segment, found)
        return found, segment

    def flush(self, segment: Segment, *, returns: Any = False, value: bool = False, sure: Tuple[str, ...] = ()) -> List[Any]:
        """The record of a segment; `sure` are names that hold atoms as long as there are no objects around."""
        if not segment.items and returns is False:
            return []
        number = self._site(Site(self.scope, list(segment.items), list(segment.names), segment.active, returns))
        names = [*segment.names, *([RESULT] if value else [])]
        guarded = [name for name in names if name not in segment.counted and name not in sure]
        return self._record(number, names, guarded=guarded, checks_objects=segment.active is not None or bool(sure))

    def _add(self, node: Any, segment: Segment, found: List[Any]) -> Optional[Segment]:
        """One statement; gives the segment that follows."""
        statement = self.statements[node.trace_number]
        if isinstance(node, (ast.For, ast.While)):
            found += self.flush(segment)
            return self._add_loop(node, statement, found)
        bound = stores(node)
        active = self.effects.is_active(node)
        may_be_changed = set(segment.names) - set(segment.atomic)
        if (active and (segment.active is not None or may_be_changed)) or set(bound) & set(segment.names):
            found += self.flush(segment)
            segment = Segment()
        self.before[statement.number] = (list(segment.items), segment.active)
        segment.items.append(("line", statement))
        if active:
            segment.active = statement
        if isinstance(node, ast.If):
            return self._add_if(node, segment, found)
        if isinstance(node, ast.Return):
            return self._add_return(node, segment, found)
        if isinstance(node, (ast.Break, ast.Continue)):
            found += [*self.flush(segment), node]
            return None
        found.append(node)
        segment.names += bound
        if isinstance(node, (ast.Assign, ast.AugAssign)) and is_surely_atom(node.value, self.effects, segment.atomic):
            segment.atomic += bound if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) else []
        return self._add_change(node, segment, found)

    def _add_change(self, node: Any, segment: Segment, found: List[Any]) -> Segment:
        """After a statement that stores items of a list or appends to one: a record of just that."""
        parts = element_names(node, self.local)
        appended = _appended(node, self.local) if parts is None else None
        if parts is None and appended is None:
            return segment
        site = Site(self.scope, list(segment.items), list(segment.names), segment.active, returns=False)
        number = self._site(site)
        if parts is not None:
            site.list_name = parts[0].value.id  # type: ignore[attr-defined]
            values = [loaded(part) for part in parts]
            places = [index_of(part) for part in parts]
            index_names = sorted({name.id for place in places for name in ast.walk(place) if isinstance(name, ast.Name)})
            given = [part for pair in zip(map(loaded, places), values) for part in pair]
        else:
            site.list_name, site.appends, index_names = str(appended), True, []
            given = values = [ast.parse(f"{appended}[-1]", mode="eval").body]
        whole = [
            is_same_object(tracer_call("type", variable(name)), tracer_name("int")) for name in index_names if name not in segment.counted
        ]
        moved = parts is not None and _only_moves(node.value, site.list_name)
        atoms = [] if moved else [is_atom(copy.deepcopy(value)) for value in values]
        atoms += [is_atom(variable(name)) for name in segment.names if name not in segment.counted]
        if site.appends:
            atoms.append(ast.Compare(tracer_call("len", variable(site.list_name)), [ast.Lt()], [tracer_name("items")]))
        one_list = [ast.Compare(variable(OBJECTS), [ast.Eq()], [constant(1)])]  # what can be stored into must be the list
        quick = self._quick(number, [*map(variable, segment.names), *given])
        slow = stored(OBJECTS, tracer_call("compare", constant(number)))
        found.append(ast.If(all_of([*one_list, *whole, *atoms]), [quick], [slow]))
        return Segment()

    def _add_if(self, node: ast.If, segment: Segment, found: List[Any]) -> Optional[Segment]:
        after = segment.copied(("branch", False))
        node.body, then = self.block(node.body, segment.copied(("branch", True)))
        node.orelse, other = self.block(node.orelse, after)
        found.append(node)
        if then is None or other is None:  # what follows is reached by one way, if at all
            return then or other
        node.body += self.flush(then)
        node.orelse += self.flush(other)
        return Segment()

    def _add_return(self, node: ast.Return, segment: Segment, found: List[Any]) -> Optional[Segment]:
        if node.value is None:
            found += [*self.flush(segment, returns=None), node]
            return None
        is_old = isinstance(node.value, ast.Name) and node.value.id in self.local and node.value.id not in segment.names
        found.append(ast.copy_location(stored(RESULT, node.value), node))
        found += self.flush(segment, returns=True, value=True, sure=(RESULT,) if is_old else ())
        node.value = ast.Name(RESULT, ast.Load())
        found.append(node)
        return None

    def _add_loop(self, node: Any, statement: Statement, found: List[Any]) -> Optional[Segment]:
        self.before[statement.number] = ([], None)
        bound = stores(node)
        begun = Segment((("line", statement), ("branch", True)), tuple(bound))
        ended = Segment((("line", statement), ("branch", False)))
        if self.effects.is_active(node):
            begun.active = ended.active = statement
        if isinstance(node, ast.For) and self.effects.counts(node):
            begun.counted = begun.atomic = list(bound) if isinstance(node.target, ast.Name) else []
        original = copy.deepcopy(node.body)
        has_break = _breaks(node.body)
        body, last = self.block(node.body, begun)
        if last is not None:
            body += self.flush(last)
        if not has_break and not node.orelse and (isinstance(node, ast.While) or self.effects.counts(node)):
            found += self._going_on(node, original)
            node.body = [ast.If(tracer_name("left"), [ast.Expr(tracer_call("spend")), *body], node.body)]
            found.append(node)
            return ended
        node.body = [ast.If(tracer_name("left"), [ast.Expr(tracer_call("spend")), *body], original)]
        if not has_break and not node.orelse:
            found.append(node)
            return ended
        node.orelse, last = self.block(node.orelse, ended)
        node.orelse += self.flush(last) if last is not None else []
        found.append(node)
        return Segment()

    def _going_on(self, node: Any, original: List[Any]) -> List[Any]:
        """Give a loop the body for when the budget is spent: its own, and then the rest of the loop, which asks for nothing any more."""
        if isinstance(node, ast.While):
            node.body = [*original, ast.While(copy.deepcopy(node.test), copy.deepcopy(original), [])]
            return []
        rest = f"{PREFIX}rest_{len(self.sites)}"
        begin = ast.copy_location(stored(rest, ast.copy_location(tracer_call("iter", node.iter), node.iter)), node)
        node.iter = variable(rest)
        node.body = [*original, ast.For(copy.deepcopy(node.target), variable(rest), copy.deepcopy(original), [])]
        return [begin]

    def _site(self, site: Site) -> int:
        self.sites.append(site)
        return len(self.sites) - 1

    def _quick(self, number: int, values: List[Any]) -> ast.Expr:
        """Append the site's number and the values to the records: in a row, as objects that stay would make the garbage collector work."""
        self.sites[number].size = 1 + len(values)
        return ast.Expr(tracer_call("record", tuple_of([constant(number), *values])))

    def _record(self, number: int, names: List[str], *, guarded: List[str], checks_objects: bool) -> List[Any]:
        """Append the values where all are atoms and nothing can have changed; else compare everything."""
        quick = self._quick(number, list(map(variable, names)))
        tests: List[Any] = [is_atom(variable(name)) for name in guarded]
        if checks_objects:
            tests.insert(0, ast.UnaryOp(ast.Not(), variable(OBJECTS)))
        if not tests:
            return [quick]
        result = [variable(RESULT)] if RESULT in names else []
        slow = stored(OBJECTS, tracer_call("compare", constant(number), *result))
        return [ast.If(all_of(tests), [quick], [slow])]


def owners_of(statements: List[Statement]) -> Dict[str, int]:
    """For each name that statements bind, the number of the last that does."""
    return {name: statement.number for statement in statements for name in stores(statement.node)}


def _appended(node: Any, names: Set[str]) -> Optional[str]:
    """The list to which a statement appends a value, where it does nothing else."""
    value = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(value, ast.Call) or value.keywords or len(value.args) != 1 or isinstance(value.args[0], ast.Starred):
        return None
    function = value.func
    is_append = isinstance(function, ast.Attribute) and function.attr == "append" and isinstance(function.value, ast.Name)
    return function.value.id if is_append and function.value.id in names else None  # type: ignore[attr-defined]


def _breaks(nodes: List[Any]) -> bool:
    """Whether a `break` of this loop is among its statements."""
    for node in nodes:
        if isinstance(node, ast.Break):
            return True
        if isinstance(node, ast.If) and (_breaks(node.body) or _breaks(node.orelse)):
            return True
        if isinstance(node, (ast.For, ast.While)) and _breaks(node.orelse):
            return True
    return False


def _only_moves(node: Any, name: str) -> bool:
    """Whether a value is made of items of one list, at simple places."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    items = [part for part in parts if isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name) and part.value.id == name]
    return len(items) == len(parts) and all(is_place(index_of(part)) for part in items)
