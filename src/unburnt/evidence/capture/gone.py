"""Gone, changed, the same, or not reached: what a new look at a page means after the last one.

    verdict(Look("https://vk.com/wall-1_2", 200, "Запись удалена", …), before)
    -> Verdict("capture-gone", "the page says: запись удалена")

Pure. Servers say that a page is gone by status (404, 410, 451), or with words of their own: those
are listed by platform, each with its reason, in gone.yaml. A page behind a login, a refusal (403,
429) or a fault (5xx) is not reached: it may be there for others. Rules: docs/spec/capture.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from unburnt.model import strict_yaml

FIRST = "capture-first"
SAME = "capture-same"
CHANGED = "capture-changed"
GONE = "capture-gone"
UNREACHABLE = "capture-unreachable"

_GONE = frozenset({404, 410, 451})
_SHORT = 600  # characters of a page that has nothing to say but that it is gone
_EVERYWHERE = "everywhere"
_LOGIN = re.compile(r"/(login|signin|sign_in|accounts/login|checkpoint|i/flow/login)([/?.]|$)")


@dataclass(frozen=True, slots=True)
class Look:
    """What one look saw: final address, status, words, and the digests of words and pictures."""

    url: str
    status: int
    words: str
    text: str = ""  # SHA-256 of the words in one spelling
    media: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A term of `capture-outcomes`, and why."""

    outcome: str
    why: str = ""


def verdict(look: Look, before: tuple[str, str] | None) -> Verdict:
    """Return what a look means; `before` are the digests of the last page that was reached.

    The order is fixed: gone by status, gone by words, not reached, then comparison.
    """
    if look.status in _GONE:
        return Verdict(GONE, f"the server answers {look.status}")
    host = (urlsplit(look.url).hostname or "").lower()
    words = " ".join(look.words.casefold().split())
    if said := _said(host, words, "gone"):
        return Verdict(GONE, f"the page says: {said}")
    if said := _said(host, words, "wall"):
        return Verdict(UNREACHABLE, f"the page says: {said}")
    if _LOGIN.search(urlsplit(look.url).path):
        return Verdict(UNREACHABLE, "the page leads to a login")
    if not 200 <= look.status < 300:
        return Verdict(UNREACHABLE, f"the server answers {look.status}")
    if before is None:
        return Verdict(FIRST)
    if before == (look.text, look.media):
        return Verdict(SAME)
    return Verdict(CHANGED, "other words" if before[0] != look.text else "other pictures")


def _said(host: str, words: str, what: str) -> str:
    for name, platform in platforms().items():
        known = host in platform["hosts"] or (name == _EVERYWHERE and len(words) <= _SHORT)
        if known:
            for phrase in platform[what]:
                if phrase in words:
                    return str(phrase)
    return ""


@cache
def platforms() -> Mapping[str, Mapping[str, Any]]:
    """Return the list of platforms, with their hosts, reasons and words."""
    file = resources.files("unburnt.evidence.capture") / "gone.yaml"
    listed: Mapping[str, Mapping[str, Any]] = strict_yaml.parse(file.read_text(encoding="utf-8"))
    return listed
