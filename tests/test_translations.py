"""Translations: every text has its Russian, with the same holes, and no translation is stale."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from babel.messages import Message
from babel.messages.pofile import read_po

from scripts import messages
from unburnt.cli import words
from unburnt.cli.error_words import TEMPLATES

LANGUAGES = [language for language in words.LANGUAGES if language != "en"]
_HOLES = re.compile(r"\{\w+\}")


def known(language: str) -> list[Message]:
    with messages.catalogue(language).open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


def own_texts() -> list[str]:
    """The texts of this room; those of `security` stay English until somebody translates them."""
    found = [m for m in messages.template() if any("cli/" in place for place, _line in m.locations)]
    return [str(message.id) for message in found if message.id]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_untranslated(language: str) -> None:
    assert len(own_texts()) > 500
    translated = {str(m.id) for m in known(language) if m.string and not m.fuzzy}
    assert [text for text in own_texts() if text not in translated] == [], "run: make messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_texts(language: str) -> None:
    path = messages.catalogue(language)
    with path.open("rb") as file:
        compiled = messages.compiled(read_po(file, locale=language))
    assert path.with_suffix(".mo").read_bytes() == compiled, "run: make messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_has_the_same_holes(language: str) -> None:
    for message in [known_one for known_one in known(language) if known_one.string]:
        assert set(_HOLES.findall(str(message.string))) == set(_HOLES.findall(str(message.id)))


def test_a_text_without_translation_would_be_found() -> None:
    texts = messages.template()
    texts.add("A text that nobody has translated.")
    fresh = messages.merged("ru", texts)
    assert not fresh["A text that nobody has translated."].string
    assert fresh["Revoke it?"].string == "Отозвать?"


def test_every_error_template_is_said_somewhere() -> None:
    said = "\n".join(_error_texts())
    stale = []
    for template in TEMPLATES:
        loose = re.escape(_HOLES.sub("\0", template)).replace("\0", "[^\n]*")
        if re.search(f"(?m)^{loose}$", said) is None and "'{name}'" not in template:
            stale.append(template)
    assert [t for t in stale if not t.startswith(("No such option", "Invalid value"))] == []


def _error_texts() -> Iterator[str]:
    """Yield every text of the source, its changing parts as "{}"."""
    for path in sorted((messages.SOURCE).rglob("*.py")):
        if path.name in ("error_words.py", "outside_words.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                parts = node.values
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts
                )
