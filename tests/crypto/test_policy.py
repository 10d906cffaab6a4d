"""Policies are read strictly, and count whom they name: the quorum, and since when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError
from unburnt.crypto import note
from unburnt.crypto.checkpoint import Checkpoint, cosign
from unburnt.crypto.merkle import leaf_hash
from unburnt.crypto.note import COSIGNATURE, Note
from unburnt.crypto.policy import LINE_LIMIT, SIZE_LIMIT, is_witnessed, parse_policy
from unburnt.crypto.signing import SigningKey

PATH = Path(__file__).parents[1] / "vectors" / "witness" / "policy.json"
FROZEN = json.loads(PATH.read_text(encoding="utf-8"))
CASES = {case["case"]: case for case in FROZEN["cases"]}
POLICY = FROZEN["policy"].encode()

KEYS = {name: SigningKey.from_seed(name.encode() * 32) for name in "abcdefgh"}
LOG = SigningKey.from_seed(b"L" * 32)
OTHER = SigningKey.from_seed(b"M" * 32)
BASE = note.sign(Checkpoint("log", 1, leaf_hash(b"x")).text(), "log", LOG)


def line(name: str) -> str:
    return f"witness {name} {note.vkey(f'w/{name}', KEYS[name].public, COSIGNATURE)}\n"


def cosigned(**times: int) -> Note:
    signed = BASE
    for name, time in times.items():
        signed = cosign(signed, f"w/{name}", KEYS[name], time)
    return signed


@pytest.mark.parametrize("name", CASES)
def test_the_frozen_judgement_stands(name: str) -> None:
    case: dict[str, Any] = CASES[name]
    found = is_witnessed(parse_policy(POLICY), note.parse(case["note"].encode()))
    assert found.satisfied == case["satisfied"]
    assert found.since == case["since"]
    assert dict(found.times) == case["times"]


def test_a_policy_says_who_where_and_how_many() -> None:
    policy = parse_policy(POLICY)
    assert [log.verifier.name for log in policy.logs] == [CASES["nobody"]["note"].split("\n")[0]]
    assert [w.name for w in policy.witnesses] == ["berlin-1", "berlin-2", "vilnius"]
    assert policy.witnesses[2].url == "http://127.0.0.1:8490"
    assert [(g.name, g.threshold) for g in policy.groups] == [("berlin", 1), ("both", 2)]
    assert policy.quorum == "both"


ABC = line("a") + line("b") + line("c")
QUORUMS = {  # quorum lines, who cosigned when, since when the quorum had
    "one witness": ("quorum a\n", {"a": 5, "b": 1}, 5),
    "one witness that did not": ("quorum a\n", {"b": 1}, None),
    "two of three, the second to come counts": (
        "group g 2 a b c\nquorum g\n",
        {"a": 9, "b": 2, "c": 4},
        4,
    ),
    "two of three, but one came": ("group g 2 a b c\nquorum g\n", {"c": 4}, None),
    "any": ("group g any a b c\nquorum g\n", {"c": 7, "b": 8}, 7),
    "all": ("group g all a b c\nquorum g\n", {"a": 1, "b": 2, "c": 3}, 3),
    "a group inside a group": ("group g any a b\ngroup h all g c\nquorum h\n", {"b": 6, "c": 2}, 6),
    "a witness outside the quorum": ("group g all a b\nquorum g\n", {"a": 1, "c": 1}, None),
    "a quorum that lies before another group": ("quorum c\ngroup g all a b\n", {"c": 3}, 3),
}


@pytest.mark.parametrize(("lines", "times", "since"), QUORUMS.values(), ids=QUORUMS.keys())
def test_the_quorum_is_counted(lines: str, times: dict[str, int], since: int | None) -> None:
    found = is_witnessed(parse_policy((ABC + lines).encode()), cosigned(**times))
    assert (found.since, found.satisfied) == (since, since is not None)
    assert dict(found.times) == times


def test_a_policy_that_asks_for_nobody_never_makes_a_time() -> None:
    found = is_witnessed(parse_policy((ABC + "quorum none\n").encode()), cosigned(a=5))
    assert (found.satisfied, found.since) == (True, None)


def test_comments_spaces_and_empty_lines_say_nothing() -> None:
    spelled = f"# a\n\n \t# b\n\t{line('a').replace(' ', '  ')} quorum \t a \n"
    assert parse_policy(spelled.encode()) == parse_policy((line("a") + "quorum a\n").encode())


def test_a_log_that_the_policy_does_not_name_is_refused() -> None:
    policy = f"log {note.vkey('log', OTHER.public)}\n{line('a')}quorum a\n"
    with pytest.raises(ForeignDataError):
        is_witnessed(parse_policy(policy.encode()), cosigned(a=1))


def test_a_cosignature_of_another_time_refuses_the_note() -> None:
    signed = cosigned(a=1)
    last = signed.signatures[-1]
    forged = note.NoteSignature(last.name, last.key_id, b"\0" * 8 + last.signature[8:])
    with pytest.raises(ForeignDataError):
        is_witnessed(
            parse_policy((ABC + "quorum a\n").encode()),
            Note(signed.text, (BASE.signatures[0], forged)),
        )


LOG_VKEY = note.vkey("x", LOG.public)
SAME_KEY = f"witness z {note.vkey('other/name', KEYS['a'].public, COSIGNATURE)}\n"
WRONG = {
    "no quorum": ABC,
    "two quorums": ABC + "quorum a\nquorum a\n",
    "a quorum of nobody known": ABC + "quorum z\n",
    "a quorum before its group": ABC + "quorum g\ngroup g any a b\n",
    "a group of nobody": ABC + "group g any\nquorum a\n",
    "a group that waits for more than it has": ABC + "group g 4 a b c\nquorum g\n",
    "a group that waits for nobody": ABC + "group g 0 a b\nquorum g\n",
    "a number with a leading zero": ABC + "group g 02 a b\nquorum g\n",
    "a number in other digits": ABC + "group g ٢ a b\nquorum g\n",
    "a member twice": ABC + "group g 1 a a\nquorum g\n",
    "a member of two groups": ABC + "group g any a b\ngroup h any b c\nquorum h\n",
    "a group in itself": ABC + "group g any g\nquorum g\n",
    "none as a member": ABC + "group g any none a\nquorum g\n",
    "a witness called none": line("a").replace("witness a", "witness none") + "quorum none\n",
    "a name twice": ABC + line("d").replace("witness d", "witness a") + "quorum a\n",
    "a group named like a witness": ABC + "group a any b\nquorum a\n",
    "one key under two names": ABC + SAME_KEY + "quorum a\n",
    "one log twice": f"log {LOG_VKEY}\nlog {note.vkey('y', LOG.public)}\nquorum none\n",
    "a log key for a witness": f"witness a {note.vkey('w/a', KEYS['a'].public)}\nquorum a\n",
    "a witness key for a log": line("a").replace("witness a", "log") + "quorum none\n",
    "a key with a false id": line("a").replace("+", "+0", 1) + "quorum a\n",
    "two addresses": line("a")[:-1] + " http://a http://b\nquorum a\n",
    "another word": "cosigner a\nquorum none\n",
    "a capital letter": "Quorum none\n",
    "no line feed at the end": ABC + "quorum a",
    "a carriage return": ABC + "quorum a\r\n",
    "a zero byte": ABC + "quorum a\0\n",
    "a delete": ABC + "# \x7f\nquorum a\n",
    "a space of another script": ABC + "quorum\u00a0a\n",
    "nothing": "",
    "too long": "#" * SIZE_LIMIT + "\nquorum none\n",
    "too many groups": "".join(
        f"group g{n} any {f'g{n - 1}' if n else 'a'}\n" for n in range(LINE_LIMIT + 1)
    ),
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_policy_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(ForeignDataError):
        parse_policy(((ABC if text.startswith("group g0") else "") + text).encode())


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ForeignDataError):
        parse_policy(ABC.encode() + b"# \xff\nquorum a\n")


def test_the_deepest_policy_is_judged() -> None:
    nested = "".join(f"group g{n} all {f'g{n - 1}' if n else 'a'}\n" for n in range(LINE_LIMIT))
    policy = parse_policy((ABC + nested + f"quorum g{LINE_LIMIT - 1}\n").encode())
    assert is_witnessed(policy, cosigned(a=3)).since == 3


@given(
    st.binary(max_size=300)
    | st.text(alphabet=" \t\n#+/=abgjnorquwlk0129", max_size=300).map(str.encode)
)
def test_any_bytes_are_a_policy_or_refused(data: bytes) -> None:
    try:
        policy = parse_policy(data)
    except ForeignDataError:
        return
    assert policy.quorum


@given(st.data())
def test_a_changed_policy_is_refused_or_counts_no_stranger(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(POLICY) - 1))
    piece = data.draw(st.binary(max_size=3))
    changed = POLICY[:at] + piece + POLICY[at + data.draw(st.integers(0, 3)) :]
    try:
        policy = parse_policy(changed)
    except ForeignDataError:
        return
    known = {w.verifier for w in parse_policy(POLICY).witnesses}
    assert {w.verifier for w in policy.witnesses} <= known  # a changed key never reads as another
