"""What is held already: which object holds an original, so that it is not stored or said again.

    held = Held(session, compartment)          held(sha256) -> Sealed | None
    held = HeldAlone(session, compartment, source, root)       where originals can be withdrawn
    held.now_reading(path); held.remember(kept); held.is_said(kept, value)

The index is asked; nothing is written.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from unburnt.core import canonical, text
from unburnt.core.errors import UsageError
from unburnt.evidence.intake import Kept
from unburnt.model import file_name, values
from unburnt.model.recorded import REFUSED
from unburnt.storage.names import object_name
from unburnt.storage.objects import Sealed
from unburnt.workflow.own_keys import holds_key, is_withdrawn
from unburnt.workflow.session import Claim, Session

_ASKED_SINGLY = 256  # originals
_APART = {"object": "", "type": ""}  # what may differ where the same is said again
MAX_NAME = values.MAX_NAME  # bytes of a relative path


def prefix_of(root: Path) -> int:
    """Return how much of a path below `root` is not the name below it."""
    return len(str(root / "x")) - 1


class Held:
    """Which object holds an original of one compartment already; the index is asked once each.

    Once many were asked for, the beginnings of all digests are fetched: a look at the tables costs
    more than hashing a page.
    """

    def __init__(self, session: Session, compartment: str) -> None:
        self._session = session
        self._compartment = compartment
        self._now: dict[str, Sealed] = {}
        self._said: dict[str, list[dict[str, Any]]] = {}
        self._left = _ASKED_SINGLY
        self._known: array[int] = array("Q")

    def __call__(self, digest: str) -> Sealed | None:
        """Return the object that holds an original with this digest, None without."""
        if digest in self._now:
            return self._now[digest]
        if not self._may_be_known(digest):
            return None
        for record in self._session.index.file(digest):
            s = record.statement
            if s.compartment == self._compartment and record.standing != REFUSED:
                value = file_name.of(s)
                self._said.setdefault(digest, []).append(value)
                if sealed := _sealed(value, self._session):
                    self._now[digest] = sealed
        return self._now.get(digest)

    def _may_be_known(self, digest: str) -> bool:
        self._left -= 1
        if self._left > 0:
            return self._session.index.has_file(digest)
        if self._left == 0:
            self._known = self._session.index.file_prefixes()
        prefix = int(digest[:16], 16)
        at = bisect_left(self._known, prefix)
        return at < len(self._known) and self._known[at] == prefix

    def remember(self, kept: Kept) -> None:
        """Remember what was kept just now."""
        self._now[kept.sha256] = kept.object

    def now_reading(self, path: str) -> None:
        """Take note of which file the next question is about: here it does not matter."""

    def is_said(self, kept: Kept, value: Mapping[str, Any]) -> bool:
        """Tell whether the same is recorded already, word for word, of an original."""
        said = () if kept.new else self._said.get(kept.sha256, ())
        return any({**known, **_APART} == {**value, **_APART} for known in said)


class HeldAlone(Held):
    """Tells which original was taken in before from the same giver, under the same name.

    Nothing else is held: one giver must not keep the photograph of another alive, nor end it. The
    same giver is the same source, or one of whom the same is said: `first` says it of this one.
    """

    def __init__(
        self,
        session: Session,
        compartment: str,
        source: str,
        root: Path,
        first: Sequence[Claim] = (),
    ) -> None:
        super().__init__(session, compartment)
        about = ((claim.property, claim.value) for claim in first if claim.entity == source)
        self._wished = _words(about)
        self._givers = {source: True}
        self._prefix = prefix_of(root)
        self._name = ""

    def now_reading(self, path: str) -> None:
        """Say which file the next question is about."""
        self._name = recorded_name(path[self._prefix :])

    def __call__(self, digest: str) -> Sealed | None:
        """Return the object that holds an original with this digest, None without."""
        for record in self._session.index.file(digest):
            s, file = record.statement, file_name.of(record.statement)
            if (
                (s.compartment, file.get("name")) == (self._compartment, self._name)
                and record.standing != REFUSED
                and self._is_same_giver(s.source)
                and "key" in file
                and not is_withdrawn(self._session, file)
                and holds_key(self._session, file)
                and (sealed := _sealed(file, self._session))
            ):
                return sealed
        return None

    def _is_same_giver(self, source: str) -> bool:
        if source not in self._givers:
            about = [r for r in self._session.index.of_entity(source) if r.standing != REFUSED]
            said = _words((r.statement.property, r.statement.value) for r in about)
            self._givers[source] = bool(said) and said == self._wished
        return self._givers[source]

    def remember(self, kept: Kept) -> None:
        """Remember nothing: the same bytes under another name are sealed again."""

    def is_said(self, kept: Kept, value: Mapping[str, Any]) -> bool:
        """Tell whether an original stands in an entry already."""
        return not kept.new


def _words(said: Iterable[tuple[str, Mapping[str, Any]]]) -> set[tuple[str, bytes]]:
    return {(name, canonical.encode(value)) for name, value in said}


def _sealed(value: dict[str, Any], session: Session) -> Sealed | None:
    """Return the object of a recorded file when it is here; what is elsewhere is stored again."""
    name = object_name(value["object"])
    if not session.backend.exists(name):
        return None
    return Sealed(value["object"], session.backend.size(name))


def recorded_name(relative: str) -> str:
    """Return a path as it can be recorded: valid text, harmless, at most 1024 bytes.

    What cannot be recorded as it is, is escaped; of a path too long the end is kept.
    """
    plain = relative.isascii() and relative.isprintable() and len(relative) <= MAX_NAME
    if plain and relative.strip():  # as nearly all are
        return relative
    name = text.printable(
        relative.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    )
    if not name.strip():
        name = "".join(f"\\u{ord(blank):04x}" for blank in name)
    try:
        return text.clean(name, MAX_NAME)
    except UsageError:
        escaped = name.encode("ascii", "backslashreplace").decode("ascii")
        return escaped[-MAX_NAME:]
