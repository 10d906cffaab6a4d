"""Every problem a check can find has a sentence and a next step, and says where it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.repository import ROOT
from unburnt.cli.problem_words import MOST, PROBLEMS, problem_data, problem_lines
from unburnt.sync.report import Problem

SOURCE = ROOT / "src" / "unburnt"
MODULES = (
    *sorted((SOURCE / "sync").glob("*.py")),
    *(SOURCE / "workflow" / f"{name}.py" for name in ("recover", "verify")),
    *(SOURCE / "model" / f"{name}.py" for name in ("standing", "completeness")),
)
PLACE = {"Problem": 0, "Gap": 0, "Judgement": 1}  # which argument is the code
_CODE = re.compile(r"[a-z]+(-[a-z]+)*")


def said() -> Iterator[str]:
    """Yield every code that the source puts into a problem."""
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = PLACE.get(node.func.id)
                if place is not None and len(node.args) > place:
                    yield from _constants(node.args[place])
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                if node.targets[0].id == "code":
                    yield from _constants(node.value)
                elif node.targets[0].id == "_CODES":
                    yield from _constants(node.value, values=True)
                elif node.targets[0].id == "_LACKING":
                    yield from (f"{c}-missing" for c in _constants(node.value, values=True))


def _constants(node: ast.expr, *, values: bool = False) -> Iterator[str]:
    if isinstance(node, ast.Dict) and values:
        for value in node.values:
            yield from _constants(value)
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Constant) and _CODE.fullmatch(str(node.value)):
        yield str(node.value)


def test_every_code_of_the_source_has_words() -> None:
    codes = set(said())
    assert len(codes) > 35
    assert codes - PROBLEMS.keys() == set()
    assert PROBLEMS.keys() - codes == set(), "words for what nothing says"


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_problem_is_one_sentence_and_one_step(code: str) -> None:
    says, step = PROBLEMS[code]
    for text in (says, step):
        assert text[0].isupper()
        assert text.endswith(".")
    first, second, *_ = problem_lines(problem_data([Problem(code, "aicq", 3)]))
    assert first == f"RED    {says}"
    assert second.strip() == f"→ {step}"


def test_a_problem_says_where_it_is_in_words() -> None:
    found = [Problem("missing", "aicq", 7, "last-sync"), Problem("missing", "bbbb", 0, "here")]
    assert problem_lines(problem_data(found), {"aicq": "laptop"})[2:] == [
        "         laptop, from entry 7 on: held there at the last sync",
        "         bbbb, from entry 0 on: seen on this device",
    ]


def test_one_sentence_is_said_once_and_many_places_are_counted() -> None:
    found = [Problem("object-missing", detail=f"{n:064x}") for n in range(MOST + 5)]
    lines = problem_lines(problem_data(found))
    assert len(lines) == 2 + MOST + 1
    assert lines[-1].strip() == "More of them: 5; all with --json."


def test_what_foreign_bytes_say_stays_on_its_line() -> None:
    lines = problem_lines(problem_data([Problem("refused", "aicq", 1, "x\nGREEN\x1b[2J")]))
    assert lines[2] == "         aicq, entry 1: x\\nGREEN\\x1b[2J"


def test_a_code_of_a_newer_version_is_shown_as_it_is() -> None:
    assert problem_lines(problem_data([Problem("melted")])) == ["RED    melted"]
