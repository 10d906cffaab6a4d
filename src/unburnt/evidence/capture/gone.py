"""There, gone, blocked, not shown to us, not reached: what a look at a page means.

    verdict(Look("https://vk.com/wall-1_2", 200, "Запись удалена", …), before)
    -> Verdict("capture-gone", "the page says: запись удалена")

Pure. Gone is what whoever has the page says: deleted, closed, never there. Blocked is what a state,
a court or a provider says in its place, so it tells nothing of the page; nor does what is not shown
to us: a login, a refusal, a riddle for robots. Pages say so by status, by header, by the host they
lead to, or in words: those are listed, each list with its reason, in gone.yaml and blocked.yaml.
Rules: docs/spec/capture.md, "Watching".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
BLOCKED = "capture-blocked"
WITHHELD = "capture-withheld"
UNREACHABLE = "capture-unreachable"
FAILED = "capture-failed"  # it came, and could not be kept: never a verdict on the page

THERE = frozenset({FIRST, SAME, CHANGED})
OF_THE_PAGE = THERE | {GONE}
"""What says something of the page itself; the others say only what lies between it and us."""

_GONE = frozenset({404, 410})
_LEGAL = 451  # RFC 7725, "Unavailable For Legal Reasons"
_BUSY = 503  # RFC 9110: for now; also what many riddles for robots are sent with
_SHORT = 600  # characters of a page that has nothing to say but that it is gone
_NOTICE = 1500  # characters of a notice of blocking, which quotes laws
_LINKS = 4096  # characters of a Link header that are searched: hostile ones take their square
_EVERYWHERE = "everywhere"
_LOGIN = re.compile(r"/(login|signin|sign_in|accounts/login|checkpoint|i/flow/login)([/?.]|$)")
_BLOCKED_BY = re.compile(r"<([^<>]{1,200})>\s*;[^,]*rel=\"?blocked-by\"?", re.IGNORECASE)

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What one look saw: final address, status, words, and the digests of words and pictures."""

    url: str
    status: int
    words: str
    text: str = ""  # SHA-256 of the words in one spelling
    media: str = ""
    headers: Headers = ()
    asked: str = ""  # the address that was asked for, where it may be another one


@dataclass(frozen=True, slots=True)
class Verdict:
    """A term of `capture-outcomes`, and why."""

    outcome: str
    why: str = ""


def verdict(look: Look, before: tuple[str, str] | None) -> Verdict:
    """Return what a look means; `before` are the digests of the last page that was itself seen.

    The order is fixed: who stands in between comes first, for a notice of blocking may be sent with
    any status; then gone; then not shown to us; then not reached; then comparison.
    """
    host = (urlsplit(look.url).hostname or "").lower()
    words = " ".join(look.words.casefold().split())
    if why := _blocked(look, host, words):
        return Verdict(BLOCKED, why)
    if why := _riddle(look, words):
        return Verdict(WITHHELD, why)
    if look.status in _GONE:
        return Verdict(GONE, f"the server answers {look.status}")
    if said := _said(host, words, "gone"):
        return Verdict(GONE, f"the page says: {said}")
    if said := _said(host, words, "wall"):
        return Verdict(WITHHELD, f"the page says: {said}")
    if _LOGIN.search(urlsplit(look.url).path):
        return Verdict(WITHHELD, "the page leads to a login")
    if 400 <= look.status < 500 or look.status == _BUSY:
        return Verdict(WITHHELD, f"the server answers {look.status}")
    if not 200 <= look.status < 300:
        return Verdict(UNREACHABLE, f"the server answers {look.status}")
    if before is None:
        return Verdict(FIRST)
    if before == (look.text, look.media):
        return Verdict(SAME)
    return Verdict(CHANGED, "other words" if before[0] != look.text else "other pictures")


def _blocked(look: Look, host: str, words: str) -> str:
    """Return why this is a notice of blocking in place of the page, or ""."""
    if look.status == _LEGAL:
        found = (_BLOCKED_BY.search(v[:_LINKS]) for k, v in look.headers if k.lower() == "link")
        by = next((one[1] for one in found if one), "")
        return f"the server answers 451, blocked by {by}" if by else "the server answers 451"
    asked = (urlsplit(look.asked).hostname or "").lower()
    for notice in blocks().values():
        if host in notice["hosts"] and asked not in notice["hosts"]:
            return f"it leads to a notice of blocking: {host}"
    if said := _said(host, words, "blocked"):
        return f"the page says: {said}"
    short = len(words) <= _NOTICE
    said = next((s for n in blocks().values() for s in n["words"] if short and s in words), "")
    return f"a notice of blocking says: {said}" if said else ""


def _riddle(look: Look, words: str) -> str:
    """Return why this is a page that keeps robots out in place of the page, or ""."""
    if any(k.lower() == "cf-mitigated" and v.strip() == "challenge" for k, v in look.headers):
        return "the server wants to know whether we are a robot"
    said = _first(words, platforms()[_EVERYWHERE]["wall"] if len(words) <= _SHORT else ())
    return f"the page says: {said}" if said else ""


def _said(host: str, words: str, what: str) -> str:
    for name, platform in platforms().items():
        known = host in platform["hosts"] or (name == _EVERYWHERE and len(words) <= _SHORT)
        if known and (found := _first(words, platform.get(what, ()))):
            return found
    return ""


def _first(words: str, phrases: Iterable[str]) -> str:
    return next((phrase for phrase in phrases if phrase in words), "")


def platforms() -> Mapping[str, Mapping[str, Any]]:
    """Return the list of platforms, with their hosts, reasons and words."""
    return _listed("gone.yaml")


def blocks() -> Mapping[str, Mapping[str, Any]]:
    """Return the list of notices of blocking by country: their hosts, reasons and words."""
    return _listed("blocked.yaml")


@cache
def _listed(name: str) -> Mapping[str, Mapping[str, Any]]:
    file = resources.files("unburnt.evidence.capture") / name
    listed: Mapping[str, Mapping[str, Any]] = strict_yaml.parse(file.read_text(encoding="utf-8"))
    return listed
