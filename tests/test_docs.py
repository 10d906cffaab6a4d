"""The documentation holds together: links lead somewhere, and every command and option is told."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Mapping

import click
import pytest

from tests.markdown import anchors, links
from tests.repository import ROOT, repository_files
from unburnt.cli.main import unburnt
from unburnt.cli.manual import pages

Tree = Mapping[str, str]  # path -> text of a page, "" for any other file


def dead_links(tree: Tree) -> list[str]:
    """Return "page:line target" for each relative link of the tree's pages that leads nowhere."""
    folders = {str(parent) for path in tree for parent in _parents(path)}
    dead = []
    for page, text in tree.items():
        for line, target in links(text):
            if "://" in target or target.startswith("mailto:"):
                continue
            path, _, anchor = target.partition("#")
            goal = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
            goal = goal if path else page
            known = goal in tree or goal in folders
            if not known or (anchor and anchor not in anchors(tree.get(goal, ""))):
                dead.append(f"{page}:{line} {target}")
    return dead


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return [".", *("/".join(parts[: depth + 1]) for depth in range(len(parts)))]


def test_every_relative_link_leads_somewhere() -> None:
    files = repository_files()
    tree = {
        path.as_posix(): (ROOT / path).read_text(encoding="utf-8") if path.suffix == ".md" else ""
        for path in files
    }
    assert "docs/decisions/README.md" in tree
    assert dead_links(tree) == []


PAGE = "# One\n\n## Two words, и три\n\n## One\n"
ALIVE = {
    "a page beside": "[a](b.md)",
    "a page with a title": '[a](b.md "The page")',
    "a page above": "[a](../README.md)",
    "a heading elsewhere": "[a](b.md#two-words-и-три)",
    "a repeated heading": "[a](b.md#one-1)",
    "a heading of its own": "# Here\n[a](#here)",
    "a folder": "[a](../docs/)",
    "a reference": "[a][b]\n\n[b]: b.md",
    "a page on the web": "[a](https://example.org/nowhere.md)",
    "code that looks like a link": "`[a](gone.md)`\n\n```\n[a](gone.md)\n```",
}
DEAD = {
    "a page that is gone": "[a](gone.md)",
    "a heading that is gone": "[a](b.md#three)",
    "a heading of its own that is gone": "[a](#gone)",
    "a heading named only in code": "```\n# Here\n```\n[a](#here)",
    "a page outside the repository": "[a](../../elsewhere/plan.md)",
    "a reference that is gone": "[a][b]\n\n[b]: gone.md",
    "an image that is gone": "![a](gone.png)",
    "a link after a fence": "```\ncode\n```\n[a](gone.md)",
}


@pytest.mark.parametrize("text", ALIVE.values(), ids=ALIVE.keys())
def test_a_good_link_is_accepted(text: str) -> None:
    assert dead_links({"docs/a.md": text, "docs/b.md": PAGE, "README.md": ""}) == []


@pytest.mark.parametrize("text", DEAD.values(), ids=DEAD.keys())
def test_a_dead_link_is_found(text: str) -> None:
    assert len(dead_links({"docs/a.md": text, "docs/b.md": PAGE, "README.md": ""})) == 1


# --- commands -------------------------------------------------------------------------------------

COMMANDS = dict(pages(unburnt, click.Context(unburnt, info_name="unburnt")))
_TYPED = re.compile(r"^\s*\$?\s*(unburnt [a-z].*)$", re.MULTILINE)


def untold(page: str) -> list[str]:
    """Return every command without a heading on the page, and every option it does not name."""
    missing = []
    for name, command in COMMANDS.items():
        if f"\n## {name}\n" not in page:
            missing.append(name)
            continue
        chapter = page.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                missing += [
                    f"{name} {o}" for o in parameter.opts if not re.search(rf"[`,] ?{o}\b", chapter)
                ]
    return missing


def unknown_commands(page: str) -> Iterable[str]:
    """Yield each line of a page that types a command which does not exist."""
    for typed in _TYPED.findall(page):
        words = [word for word in typed.split()[1:] if not word.startswith("-")]
        if words and words[0] not in unburnt.commands and "--archive" not in typed:
            yield typed


def unknown_options(page: str) -> Iterable[str]:
    """Yield each command of a task page that does not exist, or is given options it has not."""
    for typed in _TYPED.findall(page):
        words = shlex.split(typed, comments=True)[1:]
        words = words[: words.index("--")] if "--" in words else words  # the rest is another's
        if words[0] == "--archive":
            words = words[2:]
        book: click.Command = unburnt
        while isinstance(book, click.Group) and words and book.get_command(_TOP, words[0]):
            book = book.get_command(_TOP, words.pop(0)) or book
        names = {name for option in book.params for name in option.opts}
        if book is unburnt or {word for word in words if word.startswith("--")} - names:
            yield typed


_TOP = click.Context(unburnt, info_name="unburnt")


def test_every_command_and_option_is_in_the_documentation() -> None:
    assert untold((ROOT / "docs" / "cli.md").read_text(encoding="utf-8")) == []


def test_no_page_types_a_command_that_does_not_exist() -> None:
    wrong = {
        path.as_posix(): list(unknown_commands((ROOT / path).read_text(encoding="utf-8")))
        for path in repository_files()
        if path.suffix == ".md" and not path.is_relative_to("tests")
    }
    assert {path: lines for path, lines in wrong.items() if lines} == {}


def test_no_task_page_gives_a_command_an_option_that_it_has_not() -> None:
    pages = [path for path in sorted((ROOT / "docs").glob("*.md")) if path.name != "cli.md"]
    typed = {path.name: path.read_text(encoding="utf-8") for path in [*pages, ROOT / "README.md"]}
    assert len(_TYPED.findall(typed["evidence.md"])) > 10
    wrong = {name: list(unknown_options(text)) for name, text in typed.items()}
    assert {name: lines for name, lines in wrong.items() if lines} == {}
    for line in ("unburnt custody burn x", "unburnt prove x --out f --sign", "unburnt prvoe x"):
        known = line == "unburnt custody burn x"  # a word that is no command is an id there
        assert list(unknown_options(line)) == ([] if known else [line])


def test_a_page_without_a_command_or_an_option_is_found() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert untold(page.replace("\n## unburnt revoke\n", "\n## revoke\n")) == ["unburnt revoke"]
    assert untold(page.replace("`--burn", "`--ignite")) == ["unburnt drill --burn"]
    assert list(unknown_commands("    unburnt burn everything\n")) == ["unburnt burn everything"]
