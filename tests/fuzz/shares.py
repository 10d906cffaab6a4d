"""Word cards of trustees, as somebody types them: one card a line."""

from __future__ import annotations

from contextlib import suppress

from unburnt.core.errors import UnburntError
from unburnt.crypto.shares import combine, share_hash, tally

# Made once by `split(bytes(range(16)), [(2, 3), (1, 1)], 2)`.
_CARDS = (
    "phantom describe acrobat echo beyond graduate surprise talent hanger oasis dream award "
    "graduate peaceful relate treat system forward require username\n"
    "phantom describe acrobat email acrobat scroll spider buyer payroll equation breathe "
    "hormone bolt order vexed away briefing short olympic jacket\n"
    "phantom describe acrobat entrance dictate dragon paper floral withdraw company bucket "
    "skunk season talent class ancestor modern lamp fused herd\n"
    "phantom describe beard easy aircraft unhappy shaft decision hormone paces budget oral "
    "density dish family python craft payment diet finance"
)
SEEDS = [_CARDS.encode(), *(line.encode() for line in _CARDS.split("\n"))]
_SECRET = bytes(range(16))


def fuzz(data: bytes) -> None:
    """Read every line as a card; whatever secret comes of the true set's cards is the true one."""
    lines = data.decode("utf-8", "replace").split("\n")[:6]
    for line in lines:
        with suppress(UnburntError):
            share_hash(bytes(16), line)
    with suppress(UnburntError):
        tally(lines)
    with suppress(UnburntError):
        secret = combine(lines)
        assert secret == _SECRET, "a card was read as another"
