"""Cards: the head card, which says on paper how long every log was; and a trustee's own card.

    unburnt heads v1                         text of a C2SP signed note, signed by the device
    archive 74eaa9…
    at 2018-01-24T09:10:00Z
    aicq… 40 CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=     log, entries, Merkle root

    text = head_card(session)                keep it anywhere, print it, read it to somebody
    check_head_card(session, text)           what is gone, or another history than the card saw
    check_share(place, words)                a trustee's card against the published hash, no keys

A head card names devices by id and opens nothing. It cannot say what was never put into a log.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.core.ids import check_hash, check_id
from unburnt.crypto import note, shares
from unburnt.model.completeness import Gap, Knowledge, assess
from unburnt.model.entry import Head, signer_name
from unburnt.model.roster import Roster
from unburnt.model.roster_card import Card, device_card
from unburnt.model.roster_ops import SetTrustees, Split
from unburnt.model.roster_values import Recovery
from unburnt.storage import vault
from unburnt.storage.backend import Backend
from unburnt.sync.copying import archive_in, read_roster
from unburnt.workflow.proposals import waiting_ops
from unburnt.workflow.session import Session

_FIRST = "unburnt heads v1"
_LIMIT = 256 * 1024


@dataclass(frozen=True, slots=True)
class HeadCard:
    """What a card says: of which archive, when (as claimed), by which device, and every head."""

    archive: str
    at: str
    by: str
    heads: Mapping[str, Head]

    def knowledge(self) -> list[Knowledge]:
        """Return the card as what somebody saw, for a completeness check."""
        return [Knowledge("card", device, head) for device, head in self.heads.items()]


def head_card(session: Session) -> str:
    """Return the heads of all logs as this device knows them, as a signed note."""
    heads = {device: tip.head for device, tip in session.journal.tips.items() if tip.size}
    if not heads:
        raise UsageError("There is no entry to put on a card yet.", "Record something first.")
    lines = [_FIRST, f"archive {session.archive}", f"at {session.clock()}"]
    for device, head in sorted(heads.items()):
        lines.append(f"{device} {head.size} {base64.b64encode(head.root).decode('ascii')}")
    name = signer_name(session.archive, session.device)
    return note.sign("\n".join(lines) + "\n", name, session.keys.signing).encode().decode("utf-8")


def read_head_card(data: bytes) -> HeadCard:
    """Return what a card says, its signature not verified; ForeignDataError when it is none."""
    parsed = note.parse(data, _LIMIT)
    rows = [line.split(" ") for line in parsed.text[:-1].split("\n")]
    if len(rows) < 4 or rows[0] != _FIRST.split(" ") or any(len(row) != 3 for row in rows[3:]):
        raise _malformed()
    archive, at = rows[1], rows[2]
    if archive[0] != "archive" or len(archive) != 2 or at[0] != "at" or len(at) != 2:
        raise _malformed()
    signer = parsed.signatures[0].name
    if not signer.startswith(f"unburnt/{check_hash(archive[1])}/"):
        raise _malformed()
    heads = {check_id(device): _head(size, root) for device, size, root in rows[3:]}
    if len(heads) != len(rows) - 3:
        raise _malformed()
    return HeadCard(archive[1], at[1], check_id(signer.rsplit("/", 1)[1]), heads)


def verify_head_card(roster: Roster, data: bytes) -> HeadCard:
    """Return what a card says; ForeignDataError unless a device of this archive signed it."""
    card = read_head_card(data)
    if card.archive != roster.archive or card.by not in roster.devices:
        raise ForeignDataError(
            "This card is not of this archive.", "Look for the card of this archive."
        )
    verifier = roster.verifier(card.by)
    if verifier.name not in note.verified_by(note.parse(data, _LIMIT), [verifier]):
        raise ForeignDataError(
            "The signature on this card is not true.", "Copy the card again, every character."
        )
    return card


def check_head_card(session: Session, data: bytes) -> tuple[HeadCard, list[Gap]]:
    """Return a verified card, and what is missing here or another history than the card saw."""
    card = verify_head_card(session.roster, data)
    found = {
        device: [session.journal.entry(device, n).leaf for n in range(tip.size)]
        for device, tip in session.journal.tips.items()
    }
    return card, assess(found, card.knowledge())


@dataclass(frozen=True, slots=True)
class KnownShare:
    """Whose card it is, its kind ("recovery" or "drill"), and whether its appointment waits."""

    trustee: str
    kind: str
    waits: bool = False


def check_share(place: Backend, words: str) -> KnownShare | None:
    """Return what a card is by its published hash; None when it is unknown.

    Needs no key: the roster of any copy can be read by anybody. UsageError for a mistyped word.
    """
    roster = read_roster(place, archive_in(place))
    appointed: list[tuple[Recovery | SetTrustees, bool]] = [
        (op, True) for _p, op in waiting_ops(roster) if isinstance(op, SetTrustees)
    ]
    if roster.recovery is not None:
        appointed.insert(0, (roster.recovery, False))
    if not appointed:
        raise UsageError("This archive has no trustees yet.", "Ask an admin: trustees appoint.")
    for made, waits in appointed:
        for kind, split in (("recovery", made.recovery), ("drill", made.drill)):
            trustee = _trustee(split, words)
            if trustee is not None:
                return KnownShare(trustee, kind, waits)
    return None


def _trustee(split: Split, words: str) -> str | None:
    digest = shares.share_hash(bytes.fromhex(split.salt), words)
    return next((share.trustee for share in split.shares if share.hash == digest), None)


def _head(size: str, root: str) -> Head:
    try:
        raw = base64.b64decode(root, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed() from error
    if not (size.isascii() and size.isdigit() and len(size) <= 15) or len(raw) != 32:
        raise _malformed()
    return Head(int(size), raw)


def _malformed() -> ForeignDataError:
    return ForeignDataError("This is not a head card.", "Copy the card again, every character.")


def own_card(root: Path, passphrase: str) -> Card:
    """Return the card of the device in a folder, whether it has joined an archive or not."""
    keys = vault.read(root, passphrase)
    return device_card(keys.signing, keys.identity.recipient, keys.label)
