"""A pack, as it is inside a sealed object."""

from __future__ import annotations

from unburnt.storage import pack

_MEMBERS = {"secret": b"00" * 32 + b"\n", "ids": bytes(64), "statements.jsonl": b"{}\n" * 400}
SEEDS = [pack.write(_MEMBERS), pack.write({"a" * 64: b"text " * 999, "b" * 64: b"\xff\xd8"})]


def fuzz(data: bytes) -> None:
    """Read all members."""
    pack.read(data)
