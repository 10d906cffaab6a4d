"""SLIP-39 cards: any sufficient set restores the secret; mistakes are named, secrets are not."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
import traceback
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import Share
from shamir_mnemonic.wordlist import WORDLIST

from tests.shared_data import shared
from unburnt.core.errors import CannotOpenError, UnburntError, UsageError
from unburnt.crypto import shares
from unburnt.crypto.shares import combine, share_hash, split, tally

SECRET = bytes(range(32))
INSIDE, ABROAD = split(SECRET, [(2, 3), (2, 3)], group_threshold=2)
CARD = INSIDE[0]
WORDS = CARD.split()


def test_a_card_has_33_words_of_the_list() -> None:
    assert {len(card.split()) for card in [*INSIDE, *ABROAD]} == {33}
    assert {word for card in INSIDE for word in card.split()} <= set(WORDLIST)


def test_two_inside_and_two_abroad_restore_and_nothing_less_does() -> None:
    for count in range(7):
        for cards in itertools.combinations([*INSIDE, *ABROAD], count):
            enough = all(sum(card in group for card in cards) >= 2 for group in (INSIDE, ABROAD))
            if enough:
                assert combine(cards) == SECRET
                assert combine([*reversed(cards), cards[0]]) == SECRET
            else:
                with pytest.raises(CannotOpenError):
                    combine(cards)


PLANS = st.lists(
    st.integers(1, 5).flatmap(
        lambda needed: st.tuples(st.just(needed), st.integers(needed, 5 if needed > 1 else 1))
    ),
    min_size=1,
    max_size=4,
).flatmap(lambda groups: st.tuples(st.just(groups), st.integers(1, len(groups))))


@settings(max_examples=15)
@given(st.binary(min_size=32, max_size=32), PLANS, st.randoms(use_true_random=False))
def test_every_plan_restores_from_any_sufficient_cards(
    secret: bytes, plan: tuple[list[tuple[int, int]], int], random: Random
) -> None:
    groups, threshold = plan
    cards = split(secret, groups, threshold)
    assert [len(group) for group in cards] == [made for _, made in groups]
    chosen = random.sample(range(len(groups)), threshold)
    given_cards = [card for i in chosen for card in random.sample(cards[i], groups[i][0])]
    random.shuffle(given_cards)
    assert combine(given_cards) == secret


@pytest.mark.parametrize(
    ("size", "groups", "threshold"),
    [
        (32, [], 0),
        (32, [(2, 3)], 0),
        (32, [(2, 3)], 2),
        (32, [(4, 3)], 1),
        (32, [(0, 3)], 1),
        (32, [(1, 3)], 1),
        (32, [(2, 17)], 1),
        (32, [(1, 1)] * 17, 2),
        (15, [(2, 3)], 1),
        (14, [(2, 3)], 1),
        (66, [(2, 3)], 1),
        (0, [(2, 3)], 1),
    ],
)
def test_numbers_that_do_not_fit_are_refused(
    size: int, groups: list[tuple[int, int]], threshold: int
) -> None:
    with pytest.raises(UsageError):
        split(bytes(size), groups, threshold)


def test_splitting_twice_gives_other_cards_that_do_not_mix() -> None:
    other = split(SECRET, [(2, 3), (2, 3)], group_threshold=2)
    assert other[0][0] != CARD
    for mixed in (
        [INSIDE[0], other[0][1], *ABROAD[:2]],
        [*INSIDE[:2], *other[1][:2]],
        [*INSIDE[:2], *ABROAD[:2], other[0][2]],
    ):
        with pytest.raises(CannotOpenError):
            combine(mixed)


def test_two_cards_that_claim_one_place_are_refused_whatever_else_is_there() -> None:
    share = Share.from_mnemonic(CARD)
    forged = Share(*(*share.__dict__.values(),)[:-1], bytes(32)).mnemonic()
    for cards in ([CARD, forged, *ABROAD[:2]], [*INSIDE, forged, *ABROAD]):
        with pytest.raises(CannotOpenError):
            combine(cards)


def test_a_forged_card_is_noticed_by_the_digest() -> None:
    share = Share.from_mnemonic(CARD)
    forged = Share(*(*share.__dict__.values(),)[:-1], bytes(32)).mnemonic()
    with pytest.raises(CannotOpenError):
        combine([forged, INSIDE[1], *ABROAD[:2]])


def test_a_hostile_number_of_iterations_costs_no_time() -> None:
    fields = Share.from_mnemonic(split(SECRET, [(1, 1)], 1)[0][0]).__dict__
    hostile = Share(**(fields | {"iteration_exponent": 15})).mnemonic()
    started = time.perf_counter()
    with pytest.raises(CannotOpenError):
        combine([hostile])
    assert time.perf_counter() - started < 2.0


# --- mistyped cards ------------------------------------------------------------------------------


def test_how_a_card_is_spaced_and_capitalised_does_not_matter() -> None:
    spelled = "  " + CARD.upper().replace(" ", "\n\t ") + "\n"
    assert combine([spelled, INSIDE[1], *ABROAD[:2]]) == SECRET


@pytest.mark.parametrize("place", [0, 6, 32])
def test_a_word_that_is_not_in_the_list_is_named_by_its_place_with_a_suggestion(place: int) -> None:
    words = list(WORDS)
    words[place] = words[place][:3] + "q" + words[place][3:]
    with pytest.raises(UsageError) as caught:
        combine([*INSIDE[1:], " ".join(words), *ABROAD])
    said = str(caught.value)
    assert f"Word {place + 1} of card 3 " in said
    assert WORDS[place] in said
    suggested = set(said.partition("mean ")[2].partition("?")[0].split(" or "))
    assert len(suggested) <= 3
    kept_secret = set(WORDS) - {WORDS[place]} - suggested - {"check", "card", "list", "with"}
    assert not kept_secret & set(said.lower().replace(".", "").replace("?", "").split())


@given(st.integers(0, 32), st.sampled_from(WORDLIST))
def test_a_wrong_word_of_the_list_is_named_by_its_place_alone(place: int, word: str) -> None:
    if word == WORDS[place]:
        return
    words = [*WORDS[:place], word, *WORDS[place + 1 :]]
    with pytest.raises(UsageError) as caught:
        combine([" ".join(words)])
    assert caught.value.message == (
        f"Card 1 does not read right: word {place + 1} does not fit the others."
    )


def test_exchanged_and_missing_words_are_said_to_be_so() -> None:
    exchanged = [*WORDS[:7], WORDS[8], WORDS[7], *WORDS[9:]]
    for words, said in (
        (exchanged, "changed places"),
        (WORDS[:-1], "32 words"),
        ([*WORDS, WORDS[0]], "34 words"),
        ([], "0 words"),
        (WORDS[:19], "19 words"),
    ):
        with pytest.raises(UsageError, match=said):
            combine([" ".join(words)])


def test_no_failure_carries_words_of_a_card_not_even_in_its_traceback() -> None:
    other = split(SECRET, [(2, 3), (2, 3)], group_threshold=2)
    for cards in (
        [CARD],
        [*INSIDE[:2], *other[1][:2]],
        [" ".join([*WORDS[:7], WORDS[8], WORDS[7], *WORDS[9:]])],
        [" ".join(WORDS[:-1])],
    ):
        with pytest.raises(UnburntError) as caught:
            combine(cards)
        assert caught.value.__context__ is None
        printed = "".join(traceback.format_exception_only(caught.value)).lower()
        assert " ".join(WORDS[:2]) not in printed


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from([*WORDLIST[:50], *WORDS]), max_size=70).map(" ".join)
    | st.permutations(WORDS).map(" ".join)
)
def test_junk_is_only_ever_a_mistake_or_cannot_be_opened(text: str) -> None:
    for cards in ([text], [CARD, text]):
        with pytest.raises((UsageError, CannotOpenError)):
            combine(cards)


# --- share hashes --------------------------------------------------------------------------------


def test_a_share_hash_is_the_labelled_digest_of_salt_and_words() -> None:
    salt = bytes(range(16))
    expected = hashlib.sha256(b"unburnt/share/v1\x00" + salt + CARD.encode()).hexdigest()
    assert share_hash(salt, CARD) == expected
    assert share_hash(salt, f" {CARD.upper()}\n") == expected
    assert share_hash(bytes(16), CARD) != expected
    assert share_hash(salt, INSIDE[1]) != expected


def test_a_share_hash_of_a_mistyped_card_or_with_a_short_salt_is_refused() -> None:
    for salt, card in ((bytes(15), CARD), (bytes(17), CARD), (bytes(16), " ".join(WORDS[::-1]))):
        with pytest.raises(UsageError):
            share_hash(salt, card)


# --- other people's cases ------------------------------------------------------------------------


@pytest.mark.shared
def test_the_official_vectors() -> None:
    """They use the passphrase TREZOR; without it the same cards give another secret in silence."""
    cases = json.loads(shared("vectors/slip39/vectors.json").read_text())
    opened = 0
    for description, cards, secret, _ in cases:
        if not secret:
            with pytest.raises((UsageError, CannotOpenError)):
                combine(cards)
            continue
        parsed = [shares._parse(card, 1) for card in cards]
        assert shares._recover(parsed, b"TREZOR").hex() == secret, description
        assert combine(cards).hex() != secret
        opened += 1
    assert (len(cases), opened) == (45, 15)


@pytest.mark.shared
def test_the_word_list_is_the_official_one() -> None:
    assert shared("vectors/slip39/wordlist.txt").read_text().split() == WORDLIST


GROUPS = [(2, 3), (3, 5)]
COUNTED = {
    "one card": ([(0, 0)], {1: (1, 2)}, False),
    "one group whole": ([(0, 0), (0, 1)], {1: (2, 2)}, False),
    "the same card twice": ([(0, 0), (0, 0)], {1: (1, 2)}, False),
    "one card short": ([(0, 0), (0, 1), (1, 0), (1, 1)], {1: (2, 2), 2: (2, 3)}, False),
    "both groups": ([(0, 0), (0, 2), (1, 0), (1, 1), (1, 4)], {1: (2, 2), 2: (3, 3)}, True),
}


@pytest.mark.parametrize(("chosen", "groups", "enough"), COUNTED.values(), ids=COUNTED.keys())
def test_cards_say_how_many_of_which_group_are_there_and_needed(
    chosen: list[tuple[int, int]], groups: dict[int, tuple[int, int]], enough: bool
) -> None:
    made = split(bytes(range(32)), GROUPS, 2)
    counted = tally([made[group][card] for group, card in chosen])
    assert counted is not None
    assert (counted.groups, counted.groups_needed, counted.enough) == (groups, 2, enough)


def test_cards_of_different_sets_are_not_counted() -> None:
    one, other = split(bytes(32), [(2, 3)], 1)[0], split(bytes(32), [(2, 3)], 1)[0]
    assert tally([one[0], other[1]]) is None
    assert tally([]) is None
