"""What in a strategy's source could reach the world, a clock or chance, or remember something between calls (STR1).

This reads the source; it runs nothing. It finds what a person writes by habit or by mistake, names the line and says
what to do instead. It is no sandbox: whoever means harm finds a way round it, so strategies are code to be trusted.
At run time the seal (``runtime/sealing.py``) looks at what is really done.
"""

import ast
from collections.abc import Iterator
from typing import Final

from attrs import frozen

__all__ = ["Impurity", "allowed_import", "impurities"]

_STDLIB: Final = (
    "__future__", "abc", "bisect", "collections", "dataclasses", "decimal", "enum", "fractions", "functools",
    "heapq", "itertools", "math", "numbers", "operator", "re", "statistics", "string", "typing",
)  # fmt: skip
_OTHERS: Final = ("attr", "attrs")
_OWN: Final = ("strategies", "indicators", "messages", "model")

_INSTEAD: Final = {
    "time": "take the time from context.at",
    "datetime": "context.at.utc is the instant, in nanoseconds",
    "random": "derive a choice from the snapshot, so that a replay makes it again",
    "secrets": "a strategy needs none",
    "os": "what a strategy must know goes into its parameters",
    "pathlib": "what a strategy must know goes into its parameters",
    "logging": "what is worth saying goes into a proposal's reason",
    "numpy": "trader247.indicators and statistics are there",
    "pandas": "trader247.indicators and statistics are there",
}
_ELSEWHERE: Final = "what comes from outside reaches a strategy as its snapshot, its parameters or a signal"

_FORBIDDEN: Final = {
    **dict.fromkeys(("open", "input", "print", "breakpoint"), "a strategy reads and writes nothing"),
    **dict.fromkeys(("exec", "eval", "compile", "__import__"), "write the code out"),
    **dict.fromkeys(("globals", "locals", "vars", "setattr", "delattr"), "name the attribute"),
    **dict.fromkeys(
        ("exit", "quit", "SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException"),
        "it would end the daemon; raise a ValueError",
    ),
    **dict.fromkeys(("id", "hash"), "it differs from run to run; compare the values"),
}
_IMPURE_MODULES: Final = frozenset((
    "builtins", "ctypes", "datetime", "gc", "importlib", "io", "os", "pathlib", "random", "secrets", "shutil",
    "signal", "socket", "subprocess", "sys", "threading", "time", "urllib", "uuid",
))  # fmt: skip
_DUNDERS_ALLOWED: Final = frozenset(
    ("__all__", "__name__", "__slots__", "__init__", "__post_init__", "__attrs_post_init__")
)
_CONTAINERS: Final = frozenset((
    "list", "dict", "set", "bytearray", "deque", "defaultdict", "Counter", "OrderedDict",
))  # fmt: skip
_CHANGING: Final = frozenset((
    "add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "pop", "popitem",
    "popleft", "remove", "reverse", "setdefault", "sort", "update",
))  # fmt: skip
_READ_ONLY: Final = ("Mapping[", "Sequence[", "Collection[")
_AT_BIRTH: Final = frozenset(("__init__", "__attrs_post_init__", "__post_init__"))


@frozen
class Impurity:
    """What stands on a line, and what to do about it."""

    line: int
    text: str


def allowed_import(name: str) -> bool:
    """Whether a strategy may import the module of this full name."""
    top, _, rest = name.partition(".")
    return top in _STDLIB or top in _OTHERS or (top == "trader247" and rest.partition(".")[0] in _OWN)


def impurities(source: str, name: str = "<strategy>") -> tuple[Impurity, ...]:
    """Everything found, by line.

    Raises:
        SyntaxError: the source is no Python.
    """
    tree = ast.parse(source, name)
    found = [*_imports(tree), *_reaching(tree), *_order(tree), *_kept(tree), *_changed(tree)]
    return tuple(sorted({*found}, key=lambda impurity: (impurity.line, impurity.text)))


# ------------------------------------------------------------------------------------------------------ reaching out
def _imports(tree: ast.Module) -> Iterator[Impurity]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.ImportFrom) and node.level:
            yield Impurity(node.lineno, "imports from beside itself: a strategy is one file; put it into it")
            continue
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        for wanted in names:
            if not allowed_import(wanted):
                instead = _INSTEAD.get(wanted.partition(".")[0], _ELSEWHERE)
                yield Impurity(node.lineno, f"imports {wanted}: {instead}")
            elif isinstance(node, ast.Import) and wanted.startswith("trader247"):
                yield Impurity(node.lineno, f"imports {wanted} as a whole: write from {wanted} import NAME")
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield Impurity(node.lineno, f"imports * from {node.module}: name what is needed")
        if node not in tree.body:
            yield Impurity(node.lineno, f"imports {', '.join(names)} inside: move it to the top of the file")


def _reaching(tree: ast.Module) -> Iterator[Impurity]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in _FORBIDDEN:
            yield Impurity(node.lineno, f"uses {node.id}: {_FORBIDDEN[node.id]}")
        elif isinstance(node, ast.Name) and _hidden(node.id):
            yield Impurity(node.lineno, f"uses {node.id}: name what is meant")
        elif isinstance(node, ast.Attribute):
            if node.attr in _IMPURE_MODULES and isinstance(node.value, ast.Name) and node.value.id != "self":
                yield Impurity(node.lineno, f"reaches {node.attr} through {node.value.id}: {_ELSEWHERE}")
            elif _hidden(node.attr):
                yield Impurity(node.lineno, f"uses {node.attr}: name what is meant")
        elif isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield Impurity(node.lineno, "waits: a strategy answers at once")
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield Impurity(node.lineno, f"keeps {', '.join(node.names)} outside its function: return it instead")


def _hidden(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name not in _DUNDERS_ALLOWED


def _order(tree: ast.Module) -> Iterator[Impurity]:
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.comprehension) and _is_set(node.iter):
            line = node.iter.lineno
            yield Impurity(line, "goes through a set, whose order differs from run to run: sort it first")


def _is_set(node: ast.expr) -> bool:
    made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"set", "frozenset"}
    return made or isinstance(node, ast.Set | ast.SetComp)


# ------------------------------------------------------------------------------------------------------- remembering
def _kept(tree: ast.Module) -> Iterator[Impurity]:
    """Values that could change and outlive a call: of the module, of a class, defaults of arguments."""
    holders: list[ast.Module | ast.ClassDef] = [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.ClassDef))]
    for holder in holders:
        for node in holder.body:
            value, names = _assigned(node)
            if value is not None and _changeable(value) and names != ["__all__"]:
                text = f"keeps {', '.join(names)}, which can change: make it a tuple, or annotate it as a Mapping"
                yield Impurity(node.lineno, text)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.Lambda):
            for default in (*function.args.defaults, *function.args.kw_defaults):
                if default is not None and _changeable(default):
                    yield Impurity(default.lineno, "has a default that can change and is kept: make it a tuple or None")


def _assigned(node: ast.stmt) -> tuple[ast.expr | None, list[str]]:
    if isinstance(node, ast.Assign):
        return node.value, [ast.unparse(target) for target in node.targets]
    if isinstance(node, ast.AnnAssign) and not any(word in ast.unparse(node.annotation) for word in _READ_ONLY):
        return node.value, [ast.unparse(node.target)]
    return None, []


def _changeable(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return called in _CONTAINERS
    return isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)


def _changed(tree: ast.Module) -> Iterator[Impurity]:
    """Changes of what outlives a call: names of the module, and the strategy itself once it is made."""
    kept = {ast.unparse(target) for node in tree.body for target in _targets(node)}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            yield from _changes_in(function, kept)
    for made in ast.walk(tree):
        if not isinstance(made, ast.ClassDef):
            continue
        methods = [node for node in made.body if isinstance(node, ast.FunctionDef)]
        if any(method.name == "generate_proposals" for method in methods):
            for method in methods:
                if method.name not in _AT_BIRTH:
                    yield from _changes_in(method, {"self", "cls"})


def _changes_in(function: ast.FunctionDef, roots: set[str]) -> Iterator[Impurity]:
    own = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)} - {"self", "cls"}
    for node in ast.walk(function):
        places = _targets(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
            places = [node.func] if isinstance(node.func.value, ast.Attribute | ast.Name) else []
            if isinstance(node.func.value, ast.Name) and node.func.value.id in {"self", "cls"}:
                places = []  # a method of its own that is called so
        for place in places:
            root = _root(place)
            if root in roots - own and not isinstance(place, ast.Name):
                text = f"changes {ast.unparse(place)}, which outlives the call: a strategy remembers nothing"
                yield Impurity(place.lineno, text)


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign | ast.Delete):
        return list(node.targets)
    return [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign) else []


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
