"""Errors in the reader's language: the lower floors speak English, and here it is translated.

    message, step = in_words(error)

Messages with a changing part are known by their template. What is not in the table stays English:
a message in another language is better than none.
"""

from __future__ import annotations

import re
from functools import cache

from unburnt.cli.words import _, language
from unburnt.core.errors import UnburntError
from unburnt.core.text import printable

TEMPLATES: tuple[str, ...] = ()

_HOLE = re.compile(r"\\\{([a-z]+)\\\}")


def in_words(error: UnburntError) -> tuple[str, str]:
    """Return message and next step in the language in use, harmless to a terminal."""
    return printable(_spoken(error.message)), printable(_spoken(error.next_step))


def _spoken(text: str) -> str:
    direct = _(text)
    if direct != text or language() == "en":
        return direct
    for template, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            return _(template).format(**found.groupdict())
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (template, re.compile(_HOLE.sub(r"(?P<\1>.*?)", re.escape(template))))
        for template in TEMPLATES
        if "{" in template
    )
