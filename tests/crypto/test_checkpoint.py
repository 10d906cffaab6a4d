"""Checkpoints and cosignatures agree with those of public logs and witnesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unburnt.core.errors import ForeignDataError, UsageError
from unburnt.crypto import checkpoint, merkle, note
from unburnt.crypto.checkpoint import Checkpoint, cosign, cosigned_by, verify_cosignature
from unburnt.crypto.note import COSIGNATURE, Note, NoteSignature, Verifier
from unburnt.crypto.signing import SigningKey

# A public log's checkpoint as it was served: two lines by the log, four by witnesses.
PUBLIC_LOG = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHb\
dQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3Nyg\
NI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhI\
gcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75\
W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTy\
nk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/\
2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
"""
LOG_VKEY = (
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
)
WITNESS_VKEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
COSIGNED_AT = 0x6A122120

KEY = SigningKey.from_seed(bytes(range(32)))
WITNESS = SigningKey.from_seed(b"w" * 32)
COSIGNER = Verifier("witness.example/w1", WITNESS.public)
STATE = Checkpoint("unburnt/archive/device", 3, bytes(range(32)))
ORIGINS = st.text(
    st.characters(blacklist_categories=["Cs"], min_codepoint=0x20), min_size=1, max_size=60
).filter(lambda origin: not origin.startswith("cosignature/v1"))


def signed() -> Note:
    return note.sign(STATE.text(), STATE.origin, KEY)


def test_a_public_logs_checkpoint_and_its_witness_verify() -> None:
    parsed = note.parse(PUBLIC_LOG.encode())
    state = checkpoint.parse_checkpoint(parsed.text)
    assert (state.origin, state.size) == ("arche2025h1.staging.ct.transparency.dev", 1432088532)
    assert note.verified_by(parsed, [note.parse_vkey(LOG_VKEY)]) == (state.origin,)
    witness = note.parse_vkey(WITNESS_VKEY, COSIGNATURE)
    assert verify_cosignature(parsed, witness) == COSIGNED_AT
    assert note.vkey(witness.name, witness.public, COSIGNATURE) == WITNESS_VKEY


def test_the_same_signatures_are_false_for_another_size() -> None:
    parsed = note.parse(PUBLIC_LOG.replace("1432088532", "1432088533").encode())
    with pytest.raises(ForeignDataError):
        note.verified_by(parsed, [note.parse_vkey(LOG_VKEY)])
    with pytest.raises(ForeignDataError):
        verify_cosignature(parsed, note.parse_vkey(WITNESS_VKEY, COSIGNATURE))


@given(ORIGINS, st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_decoding_undoes_encoding(origin: str, size: int, root: bytes) -> None:
    state = Checkpoint(origin, size, root)
    assert checkpoint.parse_checkpoint(state.text()) == state


@given(st.text(max_size=120))
def test_junk_is_only_ever_foreign_data(text: str) -> None:
    with pytest.raises(ForeignDataError):
        checkpoint.parse_checkpoint(text)


ROOT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
MALFORMED = {
    "no origin": f"\n3\n{ROOT}\n",
    "a leading zero": f"log\n03\n{ROOT}\n",
    "a plus sign": f"log\n+3\n{ROOT}\n",
    "a minus sign": f"log\n-3\n{ROOT}\n",
    "digits of another script": f"log\n٣\n{ROOT}\n",
    "a size beyond 63 bits": f"log\n9223372036854775808\n{ROOT}\n",
    "an empty log with another root": f"log\n0\n{ROOT}\n",
    "an extension line": f"log\n3\n{ROOT}\nextension\n",
    "no final line feed": f"log\n3\n{ROOT}",
    "a carriage return": f"log\r\n3\n{ROOT}\n",
    "a root of 31 bytes": "log\n3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n",
    "stray bits in the root": f"log\n3\n{ROOT[:-2]}9=\n",
    "another base64 alphabet": f"log\n3\n{'_' * 43}=\n",
    "an origin that begins a cosigned message": f"cosignature/v1\n3\n{ROOT}\n",
    "an origin too long": f"{'o' * 1025}\n3\n{ROOT}\n",
    "a lone surrogate": f"\ud800\n3\n{ROOT}\n",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_another_spelling_is_refused(text: str) -> None:
    assert checkpoint.parse_checkpoint(f"log\n3\n{ROOT}\n") == Checkpoint("log", 3, STATE.root)
    with pytest.raises(ForeignDataError):
        checkpoint.parse_checkpoint(text)


def test_an_empty_log_has_a_checkpoint() -> None:
    empty = Checkpoint("log", 0, merkle.EMPTY_ROOT)
    assert checkpoint.parse_checkpoint(empty.text()) == empty


# --- cosignatures --------------------------------------------------------------------------------


@given(st.integers(0, 2**63 - 1))
def test_a_cosignature_tells_its_time(time: int) -> None:
    cosigned = cosign(signed(), COSIGNER.name, WITNESS, time)
    assert verify_cosignature(note.parse(cosigned.encode()), COSIGNER) == time
    assert note.verified_by(cosigned, [Verifier(STATE.origin, KEY.public)]) == (STATE.origin,)


def test_who_did_not_cosign_is_none_and_a_newer_cosignature_replaces_ours() -> None:
    assert verify_cosignature(signed(), COSIGNER) is None
    twice = cosign(cosign(signed(), COSIGNER.name, WITNESS, 5), COSIGNER.name, WITNESS, 9)
    assert len(twice.signatures) == 2
    assert cosigned_by(twice, [COSIGNER]) == {COSIGNER.name: 9}


def test_of_several_cosignatures_the_latest_counts_and_each_must_be_true() -> None:
    early = cosign(signed(), COSIGNER.name, WITNESS, 5).signatures[-1]
    late = cosign(signed(), COSIGNER.name, WITNESS, 9).signatures[-1]
    both = Note(STATE.text(), (late, early))
    assert verify_cosignature(both, COSIGNER) == 9
    false = NoteSignature(early.name, early.key_id, early.signature[:7] + late.signature[7:-1])
    with pytest.raises(ForeignDataError):
        verify_cosignature(Note(STATE.text(), (late, false)), COSIGNER)


@given(st.integers(0, 8 * 72 - 1))
def test_a_flipped_bit_in_time_or_signature_is_false(bit: int) -> None:
    line = cosign(signed(), COSIGNER.name, WITNESS, 1_700_000_000).signatures[-1]
    blob = bytearray(line.signature)
    blob[bit // 8] ^= 1 << bit % 8
    changed = Note(STATE.text(), (NoteSignature(line.name, line.key_id, bytes(blob)),))
    with pytest.raises(ForeignDataError):
        verify_cosignature(changed, COSIGNER)


def test_a_note_signature_is_no_cosignature_nor_the_reverse() -> None:
    key_as_cosigner = Verifier(STATE.origin, KEY.public)
    assert verify_cosignature(signed(), key_as_cosigner) is None
    cosigned = cosign(signed(), COSIGNER.name, WITNESS, 5)
    assert note.verified_by(cosigned, [COSIGNER]) == ()
    with pytest.raises(UsageError):
        note.sign(f"cosignature/v1\ntime 5\n{STATE.text()}", COSIGNER.name, WITNESS)


def test_one_key_cannot_make_a_quorum_of_two() -> None:
    cosigned = cosign(signed(), COSIGNER.name, WITNESS, 5)
    with pytest.raises(UsageError):
        cosigned_by(cosigned, [COSIGNER, Verifier("witness.example/w2", WITNESS.public)])


def test_only_checkpoints_are_cosigned_under_a_legal_name_and_time() -> None:
    with pytest.raises(ForeignDataError):
        cosign(note.sign("no checkpoint\n", "a", KEY), COSIGNER.name, WITNESS, 5)
    with pytest.raises(ForeignDataError):
        cosigned_by(note.sign("no checkpoint\n", "a", KEY), [COSIGNER])
    for name, time in (("with space", 5), ("", 5), ("a", -1), ("a", 2**63)):
        with pytest.raises(UsageError):
            cosign(signed(), name, WITNESS, time)
