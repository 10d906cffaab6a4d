"""The device card: what a new device shows so that it can be signed in. Spec: docs/spec/roster.md.

    card = device_card(key, "age1…", "field laptop")    made on the device, with its own key
    card.device                                         "aicq…": compare it over a trusted channel
    read_card(card.encode()) == card                    on the admin's side; raises unless true

A card proves that its maker holds the signing key. Never says whose device it is.
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Annotated

import msgspec

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError
from unburnt.core.ids import ID_BYTES, encode_id
from unburnt.crypto import sealing
from unburnt.crypto.hashing import digest
from unburnt.crypto.signing import SigningKey, verify

MAX_CARD = 4096  # bytes; a card has to fit a QR code

# No control character or line break (the signed text has lines), nothing that reorders letters.
Label = Annotated[
    str,
    msgspec.Meta(pattern=r"\A[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]{1,100}\Z"),
]
Hash = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Recipient = Annotated[str, msgspec.Meta(pattern=r"\Aage1[02-9ac-hj-np-z]{58}\Z")]


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Signing key (hex) and recipient of a device, its label, and its own signature (base64)."""

    label: Label
    recipient: Recipient
    signature: str
    signing: Hash

    @property
    def device(self) -> str:
        """The device's id, which both keys give."""
        return device_id(bytes.fromhex(self.signing), self.recipient)

    @property
    def public(self) -> bytes:
        """The signing key, 32 bytes."""
        return bytes.fromhex(self.signing)

    def encode(self) -> bytes:
        """Return the card as one line of canonical JSON, to be shown or sent."""
        return canonical.encode(msgspec.to_builtins(self))


@lru_cache(maxsize=4096)  # asked again for every operation of a device
def device_id(public: bytes, recipient: str) -> str:
    """Return the id of the device with this signing key (32 bytes) and age recipient."""
    return encode_id(digest("unburnt/device/v1", public + recipient.encode("ascii"))[:ID_BYTES])


def device_card(key: SigningKey, recipient: str, label: str) -> Card:
    """Return the card of a device, signed with its own key; ForeignDataError for a bad field."""
    text = _signed_text(key.public, recipient, label)
    signature = base64.b64encode(key.sign(text)).decode("ascii")
    card = Card(label=label, recipient=recipient, signature=signature, signing=key.public.hex())
    return read_card(card.encode())


def read_card(data: bytes) -> Card:
    """Return the card these bytes spell, its signature verified; ForeignDataError else."""
    try:
        card = msgspec.convert(canonical.decode(data, MAX_CARD), Card)
    except msgspec.ValidationError as error:
        raise _untrue() from error
    check_card(card)
    return card


def check_card(card: Card) -> str:
    """Return the id of the card's device; ForeignDataError unless the card's signature is true."""
    if not _is_true(card):
        raise _untrue()
    check_recipient(card.recipient)
    return card.device


@lru_cache(maxsize=4096)  # asked again at every opening, and a checksum costs 0.2 ms
def check_recipient(text: str) -> str:
    """Return `text` if it is an age recipient in its one spelling; ForeignDataError else."""
    return sealing.check_recipient(text)


@lru_cache(maxsize=4096)  # one verification costs as much as reading four operations
def _is_true(card: Card) -> bool:
    try:
        signature = base64.b64decode(card.signature, validate=True)
    except (ValueError, binascii.Error):
        return False
    if base64.b64encode(signature).decode("ascii") != card.signature:
        return False  # stray bits would be a second spelling
    return verify(card.public, _signed_text(card.public, card.recipient, card.label), signature)


def _signed_text(public: bytes, recipient: str, label: str) -> bytes:
    device = device_id(public, recipient)
    lines = ("unburnt device card v1", device, public.hex(), recipient, label)
    return "".join(f"{line}\n" for line in lines).encode()


def _untrue() -> ForeignDataError:
    return ForeignDataError("This is not a true device card.", "Have the device show it again.")
