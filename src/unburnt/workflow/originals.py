"""Originals out of their sealed objects, one after the other, for a program that reads them here.

    originals = Originals(session)
    originals.give(value["file"], take)        # take(piece) until all of it was given

What is given has the digest that was recorded, or an error is raised; then what was given so far
must be thrown away. Nothing is written anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from unburnt.core.errors import BrokenArchiveError
from unburnt.storage import objects, pack
from unburnt.storage.names import object_name
from unburnt.workflow.own_keys import identities_of
from unburnt.workflow.session import Session

_STREAMED = 24 * 2**20  # objects beyond this hold one large original and are opened in pieces

Take = Callable[[memoryview | bytes], object]


class Originals:
    """Gives originals; ask for those of one object one after the other, and it is opened once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._room = objects.Room()
        self._name = ""
        self._members: Mapping[str, memoryview | bytes] = {}

    def give(self, file: Mapping[str, Any], take: Take) -> None:
        """Hand over the bytes of a recorded file; BrokenArchiveError when they are others.

        Raises BrokenArchiveError when its object is not here, CannotOpenError without its key, as
        when it was withdrawn.
        """
        running = hashlib.sha256()

        def both(piece: memoryview | bytes) -> None:
            running.update(piece)
            take(piece)

        if self._session.backend.size(object_name(file["object"])) > _STREAMED:
            self._stream(file, both)
        else:
            both(self._member(file))
        if running.hexdigest() != file["sha256"]:
            raise BrokenArchiveError(
                "An original is not the one that was recorded.",
                "Fetch its object from another site.",
            )

    def _member(self, file: Mapping[str, Any]) -> memoryview | bytes:
        name, digest = file["object"], file["sha256"]
        identities = identities_of(self._session, [file])
        if name != self._name:
            self._name = ""  # until the next one is open, nothing is
            self._members = self._room.open_pack(self._session.backend, name, identities)
            self._name = name
        return self._members.get(digest, self._members.get(pack.ORIGINAL, b""))

    def _stream(self, file: Mapping[str, Any], take: Take) -> None:
        sink = pack.SingleSink(take)
        identities = identities_of(self._session, [file])
        objects.unseal_to(self._session.backend, file["object"], identities, sink)
        sink.finish()
