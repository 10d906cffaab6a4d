"""Stories: command lines with what they print, as pages that read like a manual.

    $ unburnt --archive office found heron laptop     a command of the story
    < y                                               a line that is typed
    archive: {archive}                                a word to be seen again as {archive}
    words: {ada*}                                     the same for the rest of a line
    ...                                               any lines;  … any characters
    [exit 2]                                          the exit code, else 0

`> FILE` keeps the standard output. Besides `unburnt` there are `mkdir`, `rm`, `cp -r`, and
`passphrase`, which changes what the file with the passphrase says. Only blocks indented by four
spaces are read.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner

from unburnt.cli.main import unburnt
from unburnt.workflow.passphrases import Cost

WEAK = Cost(8 * 1024, 1, 1)
PASSPHRASE = "correct horse battery staple"
_HOLE = re.compile(r"\{([a-z-]+)(\*?)\}")


@dataclass
class Step:
    """One command, what is typed, what is expected, where it stands."""

    line: int
    command: str
    typed: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    code: int = 0


def steps(page: str) -> Iterator[Step]:
    """Yield the steps of a page."""
    step: Step | None = None
    for number, line in enumerate(page.splitlines(), start=1):
        text = line[4:] if line.startswith("    ") else None
        if text is None and line.strip():
            if step:
                yield step
            step = None
        elif text is not None and text.startswith("$ "):
            if step:
                yield step
            step = Step(number, text[2:])
        elif step is not None:
            _add(step, text or "")
    if step:
        yield step


def _add(step: Step, text: str) -> None:
    if code := re.fullmatch(r"\[exit ([0-9]+)\]", text):
        step.code = int(code[1])
    elif text == "<" or text.startswith("< "):
        step.typed.append(text[2:])
    else:
        step.expected.append(text)


def play(page: str, folder: Path) -> list[str]:
    """Play a page in the current directory `folder`; returns what differs, with line numbers."""
    known: dict[str, str] = {}
    secret = folder / "passphrase"
    _keep(secret, PASSPHRASE)
    faults = []
    for step in steps(page):
        words = shlex.split(_filled(step.command, known))
        if words[0] != "unburnt":
            _other(words, folder, secret)
            continue
        output, code = _run(
            words[1:], "".join(f"{_filled(t, known)}\n" for t in step.typed), secret
        )
        pattern = _pattern(step.expected, known)
        seen = re.fullmatch(pattern, output)
        if code != step.code or seen is None:
            faults.append(f"line {step.line}: exit {code}, printed:\n{output}")
            break
        known |= {name.replace("_", "-"): text for name, text in seen.groupdict().items()}
    return faults


def _run(words: list[str], typed: str, secret: Path) -> tuple[str, int]:
    target = None
    if ">" in words:
        words, target = words[: words.index(">")], Path(words[-1])
    env = {"UNBURNT_PASSPHRASE_FILE": str(secret), "LANG": "C", "LC_ALL": "C"}
    result = CliRunner().invoke(unburnt, words, obj=WEAK, input=typed, env=env)
    if target:
        target.write_text(result.stdout, encoding="utf-8")
    return "\n".join(line.rstrip() for line in result.output.strip().splitlines()), result.exit_code


def _other(words: list[str], folder: Path, secret: Path) -> None:
    if words[0] == "mkdir":
        (folder / words[1]).mkdir()
    elif words[0] == "rm":
        for name in words[1:]:
            shutil.rmtree(folder / name)
    elif words[0] == "cp":
        shutil.copytree(folder / words[2], folder / words[3])
    elif words[0] == "passphrase":
        _keep(secret, " ".join(words[1:]))
    else:
        raise AssertionError(f"a story cannot say {words[0]}")


def _keep(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8")
    path.chmod(0o600)


def _filled(text: str, known: dict[str, str]) -> str:
    return _HOLE.sub(lambda hole: known[hole[1]], text)


def _pattern(lines: list[str], known: dict[str, str]) -> str:
    """Return a pattern for the whole output; trailing empty lines of the page do not count."""
    while lines and not lines[-1]:
        lines.pop()
    pattern, seen = "", set(known)
    for number, line in enumerate(lines):
        end = "\n" if number < len(lines) - 1 else ""
        if line == "...":
            pattern += "(?:[^\n]*\n)*?" if end else "(?:[^\n]*\n?)*"
        else:
            pattern += _line(line, known, seen) + end
    return pattern


def _line(line: str, known: dict[str, str], seen: set[str]) -> str:
    made, last = "", 0
    for hole in _HOLE.finditer(line):
        made += _literal(line[last : hole.start()]) + _hole(hole, known, seen)
        last = hole.end()
    return made + _literal(line[last:])


def _hole(hole: re.Match[str], known: dict[str, str], seen: set[str]) -> str:
    name = hole[1]
    if name in known:
        return re.escape(known[name])
    group = name.replace("-", "_")
    if name in seen:
        return f"(?P={group})"
    seen.add(name)
    shape = r"[^\n]+" if hole[2] else r"[^ \n]+"
    return f"(?P<{group}>{shape})"


def _literal(text: str) -> str:
    return "[^\n]*".join(re.escape(part) for part in text.split("…"))
