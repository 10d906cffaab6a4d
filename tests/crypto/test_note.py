"""Signed notes agree with other programs' notes, and have one spelling only."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import note
from unburnt.crypto.note import COSIGNATURE, Note, NoteSignature, Verifier
from unburnt.crypto.signing import SigningKey

# The published example of Go's sumdb/note (golang.org/x/mod, BSD-3-Clause): two keys, one text.
PETER_KEY = SigningKey.from_seed(
    bytes.fromhex("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173")
)
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
    "qdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTG"
    "wnWLox33WWd1RvMc+QQ=\n"
)
BOTH = f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}".encode()

KEY = SigningKey.from_seed(bytes(range(32)))
TEXTS = (
    st.text(
        st.characters(blacklist_categories=["Cs"], min_codepoint=0x20) | st.just("\n"), max_size=60
    )
    .map(lambda text: text + "\n")
    .filter(lambda text: not text.startswith("cosignature/v1\n"))
)
NAMES = st.from_regex(r"[a-zа-яё0-9./:—-]{1,30}", fullmatch=True)


def test_our_signature_is_the_one_another_program_made() -> None:
    made = note.sign(TEXT, "PeterNeumann", PETER_KEY)
    assert made.encode() == f"{TEXT}\n{PETER_LINE}".encode()
    assert note.vkey("PeterNeumann", PETER_KEY.public) == PETER


def test_a_note_of_another_program_is_verified_by_the_keys_we_trust() -> None:
    parsed = note.parse(BOTH)
    peter, enoch = note.parse_vkey(PETER), note.parse_vkey(ENOCH)
    assert parsed.encode() == BOTH
    assert note.verified_by(parsed, [peter, enoch]) == ("PeterNeumann", "EnochRoot")
    assert note.verified_by(parsed, [enoch]) == ("EnochRoot",)
    assert note.verified_by(parsed, []) == ()


def test_the_specifications_own_example_verifies() -> None:
    spelled = (
        "This is an example message.\n\n"
        "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3"
        "mFXmRKuwHjG1Yu72IneyaQM=\n"
    )
    key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    parsed = note.parse(spelled.encode())
    assert note.verified_by(parsed, [note.parse_vkey(key)]) == ("example.com/foo",)


@given(TEXTS, st.lists(NAMES, min_size=1, max_size=4, unique=True))
def test_decoding_undoes_encoding(text: str, names: list[str]) -> None:
    made = note.sign(text, names[0], KEY)
    for number, name in enumerate(names[1:], start=1):
        made = note.add_signature(made, name, SigningKey.from_seed(bytes([number]) * 32))
    assert note.parse(made.encode()) == made
    assert note.verified_by(made, [Verifier(names[0], KEY.public)]) == (names[0],)


@given(st.binary(max_size=300) | st.text(max_size=120).map(lambda t: t.encode("utf-8", "replace")))
def test_junk_is_only_ever_foreign_data(data: bytes) -> None:
    try:
        parsed = note.parse(data)
    except ForeignDataError:
        return
    assert parsed.encode() == data


@given(st.integers(0, len(BOTH) - 1), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_no_longer_verifies(place: int, byte: int) -> None:
    if BOTH[place] == byte:
        return
    changed = BOTH[:place] + bytes([byte]) + BOTH[place + 1 :]
    verifiers = [note.parse_vkey(PETER), note.parse_vkey(ENOCH)]
    try:
        parsed = note.parse(changed)
        names = note.verified_by(parsed, verifiers)
    except ForeignDataError:
        return
    assert parsed.encode() == changed
    assert len(names) < 2  # a changed name or key id: that line is a stranger's now


PETER_BLOB = PETER_LINE.split(" ")[2].strip()
MALFORMED = {
    "no signatures": TEXT,
    "an empty block of signatures": f"{TEXT}\n",
    "no final line feed": f"{TEXT}\n{PETER_LINE}"[:-1],
    "no empty line": f"{TEXT}{PETER_LINE}",
    "a control character in the text": f"\x01{TEXT}\n{PETER_LINE}",
    "a tab in the text": f"\t{TEXT}\n{PETER_LINE}",
    "a carriage return": f"{TEXT}\n{PETER_LINE}".replace("\n", "\r\n"),
    "a line that is no signature": f"{TEXT}\n{PETER_LINE}Unexpected line.\n",
    "a hyphen for the dash": f"{TEXT}\n-{PETER_LINE[1:]}",
    "two spaces after the dash": f"{TEXT}\n—  {PETER_LINE[2:]}",
    "a space in a name": f"{TEXT}\n— Bad Name {PETER_BLOB}\n",
    "a no-break space in a name": f"{TEXT}\n— Bad\u00a0Name {PETER_BLOB}\n",
    "a plus in a name": f"{TEXT}\n— Bad+Name {PETER_BLOB}\n",
    "no name": f"{TEXT}\n—  {PETER_BLOB}\n",
    "a trailing space": f"{TEXT}\n{PETER_LINE[:-1]} \n",
    "base64 without padding": f"{TEXT}\n{PETER_LINE[:-2]}\n",
    "base64 with stray bits": f"{TEXT}\n{PETER_LINE[:-4]}N=\n",
    "base64 of another alphabet": f"{TEXT}\n{PETER_LINE}".replace("/", "_"),
    "a key id without a signature": f"{TEXT}\n— PeterNeumann x08gow==\n",
    "a byte order mark instead of a dash": f"{TEXT}\n\ufeff{PETER_LINE}",
    "101 signatures": f"{TEXT}\n{PETER_LINE * 101}",
}


@pytest.mark.parametrize("spelled", MALFORMED.values(), ids=MALFORMED)
def test_another_spelling_is_refused(spelled: str) -> None:
    with pytest.raises(ForeignDataError):
        note.parse(spelled.encode())


def test_bytes_that_are_no_text_or_too_many_are_refused() -> None:
    for data in (b"\xff" + BOTH, BOTH.replace("—".encode(), b"\x80"), b"", b"\n\n"):
        with pytest.raises(ForeignDataError):
            note.parse(data)
    assert note.parse(BOTH, limit=len(BOTH)).text == TEXT
    with pytest.raises(ForeignDataError):
        note.parse(BOTH, limit=len(BOTH) - 1)


def test_a_text_may_have_empty_lines_and_lines_that_look_like_signatures() -> None:
    made = note.sign(f"one\n\n{PETER_LINE}\n\n", "b", KEY)
    assert note.parse(made.encode()) == made
    assert note.verified_by(made, [note.parse_vkey(PETER)]) == ()


def test_a_hundred_signatures_are_accepted() -> None:
    lines = tuple(NoteSignature(f"name{i}", bytes(4), b"x" * 64) for i in range(100))
    assert note.parse(Note(TEXT, lines).encode()).signatures == lines


def test_a_false_signature_by_a_trusted_key_refuses_the_whole_note() -> None:
    false = base64.b64encode(base64.b64decode(PETER_BLOB)[:-1] + b"\x00").decode()
    spelled = f"{TEXT}\n{ENOCH_LINE}— PeterNeumann {false}\n".encode()
    parsed = note.parse(spelled)
    assert note.verified_by(parsed, [note.parse_vkey(ENOCH)]) == ("EnochRoot",)
    with pytest.raises(ForeignDataError):
        note.verified_by(parsed, [note.parse_vkey(PETER), note.parse_vkey(ENOCH)])


def test_a_line_that_shares_only_the_name_or_only_the_key_id_is_a_strangers() -> None:
    parsed = note.parse(BOTH)
    only_name = Verifier("PeterNeumann", KEY.public)
    assert note.verified_by(parsed, [only_name]) == ()
    renamed = note.parse(BOTH.replace(b"PeterNeumann", b"Impostor"))
    assert note.verified_by(renamed, [note.parse_vkey(PETER)]) == ()


def test_one_key_cannot_count_as_two_signers() -> None:
    peter = note.parse_vkey(PETER)
    twice = Note(TEXT, note.parse(BOTH).signatures[:1] * 2)
    assert note.verified_by(twice, [peter, peter]) == ("PeterNeumann",)
    with pytest.raises(UsageError):
        note.verified_by(twice, [peter, Verifier("Alias", peter.public)])


def test_signing_again_changes_nothing_and_replaces_an_older_line_of_the_key() -> None:
    made = note.add_signature(note.sign(TEXT, "a", KEY), "b", PETER_KEY)
    assert note.add_signature(made, "a", KEY) == made
    broken = Note(TEXT, (NoteSignature("a", made.signatures[0].key_id, b"old"),))
    assert note.add_signature(broken, "a", KEY).encode() == note.sign(TEXT, "a", KEY).encode()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("no line feed", "a"),
        ("", "a"),
        ("control\x00\n", "a"),
        ("lone \ud800 surrogate\n", "a"),
        ("text\n", ""),
        ("text\n", "a b"),
        ("text\n", "a+b"),
        ("text\n", "a\ud800"),
        ("cosignature/v1\ntime 0\nlog\n", "a"),
    ],
)
def test_what_could_not_be_read_back_or_passes_for_a_cosignature_is_not_signed(
    text: str, name: str
) -> None:
    with pytest.raises(UsageError):
        note.sign(text, name, KEY)


# --- verifier keys -------------------------------------------------------------------------------


@given(NAMES, st.binary(min_size=32, max_size=32), st.sampled_from([note.ED25519, COSIGNATURE]))
def test_a_verifier_key_is_read_back(name: str, public: bytes, kind: int) -> None:
    spelled = note.vkey(name, public, kind)
    assert note.parse_vkey(spelled, kind) == Verifier(name, public)
    with pytest.raises(ForeignDataError):
        note.parse_vkey(spelled, COSIGNATURE if kind == note.ED25519 else note.ED25519)


def test_every_part_and_every_changed_letter_of_a_verifier_key_is_refused() -> None:
    for start in range(len(PETER)):
        for end in range(start, len(PETER) + 1):
            if (start, end) != (0, len(PETER)):
                with pytest.raises(ForeignDataError):
                    note.parse_vkey(PETER[start:end])
    for place, letter in enumerate(PETER):
        with pytest.raises(ForeignDataError):
            note.parse_vkey(PETER[:place] + chr(ord(letter) + 1) + PETER[place + 1 :])


@pytest.mark.parametrize(
    "spelled",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # too long
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # unknown type
        PETER.upper(),
        PETER.replace("c74f20a3", "C74F20A3"),
        PETER + "\n",
        "",
        "++",
        "\ud800+\ud800+\ud800",
    ],
)
def test_another_spelling_of_a_verifier_key_is_refused(spelled: str) -> None:
    with pytest.raises(ForeignDataError):
        note.parse_vkey(spelled)


@given(st.text(max_size=100))
def test_junk_is_no_verifier_key(spelled: str) -> None:
    with pytest.raises(ForeignDataError):
        note.parse_vkey(spelled)
