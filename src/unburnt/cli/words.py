"""Words in the reader's language: gettext, chosen once for a run.

    use("ru")
    _("Nothing is missing.")          -> "Ничего не пропало."
    N_("Nothing is missing.")         marks a text that `_` translates later

Catalogues: unburnt/locale/<language>/LC_MESSAGES/unburnt.mo. English is the original.
"""

from __future__ import annotations

import gettext
from contextvars import ContextVar
from pathlib import Path

LANGUAGES = ("en", "ru")
LOCALE = Path(__file__).resolve().parent.parent / "locale"

_catalogue: ContextVar[gettext.NullTranslations] = ContextVar(
    "catalogue",
    default=gettext.NullTranslations(),  # noqa: B039 - never changed, only replaced
)
_language: ContextVar[str] = ContextVar("language", default="en")


def use(language: str) -> None:
    """Speak this language from now on; English where it lacks a text."""
    _language.set(language)
    _catalogue.set(gettext.translation("unburnt", LOCALE, [language], fallback=True))


def language() -> str:
    """Return the language in use."""
    return _language.get()


def spoken(environment: dict[str, str]) -> str:
    """Return the language that LC_ALL, LC_MESSAGES or LANG asks for, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        wanted = environment.get(name, "")
        if wanted:
            code = wanted[:2].lower()
            return code if code in LANGUAGES else "en"
    return "en"


def _(text: str) -> str:
    """Return a text in the language in use."""
    return _catalogue.get().gettext(text) if text else ""


def N_(text: str) -> str:
    """Mark a text for translation and return it as it is."""
    return text
