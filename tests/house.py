r"""The rules of the house that no linter knows, as pure functions from source text to findings.

    faults("def f():\n    import os\n", "core/thing.py")
    -> ["core/thing.py:2 imports inside a function", "core/thing.py:2 imports os on a pure floor"]

It reads syntax only: what a library does behind a harmless name it cannot see.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

LONGEST_FUNCTION = 59
LONGEST_MODULE = 400
PURE_ROOMS = frozenset({"core", "crypto", "model", "stats"})
ERRORS_MODULE = "core/errors.py"

# Clock, randomness, disk, network and processes are arguments on these floors.
IMPURE_MODULES = frozenset(
    {
        "apsw",
        "asyncio",
        "fileinput",
        "glob",
        "http",
        "multiprocessing",
        "os",
        "random",
        "secrets",
        "select",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib",
        "uuid",
    }
)
PURE_PATHS = frozenset({"PurePath", "PurePosixPath", "PureWindowsPath"})
IMPURE_BUILTINS = frozenset({"open", "print", "input", "exec", "eval", "breakpoint"})
CLOCK_READINGS = frozenset({"now", "utcnow", "today"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


def faults(source: str, name: str) -> list[str]:
    """Return every broken rule in one module as "name:line what", in the order of the rules.

    `name` is the module's path below src/unburnt; its first part is the room.
    """
    tree = ast.parse(source)
    found = [*_hidden_imports(tree), *_long_functions(tree)]
    if name != ERRORS_MODULE:
        found += _error_classes(tree)
    if PurePosixPath(name).parts[0] in PURE_ROOMS:
        found += [*_impure_imports(tree), *_impure_calls(tree)]
    lines = len(source.splitlines())
    if lines > LONGEST_MODULE:
        found.append((1, f"has {lines} lines, more than {LONGEST_MODULE}"))
    return [f"{name}:{line} {what}" for line, what in found]


def _functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _hidden_imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    hidden = {
        node.lineno
        for function in _functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    return ((line, "imports inside a function") for line in sorted(hidden))


def _long_functions(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for function in _functions(tree):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > LONGEST_FUNCTION:
            yield function.lineno, f"{function.name} has {lines} lines, over {LONGEST_FUNCTION}"


def _error_classes(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            bases = [ast.unparse(base) for base in node.bases]
            if any(base.endswith(("Error", "Exception", "Warning")) for base in bases):
                yield node.lineno, f"{node.name} is an error class outside {ERRORS_MODULE}"


def _impure_imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for line, module, names in _imported(tree):
        opens_paths = module == "pathlib" and not names <= PURE_PATHS
        if module in IMPURE_MODULES or opens_paths:
            yield line, f"imports {module} on a pure floor"


def _imported(tree: ast.Module) -> Iterator[tuple[int, str, frozenset[str]]]:
    """Yield line, top-level module and the names taken from it ("*" for the whole module)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.partition(".")[0], frozenset("*")
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = frozenset(alias.name for alias in node.names)
            yield node.lineno, node.module.partition(".")[0], names


def _impure_calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id=called) if called in IMPURE_BUILTINS:
                yield node.lineno, f"calls {called} on a pure floor"
            case ast.Attribute(attr=called) if called in CLOCK_READINGS:
                yield node.lineno, f"reads the clock ({called}) on a pure floor"
