"""A secret cut into word cards, so that some of their holders together can restore it (SLIP-39).

    split(secret, [(2, 3), (2, 3)], group_threshold=2)  two groups of three cards of 33 words each
    combine(two cards of one group + two of the other) == secret

Cards are made and read by the library shamir-mnemonic, which draws its own randomness from the
operating system and is not hardened against somebody measuring the machine: use it where nobody
else runs anything. SLIP-39 passphrases are never used: a wrong one would give another secret in
silence. Nothing here knows whether the secret is the right one: compare its recipient with the
published one. Never repeats a card's words in a message; at most it suggests one word.
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from shamir_mnemonic import MnemonicError, Share, generate_mnemonics, recover_ems
from shamir_mnemonic.constants import (
    CUSTOMIZATION_STRING_EXTENDABLE,
    CUSTOMIZATION_STRING_ORIG,
)
from shamir_mnemonic.rs1024 import create_checksum, verify_checksum
from shamir_mnemonic.shamir import ShareGroup
from shamir_mnemonic.wordlist import WORD_INDEX_MAP, WORDLIST

from unburnt.core.errors import CannotOpenError, UsageError
from unburnt.crypto.hashing import digest

SECRET_SIZES = range(16, 65, 2)
"""Bytes of a secret SLIP-39 can split; 32 give cards of 33 words."""

COUNT_LIMIT = 16
"""Most groups, and most cards of a group (SLIP-39)."""

EXPONENT_LIMIT = 3
"""Largest iteration exponent read; each step doubles the time, 15 would take minutes."""

WORD_LIMIT = 59
"""Words on the longest card, that of 64 bytes."""

SALT_SIZE = 16
_CHECKSUM_WORDS = 3
_WORD_LETTERS = 8  # the longest words of the list


def split(
    secret: bytes, groups: Sequence[tuple[int, int]], group_threshold: int
) -> list[list[str]]:
    """Return the cards of each group; `groups` lists (cards needed, cards made).

    The secret comes back from `group_threshold` groups, each with as many cards as it needs.
    `secret` has 16 to 64 bytes, an even number. UsageError for numbers that do not fit, and for
    groups of several cards of which one would do (SLIP-39 forbids them).
    """
    sound = len(secret) in SECRET_SIZES and 1 <= group_threshold <= len(groups) <= COUNT_LIMIT
    if not sound or not all(
        1 <= needed <= made <= COUNT_LIMIT and (needed > 1 or made == 1) for needed, made in groups
    ):
        raise UsageError(
            "A secret cannot be split into these groups.",
            "At most 16 groups of at most 16 cards; where one card is enough, make only one.",
        )
    cards: list[list[str]] = generate_mnemonics(
        group_threshold, groups, secret, extendable=True, iteration_exponent=0
    )
    return cards


def combine(mnemonics: Sequence[str]) -> bytes:
    """Return the secret of enough cards of one set; more than enough does no harm.

    UsageError names the card and word that is mistyped. CannotOpenError, for every reason alike,
    for cards that are too few, of other sets or contradict each other. The library's own check
    covers sets where two or more cards or groups are needed, and only 4 bytes: verify the result.
    """
    return _recover([_parse(text, number) for number, text in enumerate(mnemonics, start=1)])


@dataclass(frozen=True, slots=True)
class Counted:
    """How far cards of one set reach: group, from 1 → (different cards given, cards needed)."""

    groups: Mapping[int, tuple[int, int]]
    groups_needed: int

    @property
    def enough(self) -> bool:
        """Whether enough groups are whole."""
        whole = sum(has >= needed for has, needed in self.groups.values())
        return whole >= self.groups_needed


def tally(mnemonics: Sequence[str]) -> Counted | None:
    """Return how many cards of which group these are; None unless all are of one set.

    Both thresholds stand on every card (SLIP-39), so this tells nobody anything new. UsageError as
    `combine`.
    """
    cards = [_parse(text, number) for number, text in enumerate(mnemonics, start=1)]
    if len({card.common_parameters() for card in cards}) != 1:
        return None
    groups: dict[int, tuple[int, int]] = {}
    for group in sorted({card.group_index for card in cards}):
        own = [card for card in cards if card.group_index == group]
        if len({card.member_threshold for card in own}) != 1:
            return None
        groups[group + 1] = (len({card.index for card in own}), own[0].member_threshold)
    return Counted(groups, cards[0].group_threshold)


def share_hash(salt: bytes, mnemonic: str) -> str:
    """Return the published hash, in hex, by which a trustee checks their own card alone.

    SHA-256("unburnt/share/v1" ‖ 0x00 ‖ salt ‖ words), the words in lower case with single spaces;
    `salt` has 16 bytes. UsageError as `combine`.
    """
    if len(salt) != SALT_SIZE:
        raise UsageError("The salt of a share hash is 16 bytes.", "Take it from the roster.")
    words = " ".join(_parse(mnemonic, 1).words())
    return digest("unburnt/share/v1", salt + words.encode("ascii")).hex()


def _recover(shares: Sequence[Share], passphrase: bytes = b"") -> bytes:
    """Combine parsed shares; the passphrase serves only to check published test vectors."""
    secret = None
    with contextlib.suppress(MnemonicError, ValueError):  # whose messages repeat words of cards
        secret = _combine(shares, passphrase)
    if secret is None:
        raise CannotOpenError
    return secret


def _combine(shares: Sequence[Share], passphrase: bytes) -> bytes | None:
    places = {(share.group_index, share.index): share for share in shares}
    if any(places[share.group_index, share.index] != share for share in shares):
        return None  # two different cards claim one place
    if len({share.common_parameters() for share in shares}) != 1:
        return None  # no cards, or cards of different sets
    if len({share.group_parameters() for share in shares}) != len({s.group_index for s in shares}):
        return None  # cards of one group disagree on how many it needs
    if shares[0].iteration_exponent > EXPONENT_LIMIT:
        return None
    groups: dict[int, ShareGroup] = {}
    for _, share in sorted(places.items()):
        group = groups.setdefault(share.group_index, ShareGroup())
        if not group.is_complete():  # the library refuses more cards than are needed
            group.add(share)
    complete = [index for index, group in groups.items() if group.is_complete()]
    chosen = complete[: shares[0].group_threshold]
    secret: bytes = recover_ems({index: groups[index] for index in chosen}).decrypt(passphrase)
    return secret


def _parse(mnemonic: str, number: int) -> Share:
    """Return the share on a card; UsageError that names card `number` and the word at fault."""
    words = mnemonic.lower().split(maxsplit=WORD_LIMIT)
    for place, word in enumerate(words, start=1):
        if word not in WORD_INDEX_MAP:
            raise _mistyped(number, place, word)
    share, problem = None, ""
    try:
        share = Share.from_mnemonic(" ".join(words))
    except MnemonicError:
        problem = _problem(words)  # not the library's message: it repeats words of the card
    if share is None:
        raise UsageError(f"Card {number} does not read right: {problem}", "Compare with the card.")
    return share


def _mistyped(number: int, place: int, word: str) -> UsageError:
    close = difflib.get_close_matches(word[: 2 * _WORD_LETTERS], WORDLIST, n=3)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    return UsageError(
        f"Word {place} of card {number} is not in the word list.{hint}", "Compare with the card."
    )


def _problem(words: Sequence[str]) -> str:
    """Say what is wrong with a card whose words are all in the list."""
    indices = [WORD_INDEX_MAP[word] for word in words]
    if not _is_length(len(words)):
        return f"it has {len(words)} words, so one is missing or written twice."
    variants = (CUSTOMIZATION_STRING_EXTENDABLE, CUSTOMIZATION_STRING_ORIG)
    if any(verify_checksum(indices, customization) for customization in variants):
        return "its words fit each other, but it is no card of a shared secret."
    # The second variant matters only when the wrong word is the one that names the variant.
    for customization in variants:
        expected = _joined(create_checksum(indices[:-_CHECKSUM_WORDS], customization))
        place = _places(len(words)).get(expected ^ _joined(indices[-_CHECKSUM_WORDS:]))
        if place is not None:
            return f"word {place} does not fit the others."
    return "more than one word is wrong, or two have changed places."


def _is_length(words: int) -> bool:
    # 7 words around the value; at most 8 bits of padding to whole 16 bits (SLIP-39).
    return words >= 20 and 10 * (words - 7) % 16 <= 8


@lru_cache(maxsize=2)
def _places(length: int) -> Mapping[int, int]:
    """Return {change of the checksum: place, from 1, of the one wrong word that causes it}.

    The checksum is linear over bits, so each word's 1,023 changes are sums of ten; it tells one
    wrong word from another with certainty, as its distance is four words. Only the place is ever
    told, never the word: SLIP-39 warns against correcting a card.
    """
    data = length - _CHECKSUM_WORDS
    zero = _joined(create_checksum([0] * data, CUSTOMIZATION_STRING_ORIG))
    places: dict[int, int] = {}
    for place in range(length):
        reachable = {0}
        for bit in range(10):
            if place < data:
                unit = [1 << bit if other == place else 0 for other in range(data)]
                effect = _joined(create_checksum(unit, CUSTOMIZATION_STRING_ORIG)) ^ zero
            else:
                effect = 1 << 10 * (length - 1 - place) + bit
            reachable |= {other ^ effect for other in reachable}
        places |= dict.fromkeys(reachable - {0}, place + 1)
    return places


def _joined(words: Sequence[int]) -> int:
    value = 0
    for word in words:
        value = value << 10 | word
    return value
