"""XMP packets and times that pictures claim."""

from __future__ import annotations

from unburnt.evidence.camera_claims import captured, from_xmp

SEEDS = [
    b'<x:xmpmeta xmlns:x="a"><d xmlns:e="e" e:DateTimeOriginal="2018-01-22T21:15:07+03:00"/>'
    b"</x:xmpmeta>",
    b"2018:01:22 21:15:07",
    b"0000:00:00 00:00:00",
]


def fuzz(data: bytes) -> None:
    """Read the bytes as XMP and as a time."""
    from_xmp(data, "fuzz")
    captured(data.decode("utf-8", "replace"), "", "fuzz", "fuzz")
