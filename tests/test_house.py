"""The house keeps its rules, and each rule can be broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import LONGEST_FUNCTION, LONGEST_MODULE, faults

SOURCE = Path(__file__).resolve().parents[1] / "src" / "unburnt"
MODULES = {path.relative_to(SOURCE).as_posix(): path for path in sorted(SOURCE.rglob("*.py"))}

BROKEN = {
    "an import hidden in a function": (
        "workflow/x.py",
        "def f() -> None:\n    import json\n",
        "imports inside a function",
    ),
    "an import hidden in a method": (
        "cli/x.py",
        "class A:\n    async def f(self):\n        if self:\n            from json import loads\n",
        "imports inside a function",
    ),
    "a function of sixty lines": (
        "storage/x.py",
        "def f() -> None:\n" + "    ...\n" * LONGEST_FUNCTION,
        "f has 60 lines",
    ),
    "a module of more than four hundred lines": (
        "sync/x.py",
        "\n" * (LONGEST_MODULE + 1),
        "has 401 lines",
    ),
    "an error class of its own": (
        "index/x.py",
        "class Oops(ValueError): ...\n",
        "Oops is an error class",
    ),
    "a child of our errors elsewhere": (
        "model/x.py",
        "class Oops(errors.UsageError): ...\n",
        "Oops is an error class",
    ),
    "the operating system's randomness": ("crypto/x.py", "from os import urandom\n", "imports os"),
    "a random generator": ("crypto/x.py", "import secrets as s\n", "imports secrets"),
    "a nested network module": ("core/x.py", "import urllib.request\n", "imports urllib"),
    "a database": ("model/x.py", "import apsw\n", "imports apsw"),
    "a process": ("stats/x.py", "import subprocess\n", "imports subprocess"),
    "a path that can be opened": ("core/x.py", "from pathlib import Path\n", "imports pathlib"),
    "all of pathlib": ("core/x.py", "import pathlib\n", "imports pathlib"),
    "a file": ("core/x.py", "text = open('a').read()\n", "calls open"),
    "a word to the screen": ("model/x.py", "print('here')\n", "calls print"),
    "today's date": ("model/x.py", "day = datetime.date.today()\n", "reads the clock (today)"),
    "the time of day": ("core/x.py", "t = datetime.now(UTC)\n", "reads the clock (now)"),
}

SOUND = {
    "a pure path": ("core/x.py", "from pathlib import PurePosixPath\n"),
    "a type of time": ("core/x.py", "from datetime import UTC, datetime\n"),
    "a sibling with an impure name": ("core/x.py", "from . import time\n"),
    "the clock on an upper floor": ("workflow/x.py", "import time\nnow = datetime.now(UTC)\n"),
    "an error in its place": ("core/errors.py", "class Oops(Exception): ...\n"),
    "a function just short enough": ("core/x.py", "def f():\n" + "    ...\n" * 58),
}


@pytest.mark.parametrize("name", MODULES)
def test_the_module_keeps_the_rules_of_the_house(name: str) -> None:
    assert faults(MODULES[name].read_text(encoding="utf-8"), name) == []


@pytest.mark.parametrize(("name", "source", "finding"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_rule_is_found(name: str, source: str, finding: str) -> None:
    (only,) = faults(source, name)
    assert only.startswith(f"{name}:")
    assert finding in only


@pytest.mark.parametrize(("name", "source"), SOUND.values(), ids=SOUND.keys())
def test_what_is_allowed_is_not_found(name: str, source: str) -> None:
    assert faults(source, name) == []


def test_the_house_is_not_empty() -> None:
    assert "core/errors.py" in MODULES
