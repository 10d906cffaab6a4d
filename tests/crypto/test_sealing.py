"""age files: the stock program agrees, and every failure is one and the same error."""

from __future__ import annotations

import gc
import hashlib
import io
import subprocess
import tarfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import bech32
import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from tests.stock import stock
from unburnt.core.errors import CannotOpenError, ForeignDataError, UsageError
from unburnt.crypto import sealing
from unburnt.crypto.sealing import Identity, check_recipient, seal, unseal

ALICE = Identity.from_secret(bytes(range(32)))
BOB = Identity.from_secret(b"b" * 32)
EVE = Identity.from_secret(b"e" * 32)
SECRETS = st.binary(min_size=32, max_size=32)
P = 2**255 - 19


# --- identities and recipients -------------------------------------------------------------------


@given(SECRETS)
def test_an_identity_is_read_back_and_shows_no_secret(secret: bytes) -> None:
    identity = Identity.from_secret(secret)
    spelled = identity.to_age()
    assert Identity.from_age(spelled) == identity
    assert check_recipient(identity.recipient) == identity.recipient
    for shown in (repr(identity), str(identity), f"{identity!r}"):
        assert spelled not in shown
        assert secret.hex() not in shown
        assert repr(secret) not in shown


def test_an_identity_comes_from_the_randomness_given_and_is_32_bytes() -> None:
    assert Identity.generate(lambda n: bytes(range(n))) == ALICE
    for wrong in (b"", bytes(31), bytes(33)):
        with pytest.raises(ForeignDataError):
            Identity.from_secret(wrong)


SPELLED = ALICE.to_age()


@pytest.mark.parametrize(
    "text",
    [
        "",
        SPELLED.lower(),
        SPELLED[:-1],
        SPELLED + "\n",
        SPELLED[:-1] + ("Q" if SPELLED[-1] != "Q" else "P"),
        SPELLED.replace("SECRET", "sECRET"),
        ALICE.recipient,
        "\ud800",
        bech32.bech32_encode("age-secret-key-", [31] * 52).upper(),  # stray bits
    ],
)
def test_another_spelling_of_an_identity_is_refused(text: str) -> None:
    with pytest.raises(ForeignDataError):
        Identity.from_age(text)


def spelled_recipient(public: bytes) -> str:
    values = bech32.convertbits(public, 8, 5)
    assert values is not None
    return bech32.bech32_encode("age", values)


LOW_ORDER_U = (
    0,
    1,
    P - 1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ALICE.recipient.upper(),
        ALICE.recipient[:-1],
        ALICE.recipient + " ",
        "age1pq" + ALICE.recipient[6:],
        SPELLED,
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxW",
        *(spelled_recipient(u.to_bytes(32, "little")) for u in LOW_ORDER_U),
        *(spelled_recipient((P + n).to_bytes(32, "little")) for n in (0, 1, 9)),
        spelled_recipient((9 + 2**255).to_bytes(32, "little")),
    ],
)
def test_what_is_no_recipient_or_would_be_open_to_all_is_refused(text: str) -> None:
    with pytest.raises(ForeignDataError):
        check_recipient(text)
    with pytest.raises(ForeignDataError):
        seal(b"", [text])


@given(st.text(max_size=80))
def test_junk_is_neither_identity_nor_recipient(text: str) -> None:
    with pytest.raises(ForeignDataError):
        Identity.from_age(text)
    with pytest.raises(ForeignDataError):
        check_recipient(text)


# --- sealing and opening -------------------------------------------------------------------------


@given(st.binary(max_size=200))
def test_each_recipient_opens_and_nobody_else(plaintext: bytes) -> None:
    sealed = seal(plaintext, [ALICE.recipient, BOB.recipient])
    assert unseal(sealed, [ALICE]) == plaintext
    assert unseal(sealed, [EVE, BOB]) == plaintext
    with pytest.raises(CannotOpenError):
        unseal(sealed, [EVE])
    with pytest.raises(CannotOpenError):
        unseal(sealed, [])


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 200_000])
def test_every_size_around_a_chunk_comes_back(size: int) -> None:
    plaintext = hashlib.shake_128(b"plaintext").digest(size)
    assert unseal(seal(plaintext, [ALICE.recipient]), [ALICE]) == plaintext


def test_the_most_recipients_that_may_be_sealed_to_can_be_opened_by_the_last() -> None:
    others = [Identity.from_secret(bytes([n]) * 32).recipient for n in range(1, 128)]
    assert unseal(seal(b"x", [*others, ALICE.recipient]), [EVE, ALICE]) == b"x"
    for count in (0, 129):
        with pytest.raises(UsageError):
            seal(b"x", [ALICE.recipient] * count)


SEALED = seal(b"plaintext" * 10_000, [ALICE.recipient])


@given(st.integers(0, len(SEALED) - 1))
def test_a_file_cut_anywhere_does_not_open(length: int) -> None:
    with pytest.raises(CannotOpenError):
        unseal(SEALED[:length], [ALICE])


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_a_changed_byte_does_not_open(place: int, change: int) -> None:
    changed = bytearray(SEALED)
    changed[place] ^= change
    with pytest.raises(CannotOpenError):
        unseal(bytes(changed), [ALICE])


@given(st.binary(min_size=1, max_size=70_000))
def test_anything_after_the_end_does_not_open(more: bytes) -> None:
    with pytest.raises(CannotOpenError):
        unseal(SEALED + more, [ALICE])


HEADER = SEALED[: SEALED.index(b"\n---")]
JUNK = st.binary(max_size=300) | st.lists(
    st.sampled_from([HEADER, b"\n-> ", b"\n--- ", b"X25519 ", b"scrypt ", b"A" * 43, b"\n", b" 18"])
    | st.binary(max_size=20),
    max_size=12,
).map(b"".join)


@given(JUNK)
def test_junk_only_ever_cannot_be_opened(junk: bytes) -> None:
    for data in (junk, HEADER[:22] + junk, HEADER + junk):
        with pytest.raises(CannotOpenError):
            unseal(data, [ALICE])


def test_all_failures_read_the_same() -> None:
    said = set()
    for data, identities in (
        (SEALED, [EVE]),
        (SEALED, []),
        (SEALED[:-1], [ALICE]),
        (SEALED[:100], [ALICE]),
        (b"", [ALICE]),
        (SEALED.replace(b"/v1", b"/v2"), [ALICE]),
    ):
        with pytest.raises(CannotOpenError) as caught:
            unseal(data, identities)
        said.add((str(caught.value), caught.value.__cause__))
    assert len(said) == 1


HOSTILE_HEADERS = {
    "a hundred thousand stanzas": b"-> x\n\n" * 100_000,
    "as many stanzas as the header may hold": b"-> x\n\n" * 2_600,
    "an endless line": b"-> " + b"a" * 5_000_000,
    "an endless body": b"-> x\n" + (b"A" * 64 + b"\n") * 50_000,
}


@pytest.mark.parametrize("lines", HOSTILE_HEADERS.values(), ids=HOSTILE_HEADERS)
def test_a_hostile_header_costs_no_time(lines: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(CannotOpenError):
        unseal(b"age-encryption.org/v1\n" + lines + b"--- " + b"A" * 43 + b"\n" + SEALED, [ALICE])
    assert time.perf_counter() - started < 1.0


# --- streams -------------------------------------------------------------------------------------


class Pipe:
    """Gives and takes a few bytes at a time, as pipes and sockets may."""

    def __init__(self, data: bytes, step: int) -> None:
        self.data, self.step, self.taken = data, step, b""

    def read(self, size: int, /) -> bytes:
        given, self.data = self.data[: min(self.step, size)], self.data[min(self.step, size) :]
        return given

    def write(self, data: bytes, /) -> int:
        self.taken += data[: self.step]
        return len(data[: self.step])


@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_streams_that_move_few_bytes_at_a_time_lose_none(step: int) -> None:
    plain = b"0123456789" * 1_000
    sealed = Pipe(plain, step)
    sealing.seal_stream(sealed, sealed, [ALICE.recipient])
    opened = Pipe(sealed.taken, step)
    sealing.unseal_stream(opened, opened, [ALICE])
    assert opened.taken == plain


class Disk(io.BytesIO):
    """Fails at the n-th reading or writing."""

    def __init__(self, data: bytes = b"", fails_at: int = 0, error: BaseException | None = None):
        super().__init__(data)
        self.left, self.error = fails_at, error or OSError(28, "No space left on device")

    def _count(self) -> None:
        if self.left == 0:
            raise self.error
        self.left -= 1

    def read(self, size: int | None = -1, /) -> bytes:
        self._count()
        return super().read(size)

    def write(self, data: object, /) -> int:
        self._count()
        return super().write(data)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1, 1_000, 9_000, 70_000, 200_000])
def test_a_disk_that_is_full_at_any_write_is_never_taken_for_success(size: int) -> None:
    counter = Disk(fails_at=1_000_000)
    sealing.seal_stream(io.BytesIO(bytes(size)), counter, [ALICE.recipient])
    writes = 1_000_000 - counter.left
    assert writes >= 1
    for n in range(writes):
        with pytest.raises(OSError, match="No space left"):
            sealing.seal_stream(io.BytesIO(bytes(size)), Disk(fails_at=n), [ALICE.recipient])
    sealed = counter.getvalue()
    counter = Disk(fails_at=1_000_000)
    sealing.unseal_stream(io.BytesIO(sealed), counter, [ALICE])
    assert counter.left < 1_000_000
    for n in range(1_000_000 - counter.left):
        with pytest.raises(OSError, match="No space left"):
            sealing.unseal_stream(io.BytesIO(sealed), Disk(fails_at=n), [ALICE])


@pytest.mark.parametrize("fails_at", [0, 1, 2])
@pytest.mark.parametrize("error", [OSError(5, "I/O error"), KeyboardInterrupt(), ValueError("x")])
def test_what_a_reader_raises_passes_through(fails_at: int, error: BaseException) -> None:
    with pytest.raises(type(error)):
        sealing.seal_stream(Disk(bytes(100_000), fails_at, error), io.BytesIO(), [ALICE.recipient])
    with pytest.raises(type(error)):
        sealing.unseal_stream(Disk(SEALED, fails_at, error), io.BytesIO(), [ALICE])


def test_a_cut_stream_fails_although_its_beginning_was_written() -> None:
    begun = io.BytesIO()
    plain = b"plaintext" * 50_000
    with pytest.raises(CannotOpenError):
        sealing.unseal_stream(io.BytesIO(seal(plain, [ALICE.recipient])[:-1]), begun, [ALICE])
    gc.collect()  # what the buffers still held is dropped, not written later
    assert 65_536 <= len(begun.getvalue()) < len(plain)
    assert plain.startswith(begun.getvalue())


class Stuck:
    """Takes nothing, and does not say why."""

    def write(self, data: bytes, /) -> int | None:
        return None


def test_a_writer_that_takes_nothing_is_an_error_and_no_endless_loop() -> None:
    with pytest.raises(OSError, match="no more bytes"):
        sealing.seal_stream(io.BytesIO(b"x"), Stuck(), [ALICE.recipient])


def test_a_panic_in_the_library_is_an_ordinary_refusal() -> None:
    low_order = pyrage.x25519.Recipient.from_str(spelled_recipient(bytes(32)))
    source, sink = sealing._Source(io.BytesIO(b"x")), sealing._Sink(io.BytesIO())
    with pytest.raises(UsageError, match="refused"):
        sealing._run(
            lambda plain, sealed: pyrage.encrypt_io(plain, sealed, [low_order]),
            source,
            sink,
            UsageError("refused", ""),
        )


# --- the stock program ---------------------------------------------------------------------------


@pytest.mark.stock
@pytest.mark.parametrize("size", [0, 1, 65536, 150_000])
def test_the_stock_program_opens_what_we_seal_and_the_reverse(tmp_path: Path, size: int) -> None:
    age = stock("age")
    key = tmp_path / "key.txt"
    key.write_text(f"# a comment\n{ALICE.to_age()}\n")
    plain = hashlib.shake_128(b"stock").digest(size)
    sealed = seal(plain, [BOB.recipient, ALICE.recipient])
    opened = subprocess.run(
        [age, "--decrypt", "-i", str(key)], input=sealed, capture_output=True, check=True
    )
    assert opened.stdout == plain
    theirs = subprocess.run(
        [age, "--encrypt", "-r", ALICE.recipient], input=plain, capture_output=True, check=True
    )
    assert unseal(theirs.stdout, [EVE, ALICE]) == plain


@pytest.mark.stock
def test_the_stock_key_generator_agrees_on_the_recipient(tmp_path: Path) -> None:
    key = tmp_path / "key.txt"
    key.write_text(ALICE.to_age() + "\n")
    found = subprocess.run(
        [stock("age-keygen"), "-y", str(key)], capture_output=True, check=True, text=True
    )
    assert found.stdout.strip() == ALICE.recipient


# --- other people's cases ------------------------------------------------------------------------


def published() -> Iterator[tuple[str, dict[str, str], bytes]]:
    with tarfile.open(shared("vectors/age_cctv/age_cctv.tgz")) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is None or member.name.endswith((".txt", ".md")):
                continue
            head, _, body = file.read().partition(b"\n\n")
            fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
            if fields.get("compressed") == "zlib":
                body = zlib.decompress(body)
            yield member.name.split("/")[1], fields, body


@pytest.mark.shared
def test_of_the_published_files_exactly_the_sound_binary_x25519_ones_open() -> None:
    """Sound files in armor, for passphrases or for post-quantum recipients do not open here."""
    judged: Counter[str] = Counter()
    not_ours = set()
    for name, fields, body in published():
        spelled = fields.get("identity", "")
        ours = spelled.startswith("AGE-SECRET-KEY-1")
        identity = Identity.from_age(spelled) if ours else ALICE
        sound = fields["expect"] == "success"
        if sound and ours and "armored" not in fields:
            opened = unseal(body, [identity])
            assert hashlib.sha256(opened).hexdigest() == fields["payload"], name
            judged["opened"] += 1
            continue
        if sound:
            not_ours.add(name)
        with pytest.raises(CannotOpenError):
            unseal(body, [identity])
        judged["refused"] += 1
    assert not_ours == {
        "armor_crlf",
        "armor_full_last_line",
        "armor_hybrid",
        "armor_no_eol",
        "armor_scrypt",
        "armor_whitespace_outside",
        "armor_x25519",
        "hybrid",
        "hybrid_and_x25519",
        "hybrid_grease",
        "hybrid_multiple_recipients",
        "scrypt",
    }
    assert judged == {"opened": 14, "refused": 129}
